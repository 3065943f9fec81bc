// One deliver_sm in, its response and one submit_sm out: the gateway, with all its checks and writes, against a bare
// responder on the smpp package and against Kannel.
import { hasKannel, startKannel } from './baselines/kannel.js'
import { startScript } from './child.js'
import { compare, dice, median, type Turn } from './measure.js'
import { numberOf, type Shape, sizeOf } from './population.js'
import { SmscLoad } from './smsc.js'
import type { Measured, Stage } from './stage.js'

interface SmsScale {
  readonly messages: number
  readonly turns: number
}

interface SmsResult {
  readonly peak: Map<string, Turn>
  readonly halfRate: Turn
  readonly oneInFlight: Map<string, Turn>
}

const window = 100

/** `strict` is a second gateway that acknowledges only what is on disk. */
export async function measureSms(
  stage: Stage,
  shape: Shape,
  gateway: { peer: Measured; smsc: SmscLoad },
  strict: { peer: Measured; smsc: SmscLoad },
  { messages, turns }: SmsScale,
): Promise<SmsResult> {
  const bareSmsc = await SmscLoad.open(stage)
  const bare = await startScript(stage, 'baselines/responder.ts', String(bareSmsc.port))
  const kannelSmsc = await SmscLoad.open(stage)
  const kannel = hasKannel() ? await startKannel(stage, kannelSmsc.port) : undefined
  await Promise.all([gateway, strict].map(({ smsc }) => smsc.bound()))
  if (kannel) await kannelSmsc.bound()

  const roll = dice(11)
  const text = () => `HS ${numberOf(shape, Math.floor(roll() * sizeOf(shape)))}`
  const peers = [
    { name: 'gateway', smsc: gateway.smsc, ...gateway.peer.processes, share: 1 },
    { name: 'bare smpp responder', smsc: bareSmsc, pids: [bare.pid], share: 1 },
    { name: 'gateway, strict', smsc: strict.smsc, ...strict.peer.processes, share: 1 },
    ...(kannel ? [{ name: 'Kannel', smsc: kannelSmsc, pids: kannel.pids, share: 0.2 }] : []),
  ]
  const peak = await compare(
    peers.map(({ name, smsc, share, ...processes }) => ({
      name,
      turn: () => smsc.run({ messages: Math.round(messages * share), window, text, ...processes }),
    })),
    turns,
  )
  const rate = peak.get('gateway')!.perSecond / 2
  const halves: Turn[] = []
  for (let turn = 0; turn < turns; turn++)
    halves.push(
      await gateway.smsc.run({
        messages: Math.round(rate * 2),
        window,
        rate,
        text,
        pids: [gateway.peer.pid],
      }),
    )
  const oneInFlight = await compare(
    peers.map(({ name, smsc, share: _, ...processes }) => ({
      name,
      turn: () =>
        smsc.run({ messages: name === 'Kannel' ? 20 : 1000, window: 1, oneByOne: true, text, ...processes }),
    })),
    turns,
  )
  return { peak, halfRate: { ...halves[0]!, p99Ms: median(halves.map(({ p99Ms }) => p99Ms)) }, oneInFlight }
}
