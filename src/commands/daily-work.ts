// What a gateway does once a day that the command line can do at any time: the extract of every dossier, the daily summary.
import { openExtract } from '../agency/files/extract.js'
import type { Core } from '../core.js'
import { walkDossiers } from '../dossier/walk.js'
import type { Log } from '../log.js'
import { ledgerOf } from '../monitor/ledger/of-core.js'
import { openUpward } from '../monitor/upward/upward.js'
import { postUpward } from './upward.js'

/** Opens what is configured. `instance` names this process among the gateways; `opened` closes it again in time. */
export function openDailyWork(
  core: Core,
  instance: string,
  log: Log,
  opened: <T extends { close(): unknown }>(name: string, part: T) => T,
): { extract?: ReturnType<typeof openExtract> } {
  const { config, door, metrics, store } = core
  const { upward, http, agencies, dataDir } = config
  const common = { door, dataDir, instance, log, metrics }
  const walk = () => walkDossiers(store, agencies)
  const extract =
    config.extract && opened('extract', openExtract({ ...common, config: config.extract, walk }))
  const told = extract ? { extract } : {}
  if (!upward) return told
  const { to, secret } = upward
  opened(
    'upward',
    openUpward({
      ...common,
      config: upward,
      source: http.publicUrl ?? 'urn:dossier-gateway',
      post: to === undefined || secret === undefined ? undefined : postUpward(new URL(to), secret),
      ledger: ledgerOf(core, config),
      agencies,
    }),
  )
  return told
}
