// A desk, as this room sees it.

import type { Profile } from './profiles.js'
import type { DeskConfig } from './settings.js'

/** A configured desk with its printer's profile. */
export interface Desk extends DeskConfig {
  /** As configured; `Desks.paper` has the profile proven since by a proof ticket. */
  readonly paper: Profile
  /** No printer here: a print agent or a CloudPRNT printer asks for its slips. */
  readonly remote: boolean
}
