// Every change of dossiers is in the audit trail with its real result, even when the sender disconnected before the answer.
import { once } from 'node:events'
import { createConnection } from 'node:net'
import t from 'tap'
import { startGateway } from '../peers/gateway.js'

t.setTimeout(180_000)
const desk = { id: 'quay-1', agency: 'H45.12', name: 'Quầy 1', profile: 'epson-tm-t82' }

interface Entry {
  readonly who: string
  readonly what: string
  readonly on: string
  readonly result: string
}

t.test('every action is recorded, with its count', async (t) => {
  const gateway = await startGateway(t, { desks: [desk], sms: { enabled: false } })
  const make = async (...args: string[]) =>
    JSON.parse((await gateway.command('keys', 'create', ...args, '--json')).stdout) as {
      id: string
      key: string
    }
  const agency = await make('--agency', desk.agency)
  const staff = await make('--desk', desk.id, '--person', 'Đặng Thị Hồng')
  const { hostname, port } = new URL(gateway.http)
  const lineOf = (nth: number) =>
    `${JSON.stringify({
      dossierNo: `H45.12-260401-${String(nth).padStart(4, '0')}`,
      dossierStatus: 'processing',
      eventTime: '2026-04-02T08:00:00+07:00',
    })}\n`
  /** Waits for this many entries of a kind. */
  const entries = async (what: string, count = 1): Promise<Entry[]> => {
    for (;;) {
      const { stdout } = await gateway.command('audit', 'export')
      const all = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Entry)
        .filter((entry) => entry.what === what)
      if (all.length >= count) return all
    }
  }
  /** Sends lines in a chunked body, reads the first results, and disconnects. */
  const hangUp = async (head: string, lines: string) => {
    const socket = createConnection(Number(port), hostname)
    socket.on('error', () => {})
    await once(socket, 'connect')
    socket.write(`${head}transfer-encoding: chunked\r\n\r\n`)
    const body = Buffer.from(lines)
    socket.write(Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')]))
    await once(socket, 'data')
    socket.destroy()
  }

  await t.test('a bulk upload whose sender disconnected', async (t) => {
    const ended = gateway.waitFor('bulk.ended')
    await hangUp(
      `POST /v1/dossiers/bulk HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${agency.key}\r\ncontent-type: application/x-ndjson\r\n`,
      Array.from({ length: 500 }, (_, nth) => lineOf(nth)).join(''),
    )
    const { applied, lines } = await ended
    t.equal(applied, 500, 'what was handed in was applied')
    t.equal(lines, 500)
    const [entry] = await entries('bulk')
    t.match(entry, { who: `key ${agency.id}`, result: 'gone: 500 of 500 applied' })
  })

  await t.test('events, one by one and many', async (t) => {
    const event = (id: string, subject: string, data: object) => ({
      specversion: '1.0',
      type: 'vn.dossier.status.v1',
      source: '/test',
      id,
      subject,
      data,
    })
    const update = { dossierStatus: 'processing', eventTime: '2026-04-02T08:00:00+07:00' }
    const send = (body: object, type: string) =>
      fetch(`${gateway.http}/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${agency.key}`, 'content-type': type },
        body: JSON.stringify(body),
      })
    const one = 'application/cloudevents+json'
    t.equal((await send(event('1', 'H45.12-260402-0001', update), one)).status, 200)
    t.equal((await send(event('2', 'H45.12-260402-0001', { dossierStatus: 'x' }), one)).status, 400)
    const batch = [event('3', 'H45.12-260402-0002', update), event('4', 'Nguyễn Văn A 079301999888', update)]
    t.equal((await send(batch, 'application/cloudevents-batch+json')).status, 200)
    // Another office whose system uses the same event ids.
    const neighbour = await make('--agency', '000.00.15.H45')
    const same = await fetch(`${gateway.http}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${neighbour.key}`, 'content-type': one },
      body: JSON.stringify(event('1', '000.00.15.H45-260402-0001', update)),
    })
    t.match(await same.json(), { applied: true }, 'an event of another key is another event')
    const singles = await entries('dossier.event', 3)
    t.match(singles[0], { who: `key ${agency.id}`, on: 'H45.12-260402-0001', result: 'applied' })
    t.match(singles[1], { on: '', result: /^refused/ })
    t.match(await entries('events'), [{ who: `key ${agency.id}`, on: '', result: '1 of 2 applied' }])
    t.notMatch((await gateway.command('audit', 'export')).stdout, /079301999888|Nguyễn/)
  })

  await t.test('a file at a desk, by the person who handed it in', async (t) => {
    const csv = `Số hồ sơ,Trạng thái,Ngày\n${Array.from({ length: 20 }, (_, nth) => `H45.12-260403-${String(nth).padStart(4, '0')},đang xử lý,03/04/2026`).join('\n')}\n`
    const answer = await fetch(`${gateway.http}/v1/desks/quay-1/import`, {
      method: 'POST',
      headers: { authorization: `Bearer ${staff.key}`, 'content-type': 'text/csv' },
      body: csv,
    })
    const told = await answer.text()
    t.match(told, /"applied":20/, told.slice(0, 500))
    t.match(await entries('import'), [
      { who: 'desk quay-1 (Đặng Thị Hồng)', result: 'complete: 20 of 20 applied' },
    ])
    await fetch(`${gateway.http}/v1/desks/quay-1/preview?number=H45.12-260403-0001`, {
      headers: { authorization: `Bearer ${staff.key}` },
    })
    t.match(await entries('dossier.look'), [
      { who: 'desk quay-1 (Đặng Thị Hồng)', on: 'H45.12-260403-0001', result: 'found' },
    ])
  })

  await t.test('ratings count once a visit, and are rate-limited', async (t) => {
    const kiosk = await make('--kiosk', 'sanh-1')
    const rate = async (visit?: string) =>
      (
        await fetch(`${gateway.http}/v1/kiosk/satisfaction`, {
          method: 'POST',
          headers: {
            cookie: `dossier_kiosk=${kiosk.key}`,
            'content-type': 'application/json',
            ...(visit === undefined ? {} : { 'x-visit': visit }),
          },
          body: JSON.stringify({ agency: 'H45.12', mood: 3 }),
        })
      ).status
    for (let nth = 0; nth < 50; nth++) t.equal(await rate('one-visit'), 204)
    const statuses: number[] = []
    for (let nth = 0; nth < 40; nth++) statuses.push(await rate(`visit-${nth}-of-nobody`))
    t.ok(statuses.filter((status) => status === 204).length <= 22, 'then nobody is there any more')
    t.equal(statuses.at(-1), 429)
    const monitor = await make('--monitor', 'tinh')
    const summary = (await (
      await fetch(`${gateway.http}/v1/monitor/summary`, {
        headers: { authorization: `Bearer ${monitor.key}` },
      })
    ).json()) as { ratings: { agency: string; kiosk?: string; good: number }[] }
    const good = summary.ratings.find(({ kiosk: its }) => its === undefined)!.good
    t.ok(good >= 20 && good <= 22, `${good} of 90 taps count`)
  })
})
