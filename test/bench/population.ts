// A synthetic province: the same dossiers in every run. They are written to Redis as the bytes that apply-n.lua would write,
// because a million updates one by one would be most of the run; `seed` first verifies on a sample, written through
// the product's own store, that the bytes are the same.
import { Cluster, Redis } from 'ioredis'
import { stringify } from 'yaml'
import type { Agency } from '../../src/dossier/agency.js'
import { recordFields, recordVersion } from '../../src/dossier/fields.js'
import { openNumbers } from '../../src/dossier/numbers/numbers.js'
import { openSeal } from '../../src/dossier/seal.js'
import { placeOf as shelfOf } from '../../src/dossier/store/places.js'
import { openStore } from '../../src/dossier/store/store.js'
import type { Update } from '../../src/dossier/store/updates.js'
import { silentLog } from '../../src/log.js'
import { openMetrics } from '../../src/metrics.js'
import { openRedis } from '../../src/redis/connection.js'

export const lookupKey = '5e'.repeat(32)
const phoneKey = 'a7'.repeat(32)
export const secrets = { lookupKey, phoneKey, adminKey: 'bench '.repeat(8) }

export const agencies: Agency[] = Array.from({ length: 100 }, (_, index) => ({
  code: `000.00.${String(index + 1).padStart(2, '0')}.H45`,
  index,
  name: `Trung tâm Phục vụ hành chính công số ${index}`,
  shortName: `TT HCC ${index}`,
  phone: '02573 841 000',
  address: `${index} Trần Hưng Đạo, Tuy Hòa`,
  aliases: [],
  patterns: [],
}))
// code 100 would be three digits wide
agencies[99] = { ...agencies[99]!, code: '000.01.00.H45' }

/** Reads the numbers of these agencies. */
export const numbersOf = () => openNumbers(agencies, secrets)

export const agenciesYaml = () => stringify(agencies)

/** How dossiers are distributed: agencies × days × dossiers a day. */
export interface Shape {
  readonly agencies: number
  readonly days: number
  readonly aDay: number
}
/** A province's larger offices: 20 offices, 500 working days. */
export const offices = (dossiers: number): Shape => ({ agencies: 20, days: dossiers / 2000, aDay: 100 })

export const sizeOf = ({ agencies, days, aDay }: Shape) => agencies * days * aDay

const firstDay = Date.UTC(2024, 0, 1)
const dayMs = 86_400_000
const epoch = Date.UTC(2015, 0, 1)

/** The nth dossier's number, canonical. */
export function numberOf(shape: Shape, nth: number): string {
  const sequence = (nth % shape.aDay) + 1
  const day = Math.floor(nth / shape.aDay) % shape.days
  const agency = agencies[Math.floor(nth / (shape.aDay * shape.days))]!
  return `${agency.code}-${yymmdd(day)}-${String(sequence).padStart(4, '0')}`
}

const dayTexts: string[] = []
const yymmdd = (day: number) =>
  (dayTexts[day] ??= new Date(firstDay + day * dayMs).toISOString().slice(2, 10).replaceAll('-', ''))

const procedures = Array.from({ length: 200 }, (_, nth) => ({
  code: `1.${String(4000 + nth).padStart(6, '0')}.000.00.00.H45`,
  name: `Thủ tục hành chính số ${nth}`,
}))
const procedureOf = (nth: number) => procedures[nth % procedures.length]!

/** The three updates that make the nth dossier: submitted, accepted, processing. */
function updatesOf(shape: Shape, nth: number): Update[] {
  const day = Math.floor(nth / shape.aDay) % shape.days
  const received = firstDay + day * dayMs + 8 * 3_600_000 + (nth % 30_000) * 1000 - 7 * 3_600_000
  const procedure = procedureOf(nth)
  return [
    { dossierStatus: 'submitted', eventTime: received, procedure, receivedAt: received },
    { dossierStatus: 'accepted', eventTime: received + 3_600_000, dueAt: received + 15 * dayMs },
    { dossierStatus: 'processing', eventTime: received + 5 * 3_600_000 },
  ]
}

/** A Redis to fill: a socket, or nodes of a cluster. */
type Target = { readonly socket: string } | { readonly cluster: { host: string; port: number }[] }

/** Writes a whole shape to Redis. Resolves when it is all there. */
export async function seed(target: Target, shape: Shape): Promise<void> {
  await proveBytes(target, shape)
  const redis =
    'socket' in target
      ? new Redis({ path: target.socket, enableAutoPipelining: true })
      : new Cluster(target.cluster, { enableAutoPipelining: true })
  let underWay: Promise<unknown>[] = []
  for (let from = 0; from < sizeOf(shape); from += shape.aDay) {
    // One agency and day is one bucket, or two.
    const buckets = new Map<string, (string | Buffer)[]>()
    for (let nth = from; nth < from + shape.aDay; nth++) {
      const { key, field } = placeOf(shape, nth)
      const fields = buckets.get(key)
      if (fields) fields.push(field, packed(shape, nth))
      else buckets.set(key, [field, packed(shape, nth)])
    }
    for (const [key, fields] of buckets) underWay.push(redis.hset(key, ...(fields as string[])))
    if (underWay.length < 200) continue
    await Promise.all(underWay)
    underWay = []
  }
  for (let nth = 0; nth < procedures.length; nth++)
    for (const { code } of agencies)
      underWay.push(redis.hset('proc', `${code} ${procedureOf(nth).code}`, procedureOf(nth).name))
  await Promise.all(underWay)
  redis.disconnect()
}

const appliedAt = Date.UTC(2026, 9, 1)

// A thousand dossiers through the product's own store must leave exactly the bytes that are written for all others.
async function proveBytes(target: Target, shape: Shape): Promise<void> {
  const { socket, cluster } = { socket: undefined, cluster: undefined, ...target }
  const config = { durability: 'everysec', commandTimeoutMs: 5000, ...(cluster ? { cluster } : {}) } as const
  const door = await openRedis({ ...(socket ? { socket } : {}), config }, silentLog, openMetrics())
  try {
    const numbers = openNumbers(agencies, secrets)
    const store = openStore({ door, retention: { closedDays: 730 }, seal: openSeal(phoneKey) })
    const sample = Array.from({ length: 1000 }, (_, nth) => Math.floor((nth * sizeOf(shape)) / 1000))
    for (const step of [0, 1, 2])
      await store.applyMany(
        sample.map((nth) => {
          const reading = numbers.read(numberOf(shape, nth))
          if (reading.kind !== 'dossierNo') throw new Error(`${numberOf(shape, nth)} cannot be read`)
          return { no: reading.dossierNo, update: updatesOf(shape, nth)[step]! }
        }),
        appliedAt,
      )
    for (const nth of sample) {
      const { key, field } = placeOf(shape, nth)
      const kept = await door.request.hgetBuffer(key, field)
      if (!kept?.equals(packed(shape, nth)))
        throw new Error(
          `the seed's layout is no longer the store's: ${key} ${field} holds ${kept?.toString('hex')}`,
        )
    }
  } finally {
    await door.close()
  }
}

function placeOf(shape: Shape, nth: number): { key: string; field: string } {
  const sequence = String((nth % shape.aDay) + 1).padStart(4, '0')
  const day = Math.floor(nth / shape.aDay) % shape.days
  const { code } = agencies[Math.floor(nth / (shape.aDay * shape.days))]!
  const counted = (firstDay - epoch) / dayMs + day
  const { record, field } = shelfOf({ text: '', issuer: code, agency: code, day: counted, sequence })
  return { key: record, field }
}

const scratch = Buffer.alloc(256)

function packed(shape: Shape, nth: number): Buffer {
  const [submitted, accepted, processing] = updatesOf(shape, nth)
  const seconds = (ms: number) => ms / 1000
  let at = 0
  const int = (value: number) => {
    if (value < 0x80) scratch[at++] = value
    else if (value < 0x100) {
      scratch[at++] = 0xcc
      scratch[at++] = value
    } else if (value < 0x10000) {
      scratch[at++] = 0xcd
      at = scratch.writeUInt16BE(value, at)
    } else {
      scratch[at++] = 0xce
      at = scratch.writeUInt32BE(value, at)
    }
  }
  const text = (value: Buffer) => {
    scratch[at++] = 0xa0 + value.length
    at += value.copy(scratch, at)
  }
  const steps = Buffer.alloc(10)
  steps[0] = 1
  steps.writeUInt32BE(seconds(submitted!.eventTime), 1)
  steps[5] = 2
  steps.writeUInt32BE(seconds(accepted!.eventTime), 6)
  const values: Partial<Record<(typeof recordFields)[number]['name'], number | Buffer>> = {
    status: 4,
    eventSeconds: seconds(processing!.eventTime),
    heardAfter: seconds(appliedAt - processing!.eventTime),
    receivedAt: seconds(submitted!.receivedAt!),
    dueAt: seconds(accepted!.dueAt!),
    procedure: Buffer.from(procedureOf(nth).code),
    steps,
  }
  // Empty values at the end are left out.
  const count = recordFields.findLastIndex(({ name }) => values[name] !== undefined) + 1
  scratch[at++] = recordVersion
  if (count > 15) throw new Error('an array of more than fifteen has another head')
  scratch[at++] = 0x90 + count
  for (const { name, kind } of recordFields.slice(0, count))
    if (kind === 'text') text((values[name] as Buffer | undefined) ?? Buffer.alloc(0))
    else int((values[name] as number | undefined) ?? 0)
  return Buffer.from(scratch.subarray(0, at))
}
