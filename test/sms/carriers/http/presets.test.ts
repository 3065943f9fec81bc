// Each preset, on the built program: 200 texts with correct answers, redeliveries with the same answers and counted once,
// the gateway killed twice meanwhile, answers lost in transit, and wrong proofs.
import t from 'tap'
import { peerPresets, startAggregator } from '../../../peers/aggregator.js'
import { type GatewayPeer, startGateway } from '../../../peers/gateway.js'
import { until } from '../../room.js'

t.jobs = 4
t.setTimeout(720_000)

const count = 200
const numbers = Array.from(
  { length: count },
  (_, nth) => `000.00.15.H45-190521-${String(nth + 1).padStart(4, '0')}`,
)
const phones = numbers.map((_, nth) => `8490${String(1_000_000 + nth)}`)

async function push(gateway: GatewayPeer): Promise<void> {
  const key = await gateway.agencyKey('000.00.15.H45')
  const lines = numbers.map((dossierNo) =>
    JSON.stringify({ dossierNo, dossierStatus: 'processing', eventTime: '2026-01-05T08:00:00+07:00' }),
  )
  const response = await fetch(`${gateway.http}/v1/dossiers/bulk`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
    body: lines.join('\n'),
  })
  if (response.status !== 200) throw new Error(`bulk: ${response.status}`)
  await response.text()
}

const ends = async (gateway: GatewayPeer) => {
  const { stdout } = await gateway.command('outbox', 'list', '--json')
  const { links, dead } = JSON.parse(stdout) as {
    links: { ended: Record<string, number>; waiting: number }[]
    dead: unknown[]
  }
  return { ended: links[0]!.ended, waiting: links[0]!.waiting, dead }
}

async function received(gateway: GatewayPeer): Promise<number> {
  const metrics = await (await fetch(`${gateway.admin}/metrics`)).text()
  return Number(/^gateway_sms_received_total\{bind="aggregator"\} (\d+)$/m.exec(metrics)?.[1] ?? 0)
}

/** This many at a time. */
async function all<T>(of: number, run: (nth: number) => Promise<T>, atATime = 20): Promise<T[]> {
  const results: T[] = []
  let next = 0
  await Promise.all(
    Array.from({ length: atATime }, async () => {
      while (next < of) {
        const nth = next++
        results[nth] = await run(nth)
      }
    }),
  )
  return results
}

for (const preset of peerPresets)
  t.test(`preset ${preset}`, { buffered: true }, async (t) => {
    const peer = await startAggregator({ preset })
    t.teardown(() => peer.close())
    const gateway = await startGateway(t, { sms: { links: [peer.link()] } })
    peer.attach(gateway.http)
    await push(gateway)
    let taken = 0
    const bring = async (nth: number) => {
      const brought = await peer.text(phones[nth]!, `HS ${numbers[nth]}`, { id: `t${nth}` })
      taken++
      return brought
    }
    const restart = async () => {
      await gateway.kill('SIGKILL')
      await gateway.start()
      peer.attach(gateway.http)
    }

    peer.behave({ loseAnswers: 5 })
    const running = all(count, bring)
    await until('a third is taken', () => taken > count / 3, 60_000)
    await restart()
    await until('two thirds are', () => taken > (2 * count) / 3, 60_000)
    await restart()
    const brought = await running
    t.ok(
      brought.every(({ statuses }) => statuses.at(-1)! >= 200 && statuses.at(-1)! < 300),
      'each was taken in the end',
    )

    const answers = await all(count, async (nth) => {
      const { reply } = brought[nth]!
      return {
        inAnswer: reply,
        byCall: reply === undefined ? await peer.callTo(phones[nth]!, 30_000) : undefined,
      }
    })
    t.same(
      answers.flatMap(({ inAnswer, byCall }, nth) =>
        (inAnswer ?? byCall?.text ?? '').startsWith(numbers[nth]!) ? [] : [nth],
      ),
      [],
      'each with the state of its own dossier',
    )
    const alsoCalled = answers.filter(
      ({ inAnswer }, nth) => inAnswer && peer.calls.some(({ to }) => to.endsWith(phones[nth]!)),
    )
    t.same(alsoCalled, [], 'nobody is answered both ways')
    t.equal(new Set(peer.calls.map(({ to }) => to)).size, peer.calls.length, 'nobody is called twice')
    t.comment(`${peer.calls.length} of ${count} replies by calls of ours`)
    await settled(gateway)
    const { ended, dead } = await ends(gateway)
    t.equal(ended.answered, count, 'each is counted once')
    t.same(dead, [])

    const again = await all(count, bring)
    t.same(
      again.map(({ reply }) => reply),
      brought.map(({ reply }) => reply),
      'the same texts again have the same answers',
    )
    const callsBefore = peer.calls.length
    t.equal((await ends(gateway)).ended.answered, count, 'and are not counted again')

    const before = await received(gateway)
    peer.behave({ wrongProof: true })
    const refused = await all(20, (nth) =>
      peer.text(phones[nth]!, `HS ${numbers[nth]}`, { id: `wrong${nth}` }),
    )
    t.same(new Set(refused.flatMap(({ statuses }) => statuses)), new Set([401]), 'a wrong proof is 401')
    peer.behave({ wrongProof: false })
    t.equal(await received(gateway), before, 'and nothing of it is counted')
    t.match(await ends(gateway), { waiting: 0, ended: { answered: count } }, 'nor kept')
    t.equal(peer.calls.length, callsBefore)
    t.notMatch(gateway.output, new RegExp(phones.slice(0, 20).join('|')), 'no phone in the log')
    t.equal(await gateway.kill('SIGTERM'), 0, 'and the gateway ends when it is told to')
    t.notMatch(gateway.output, /a secret of the peer|what the gateway sends with/, 'no secret in the log')
  })

// By the store: what a killed process held is in the queue of none until another has taken it over.
const settled = (gateway: GatewayPeer) =>
  until('nothing is held any more', async () => (await ends(gateway)).waiting === 0, 30_000)
