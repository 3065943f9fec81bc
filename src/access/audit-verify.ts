// Reads the audit trail back and says what is wrong with it: a broken seal, an entry that was changed, removed or inserted, an
// end that was cut off.
import { type RedisDoor, throwFault } from '../redis/connection.js'
import { anchorKey, type Chain, entryOf, headKey, type KeptEntry, seqOf, stream } from './audit-chain.js'
import { readNotes } from './audit-notes.js'

export interface Verdict {
  readonly entries: number
  readonly from?: string
  readonly to?: string
  /** To be kept elsewhere: a later chain must still contain it. */
  readonly head: string
  readonly problems: readonly string[]
}

type StoredEntry = ReturnType<typeof entryOf>

/** Every entry, oldest first. Throws GatewayError redis-unavailable. */
export async function* readTrail(door: RedisDoor): AsyncGenerator<StoredEntry> {
  let from = '-'
  for (;;) {
    const page = await door.request.xrange(stream, from, '+', 'COUNT', 500).catch(throwFault)
    for (const [, fields] of page) yield entryOf(fields)
    const last = page.at(-1)?.[0]
    if (!last || page.length < 500) return
    from = `(${last}`
  }
}

/**
 * Verifies the chain from its anchor to its head. It must contain the heads noted in `noteFile` and, if given, `mustHold`.
 * Throws GatewayError redis-unavailable.
 */
export async function verifyTrail(
  door: RedisDoor,
  chain: Chain,
  noteFile: string | undefined,
  mustHold: string | undefined,
): Promise<Verdict> {
  const noted = noteFile === undefined ? [] : readNotes(noteFile)
  const wanted = mustHold === undefined ? noted : [mustHold, ...noted]
  const problemOfLost = (head: string) =>
    `the head noted earlier (${seqOf(head)}) is not in the chain: it was cut, rewritten, or an older backup was restored${noted.includes(head) ? `; once that is settled, take its line out of ${noteFile}` : ''}`
  for (;;) {
    const before = await anchorNow(door)
    const { lost, problems, ...rest } = await walk(door, chain, wanted)
    const verdict = { ...rest, problems: [...problems, ...lost.map(problemOfLost)] }
    // If retention removed entries during the walk, what was read is not the whole chain: retry.
    if ((await anchorNow(door)) === before) return verdict
  }
}

// MGET tells a value of another kind as none, where GET would fail.
const anchorNow = async (door: RedisDoor) => (await door.request.mget(anchorKey).catch(throwFault))[0]

/** What stands in the place of the chain or of one of its ends, if it is of another kind. */
async function findReplaced(door: RedisDoor): Promise<{ key: string; kind: string }[]> {
  const keys = [anchorKey, headKey, stream]
  const kinds = await Promise.all(keys.map((key) => door.request.type(key))).catch(throwFault)
  const isOther = (key: string, kind: string) =>
    kind !== 'none' && kind !== (key === stream ? 'stream' : 'string')
  return keys.map((key, nth) => ({ key, kind: kinds[nth]! })).filter(({ key, kind }) => isOther(key, kind))
}

/** Follows the chain once. `lost`: the wanted heads that it does not contain and retention has not removed. */
async function walk(
  door: RedisDoor,
  chain: Chain,
  wanted: readonly string[],
): Promise<Verdict & { readonly lost: readonly string[] }> {
  const [storedAnchor, storedHead] = await door.request.mget(anchorKey, headKey).catch(throwFault)
  const anchor = chain.readEnd('anchor', storedAnchor ?? null)
  const head = chain.readEnd('head', storedHead ?? null)
  const replaced = await findReplaced(door)
  const problems = replaced.map(({ key, kind }) => `${key} was replaced by a ${kind}`)
  if (!anchor.isOurs) problems.push('the anchor, where the chain begins, was rewritten')
  if (!head.isOurs) problems.push('the head, where the chain ends, was rewritten')
  const missing = new Set(wanted)
  missing.delete(anchor.end)
  let entries = 0
  let first: KeptEntry | undefined
  let last: Pick<KeptEntry, 'seq' | 'hash'> & { readonly at?: string } = anchor
  const isStream = replaced.every(({ key }) => key !== stream)
  for await (const entry of isStream ? readTrail(door) : []) {
    entries++
    const problem = problemOf(entry, last, chain)
    if (problem !== undefined) problems.push(problem)
    if (entry.seq === 0) continue
    first ??= entry
    last = entry
    missing.delete(`${entry.seq}:${entry.hash}`)
  }
  if (head.isOurs && head.end !== `${last.seq}:${last.hash}`)
    problems.push(
      `the newest entries are missing: the chain should end at ${head.seq}, it ends at ${last.seq}`,
    )
  return {
    entries,
    ...(first?.at ? { from: first.at } : {}),
    ...(last.at ? { to: last.at } : {}),
    head: head.end,
    problems,
    lost: [...missing].filter((noted) => seqOf(noted) > anchor.seq),
  }
}

/** What is wrong with an entry behind the one `before`. */
function problemOf(
  entry: StoredEntry,
  before: Pick<KeptEntry, 'seq' | 'hash'>,
  chain: Chain,
): string | undefined {
  if (entry.seq === 0) return `what follows entry ${before.seq} is no entry`
  if (entry.seq <= before.seq)
    return `entry ${entry.seq} (${entry.at}) comes after entry ${before.seq}: the chain was begun anew, or an entry repeated`
  if (entry.seq !== before.seq + 1)
    return `entries ${before.seq + 1} to ${entry.seq - 1} are missing (before ${entry.at})`
  if (chain.hashOf(before.hash, entry.line) !== entry.hash)
    return `entry ${entry.seq} (${entry.at}) was changed`
  return undefined
}
