import { EventEmitter, once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { PNG } from 'pngjs'
import t from 'tap'
import { parse } from 'yaml'
import { openCloudPrnt } from '../../src/desk/cloudprnt/client.js'
import { codeOfOutcome, outcomeOfCode, slipType, stateOfCode } from '../../src/desk/cloudprnt/codes.js'
import { printAgentCommand, startAgent } from '../../src/desk/print-agent.js'
import { leaseMs, PrintQueue, shown } from '../../src/desk/print-queue.js'
import { runPrintLoop } from '../../src/desk/printer/print-loop.js'
import type { Printer } from '../../src/desk/printer/printer.js'
import { openSlipJournal } from '../../src/desk/printer/slip-journal.js'
import { printersCommand } from '../../src/desk/printers-command.js'
import { silentLog } from '../../src/log.js'
import { openMetrics } from '../../src/metrics.js'
import { openPaperTape } from '../peers/paper-tape.js'
import { openPaperTapeControl } from '../peers/paper-tape-control.js'
import { startRedis, type Teardown } from '../peers/redis.js'
import { slipText } from '../peers/slip-paper.js'
import {
  agency,
  type DeskClient,
  dossierNo,
  ended,
  everyTrouble,
  openDoor,
  openRemoteDesk,
  openRoom,
  openServer,
  page,
  rightLines,
  settingsFor,
  temporary,
  until,
} from './harness.js'

t.jobs = 6

const address = '/v1/desks/quay-1/cloudprnt'
const poll = (desk: DeskClient, more: Record<string, unknown> = {}) =>
  desk.ask('POST', address, {
    status: '29 a 0 0',
    statusCode: '200 OK',
    printerMAC: '00:11:62:00:00:01',
    ...more,
  })
const fetchSlip = (desk: DeskClient, token: string, mac = '00:11:62:00:00:01', type = 'image/png') =>
  desk.ask('GET', `${address}?mac=${mac}&type=${encodeURIComponent(type)}&token=${token}`)
const report = (desk: DeskClient, token: string, code: string) =>
  desk.ask('DELETE', `${address}?mac=00:11:62:00:00:01&token=${token}&code=${encodeURIComponent(code)}`)

/** An agent of a printer that is ready, which asks this server; the server ends with the test. */
async function agentOf(t: Teardown, server: Server) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const state = { state: 'ready', able: true, canConfirm: true, busy: false }
  const printer = Object.assign(new EventEmitter(), state) as unknown as Printer
  return openCloudPrnt({ url, desk: 'quay-1', key: 'k', agentId: 'agent-1', pollMs: 10 }, printer)
}

t.test('trouble at a stock printer is shown, and a late end mends the same slip', async (t) => {
  const { desk } = await openRemoteDesk(t)
  const jobId = await desk.print(dossierNo)
  const { jobToken } = (await poll(desk)).body
  await fetchSlip(desk, jobToken)
  await poll(desk, { statusCode: '410%20Paper%20out', printingInProgress: true })
  t.hasStrict(await desk.view(), { printer: { state: 'no-paper' } })
  t.hasStrict(await report(desk, jobToken, '410 Paper out'), { body: { state: 'failed' } })
  t.hasStrict(await desk.job(jobId), { state: 'failed', reason: 'no-paper' })
  t.hasStrict(await report(desk, jobToken, '200 OK'), { body: { state: 'confirmed' } })
  await desk.act(jobId, 'reprint')
  t.hasStrict(
    await report(desk, jobToken, '410 Paper out'),
    { body: { state: 'queued' } },
    'an old token moves nothing',
  )
  t.not((await poll(desk)).body.jobToken, jobToken)
  t.match(await report(desk, '0123.9', '200 OK'), { status: 404 })
})

t.test(
  "a stock printer's password is the desk's key, and a desk with its own printer has no agent",
  async (t) => {
    const { desk, door, numbers, store } = await openRemoteDesk(t)
    const basic = (key: string) => `Basic ${Buffer.from(`printer:${key}`).toString('base64')}`
    t.match(await desk.ask('POST', address, {}, { authorization: basic(desk.key) }), { status: 200 })
    t.match(await desk.ask('POST', address, {}, { authorization: basic('wrong') }), { status: 401 })
    t.match(await desk.ask('GET', '/v1/desks/quay-1', undefined, { authorization: basic(desk.key) }), {
      status: 401,
    })
    const local = openRoom(t, door, { numbers, store }, [
      { printer: { path: '/nowhere', baudRate: 9600, profile: 'generic' } },
    ])
    t.match(await poll(await openServer(t, door, local)), { status: 409, body: { code: 'local-printer' } })
  },
)

t.test('polled too fast, a desk asks for a pause, and our agent keeps it', async (t) => {
  const { desk } = await openRemoteDesk(t)
  const answers = await Promise.all(Array.from({ length: 200 }, () => poll(desk)))
  const refused = answers.find(({ status }) => status === 429)!
  t.match(refused, { body: { code: 'too-many-polls', retryAfterSeconds: 1 } })
  t.equal(refused.headers.get('retry-after'), '1')
  t.ok(answers.filter(({ status }) => status === 200).length >= 30)
  // The pause that it asked for: sooner, this second's polls may be used up already.
  await new Promise((resolve) => setTimeout(resolve, 1000))
  t.match(await poll(desk), { status: 200 })
  await desk.print(dossierNo)
  const ready = await Promise.all(Array.from({ length: 100 }, () => poll(desk)))
  t.ok(
    ready.every(({ status, body }) => status === 200 && body.jobReady),
    'as long as a slip waits nobody is too fast',
  )

  let polls = 0
  const busy = createServer((_request, response) => {
    polls++
    response.writeHead(429, { 'retry-after': '1' }).end()
  })
  const client = await agentOf(t, busy)
  await t.rejects(client.claim(), { code: 'source-unavailable' })
  const asked = performance.now()
  await client.wait(new AbortController().signal)
  t.ok(performance.now() - asked > 900, 'not after its own 10 ms')
  t.equal(polls, 1)
})

t.test('P-07: two agents ask for the same slips over HTTP; one gets each', async (t) => {
  const { desk } = await openRemoteDesk(t)
  let got = 0
  for (let at = 0; at < 60; at++) {
    await desk.print(dossierNo)
    const { jobToken } = (await poll(desk)).body
    const answers = await Promise.all([
      fetchSlip(desk, jobToken, 'agent-1'),
      fetchSlip(desk, jobToken, 'agent-2'),
      fetchSlip(desk, jobToken, 'agent-3'),
    ])
    got += answers.filter(({ status }) => status === 200).length
    t.strictSame(answers.map(({ status }) => status).sort(), [200, 404, 404])
    await report(desk, jobToken, '200 OK')
  }
  t.equal(got, 60)
  t.strictSame(
    [...new Set((await desk.view()).jobs.map(({ state }) => page.job[state]))],
    ['Đã in xong'],
    'the desk sees one end each',
  )
})

t.test('our agent prints, tells how the printer is, and finishes what a restart left untold', async (t) => {
  const { desk } = await openRemoteDesk(t, 'epson-tm-t82+tcvn3:30/31')
  const tape = await openPaperTape()
  t.teardown(() => tape.close())
  const settings = settingsFor(t, desk, tape)
  let agent = startAgent(settings, silentLog)
  const first = await desk.print(dossierNo)
  t.hasStrict(await ended(desk, first), { state: 'confirmed', confirmedBy: 'completion' })
  t.match(tape.slips[0]!.text, 'Sở Xây dựng tỉnh Phú Yên')
  t.hasStrict(await desk.view(), { printer: { state: 'ready', remote: true, canConfirm: true } })
  tape.set({ coverOpen: true })
  await until(async () => (await desk.view()).printer.state === 'cover-open')
  const waits = await desk.print(dossierNo)
  await agent.close()

  // As if the agent had died while sending: begun, fetched, outcome unknown.
  const token = `${waits}.0`
  t.match(await fetchSlip(desk, token, 'application/vnd.dossier-gateway.escpos'), { status: 200 })
  const journal = openSlipJournal(join(settings.dataDir, 'quay-1.journal'))
  journal.begin(token, '0002')
  journal.close()
  tape.set({ coverOpen: false })
  agent = startAgent(settings, silentLog)
  t.hasStrict(await ended(desk, waits), { state: 'unconfirmed' })
  t.equal(page.job.unconfirmed, 'Giấy có ra không?')
  const last = await desk.print(dossierNo)
  t.hasStrict(await ended(desk, last), { state: 'confirmed' })
  t.equal(tape.slips.length, 2, 'what was begun before is not printed again')
  await agent.close()
  await until(async () => (await desk.view()).printer.state === 'absent')
})

t.test('P-01, P-02: at a remote agent, too, everything is noticed within 5 s, in words', async (t) => {
  const { desk } = await openRemoteDesk(t)
  const tape = await openPaperTape()
  t.teardown(() => tape.close())
  const agent = startAgent({ ...settingsFor(t, desk, tape), pollMs: 1000 }, silentLog)
  t.teardown(() => agent.close())
  await everyTrouble(t, desk, tape)
})

t.test('P-06: an agent killed before its journal knew: the slip is left to a person, in words', async (t) => {
  const { desk, door } = await openRemoteDesk(t)
  const jobId = await desk.print(dossierNo)
  const { jobToken } = (await poll(desk, { printerState: 'ready' })).body
  t.match(await fetchSlip(desk, jobToken, '00:11:62:00:00:01', slipType), { status: 200 })
  // The agent never returns; its lease expires on a clock put forward.
  const later = new PrintQueue(door, { inc: () => {} }, () => Date.now() + leaseMs + 1)
  const job = shown((await later.read('quay-1', jobId))!)
  t.hasStrict(job, { state: 'failed', reason: 'interrupted' })
  t.equal(page.job[job.state], 'Chưa in được')
  t.equal(page.reason[job.reason!], 'Bị ngắt giữa chừng. Xem giấy đã ra chưa rồi bấm In lại nếu cần.')
})

t.test("the proof ticket comes out at a remote agent's printer, and its line counts there", async (t) => {
  const { desk } = await openRemoteDesk(t)
  const tape = await openPaperTape()
  t.teardown(() => tape.close())
  const agent = startAgent(settingsFor(t, desk, tape), silentLog)
  t.teardown(() => agent.close())
  const { jobId } = (await desk.ask('POST', '/v1/desks/quay-1/proof')).body
  t.hasStrict(await ended(desk, jobId), { ticket: 'proof', state: 'confirmed' })
  t.strictSame(rightLines(tape.slips[0]!.text, 48), ['1: cp1258:52', '4: tcvn3:30/31', '8: raster'])
  t.equal((await desk.ask('PUT', '/v1/desks/quay-1/profile', { line: 8 })).status, 200)
  await ended(desk, await desk.print(dossierNo))
  t.match(tape.slips[1]!.text, 'Sở Xây dựng tỉnh Phú Yên', 'as pictures')
  t.strictSame(tape.complaints, [])
})

t.test('a stock printer gets the proof ticket as a picture of our own letters', async (t) => {
  const { desk } = await openRemoteDesk(t)
  await desk.ask('POST', '/v1/desks/quay-1/proof')
  const { body } = await poll(desk)
  const reply = await fetch(
    `${desk.url}${address}?mac=00:11:62:00:00:01&type=image/png&token=${body.jobToken}`,
    { headers: { authorization: `Bearer ${desk.key}` } },
  )
  const png = PNG.sync.read(Buffer.from(await reply.arrayBuffer()))
  const rows = Array.from({ length: png.height }, (_, y) => {
    const row = Buffer.alloc(png.width / 8)
    for (let x = 0; x < png.width; x++)
      if (png.data[4 * (y * png.width + x)] === 0) row[x >> 3]! |= 0x80 >> (x & 7)
    return row
  })
  const ticket = slipText([{ kind: 'picture', width: png.width, rows, align: 'left' }], png.width)
  t.match(ticket, 'aàáảãạ ăằắẳẵặ âầấẩẫậ')
  t.hasStrict(await report(desk, body.jobToken, 'OK'), { body: { state: 'confirmed' } })
})

t.test('an outcome is told to the gateway, not to whatever answers in its place', async (t) => {
  let mark: Record<string, string> = {}
  const portal = createServer((request, response) => {
    request.resume()
    response.writeHead(request.method === 'DELETE' ? 200 : 404, mark).end('<title>Sign in</title>')
  })
  const client = await agentOf(t, portal)
  const settle = () => client.settle('a.0', { kind: 'confirmed', by: 'status' })
  await t.rejects(settle(), { code: 'source-unavailable', retryable: true })
  await t.rejects(client.poll(), { code: 'source-unavailable', retryable: true })
  mark = { 'x-dossier-gateway': '1' }
  await t.resolves(settle())
})

t.test('an agent without its gateway waits and prints when it is back; a refused key says so', async (t) => {
  const { desk } = await openRemoteDesk(t)
  const tape = await openPaperTape()
  t.teardown(() => tape.close())
  const jobId = await desk.print(dossierNo)
  const lonely = startAgent({ ...settingsFor(t, desk, tape), url: 'http://127.0.0.1:9' }, silentLog)
  await new Promise((resolve) => tape.once('arrived', resolve))
  await lonely.close()
  const wrong = startAgent({ ...settingsFor(t, desk, tape), key: 'dgw_wrong' }, silentLog)
  await new Promise((resolve) => tape.once('arrived', resolve))
  await wrong.close()
  t.equal(tape.slips.length, 0)
  const agent = startAgent(settingsFor(t, desk, tape), silentLog)
  t.hasStrict(await ended(desk, jobId), { state: 'confirmed' })
  await agent.close()

  await t.rejects(printAgentCommand({ args: [], log: silentLog }), { code: 'usage' })
  await t.rejects(
    printAgentCommand({
      args: ['--url', 'http://x', '--desk', 'q', '--port', '/dev/x', '--key-file', '/nowhere'],
      log: silentLog,
    }),
    { code: 'config-invalid' },
  )
})

t.test('every end has its code and every code its end', async (t) => {
  const rows = [
    { kind: 'confirmed', by: 'completion' },
    { kind: 'confirmed', by: 'status' },
    { kind: 'unconfirmed' },
    { kind: 'unconfirmed', reason: 'no-paper' },
    { kind: 'unconfirmed', reason: 'cover-open' },
    { kind: 'unconfirmed', reason: 'printer-error' },
    { kind: 'expired' },
    { kind: 'sent' },
    ...(
      [
        'no-paper',
        'cover-open',
        'printer-error',
        'printer-absent',
        'printer-busy',
        'interrupted',
        'unavailable',
      ] as const
    ).map((reason) => ({ kind: 'failed' as const, reason })),
  ] as const
  for (const outcome of rows) {
    const { kind, ...more } = outcome
    t.match(outcomeOfCode(codeOfOutcome(outcome)), { state: kind, ...more })
  }
  t.hasStrict(outcomeOfCode('299'), { state: 'confirmed' })
  t.hasStrict(outcomeOfCode(''), { state: 'failed', reason: 'printer-error' })
  t.strictSame(['200 OK', '211 OK Paper Low', '410', '420 Cover', '510 x', ''].map(stateOfCode), [
    'ready',
    'paper-low',
    'no-paper',
    'cover-open',
    'error',
    'unknown',
  ])
})

t.test('a torn journal opens, and what was told stays known', async (t) => {
  const file = join(temporary(t), 'deep', 'journal')
  const first = openSlipJournal(file)
  first.begin('a.0', '0001')
  first.end('a.0', { kind: 'unconfirmed' })
  first.begin('b.0', '0002')
  first.reported('a.0')
  first.close()
  writeFileSync(file, '{"token":"c.0","mar', { flag: 'a' })
  const second = openSlipJournal(file)
  t.match(second.unreported(), [{ token: 'b.0', outcome: undefined }])
  t.match(second.find('a.0'), { told: true, outcome: { kind: 'unconfirmed' } })
  t.match(second.findByMark('0002'), { token: 'b.0' })
  t.equal(second.find('c.0'), undefined)
  second.close()
})

t.test('on a full disk no slip is begun, and the next one is once there is room', async (t) => {
  const file = join(temporary(t), 'journal')
  writeFileSync(file, '{"token":"a.0","mark":"0001","told":true}\n')
  // Whatever is written here meets ENOSPC.
  symlinkSync('/dev/full', `${file}.new`)
  const journal = openSlipJournal(file)
  t.ok(journal.find('a.0'), 'what was told stays known')
  const printed: string[] = []
  const settled: [string, unknown][] = []
  const slips = ['b.0', 'c.0'].map((token) => ({ token, mark: '0002', bytes: Buffer.of(), ttlMs: 60_000 }))
  const printer = Object.assign(new EventEmitter(), {
    able: true,
    async print() {
      printed.push(settled.length === 1 ? 'c.0' : 'b.0')
      return { kind: 'confirmed', by: 'status' } as const
    },
  })
  const end = new Promise<void>((isOver) => {
    const source = {
      claim: async () => slips.shift(),
      async sent() {},
      async settle(token: string, outcome: unknown) {
        settled.push([token, outcome])
        rmSync(`${file}.new`, { force: true })
      },
      async wait(signal: AbortSignal) {
        isOver()
        await once(signal, 'abort')
      },
    }
    const loop = runPrintLoop(source, printer as unknown as Printer, journal, silentLog)
    t.teardown(() => loop.close())
  })
  await end
  t.same(printed, ['c.0'])
  t.same(settled, [
    ['b.0', { kind: 'failed', reason: 'unavailable' }],
    ['c.0', { kind: 'confirmed', by: 'status' }],
  ])
  const after = openSlipJournal(file)
  t.match(after.find('b.0'), { told: true, outcome: { kind: 'failed' } }, 'written once there was room')
  t.match(after.find('c.0'), { told: true, outcome: { kind: 'confirmed' } })
  after.close()
  journal.close()
})

t.test('printers test, proof, set-profile and preview', async (t) => {
  const tape = await openPaperTape()
  t.teardown(() => tape.close())
  const folder = temporary(t)
  const file = join(folder, 'gateway.yaml')
  mkdirSync(join(folder, 'data'))
  writeFileSync(
    file,
    `# kept\ndesks:\n  - id: quay-1 # first\n    agency: ${agency.code}\n    name: Quầy 1\n    printer: { path: ${tape.path}, baudRate: 115200, profile: epson-tm-t82 }\n`,
  )
  const run = async (...args: string[]) => {
    const said: string[] = []
    const context = {
      args,
      config: {
        file,
        desks: [
          {
            id: 'quay-1',
            agency: agency.code,
            name: 'Quầy 1',
            jobExpirySeconds: 600,
            printer: { path: tape.path, baudRate: 115_200, profile: 'epson-tm-t82' },
          },
        ],
        agencies: [agency],
        office: { name: '', province: '', hotline: '', dayEnds: '17:00' },
        printers: 'config/printers.yaml',
        wording: { vi: 'config/wording.vi.yaml', en: 'config/wording.en.yaml' },
        sms: { enabled: true, links: [{ shortCode: '8188', keywordPrefix: '' }] },
      },
      log: silentLog,
      json: false,
      print: (text: string) => said.push(text),
      withCore: async (see: (context: unknown) => Promise<number>) => {
        const door = await openDoor(t, await startRedis(t))
        return see({ core: { door, metrics: openMetrics() } })
      },
    }
    const code = await printersCommand(context as unknown as Parameters<typeof printersCommand>[0])
    return { code, text: said.join('\n') }
  }
  t.match(await run('list'), { code: 0, text: /quay-1 +epson-tm-t82 [\s\S]*xprinter-xp80/ })
  t.match(await run('test', 'quay-1'), { code: 0, text: /Sẵn sàng \(ready\)/ })
  tape.set({ coverOpen: true })
  t.match(await run('test', 'quay-1'), { code: 1, text: /Nắp máy in đang mở/ })
  tape.set({ coverOpen: false })
  t.match(await run('test', '--port', '/dev/nowhere'), { code: 69, text: /there is no such device/ })
  t.match(await run('test', 'quay-1', '--slip'), { code: 0, text: /slip: confirmed/ })
  t.match(await run('status'), { code: 1, text: /quay-1 {2}Máy in mất kết nối/ })
  t.match(await run('preview', 'quay-1'), {
    code: 0,
    text: /Soạn: HS 0000 0000 0000 gửi 8188[\s\S]*\d bytes/,
  })

  const proof = await run('proof', 'quay-1')
  t.match(proof, { code: 0, text: /4 {2}tcvn3:30\/31/ })
  const ticket = (await tape.slip(2)).text
  t.strictSame(
    rightLines(ticket, 48),
    ['1: cp1258:52', '4: tcvn3:30/31', '8: raster'],
    'only the tables this printer has, with every letter in them, are right',
  )

  t.match(await run('set-profile', 'quay-1', '4'), { code: 0, text: /epson-tm-t82\+tcvn3:30\/31/ })
  const written = readFileSync(file, 'utf8')
  t.match(written, /# kept[\s\S]*# first/)
  t.equal(parse(written).desks[0].printer.profile, 'epson-tm-t82+tcvn3:30/31')
  await t.rejects(run('set-profile', 'quay-1', 'nonsense'), { code: 'usage' })
  await t.rejects(run('set-profile', 'quay-9', 'generic'), { code: 'usage', message: /configured: quay-1/ })
  await t.rejects(run('dance'), { code: 'usage' })

  const control = await openPaperTapeControl(tape)
  t.teardown(() => control.server.close())
  const knob = async (path: string, body?: unknown) =>
    fetch(`${control.url}${path}`, body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) })
  t.match(await (await knob('/manners', { paper: 'out' })).json(), { manners: { paper: 'out' }, slips: 2 })
  t.match(await run('test', 'quay-1'), { code: 1, text: /Hết giấy/ })
  t.equal((await knob('/slips/2.png')).headers.get('content-type'), 'image/png')
  t.match(await (await knob('/slips/1.txt')).text(), 'HS 0000 0000 0000')
  t.equal((await knob('/slips/9.txt')).status, 404)
})
