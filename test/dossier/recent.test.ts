// The most recently used entries stay, others are evicted, and the size stays within its bound.
import t from 'tap'
import { Recent } from '../../src/dossier/recent.js'

t.test('the last half of what may be kept is never forgotten', async (t) => {
  const recent = new Recent<number>(100)
  for (let nth = 0; nth < 1000; nth++) {
    recent.set(`k${nth}`, nth)
    for (let back = Math.max(0, nth - 49); back <= nth; back++)
      if (recent.get(`k${back}`) !== back) t.fail(`${back} is forgotten at ${nth}`)
  }
  t.equal(recent.get('k0'), undefined)
})

t.test('what is asked for stays, whatever else comes', async (t) => {
  const recent = new Recent<string>(10)
  recent.set('often', 'here')
  for (let nth = 0; nth < 200; nth++) {
    recent.set(`k${nth}`, '')
    t.equal(recent.get('often'), 'here')
  }
})

t.test('never more than may be kept are there', async (t) => {
  const recent = new Recent<number>(100)
  for (let nth = 0; nth < 1000; nth++) recent.set(`k${nth}`, nth)
  const kept = Array.from({ length: 1000 }, (_, nth) => recent.get(`k${nth}`)).filter(
    (one) => one !== undefined,
  )
  t.ok(kept.length <= 100, `${kept.length} are kept`)
})
