// npm run bench -- --only texts: the texts alone, in three rounds, with their range: the gateway (everysec and strict) against
// the bare responder on the smpp package and a plain one that keeps a journal.
import { startScript } from './child.js'
import { type Contender, dice, type Turn } from './measure.js'
import { agencies, numberOf, offices, type Shape, sizeOf } from './population.js'
import { SmscLoad } from './smsc.js'
import { type Measured, type Stage, startMeasured } from './stage.js'

const rounds = 3
const dossiers = 5000

export async function measureTexts(stage: Stage, messages: number): Promise<void> {
  const shape = offices(dossiers)
  const roll = dice(11)
  const text = () => `HS ${numberOf(shape, Math.floor(roll() * sizeOf(shape)))}`
  const peers: { name: string; smsc: SmscLoad; pids: number[]; redisPids: number[] }[] = []
  for (const durability of ['everysec', 'strict'] as const) {
    const smsc = await SmscLoad.open(stage)
    const gateway = await startMeasured(stage, { smscPort: smsc.port, durability })
    await push(gateway, shape)
    await smsc.bound()
    peers.push({
      name: `gateway, ${durability}`,
      smsc,
      pids: [gateway.pid],
      redisPids: [...gateway.processes.redisPids],
    })
    if (durability === 'strict') {
      const plainSmsc = await SmscLoad.open(stage)
      const plain = await startScript(
        stage,
        'baselines/plain-responder.ts',
        String(plainSmsc.port),
        gateway.socket,
      )
      peers.push({
        name: 'plain, journal (always)',
        smsc: plainSmsc,
        pids: [plain.pid],
        redisPids: [...gateway.processes.redisPids],
      })
    }
  }
  const bareSmsc = await SmscLoad.open(stage)
  const bare = await startScript(stage, 'baselines/responder.ts', String(bareSmsc.port))
  peers.push({ name: 'bare smpp responder', smsc: bareSmsc, pids: [bare.pid], redisPids: [] })

  const at = (load: { window: number; rate?: number; oneByOne?: boolean }, count: number): Contender[] =>
    peers.map(({ name, smsc, pids, redisPids }) => ({
      name,
      turn: () => smsc.run({ ...load, messages: count, text, pids, redisPids }),
    }))
  await tell('window 100', at({ window: 100 }, messages))
  await tell('1,000 a second', at({ window: 100, rate: 1000 }, 3000))
  await tell('one at a time', at({ window: 1, oneByOne: true }, 1000))
}

async function push(gateway: Measured, shape: Shape): Promise<void> {
  const key = await gateway.agencyKey(...agencies.slice(0, shape.agencies).map(({ code }) => code))
  const eventTime = new Date(Date.UTC(2026, 1, 1)).toISOString()
  const lines = Array.from({ length: sizeOf(shape) }, (_, nth) =>
    JSON.stringify({ dossierNo: numberOf(shape, nth), dossierStatus: 'processing', eventTime }),
  )
  const answer = await fetch(`${gateway.http}/v1/dossiers/bulk`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
    body: lines.join('\n'),
  })
  const summary = (await answer.text()).trim().split('\n').at(-1) ?? ''
  if (!summary.includes('"failed":0')) throw new Error(summary)
}

async function tell(title: string, contenders: readonly Contender[]): Promise<void> {
  const given = new Map<string, Turn[]>(contenders.map(({ name }) => [name, []]))
  for (const { turn } of contenders) await turn()
  for (let round = 0; round < rounds; round++)
    for (const { name, turn } of contenders) given.get(name)!.push(await turn())
  process.stdout.write(`\n${title}: lowest – highest of ${rounds}\n`)
  for (const [name, turns] of given) {
    const range = (pick: (turn: Turn) => number, digits = 0) => {
      const values = turns.map(pick).sort((a, b) => a - b)
      return `${values[0]!.toFixed(digits)} – ${values.at(-1)!.toFixed(digits)}`
    }
    process.stdout.write(
      `  ${name.padEnd(26)} ${range((turn) => turn.perSecond).padEnd(16)} a second   p50 ${range((turn) => turn.p50Ms, 2)} ms   p99 ${range((turn) => turn.p99Ms, 1)} ms   CPU ${range((turn) => turn.cpuMicros)} + Redis ${range((turn) => turn.redisMicros)} µs   failed ${range((turn) => turn.failed)}\n`,
    )
  }
}
