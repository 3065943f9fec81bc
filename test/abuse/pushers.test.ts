// Agencies' systems that misbehave with a valid key: each request is answered with what is wrong, other senders are answered
// meanwhile, and nothing is stored that should not be. The longest wait of the others is printed.
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { startGateway } from '../peers/gateway.js'
import { type Stall, watchStalls } from '../peers/stall-watch.js'

const agency = 'H15.50'
const numberOf = (nth: number) => `H15.50-261105-${String(nth).padStart(4, '0')}`
const good = (nth: number) => ({
  dossierNo: numberOf(nth),
  dossierStatus: 'processing',
  eventTime: '2026-11-05T08:00:00+07:00',
})
const mebibyte = 1024 * 1024

t.setTimeout(720_000)

t.test('twenty-four ways of pushing, careless and hostile', async (t) => {
  const gateway = await startGateway(t, { sms: { enabled: false } })
  const key = await gateway.agencyKey(agency)
  const headers = { authorization: `Bearer ${key}` }
  /** The status it is answered with; 0 when the line was cut. */
  const send = (method: string, path: string, body: string | Buffer, more: Record<string, string> = {}) =>
    fetch(gateway.http + path, { method, body, headers: { ...headers, ...more } }).then(
      async (answer) => {
        await answer.text()
        return answer.status
      },
      () => 0,
    )
  const json = { 'content-type': 'application/json' }
  const put = (body: string | Buffer, path = `/v1/dossiers/${numberOf(1)}`) => send('PUT', path, body, json)
  const bulk = (body: string | Buffer, more: Record<string, string> = {}) =>
    send('POST', '/v1/dossiers/bulk', body, { 'content-type': 'application/x-ndjson', ...more })
  const events = (body: string, more: Record<string, string>) => send('POST', '/v1/events', body, more)
  /** Bytes as they are on a line of their own; resolves when it is closed by either side. */
  const raw = (pieces: readonly string[], pauseMs = 0) =>
    new Promise<number>((resolve) => {
      const { hostname, port } = new URL(gateway.http)
      let answer = ''
      const line = connect(Number(port), hostname, async () => {
        for (const piece of pieces) {
          line.write(piece)
          if (pauseMs > 0) await new Promise((next) => setTimeout(next, pauseMs))
        }
        // Node does not answer a client that hangs up first: after a whole request, wait for the server to close.
        if (pauseMs === 0) line.end()
      })
      line.on('data', (chunk) => (answer += chunk.toString('latin1')))
      line.on('error', () => {})
      line.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)))
    })
  const head = (method: string, path: string, more: string) =>
    `${method} ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nConnection: close\r\n${more}\r\n`
  const line = (nth: number) => `${JSON.stringify(good(nth))}\n`
  const event = (nth: number, changes: object = {}) => ({
    specversion: '1.0',
    id: String(nth),
    source: '/x',
    type: 'vn.dossier.status.v1',
    subject: numberOf(nth),
    data: good(nth),
    ...changes,
  })

  const manners: readonly [label: string, run: () => Promise<number | number[]>, statuses: number[]][] = [
    ['bulk: 2 MiB of lines that are no JSON', () => bulk('x\n'.repeat(mebibyte)), [200]],
    ['bulk: one line of 15 MiB', () => bulk(`{"a":"${'x'.repeat(15 * mebibyte)}"}\n`), [200, 413]],
    ['bulk: a million empty lines', () => bulk('\n'.repeat(mebibyte)), [200]],
    ['bulk: the same line 20,000 times', () => bulk(line(2).repeat(20_000)), [200]],
    ['bulk: a line of 60,000 brackets', () => bulk(`${'['.repeat(60_000)}\n${line(3)}`), [200]],
    ['bulk: NULs and halves of characters', () => bulk(Buffer.alloc(mebibyte, '\0\xff\n', 'latin1')), [200]],
    [
      'bulk: 20,000 lines of another agency',
      () => bulk(line(4).replace('H15.50', 'H15.01').repeat(20_000)),
      [200],
    ],
    [
      'bulk: packed, unfolding to 64 MiB of blanks',
      () => bulk(gzipSync(Buffer.alloc(64 * mebibyte, ' ')), { 'content-encoding': 'gzip' }),
      [200, 400, 413],
    ],
    [
      'bulk: packed, and broken',
      () => bulk(gzipSync(line(5).repeat(1000)).subarray(0, 60), { 'content-encoding': 'gzip' }),
      [0, 200, 400],
    ],
    [
      'bulk: hung up in the middle of a line',
      () =>
        raw([
          head('POST', '/v1/dossiers/bulk', 'Content-Type: application/x-ndjson\r\nContent-Length: 5000\r\n'),
          line(6),
          line(7).slice(0, 30),
        ]),
      [0, 200, 400, 408],
    ],
    [
      'bulk: a byte at a time',
      () =>
        raw(
          [
            head(
              'POST',
              '/v1/dossiers/bulk',
              `Content-Type: application/x-ndjson\r\nContent-Length: ${line(8).length}\r\n`,
            ),
            ...line(8),
          ],
          5,
        ),
      [200],
    ],
    [
      'bulk: chunks with a size that is none',
      () =>
        raw([
          head(
            'POST',
            '/v1/dossiers/bulk',
            'Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n',
          ),
          'zz\r\n{}\r\n0\r\n\r\n',
        ]),
      [0, 400],
    ],
    [
      'put: brackets within brackets',
      () => put(`{"procedure":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`),
      [400, 413],
    ],
    [
      'put: a note of 900 KiB',
      () => put(JSON.stringify({ ...good(1), publicNote: 'é'.repeat(400_000) })),
      [400, 413],
    ],
    [
      'put: 20,000 fields nobody knows',
      () => put(JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`f${n}`, n])))),
      [400, 413],
    ],
    [
      'put: the prototype of everything',
      () => put('{"__proto__":{"dossierStatus":"finished"},"constructor":{"prototype":{}}}'),
      [400],
    ],
    [
      'put: numbers beyond numbers',
      () =>
        put(
          '{"dossierStatus":4,"eventTime":"2026-11-05T08:00:00+07:00","version":1e400,"fee":{"amount":-0,"paid":1}}',
        ),
      [400],
    ],
    [
      'put: bytes that are no UTF-8',
      () => put(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])),
      [400],
    ],
    [
      'put: more promised than sent',
      () =>
        raw([
          head(
            'PUT',
            `/v1/dossiers/${numberOf(9)}`,
            'Content-Type: application/json\r\nContent-Length: 5000\r\n',
          ),
          JSON.stringify(good(9)),
        ]),
      [0, 400, 408],
    ],
    [
      'put: an address of 7,000 letters',
      () => put(JSON.stringify(good(1)), `/v1/dossiers/${'H'.repeat(7000)}`),
      [400, 404, 414],
    ],
    [
      'put: 300 at once of one dossier',
      async () => [
        ...new Set(
          await Promise.all(
            Array.from({ length: 300 }, (_, n) =>
              put(JSON.stringify({ ...good(10), version: n }), `/v1/dossiers/${numberOf(10)}`),
            ),
          ),
        ),
      ],
      [200, 429],
    ],
    [
      'events: a thousand of which each is wrong',
      () =>
        events(JSON.stringify(Array.from({ length: 1000 }, (_, n) => event(n, { subject: '<script>' }))), {
          'content-type': 'application/cloudevents-batch+json',
        }),
      [200, 413],
    ],
    [
      'events: a subject, an address and a body that disagree',
      () =>
        events(JSON.stringify(event(11, { subject: numberOf(12) })), {
          'content-type': 'application/cloudevents+json',
        }),
      [400, 422],
    ],
    [
      'events: binary, with headers of 6,000 letters',
      () =>
        events(JSON.stringify(good(13)), {
          'content-type': 'application/json',
          'ce-specversion': '1.0',
          'ce-type': 'vn.dossier.status.v1',
          'ce-source': 'x'.repeat(6000),
          'ce-id': '1',
          'ce-subject': numberOf(13),
        }),
      [400, 431],
    ],
  ]
  t.equal(manners.length, 24)

  const { pid } = gateway
  const told: string[] = []
  let worst: { label: string; stall: Stall } | undefined
  for (const [label, run, statuses] of manners) {
    let came: number[] = []
    const stall = await watchStalls(gateway.http, pid, async () => {
      came = [await run()].flat()
    })
    t.same(
      came.filter((status) => !statuses.includes(status)),
      [],
      `${label}: ${came}`,
    )
    t.ok(stall.answers > 0, `${label}: others were answered`)
    told.push(
      `${label}: ${came}; longest silence ${Math.round(stall.longestMs)} ms, +${Math.round(stall.risenMiB)} MiB`,
    )
    if (!worst || stall.longestMs > worst.stall.longestMs) worst = { label, stall }
  }
  for (const one of told) t.comment(one)
  t.comment(`the longest of all: ${Math.round(worst!.stall.longestMs)} ms, ${worst!.label}`)

  t.equal(await put(JSON.stringify(good(1))), 200, 'who behaves is served by the same process')
  t.equal(gateway.pid, pid)
  const kept = async (nth: number) =>
    (await fetch(`${gateway.http}/v1/dossiers/${numberOf(nth)}`, { headers })).status
  t.equal(await kept(9), 404, 'half a body is no update')
  t.equal(await kept(7), 404, 'half a line is no update')
  t.equal(await kept(8), 200, 'a slow line is one')
  t.equal(await kept(11), 404)
  t.equal(await kept(12), 404)
})
