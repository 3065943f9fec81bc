// The kinds of sources there are: one adapter each.
import { openDvcqg } from './dvcqg.js'
import { openFeed } from './feed.js'
import { openIgate } from './igate.js'
import { openOpencps } from './opencps.js'
import type { SourceConfig, SourceOf } from './settings.js'
import type { Source } from './source.js'

const kinds: { [K in SourceConfig['kind']]: (config: SourceOf<K>) => Source } = {
  feed: openFeed,
  igate: openIgate,
  opencps: openOpencps,
  dvcqg: openDvcqg,
}

/** The adapter of a configured source; it asks nothing yet. */
export function openSource(config: SourceConfig): Source {
  return (kinds[config.kind] as (config: SourceConfig) => Source)(config)
}
