// The addresses of a peer's host name. The first that accepts a connection need not be the one that serves: behind another may be
// a proxy without a peer, or a node that answers nothing, and name servers give them in the same order each time.
import dns from 'node:dns'
import type { LookupFunction } from 'node:net'

/** Looks a name up, and begins with another of its addresses each `turn`: how often connecting to it has failed in a row. */
export const lookupFrom =
  (turn: number): LookupFunction =>
  (name, options, done) =>
    dns.lookup(name, { ...options, all: true }, (error, found) => {
      if (error || found.length === 0) return done(error, [])
      const from = turn % found.length
      const addresses = [...found.slice(from), ...found.slice(0, from)]
      if (options.all) done(null, addresses)
      else done(null, addresses[0]!.address, addresses[0]!.family)
    })
