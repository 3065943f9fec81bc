// Where a citizen's text about a dossier goes, and what it costs: told alike on slip, kiosk and help pages.
import type { Config } from '../config/config.js'

export interface Texting {
  readonly shortCode: string
  /** Words every text on a shared short code begins with; empty where there are none. */
  readonly keywordPrefix: string
  /** What a text costs its sender, as the operator states it, e.g. `1.000 đ`. */
  readonly price?: string
}

/** The first link's; undefined while no text is answered. */
export function textingOf({ sms }: Pick<Config, 'sms'>): Texting | undefined {
  const link = sms.enabled ? sms.links[0] : undefined
  if (!link) return undefined
  const { shortCode, keywordPrefix, pricePerText } = link
  return { shortCode, keywordPrefix, ...(pricePerText ? { price: pricePerText } : {}) }
}
