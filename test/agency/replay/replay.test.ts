// Replay: to a real HTTP server that fails in every way a receiver can, and to another gateway.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CloudEvent as CloudEventOfSdk } from 'cloudevents'
import { Webhook } from 'standardwebhooks'
import t, { type Test } from 'tap'
import type { CloudEvent } from '../../../src/agency/replay/deliver.js'
import type { ReplaySummary } from '../../../src/agency/replay/replay.js'
import { replayCommand } from '../../../src/agency/replay/replay-command.js'
import type { Config } from '../../../src/config/config.js'
import type { DossierNo } from '../../../src/dossier/dossier.js'
import { changeStream, changesKept, shardTags } from '../../../src/dossier/store/places.js'
import { writeTime } from '../../../src/dossier/times.js'
import { agencies, openDoor } from '../harness.js'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const number = (nth: number, agency = 'H45.12') => `${agency}-240823-${String(nth).padStart(4, '0')}`
const config = { agencies, http: {} } as unknown as Config

interface Request {
  readonly id: string
  readonly signed: boolean
  readonly events: CloudEvent[]
}

/** A receiver that follows its script request by request, then accepts everything. */
async function receiver(
  t: Test,
  script: ((request: IncomingMessage, response: ServerResponse) => void)[] = [],
) {
  const taken: Request[] = []
  const seen: Request[] = []
  const webhook = new Webhook(secret)
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    const headers = request.headers as Record<string, string>
    let signed = true
    try {
      webhook.verify(body, headers)
    } catch {
      signed = false
    }
    const one = { id: headers['webhook-id']!, signed, events: JSON.parse(body) as CloudEvent[] }
    seen.push(one)
    const act = script.shift()
    if (act) return act(request, response)
    taken.push(one)
    response.writeHead(204).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, taken, seen }
}

function numberOf(
  { numbers }: Pick<Awaited<ReturnType<typeof openDoor>>, 'numbers'>,
  text: string,
): DossierNo {
  const reading = numbers.read(text)
  if (reading.kind === 'unreadable') throw new Error(text)
  return reading.dossierNo
}

const say =
  (statusCode: number, headers = {}) =>
  (_: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(statusCode, headers).end()

async function stage(t: Test) {
  const side = await openDoor(t)
  const { key } = await side.key('H45.12', 'H45.01')
  const folder = mkdtempSync(join(tmpdir(), 'dgw-replay-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const secretFile = join(folder, 'secret')
  writeFileSync(secretFile, `${secret}\n`, { mode: 0o600 })
  const put = (no: string, dossierStatus: string, eventTime: string, more: object = {}) =>
    side.call('PUT', `/v1/dossiers/${no}`, { key, body: { dossierStatus, eventTime, ...more } })
  const run = async (...args: string[]) => {
    const waits: number[] = []
    const printed: string[] = []
    const write = process.stderr.write
    process.stderr.write = (() => true) as never
    try {
      const code = await replayCommand({
        args,
        config,
        json: true,
        core: side,
        delivery: { wait: async (ms) => void waits.push(ms), timeoutMs: 300, attempts: 5 },
        print: (text) => printed.push(text),
      })
      const { summary } = JSON.parse(printed[0]!) as { summary: ReplaySummary }
      return { code, summary, waits }
    } finally {
      process.stderr.write = write
    }
  }
  return { side, put, run, secretFile, key }
}

t.test('a receiver that fails in every way gets every change, in order', async (t) => {
  const { side, put, run, secretFile } = await stage(t)
  for (let nth = 1; nth <= 25; nth++) await put(number(nth), 'accepted', '2026-11-01T08:00:00+07:00')
  for (let nth = 1; nth <= 25; nth += 2)
    await put(number(nth), 'processing', '2026-11-02T08:00:00+07:00', {
      dueAt: '2026-12-01T17:00:00+07:00',
      publicNote: 'Mang theo giấy tờ gốc',
      contact: { phone: '0912345670', notify: true },
    })
  await put(number(2), 'finished', '2026-11-03T08:00:00+07:00')
  await put(number(1, 'H45.01'), 'finished', '2026-11-03T08:00:00+07:00')
  const erased = number(24)
  await side.store.erase(numberOf(side, erased))

  const hangs = () => {}
  const hook = await receiver(t, [
    say(503),
    (request) => void request.socket.destroy(),
    say(429, { 'retry-after': '20' }),
    hangs,
    // Accepted, but the response is lost: the same batch is resent under the same id.
    (request) => void request.socket.destroy(),
  ])
  const first = await run(
    '--since',
    '2020-01-01',
    '--to',
    hook.url,
    '--secret-file',
    secretFile,
    '--batch',
    '10',
  )
  t.equal(first.code, 69, 'five attempts at one batch are enough')
  t.match(first.summary, { sent: 0, stopped: { kind: 'away' } })
  t.ok(first.waits[2]! >= 20_000, 'a receiver that says when is believed')
  t.ok(
    first.waits[1]! > first.waits[0]! && first.waits[3]! > first.waits[1]!,
    'and otherwise each wait is longer',
  )

  const again = await run(
    '--since',
    first.summary.stopped!.since,
    '--to',
    hook.url,
    '--secret-file',
    secretFile,
    '--batch',
    '10',
  )
  t.equal(again.code, 0)
  t.match(again.summary, { changes: 40, sent: 39, gone: 1, refused: [], isWhole: true })
  t.ok(
    hook.seen.every(({ signed }) => signed),
    'each request is signed anew',
  )
  t.equal(
    new Set(hook.seen.slice(0, 6).map(({ id }) => id)).size,
    1,
    'and a batch keeps its id, over runs too',
  )

  const events = hook.taken.flatMap(({ events }) => events)
  t.equal(events.length, 39)
  t.equal(new Set(events.map(({ id }) => id)).size, 39)
  for (const event of events) t.ok(new CloudEventOfSdk(event as never).validate(), event.subject)
  const times = events.map(({ time }) => Date.parse(time))
  t.strictSame(
    times,
    [...times].sort((a, b) => a - b),
    'in the order they were heard of',
  )
  const of = (no: string) =>
    events
      .filter(({ subject }) => subject === no)
      .map(({ data }) => (data as { dossierStatus: string }).dossierStatus)
  t.strictSame(of(number(1)), ['accepted', 'processing'])
  t.strictSame(of(number(2)), ['accepted', 'finished'])
  t.strictSame(of(number(4)), ['accepted'])
  t.strictSame(of(erased), [], 'what was erased is not told again')
  const [passed, present] = events.filter(({ subject }) => subject === number(1)).map(({ data }) => data)
  t.strictSame(passed, {
    dossierNo: number(1),
    agency: 'H45.12',
    dossierStatus: 'accepted',
    eventTime: '2026-11-01T08:00:00+07:00',
  })
  t.match(present, { dueAt: '2026-12-01T17:00:00+07:00', publicNote: 'Mang theo giấy tờ gốc' })
  t.notMatch(JSON.stringify(events), '912345670', 'no telephone leaves')

  const other = await receiver(t)
  const own = await run(
    '--since',
    '2020-01-01',
    '--agency',
    'H45.01',
    '--to',
    other.url,
    '--secret-file',
    secretFile,
  )
  t.match(own.summary, { changes: 1, sent: 1 })
  t.strictSame(
    other.taken.flatMap(({ events }) => events.map(({ subject }) => subject)),
    [number(1, 'H45.01')],
  )
})

t.test('what is refused ends it, and what is too large is halved', async (t) => {
  const { put, run, secretFile } = await stage(t)
  for (let nth = 1; nth <= 8; nth++) await put(number(nth), 'accepted', '2026-11-01T08:00:00+07:00')
  const args = (url: string) => ['--since', '2020-01-01', '--to', url, '--secret-file', secretFile]
  const small = await receiver(t, [say(413), say(413)])
  t.match(await run(...args(small.url)), { code: 0, summary: { sent: 8 } })
  t.strictSame(
    small.taken.map(({ events }) => events.length),
    [2, 2, 4],
  )

  for (const [label, act] of [
    ['not known', say(401)],
    ['moved', say(302, { location: small.url })],
  ] as const) {
    const { code, summary, waits } = await run(...args((await receiver(t, [act])).url))
    t.match({ code, waits, ...summary }, { code: 1, waits: [], sent: 0, stopped: { kind: 'refused' } }, label)
  }
  await t.rejects(run('--since', 'yesterday', '--to', small.url, '--secret-file', secretFile), {
    code: 'usage',
  })
  await t.rejects(run('--since', '2026-01-01', '--to', 'ftp://x/', '--secret-file', secretFile), {
    code: 'usage',
  })
  writeFileSync(secretFile, 'whsec_c2hvcnQ=')
  await t.rejects(run(...args(small.url)), { code: 'usage' }, 'a secret that is too short')
})

t.test('the moments asked for are kept to, and beyond the streams the records themselves tell', async (t) => {
  const { side, put, run, secretFile } = await stage(t)
  const clock = async () => {
    const [seconds, micros] = (await side.door.request.time()) as unknown as [string, string]
    return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
  }
  /** Resolves in the next second of Redis' clock, the resolution of times on the command line. */
  const nextSecond = async () => {
    const before = Math.floor((await clock()) / 1000)
    while (Math.floor((await clock()) / 1000) === before);
    return writeTime(await clock())
  }
  await put(number(1), 'accepted', '2026-11-01T08:00:00+07:00')
  const since = await nextSecond()
  await put(number(2), 'accepted', '2026-11-01T08:00:00+07:00')
  const later = await nextSecond()
  await put(number(3), 'accepted', '2026-11-01T08:00:00+07:00')
  const until = writeTime(Date.parse(later) - 1000)

  const subjects = async (...more: string[]) => {
    const hook = await receiver(t)
    const { summary } = await run('--since', since, ...more, '--to', hook.url, '--secret-file', secretFile)
    return { subjects: hook.taken.flatMap(({ events }) => events.map(({ subject }) => subject)), ...summary }
  }
  t.match(await subjects(), { subjects: [number(2), number(3)], isWhole: true })
  t.strictSame((await subjects('--until', until)).subjects, [number(2)])
  t.strictSame(
    (await subjects('--until', later.slice(0, 10))).subjects,
    [number(2), number(3)],
    'a day without an hour is meant to its end',
  )
  await t.rejects(run('--since', '2099-01-01', '--dry-run'), {
    message: '--since 2099-01-01 is in the future',
  })

  // A busy year later: the streams are full of other changes and reach back no further than now.
  const fill = `redis.call('DEL', KEYS[1])
    for nth = 1, ${changesKept} do redis.call('XADD', KEYS[1], '*', 'c', '2 0 0 x') end`
  for (const tag of shardTags) await side.door.request.eval(fill, 1, changeStream(tag))
  const beyond = await subjects('--until', until)
  t.match(beyond, { isWhole: false })
  t.ok(beyond.subjects.includes(number(2)), 'nothing that changed then is missing')
  t.notOk(beyond.subjects.includes(number(1)), 'and nothing that was not heard of since')
})

t.test('another gateway takes it at its own door', async (t) => {
  const { side, put, run, secretFile } = await stage(t)
  for (let nth = 1; nth <= 12; nth++)
    await put(number(nth), 'accepted', '2026-11-01T08:00:00+07:00', { fee: { amount: 5, paid: true } })
  await put(number(3), 'finished', '2026-11-04T08:00:00+07:00', { finishedAt: '2026-11-04T08:00:00+07:00' })
  await put(number(1, 'H45.01'), 'accepted', '2026-11-01T08:00:00+07:00')
  const second = await openDoor(t)
  // Its key speaks for one of the two agencies.
  const { id } = await second.key('H45.12')
  writeFileSync(secretFile, second.secretOf(id))
  const args = [
    '--since',
    '2020-01-01',
    '--to',
    `${second.url}/v1/events?keyId=${id}`,
    '--secret-file',
    secretFile,
    '--batch',
    '5',
  ]
  const { code, summary } = await run(...args)
  t.equal(code, 1, "the other agency's is refused by name, the rest is in")
  t.match(summary, { changes: 14, sent: 13, refused: [{ code: 'forbidden', pointer: '/subject' }] })
  for (let nth = 1; nth <= 12; nth++) {
    const no = numberOf(side, number(nth))
    const [mine, theirs] = await Promise.all([
      side.store.read(no, Date.now()),
      second.store.read(no, Date.now()),
    ])
    t.strictSame({ ...theirs, asOf: 0 }, { ...mine, asOf: 0 }, number(nth))
  }
  t.match((await run(...args)).summary, { sent: 13 }, 'and once more is safe')
})
