// Who did what, when, with which result: an append-only hash chain, so that a changed, removed or inserted entry is
// detected. It is in Redis, shared by all gateways; `audit export` prints it. Both ends are sealed with a key: the head, and
// the anchor, which is the last entry that retention removed. Once a day the head is logged and written to a file outside
// Redis, so that a rollback of the chain to an earlier state is detected too. A noted head that the chain no longer contains
// stays in that file: neither the next entry nor the next start covers up a cut.
import { createHmac } from 'node:crypto'
import { chownSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Log } from '../log.js'
import { asFault, type RedisDoor } from '../redis/connection.js'
import { keeperOf } from '../redis/embedded.js'

export interface AuditEntry {
  /** `key 1f2e…`, `desk quay-1`, `operator root`. Never a citizen. */
  readonly who: string
  /** `dossier.put`, `dossier.erase`, `dossier.forbidden`, `bulk`, `keys.create`, `keys.revoke`, `receipt.print` … */
  readonly what: string
  /** The dossier number, key id or job id it was done to. */
  readonly on: string
  readonly result: string
}

/** Appends an entry. Resolves when it is in Redis; never rejects, because the action itself cannot be undone. */
export type Keep = (entry: AuditEntry) => Promise<void>

/** The `who` of an action at a desk, with the person if the desk's key names one. */
export const whoAtDesk = (desk: string, person?: string): string =>
  person === undefined ? `desk ${desk}` : `desk ${desk} (${person})`

export interface KeptEntry extends AuditEntry {
  readonly seq: number
  readonly at: string
  readonly hash: string
}

export interface Verdict {
  readonly entries: number
  readonly from?: string
  readonly to?: string
  /** To be kept elsewhere: a later chain must still contain it. */
  readonly head: string
  readonly problems: readonly string[]
}

const stream = '{audit}:log'
const headKey = '{audit}:head'
const anchorKey = '{audit}:anchor'
const start = '0:'
const dayMs = 86_400_000
const trimEveryMs = 3_600_000
const trimAtOnce = 1000
// Bound of the queue. It fills only after a long outage; pushes are refused by then, so no action goes unrecorded.
const mostWaiting = 50_000
const mostAtOnce = 500

export type Audit = ReturnType<typeof openAudit>

/** Opens the trail. `key` (hex) seals the chain: without it nobody can forge one that verifies. */
export function openAudit(
  door: RedisDoor,
  key: string,
  auditDays: number,
  log: Log,
  now: () => number = Date.now,
  /** File outside Redis to which the head is written; left out: only the log has it. */
  noteFile?: string,
) {
  const sealKey = createHmac('sha256', Buffer.from(key, 'hex')).update('audit trail').digest()
  const append = door.script(new URL('./audit-append-2.lua', import.meta.url))
  const trimTo = door.script(new URL('./audit-trim-2.lua', import.meta.url))
  const waiting: { entry: AuditEntry; at: string; done: () => void }[] = []
  let head = start
  let writing = Promise.resolve()
  let isWriting = false

  const seal = (before: string, line: string) =>
    createHmac('sha256', sealKey).update(`${before}\n${line}`).digest('base64url')

  /** An end of the chain with its seal, as stored: `seq:hash:seal`. */
  const sealed = (name: 'head' | 'anchor', end: string) => `${end}:${seal(name, end)}`
  /** Parses a stored end; `isOurs`: its seal is valid. */
  const readEnd = (name: 'head' | 'anchor', stored: string | null) => {
    if (stored === null) return { end: start, seq: 0, hash: '', isOurs: true }
    const [seq = '', hash = ''] = stored.split(':')
    const end = `${seq}:${hash}`
    return { end, seq: Number(seq) || 0, hash, isOurs: stored === sealed(name, end) }
  }

  /** Removes entries older than the retention time; the last one removed becomes the anchor. */
  let trimmedAt = Number.NEGATIVE_INFINITY
  async function trim(): Promise<void> {
    if (now() - trimmedAt < trimEveryMs) return
    trimmedAt = now()
    const oldest = `${now() - auditDays * dayMs}`
    for (;;) {
      const page = await door.request.xrange(stream, '-', `(${oldest}`, 'COUNT', trimAtOnce)
      const last = page.at(-1)
      if (!last) return
      const newest = page.map(([, fields]) => entryOf(fields)).findLast(({ seq }) => seq > 0)
      if (!newest) return // written by somebody else; audit verify names it
      const anchor = sealed('anchor', `${newest.seq}:${newest.hash}`)
      await trimTo.run([stream, anchorKey], [anchor, ...page.map(([id]) => id)])
    }
  }

  // Read before anything of the chain, which can only have grown since.
  const notedBefore = noteFile === undefined ? undefined : readNotes(noteFile).at(-1)
  const lost: string[] = []
  let isCompared = false

  /** The chain that this process found when it first wrote must not end before the head noted earlier. */
  function compareWithNote(found: string): void {
    if (isCompared) return
    isCompared = true
    const is = readEnd('head', found).seq
    if (notedBefore !== undefined && seqOf(notedBefore) > is) tellCut(notedBefore, is)
  }

  function tellCut(was: string, is: number): void {
    lost.push(was)
    log.error(
      { evt: 'audit.cut', was: seqOf(was), is },
      'The audit trail was cut or rewritten in Redis; audit verify says where',
    )
  }

  let notedDay = 0
  function note(end: string, always = false): void {
    const day = Math.floor(now() / dayMs)
    if (end === start || (day === notedDay && !always)) return
    notedDay = day
    log.info(
      { evt: 'audit.head', head: end },
      'The audit trail ends here; a later one must still contain this',
    )
    if (noteFile === undefined) return
    try {
      const kept = new Set([...readNotes(noteFile).slice(0, -1), ...lost, end])
      writeFileSync(noteFile, `${[...kept].join('\n')}\n`, { mode: 0o600 })
      const keeper = keeperOf(dirname(noteFile))
      if (keeper) chownSync(noteFile, keeper.uid, keeper.gid)
    } catch (error) {
      log.warn({ evt: 'audit.not-noted', err: error }, 'The head of the audit trail could not be noted')
    }
  }

  /** The entries chained onto `from`, and the new head. */
  function chain(from: string, entries: readonly { entry: AuditEntry; at: string }[]) {
    let { seq, hash } = readEnd('head', from)
    const args: string[] = []
    for (const { entry, at } of entries) {
      const line = JSON.stringify([++seq, at, entry.who, entry.what, entry.on, entry.result])
      hash = seal(hash, line)
      args.push(line, hash)
    }
    return { args, end: sealed('head', `${seq}:${hash}`) }
  }

  /** The head is not the one we knew: another process has appended, or somebody has truncated or rewritten the chain. */
  function follow(said: string): void {
    const [was, is] = [readEnd('head', head), readEnd('head', said === start ? null : said)]
    if (is.seq < was.seq || !is.isOurs) tellCut(was.end, is.seq)
    head = said
  }

  // `isWriting` is cleared synchronously with the check that the queue is empty. Otherwise an entry recorded in between
  // would neither be seen by this loop nor start a new one.
  async function write(): Promise<void> {
    let failures = 0
    while (waiting.length > 0) {
      const batch = waiting.slice(0, mostAtOnce)
      const { args, end } = chain(head, batch)
      try {
        const said = String(await append.run([stream, headKey], [head, end, ...args]))
        // Another process appended first: retry from the current head.
        if (said !== '') follow(said)
        else {
          compareWithNote(head)
          head = end
          failures = 0
          for (const { done } of waiting.splice(0, batch.length)) done()
          note(readEnd('head', head).end)
          await trim()
        }
      } catch (error) {
        if (++failures === 1)
          log.warn({ evt: 'audit.waiting', err: error }, 'The audit trail waits for Redis')
        if (isClosing) break
        await new Promise((resolve) => setTimeout(resolve, 500).unref())
      }
    }
    isWriting = false
  }
  let isClosing = false

  async function* read(): AsyncGenerator<KeptEntry & { line: string }> {
    let from = '-'
    for (;;) {
      const page = await door.request.xrange(stream, from, '+', 'COUNT', 500).catch((error) => {
        throw asFault(error)
      })
      for (const [, fields] of page) yield entryOf(fields)
      const last = page.at(-1)?.[0]
      if (!last || page.length < 500) return
      from = `(${last}`
    }
  }

  async function walk(mustHold?: string): Promise<Verdict> {
    const [storedAnchor, storedHead] = await door.request.mget(anchorKey, headKey)
    const anchor = readEnd('anchor', storedAnchor ?? null)
    const end = readEnd('head', storedHead ?? null)
    const problems: string[] = []
    if (!anchor.isOurs) problems.push('the anchor, where the chain begins, was rewritten')
    if (!end.isOurs) problems.push('the head, where the chain ends, was rewritten')
    const noted = noteFile === undefined ? [] : readNotes(noteFile)
    const missing = new Set(mustHold === undefined ? noted : [mustHold, ...noted])
    let { seq, hash } = anchor
    missing.delete(anchor.end)
    const verdict = {
      entries: 0,
      from: undefined as string | undefined,
      to: undefined as string | undefined,
    }
    for await (const entry of read()) {
      verdict.entries++
      if (entry.seq === 0) {
        problems.push(`what follows entry ${seq} is no entry`)
        continue
      }
      if (entry.seq !== seq + 1)
        problems.push(`entries ${seq + 1} to ${entry.seq - 1} are missing (before ${entry.at})`)
      else if (seal(hash, entry.line) !== entry.hash)
        problems.push(`entry ${entry.seq} (${entry.at}) was changed`)
      ;[seq, hash] = [entry.seq, entry.hash]
      verdict.from ??= entry.at
      verdict.to = entry.at
      missing.delete(`${seq}:${hash}`)
    }
    if (end.isOurs && end.end !== `${seq}:${hash}`)
      problems.push(`the newest entries are missing: the chain should end at ${end.seq}, it ends at ${seq}`)
    // A noted head that retention has removed since is fine.
    for (const head of missing)
      if (seqOf(head) > anchor.seq)
        problems.push(
          `the head noted earlier (${seqOf(head)}) is not in the chain: it was cut, rewritten, or an older backup was restored${noted.includes(head) ? `; once that is settled, take its line out of ${noteFile}` : ''}`,
        )
    const { entries, from, to } = verdict
    return { entries, ...(from ? { from } : {}), ...(to ? { to } : {}), head: end.end, problems }
  }

  return {
    record(entry: AuditEntry): Promise<void> {
      if (waiting.length >= mostWaiting) {
        log.error({ evt: 'audit.full', what: entry.what }, 'The audit trail could not keep an entry')
        return Promise.resolve()
      }
      return new Promise((done) => {
        waiting.push({ entry, at: new Date(now()).toISOString(), done })
        // Entries of one event-loop turn are batched.
        if (!isWriting) {
          isWriting = true
          writing = new Promise<void>((resolve) => setImmediate(resolve)).then(write)
        }
      })
    },
    read,
    /** Verifies the chain from its anchor to its head. `mustHold`: a head noted earlier, in addition to the one in our file. */
    async verify(mustHold?: string): Promise<Verdict> {
      for (;;) {
        const before = await door.request.get(anchorKey)
        const verdict = await walk(mustHold)
        // If retention removed entries during the walk, what was read is not the whole chain: retry.
        if ((await door.request.get(anchorKey)) === before) return verdict
      }
    },
    async close(): Promise<void> {
      isClosing = true
      await Promise.race([writing, new Promise((done) => setTimeout(done, 1000).unref())])
      note(readEnd('head', head).end, true)
      if (waiting.length > 0)
        log.error(
          { evt: 'audit.lost', entries: waiting.length },
          'Entries of the audit trail could not be written',
        )
    },
  }
}

/** An entry as stored. What is none, because somebody else wrote it, is `unreadable` and has the number 0. */
function entryOf(fields: readonly string[]): KeptEntry & { line: string } {
  const [, line = '', , hash = ''] = fields
  try {
    const [seq, at, who, what, on, result, ...more] = JSON.parse(line) as string[]
    const words = [at, who, what, on, result]
    if (Number.isSafeInteger(seq) && more.length === 0 && words.every((word) => typeof word === 'string'))
      return { seq: Number(seq), at, who, what, on, result, hash, line } as KeptEntry & { line: string }
  } catch {} // no JSON, or no list
  return { seq: 0, at: '', who: '', what: 'unreadable', on: '', result: '', hash, line }
}

const seqOf = (end: string) => Number(end.split(':')[0])

/** The heads noted in `file`: those that the chain has lost, then the newest. */
function readNotes(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split(/\s+/).filter(Boolean)
  } catch {
    return [] // no file yet, or another user's
  }
}
