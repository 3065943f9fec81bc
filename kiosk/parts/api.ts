// The only place that talks to the gateway. Everything a server or a broken network can do becomes a value here, so that
// each screen decides with one switch. Responses are never kept: no cache, no storage.
import type { ComplaintList } from '../../src/complaints/contract.ts'
import type { DeskView, JobFailure, JobState, SlipPreview } from '../../src/desk/contract.ts'
import type { Answer, Heartbeat, KioskSetup, Problem } from '../../src/kiosk/contract.ts'
import type { MonitorSummary, OverdueList } from '../../src/monitor/contract.ts'

/** The outcomes of a lookup; `offline`: the network or the gateway is down, `unavailable`: its store is. */
export type Outcome =
  | { kind: 'found'; answer: Answer }
  | { kind: 'unknown' }
  | { kind: 'unreadable'; reason: string; detail?: string; suggestion?: string }
  | { kind: 'withheld'; retryAfterSeconds: number }
  | { kind: 'unavailable'; retryAfterSeconds: number }
  | { kind: 'offline' }

// 4 s: the gateway itself gives up on its store after 3 s and says so; longer silence is the network.
const patienceMs = 4000
// A live gateway answers this without its store.
const pulsePatienceMs = 2000

/** Looks up one number, as typed or scanned; in the body, so that it is in no URL. `visit` names the person's turn. */
export async function lookUp(number: string, language: string, visit: string): Promise<Outcome> {
  const question = post({ number })
  const reply = await ask(`/v1/status?lang=${language}`, {
    ...question,
    headers: { ...question.headers, 'x-visit': visit },
  })
  const body = await bodyOf<Answer & Problem>(reply)
  if (!reply || !body) return { kind: 'offline' }
  if (reply.ok) return { kind: 'found', answer: body }
  const retryAfterSeconds = Number(reply.headers.get('retry-after')) || 5
  switch (body.code) {
    case 'unreadable':
      return {
        kind: 'unreadable',
        reason: body.reason ?? 'no-number',
        ...(body.detail ? { detail: body.detail } : {}),
        ...(body.suggestion ? { suggestion: body.suggestion } : {}),
      }
    case 'unknown':
      return { kind: 'unknown' }
    case 'withheld':
      return { kind: 'withheld', retryAfterSeconds }
    default:
      return reply.status < 500 && reply.status !== 429
        ? { kind: 'unreadable', reason: 'no-number' }
        : { kind: 'unavailable', retryAfterSeconds }
  }
}

/** What the page must know at start; undefined while the gateway is away. */
export const setup = () => json<KioskSetup>('/v1/kiosk/setup')

/** Whether the gateway can be reached at all, and its answers arrive whole. */
export async function reachable(): Promise<boolean> {
  const reply = await ask('/livez', { signal: AbortSignal.timeout(pulsePatienceMs) })
  return reply?.ok === true && (await bodyOf(reply)) !== undefined
}

/** The kiosk's heartbeat. Returns whether it arrived. */
export const heartbeat = async (beat: Heartbeat) =>
  (await ask('/v1/kiosk/heartbeat', post(beat)))?.ok === true

/** The device's clock minus the gateway's, corrected by half the round trip; from the Date header, so to a second. */
export async function clockOffsetMs(): Promise<number | undefined> {
  const asked = Date.now()
  const date = (await ask('/livez'))?.headers.get('date')
  return date ? (asked + Date.now()) / 2 - (Date.parse(date) + 500) : undefined
}

/** One tap on a face: 3 good, 2 fine, 1 not good. A lost tap is not worth a message. */
export const satisfaction = (agency: string, mood: 1 | 2 | 3) =>
  ask('/v1/kiosk/satisfaction', post({ agency, mood }))

/** What the person at the kiosk needs to know about their slip. */
export type SlipOutcome = 'waiting' | 'unsure' | 'done' | 'check' | 'no-paper' | 'failed'

/** A slip that was asked for: its job, `failed` when refused, `unsure` without a response: it may be printing. */
type Sent = { jobId: string } | 'failed' | 'unsure'

async function sendSlip(path: string, options: RequestInit): Promise<Sent> {
  const reply = await ask(path, options)
  if (!reply || reply.status >= 500) return 'unsure'
  return reply.ok ? ((await bodyOf<{ jobId: string }>(reply)) ?? 'unsure') : 'failed'
}

/** Requests a slip from the kiosk's printer. */
export const printSlip = (number: string) => sendSlip('/v1/kiosk/receipts', post({ number }))

/** The visit has ended: cancels a slip that still waits. Also sent while the page unloads. */
export const cancelSlip = (jobId: string) =>
  ask(`/v1/kiosk/receipts/${jobId}/cancel`, { method: 'POST', keepalive: true })

/** The same for the slip that tries the printer. */
export const printTestSlip = () => sendSlip('/v1/kiosk/printer-test', { method: 'POST' })

/** How a slip stands; `unsure` while the gateway cannot say, so ask again. */
export async function slipOutcome(jobId: string): Promise<SlipOutcome> {
  const reply = await ask(`/v1/kiosk/receipts/${jobId}`)
  if (reply && !reply.ok && reply.status < 500) return 'failed'
  const job = reply?.ok ? await bodyOf<{ state: JobState; reason?: JobFailure }>(reply) : undefined
  switch (job?.state) {
    case undefined:
      return 'unsure'
    case 'queued':
    case 'claimed':
    case 'sent':
      return 'waiting'
    case 'confirmed':
      return 'done'
    case 'unconfirmed':
      return 'check'
    default:
      return job?.reason === 'no-paper' ? 'no-paper' : 'failed'
  }
}

/** The monitor's figures of a period; undefined on failure. */
export const monitorSummary = (from: string, to: string) =>
  json<MonitorSummary>(`/v1/monitor/summary?from=${from}&to=${to}`)

/** Dossiers overdue, or due within this many days, of one agency or (empty) all; undefined on failure. */
export const overdueList = (
  { within, agency, limit }: { within: number; agency: string; limit: number },
  language: string,
) =>
  json<OverdueList>(
    `/v1/monitor/overdue?within=${within}&limit=${limit}&lang=${language}${
      agency === '' ? '' : `&agency=${encodeURIComponent(agency)}`
    }`,
  )

/**
 * What this browser is enrolled as (undefined: as nothing) and the build now served; `away` when the gateway is unreachable.
 */
export async function device(
  kind: 'desk' | 'monitor',
): Promise<'away' | { name: string | undefined; page: string | undefined }> {
  const reply = await ask(`/v1/device?kind=${kind}`)
  const body = await bodyOf<{ name: string }>(reply)
  if (!reply || !body || reply.status >= 500) return 'away'
  return { name: reply.ok ? body.name : undefined, page: reply.headers.get('x-dossier-page') ?? undefined }
}

/** Result of a desk's request. */
type DeskReply<T> = { ok: true; value: T } | { ok: false; problem: DeskProblem }
export type DeskProblem = 'unknown' | 'unreadable' | 'unavailable' | 'forbidden' | 'withheld'

export const desk = (id: string) => deskAsk<DeskView>(`/v1/desks/${id}`)

/** The slip as it will print. */
export const slipPreview = (id: string, number: string) =>
  deskAsk<SlipPreview>(`/v1/desks/${id}/preview?number=${encodeURIComponent(number)}`)

/** Requests a slip. `once` names the request (Idempotency-Key): repeated without a response, it is the same slip. */
export function printReceipt(id: string, dossierNo: string, once: string) {
  const wish = post({ dossierNo })
  return deskAsk<{ jobId: string }>(`/v1/desks/${id}/receipts`, {
    ...wish,
    headers: { ...wish.headers, 'idempotency-key': once },
  })
}

/** The proof ticket of the desk's printer, and the number on it that is right. */
export const printProof = (id: string) =>
  deskAsk<{ jobId: string }>(`/v1/desks/${id}/proof`, { method: 'POST' })

export const proveLine = (id: string, line: number) =>
  deskAsk<{ profile: string }>(`/v1/desks/${id}/profile`, { ...post({ line }), method: 'PUT' })

/** Complaints about the desk's agency, and the actions on one: undefined when done, else why not. */
export const complaints = (id: string) => deskAsk<ComplaintList>(`/v1/desks/${id}/complaints`)
export const answerComplaint = (id: string, ticket: string, answer: string) =>
  refusal(`/v1/desks/${id}/complaints/${ticket}/answer`, post({ answer }))
export const handOnComplaint = (id: string, ticket: string, agency: string) =>
  refusal(`/v1/desks/${id}/complaints/${ticket}/hand-on`, post({ agency }))
export const eraseComplaint = (id: string, ticket: string) =>
  refusal(`/v1/desks/${id}/complaints/${ticket}`, { method: 'DELETE' })

async function refusal(path: string, options: RequestInit): Promise<string | undefined> {
  const reply = await ask(path, options)
  if (reply?.ok) return undefined
  const problem = await bodyOf<Partial<Problem>>(reply)
  return problem?.reason ?? problem?.code ?? 'unavailable'
}

export const actOnReceipt = (id: string, jobId: string, act: 'cancel' | 'reprint' | 'confirm') =>
  deskAsk<unknown>(`/v1/desks/${id}/receipts/${jobId}/${act}`, { method: 'POST' })

/** Result of an import: each row as it is done, then the summary, or why it was refused. */
export interface ImportSummary {
  lines: number
  applied: number
  stale: number
  duplicate: number
  failed: number
  aborted?: string
  /** How the file was read, in sentences; columns that were ignored. */
  told?: readonly string[]
  unread?: readonly string[]
}
/** Why a file is not read. */
export interface ImportRefusal {
  refused: string
  /** The gateway's words for it. */
  detail?: string
  /** Set when the person can resolve it: the reason, and the choices: a sheet, an order of dates. */
  reason?: string
  choices: readonly string[]
}
/** The person's choices for an ambiguous file. */
export interface ImportChoice {
  sheet?: string
  dates?: string
}
export interface ImportRow {
  line: number
  error?: { code: string; pointer?: string }
}

/** Uploads a file; `dryRun` only checks it. Rows are reported as they come. The gateway detects the file type. */
export async function importFile(
  id: string,
  file: File,
  { dryRun, ...choice }: { dryRun: boolean } & ImportChoice,
  onRow: (row: ImportRow) => void,
): Promise<ImportSummary | ImportRefusal> {
  // Rows without a time of change use the file's modification time, so importing it twice changes nothing.
  const asOf = new Date(file.lastModified).toISOString()
  const query = new URLSearchParams({ dryRun: String(dryRun), asOf, ...choice })
  const reply = await ask(`/v1/desks/${id}/import?${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', 'accept-language': document.documentElement.lang },
    body: file,
    // A long file takes its time; the server aborts a stalled one.
    signal: null,
  })
  const refusal = (refused = 'unavailable'): ImportRefusal => ({ refused, choices: [] })
  if (!reply) return refusal()
  if (!reply.ok) {
    const problem = (await bodyOf<Partial<Problem>>(reply)) ?? {}
    const choices = (problem.errors ?? []).flatMap(({ code, detail }) =>
      code === 'choice' && detail ? detail : [],
    )
    const { detail, reason } = problem
    return { ...refusal(problem.code), choices, ...(detail ? { detail } : {}), ...(reason ? { reason } : {}) }
  }
  for await (const line of linesOf(reply)) {
    const told = JSON.parse(line) as Partial<ImportRow> & {
      summary?: ImportSummary
      file?: Partial<ImportSummary>
    }
    if (told.summary) return { ...told.file, ...told.summary }
    if (told.line === undefined) return refusal(told.error?.code)
    onRow(told as ImportRow)
  }
  return refusal() // disconnected before the summary
}

async function* linesOf(reply: Response): AsyncGenerator<string> {
  const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }))
    if (done) return
    const lines = (rest + value).split('\n')
    rest = lines.pop()!
    yield* lines.filter(Boolean)
  }
}

async function deskAsk<T>(path: string, options?: RequestInit): Promise<DeskReply<T>> {
  const reply = await ask(path, options)
  const value = await bodyOf<T>(reply)
  if (reply?.ok && value !== undefined) return { ok: true, value }
  const problems: Record<number, DeskProblem> = {
    400: 'unreadable',
    401: 'forbidden',
    403: 'forbidden',
    404: 'unknown',
    429: 'withheld',
  }
  return { ok: false, problem: problems[reply?.status ?? 0] ?? 'unavailable' }
}

/** A random name for one person's turn, or for one request; it reveals nothing. */
export const newName = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => byte.toString(36).padStart(2, '0')).join('')

const post = (body: unknown) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

async function json<T>(path: string): Promise<T | undefined> {
  const reply = await ask(path)
  return reply?.ok ? bodyOf<T>(reply) : undefined
}

async function ask(path: string, options: RequestInit = {}): Promise<Response | undefined> {
  try {
    const reply = await fetch(path, {
      cache: 'no-store',
      credentials: 'same-origin',
      signal: AbortSignal.timeout(patienceMs),
      ...options,
    })
    return isOurs(reply) ? reply : undefined
  } catch {
    return undefined // refused, unplugged or too slow: the callers show `offline`
  }
}

// A proxy in front of a dead gateway answers on its own, in HTML or JSON, and a captive portal answers everything:
// neither is the gateway's response, which bears its mark.
const isOurs = ({ headers }: Response) => headers.has('x-dossier-gateway')

/** The JSON of a response; undefined when it breaks off, or stalls until the patience ends. */
const bodyOf = async <T>(reply: Response | undefined): Promise<T | undefined> =>
  reply?.json().catch(() => undefined)
