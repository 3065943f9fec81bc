// The one place that speaks to the gateway. Everything a server or a broken network can do becomes a value here, so
// that each screen decides with one switch. Answers are never kept: no cache, no storage.
import type { ComplaintList } from '../../src/complaints/contract.ts'
import type { DeskView, JobFailure, JobState } from '../../src/desk/contract.ts'
import type { Answer, Heartbeat, KioskSetup, Problem } from '../../src/kiosk/contract.ts'
import type { MonitorSummary, OverdueList } from '../../src/monitor/contract.ts'

/** What a question can come to; `offline` is the network or the gateway being away, `unavailable` its store. */
export type Outcome =
  | { kind: 'found'; answer: Answer }
  | { kind: 'unknown' }
  | { kind: 'unreadable'; reason: string; detail?: string; suggestion?: string }
  | { kind: 'withheld'; retryAfterSeconds: number }
  | { kind: 'unavailable'; retryAfterSeconds: number }
  | { kind: 'offline' }

// 4 s: the gateway itself gives up on its store after 3 s and says so; longer silence is the network.
const patienceMs = 4000
// A gateway that is alive says so without asking its store.
const pulsePatienceMs = 2000

/** Asks for one number, as typed or scanned; in the body, so that it stands in no address. `visit` is whose turn it is. */
export async function lookUp(number: string, language: string, visit: string): Promise<Outcome> {
  const question = post({ number })
  const reply = await ask(`/v1/status?lang=${language}`, {
    ...question,
    headers: { ...question.headers, 'x-visit': visit },
  })
  if (!reply) return { kind: 'offline' }
  const body = (await reply.json().catch(() => undefined)) as (Answer & Problem) | undefined
  if (reply.ok && body) return { kind: 'found', answer: body }
  const retryAfterSeconds = Number(reply.headers.get('retry-after')) || 5
  switch (body?.code) {
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

/** Whether the gateway can be reached at all. */
export const reachable = async () =>
  (await ask('/livez', { signal: AbortSignal.timeout(pulsePatienceMs) }))?.ok === true

/** The kiosk says that it is alive. The build of the pages that are served now; undefined when it was not heard. */
export async function heartbeat(beat: Heartbeat): Promise<string | undefined> {
  const reply = await ask('/v1/kiosk/heartbeat', post(beat))
  return reply?.ok ? (reply.headers.get('x-dossier-page') ?? '') : undefined
}

/** The device's clock minus the gateway's, half the way there and back taken off; from the Date header, so to a second. */
export async function clockOffsetMs(): Promise<number | undefined> {
  const asked = Date.now()
  const date = (await ask('/livez'))?.headers.get('date')
  return date ? (asked + Date.now()) / 2 - (Date.parse(date) + 500) : undefined
}

/** One tap on a face: 3 good, 2 fine, 1 not good. A lost tap is not worth a message. */
export const satisfaction = (agency: string, mood: 1 | 2 | 3) =>
  ask('/v1/kiosk/satisfaction', post({ agency, mood }))

/** What a person at the kiosk must know of their slip. */
export type SlipOutcome = 'waiting' | 'done' | 'check' | 'no-paper' | 'failed'

/** Asks the kiosk's printer for a slip; the job's id, or undefined when it cannot be had. */
export async function printSlip(number: string): Promise<string | undefined> {
  const reply = await ask('/v1/kiosk/receipts', post({ number }))
  return reply?.ok ? ((await reply.json()) as { jobId: string }).jobId : undefined
}

/** The visit has ended: a slip that still waits is not wanted any more. Sent also while the page goes away. */
export const cancelSlip = (jobId: string) =>
  ask(`/v1/kiosk/receipts/${jobId}/cancel`, { method: 'POST', keepalive: true })

/** The same for the slip that tries the printer. */
export async function printTestSlip(): Promise<string | undefined> {
  const reply = await ask('/v1/kiosk/printer-test', { method: 'POST' })
  return reply?.ok ? ((await reply.json()) as { jobId: string }).jobId : undefined
}

export async function slipOutcome(jobId: string): Promise<SlipOutcome> {
  const job = await json<{ state: JobState; reason?: JobFailure }>(`/v1/kiosk/receipts/${jobId}`)
  switch (job?.state) {
    case undefined:
      return 'failed'
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

/** The monitor's figures of a period; undefined when they cannot be had. */
export const monitorSummary = (from: string, to: string) =>
  json<MonitorSummary>(`/v1/monitor/summary?from=${from}&to=${to}`)

/** Dossiers overdue, or due within so many days, of one agency or (empty) all; undefined when they cannot be had. */
export const overdueList = (
  { within, agency, limit }: { within: number; agency: string; limit: number },
  language: string,
) =>
  json<OverdueList>(
    `/v1/monitor/overdue?within=${within}&limit=${limit}&lang=${language}${
      agency === '' ? '' : `&agency=${encodeURIComponent(agency)}`
    }`,
  )

/** The desk, kiosk or monitor this browser was let in as; `away` when nobody can be asked. */
export async function device(kind: 'kiosk' | 'desk' | 'monitor'): Promise<string | 'away' | undefined> {
  const reply = await ask(`/v1/device?kind=${kind}`)
  if (!reply || reply.status >= 500) return 'away'
  return reply.ok ? ((await reply.json()) as { name: string }).name : undefined
}

/** What became of something a desk asked for. */
export type DeskReply<T> = { ok: true; value: T } | { ok: false; problem: DeskProblem }
export type DeskProblem = 'unknown' | 'unreadable' | 'unavailable' | 'forbidden' | 'withheld'

export const desk = (id: string) => deskAsk<DeskView>(`/v1/desks/${id}`)

/** The slip as it will print: its text lines and how many columns the paper has. */
export interface SlipPreview {
  dossierNo?: string
  text: string
  columns: number
}
export const slipPreview = (id: string, number: string) =>
  deskAsk<SlipPreview>(`/v1/desks/${id}/preview?number=${encodeURIComponent(number)}`)

export const printReceipt = (id: string, dossierNo: string) =>
  deskAsk<{ jobId: string }>(`/v1/desks/${id}/receipts`, post({ dossierNo }))

/** The proof ticket of the desk's printer, and the number on it that is right. */
export const printProof = (id: string) =>
  deskAsk<{ jobId: string }>(`/v1/desks/${id}/proof`, { method: 'POST' })

export const proveLine = (id: string, line: number) =>
  deskAsk<{ profile: string }>(`/v1/desks/${id}/profile`, { ...post({ line }), method: 'PUT' })

/** Complaints about the desk's agency, and what is done to one: undefined when it is done, else why it is not. */
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
  const problem = (await reply?.json().catch(() => undefined)) as Partial<Problem> | undefined
  return problem?.reason ?? problem?.code ?? 'unavailable'
}

export const actOnReceipt = (id: string, jobId: string, act: 'cancel' | 'reprint' | 'confirm') =>
  deskAsk<unknown>(`/v1/desks/${id}/receipts/${jobId}/${act}`, { method: 'POST' })

/** What became of a file: each row as it is done, then the whole, or why it was refused. */
export interface ImportSummary {
  lines: number
  applied: number
  stale: number
  duplicate: number
  failed: number
  aborted?: string
  /** How the file was read, in sentences; columns that nobody reads. */
  told?: readonly string[]
  unread?: readonly string[]
}
/** Why a file is not read. */
export interface ImportRefusal {
  refused: string
  /** The gateway's words for it. */
  detail?: string
  /** The reason when it can be answered, and what there is to choose from: a sheet, an order of dates. */
  reason?: string
  choices: readonly string[]
}
/** What a person chose where a file can be read in more than one way. */
export interface ImportChoice {
  sheet?: string
  dates?: string
}
export interface ImportRow {
  line: number
  error?: { code: string; pointer?: string }
}

/** Hands in a file; `dryRun` only checks it. Rows are told as they come. What the file is, the gateway sees. */
export async function importFile(
  id: string,
  file: File,
  { dryRun, ...choice }: { dryRun: boolean } & ImportChoice,
  onRow: (row: ImportRow) => void,
): Promise<ImportSummary | ImportRefusal> {
  // Rows without a time of change speak of when the file was saved; so handing it in twice changes nothing.
  const asOf = new Date(file.lastModified).toISOString()
  const query = new URLSearchParams({ dryRun: String(dryRun), asOf, ...choice })
  const reply = await ask(`/v1/desks/${id}/import?${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', 'accept-language': document.documentElement.lang },
    body: file,
    // A long file takes its time; the server ends what stands still.
    signal: null,
  })
  const refusal = (refused = 'unavailable'): ImportRefusal => ({ refused, choices: [] })
  if (!reply) return refusal()
  if (!reply.ok) {
    const problem = (await reply.json().catch(() => ({}))) as Partial<Problem> & {
      errors?: { code: string; detail?: string }[]
    }
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
  return refusal() // the line went dead before the summary
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
  if (reply?.ok) return { ok: true, value: (await reply.json().catch(() => undefined)) as T }
  const problems: Record<number, DeskProblem> = {
    400: 'unreadable',
    401: 'forbidden',
    403: 'forbidden',
    404: 'unknown',
    429: 'withheld',
  }
  return { ok: false, problem: problems[reply?.status ?? 0] ?? 'unavailable' }
}

/** A name for one person's turn that says nothing of them. */
export const newVisit = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => byte.toString(36).padStart(2, '0')).join('')

const post = (body: unknown) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

async function json<T>(path: string): Promise<T | undefined> {
  const reply = await ask(path)
  return reply?.ok ? ((await reply.json().catch(() => undefined)) as T | undefined) : undefined
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

// A proxy before a gateway that is away answers for itself, and a captive portal answers everything with its own page:
// neither is the gateway's word.
const isOurs = ({ status, headers }: Response) =>
  status === 204 || (status !== 502 && status !== 504 && /json/.test(headers.get('content-type') ?? ''))
