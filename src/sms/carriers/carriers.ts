// The kinds of links. A carrier is a folder here and a line in this table.
import type { LinkConfig } from '../settings.js'
import type { Carrier, CarrierDeps } from './carrier.js'
import { HttpLink } from './http/http-link.js'
import { SmscLink } from './smpp/smsc-link.js'

type OpenCarrier<Kind extends LinkConfig['kind']> = (
  config: Extract<LinkConfig, { kind: Kind }>,
  deps: CarrierDeps,
) => Carrier

const carriers: { readonly [Kind in LinkConfig['kind']]: OpenCarrier<Kind> } = {
  smpp: (config, deps) => new SmscLink(config, deps),
  http: (config, deps) => new HttpLink(config, deps),
}

/** Creates the carrier of a link; `open` starts it. */
export const openCarrier = (config: LinkConfig, deps: CarrierDeps): Carrier =>
  (carriers[config.kind] as (config: LinkConfig, deps: CarrierDeps) => Carrier)(config, deps)
