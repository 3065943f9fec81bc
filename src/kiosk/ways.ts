// How and whom a citizen can ask at this installation: short codes and prices, the page, the hotline, the office's
// address, mailbox and telephone. The help page and the notice on the wall are both made from it, so that they agree.
import type { Config } from '../config/config.js'
import { type Agency, agencyNamed, answeringAgencies, sandboxAgency } from '../dossier/agency.js'
import type { Words } from '../dossier/wording.js'
import type { KeysBelow, WordingKey } from '../dossier/wording-keys.js'
import { escaped } from '../web/html.js'

export interface Ways {
  readonly texts: readonly TextWay[]
  /** Address of the page that answers; left out where none is published. */
  readonly page?: string
  readonly hotline?: string
  readonly contact?: Contact
}

export interface TextWay {
  readonly shortCode: string
  /** What a text costs, as stated by the operator. */
  readonly price?: string
  /** Words that every text on a shared short code begins with, followed by a blank; or empty. */
  readonly prefix: string
}

export interface Contact {
  readonly name: string
  readonly address?: string
  readonly email?: string
  readonly phone?: string
}

/** For one agency, or for the service as a whole. */
export function waysOf(
  {
    sms,
    http,
    office,
    agencies,
    complaints,
  }: Pick<Config, 'sms' | 'http' | 'office' | 'agencies' | 'complaints'>,
  agency?: Agency,
): Ways {
  const links = sms.enabled ? sms.links : []
  const texts = new Map<string, TextWay>()
  for (const { shortCode, pricePerText, keywordPrefix } of links)
    if (!texts.has(shortCode))
      texts.set(shortCode, {
        shortCode,
        ...(pricePerText ? { price: pricePerText } : {}),
        prefix: keywordPrefix ? `${keywordPrefix} ` : '',
      })
  const standard = (complaints.agency && agencyNamed(complaints.agency, agencies)) || agencies[0]
  const its = agency ?? (standard === sandboxAgency ? undefined : standard)
  const own = its && contactOf(answeringAgencies(agencies).get(its.code) ?? its)
  const ofService = contactOf({ ...office, phone: office.hotline })
  return {
    texts: [...texts.values()],
    ...(http.publicUrl ? { page: new URL('/kiosk/', http.publicUrl).href } : {}),
    ...(office.hotline ? { hotline: office.hotline } : {}),
    ...(agency === undefined && office.name ? { contact: ofService } : own ? { contact: own } : {}),
  }
}

const contactOf = ({ name, address, email, phone }: Contact): Contact => ({
  name,
  ...(address ? { address } : {}),
  ...(email ? { email } : {}),
  ...(phone ? { phone } : {}),
})

/** A text of the wording as HTML, its placeholders filled with HTML. */
export const asHtml = (words: Words, key: WordingKey, fillings: Readonly<Record<string, string>> = {}) =>
  words
    .pieces(key)
    .map((piece, at) => (at % 2 === 0 ? escaped(piece) : (fillings[piece] ?? '')))
    .join('')

/** The text to send, styled as keys. */
export const sayAsHtml = (words: Words, what: KeysBelow<'ways.say'>, prefix: string) =>
  `<kbd>${asHtml(words, `ways.say.${what}`, { prefix: escaped(prefix) })}</kbd>`

/** Where an office can be reached: its address, mailbox and telephones, a line each. */
export function contactLines(
  words: Words,
  { address, email, phone }: Contact,
  hotline: string | undefined,
): string[] {
  const known = { address, email, phone, hotline: hotline === phone ? undefined : hotline }
  return Object.entries(known).flatMap(([label, value]) =>
    value
      ? [asHtml(words, `ways.contact.${label as keyof typeof known}`, { value: `<b>${escaped(value)}</b>` })]
      : [],
  )
}
