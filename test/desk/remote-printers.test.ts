// What Prometheus scrapes for printers behind agents, on any gateway.
import t from 'tap'
import { measureRemotePrinters } from '../../src/desk/cloudprnt/remote-printers.js'
import { PrintQueue } from '../../src/desk/print-queue.js'
import { openMetrics } from '../../src/metrics.js'
import { startRedis } from '../peers/redis.js'
import { openDoor } from './harness.js'

t.test('every gateway tells what an agent told one of them', async (t) => {
  const redis = await startRedis(t)
  const gateways = [await openDoor(t, redis), await openDoor(t, redis)].map((door) => {
    const metrics = openMetrics()
    const queue = new PrintQueue(door, { inc: () => {} })
    measureRemotePrinters(['far', 'never'], queue, metrics)
    return { door, queue, metrics }
  })
  const [one, other] = gateways as [(typeof gateways)[0], (typeof gateways)[0]]
  const states = async () =>
    (await other.metrics.text())
      .split('\n')
      .filter((line) => /^gateway_printer_state\{.* 1$/.test(line))
      .map((line) => /desk="(.+)",state="(.+)"/.exec(line)?.slice(1).join(' '))
  const publish = (state: 'ready' | 'no-paper') =>
    one.queue.publish('far', 'agent', {
      state,
      since: Date.now(),
      profile: 'generic',
      remote: true,
      canConfirm: true,
    })
  t.strictSame(await states(), ['far absent', 'never absent'])
  await publish('ready')
  t.strictSame((await states()).sort(), ['far ready', 'never absent'])
  await publish('no-paper')
  t.strictSame((await states()).sort(), ['far no-paper', 'never absent'], 'one state at a time')
  await redis.kill()
  t.strictSame((await states()).sort(), ['far no-paper', 'never absent'], 'Redis away: what was told last')
})
