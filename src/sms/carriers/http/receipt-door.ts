// Delivery receipts from the peer: by the URL we gave it, which contains its own token, or authenticated like texts.
import { createHmac } from 'node:crypto'
import type { CarrierDeps } from '../carrier.js'
import { stateNamed } from '../states.js'
import type { Answer } from './answer.js'
import type { Call, CallHead } from './call.js'
import { entryOf } from './caller.js'
import { openProof, type Refused } from './proof.js'
import { type CallForm, type HttpLinkSettings, templatesOf } from './resolved.js'

export interface ReceiptDoor {
  /** The URL the peer is given for its receipts; undefined when none are wanted. */
  readonly callbackUrl: string | undefined
  /** Headers of our calls that ask for a receipt. */
  readonly headers: CallForm['headers']
  ofHead(head: CallHead, address: string): Refused | undefined
  ofCall(call: Call): Refused | undefined
  take(call: Call): Answer
}

/** Opens the receipts of a link. Without `deliveryReceipts` they are acknowledged and ignored. */
export function openReceiptDoor(
  { name, receive, send, deliveryReceipts }: HttpLinkSettings,
  deps: Pick<CarrierDeps, 'receipt' | 'publicUrl'>,
): ReceiptDoor {
  const places = send?.receipts
  // A URL ends up in logs: its token must not reveal the other secret.
  const token = createHmac('sha256', receive.secret ?? send?.secret ?? '')
    .update(`receipts ${name}`)
    .digest('base64url')
  const proof = openProof(
    places?.proof === 'same'
      ? receive
      : { ...receive, proof: 'token', secret: token, token: { query: 'token' } },
  )
  const base = deps.publicUrl?.replace(/\/$/, '')
  const isWanted = deliveryReceipts && base !== undefined && places?.proof !== 'same'
  return {
    callbackUrl: isWanted ? `${base}/v1/sms/${encodeURIComponent(name)}/receipts?token=${token}` : undefined,
    headers: isWanted ? templatesOf(places?.headers) : [],
    ofHead: proof.ofHead,
    ofCall: proof.ofCall,
    take(call) {
      // One call may bring several, as it may bring several texts.
      const calls = call.each(receive.each ?? '/') ?? call.each('/') ?? [call]
      for (const one of deliveryReceipts ? calls : []) {
        const messageId = one.at(places?.id)?.trim() ?? ''
        const said = one.at(places?.state)?.trim() ?? ''
        const state = stateNamed(entryOf(places?.states, said) ?? said) ?? 'UNKNOWN'
        deps.receipt({ messageId: messageId.length <= 200 ? messageId : '', state })
      }
      return { status: 200 }
    },
  }
}
