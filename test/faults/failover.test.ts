// A ledger of acknowledged updates while the master of a Sentinel or of a cluster changes, planned and unplanned: what was
// acknowledged is there afterwards, and how long nothing was acknowledged.
import t, { type Test } from 'tap'
import { type GatewayPeer, startGateway } from '../peers/gateway.js'
import { startCluster, startSentinel } from '../peers/redis.js'

t.setTimeout(180_000)
const dossiers = 200
const putsASecond = 150
const settleMs = 20_000

/** Puts newer and newer versions of some hundred dossiers, at a steady pace, and remembers what was acknowledged. */
function openLedger(gateway: GatewayPeer, key: string) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const noOf = (nth: number) =>
    `H45.12-2605${String(1 + (nth % 20)).padStart(2, '0')}-${String(1 + nth).padStart(4, '0')}`
  const versions = new Map<string, number>()
  const acknowledgedAt: number[] = []
  const under = new Set<Promise<void>>()
  let version = 0
  const put = async () => {
    const its = ++version
    const dossierNo = noOf(its % dossiers)
    const answer = await fetch(`${gateway.http}/v1/dossiers/${dossierNo}`, {
      method: 'PUT',
      headers,
      body: JSON.stringify({
        dossierStatus: 'processing',
        eventTime: new Date(Date.parse('2026-05-25T00:00:00Z') + its * 1000).toISOString(),
        version: its,
      }),
      signal: AbortSignal.timeout(10_000),
    }).catch(() => undefined)
    const told = answer?.ok ? ((await answer.json()) as { applied: boolean }) : undefined
    if (!told?.applied) return
    acknowledgedAt.push(performance.now())
    versions.set(dossierNo, Math.max(its, versions.get(dossierNo) ?? 0))
  }
  const timer = setInterval(() => {
    const one = put().finally(() => under.delete(one))
    under.add(one)
  }, 1000 / putsASecond)
  return {
    get acknowledged() {
      return acknowledgedAt.length
    },
    async end() {
      clearInterval(timer)
      await Promise.all(under)
      let gapMs = 0
      for (let nth = 1; nth < acknowledgedAt.length; nth++)
        gapMs = Math.max(gapMs, acknowledgedAt[nth]! - acknowledgedAt[nth - 1]!)
      const lost: string[] = []
      for (const [dossierNo, version] of versions) {
        const answer = await fetch(`${gateway.http}/v1/dossiers/${dossierNo}`, { headers })
        const kept = answer.ok ? ((await answer.json()) as { version: number }).version : 0
        if (kept < version) lost.push(`${dossierNo}: ${kept} instead of ${version}`)
      }
      return { lost, gapMs: Math.round(gapMs), acknowledged: acknowledgedAt.length }
    },
  }
}

async function through(t: Test, redis: Record<string, unknown>, change: () => Promise<void>) {
  const gateway = await startGateway(t, { redis, sms: { enabled: false } })
  const ledger = openLedger(gateway, await gateway.agencyKey('H45.12'))
  const until = async (count: number, withinMs: number) => {
    const deadline = Date.now() + withinMs
    while (ledger.acknowledged < count && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20))
    return ledger.acknowledged >= count
  }
  t.ok(await until(300, settleMs))
  await change()
  const then = ledger.acknowledged
  // Long enough for the former master to be told that it is one: what it took meanwhile is lost with its data.
  await new Promise((resolve) => setTimeout(resolve, 12_000))
  t.ok(await until(then + 300, settleMs), 'updates are acknowledged again')
  const { lost, gapMs, acknowledged } = await ledger.end()
  t.comment(`${acknowledged} acknowledged, ${lost.length} lost, at most ${gapMs} ms without acknowledgement`)
  return { lost, gapMs }
}

t.test('Sentinel, a planned failover: nothing acknowledged is lost', async (t) => {
  const sentinel = await startSentinel(t)
  const redis = { sentinels: { name: sentinel.name, nodes: sentinel.nodes }, durability: 'strict' }
  const { lost } = await through(t, redis, sentinel.handOver)
  t.same(lost, [])
})

t.test('Sentinel, the master is killed: nothing acknowledged is lost', async (t) => {
  const sentinel = await startSentinel(t)
  const redis = { sentinels: { name: sentinel.name, nodes: sentinel.nodes }, durability: 'strict' }
  const { lost } = await through(t, redis, sentinel.killMaster)
  t.same(lost, [])
})

t.test('a cluster hands over and loses a master: nothing acknowledged is lost', async (t) => {
  const cluster = await startCluster(t, 1)
  const redis = { cluster: cluster.nodes, durability: 'strict' }
  const { lost } = await through(t, redis, async () => {
    await cluster.handOver(0)
    await cluster.killNode(1)
  })
  t.same(lost, [])
})
