// The layout of dossiers in Redis. One hash per issuer and day (in buckets of 128 sequence numbers, so that each stays a
// compact listpack), one packed value per dossier; long or rare values are in a second hash beside it. All keys of a
// dossier share a hash tag, so that one script can change them atomically, also on a cluster.
//   d:{NN}:issuer:day:bucket   field → packed record           w:{NN}:issuer:day:sequence watcher → sealed bytes
//   b:{NN}:issuer:day:bucket   field:n|o|c → note, other numbers, sealed contact
//   o:{NN}                     other number → number            chg:{NN}, notice:{NN}      streams
//   proc                       agency and procedure code → name dossier-format             see format.ts
import type { DossierNo } from '../dossier.js'

export const shardCount = 16
const bucketSize = 128
const shard = (n: number) => `{${String(n % shardCount).padStart(2, '0')}}`

export const shardTags: readonly string[] = Array.from({ length: shardCount }, (_, n) => shard(n))
/** Each change stream keeps at least this many of the newest changes: three days of a large province. */
export const changesKept = 4000
/** The same for Lua. */
export const changesConstant = `local CHANGES_KEPT = ${changesKept}\n`
/**
 * Every change: field c, `state stateBeforeOr0 eventSeconds number`, where state 0 is a dossier that was erased; field o, the
 * packed record before the change, empty for a new dossier.
 */
export const changeStream = (tag: string) => `chg:${tag}`
/**
 * Changes of watched dossiers, kept until a notice is sent or refused: n, s, o, x (moved date), t; or n and w, another number of
 * the dossier, whose watchers are now this one's.
 */
export const noticeStream = (tag: string) => `notice:${tag}`

interface Shelf {
  readonly tag: string
  readonly record: string
  readonly beside: string
  readonly watchers: string
  readonly field: string
}

/** Where a dossier is kept: a function of its number alone. */
export function placeOf(no: DossierNo): Shelf {
  if (no.day === undefined) {
    const hash = textHash(no.sequence)
    const tag = shard(hash)
    const bucket = `${no.issuer}:x:${(hash >>> 4) & 0x3ff}`
    return place(tag, bucket, `${no.issuer}:x:${no.sequence}`, no.sequence)
  }
  const tag = shard(textHash(no.issuer) + no.day)
  const day = `${no.issuer}:${no.day}`
  return place(
    tag,
    `${day}:${Math.floor(Number(no.sequence) / bucketSize)}`,
    `${day}:${no.sequence}`,
    fieldOf(no.sequence),
  )
}

// Redis stores a field that is a small number in two or three bytes. Four digits are the usual width and lose their
// leading zeros; in any other width they stay, so that 0012 and 00012 are two dossiers.
const usualDigits = 4
const fieldOf = (sequence: string) => (sequence.length === usualDigits ? String(Number(sequence)) : sequence)
/** The sequence of a number with a date, from its record's field. */
export const sequenceOf = (field: string): string => field.padStart(usualDigits, '0')

/** The keys of the records of a unit and day up to this number. */
export function recordKeysBelow(no: DossierNo): string[] {
  const count = no.day === undefined ? 0 : Math.floor(Number(no.sequence) / bucketSize) + 1
  return Array.from(
    { length: count },
    (_, nth) => placeOf({ ...no, sequence: String(nth * bucketSize) }).record,
  )
}

const place = (tag: string, bucket: string, own: string, field: string): Shelf => ({
  tag,
  record: `d:${tag}:${bucket}`,
  beside: `b:${tag}:${bucket}`,
  watchers: `w:${tag}:${own}`,
  field,
})

// FNV-1a, 32 bits: spreads issuers, and legacy numbers of any shape, over shards and buckets.
function textHash(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}

/** One field of one hash: what a caller may read with its own script, together with other keys. */
export interface Place {
  readonly key: string
  readonly field: string
}

// A number stored as a pointer to another dossier: all that placeOf needs, without parsing it again.
export const packNo = (no: DossierNo) =>
  JSON.stringify([no.text, no.issuer, no.agency, no.index ?? null, no.day ?? null, no.sequence])
/** The reverse of `packNo`. */
export function unpackNo(packed: string): DossierNo {
  const [text, issuer, agency, index, day, sequence] = JSON.parse(packed) as [
    string,
    string,
    string,
    number | null,
    number | null,
    string,
  ]
  return { text, issuer, agency, index: index ?? undefined, day: day ?? undefined, sequence }
}
