// A ledger of acknowledged updates while the master of a Sentinel or of a cluster changes, planned and unplanned: what was
// acknowledged is there afterwards, and how long nothing was acknowledged.
import t, { type Test } from 'tap'
import { startGateway } from '../peers/gateway.js'
import { startCluster, startSentinel } from '../peers/redis.js'
import { openUpdateLedger } from './update-ledger.js'

t.setTimeout(840_000)
// Each test has its own servers and mostly waits, so they run at the same time.
t.jobs = 3
// A sentinel that found itself stalled for two seconds does nothing for thirty (its TILT mode).
const settleMs = 60_000

async function through(t: Test, redis: Record<string, unknown>, change: () => Promise<void>) {
  const gateway = await startGateway(t, { redis, sms: { enabled: false } })
  const ledger = openUpdateLedger(gateway, await gateway.agencyKey('H45.12'))
  const until = async (count: number, withinMs: number) => {
    const deadline = Date.now() + withinMs
    while (ledger.acknowledged < count && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20))
    return ledger.acknowledged >= count
  }
  t.ok(await until(300, settleMs))
  await change()
  const then = ledger.acknowledged
  // Long enough for the former master to be demoted: the writes that it accepted meanwhile are lost with its data.
  await new Promise((resolve) => setTimeout(resolve, 12_000))
  t.ok(await until(then + 300, settleMs), 'updates are acknowledged again')
  const { lost, gapMs, acknowledged } = await ledger.end()
  t.comment(`${acknowledged} acknowledged, ${lost.length} lost, at most ${gapMs} ms without acknowledgement`)
  return { lost, gapMs }
}

for (const [label, replicas, sentinels] of [
  ['a replica, one sentinel', 1, 1],
  // While one replica is being promoted, the other still acknowledges the former master's writes.
  ['two replicas, three sentinels', 2, 3],
] as const) {
  t.test(`Sentinel (${label}), a planned failover: nothing acknowledged is lost`, async (t) => {
    const { name, nodes, handOver } = await startSentinel(t, replicas, sentinels)
    const { lost } = await through(t, { sentinels: { name, nodes }, durability: 'strict' }, handOver)
    t.same(lost, [])
  })

  t.test(`Sentinel (${label}), the master is killed: nothing acknowledged is lost`, async (t) => {
    const { name, nodes, killMaster } = await startSentinel(t, replicas, sentinels)
    const { lost } = await through(t, { sentinels: { name, nodes }, durability: 'strict' }, killMaster)
    t.same(lost, [])
  })
}

t.test('a cluster hands over and loses a master: nothing acknowledged is lost', async (t) => {
  const cluster = await startCluster(t, 1)
  const redis = { cluster: cluster.nodes, durability: 'strict' }
  const { lost } = await through(t, redis, async () => {
    await cluster.handOver(0)
    await cluster.killNode(1)
  })
  t.same(lost, [])
})
