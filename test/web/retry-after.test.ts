import t from 'tap'
import { readRetryAfter } from '../../src/web/retry-after.js'

t.test('seconds, or a time by the peer’s clock, and no longer than is asked of it', async (t) => {
  const peerNow = Date.parse('2026-11-24T03:00:00Z')
  for (const [said, ms] of [
    [null, 0],
    [undefined, 0],
    ['', 0],
    ['0', 0],
    ['5', 5000],
    [' 5 ', 5000],
    ['3600', 60_000],
    ['Tue, 24 Nov 2026 03:00:07 GMT', 7000],
    ['Tue, 24 Nov 2026 02:00:00 GMT', 0],
    ['soon', 0],
  ] as const)
    t.equal(readRetryAfter(said, peerNow, 60_000), ms, String(said))
})
