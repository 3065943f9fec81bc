// What each gateway tells the others of its links, on machines whose clocks differ.
import t from 'tap'
import { silentLog } from '../../src/log.js'
import { openMetrics } from '../../src/metrics.js'
import { openRedis } from '../../src/redis/connection.js'
import { openInstance } from '../../src/redis/instance.js'
import { type LiveLink, readViews, writeViews } from '../../src/sms/views.js'
import { startRedis } from '../peers/redis.js'

t.test('the links of a gateway are there while it lives, whatever its clock says', async (t) => {
  const redis = await startRedis(t)
  const config = { durability: 'strict' as const, commandTimeoutMs: 2000 }
  const door = await openRedis({ socket: redis.socket, config }, silentLog, openMetrics())
  t.teardown(() => door.close())
  const { now } = Date
  t.teardown(() => Object.assign(Date, { now }))
  const told = async () => (await readViews(door)).map(({ link }) => link)
  for (const [label, offMs] of [
    ['right', 0],
    ['ten seconds slow', -10_000],
    ['two hours slow', -7_200_000],
    ['a year fast', 365 * 86_400_000],
  ] as const) {
    const instance = await openInstance(door, silentLog)
    Date.now = () => now() + offMs
    const view = { link: 'smsc-a', gateway: instance.id } as LiveLink
    await writeViews(door, instance.id, [view])
    Date.now = now
    t.same(await told(), ['smsc-a'], label)
    await instance.close()
    t.same(await told(), [], `${label}, and gone`)
  }
  t.equal(await door.request.exists('{sms}:views'), 0)
})
