// Two gateways on machines whose clocks differ have one print queue.
import t from 'tap'
import { PrintQueue } from '../../src/desk/print-queue.js'
import { openMetrics } from '../../src/metrics.js'
import { startRedis } from '../peers/redis.js'
import { openDoor } from './harness.js'

t.test('a gateway whose clock is a minute fast or slow disturbs no slip of another', async (t) => {
  const door = await openDoor(t, await startRedis(t))
  const counter = openMetrics().counter('gateway_print_jobs_total', 'slips', ['desk', 'state'])
  const queue = new PrintQueue(door, counter)
  const { now } = Date
  t.teardown(() => Object.assign(Date, { now }))
  const withClock = async <T>(offMs: number, run: () => Promise<T>) => {
    Date.now = () => now() + offMs
    return run().finally(() => Object.assign(Date, { now }))
  }
  const printer = { state: 'ready', since: now(), profile: 'p', remote: false, canConfirm: true } as const
  for (const offMs of [60_000, -60_000]) {
    const desk = `quay-${offMs}`
    const label = `${offMs} ms`
    await queue.publish(desk, 'a', printer)
    await queue.add(desk, 'test', 1, 30_000)
    const job = await queue.claim(desk, 'a')
    t.ok(Math.abs(job!.ttlMs - 30_000) < 5000, label)
    const seen = await withClock(offMs, () => queue.view(desk, 0))
    t.match(seen, { printer: { state: 'ready' }, jobs: [{ state: 'claimed' }] }, label)
    // Asked for at the other gateway: as long to live as any.
    await queue.settle(desk, job!.token, 'confirmed')
    await withClock(offMs, () => queue.reprint(desk, job!.jobId, 30_000))
    const again = await queue.claim(desk, 'a')
    t.ok(again && Math.abs(again.ttlMs - 30_000) < 5000, `${label}, printed again`)
  }
})
