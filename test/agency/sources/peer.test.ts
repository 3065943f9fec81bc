import t from 'tap'
import { patiently } from '../../../src/agency/sources/peer.js'

t.test(
  'only what takes too long or is given up is an outage of the peer; a mistake of ours stays one',
  async (t) => {
    const parent = new AbortController()
    await t.rejects(
      patiently(60_000, parent.signal, async () => {
        throw new TypeError('ours')
      }),
      { name: 'TypeError' },
    )
    const forever = () => new Promise<never>(() => {})
    await t.rejects(patiently(20, parent.signal, forever), { code: 'source-unavailable', message: /in time/ })
    const given = patiently(60_000, parent.signal, forever)
    parent.abort()
    await t.rejects(given, { code: 'source-unavailable', message: /given up/ })
  },
)
