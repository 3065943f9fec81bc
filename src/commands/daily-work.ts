// The gateway's daily jobs, which the command line can also run at any time: the extract of all dossiers, the daily summary.
import { openExtract } from '../agency/files/extract.js'
import { sourceOf } from '../agency/replay/deliver.js'
import type { Core } from '../core.js'
import { walkDossiers } from '../dossier/store/walk.js'
import { ledgerOf } from '../monitor/ledger/of-core.js'
import { openUpward } from '../monitor/upward/upward.js'
import { postUpward } from './upward.js'

/**
 * Opens the configured jobs; returns the extract. `instance` is the id of this process; `opened` registers them to be closed.
 */
export function openDailyWork(
  core: Core,
  instance: string,
  opened: <T extends { close(): unknown }>(name: string, part: T) => T,
): ReturnType<typeof openExtract> | undefined {
  const { config, log, door, metrics, store } = core
  const { upward, agencies, dataDir } = config
  const common = { door, dataDir, instance, log, metrics }
  const walk = () => walkDossiers(store, agencies)
  const extract =
    config.extract && opened('extract', openExtract({ ...common, config: config.extract, walk }))
  if (upward) {
    const { to, secret } = upward
    opened(
      'upward',
      openUpward({
        ...common,
        config: upward,
        source: sourceOf(config),
        post: to === undefined || secret === undefined ? undefined : postUpward(new URL(to), secret),
        ledger: ledgerOf(core, config),
        agencies,
      }),
    )
  }
  return extract
}
