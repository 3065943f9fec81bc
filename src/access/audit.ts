// Who did what, when, with which result: an append-only hash chain, so that a changed, removed or inserted entry is
// detected. It is in Redis, shared by all gateways; `audit export` prints it. Both ends are sealed with a key: the head, and
// the anchor, which is the last entry that retention removed. Once a day the head is logged and written to a file outside
// Redis, so that a rollback of the chain to an earlier state is detected too. A noted head that the chain no longer contains
// stays in that file: neither the next entry nor the next start covers up a cut.
import { dayMs } from '../dossier/times.js'
import type { Log } from '../log.js'
import type { RedisDoor } from '../redis/connection.js'
import {
  type AuditEntry,
  anchorKey,
  entryOf,
  headKey,
  openChain,
  seqOf,
  start,
  stream,
} from './audit-chain.js'
import { readNotes, writeNotes } from './audit-notes.js'
import { readTrail, type Verdict, verifyTrail } from './audit-verify.js'

/** Appends an entry. Resolves when it is in Redis; never rejects, because the action itself cannot be undone. */
export type RecordAction = (entry: AuditEntry) => Promise<void>

/** The `who` of an action at a desk, with the person if the desk's key names one. */
export const whoAtDesk = (desk: string, person?: string): string =>
  person === undefined ? `desk ${desk}` : `desk ${desk} (${person})`

const trimEveryMs = 3_600_000
const trimAtOnce = 1000
// Bound of the queue. It fills only after a long outage; pushes are refused by then, so no action goes unrecorded.
const maxWaiting = 50_000
const maxAtOnce = 500

export type Audit = ReturnType<typeof openAudit>

/** Opens the trail. `key`: 64 hex digits (audit-chain.ts). */
export function openAudit(
  door: RedisDoor,
  key: string,
  auditDays: number,
  log: Log,
  now: () => number = Date.now,
  /** File outside Redis to which the head is written; left out: only the log has it. */
  noteFile?: string,
) {
  const chain = openChain(key)
  const append = door.script(new URL('./audit-append-2.lua', import.meta.url))
  const trimTo = door.script(new URL('./audit-trim-2.lua', import.meta.url))
  const waiting: { entry: AuditEntry; at: string; done: () => void }[] = []
  let head = start
  let writing = Promise.resolve()
  let isWriting = false
  let isClosing = false

  let trimmedAt = Number.NEGATIVE_INFINITY
  /** Removes entries older than the retention time; the last one removed becomes the anchor. */
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
      const anchor = chain.sealed('anchor', `${newest.seq}:${newest.hash}`)
      await trimTo.run([stream, anchorKey], [anchor, ...page.map(([id]) => id)])
    }
  }

  // Read before the chain: the chain can only have grown since, so it must still contain this head.
  const notedBefore = noteFile === undefined ? undefined : readNotes(noteFile).at(-1)
  const lost: string[] = []
  let isCompared = false

  /** The chain that this process found when it first wrote must not end before the head noted earlier. */
  function compareWithNote(found: string): void {
    if (isCompared) return
    isCompared = true
    const is = chain.readEnd('head', found).seq
    if (notedBefore !== undefined && seqOf(notedBefore) > is) reportCut(notedBefore, is)
  }

  function reportCut(was: string, is: number): void {
    lost.push(was)
    log.error(
      { evt: 'audit.cut', was: seqOf(was), is },
      'The audit trail was cut or rewritten in Redis; audit verify says where',
    )
  }

  /** From this number to its end, every entry of the chain was written by this process. */
  let ownFrom = Number.POSITIVE_INFINITY
  let noted: string | undefined
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
      const notes = readNotes(noteFile)
      const last = notes.at(-1)
      if (last !== undefined && last !== noted && !lost.includes(last)) {
        // A command that runs beside this gateway has noted a later head.
        if (seqOf(last) > seqOf(end)) return
        // The command's head has a number that is now an entry of ours: the command's entries were cut off.
        if (seqOf(last) >= ownFrom) reportCut(last, ownFrom - 1)
      }
      writeNotes(noteFile, [...new Set([...notes.slice(0, -1), ...lost, end])])
      noted = end
    } catch (error) {
      log.warn(
        { evt: 'audit.not-noted', err: error },
        'The head of the audit trail could not be noted in dataDir; until it can, a trail that is cut may go unnoticed',
      )
    }
  }

  /** The head is not the one we knew: another process has appended, or somebody has truncated or rewritten the chain. */
  function follow(said: string): void {
    const [was, is] = [chain.readEnd('head', head), chain.readEnd('head', said === start ? null : said)]
    if (is.seq < was.seq || !is.isOurs) reportCut(was.end, is.seq)
    head = said
    ownFrom = Number.POSITIVE_INFINITY
  }

  // `isWriting` is cleared synchronously with the check that the queue is empty. Otherwise an entry recorded in between
  // would neither be seen by this loop nor start a new one.
  async function write(): Promise<void> {
    let failures = 0
    while (waiting.length > 0) {
      const batch = waiting.slice(0, maxAtOnce)
      const { args, end } = chain.link(head, batch)
      try {
        const said = String(await append.run([stream, headKey], [head, end, ...args]))
        // Another process appended first: retry from the current head.
        if (said !== '') follow(said)
        else {
          compareWithNote(head)
          ownFrom = Math.min(ownFrom, chain.readEnd('head', head).seq + 1)
          head = end
          failures = 0
          for (const { done } of waiting.splice(0, batch.length)) done()
          note(chain.readEnd('head', head).end)
          await trim()
        }
      } catch (error) {
        if (++failures === 1)
          log.warn(
            { evt: 'audit.waiting', err: error },
            'Audit entries are kept in memory until Redis takes them',
          )
        if (isClosing) break
        await new Promise((resolve) => setTimeout(resolve, 500).unref())
      }
    }
    isWriting = false
  }

  return {
    record(entry: AuditEntry): Promise<void> {
      if (waiting.length >= maxWaiting) {
        log.error(
          { evt: 'audit.full', what: entry.what },
          'An audit entry is lost: Redis has been away for too long, and the memory for waiting entries is full',
        )
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
    read: () => readTrail(door),
    /** Verifies the chain from its anchor to its head. `mustHold`: a head noted earlier, in addition to the one in our file. */
    verify: (mustHold?: string): Promise<Verdict> => verifyTrail(door, chain, noteFile, mustHold),
    async close(): Promise<void> {
      isClosing = true
      await Promise.race([writing, new Promise((done) => setTimeout(done, 1000).unref())])
      note(chain.readEnd('head', head).end, true)
      if (waiting.length > 0)
        log.error(
          { evt: 'audit.lost', entries: waiting.length },
          'Audit entries are lost: Redis was still away when the gateway ended',
        )
    },
  }
}
