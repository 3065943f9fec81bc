// Stock Star printers: a client written from the guide alone, and what the guide allows clients to do.
import jsqr from 'jsqr'
import { PNG } from 'pngjs'
import t from 'tap'
import { outcomeOfCode, stateOfCode } from '../../src/desk/cloudprnt-codes.js'
import type { JobFailure, PrinterState } from '../../src/desk/contract.js'
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
  for (const [profile, width] of [
    ['star-escpos', 576],
    ['generic-58', 384],
    ['epson-tm-t88', 512],
  ] as const) {
    const { desk, lookupNumber } = await openDesk(t, profile)
    await desk.print(dossierNo)
    const { body } = await desk.ask('POST', address, { statusCode: '200 OK' })
    const reply = await fetch(`${desk.url}${address}?type=image/png&token=${body.jobToken}`, {
      headers: { authorization: `Bearer ${desk.key}` },
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
