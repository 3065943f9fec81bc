// The values that templates of calls and responses may use.
import { gsmLength } from '../../segments.js'
import type { Outgoing } from '../carrier.js'
import { numberAs } from './number-form.js'
import { idOf } from './read-text.js'
import type { HttpLinkSettings, Send } from './resolved.js'

/** The encoding a text needs, as placeholders of templates: `unicode` 1 or 0, `coding` 2 (UCS-2) or 0 (GSM). */
export function encodingOf(text: string): { unicode: string; coding: string } {
  return gsmLength(text) === undefined ? { unicode: '1', coding: '2' } : { unicode: '0', coding: '0' }
}

/** The billing hint of an outcome. */
export const hintOf = ({ hints }: HttpLinkSettings, isValid: boolean) =>
  isValid ? hints.valid : hints.invalid

/** The values for templates of our calls. */
export function valuesOf(
  settings: HttpLinkSettings,
  callbackUrl: string | undefined,
  reply: Pick<Outgoing, 'id' | 'text' | 'isValid' | 'notice' | 'question'> & {
    to: { address: string }
    from: { address: string }
  },
): Record<string, string | undefined> {
  const { send, deliveryReceipts } = settings
  const { username = '', secret = '', values, numberForm = 'international', notices } = send ?? {}
  const { situation = '', ...notice } = reply.notice ?? {}
  const template =
    notices?.templates?.[situation] ??
    notices?.templates?.[situation.split('.')[0]!] ??
    notices?.templates?.other
  return {
    ...values,
    ...notice,
    template,
    username,
    secret,
    basic: Buffer.from(`${username}:${secret}`).toString('base64'),
    id: reply.id,
    question: reply.question && idOf(reply.question.name),
    text: reply.text,
    to: numberAs(numberForm, reply.to.address),
    from: reply.from.address,
    valid: hintOf(settings, reply.isValid),
    receipts: String(deliveryReceipts),
    callbackUrl,
    ...encodingOf(reply.text),
  }
}

/** The host we call, for display; nothing else of the URL, which may hold secrets. */
export function hostOf({ reply }: Pick<Send, 'reply'>): string {
  const url = reply.url.fill({})
  return URL.canParse(url) ? new URL(url).host : ''
}
