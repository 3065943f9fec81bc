// One, two and three gateways on a Redis Cluster of three nodes: the same answers, and how far more processes help.
import { startCluster } from '../peers/redis.js'
import { citizenGet, httpLoad } from './http-load.js'
import { dice, medianTurn, type Turn } from './measure.js'
import { numberOf, offices, seed, sizeOf } from './population.js'
import { type Measured, Stage, startMeasured } from './stage.js'

export async function measureScale(seconds: number, turns: number): Promise<Map<string, Turn>> {
  const stage = new Stage()
  try {
    const cluster = await startCluster(stage)
    const nodes = [...cluster.nodes]
    const shape = offices(100_000)
    await seed({ cluster: nodes }, shape)
    const gateways: Measured[] = []
    const given = new Map<string, Turn>()
    const roll = dice(13)
    for (const count of [1, 2, 3]) {
      gateways.push(await startMeasured(stage, { redis: { cluster: nodes } }))
      const its: Turn[] = []
      for (let turn = 0; turn <= turns; turn++) {
        const together = await Promise.all(
          gateways.map(({ http, pid }) =>
            httpLoad({
              url: http,
              connections: Math.floor(64 / count),
              seconds,
              pids: [pid],
              request: () => citizenGet(`/v1/status/${numberOf(shape, Math.floor(roll() * sizeOf(shape)))}`),
            }),
          ),
        )
        const perSecond = together.reduce((sum, one) => sum + one.perSecond, 0)
        if (turn > 0) its.push({ ...medianTurn(together), perSecond })
      }
      given.set(`${count} on a cluster`, medianTurn(its))
    }
    return given
  } finally {
    await stage.clear()
  }
}
