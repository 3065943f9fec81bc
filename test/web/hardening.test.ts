// Hostile HTTP requests against the built gateway, over real sockets.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { Agent, createServer, get } from 'node:http'
import { type AddressInfo, createConnection } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { silentLog } from '../../src/log.js'
import { watchConnections } from '../../src/web/listener/connections.js'
import { openListener } from '../../src/web/listener/listener.js'
import { startGateway } from '../peers/gateway.js'

const desk = { id: 'quay-1', agency: '000.00.15.H45', name: 'Quầy 1', profile: 'epson-tm-t82' }
const number = '000.00.15.H45-190521-0003'

/** Writes raw bytes and reads until the other side closes (or `until` matches). */
async function raw(url: string, bytes: string | Buffer, until = /$^/): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = createConnection(Number(port), hostname)
  let answer = ''
  socket.on('error', () => {})
  await once(socket, 'connect')
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1')
      if (until.test(answer)) resolve()
    })
  })
  socket.write(bytes)
  await ended
  socket.destroy()
  return answer
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])

t.test('the public listener', async (t) => {
  const gateway = await startGateway(t, {
    desks: [desk, { ...desk, id: 'quay-2' }],
    http: { host: '127.0.0.1', port: 0, trustProxy: '127.0.0.9' },
  })
  const device = async (...args: string[]) => {
    const { code, stdout, stderr } = await gateway.command('keys', 'create', ...args, '--json')
    if (code !== 0) throw new Error(stderr)
    return JSON.parse(stdout) as { id: string; key: string; link: string }
  }
  const at = (path: string) => `${gateway.http}${path}`
  const agencyKey = await gateway.agencyKey('000.00.15.H45')
  const asAgency = { authorization: `Bearer ${agencyKey}` }
  const update = { dossierStatus: 'processing', eventTime: '2026-11-20T09:00:00+07:00' }
  const put = (body: unknown, headers: Record<string, string> = {}, no = number) =>
    fetch(at(`/v1/dossiers/${no}`), {
      method: 'PUT',
      headers: { 'content-type': 'application/json', ...asAgency, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })

  t.test('every page and every answer has the hardening headers', async (t) => {
    const addresses = [
      '/kiosk/',
      '/desk/',
      '/monitor/',
      '/kiosk/service-worker.js',
      `/v1/status/${number}`,
      '/v1/status/not-a-number',
      '/v1/kiosk/setup',
      '/v1/desks/quay-1',
      `/v1/dossiers/${number}`,
      '/livez',
      '/readyz',
      '/enrol/invented',
      '/no-such-page',
      '/openapi.json',
      '/docs/',
    ]
    for (const address of addresses) {
      const { headers } = await fetch(at(address))
      t.match(headers.get('content-security-policy'), /default-src 'none'/, `${address}: a policy`)
      t.notMatch(
        headers.get('content-security-policy'),
        /upgrade-insecure|https:|validator/,
        `${address}: works over HTTP, and loads nothing of others`,
      )
      t.notMatch(
        headers.get('content-security-policy'),
        /script-src[^;]*'unsafe-(inline|eval)'/,
        `${address}: no inline script`,
      )
      t.equal(headers.get('x-content-type-options'), 'nosniff', `${address}: no sniffing`)
      t.equal(headers.get('x-frame-options'), 'DENY', `${address}: no framing`)
      t.equal(headers.get('referrer-policy'), 'no-referrer', `${address}: no referrer`)
      t.equal(headers.get('cross-origin-resource-policy'), 'same-origin', `${address}: not for others`)
      t.equal(headers.get('access-control-allow-origin'), null, `${address}: no other origin may read`)
      t.equal(
        headers.get('server') ?? headers.get('x-powered-by'),
        null,
        `${address}: says nothing of its make`,
      )
    }
  })

  t.test('a browser leaves the words of a page that changes as they are', async (t) => {
    for (const page of ['/kiosk/', '/desk/', '/monitor/'])
      t.match(await (await fetch(at(page))).text(), /<html [^>]*translate="no"/, page)
  })

  t.test('nothing outside the pages is served: no traversal, no dotfile, no source', async (t) => {
    const paths = [
      '/kiosk/assets/../../../package.json',
      '/kiosk/assets/..%2f..%2f..%2fpackage.json',
      '/kiosk/assets/%2e%2e/%2e%2e/%2e%2e/package.json',
      '/kiosk/assets/..%5c..%5cpackage.json',
      '/kiosk/assets/....//....//package.json',
      '/kiosk/assets/%00',
      '/kiosk/assets/.env',
      '/kiosk/assets/.git/config',
      '/.env',
      '/.git/config',
      '//etc/passwd',
      '/kiosk//../../etc/passwd',
      '/docs/static/..%2f..%2f..%2fpackage.json',
      '/docs/static/.env',
      '/metrics',
    ]
    for (const path of paths) {
      const answer = await raw(gateway.http, `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)
      t.ok([400, 403, 404].includes(statusOf(answer)), `${path}: ${statusOf(answer)}`)
      t.notMatch(
        answer,
        /dossier-gateway"|root:|gateway_|\/(src|dist|node_modules)\//,
        `${path}: nothing is shown`,
      )
    }
    t.equal(
      (await fetch(`${gateway.admin}/metrics`)).status,
      200,
      'metrics stand on the admin listener alone',
    )
    t.equal(
      (await fetch(`${gateway.admin}/v1/status/${number}`)).status,
      404,
      'and answers on the public one alone',
    )
  })

  t.test(
    'a body that is compressed, too large, malformed or of another kind is refused at the door',
    async (t) => {
      // Decompressed, it is larger than any route accepts.
      const bomb = gzipSync(Buffer.alloc(64_000_000, 32))
      // A bulk upload is decompressed and read line by line: this one has a line that is too long, and is reported as that.
      const unpacked: Record<string, number> = { '/v1/dossiers/bulk': 200, '/v1/events': 413 }
      for (const encoding of ['gzip', 'br', 'deflate', 'gzip, identity'])
        for (const [path, type] of [
          ['/v1/dossiers/bulk', 'application/x-ndjson'],
          ['/v1/events', 'application/cloudevents+json'],
          ['/v1/desks/quay-1/receipts', 'application/json'],
          ['/v1/kiosk/heartbeat', 'application/json'],
        ] as const) {
          const answer = await fetch(at(path), {
            method: 'POST',
            headers: { ...asAgency, 'content-type': type, 'content-encoding': encoding },
            body: bomb,
          }).catch(() => undefined) // closed while we were still writing
          const status = encoding === 'gzip' ? (unpacked[path] ?? 415) : 415
          if (answer) t.equal(answer.status, status, `${path} ${encoding}`)
        }
      t.equal(
        (await put(JSON.stringify({ ...update, publicNote: 'x'.repeat(70_000) }))).status,
        413,
        'too large',
      )
      t.equal((await put('{"dossierStatus":')).status, 400, 'half a body')
      t.equal((await put(`${'['.repeat(30_000)}${']'.repeat(30_000)}`)).status, 400, 'nested without end')
      t.equal((await put(update, { 'content-type': 'text/plain' })).status, 415, 'another kind')
      const large = JSON.stringify({ version: 'x'.repeat(2_000_000) })
      const beatAs = (headers: Record<string, string>) =>
        fetch(at('/v1/kiosk/heartbeat'), {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: large,
        })
      t.equal((await beatAs({})).status, 401, 'of strangers nothing is read')
      const { key } = await device('--kiosk', 'sanh-2')
      const beat = await beatAs({ cookie: `dossier_kiosk=${key}` })
      t.equal(beat.status, 413)
      t.match(beat.headers.get('content-type'), 'application/problem+json')
    },
  )

  t.test('excessive headers, URLs and framing are refused', async (t) => {
    const get = (lines: string) =>
      raw(gateway.http, `GET /livez HTTP/1.1\r\nhost: x\r\n${lines}connection: close\r\n\r\n`)
    t.equal(statusOf(await get(`x-big: ${'x'.repeat(20_000)}\r\n`)), 431)
    t.equal(
      statusOf(await raw(gateway.http, `GET /v1/status/${'9'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`)),
      431,
    )
    t.equal(
      statusOf(
        await raw(
          gateway.http,
          `GET /v1/status/${'9'.repeat(600)} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
        ),
      ),
      400,
    )
    t.equal(
      statusOf(await get('content-length: 5\r\ntransfer-encoding: chunked\r\n')),
      400,
      'two framings at once',
    )
    const lines = (count: number) => Array.from({ length: count }, (_, nth) => `x-${nth}: 1\r\n`).join('')
    for (const [label, sent, status] of [
      ['as many headers as there may be', lines(98), 200],
      ['one too many', lines(99), 431],
      ['a thousand', lines(1000), 431],
      ['many of one name', 'cookie: a=1\r\n'.repeat(120), 431],
      ['many without a value', 'a:\r\n'.repeat(500), 431],
      ['a second Host', 'host: y\r\n', 400],
      ['the same Host again', 'Host: x\r\n', 400],
      ['two keys', 'authorization: Bearer a\r\nauthorization: Bearer b\r\n', 400],
      ['two lengths', 'content-length: 0\r\ncontent-length: 0\r\n', 400],
      ['two origins', 'origin: http://x\r\nOrigin: http://x\r\n', 400],
      ['a folded line', 'x: a\r\n b\r\n', 400],
      ['chunks within gzip', 'transfer-encoding: gzip, chunked\r\n', 400],
    ] as const)
      t.equal(statusOf(await get(sent)), status, label)
    for (const host of ['a b', '<script>', 'x/y', 'me@x', 'ü', '"x"'])
      t.equal(
        statusOf(
          await raw(gateway.http, `GET /livez HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`),
        ),
        400,
        `Host ${host}`,
      )
    for (const host of ['x', 'hoso.example.vn:8443', '[::1]:8080', '10.0.0.1', ''])
      t.equal(
        statusOf(
          await raw(gateway.http, `GET /livez HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`),
        ),
        200,
        `Host ${host}`,
      )
    t.equal(
      statusOf(await raw(gateway.http, 'GET * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')),
      400,
      'the whole server is no page',
    )
    const nobodys = await raw(gateway.http, 'GET /livez HTTP/1.1\r\nconnection: close\r\n\r\n')
    t.match(nobodys, /^HTTP\/1\.1 400 .*problem\+json.*"malformed-request"/s, 'no Host')
    t.equal(statusOf(await raw(gateway.http, 'GET /livez HTTP/1.0\r\n\r\n')), 200, 'HTTP/1.0 needs none')
    const malformed = await get('x y: 1\r\n')
    t.equal(statusOf(malformed), 400, 'a header that is none')
    const large = await get(`x-big: ${'x'.repeat(20_000)}\r\n`)
    for (const [answer, status, code] of [
      [malformed, 400, 'malformed-request'],
      [large, 431, 'headers-too-large'],
    ] as const) {
      const [head = '', body = ''] = answer.split('\r\n\r\n')
      t.match(
        head,
        /^content-type: application\/problem\+json$/m,
        'what never became a request is told as a problem too',
      )
      t.match(head, /^x-content-type-options: nosniff$/m)
      const problem = JSON.parse(body) as Record<string, unknown>
      t.match(problem, { type: `urn:dossier-gateway:problem:${code}`, status, code, title: String })
      t.match(head, new RegExp(`^x-request-id: ${problem.instance}$`, 'm'))
    }
    for (const [label, sent, status] of [
      ['an expectation that nobody knows', `GET /livez HTTP/1.1\r\nhost: x\r\nexpect: 200-ok\r\n\r\n`, 417],
      ['a tunnel', `CONNECT hoso.example.vn:443 HTTP/1.1\r\nhost: x\r\n\r\n`, 404],
      [
        // An HTTP/1.0 proxy sees the second request as the body of the first.
        'chunks in HTTP/1.0',
        `POST /v1/status HTTP/1.0\r\nconnection: keep-alive\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /livez HTTP/1.0\r\n\r\n`,
        400,
      ],
    ] as const) {
      const answer = await raw(gateway.http, sent)
      t.equal(statusOf(answer), status, label)
      t.match(answer, /^content-type: application\/problem\+json(;.*)?\r$/m, label)
      t.match(answer, /^x-content-type-options: nosniff\r$/m, label)
      t.equal(answer.match(/HTTP\/1\.1 \d/g)?.length, 1, `${label}: nothing behind it is a request`)
    }
    t.equal(statusOf(await get('content-encoding: Identity\r\n')), 200, 'no encoding, by its name')
    t.equal(statusOf(await get('x-nul: a\0b\r\n')), 400, 'a zero byte')
    t.equal(
      statusOf(
        await raw(gateway.http, 'GET /v1/status/%ff%fe HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'),
      ),
      400,
    )
    t.equal(
      statusOf(await raw(gateway.http, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03')),
      400,
      'TLS spoken to a plain port',
    )
    const echoed = await get('x-request-id: \x1b[31mred"}\r\n')
    t.notMatch(echoed, /\x1b|red/, 'a request id that a log would stumble over is replaced')
    t.match(await get('x-request-id: abc-1\r\n'), /x-request-id: abc-1\r/)
  })

  t.test('a method that an address does not take is told with those it takes', async (t) => {
    for (const [method, path, allow] of [
      ['POST', '/livez', 'GET, HEAD'],
      ['DELETE', `/v1/status/${number}`, 'GET, HEAD'],
      ['GET', '/v1/status', 'POST'],
      ['PATCH', `/v1/dossiers/${number}`, 'DELETE, GET, HEAD, PUT'],
      [
        'PATCH',
        `http://x/v1/dossiers/${encodeURIComponent('H45.12/240823-0001')}?a=/b`,
        'DELETE, GET, HEAD, PUT',
      ],
      ['OPTIONS', '/v1/events', 'POST'],
      ['PUT', '/v1/dossiers/bulk', 'DELETE, GET, HEAD, POST, PUT'],
      ['TRACE', '/%6civez', 'GET, HEAD'],
      ['PUT', '/v1/desks/quay-1/receipts', 'POST'],
      ['HEAD', '/v1/sms/nobody', 'GET, POST'],
      ['POST', '/kiosk/assets/any.js', 'GET, HEAD'],
      ['PUT', '/nowhere', undefined],
      ['POST', '/v1/desks/a/b/c/receipts', undefined],
      ['POST', '/LIVEZ', undefined],
      ['POST', '/livez/', undefined],
      ['POST', '/%', undefined],
      ['OPTIONS', '*', undefined],
    ] as const) {
      const answer = await raw(
        gateway.http,
        `${method} ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
      )
      const label = `${method} ${path}`
      if (path !== '/v1/dossiers/bulk' && path !== '/%')
        t.equal(statusOf(answer), allow === undefined ? 404 : 405, label)
      if (statusOf(answer) === 405) t.match(answer, new RegExp(`^allow: ${allow}\\r$`, 'm'), label)
    }
    const scrape = await fetch(`${gateway.admin}/metrics`, { method: 'POST' })
    t.equal(scrape.status, 405, 'on the admin listener, too')
    const guess = await fetch(`${gateway.admin}/v1/operator/reload`)
    t.equal(guess.status, 401, 'operator routes are told to operators alone')
  })

  t.test('what is no request does not become part of the answer before it', async (t) => {
    const line = JSON.stringify({ dossierNo: `${number}9`, ...update })
    const socket = createConnection(Number(new URL(gateway.http).port), '127.0.0.1')
    const closed = once(socket, 'close')
    let answer = ''
    socket.on('data', (chunk: Buffer) => {
      const before = answer
      answer += chunk.toString('latin1')
      // The first line is reported; what comes next should be the length of a chunk.
      if (!before.includes('"line":1') && answer.includes('"line":1')) socket.write('no length\r\n')
    })
    socket.write(
      `POST /v1/dossiers/bulk HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${agencyKey}\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n${(line.length + 1).toString(16)}\r\n${line}\n\r\n`,
    )
    await closed
    t.match(answer, /^HTTP\/1\.1 200 .*"line":1/s)
    t.notMatch(answer, /HTTP\/1\.1 400|"malformed-request"/)
  })

  t.test('who expects to be told to continue is told so once the key is known', async (t) => {
    const head = (key: string, length: number) =>
      `PUT /v1/dossiers/${number} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: ${length}\r\n\r\n`
    const none = `dgw_${'0'.repeat(12)}_${'A'.repeat(43)}`
    t.equal(statusOf(await raw(gateway.http, head(none, 60_000))), 401, 'a stranger is not asked for a body')
    t.equal(statusOf(await raw(gateway.http, head(agencyKey, 600_000))), 413, 'nor for one that is too large')
    t.match(await raw(gateway.http, head(agencyKey, 100), /\r\n\r\n/), /^HTTP\/1\.1 100 Continue\r\n\r\n$/)
  })

  t.test('a connection that pipelines without reading is closed; answers are cached', async (t) => {
    const ask = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`
    const last = 'GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'
    const answersTo = async (bytes: string) =>
      (await raw(gateway.http, bytes)).match(/HTTP\/1\.1 \d{3}/g)?.length ?? 0
    t.equal(await answersTo(ask('/livez').repeat(100) + last), 101, 'some at once are answered, in order')
    for (const path of ['/livez', '/openapi.json', `/v1/status/${number}`, '/no-such-page'])
      t.ok((await answersTo(ask(path).repeat(2000) + last)) <= 129, `two thousand of ${path}`)
    t.equal((await fetch(at('/docs/yaml'))).status, 404)
    t.equal(
      await (await fetch(at('/docs/json'))).text(),
      await (await fetch(at('/openapi.json'))).text(),
      'the page reads what is downloaded',
    )
  })

  t.test('JavaScript property names such as __proto__ are ordinary keys in a body', async (t) => {
    const bodies = [
      '{"__proto__":{"agencies":["*"],"isAdmin":true},"dossierStatus":"processing","eventTime":"2026-11-20T09:00:00+07:00"}',
      '{"constructor":{"prototype":{"isAdmin":true}},"dossierStatus":"processing","eventTime":"2026-11-20T09:00:00+07:00"}',
      '{"dossierStatus":"__proto__","eventTime":"2026-11-20T09:00:00+07:00"}',
      '{"dossierStatus":"constructor","eventTime":"2026-11-20T09:00:00+07:00"}',
      '{"dossierStatus":"toString","eventTime":"2026-11-20T09:00:00+07:00"}',
    ]
    for (const body of bodies) {
      const answer = await put(body)
      t.equal(answer.status, 400, body.slice(0, 40))
      t.match(answer.headers.get('content-type'), 'application/problem+json')
    }
    for (const lang of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
      t.equal((await fetch(at(`/v1/status/${number}?lang=${lang}`))).status, 404, `lang=${lang}`)
    t.equal((await fetch(at(`/v1/status/${number}?lang=vi&lang=en&__proto__[x]=1`))).status, 404)
    t.equal((await fetch(at('/v1/desks/__proto__'), { headers: asAgency })).status, 401)
  })

  t.test(
    'a page of another site cannot write with a cookie, and a stolen token reaches its own desk alone',
    async (t) => {
      const one = await device('--desk', 'quay-1')
      const cookie = `dossier_desk=${one.key}`
      t.equal((await put(update)).status, 200)
      const print = (desk: string, headers: Record<string, string>) =>
        fetch(at(`/v1/desks/${desk}/receipts`), {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify({ dossierNo: number }),
        })
      for (const headers of [
        { cookie, 'sec-fetch-site': 'cross-site' },
        { cookie, 'sec-fetch-site': 'same-site' },
        { cookie, origin: 'https://evil.example' },
        { cookie, origin: 'null' },
      ] as Record<string, string>[]) {
        const { cookie: _, ...told } = headers
        t.equal((await print('quay-1', headers)).status, 403, JSON.stringify(told))
      }
      t.equal((await print('quay-1', { cookie, origin: gateway.http })).status, 202, 'our own page may')
      t.equal((await print('quay-1', { authorization: `Bearer ${one.key}` })).status, 202)

      const asDesk = { authorization: `Bearer ${one.key}` }
      const reach: [method: string, path: string, body?: string][] = [
        ['GET', '/v1/desks/quay-2'],
        ['POST', '/v1/desks/quay-2/receipts', JSON.stringify({ dossierNo: number })],
        ['GET', '/v1/desks/quay-2/events'],
        ['GET', '/v1/desks/quay-2/receipts/1'],
        ['GET', `/v1/desks/quay-2/preview?number=${number}`],
        ['GET', `/v1/dossiers/${number}`],
        ['PUT', `/v1/dossiers/${number}`, JSON.stringify(update)],
        ['DELETE', `/v1/dossiers/${number}`],
        ['POST', '/v1/kiosk/satisfaction', JSON.stringify({ agency: '000.00.15.H45', mood: 3 })],
        ['POST', '/v1/kiosk/heartbeat', JSON.stringify({ version: '1' })],
        ['GET', '/v1/monitor'],
      ]
      const kiosk = await device('--kiosk', 'sanh-1')
      for (const [name, headers] of [
        ['desk', asDesk],
        ['kiosk', { authorization: `Bearer ${kiosk.key}` }],
      ] as const)
        for (const [method, path, body] of reach) {
          if (name === 'kiosk' && path.startsWith('/v1/kiosk/')) continue
          const answer = await fetch(at(path), {
            method,
            headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
            ...(body ? { body } : {}),
          })
          t.ok([401, 403, 404].includes(answer.status), `${name}: ${method} ${path} ${answer.status}`)
          await answer.body?.cancel()
        }

      t.equal((await fetch(at('/v1/desks/quay-1'), { headers: asDesk })).status, 200)
      t.equal((await gateway.command('keys', 'revoke', one.id)).code, 0)
      for (;;) {
        // A gateway caches a key for at most a second (access/keys.ts).
        const { status } = await fetch(at('/v1/desks/quay-1'), { headers: asDesk })
        if (status === 401) break
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      t.pass('and is worth nothing soon after it was revoked')
    },
  )

  t.test('event streams are bounded for each key', async (t) => {
    const { key } = await device('--desk', 'quay-2')
    const stop = new AbortController()
    t.teardown(() => stop.abort())
    const headers = { authorization: `Bearer ${key}`, accept: 'text/event-stream' }
    const open = () => fetch(at('/v1/desks/quay-2/events'), { headers, signal: stop.signal })
    const answers = await Promise.all(Array.from({ length: 60 }, open))
    t.same(answers.map(({ status }) => status).sort(), [...Array(50).fill(200), ...Array(10).fill(429)])
    t.equal(
      (await fetch(at('/v1/desks/quay-2'), { headers: asDeskOnly(key) })).status,
      200,
      'other requests go on',
    )
    const head = await fetch(at('/v1/desks/quay-2/events'), { method: 'HEAD', headers, signal: stop.signal })
    t.equal(head.status, 405, 'what has no end has no HEAD')
    stop.abort()
    const again = new AbortController()
    t.teardown(() => again.abort())
    for (;;) {
      const { status } = await fetch(at('/v1/desks/quay-2/events'), { headers, signal: again.signal })
      if (status === 200) break
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    t.pass('closed streams give their places back')
  })

  t.test('X-Forwarded-For is trusted only from the configured proxy', async (t) => {
    // 60 unknown numbers from one peer that claims another address each time: if trusted, none would be withheld.
    const statuses: number[] = []
    for (let nth = 0; nth < 60; nth++) {
      const { status } = await fetch(at(`/v1/status/000.00.15.H45-200101-${1000 + nth}`), {
        headers: { 'x-forwarded-for': `10.0.0.${nth}` },
      })
      statuses.push(status)
      if (status === 429) break
    }
    t.ok(statuses.includes(429), `withheld after ${statuses.length}`)
  })

  t.test('guessing keys or enrolment codes is rate-limited', async (t) => {
    let status = 0
    for (let nth = 0; nth < 40 && status !== 429; nth++) {
      const code = `${'A'.repeat(22)}${String(nth).padStart(2, '0')}`
      ;({ status } = await fetch(at(`/enrol/${code}`), { redirect: 'manual' }))
    }
    t.equal(status, 429, 'codes')
    const page = await fetch(at(`/enrol/${'A'.repeat(24)}`), { headers: { accept: 'text/html' } })
    t.equal(page.status, 429)
    t.match(await page.text(), /<h1>Xin thử lại sau/, 'a person is not shown JSON')
    for (let nth = 0; nth < 60 && (status !== 401 || nth < 59); nth++) {
      const key = `dgw_${String(nth).padStart(12, '0')}_${'A'.repeat(43)}`
      ;({ status } = await fetch(at(`/v1/dossiers/${number}`), {
        headers: { authorization: `Bearer ${key}` },
      }))
      if (status === 429) break
    }
    t.equal(status, 429, 'keys')
  })

  t.test('after all of them the listener still answers', async (t) => {
    t.equal((await fetch(at('/livez'))).status, 200)
    t.notMatch(gateway.output, /"level":"(error|fatal)"/, 'nothing of this was our own mistake')
  })
})

t.test('clients are told to close only once nobody can connect anew', async (t) => {
  const server = openListener({ http: { host: '127.0.0.1', port: 0, trustProxy: false } }, silentLog)
  const early: number[] = []
  let answered = 0
  server.addHook('onSend', async (_request, reply) => {
    answered++
    const says = reply.getHeader('connection') ?? reply.raw.getHeader('connection')
    if (says === 'close' && server.server.listening) early.push(answered)
  })
  server.get('/x', async () => 'x')
  const url = await server.listen({ port: 0, host: '127.0.0.1' })
  // Ten clients that ask again as soon as they are answered, on one connection each.
  const agent = new Agent({ keepAlive: true, maxSockets: 10 })
  t.teardown(() => agent.destroy())
  const ask = () =>
    new Promise<string>((resolve) => {
      get(`${url}/x`, { agent }, (answer) => answer.resume().once('end', () => resolve('answered'))).once(
        'error',
        (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message),
      )
    })
  const client = async () => {
    for (;;) {
      const end = await ask()
      if (end !== 'answered') return end
    }
  }
  await Promise.all(Array.from({ length: 10 }, ask))
  const clients = Promise.all(Array.from({ length: 10 }, client))
  await server.close()
  t.strictSame(early, [])
  await clients
})

t.test('slowloris: slow headers and slow bodies end with 408', async (t) => {
  const server = openListener({ http: { host: '127.0.0.1', port: 0, trustProxy: false } }, silentLog, {
    headersMs: 300,
    bodyMs: 300,
  })
  t.teardown(() => server.close())
  server.post('/echo', async (request) => request.body)
  const url = await server.listen({ port: 0, host: '127.0.0.1' })
  t.equal(statusOf(await raw(url, 'GET / HTTP/1.1\r\nhost: x\r\nx-slow: ')), 408, 'headers never end')
  const head = 'POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n'
  t.equal(statusOf(await raw(url, `${head}content-length: 100\r\n\r\n{"a":`)), 408, 'a body never ends')
  t.equal(
    statusOf(await raw(url, `${head}transfer-encoding: chunked\r\n\r\n5\r\n{"a":\r\n`)),
    408,
    'in chunks neither',
  )
})

t.test('a request behind a 408 on its connection has no effect', async (t) => {
  const server = openListener({ http: { host: '127.0.0.1', port: 0, trustProxy: false } }, silentLog, {
    headersMs: 300,
  })
  t.teardown(() => server.close())
  const outcome = new Promise((resolve) => {
    server.post('/echo', async () => resolve('taken'))
    server.server.on('request', ({ socket }) => socket.once('close', () => resolve('closed')))
  })
  await server.listen({ port: 0, host: '127.0.0.1' })
  const { port } = server.server.address() as AddressInfo
  // A client that opened it in advance, was busy, and has not read the 408 when it sends its first request.
  const socket = createConnection({ port, host: '127.0.0.1', allowHalfOpen: true })
  t.teardown(() => socket.destroy())
  const [answer] = await once(socket, 'data')
  t.equal(statusOf(String(answer)), 408)
  socket.write(
    'POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}',
  )
  t.equal(await outcome, 'closed')
})

t.test('slowloris: half a TLS handshake ends, too', async (t) => {
  const [certFile, keyFile] = [join(t.testdir(), 'cert.pem'), join(t.testdir(), 'key.pem')]
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  execFileSync('openssl', [...made, '-subj', '/CN=localhost', '-keyout', keyFile, '-out', certFile], {
    stdio: 'ignore',
  })
  const http = { host: '127.0.0.1', port: 0, trustProxy: false, tls: { certFile, keyFile } }
  const server = openListener({ http }, silentLog, { headersMs: 300 })
  t.teardown(() => server.close())
  const url = await server.listen({ port: 0, host: '127.0.0.1' })
  for (const bytes of ['', '\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03'])
    t.equal(await raw(url, Buffer.from(bytes, 'latin1')), '', `${bytes.length} bytes of it`)
})

const asDeskOnly = (key: string) => ({ authorization: `Bearer ${key}` })

t.test(
  'beyond the most connections, the oldest idle one of the network that has most is closed',
  async (t) => {
    const server = createServer((request, answer) => {
      if (request.url === '/') answer.end()
    })
    watchConnections(server, 4)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => server.close().closeAllConnections())
    const { port } = server.address() as AddressInfo
    const open = async (localAddress: string, bytes: string) => {
      const socket = createConnection({ port, host: '127.0.0.1', localAddress })
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
      socket.on('error', () => {}).resume()
      t.teardown(() => socket.destroy())
      const seen = once(server, 'connection')
      await seen
      socket.write(bytes)
      return { socket, closed }
    }
    const ask = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`
    const asked = once(server, 'request')
    const waiting = await open('127.0.0.1', ask('/slow'))
    await asked
    const other = await open('127.0.0.2', '')
    const half = await open('127.0.0.1', 'GET / HTTP/1.1\r\nhost: x\r\nx-half: ')
    await open('127.0.0.1', '')
    const third = await open('127.0.0.1', '')
    await half.closed
    await open('127.0.0.1', ask('/'))
    t.notOk(third.socket.destroyed, 'the oldest goes first')
    t.notOk(waiting.socket.destroyed, 'one that waits for its answer stays')
    t.notOk(other.socket.destroyed, 'and so does another network')
  },
)
