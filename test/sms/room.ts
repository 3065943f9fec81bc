// The SMS room on a real Redis with a real store, wired as the gateway wires it, for tests that speak to it as an SMSC.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { stringify } from 'yaml'
import { openComplaintsOf } from '../../src/complaints/open.js'
import { type Config, loadConfig } from '../../src/config/config.js'
import type { DossierNo } from '../../src/dossier/dossier.js'
import { openLookup } from '../../src/dossier/lookup.js'
import { openNumbers } from '../../src/dossier/numbers/numbers.js'
import { openSeal } from '../../src/dossier/seal.js'
import { openStore } from '../../src/dossier/store/store.js'
import type { Update } from '../../src/dossier/store/updates.js'
import { openTries } from '../../src/dossier/tries.js'
import { openTruth } from '../../src/dossier/truth.js'
import { openWording } from '../../src/dossier/wording.js'
import { type Log, silentLog } from '../../src/log.js'
import { openMetrics } from '../../src/metrics.js'
import { openRedis } from '../../src/redis/connection.js'
import { openInstance } from '../../src/redis/instance.js'
import { openPhoneKeys } from '../../src/sms/msisdn.js'
import { openLedger } from '../../src/sms/pipeline/ledger.js'
import { openSms } from '../../src/sms/sms.js'
import type { FakeSmsc } from '../peers/fake-smsc.js'
import type { RedisPeer, Teardown } from '../peers/redis.js'

export const lookupKey = '07'.repeat(32)
export const phoneKey = '09'.repeat(32)

/** A link to a fake SMSC with time-outs short enough for a test. */
export function linkTo(fake: Pick<FakeSmsc, 'port'>, changes: Record<string, unknown> = {}) {
  return {
    name: 'smsc-a',
    host: '127.0.0.1',
    port: fake.port,
    password: 'secret',
    shortCode: '8188',
    responseTimeoutMs: 2000,
    enquireLinkIntervalMs: 1000,
    ...changes,
  }
}

export function configOf(
  t: Teardown,
  sms: Record<string, unknown>,
  rest: Record<string, unknown> = {},
): Config {
  const folder = mkdtempSync(join(tmpdir(), 'dgw-sms-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'gateway.yaml')
  // The printers' profiles are another room's; the file only has to be there.
  writeFileSync(join(folder, 'printers.yaml'), '{}')
  writeFileSync(
    file,
    stringify({
      agencies: resolve('config/agencies.yaml'),
      complaints: { holidays: resolve('config/holidays.yaml') },
      wording: { vi: resolve('config/wording.vi.yaml'), en: resolve('config/wording.en.yaml') },
      printers: join(folder, 'printers.yaml'),
      sms,
      ...rest,
    }),
  )
  const result = loadConfig(file, {})
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.config
}

export type SmsRoom = Awaited<ReturnType<typeof openRoom>>

/** Opens the room; everything closes with the test. */
export async function openRoom(
  t: Teardown,
  redis: RedisPeer,
  sms: Record<string, unknown>,
  {
    log = silentLog,
    lookup = {},
    now = Date.now,
  }: { log?: Log; lookup?: Record<string, unknown>; now?: () => number } = {},
) {
  const config = configOf(t, sms, { lookup })
  const metrics = openMetrics()
  const door = await openRedis({ socket: redis.socket, config: config.redis }, log, metrics)
  const instance = await openInstance(door, log)
  const numbers = openNumbers(config.agencies, { lookupKey })
  const seal = openSeal(phoneKey)
  const store = openStore({ door, retention: config.retention, seal })
  const complaints = await openComplaintsOf({ config, door, seal, secrets: { phoneKey } }, instance, now)
  const tries = openTries(config.lookup, door, log, metrics)
  const lookup_ = openLookup({
    truthOf: openTruth({ dayEnds: '17:00' }),
    numbers,
    store,
    tries,
    agencies: config.agencies,
    metrics,
  })
  const words = openWording(config.wording)
  const room = await openSms({
    config: config.sms,
    door,
    instance,
    log,
    metrics,
    beginLookup: lookup_.begin,
    hotline: config.office.hotline,
    numbers,
    store,
    complaints,
    agencies: config.agencies,
    truthOf: openTruth({ dayEnds: '17:00' }),
    words,
    messageTextHours: config.retention.messageTextHours,
    phoneKey,
    now,
  })
  let isOpen = true
  const close = async () => {
    if (!isOpen) return
    isOpen = false
    await room.close()
    tries.close()
    await instance.close()
    await door.close()
  }
  t.teardown(close)
  return {
    ...room,
    config,
    door,
    instance,
    numbers,
    store,
    complaints,
    metrics,
    words,
    /** What Redis knows of a link's texts. */
    ledger: (link = 'smsc-a') => openLedger(door, instance, link, openPhoneKeys(phoneKey)),
    /** How many texts had this end. */
    async ended(reason: string, link = 'smsc-a'): Promise<number> {
      return (await openLedger(door, instance, link, openPhoneKeys(phoneKey)).ends())[reason] ?? 0
    },
    /** Stores one dossier and answers its numbers. */
    async dossier(
      text: string,
      update: Partial<Update> = {},
    ): Promise<{ no: DossierNo; lookupNumber: string }> {
      const reading = numbers.read(text)
      if (reading.kind !== 'dossierNo') throw new Error(`${text} is ${reading.kind}`)
      await store.apply(
        reading.dossierNo,
        { dossierStatus: 'processing', eventTime: Date.now(), ...update },
        Date.now(),
      )
      return { no: reading.dossierNo, lookupNumber: numbers.lookupNumberOf(reading.dossierNo)! }
    },
    /** A counter's value, summed over its labels that match. */
    async counted(name: string, labels: Record<string, string> = {}): Promise<number> {
      const lines = (await metrics.text())
        .split('\n')
        .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      return lines
        .filter((line) => Object.entries(labels).every(([key, value]) => line.includes(`${key}="${value}"`)))
        .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
    },
    close,
  }
}

/** Polls a condition with a deadline; the error names the condition. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, timeoutMs = 60_000) {
  const deadline = Date.now() + timeoutMs
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`timed out waiting until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
