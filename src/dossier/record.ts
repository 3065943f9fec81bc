// The packed record as it lies in Redis: a MessagePack array of fourteen small values, about 50 bytes, written by
// apply-n.lua (cmsgpack) and read here. Seconds since 1970; 0 or '' means "not known"; version and fee are kept plus one.
//   [0] dossierStatus 1–10   [1] version+1   [2] event seconds   [3] event milliseconds   [4] asOf minus event seconds
//   [5] received  [6] due  [7] moved due  [8] finished  [9] returned   [10] procedure code   [11] fee+1
//   [12] flags: 1 paid, 2 note, 4 other numbers, 8 contact, 16 watched (what they name stands beside, see store.ts)
//   [13] earlier steps, five bytes each: status, seconds big-endian
import { type DossierStatus, type Step, statusOfCode } from './dossier.js'

export const recordFlags = { paid: 1, note: 2, otherNumbers: 4, contact: 8, watched: 16 } as const

/** A decoded record: everything but the long and rare things, which `flags` announces. Times in epoch milliseconds. */
export interface DossierRecord {
  readonly dossierStatus: DossierStatus
  readonly version?: number
  readonly eventTime: number
  readonly asOf: number
  readonly receivedAt?: number
  readonly dueAt?: number
  readonly extendedDueAt?: number
  readonly finishedAt?: number
  readonly returnedAt?: number
  readonly procedureCode: string
  readonly fee?: { readonly amount: number; readonly paid: boolean }
  readonly flags: number
  readonly history: readonly Step[]
}

/** Unpacks one record. Throws RangeError on bytes that apply-n.lua cannot have written. */
export function unpackRecord(bytes: Buffer): DossierRecord {
  const reader = new Reader(bytes)
  if (reader.byte() !== 0x9e) throw new RangeError('not a dossier record')
  const code = reader.int()
  const version = reader.int()
  const seconds = reader.int()
  const milliseconds = reader.int()
  const asOf = reader.int() + seconds
  const receivedAt = reader.int()
  const dueAt = reader.int()
  const extendedDueAt = reader.int()
  const finishedAt = reader.int()
  const returnedAt = reader.int()
  const procedureCode = reader.bytes().toString('latin1')
  const fee = reader.int()
  const flags = reader.int()
  const steps = reader.bytes()

  const dossierStatus = statusOfCode(code)
  if (!dossierStatus) throw new RangeError('a dossier record has an unknown status')
  const history: Step[] = []
  for (let at = 0; at + 5 <= steps.length; at += 5) {
    const step = statusOfCode(steps[at]!)
    if (step) history.push({ dossierStatus: step, at: steps.readUInt32BE(at + 1) * 1000 })
  }
  if (history.at(-1)?.dossierStatus !== dossierStatus) history.push({ dossierStatus, at: seconds * 1000 })
  return {
    dossierStatus,
    version: version > 0 ? version - 1 : undefined,
    eventTime: seconds * 1000 + milliseconds,
    asOf: asOf * 1000,
    receivedAt: time(receivedAt),
    dueAt: time(dueAt),
    extendedDueAt: time(extendedDueAt),
    finishedAt: time(finishedAt),
    returnedAt: time(returnedAt),
    procedureCode,
    fee: fee > 0 ? { amount: fee - 1, paid: (flags & recordFlags.paid) !== 0 } : undefined,
    flags,
    history,
  }
}

const time = (seconds: number) => (seconds === 0 ? undefined : seconds * 1000)

// The few MessagePack forms that cmsgpack gives to whole numbers and short strings.
class Reader {
  private at = 0
  constructor(private readonly source: Buffer) {}

  byte(): number {
    if (this.at >= this.source.length) throw new RangeError('a dossier record is cut short')
    return this.source[this.at++]!
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
