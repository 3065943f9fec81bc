// Who did what, when, with which result: append-only and chained, so that an entry that was changed, removed or put in
// between is noticed. It lives in Redis beside what it tells about, shared by all gateways; `audit export` takes it out.
import { createHmac } from 'node:crypto'
import { exitCodes, GatewayError } from '../errors.js'
import type { Log } from '../log.js'
import { asFault, type RedisDoor } from '../redis/connection.js'

export interface AuditEntry {
  /** `key 1f2e…`, `desk quay-1`, `operator root`. Never a citizen. */
  readonly who: string
  /** `dossier.put`, `dossier.erase`, `dossier.forbidden`, `bulk`, `keys.create`, `keys.revoke`, `receipt.print` … */
  readonly what: string
  /** The dossier number, key id or job id it was done to. */
  readonly on: string
  readonly result: string
}

/** Keeps an entry. Resolves when it is in Redis; never rejects, for what was done is done. */
export type Keep = (entry: AuditEntry) => Promise<void>

export interface KeptEntry extends AuditEntry {
  readonly seq: number
  readonly at: string
  readonly hash: string
}

export interface Verdict {
  readonly entries: number
  readonly from?: string
  readonly to?: string
  /** Note it down: a later chain must still contain it. */
  readonly head: string
  readonly problems: readonly string[]
}

const stream = '{audit}:log'
const headKey = '{audit}:head'
const start = '0:'
// Beyond this the store has been away for long; pushes are refused by then, so nothing is left out that was done.
const mostWaiting = 50_000
const mostAtOnce = 500

export type Audit = ReturnType<typeof openAudit>

/** Opens the trail. `key` (hex) seals the chain: without it nobody can write one that verifies. */
export function openAudit(
  door: RedisDoor,
  key: string,
  auditDays: number,
  log: Log,
  now: () => number = Date.now,
) {
  const sealKey = createHmac('sha256', Buffer.from(key, 'hex')).update('audit trail').digest()
  const append = door.script(new URL('./audit-append-2.lua', import.meta.url))
  const waiting: { entry: AuditEntry; at: string; done: () => void }[] = []
  let head = start
  let writing = Promise.resolve()
  let isWriting = false

  const seal = (before: string, line: string) =>
    createHmac('sha256', sealKey).update(`${before}\n${line}`).digest('base64url')

  /** Lines that continue `from`, and where they end. */
  function chain(from: string, entries: readonly { entry: AuditEntry; at: string }[]) {
    let [seq, hash] = [Number(from.slice(0, from.indexOf(':'))), from.slice(from.indexOf(':') + 1)]
    const args: string[] = []
    for (const { entry, at } of entries) {
      const line = JSON.stringify([++seq, at, entry.who, entry.what, entry.on, entry.result])
      hash = seal(hash, line)
      args.push(line, hash)
    }
    return { args, end: `${seq}:${hash}` }
  }

  // `isWriting` falls in the same breath as the queue is found empty: an entry that comes while the last one's promise is
  // being settled must find either this loop or nobody.
  async function write(): Promise<void> {
    let failures = 0
    while (waiting.length > 0) {
      const batch = waiting.slice(0, mostAtOnce)
      const { args, end } = chain(head, batch)
      const oldest = now() - auditDays * 86_400_000
      try {
        const said = String(await append.run([stream, headKey], [head, end, oldest, ...args]))
        // Another process was quicker: continue from where the chain ends now.
        if (said !== '') head = said
        else {
          head = end
          failures = 0
          for (const { done } of waiting.splice(0, batch.length)) done()
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
      for (const [, fields] of page) {
        const [line = '[]', hash = ''] = [fields[1], fields[3]]
        const [seq, at, who, what, on, result] = JSON.parse(line) as [
          number,
          string,
          string,
          string,
          string,
          string,
        ]
        yield { seq, at, who, what, on, result, hash, line }
      }
      const last = page.at(-1)?.[0]
      if (!last || page.length < 500) return
      from = `(${last}`
    }
  }

  return {
    record(entry: AuditEntry): Promise<void> {
      if (waiting.length >= mostWaiting) {
        log.error({ evt: 'audit.full', what: entry.what }, 'The audit trail could not keep an entry')
        return Promise.resolve()
      }
      return new Promise((done) => {
        waiting.push({ entry, at: new Date(now()).toISOString(), done })
        // What is done in one turn of the event loop is written down together.
        if (!isWriting) {
          isWriting = true
          writing = new Promise<void>((resolve) => setImmediate(resolve)).then(write)
        }
      })
    },
    read,
    /** Walks the chain from its oldest kept entry. `mustHold`: a head noted earlier. */
    async verify(mustHold?: string): Promise<Verdict> {
      const problems: string[] = []
      let [entries, before, seq, from, to] = [
        0,
        '',
        0,
        undefined as string | undefined,
        undefined as string | undefined,
      ]
      let held = mustHold === undefined
      for await (const entry of read()) {
        // What retention took away stood before the first: its seal can only be checked where the chain began.
        const isFirst = entries++ === 0
        if (!isFirst && entry.seq !== seq + 1)
          problems.push(`entries ${seq + 1} to ${entry.seq - 1} are missing (before ${entry.at})`)
        else if ((!isFirst || entry.seq === 1) && seal(before, entry.line) !== entry.hash)
          problems.push(`entry ${entry.seq} (${entry.at}) was changed`)
        ;[before, seq, to] = [entry.hash, entry.seq, entry.at]
        from ??= entry.at
        held ||= `${entry.seq}:${entry.hash}` === mustHold
      }
      const stored = (await door.request.get(headKey)) ?? start
      if (stored !== `${seq}:${before}` && !(entries === 0 && stored !== start))
        problems.push(
          `the newest entries are missing: the chain should end at ${stored.split(':')[0]}, it ends at ${seq}`,
        )
      if (!held) problems.push('the head that was noted is not in the chain: it was cut or rewritten')
      return { entries, ...(from ? { from } : {}), ...(to ? { to } : {}), head: stored, problems }
    },
    async close(): Promise<void> {
      isClosing = true
      await Promise.race([writing, new Promise((done) => setTimeout(done, 1000).unref())])
      if (waiting.length > 0)
        log.error(
          { evt: 'audit.lost', entries: waiting.length },
          'Entries of the audit trail could not be written',
        )
    },
  }
}

interface AuditContext {
  readonly args: readonly string[]
  readonly json: boolean
  readonly core: { readonly audit: Audit }
  print(text: string): void
}

/** `audit verify [HEAD]` and `audit export`. */
export async function auditCommand({ args, json, core: { audit }, print }: AuditContext): Promise<number> {
  const [action, noted] = args
  if (action === 'export') {
    for await (const { line, ...entry } of audit.read()) print(JSON.stringify(entry))
    return exitCodes.ok
  }
  if (action !== 'verify')
    throw new GatewayError('usage', 'audit verify [HEAD noted earlier]\naudit export', false)
  const verdict = await audit.verify(noted)
  const isWhole = verdict.problems.length === 0
  if (json) print(JSON.stringify({ ok: isWhole, ...verdict }))
  else {
    print(`${verdict.entries} entries${verdict.from ? ` from ${verdict.from} to ${verdict.to}` : ''}`)
    for (const problem of verdict.problems) print(problem)
    if (isWhole) print('The chain is whole.')
    print(
      `head ${verdict.head}   (note it elsewhere: audit verify HEAD then proves that nothing since was rewritten)`,
    )
  }
  return isWhole ? exitCodes.ok : exitCodes.failed
}
