// One call to the peer of a link that sends no text: whether it answers, knows us, and what its clock says.
import { codeOf, found, readOutcome } from './caller.js'
import { callPeer } from './peer-call.js'
import { resolve } from './resolved.js'
import type { HttpConfig } from './settings.js'
import { hostOf, valuesOf } from './values.js'

export type PeerTest =
  /** There is nothing to call. */
  | { readonly kind: 'no-call'; readonly peer: string }
  /** It answers; whether it knows us is not known, because there is no send.probe. */
  | { readonly kind: 'reached'; readonly peer: string; readonly tookMs: number }
  | { readonly kind: 'unreachable'; readonly peer: string; readonly why: string }
  | {
      readonly kind: 'answered'
      readonly peer: string
      readonly tookMs: number
      /** Its code, or `HTTP status`. */
      readonly code: string
      readonly isWell: boolean
      /** Its clock minus ours, if it gave the time. */
      readonly aheadMs: number | undefined
    }

/** Calls once, with `text` as the message. Never throws; takes `budgetMs` at most. */
export async function testPeer(config: HttpConfig, text = 'thu', budgetMs = 5000): Promise<PeerTest> {
  const settings = resolve(config)
  const { send } = settings
  const peer = send ? hostOf(send) : ''
  if (!send) return { kind: 'no-call', peer }
  const values = valuesOf(settings, undefined, {
    id: `doctor.${Date.now().toString(36)}`,
    text,
    isValid: false,
    notice: undefined,
    question: undefined,
    to: { address: send.probe?.to ?? '' },
    from: { address: settings.shortCode },
  })
  const startedAt = performance.now()
  const told = await callPeer(send.trial ?? send.knock, values, budgetMs)
  if ('failed' in told) return { kind: 'unreachable', peer, why: told.failed }
  const tookMs = Math.round(performance.now() - startedAt)
  if (!send.trial) return { kind: 'reached', peer, tookMs }
  const said = send.code === undefined ? undefined : found(told.body, send.code)
  const { good } = send.trial
  const isWell =
    good.length > 0
      ? good.includes(said ?? String(told.status))
      : readOutcome(send, told).outcome.kind === 'taken'
  return {
    kind: 'answered',
    peer,
    tookMs,
    code: codeOf(said, told.status),
    isWell,
    aheadMs: told.date === undefined ? undefined : told.date - Date.now(),
  }
}
