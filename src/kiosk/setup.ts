// What the lobby page must know at start.
import type { Config } from '../config/config.js'
import { sandboxAgency } from '../dossier/agency.js'
import { version } from '../version.js'
import type { KioskSetup } from './contract.js'

export function kioskSetup({
  kiosk,
  sms,
  agencies,
}: Pick<Config, 'kiosk' | 'sms' | 'agencies'>): Omit<KioskSetup, 'kiosk' | 'page'> {
  const link = sms.enabled ? sms.links[0] : undefined
  return {
    version,
    idleSeconds: kiosk.idleSeconds,
    warnSeconds: kiosk.warnSeconds,
    ...(link ? { sms: { shortCode: link.shortCode, keywordPrefix: link.keywordPrefix } } : {}),
    agencies: agencies.filter((agency) => agency !== sandboxAgency).map(({ code, name }) => ({ code, name })),
    languages: ['vi', 'en'],
  }
}
