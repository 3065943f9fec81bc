// The gateway's daily jobs, which the command line can also run at any time: the extract of all dossiers, the daily summary.
import { openExtract } from '../agency/files/extract.js'
import type { Core } from '../core.js'
import { walkDossiers } from '../dossier/walk.js'
import { ledgerOf } from '../monitor/ledger/of-core.js'
import { openUpward } from '../monitor/upward/upward.js'
import { postUpward } from './upward.js'

/** Opens the configured jobs. `instance` is the id of this process; `opened` registers them to be closed. */
export function openDailyWork(
  core: Core,
  instance: string,
  opened: <T extends { close(): unknown }>(name: string, part: T) => T,
): { extract?: ReturnType<typeof openExtract> } {
  const { config, log, door, metrics, store } = core
  const { upward, http, agencies, dataDir } = config
  const common = { door, dataDir, instance, log, metrics }
  const walk = () => walkDossiers(store, agencies)
  const extract =
    config.extract && opened('extract', openExtract({ ...common, config: config.extract, walk }))
  const jobs = extract ? { extract } : {}
  if (!upward) return jobs
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
  return jobs
}
