// The packed record as stored in Redis: a byte with the version of its writer's field table, then a MessagePack array of
// the values (fields.ts) without trailing blanks; about 50 bytes, written by apply-n.lua (cmsgpack) and read here.
// Seconds since 1970; 0 or '' means "not known".
import { GatewayError } from '../../errors.js'
import { type DossierStatus, type Step, statusOfCode } from '../dossier.js'
import {
  lastRecordVersion,
  places,
  recordFields,
  recordFlags,
  type Stated,
  statedFields,
  stepUndated,
  unpackStated,
} from '../fields.js'

/** A decoded record: everything but the long and rare values, which `flags` announces. Times in epoch milliseconds. */
export interface DossierRecord extends Stated {
  readonly dossierStatus: DossierStatus
  readonly version: number | undefined
  readonly eventTime: number
  readonly asOf: number
  readonly procedureCode: string
  readonly fee: { readonly amount: number; readonly paid?: boolean } | undefined
  readonly isFeeSettled: boolean
  readonly flags: number
  readonly undated: boolean
  /** When the present state began and when its result was ready, as far as steps say (dossier.ts). */
  readonly since: number | undefined
  readonly readyAt: number | undefined
  readonly history: readonly Step[]
}

/** Whether the bytes are of another format: their first byte is no version of ours. */
export const isOtherFormat = (bytes: Buffer) => (bytes[0] ?? 0) > lastRecordVersion

/**
 * Unpacks one record. Returns a GatewayError record-unreadable for bytes that our apply-n.lua cannot have written: a state that
 * only a newer version knows, or damage. It is retryable, because a newer version of the program may read them.
 */
export function readRecord(bytes: Buffer): DossierRecord | GatewayError {
  try {
    return unpackRecord(bytes)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    const says =
      'a dossier in the store cannot be read: a newer version of this program wrote it, or it is damaged'
    return new GatewayError('record-unreadable', says, true, error)
  }
}

/** For work over many dossiers: leaves out one that cannot be read, rethrows everything else. */
export function ignoreUnreadable(error: unknown): undefined {
  if (!(error instanceof GatewayError) || error.code !== 'record-unreadable') throw error
  return undefined
}

function unpackRecord(bytes: Buffer): DossierRecord {
  const values = readValues(bytes)
  const number = (place: number) => values[place - 1] as number
  const text = (place: number) => values[place - 1] as Buffer
  const status = statusOfCode(number(places.status))
  if (!status) throw new RangeError('a dossier record has an unknown status')
  const seconds = number(places.eventSeconds)
  const version = number(places.version)
  const flags = number(places.flags)
  const eventTime = seconds * 1000 + number(places.eventMilliseconds)
  const history = historyOf(text(places.steps), {
    dossierStatus: status,
    ...(flags & recordFlags.undated ? {} : { at: seconds * 1000 }),
  })
  const began = history[history.length - 1]!.at
  // Steps have whole seconds.
  const since =
    began === undefined ? undefined : began === seconds * 1000 ? eventTime : Math.min(began, eventTime)
  const record: Record<string, unknown> = {
    dossierStatus: status,
    version: version > 0 ? version - 1 : undefined,
    eventTime,
    asOf: (number(places.heardAfter) + seconds) * 1000,
    procedureCode: text(places.procedure).toString('latin1'),
    fee: feeOf(number(places.fee), flags),
    isFeeSettled: (flags & recordFlags.settled) !== 0,
    flags,
    undated: (flags & recordFlags.undated) !== 0,
    since,
    readyAt: status === 'finished' ? since : status === 'returned' ? readyBefore(history) : undefined,
    history,
  }
  for (const { name, kind } of statedFields) record[name] = unpackStated(kind, number(places[name]))
  return record as unknown as DossierRecord
}

function feeOf(fee: number, flags: number): DossierRecord['fee'] {
  if (fee === 0) return undefined
  if (flags & recordFlags.feeUnsaid) return { amount: fee - 1 }
  return { amount: fee - 1, paid: (flags & recordFlags.paid) !== 0 }
}

/** When the result that was handed over in the last step was ready. */
function readyBefore(history: readonly Step[]): number | undefined {
  const before = history[history.length - 2]
  return before?.dossierStatus === 'finished' ? before.at : undefined
}

function historyOf(steps: Buffer, present: Step): Step[] {
  const history: Step[] = []
  for (let at = 0; at + 5 <= steps.length; at += 5) {
    const dossierStatus = statusOfCode(steps[at]! % stepUndated)
    const isUndated = steps[at]! >= stepUndated
    if (dossierStatus)
      history.push({ dossierStatus, ...(isUndated ? {} : { at: steps.readUInt32BE(at + 1) * 1000 }) })
  }
  // A step may have been recorded before anybody said when it began.
  const last = history.at(-1)
  if (last?.dossierStatus === present.dossierStatus && last.at === undefined) history.pop()
  if (history.at(-1)?.dossierStatus !== present.dossierStatus) history.push(present)
  return history
}

const blank = recordFields.map(({ kind }) => (kind === 'text' ? Buffer.alloc(0) : 0))

// The values of the fields we know, blank where the writer's table was shorter. Fields from a longer table are skipped.
function readValues(bytes: Buffer): (number | Buffer)[] {
  const reader = new Reader(bytes)
  if (isOtherFormat(bytes) || reader.byte() === 0) throw new RangeError('not a dossier record')
  const count = reader.arrayLength()
  return recordFields.map(({ kind }, at) =>
    at >= count ? blank[at]! : kind === 'text' ? reader.bytes() : reader.int(),
  )
}

// The few MessagePack formats that cmsgpack uses for such an array, for whole numbers and for short strings.
class Reader {
  private at = 0
  constructor(private readonly source: Buffer) {}

  byte(): number {
    if (this.at >= this.source.length) throw new RangeError('a dossier record is cut short')
    return this.source[this.at++]!
  }

  arrayLength(): number {
    const form = this.byte()
    if (form >= 0x90 && form <= 0x9f) return form - 0x90
    if (form !== 0xdc) throw new RangeError('not a dossier record')
    return this.byte() * 256 + this.byte()
  }

  int(): number {
    const form = this.byte()
    if (form < 0x80) return form
    if (form >= 0xe0) return form - 256
    const { source, at } = this
    switch (form) {
      case 0xcc:
        return this.byte()
      case 0xcd:
        this.at += 2
        return source.readUInt16BE(at)
      case 0xce:
        this.at += 4
        return source.readUInt32BE(at)
      case 0xcf:
        this.at += 8
        return Number(source.readBigUInt64BE(at))
      case 0xd0:
        this.at += 1
        return source.readInt8(at)
      case 0xd1:
        this.at += 2
        return source.readInt16BE(at)
      case 0xd2:
        this.at += 4
        return source.readInt32BE(at)
      case 0xd3:
        this.at += 8
        return Number(source.readBigInt64BE(at))
      default:
        throw new RangeError('a dossier record holds no whole number where one belongs')
    }
  }

  bytes(): Buffer {
    const form = this.byte()
    const length = form >= 0xa0 && form <= 0xbf ? form - 0xa0 : form === 0xd9 ? this.byte() : -1
    if (length < 0 || this.at + length > this.source.length)
      throw new RangeError('a dossier record holds no text where one belongs')
    this.at += length
    return this.source.subarray(this.at - length, this.at)
  }
}
