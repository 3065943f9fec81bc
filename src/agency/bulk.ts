// Bulk upload: NDJSON in, NDJSON out, line by line and in order. Memory holds one chunk of the body and the unread
// results; when those pile up, back-pressure stops reading the body.
import { isUtf8 } from 'node:buffer'
import { setTimeout as delay, setImmediate } from 'node:timers/promises'
import { BodyError, type BodyFault } from './body.js'
import type { Fault, Item, MayWrite } from './check.js'
import type { Intake, IntakeResult } from './intake.js'
import { malformed, parseText, withoutBom } from './json.js'
import { limits } from './limits.js'

export interface Counts {
  lines: number
  applied: number
  stale: number
  duplicate: number
  failed: number
}

export interface Summary extends Counts {
  /** Set when not every line was read: why. Lines before it were reported one by one. */
  aborted?: 'abort-over' | 'unavailable' | 'shutting-down' | Exclude<BodyFault, 'gone'>
}

/** `10%` of the lines (once a hundred were read) or a number of lines; `0%` is none. */
interface AbortOver {
  readonly share?: number
  readonly lines?: number
}

/** `undefined`: not given; `'invalid'`: given, but not readable. */
export function readAbortOver(text: unknown): AbortOver | undefined | 'invalid' {
  if (text === undefined) return undefined
  const [, number, percent] = /^(\d{1,9}(?:\.\d{1,3})?)(%?)$/.exec(String(text)) ?? []
  if (number === undefined) return 'invalid'
  // `0%` tolerates no wrong line: the first one aborts, however few lines were read.
  if (percent === '%' && Number(number) === 0) return { lines: 0 }
  if (percent === '%') return Number(number) <= 100 ? { share: Number(number) / 100 } : 'invalid'
  return Number.isInteger(Number(number)) ? { lines: Number(number) } : 'invalid'
}

interface BulkDeps {
  readonly intake: Pick<Intake, 'update' | 'refuse' | 'apply' | 'now'>
  readonly mayWrite: MayWrite
  readonly abortOver?: AbortOver | undefined
  readonly isStopping?: () => boolean
  /** Back-off while the store is away. */
  readonly retryMs?: readonly number[]
  /** Updated as it goes, so that a caller who stops reading knows what was done until then. */
  readonly summary?: Summary
}

/** Zero counts. */
export const emptySummary = (): Counts => ({ lines: 0, applied: 0, stale: 0, duplicate: 0, failed: 0 })

// Redis restarts in a second or two; a file should survive that without a hole in it.
const patience = [100, 400, 1500, 3000]
const fewestLinesForShare = 100

/** Result lines for the lines in `chunks`, ending in the summary line, which is also returned. */
export async function* bulk(
  chunks: AsyncIterable<Buffer>,
  {
    intake,
    mayWrite,
    abortOver,
    isStopping = () => false,
    retryMs = patience,
    summary = emptySummary(),
  }: BulkDeps,
): AsyncGenerator<string, Summary> {
  const batches = checkLines(readLines(chunks), intake, mayWrite)
  // While one batch is in Redis, the next is read and checked; each batch is reported as soon as it is done, for senders
  // who wait for each answer.
  let underWay: Promise<string> | undefined
  let next: Promise<IteratorResult<CheckedLine[]>> | undefined
  try {
    for (;;) {
      next ??= batches.next()
      next.catch(() => {}) // surfaces when awaited below
      if (underWay) {
        await Promise.race([underWay, next.then(ignore, ignore)])
        yield await underWay
        underWay = undefined
        // Lines that are all invalid never wait for the store: yield to other requests.
        await setImmediate()
      }
      if (summary.aborted === undefined && isTooBad(summary, abortOver)) summary.aborted = 'abort-over'
      if (summary.aborted === undefined && isStopping()) summary.aborted = 'shutting-down'
      if (summary.aborted !== undefined) break
      const { done, value } = await next
      next = undefined
      if (done) break
      underWay = applyLines(value, intake, summary, retryMs)
      underWay.catch(ignore) // surfaces when awaited above
    }
  } catch (error) {
    if (!(error instanceof BodyError) || error.fault === 'gone') throw error
    summary.aborted = error.fault
  } finally {
    void batches.return?.(undefined)
    // A sender that disconnected did submit these lines: they are counted like the others.
    await underWay?.catch(ignore)
  }
  yield `${JSON.stringify({ summary })}\n`
  return summary
}

function ignore(): void {}

function isTooBad(summary: Summary, limit: AbortOver | undefined): boolean {
  if (limit?.lines !== undefined && summary.failed > limit.lines) return true
  return (
    limit?.share !== undefined &&
    summary.lines >= fewestLinesForShare &&
    summary.failed > summary.lines * limit.share
  )
}

interface Line {
  readonly number: number
  readonly text?: string
  readonly fault?: Fault
}

interface CheckedLine {
  readonly number: number
  readonly checked: Item | Fault
}

async function* checkLines(
  batches: AsyncIterable<Line[]>,
  intake: BulkDeps['intake'],
  mayWrite: MayWrite,
): AsyncGenerator<CheckedLine[]> {
  for await (const lines of batches) {
    const now = intake.now()
    yield lines.map(({ number, fault, text }) => ({
      number,
      checked: fault ?? checkLine(text!, intake, mayWrite, now),
    }))
  }
}

async function applyLines(
  lines: readonly CheckedLine[],
  intake: BulkDeps['intake'],
  summary: Summary,
  retryMs: readonly number[],
): Promise<string> {
  const items = lines.flatMap(({ checked }) => ('no' in checked ? [checked] : []))
  const results = await applyPatiently(items, intake, retryMs)
  let written = ''
  let nth = 0
  for (const { number: line, checked } of lines) {
    const result: IntakeResult = 'no' in checked ? results[nth++]! : { error: checked }
    summary.lines++
    if ('error' in result) {
      summary.failed++
      if (result.error.code === 'unavailable') summary.aborted = 'unavailable'
      written += `${JSON.stringify({ line, error: result.error })}\n`
    } else if (result.applied) {
      summary.applied++
      written += `{"line":${line},"applied":true}\n`
    } else {
      summary[result.reason]++
      written += `{"line":${line},"applied":false,"reason":"${result.reason}"}\n`
    }
  }
  return written
}

function checkLine(text: string, intake: BulkDeps['intake'], mayWrite: MayWrite, now: number): Item | Fault {
  const raw = parseText(text)
  if (raw === malformed) {
    intake.refuse()
    return { code: 'malformed-json' }
  }
  const checked = intake.update(raw, mayWrite, now)
  return 'no' in checked ? checked : checked[0]!
}

// Updates are idempotent, so what the store could not confirm is retried; in order, or an older update of a dossier would
// be reported as applied after a newer one.
export async function applyPatiently(
  items: readonly Item[],
  intake: BulkDeps['intake'],
  retryMs: readonly number[],
): Promise<IntakeResult[]> {
  const results = await intake.apply(items)
  for (const wait of retryMs) {
    const open = results.flatMap((result, at) =>
      'error' in result && result.error.code === 'unavailable' ? [at] : [],
    )
    if (open.length === 0) break
    await delay(wait)
    const again = await intake.apply(open.map((at) => items[at]!))
    open.forEach((at, nth) => (results[at] = again[nth]!))
  }
  return results
}

const [newline, carriageReturn] = [10, 13]
const isEmptyLine = (bytes: Buffer, at: number) =>
  bytes[at] === newline || (bytes[at] === carriageReturn && bytes[at + 1] === newline)

const [blank, tab] = [32, 9]

/** Whether a line has nothing but blanks; a line of text is known by its first byte. */
function isBlank(line: Buffer): boolean {
  let at = 0
  while (line[at] === blank || line[at] === tab) at++
  return at === line.length
}

/** The first line may begin with a byte order mark, as programs on Windows write it. */
const withoutMark = (line: Buffer, number: number) => (number === 1 ? withoutBom(line) : line)

// A chunk of 64 KiB may hold 32,000 lines; checking that many at once would block everybody else.
const maxLinesInBatch = 1000

/**
 * Lines as they arrive, a batch per chunk or per fixed number of lines. Line numbers count every line; empty ones and those of
 * blanks alone are skipped.
 */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number = limits.lineBytes,
): AsyncGenerator<Line[]> {
  let number = 0
  let rest: Buffer = Buffer.alloc(0)
  let isSkipping = false // inside a line that is too long
  const lineOf = (bytes: Buffer): Line | undefined => {
    number++
    if (isSkipping) {
      isSkipping = false
      return { number, fault: { code: 'too-large' } }
    }
    const end = bytes.at(-1) === 13 ? bytes.length - 1 : bytes.length
    if (end === 0) return undefined
    if (end > maxBytes) return { number, fault: { code: 'too-large' } }
    const text = bytes.subarray(0, end)
    if (isBlank(text)) return undefined
    if (!isUtf8(text)) return { number, fault: { code: 'malformed-json' } }
    return { number, text: withoutMark(text, number).toString('utf8') }
  }
  for await (const chunk of chunks) {
    const bytes: Buffer = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    let lines: Line[] = []
    let from = 0
    for (;;) {
      // A gzipped body of a few KiB may hold half a billion empty lines: they must cost next to nothing.
      while (!isSkipping && isEmptyLine(bytes, from)) {
        number++
        from += bytes[from] === newline ? 1 : 2
      }
      const end = bytes.indexOf(newline, from)
      if (end < 0) break
      const line = lineOf(bytes.subarray(from, end))
      from = end + 1
      if (line) lines.push(line)
      if (lines.length < maxLinesInBatch) continue
      yield lines
      lines = []
    }
    rest = bytes.subarray(from)
    if (rest.length > maxBytes) {
      isSkipping = true
      rest = Buffer.alloc(0)
    }
    if (lines.length > 0) yield lines
  }
  if (rest.length > 0 || isSkipping) {
    const line = lineOf(rest)
    if (line) yield [line]
  }
}
