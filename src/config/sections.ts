// The whole configuration file: every room's slice, one line each, in the order of the table in config/README.md.
import { accessSettings } from '../access/settings.js'
import { extractSettings } from '../agency/files/settings.js'
import { sourcesSettings } from '../agency/sources/settings.js'
import { complaintsSettings } from '../complaints/settings.js'
import { deskSettings } from '../desk/settings.js'
import { dossierSettings } from '../dossier/settings.js'
import { kioskSettings } from '../kiosk/settings.js'
import { reportSettings } from '../monitor/report/settings.js'
import { monitorSettings } from '../monitor/settings.js'
import { upwardSettings } from '../monitor/upward/settings.js'
import { redisSettings } from '../redis/settings.js'
import { Type } from '../schema.js'
import { smsSettings } from '../sms/settings.js'
import { webSettings } from '../web/settings.js'
import { baseSettings } from './base-settings.js'
import type { Keys, SettingsOf, Slice } from './slice.js'

const ownSlices = [
  webSettings,
  baseSettings,
  redisSettings,
  accessSettings,
  dossierSettings,
  smsSettings,
  complaintsSettings,
  kioskSettings,
  deskSettings,
  sourcesSettings,
  extractSettings,
  monitorSettings,
  reportSettings,
  upwardSettings,
] as const

type KeysOf<S> = S extends Slice<infer K> ? K : never
type Both<U> = (U extends unknown ? (one: U) => void : never) extends (both: infer I) => void ? I : never

/** The content of the file, with defaults. */
export type ConfigFile = SettingsOf<Both<KeysOf<(typeof ownSlices)[number]>>>

export const slices: readonly Slice[] = ownSlices as readonly unknown[] as readonly Slice[]

/** Every key of the file with its schema. The table in config/README.md is generated from the descriptions. */
export const sections: Keys = Object.assign({}, ...slices.map(({ keys }) => keys))

/** The whole file as one schema. */
export const ConfigSchema = Type.Object(sections, { additionalProperties: false })
