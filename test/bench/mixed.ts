// Everything at once at a steady rate, as on a busy day, to see whether memory stays flat.
import { setTimeout as delay } from 'node:timers/promises'
import { citizenGet, httpLoad } from './http-load.js'
import { dice, median, rssMiB, type Turn } from './measure.js'
import { agencies, numberOf, type Shape, sizeOf } from './population.js'
import type { SmscLoad } from './smsc.js'
import type { Measured } from './stage.js'

interface MixedResult {
  readonly turns: Map<string, Turn>
  /** Median of the gateway's resident memory in the third and in the last tenth of the run, MiB. */
  readonly earlyMiB: number
  readonly lateMiB: number
}

const textsASecond = 300

export async function measureMixed(
  gateway: Measured,
  smsc: SmscLoad,
  shape: Shape,
  minutes: number,
): Promise<MixedResult> {
  const seconds = minutes * 60
  const key = await gateway.agencyKey(...agencies.slice(0, shape.agencies).map(({ code }) => code))
  await smsc.bound()
  const roll = dice(23)
  const someNumber = () => numberOf(shape, Math.floor(roll() * sizeOf(shape)))
  let updates = 0
  const put = () => {
    const eventTime = new Date(Date.UTC(2026, 1, 1) + updates * 1000).toISOString()
    const body = JSON.stringify({ dossierStatus: updates++ % 2 ? 'processing' : 'payment', eventTime })
    return `PUT /v1/dossiers/${someNumber()} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  }
  const memory: number[] = []
  let isRunning = true
  const watching = (async () => {
    while (isRunning) {
      memory.push(rssMiB(gateway.pid))
      await delay(1000)
    }
  })()
  const { url, pids } = { url: gateway.http, pids: [gateway.pid] }
  const get = () => citizenGet(`/v1/status/${someNumber()}`)
  const [lookups, pushes, texts] = await Promise.all([
    httpLoad({ url, pids, connections: 4, seconds, request: get }),
    httpLoad({ url, pids, connections: 2, seconds, request: put }),
    smsc.run({
      messages: textsASecond * seconds,
      window: 50,
      rate: textsASecond,
      text: () => `HS ${someNumber()}`,
      pids,
    }),
  ])
  isRunning = false
  await watching
  const tenth = (nth: number) =>
    median(memory.slice((memory.length * nth) / 10, (memory.length * (nth + 1)) / 10))
  return {
    turns: new Map([
      ['lookups', lookups],
      ['updates', pushes],
      ['texts', texts],
    ]),
    earlyMiB: tenth(2),
    lateMiB: tenth(9),
  }
}
