// Sends batches of CloudEvents to a URL, one after another, signed per Standard Webhooks. Temporary failures (connection
// errors, 408, 425, 429, 5xx) are retried with the same webhook-id, so that the receiver can deduplicate; refusals are
// not retried. A batch that is too large is halved.
import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Webhook } from 'standardwebhooks'
import type { Config } from '../../config/config.js'
import { usageError } from '../../errors.js'
import { readRetryAfter } from '../../web/retry-after.js'
import { within } from '../../within.js'

export interface CloudEvent {
  readonly specversion: '1.0'
  readonly id: string
  readonly source: string
  readonly type: 'vn.dossier.status.v1' | 'vn.dossier.daily.v1'
  readonly subject: string
  readonly time: string
  readonly datacontenttype: 'application/json'
  readonly data: object
}

/** `source` of the events that this gateway sends. */
export const sourceOf = ({ http: { publicUrl } }: Pick<Config, 'http'>): string =>
  publicUrl ?? 'urn:dossier-gateway'

/** What became of a batch. `refusals`: events that a gateway at the other end named as wrong in a 2xx answer. */
export type Delivery =
  | { kind: 'taken'; requests: number; refusals: readonly Refusal[] }
  | { kind: 'refused'; statusCode: number }
  | { kind: 'away'; why: string }

export interface Refusal {
  readonly id: string
  readonly code: string
  readonly pointer?: string
}

export interface DeliverDeps {
  readonly to: URL
  /** `whsec_…` */
  readonly secret: string
  readonly onRetry?: (why: string, waitMs: number) => void
  readonly wait?: (ms: number) => Promise<unknown>
  readonly now?: () => number
  readonly timeoutMs?: number
  /** How often one batch is tried before it is given up. */
  readonly attempts?: number
}

const contentType = 'application/cloudevents-batch+json'
const firstWaitMs = 1000
const longestWaitMs = 60_000
// A receiver may ask for a longer wait than ours, but not for a night.
const longestAskedMs = 300_000
const maxAnswerBytes = 4 * 1024 * 1024

/** Throws GatewayError usage for an invalid secret. */
export function openDelivery(deps: DeliverDeps) {
  const { to, wait = delay, now = Date.now, timeoutMs = 30_000, attempts = 9 } = deps
  const webhook = openWebhook(deps.secret)

  async function post(id: string, body: string): Promise<Answer> {
    const at = new Date(now())
    const headers = {
      'content-type': contentType,
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': webhook.sign(id, at, body),
    }
    try {
      return await within(timeoutMs, async (signal) => {
        // The signature was for the original URL only.
        const response = await fetch(to, { method: 'POST', headers, body, redirect: 'manual', signal })
        const retryAfter = response.headers.get('retry-after')
        return {
          statusCode: response.status,
          ...(retryAfter === null ? {} : { retryAfter }),
          text: await readText(response),
        }
      })
    } catch (error) {
      const { name, cause } = error as { name?: string; cause?: { code?: string } }
      return { why: name === 'TimeoutError' ? 'no answer in time' : (cause?.code ?? 'no connection') }
    }
  }

  async function send(events: readonly CloudEvent[]): Promise<Delivery> {
    const body = JSON.stringify(events)
    const id = webhookId(events)
    for (let attempt = 1; ; attempt++) {
      const verdict = verdictOf(await post(id, body), events)
      if (verdict.kind === 'taken') return { ...verdict, requests: attempt }
      if (verdict.kind === 'refused') return verdict
      if (verdict.kind === 'too-large') return halves(events)
      const { why, retryAfter } = verdict
      if (attempt >= attempts) return { kind: 'away', why }
      const waitMs = waitFor(attempt, retryAfter, now())
      deps.onRetry?.(why, waitMs)
      await wait(waitMs)
    }
  }

  async function halves(events: readonly CloudEvent[]): Promise<Delivery> {
    const middle = Math.ceil(events.length / 2)
    const first = await send(events.slice(0, middle))
    if (first.kind !== 'taken') return first
    const second = await send(events.slice(middle))
    if (second.kind !== 'taken') return second
    return {
      kind: 'taken',
      requests: 1 + first.requests + second.requests,
      refusals: [...first.refusals, ...second.refusals],
    }
  }

  return { send }
}

/** The outcome of one request: a response, or why there was none. */
type Answer =
  | { readonly statusCode: number; readonly retryAfter?: string; readonly text: string }
  | { readonly why: string }

type Verdict =
  | { readonly kind: 'taken'; readonly refusals: readonly Refusal[] }
  | { readonly kind: 'refused'; readonly statusCode: number }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'retry'; readonly why: string; readonly retryAfter?: string | undefined }

function verdictOf(answer: Answer, events: readonly CloudEvent[]): Verdict {
  if ('why' in answer) return { kind: 'retry', why: answer.why }
  const { statusCode, retryAfter, text } = answer
  if (statusCode >= 200 && statusCode < 300) return { kind: 'taken', refusals: refusalsIn(text, events) }
  if (statusCode === 413 && events.length > 1) return { kind: 'too-large' }
  if (!mayPass(statusCode)) return { kind: 'refused', statusCode }
  return { kind: 'retry', why: `HTTP ${statusCode}`, retryAfter }
}

function openWebhook(secret: string): Webhook {
  const bytes = /^whsec_[A-Za-z0-9+/]+=*$/.test(secret) ? Buffer.from(secret.slice(6), 'base64').length : 0
  // Standard Webhooks: between 24 and 64 bytes.
  if (bytes < 24 || bytes > 64) throw usageError('the secret is not whsec_ and the base64 of 24 to 64 bytes')
  return new Webhook(secret)
}

// The same events give the same id, even when an interrupted command is run again.
function webhookId(events: readonly CloudEvent[]): string {
  const sum = createHash('sha256')
  for (const { source, id } of events) sum.update(`${source.length}:${source}${id.length}:${id}`)
  return `replay_${sum.digest('base64url').slice(0, 24)}`
}

const mayPass = (statusCode: number) => [408, 425, 429].includes(statusCode) || statusCode >= 500

/** Exponential back-off with 10 % jitter; a receiver's Retry-After is honoured. */
function waitFor(attempt: number, retryAfter: string | undefined, now: number): number {
  const own = Math.min(firstWaitMs * 2 ** (attempt - 1), longestWaitMs)
  const asked = readRetryAfter(retryAfter, now, longestAskedMs)
  return Math.round(Math.max(own, asked) * (1 + Math.random() / 10))
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    // A longer body contains nothing we need.
    if (size > maxAnswerBytes) return ''
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

// A gateway answers a batch with a result for each event (agency/routes.ts); others answer what they like.
function refusalsIn(text: string, events: readonly CloudEvent[]): Refusal[] {
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch {
    return []
  }
  const { results } = (answer ?? {}) as { results?: unknown }
  if (!Array.isArray(results)) return []
  return results.flatMap((result, at): Refusal[] => {
    const { error } = (result ?? {}) as { error?: { code?: unknown; pointer?: unknown } }
    const event = events[at]
    if (!error || !event) return []
    const pointer = typeof error.pointer === 'string' ? { pointer: error.pointer } : {}
    return [{ id: event.id, code: String(error.code), ...pointer }]
  })
}
