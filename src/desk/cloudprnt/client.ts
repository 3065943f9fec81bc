// The agent's side of CloudPRNT: fetches slips and reports outcomes, by outgoing HTTP only.
import { setTimeout as delay } from 'node:timers/promises'
import { GatewayError, ignoreOutage } from '../../errors.js'
import { readRetryAfter } from '../../web/retry-after.js'
import { within } from '../../within.js'
import type { SlipSource } from '../printer/print-loop.js'
import type { Printer } from '../printer/printer.js'
import { codeOfOutcome, slipType } from './codes.js'

interface CloudPrntSettings {
  /** Address of the gateway, e.g. https://hoso.example.vn */
  readonly url: string
  readonly desk: string
  /** The desk's key. */
  readonly key: string
  /** Stable across restarts. */
  readonly agentId: string
  readonly pollMs: number
}

interface CloudPrntClient extends SlipSource {
  /** Reports the printer's state; returns the token of a waiting slip. Also renews the lease of the current slip. */
  poll(): Promise<string | undefined>
}

// The gateway gives up on its store after 3 s and says so; a longer silence is a network fault.
const patienceMs = 8000
// Upper bound for the server's poll interval, so that a slip at the desk does not wait longer.
const maxQuietMs = 10_000

interface Reply {
  readonly ok: boolean
  readonly status: number
  readonly headers: Headers
  readonly bytes: Buffer
}

/** The slips of a desk, for runPrintLoop. Methods throw a retryable GatewayError when the gateway cannot be reached. */
export function openCloudPrnt(
  settings: CloudPrntSettings,
  printer: Pick<Printer, 'state' | 'able' | 'canConfirm' | 'busy' | 'on' | 'off'>,
): CloudPrntClient {
  const { desk, key, agentId, pollMs } = settings
  const address = new URL(`/v1/desks/${desk}/cloudprnt`, settings.url)

  /** The gateway asked us to back off until then. */
  let quietUntil = 0

  async function ask(method: string, query: Record<string, string>, body?: unknown): Promise<Reply> {
    const url = new URL(address)
    url.search = new URLSearchParams(query).toString()
    let reply: Reply
    // The connection may break in the middle of a slip, too; then nothing was printed, and the lease runs out.
    try {
      reply = await within(patienceMs, async (signal) => {
        const response = await fetch(url, {
          method,
          redirect: 'error',
          signal,
          headers: {
            authorization: `Bearer ${key}`,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
        const { ok, status, headers } = response
        return { ok, status, headers, bytes: Buffer.from(await response.arrayBuffer()) }
      })
    } catch (cause) {
      throw new GatewayError('source-unavailable', `${address.host} cannot be reached`, true, cause)
    }
    if (reply.status === 429 || reply.status === 503)
      quietUntil =
        performance.now() + readRetryAfter(reply.headers.get('retry-after'), Date.now(), maxQuietMs)
    if (reply.status >= 500 || reply.status === 429)
      throw new GatewayError('source-unavailable', `the gateway answers ${reply.status}`, true)
    // A proxy in front of a dead gateway answers on its own, and a captive portal answers everything: an outcome sent to either
    // is lost.
    if (!reply.headers.has('x-dossier-gateway'))
      throw new GatewayError('source-unavailable', `${address.host} answers, but is no gateway`, true)
    if (reply.status === 401 || reply.status === 403)
      throw new GatewayError('source-refused', `the gateway refuses this key for desk ${desk}`, true)
    return reply
  }

  const client: CloudPrntClient = {
    async poll() {
      const { state, canConfirm, busy } = printer
      const said = {
        status: state,
        statusCode: state === 'ready' ? '200 OK' : `500 ${state}`,
        uniqueID: agentId,
        printingInProgress: busy,
        printerState: state,
        canConfirm,
      }
      const reply = await ask('POST', {}, said)
      const answer = pollAnswer(reply.bytes)
      return answer.jobReady ? answer.jobToken : undefined
    },
    async claim() {
      const token = await client.poll()
      if (token === undefined) return undefined
      const reply = await ask('GET', { uid: agentId, type: slipType, token })
      // Another client was first, or it was cancelled.
      if (!reply.ok) return undefined
      return {
        token,
        mark: reply.headers.get('x-slip-mark') ?? '0000',
        ttlMs: Number(reply.headers.get('x-slip-ttl-ms')),
        bytes: reply.bytes,
      }
    },
    async sent(token) {
      await ask('DELETE', { uid: agentId, token, code: codeOfOutcome({ kind: 'sent' }) })
    },
    // 404: the gateway no longer has this slip (two days); nobody waits for the outcome.
    async settle(token, outcome) {
      await ask('DELETE', { uid: agentId, token, code: codeOfOutcome(outcome) })
    },
    async wait(signal) {
      // A ready printer is reported when asking for a slip; other states are reported here.
      if (!printer.able) await client.poll().catch(ignoreOutage)
      const changed = new AbortController()
      const wake = () => changed.abort()
      printer.on('state', wake)
      const pauseMs = Math.max(pollMs, quietUntil - performance.now())
      await delay(pauseMs, undefined, { signal: AbortSignal.any([signal, changed.signal]) }).catch(() => {})
      printer.off('state', wake)
    },
  }
  return client
}

function pollAnswer(bytes: Buffer): { jobReady?: boolean; jobToken?: string } {
  try {
    return JSON.parse(bytes.toString('utf8')) ?? {}
  } catch {
    return {}
  }
}
