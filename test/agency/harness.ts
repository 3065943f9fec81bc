// The agency door on a real Redis and a real port, in the test's process: like scripts/up, with limits short enough for a
// test.
import { readFileSync } from 'node:fs'
import { parse as parseYaml } from 'yaml'
import { openKeys } from '../../src/access/keys.js'
import { openSignatures } from '../../src/access/signature.js'
import { openIntake } from '../../src/agency/intake.js'
import { type Limits, limits } from '../../src/agency/limits.js'
import { agencyRoutes } from '../../src/agency/routes.js'
import type { Agency } from '../../src/dossier/agency.js'
import { openNumbers } from '../../src/dossier/numbers/numbers.js'
import { openSeal } from '../../src/dossier/seal.js'
import { openStore } from '../../src/dossier/store/store.js'
import { openWording } from '../../src/dossier/wording.js'
import type { Log } from '../../src/log.js'
import { openMetrics } from '../../src/metrics.js'
import { openRedis } from '../../src/redis/connection.js'
import { openDocs } from '../../src/web/docs/routes.js'
import { openListener } from '../../src/web/listener/listener.js'
import { type RedisPeer, startCluster, startRedis, type Teardown } from '../peers/redis.js'

export const agencies = (parseYaml(readFileSync('config/agencies.yaml', 'utf8')) as Agency[]).map(
  (agency): Agency => ({ ...agency, aliases: agency.aliases ?? [], patterns: agency.patterns ?? [] }),
)
const phoneKey = 'ab'.repeat(32)

interface Answered {
  status: number
  headers: Headers
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: what a stranger sees of an answer
  body: any
}

/** Opens the door. `cluster` puts it on three real nodes of a Redis Cluster. */
export async function openDoor(t: Teardown, more: { limits?: Partial<Limits>; cluster?: boolean } = {}) {
  let redis: RedisPeer | undefined
  const target = more.cluster
    ? { cluster: [...(await startCluster(t)).nodes] }
    : { socket: (redis = await startRedis(t)).socket }
  const lines: string[] = []
  const say = (fields: object, sentence: string) => void lines.push(JSON.stringify({ ...fields, sentence }))
  const log: Log = { trace: say, debug: say, info: say, warn: say, error: say, fatal: say }
  const metrics = openMetrics()
  const door = await openRedis(
    {
      ...('socket' in target ? { socket: target.socket } : {}),
      config: {
        durability: 'strict',
        commandTimeoutMs: 5000,
        ...('cluster' in target ? { cluster: target.cluster } : {}),
      },
    },
    log,
    metrics,
  )
  t.teardown(() => door.close())
  const numbers = openNumbers(agencies, { lookupKey: '5a'.repeat(32) })
  const store = openStore({ door, retention: { closedDays: 730 }, seal: openSeal(phoneKey) })
  const keys = openKeys(door)
  const app = openListener({ http: { host: '127.0.0.1', port: 0, trustProxy: false } as never }, log)
  await openDocs(app, '0.0.0')
  await app.register(
    agencyRoutes({
      intake: openIntake({ numbers, store, agencies, metrics }),
      numbers,
      store,
      agencies,
      keys,
      door,
      phoneKey,
      words: openWording({ vi: 'config/wording.vi.yaml', en: 'config/wording.en.yaml' }),
      log,
      limits: { ...limits, ...more.limits },
    }),
  )
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())

  const call = async (
    method: string,
    path: string,
    {
      key,
      body,
      type,
      headers = {},
    }: { key?: string; body?: unknown; type?: string; headers?: Record<string, string> } = {},
  ): Promise<Answered> => {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(key ? { authorization: `Bearer ${key}` } : {}),
        ...(body === undefined ? {} : { 'content-type': type ?? 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : {
            body:
              typeof body === 'string' || body instanceof Uint8Array
                ? (body as string)
                : JSON.stringify(body),
          }),
    })
    const text = await response.text()
    let parsed: unknown
    try {
      parsed = JSON.parse(text)
    } catch {
      parsed = undefined
    }
    return { status: response.status, headers: response.headers, text, body: parsed }
  }

  return {
    url,
    call,
    door,
    redis: redis!,
    store,
    numbers,
    keys,
    metrics,
    /** The whole log, one string per line. */
    log: lines,
    key: async (...codes: string[]) => keys.create({ kind: 'agency', agencies: codes }),
    secretOf: openSignatures(phoneKey).secretOf,
  }
}

/** The lines of an NDJSON answer. */
// biome-ignore lint/suspicious/noExplicitAny: what a stranger sees of an answer
export function ndjson(text: string): any[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}
