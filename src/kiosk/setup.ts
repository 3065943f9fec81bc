// What the lobby page must know at start.
import type { Config } from '../config/config.js'
import { sandboxAgency } from '../dossier/agency.js'
import { textingOf } from '../dossier/texting.js'
import { version } from '../version.js'
import type { KioskSetup } from './contract.js'

export function kioskSetup({
  kiosk,
  sms,
  office: { name, province, hotline },
  agencies,
}: Pick<Config, 'kiosk' | 'sms' | 'office' | 'agencies'>): Omit<KioskSetup, 'kiosk' | 'page'> {
  const texting = textingOf({ sms })
  return {
    version,
    idleSeconds: kiosk.idleSeconds,
    warnSeconds: kiosk.warnSeconds,
    ...(texting ? { sms: { ...texting } } : {}),
    office: { name, province, hotline },
    agencies: agencies.filter((agency) => agency !== sandboxAgency).map(({ code, name }) => ({ code, name })),
    languages: ['vi', 'en'],
  }
}
