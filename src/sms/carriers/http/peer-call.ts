// One call to the peer: built from templates, bounded in time and size. The host comes from the configuration and redirects
// are not followed, so that no text can choose where a call goes.
import { readRetryAfter } from '../../../web/retry-after.js'
import { within } from '../../../within.js'
import { mayHaveLeft } from './left.js'
import type { CallForm } from './resolved.js'
import type { Values } from './template.js'

/** The peer's response. */
export interface Told {
  readonly status: number
  /** The body, up to the size limit, and as far as it came. */
  readonly body: string
  /** The peer's clock, epoch ms, if given. */
  readonly date: number | undefined
  readonly retryAfterMs: number
}

export interface Failed {
  readonly failed: string
  /** It may have arrived. */
  readonly mayBeOut: boolean
}

// A response carries a code and an id; anything longer is an error page.
const maxAnswerBytes = 64 * 1024
// A peer may ask us to wait; a reply older than this is useless.
const longestRetryAfterMs = 60_000

/** Makes one call. Never throws; the result reveals nothing of the call, which carries secrets and a phone number. */
export async function callPeer(
  { url, method, headers, body }: CallForm,
  values: Values,
  timeoutMs: number,
  extraHeaders: CallForm['headers'] = [],
): Promise<Told | Failed> {
  // A header that lacks one of its values is left out, because it would be wrong.
  const written = [...headers, ...extraHeaders].filter(([, value]) =>
    value.names.every((name) => values[name] !== undefined),
  )
  const target = url.fill(values)
  const startedAt = performance.now()
  let head: Response | undefined
  const chunks: Uint8Array[] = []
  try {
    await within(timeoutMs, async (signal) => {
      head = await fetch(target, {
        method,
        headers: {
          // A small body needs no compression, and a middlebox may decompress it and leave the header.
          'accept-encoding': 'identity',
          ...Object.fromEntries(written.map(([name, value]) => [name, value.fill(values)])),
        },
        ...(body && { body: body.fill(values) }),
        redirect: 'manual',
        signal,
      })
      await readSome(head, chunks)
    })
  } catch (error) {
    // A response that has begun counts, even if its body never ends or is cut: the part that arrived is used.
    if (!head) {
      const failed = failureOf(error)
      return { ...failed, mayBeOut: failed.mayBeOut && mayHaveLeft(target, startedAt) }
    }
  }
  return toldBy(head!, chunks)
}

function toldBy(head: Response, chunks: readonly Uint8Array[]): Told {
  const date = Date.parse(head.headers.get('date') ?? '')
  return {
    status: head.status,
    // Without the byte order mark that some peers put first.
    body: Buffer.concat(chunks)
      .subarray(0, maxAnswerBytes)
      .toString('utf8')
      .replace(/^\ufeff/, ''),
    date: Number.isNaN(date) ? undefined : date,
    retryAfterMs: readRetryAfter(head.headers.get('retry-after'), date || Date.now(), longestRetryAfterMs),
  }
}

// Without a connection nothing was sent; after that it may have arrived.
const neverLeft =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_INVALID_URL)/

function failureOf(error: unknown): Failed {
  const { name, cause } = error as Error & {
    cause?: { code?: unknown; message?: unknown; errors?: { code?: unknown }[] }
  }
  // fetch refuses to call these: ports of other services (Fetch standard, "bad port").
  if (cause?.message === 'bad port') return { failed: 'BAD_PORT', mayBeOut: false }
  if (name === 'TimeoutError') return { failed: 'timeout', mayBeOut: true }
  const code = String(cause?.code ?? cause?.errors?.[0]?.code ?? name)
  return { failed: /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? code : 'failed', mayBeOut: !neverLeft.test(code) }
}

async function readSome(answer: Response, chunks: Uint8Array[]): Promise<void> {
  let length = 0
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk)
    length += chunk.length
    if (length >= maxAnswerBytes) break
  }
}
