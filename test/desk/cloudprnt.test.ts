// Stock Star printers: a client written from the guide alone, and everything the guide allows clients to do.
import { connect } from 'node:net'
import jsqr from 'jsqr'
import { PNG } from 'pngjs'
import t from 'tap'
import { outcomeOfCode, stateOfCode } from '../../src/desk/cloudprnt/codes.js'
import type { DeskView, JobFailure, PrinterState } from '../../src/desk/contract.js'
import { PrintQueue } from '../../src/desk/print-queue.js'
import { openMetrics } from '../../src/metrics.js'
import { startRedis, type Teardown } from '../peers/redis.js'
import { StarPrinter, type StarPrinterOptions } from '../peers/star-printer.js'
import { dossierNo, openDoor, openRecords, openRoom, openServer } from './harness.js'

const address = '/v1/desks/quay-1/cloudprnt'

async function openDesk(t: Teardown, profile = 'star-escpos') {
  const door = await openDoor(t, await startRedis(t))
  const records = await openRecords(door)
  const room = openRoom(t, door, records, [{ profile }])
  const desk = await openServer(t, door, room)
  const star = (options: Partial<StarPrinterOptions> = {}) =>
    new StarPrinter({ url: `${desk.url}${address}`, key: desk.key, ...options })
  return { desk, door, star, lookupNumber: records.lookupNumber }
}

// jsqr is CommonJS with a `default` of its own.
const decode =
  (jsqr as unknown as { default?: typeof jsqr.default }).default ?? (jsqr as unknown as typeof jsqr.default)
const readQr = ({ data, width, height }: PNG) => decode(new Uint8ClampedArray(data), width, height)?.data

for (const tokens of [true, false])
  t.test(
    `a stock printer ${tokens ? 'with' : 'without'} tokens prints, also after its paper ran out`,
    async (t) => {
      const { desk, star, lookupNumber } = await openDesk(t)
      const printer = star({ tokens })
      await printer.poll()
      t.strictSame(printer.polls[0]!.answer, { jobReady: false })

      const first = await desk.print(dossierNo)
      await printer.poll()
      t.hasStrict(await desk.job(first), { state: 'confirmed', confirmedBy: 'completion' })
      const [slip] = printer.prints
      t.equal(slip!.width, 576, 'as wide as the paper')
      t.equal(readQr(slip!), lookupNumber)

      const second = await desk.print(dossierNo)
      printer.endsInNext = true
      await printer.poll()
      t.hasStrict(await desk.job(second), { state: 'claimed' })
      await printer.poll()
      t.hasStrict((await desk.view()).printer, { state: 'no-paper', remote: true })
      t.hasStrict(await desk.job(second), { state: 'queued', reason: 'no-paper' }, 'told as what it is')
      await printer.poll()
      printer.paper = 'full'
      await printer.poll()
      t.hasStrict(await desk.job(second), { state: 'confirmed' })
      t.equal(printer.prints.length, 2)
      t.equal(readQr(printer.prints[1]!), lookupNumber)
      await printer.poll()
      t.equal(printer.prints.length, 2, 'and no third')
    },
  )

t.test('copies are fetched, cut and confirmed one by one', async (t) => {
  const { desk, star } = await openDesk(t)
  const jobId = await desk.print(dossierNo, 2)
  const printer = star()
  await printer.poll()
  t.hasStrict(await desk.job(jobId), { state: 'claimed' })
  await printer.poll()
  t.hasStrict(await desk.job(jobId), { state: 'confirmed', copies: 2 })
  await printer.poll()
  t.equal(printer.prints.length, 2)
  const [one, two] = printer.polls.map(({ answer }) => answer.jobToken)
  t.not(one, two)
})

t.test('a picture is one bit a dot, with the QR code at every width of paper', async (t) => {
  const said = (mm: string, dotsPerMm = '8') => ({
    'x-star-print-width': mm,
    'x-star-horizontal-resolution': dotsPerMm,
  })
  for (const [profile, width, headers = {}] of [
    ['star-escpos', 576],
    ['generic-58', 384],
    ['epson-tm-t88', 512],
    ['star-escpos', 384, said('48')],
    ['star-escpos', 406, said('50.8')],
    ['generic-58', 576, said('72')],
    ['star-escpos', 849, said('72', '11.8')],
    ['star-escpos', 576, said('0')],
    ['star-escpos', 576, said('4800')],
    ['star-escpos', 576, said('wide', 'fine')],
  ] as const) {
    const { desk, lookupNumber } = await openDesk(t, profile)
    await desk.print(dossierNo)
    const { body } = await desk.ask('POST', address, { statusCode: '200 OK' })
    const reply = await fetch(`${desk.url}${address}?type=image/png&token=${body.jobToken}`, {
      headers: { authorization: `Bearer ${desk.key}`, ...headers },
    })
    t.equal(reply.headers.get('content-type'), 'image/png')
    const bytes = Buffer.from(await reply.arrayBuffer())
    t.equal(bytes[24], 1, 'bit depth')
    t.equal(bytes[25], 0, 'greyscale')
    const png = PNG.sync.read(bytes)
    t.equal(png.width, width)
    t.equal(readQr(png), lookupNumber, profile)
  }
})

t.test(
  'what the guide allows: fields null or left out, a token fetched again, old ways to say the end',
  async (t) => {
    const { desk } = await openDesk(t)
    const poll = (body: unknown) => desk.ask('POST', address, body)
    const mac = '00:11:62:00:00:01'
    const other = '00:11:62:00:00:02'
    const fetchIt = (token: string, by = mac, type = 'image/png') =>
      desk.ask('GET', `${address}?mac=${by}&type=${encodeURIComponent(type)}&token=${token}`)
    for (const body of [
      {},
      { statusCode: '200 OK' },
      {
        status: null,
        statusCode: null,
        printerMAC: null,
        uniqueID: null,
        printingInProgress: null,
        clientAction: null,
      },
      {
        statusCode: '200 OK',
        clientAction: [{ request: 'ClientType', result: 'Star' }],
        laterField: { a: 1 },
      },
    ])
      t.match(await poll(body), { status: 200, body: { jobReady: false } })

    const jobId = await desk.print(dossierNo)
    const { body } = await poll({ statusCode: '200 OK', printerMAC: mac })
    t.strictSame(body.mediaTypes, ['image/png'], 'plain text has no QR code')
    t.match(await fetchIt(body.jobToken, mac, 'text/plain'), { status: 415 })
    t.match(await fetchIt(body.jobToken), { status: 200 })
    t.match(await fetchIt(body.jobToken), { status: 200 }, 'the same client may fetch it again')
    t.match(await fetchIt(body.jobToken, other), { status: 404 }, 'another may not')
    t.match(await poll({ statusCode: '200 OK', printerMAC: other }), { body: { jobReady: false } })
    t.match(await poll({ statusCode: '200 OK', printerMAC: mac, printingInProgress: true }), {
      body: { jobReady: false },
    })
    t.match(await poll({ statusCode: '200 OK', printerMAC: mac }), {
      body: { jobReady: true, jobToken: body.jobToken },
    })
    t.match(await desk.ask('GET', `${address}?mac=${mac}&token=${body.jobToken}&delete&code=200%20OK`), {
      status: 200,
      body: { state: 'confirmed' },
    })
    t.hasStrict(await desk.job(jobId), { state: 'confirmed' })
    t.match(await fetchIt(body.jobToken), { status: 404 }, 'ended is ended')
  },
)

t.test('a poll is understood however firmware writes it', async (t) => {
  const { desk } = await openDesk(t)
  const polled = async (body: string, type?: string) => {
    const { host } = new URL(desk.url)
    const lines = [
      `POST ${address} HTTP/1.1`,
      `Host: ${host}`,
      `Authorization: Basic ${Buffer.from(`printer:${desk.key}`).toString('base64')}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      ...(type === undefined ? [] : [`Content-Type: ${type}`]),
    ]
    return said(host, `${lines.join('\r\n')}\r\n\r\n${body}`)
  }
  const json = '{"statusCode":"200 OK","printerMAC":"00:11:62:00:00:01"}'
  for (const [label, body, type] of [
    ['a number for a code', '{"statusCode":200}', 'application/json'],
    [
      'numbers and words for true and false',
      '{"statusCode":"200","printingInProgress":0}',
      'application/json',
    ],
    ['a word', '{"statusCode":"200","printingInProgress":"false","uniqueID":7}', 'application/json'],
    ['our own fields null', '{"statusCode":"200","printerState":null,"canConfirm":null}', 'application/json'],
    ['null', 'null', 'application/json'],
    ['nothing', '', 'application/json'],
    ['a byte order mark', `\ufeff${json}`, 'application/json'],
    ['text/plain', json, 'text/plain'],
    ['text/json with a charset', json, 'text/json; charset=utf-8'],
    ['no type at all', json, undefined],
    ['an empty type', json, ''],
    ['a type that is none', json, 'json'],
    ['the zero that ends a text in C', `${json}\0`, 'application/json'],
    ['a line end within a text', json.replace('00:11', '\n00:11'), 'application/json'],
    ['values of other kinds', '{"statusCode":["200"],"printerMAC":{},"uniqueID":[]}', 'application/json'],
    ['our own names for something else', '{"printerState":"Idle","canConfirm":"yes"}', 'application/json'],
  ] as const)
    t.match(await polled(body, type), /^HTTP\/1.1 200.*"jobReady":false/s, label)
  t.match(await polled('{"statusCode":', 'application/json'), /^HTTP\/1.1 400/, 'what is no JSON is refused')
  t.match(await polled('[]', 'application/json'), /^HTTP\/1.1 400/, 'and what is no object')
})

/** What a server says to these bytes. */
const said = (host: string, bytes: string) =>
  new Promise<string>((done, failed) => {
    const [name, port] = host.split(':')
    let text = ''
    const socket = connect(Number(port), name!, () => socket.write(bytes))
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', failed)
    socket.on('close', () => done(text))
  })

t.test('one printer under every spelling of its address', async (t) => {
  const { desk } = await openDesk(t)
  const mac = '00:11:62:0A:BC:DE'
  for (const other of [
    mac.toLowerCase(),
    mac.replaceAll(':', '-'),
    mac.replaceAll(':', ''),
    encodeURIComponent(mac),
    encodeURIComponent(encodeURIComponent(mac)),
    `%22${mac}%22`,
    `null&uid=${mac}`,
  ]) {
    const jobId = await desk.print(dossierNo)
    const { body } = await desk.ask('POST', address, { statusCode: '200 OK', printerMAC: mac, uniqueID: '' })
    const query = `mac=${other}&token=${body.jobToken}`
    t.match(await desk.ask('GET', `${address}?${query}&type=IMAGE%2FPNG`), { status: 200 }, other)
    t.match(
      await desk.ask('POST', address, { statusCode: '200 OK', printerMAC: mac }),
      { body: { jobReady: true, jobToken: body.jobToken } },
      `${other}: offered again when the answer to the GET was lost`,
    )
    t.match(await desk.ask('POST', address, { statusCode: '410', printerMAC: mac }), { status: 200 })
    t.hasStrict(await desk.job(jobId), { state: 'queued', reason: 'no-paper' }, `${other}: paper out is told`)
    t.match(await desk.ask('GET', `${address}?${query}`), { status: 200 })
    t.match(await desk.ask('DELETE', `${address}?${query}&code=%22200%20OK%22`), {
      body: { state: 'confirmed' },
    })
  }
})

t.test('of two printers of one desk only the one that has the slip says how it ended', async (t) => {
  const { desk, star } = await openDesk(t)
  const [one, other] = ['001162000001', '00:11:62:00:00:02']
  const jobId = await desk.print(dossierNo, 2)
  const offered = async (mac: string) =>
    (await desk.ask('POST', address, { statusCode: '200 OK', printerMAC: mac })).body.jobToken as string
  const ask = (method: string, mac: string, token: string, code = '') =>
    desk.ask(method, `${address}?mac=${mac}&token=${token}&code=${encodeURIComponent(code)}`)
  const token = await offered(one)
  t.equal(await offered(other), token, 'both are told of it')
  await ask('DELETE', one, token, '200 OK')
  t.equal(await offered(one), token, 'a copy that nobody has fetched is not out')
  t.match(await ask('GET', one, token), { status: 200 })
  t.match(await ask('GET', other, token), { status: 404 })
  for (const code of ['520 Timeout', '200 OK', '410 Paper out']) {
    t.match(await ask('DELETE', other, token, code), { status: 404, body: { code: 'not-waiting' } })
    t.hasStrict(await desk.job(jobId), { state: 'claimed' }, code)
  }
  t.equal(await offered(one), token, 'the first copy is still in hand')
  t.match(await ask('DELETE', one, token, '200 OK'), { status: 200 })
  const second = await offered(one)
  t.match(await ask('GET', one, second), { status: 200 })
  t.match(await ask('DELETE', one, second, '200 OK'), { body: { state: 'confirmed' } })
  t.match(await ask('DELETE', one, second, '200 OK'), { body: { state: 'confirmed' } }, 'said twice')
  t.match(await ask('DELETE', other, second, '520 Timeout'), { status: 404 })
  t.hasStrict(await desk.job(jobId), { state: 'confirmed' })

  const printers = [star({ mac: one }), star({ mac: other })]
  const jobs = [await desk.print(dossierNo), await desk.print(dossierNo), await desk.print(dossierNo)]
  for (const _ of jobs) await Promise.all(printers.map((printer) => printer.poll()))
  for (const id of jobs) t.hasStrict(await desk.job(id), { state: 'confirmed' })
  t.equal(printers.flatMap(({ prints }) => prints).length, jobs.length, 'each came out once')
})

t.test('a slip is fetched and ended however firmware writes its token and the names around it', async (t) => {
  const { desk } = await openDesk(t)
  const mac = '00:11:62:0A:BC:DE'
  const twice = (token: string) => encodeURIComponent(token.replaceAll('.', '%2E'))
  for (const [label, fetched, ended, end = '', body] of [
    ['in quotes', (token) => `token=%22${token}%22`, (token) => `token=%22${token}%22&code=OK`],
    [
      'in capitals',
      (token) => `token=${token.toUpperCase()}`,
      (token) => `token=${token.toUpperCase()}&code=OK`,
    ],
    ['encoded twice', (token) => `token=${twice(token)}`, (token) => `token=${twice(token)}&code=OK`],
    ['with a blank', (token) => `token=+${token}`, (token) => `token=${token}+&code=OK`],
    ['given twice', (token) => `token=${token}&token=${token}`, (token) => `token=${token}&token=0&code=OK`],
    ['null', () => 'token=null', () => 'token=null&code=OK'],
    ['(null)', () => 'token=(null)', () => 'token=(null)&code=OK'],
    ['names in capitals', (token) => `Token=${token}`, (token) => `Token=${token}&Code=200+OK`],
    [
      'a list of types',
      (token) => `type=image/jpeg,image/png&token=${token}`,
      (token) => `token=${token}&code=OK`,
    ],
    ['a slash behind the address', (token) => `token=${token}`, (token) => `token=${token}&code=OK`, '/'],
    ['a body with the end', (token) => `token=${token}`, (token) => `token=${token}&code=OK`, '', 'code=OK'],
  ] as [string, (token: string) => string, (token: string) => string, string?, string?][]) {
    const jobId = await desk.print(dossierNo)
    const at = address + end
    const { body: told } = await desk.ask('POST', at, { statusCode: '200 OK', printerMAC: mac })
    t.match(await desk.ask('GET', `${at}?mac=${mac}&${fetched(told.jobToken)}`), { status: 200 }, label)
    const answer = await fetch(`${desk.url}${at}?mac=${mac}&${ended(told.jobToken)}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${desk.key}`, ...(body ? { 'content-type': 'text/plain' } : {}) },
      ...(body ? { body } : {}),
    })
    t.equal(answer.status, 200, label)
    t.hasStrict(await desk.job(jobId), { state: 'confirmed' }, label)
  }
  await desk.print(dossierNo)
  t.match(
    await desk.ask('GET', `${address}?token=0123456789ab`),
    { status: 404 },
    "one that is another's is none",
  )
})

t.test('the key as Basic writes it, and asked for where it is missing', async (t) => {
  const { desk } = await openDesk(t)
  const ask = (authorization?: string) =>
    fetch(`${desk.url}${address}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
      body: '{"statusCode":"200 OK"}',
    })
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
  for (const [label, header] of [
    ['as password', basic(`máy in:${desk.key}`)],
    ['as password without a name', basic(`:${desk.key}`)],
    ['as name without a password', basic(`${desk.key}:`)],
    ['with a line end', basic(`printer:${desk.key}\r\n`)],
    [
      'without padding, the scheme in small letters',
      basic(`ab:${desk.key}`).replace('Basic', 'basic').replace(/=+$/, ''),
    ],
  ] as const)
    t.equal((await ask(header)).status, 200, label)
  for (const header of [undefined, basic('printer:wrong'), 'Basic %%%']) {
    const reply = await ask(header)
    t.equal(reply.status, 401)
    t.match(reply.headers.get('www-authenticate'), /^Basic realm=/)
  }
})

for (const [label, code, state] of [
  ['it came out after all', 'OK', 'confirmed'],
  ['it failed', '410 Paper out', 'failed'],
] as const)
  for (const tokens of [true, false])
    t.test(
      `of a slip that waits for paper its printer, with tokens: ${tokens}, says that ${label}`,
      async (t) => {
        const { desk } = await openDesk(t)
        const jobId = await desk.print(dossierNo)
        const poll = (statusCode: string) =>
          desk.ask('POST', address, { statusCode, printerMAC: '001162000001' })
        const { body } = await poll('200 OK')
        const query = `mac=001162000001${tokens ? `&token=${body.jobToken}` : ''}`
        await desk.ask('GET', `${address}?${query}&type=image/png`)
        await poll('410 Paper out')
        t.hasStrict(await desk.job(jobId), { state: 'queued', reason: 'no-paper' })
        await desk.ask('DELETE', `${address}?${query}&code=${encodeURIComponent(code)}`)
        t.hasStrict(await desk.job(jobId), { state })
        t.match(await poll('200 OK'), { body: { jobReady: false } }, 'and is not printed again')
      },
    )

t.test(
  'the first of two copies came out after all: the second alone is printed once there is paper',
  async (t) => {
    const { desk } = await openDesk(t)
    const jobId = await desk.print(dossierNo, 2)
    const poll = (statusCode: string) => desk.ask('POST', address, { statusCode, printerMAC: '001162000001' })
    const { body } = await poll('200 OK')
    const query = (token: string) => `mac=001162000001&token=${token}`
    await desk.ask('GET', `${address}?${query(body.jobToken)}`)
    await poll('410 Paper out')
    await desk.ask('DELETE', `${address}?${query(body.jobToken)}&code=200`)
    t.hasStrict(await desk.job(jobId), { state: 'queued' })
    const { body: next } = await poll('200 OK')
    t.not(next.jobToken, body.jobToken)
    await desk.ask('GET', `${address}?${query(next.jobToken)}`)
    await desk.ask('DELETE', `${address}?${query(next.jobToken)}&code=200`)
    t.hasStrict(await desk.job(jobId), { state: 'confirmed', copies: 2 })
  },
)

t.test('a browser’s cookie opens nothing at this door', async (t) => {
  const { desk } = await openDesk(t)
  const jobId = await desk.print(dossierNo)
  for (const name of ['dossier_desk', '__Host-dossier_desk', 'dossier_desk_quay-1'])
    for (const method of ['GET', 'POST', 'DELETE']) {
      const reply = await fetch(`${desk.url}${address}`, {
        method,
        headers: { cookie: `${name}=${desk.key}`, 'content-type': 'application/json' },
        ...(method === 'POST' ? { body: '{}' } : {}),
      })
      t.equal(reply.status, 401, `${method} ${name}`)
    }
  t.hasStrict(await desk.job(jobId), { state: 'queued' })
})

t.test('a desk whose printer was never heard of says so once, not all the time', async (t) => {
  const { desk } = await openDesk(t)
  const [one, two] = [await desk.view(), await desk.view()]
  t.strictSame(one, two)
  t.hasStrict(one.printer, { state: 'absent', remote: true })
  // A beat is sent every three seconds, the view is looked at twice a second.
  const stop = new AbortController()
  const said: string[] = []
  const poll = () => desk.ask('POST', address, { statusCode: '200 OK', printerMAC: '00:11:62:00:00:01' })
  for await (const { event, data } of desk.events(stop.signal)) {
    said.push(event === 'desk' ? (data as DeskView).printer.state : event)
    if (event === 'beat' && said.length > 4) break
    if (event === 'beat') for (let nth = 0; nth < 5; nth++) await poll()
  }
  stop.abort()
  t.same(said, ['absent', 'beat', 'ready', 'beat', 'beat'], 'an event at each change, not at each poll')
})

t.test(
  'how often a printer polls is learned; one that polls every two minutes is not absent between',
  async (t) => {
    const door = await openDoor(t, await startRedis(t))
    let now = Date.UTC(2026, 0, 5)
    const counter = openMetrics().counter('gateway_print_jobs_total', 'slips', ['desk', 'state'])
    for (const seconds of [2, 10, 120]) {
      const queue = new PrintQueue(door, counter, () => now)
      const desk = `quay-${seconds}`
      const printer = {
        state: 'ready',
        since: now,
        profile: 'star-escpos',
        remote: true,
        canConfirm: true,
      } as const
      const state = async () => (await queue.view(desk, now)).printer?.state
      for (let nth = 0; nth < 4; nth++) {
        await queue.publish(desk, 'star', printer, 'learned')
        now += seconds * 1000 - 1
        t.equal(await state(), 'ready', `every ${seconds} s, just before poll ${nth + 2}`)
        now += 1
      }
      // Slips make it poll at once, time after time; its interval is what it was.
      for (let slip = 0; slip < 6; slip++) {
        await queue.add(desk, 'test', 1, 600_000)
        const job = await queue.claim(desk, 'star')
        now += 700
        await queue.publish(desk, 'star', printer, 'learned')
        await queue.settle(desk, job!.token, 'confirmed', {})
        now += 300
        await queue.publish(desk, 'star', printer, 'learned')
      }
      now += seconds * 1000 - 1
      t.equal(await state(), 'ready', `every ${seconds} s, after a run of slips`)
      now += 1
      await queue.publish(desk, 'star', printer, 'learned')
      now += Math.max(8000, 2 * seconds * 1000 + 5001)
      t.equal(await state(), 'absent', `every ${seconds} s, after twice the interval and 5 s`)
    }
  },
)

for (const [code, state, reason] of [
  ['OK', 'confirmed', undefined],
  ['200', 'confirmed', undefined],
  ['200%20OK', 'confirmed', undefined],
  ['211 Paper low', 'confirmed', undefined],
  ['"200 OK"', 'confirmed', undefined],
  [' ok', 'confirmed', undefined],
  ['410', 'failed', 'no-paper'],
  ['420 Cover open', 'failed', 'cover-open'],
  ['421', 'failed', 'cover-open'],
  ['411 Paper jam', 'failed', 'printer-error'],
  ['510 Incompatible media type', 'failed', 'printer-error'],
  ['520 Timeout', 'failed', 'unavailable'],
  ['', 'failed', 'printer-error'],
] as [string, string, JobFailure | undefined][])
  t.test(`code '${code}' ends a slip as ${state}`, async (t) => {
    t.match(outcomeOfCode(code), reason ? { state, reason } : { state })
  })
for (const [code, state] of [
  ['200 OK', 'ready'],
  ['220 Printing', 'ready'],
  ['211', 'paper-low'],
  ['410 Out of paper', 'no-paper'],
  ['420', 'cover-open'],
  ['411', 'error'],
  ['510', 'error'],
  ['', 'unknown'],
] as [string, PrinterState][])
  t.test(`status code '${code}' is ${state}`, async (t) => t.equal(stateOfCode(code), state))
