// What a desk is to this room.

import type { Profile } from './profiles.js'
import type { DeskConfig } from './settings.js'

/** A configured desk with its printer's profile. */
export interface Desk extends DeskConfig {
  /** As configured; `Desks.paper` knows what a proof ticket has proved since. */
  readonly paper: Profile
  /** No printer here: a print agent or a CloudPRNT printer asks for its slips. */
  readonly remote: boolean
}
