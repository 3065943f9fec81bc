// A rush of texts from as many phones, and what of it is left in memory a minute later.
import { setTimeout as delay } from 'node:timers/promises'
import { dice, rssMiB, type Turn } from './measure.js'
import { numberOf, type Shape, sizeOf } from './population.js'
import type { SmscLoad } from './smsc.js'
import type { Measured } from './stage.js'
import { restsAfterMs } from './start.js'

interface Rush {
  readonly turn: Turn
  readonly restMiB: number
  /** Right after the rush, and a minute later. */
  readonly peakMiB: number
  readonly laterMiB: number
}

export async function measureRush(
  gateway: Measured,
  smsc: SmscLoad,
  shape: Shape,
  messages: number,
): Promise<Rush> {
  // Restarted: laying dossiers into its Redis has left it other things in memory.
  await gateway.stop()
  await gateway.start()
  await smsc.bound()
  await delay(restsAfterMs)
  const restMiB = rssMiB(gateway.pid)
  const roll = dice(29)
  const text = () => `HS ${numberOf(shape, Math.floor(roll() * sizeOf(shape)))}`
  const turn = await smsc.run({ messages, window: 100, text, pids: [gateway.pid] })
  const peakMiB = rssMiB(gateway.pid)
  await delay(60_000)
  return { turn, restMiB, peakMiB, laterMiB: rssMiB(gateway.pid) }
}
