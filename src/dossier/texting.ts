// Where to text about a dossier, and what it costs: the same on slip, kiosk and help pages.
import type { Config } from '../config/config.js'

export interface Texting {
  readonly shortCode: string
  /** Words that every text on a shared short code must begin with; empty if there are none. */
  readonly keywordPrefix: string
  /** What a text costs its sender, as stated by the operator, e.g. `1.000 đ`. */
  readonly price?: string
}

/** From the first link; undefined while no text is answered. */
export function textingOf({ sms }: Pick<Config, 'sms'>): Texting | undefined {
  const link = sms.enabled ? sms.links[0] : undefined
  if (!link) return undefined
  const { shortCode, keywordPrefix, pricePerText } = link
  return { shortCode, keywordPrefix, ...(pricePerText ? { price: pricePerText } : {}) }
}
