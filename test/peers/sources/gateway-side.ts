// The gateway's side of a pull source in tests: a real Redis, the real store and numbers, and a log that can be awaited.
import { EventEmitter } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openIntake } from '../../../src/agency/intake.js'
import { type SourceConfig, type SourceOf, SourceSchema } from '../../../src/agency/sources/settings.js'
import { openSources, type Sources } from '../../../src/agency/sources/sources.js'
import { checker } from '../../../src/config/validate.js'
import type { Agency } from '../../../src/dossier/agency.js'
import type { DossierNo } from '../../../src/dossier/dossier.js'
import { openNumbers } from '../../../src/dossier/numbers/numbers.js'
import { openSeal } from '../../../src/dossier/seal.js'
import { openStore } from '../../../src/dossier/store/store.js'
import { walkDossiers } from '../../../src/dossier/store/walk.js'
import type { Log } from '../../../src/log.js'
import { openMetrics } from '../../../src/metrics.js'
import { openRedis } from '../../../src/redis/connection.js'
import { type RedisPeer, startRedis, type Teardown } from '../redis.js'

export const agencies: Agency[] = (
  [
    ['000.00.15.H45', 15],
    ['H45.12', 12],
    ['000.00.22.H45', 22],
    ['H45.30', 30],
  ] as const
).map(([code, index]) => ({
  code,
  index,
  name: `Cơ quan ${code}`,
  shortName: code,
  phone: '02573000000',
  address: '',
  aliases: [],
  patterns: [],
}))

type Event = Record<string, unknown> & { evt: string; level: string }

/** A log whose events can be awaited; past events count too. */
function openEvents() {
  const told: Event[] = []
  const emitter = new EventEmitter().setMaxListeners(0)
  const at = (level: string) => (fields: Record<string, unknown> & { evt: string }, sentence: string) => {
    const event = { ...fields, level, sentence }
    told.push(event)
    emitter.emit('event', event)
  }
  const log: Log = {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
  }
  return {
    log,
    told,
    /** The next event of this name from index `from` on. */
    async next(evt: string, from = 0): Promise<Event> {
      for (;;) {
        const found = told.slice(from).find((event) => event.evt === evt)
        if (found) return found
        await new Promise((resolve, reject) => {
          const timer = setTimeout(
            () => reject(new Error(`no ${evt} within 30 s; told: ${told.map((e) => e.evt).join(' ')}`)),
            30_000,
          )
          emitter.once('event', () => {
            clearTimeout(timer)
            resolve(undefined)
          })
        })
      }
    },
  }
}

const fill = checker('source', SourceSchema)

/** The settings of one kind of source that a test sets. */
export type SourcePart<K extends SourceConfig['kind']> = {
  kind: K
  options?: Partial<SourceOf<K>['options']>
} & Partial<Omit<SourceOf<K>, 'kind' | 'options'>>

/** A source's configuration with the schema's defaults. */
export function sourceConfig<K extends SourceConfig['kind']>(part: SourcePart<K>): SourceOf<K> {
  const { value, problems } = fill(part)
  if (problems.length > 0) throw new Error(JSON.stringify(problems))
  return value as SourceOf<K>
}

export async function openGatewaySide(t: Teardown, redis?: RedisPeer) {
  const peer = redis ?? (await startRedis(t))
  const events = openEvents()
  const metrics = openMetrics()
  const door = await openRedis(
    { socket: peer.socket, config: { durability: 'strict', commandTimeoutMs: 5000 } },
    events.log,
    metrics,
  )
  t.teardown(() => door.close())
  const dataDir = mkdtempSync(join(tmpdir(), 'dgw-sources-'))
  t.teardown(() => rmSync(dataDir, { recursive: true, force: true }))
  const store = openStore({ door, retention: { closedDays: 730 }, seal: openSeal('ab'.repeat(32)) })
  const numbers = openNumbers(agencies, { lookupKey: 'cd'.repeat(32) })
  const readDossierNo = (text: string): DossierNo | undefined => {
    const reading = numbers.read(text)
    return reading.kind === 'dossierNo' ? reading.dossierNo : undefined
  }
  const { take: intake } = openIntake({ numbers, store, agencies, metrics })
  let instances = 0
  const side = {
    redis: peer,
    door,
    dataDir,
    store,
    events,
    metrics,
    readDossierNo,
    intake,
    /** Opens sources as another gateway process would. */
    open(sources: SourceConfig[], more: { now?: () => number; log?: Log } = {}): Sources {
      const opened = openSources({
        sources,
        agencies,
        door,
        instance: `test-${++instances}`,
        readDossierNo,
        spellingsOf: numbers.spellingsOf,
        intake,
        readStored: (no) => store.read(no, Date.now()),
        listStored: () => walkDossiers(store, agencies),
        dataDir,
        log: events.log,
        metrics,
        ...more,
      })
      t.teardown(() => opened.close())
      return opened
    },
    async stored(): Promise<number> {
      let count = 0
      for await (const _ of walkDossiers(store, agencies)) count++
      return count
    },
  }
  return side
}
