// Keys on a real Redis, known to two gateways.
import t from 'tap'
import { openKeys } from '../../src/access/keys.js'
import { openDoor } from '../agency/harness.js'

t.test('a revoked key ends within a second, also when the system clock is set back', async (t) => {
  const { door } = await openDoor(t)
  const [here, there] = [openKeys(door), openKeys(door)]
  const { id, key } = await there.create({ kind: 'agency', agencies: ['H45.12'] })
  const request = { headers: { authorization: `Bearer ${key}` } }
  const [wall, monotonic] = [Date.now, performance.now]
  t.teardown(() => {
    Date.now = wall
    performance.now = monotonic
  })
  Date.now = () => wall() + 3_600_000
  t.equal((await here.authenticate(request))?.id, id)
  Date.now = wall
  await there.revoke(id)
  performance.now = () => monotonic.call(performance) + 1001
  t.equal(await here.authenticate(request), undefined)
})
