// The description of the HTTP interface against the built gateway: it is valid, its examples run, a client whose types are
// made from it compiles and works, and every answer it describes was sent and had the form it says.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import createClient from 'openapi-fetch'
import t, { type Test } from 'tap'
import { type ApiDocument, apiTypes } from '../../scripts/api-types.js'
import { openIdempotency } from '../../src/agency/idempotency.js'
import type { DeskView, Job, SlipPreview } from '../../src/desk/contract.js'
import type { Answer } from '../../src/kiosk/contract.js'
import { silentLog } from '../../src/log.js'
import { openMetrics } from '../../src/metrics.js'
import type { MonitorSummary, PublicStatus } from '../../src/monitor/contract.js'
import { openRedis } from '../../src/redis/connection.js'
import type { paths } from '../fixtures/api.js'
import { startFakeSmsc } from '../peers/fake-smsc.js'
import { startGateway } from '../peers/gateway.js'
import { startRedis } from '../peers/redis.js'
import { until } from '../sms/room.js'

t.setTimeout(1_080_000)

const agency = '000.00.15.H45'
const number = '000.00.15.H45-190521-0003'
const foreign = 'H45.12-240823-0001'
const update = { dossierStatus: 'processing', eventTime: '2026-11-20T09:00:00+07:00' } as const
const sandbox = (sequence: string) => `000.00.00.X00-260101-${sequence}`
const typesFile = new URL('../fixtures/api.ts', import.meta.url)

type Described = ApiDocument & {
  openapi: string
  info: { description: string }
  paths: Record<string, Record<string, { responses: Record<string, { headers?: Record<string, unknown> }> }>>
}

/** A gateway with one desk, a Redis of its own, and a key for everyone. */
async function openOffice(t: Test) {
  const redis = await startRedis(t)
  const smsc = await startFakeSmsc()
  t.teardown(() => smsc.close())
  const gateway = await startGateway(t, {
    redis: { url: `unix://${redis.socket}`, durability: 'strict' },
    sms: {
      links: [{ name: 'sim', host: '127.0.0.1', port: smsc.port, password: 'secret', shortCode: '8188' }],
    },
    http: { host: '127.0.0.1', port: 0, trustProxy: '127.0.0.1' },
    sandbox: true,
    desks: [
      { id: 'quay-1', agency, name: 'Quầy 1', profile: 'epson-tm-t82' },
      { id: 'quay-2', agency, name: 'Quầy 2', printer: { path: '/dev/nowhere', profile: 'epson-tm-t82' } },
    ],
  })
  const make = async (...words: string[]) => {
    const { code, stdout, stderr } = await gateway.command('keys', 'create', ...words, '--json')
    if (code !== 0) throw new Error(stderr)
    return JSON.parse(stdout) as { id: string; key: string }
  }
  const document = (await (await fetch(`${gateway.http}/openapi.json`)).json()) as Described
  return {
    redis,
    smsc,
    gateway,
    document,
    agencyKey: await make('--agency', agency),
    deskKey: (await make('--desk', 'quay-1')).key,
    unusedKey: (await make('--desk', 'quay-1')).key,
    deskTwoKey: (await make('--desk', 'quay-2')).key,
    monitorKey: (await make('--monitor', 'leaders')).key,
    agencyMonitorKey: (await make('--monitor', 'ward', '--agency', agency)).key,
    unusedMonitorKey: (await make('--monitor', 'leaders')).key,
  }
}

t.test('the OpenAPI document', async (t) => {
  const { gateway, document, agencyKey, deskKey, monitorKey } = await openOffice(t)

  await t.test('is valid OpenAPI 3.1, without a complaint of a linter', async (t) => {
    const validated = await new Validator().validate(structuredClone(document) as never)
    t.same(validated.errors ?? [], [])
    t.equal(validated.valid, true)
    t.equal(document.openapi, '3.1.0')
    const config = await createConfig({ extends: ['recommended'] })
    const source = JSON.stringify(document)
    const problems = await lintFromString({ source, absoluteRef: 'openapi.json', config })
    t.same(
      problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer]),
      [],
      'redocly, recommended rules',
    )
  })

  await t.test('has examples that run as they stand there', async (t) => {
    const [, block = ''] = /```sh\n([\s\S]*?)```/.exec(document.info.description) ?? []
    const commands = block
      .split('\n')
      .filter((line) => line.startsWith('curl'))
      .map((line) => line.replace(/\s+#.*$/, ''))
    t.equal(commands.length, 6)
    for (const command of commands) {
      const child = spawn('bash', ['-c', command], { env: { ...process.env, GATEWAY: gateway.http } })
      let said = ''
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString()
      })
      const [code] = (await once(child, 'close')) as [number]
      t.equal(code, 0, command)
      const expected = /-(\d{4})["?]/.exec(command)![1]!
      const isFound = expected === '0004' || expected === '0200'
      t.match(said, isFound ? /"dossierStatus":"processing"/ : /application\/problem\+json/, command)
    }
  })

  await t.test('gives types that a client compiles with, and the client works', async (t) => {
    t.equal(
      readFileSync(typesFile, 'utf8'),
      apiTypes(document),
      'renew with: npm run --silent api:types -- ADDRESS > test/fixtures/api.ts',
    )
    const as = (key?: string) =>
      createClient<paths>({
        baseUrl: gateway.http,
        ...(key ? { headers: { authorization: `Bearer ${key}` } } : {}),
      })
    const anyone = as()
    const pushing = as(agencyKey.key)
    const put = await pushing.PUT('/v1/dossiers/{dossierNo}', {
      params: { path: { dossierNo: number } },
      body: { ...update, fee: { amount: 20_000, paid: true } },
    })
    t.equal(put.data?.applied, true)
    const lookupNumber: string = put.data!.lookupNumber!
    const record = await pushing.GET('/v1/dossiers/{dossierNo}', { params: { path: { dossierNo: number } } })
    t.equal(record.data?.agency, agency)

    // The description agrees with the rooms' contracts: the compiler checks that each answer has its contract's type.
    const status = await anyone.GET('/v1/status/{number}', {
      params: { path: { number: lookupNumber }, query: { lang: 'en' } },
    })
    const answer: Answer = status.data!
    t.match(answer, { dossierNo: number, level: 'full', fee: { amount: 20_000 } })
    const unknown = await anyone.GET('/v1/status/{number}', { params: { path: { number: sandbox('9999') } } })
    t.equal(unknown.error?.code, 'unknown')
    const publicStatus: PublicStatus = (await anyone.GET('/status.json')).data!
    t.ok(publicStatus.at)

    const desk = as(deskKey)
    const inDesk = { path: { desk: 'quay-1' } }
    const view: DeskView = (await desk.GET('/v1/desks/{desk}', { params: inDesk })).data!
    t.equal(view.desk, 'quay-1')
    const preview: SlipPreview = (
      await desk.GET('/v1/desks/{desk}/preview', { params: { ...inDesk, query: { number } } })
    ).data!
    t.match(preview.text, /190521/)
    const asked = await desk.POST('/v1/desks/{desk}/receipts', {
      params: inDesk,
      body: { dossierNo: number, copies: 1 },
    })
    const jobId = asked.data!.jobId
    const inJob = { path: { desk: 'quay-1', jobId } }
    const job: Job = (await desk.GET('/v1/desks/{desk}/receipts/{jobId}', { params: inJob })).data!
    t.equal(job.state, 'queued')
    const cancelled = await desk.POST('/v1/desks/{desk}/receipts/{jobId}/cancel', { params: inJob })
    t.equal(cancelled.data?.state, 'cancelled')

    const summary: MonitorSummary = (await as(monitorKey).GET('/v1/monitor/summary')).data!
    t.ok(summary.agencies.length > 0)
    const params = { path: { dossierNo: 'x' } }
    // @ts-expect-error a state that the description does not know is found by the compiler
    await pushing.PUT('/v1/dossiers/{dossierNo}', { params, body: { ...update, dossierStatus: 'lost' } })
  })
})

interface Request {
  readonly key?: string
  readonly type?: string
  readonly body?: string
  readonly headers?: Record<string, string>
}

t.test('every answer that is described was sent, and had the form that is described', async (t) => {
  const office = await openOffice(t)
  const { gateway, document, redis, smsc, agencyKey, deskKey, deskTwoKey, monitorKey } = office
  const { unusedKey, unusedMonitorKey, agencyMonitorKey } = office
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  const seen = new Set<string>()

  /** Compares an answer with its description. `route` is `METHOD /described/{address}`. */
  const compare = (route: string, status: number, headers: Headers, text: string) => {
    const [method = '', path = ''] = route.split(' ')
    const described = document.paths[path]?.[method.toLowerCase()]?.responses[status] as
      | { headers?: object; content?: Record<string, { schema: object }> }
      | undefined
    if (!described) return void t.fail(`${route} answered ${status}, which is not described\n${text}`)
    seen.add(`${route} ${status}`)
    const type = headers.get('content-type')?.split(';')[0]
    if (!described.content) return
    const content = described.content[type ?? '']
    if (!content) return void t.fail(`${route} ${status} came as ${type}`)
    if (/[/+]json$/.test(type ?? ''))
      t.ok(ajv.validate(content.schema, JSON.parse(text)), `${route} ${status} ${ajv.errorsText()} ${text}`)
    if (described.headers) t.ok(Number(headers.get('retry-after')) > 0, `${route} ${status} says when`)
  }

  const send = async (
    expected: number,
    route: string,
    address: string,
    { key, type, body, headers = {} }: Request = {},
  ) => {
    const stop = new AbortController()
    const answer = await fetch(`${gateway.http}${address}`, {
      method: route.split(' ')[0]!,
      headers: {
        ...(key ? { authorization: `Bearer ${key}` } : {}),
        ...(type ? { 'content-type': type } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
      signal: stop.signal,
    }).catch((error) => {
      throw new Error(`${route} ${address}`, { cause: error })
    })
    const isStream = answer.headers.get('content-type') === 'text/event-stream'
    const text = isStream ? '' : await answer.text()
    if (isStream) stop.abort()
    t.equal(answer.status, expected, `${route} ${address} ${text.slice(0, 200)}`)
    compare(route, answer.status, answer.headers, text)
    return text
  }

  /** Sends a head that announces so many bytes, and none of them; reads what is answered. */
  const announce = async (
    expected: number,
    route: string,
    address: string,
    length: number,
    more: Request,
  ) => {
    const { hostname, port } = new URL(gateway.http)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => {})
    socket.write(
      `${route.split(' ')[0]} ${address} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${more.key}\r\n` +
        `content-type: ${more.type}\r\ncontent-length: ${length}\r\n` +
        Object.entries(more.headers ?? {})
          .map(([name, value]) => `${name}: ${value}\r\n`)
          .join('') +
        '\r\n',
    )
    let text = ''
    for await (const chunk of socket) {
      text += String(chunk)
      if (text.includes('\r\n\r\n') && text.endsWith('}')) break
    }
    socket.destroy()
    const [head = '', body = ''] = text.split('\r\n\r\n')
    const [line = '', ...lines] = head.split('\r\n')
    const status = Number(line.split(' ')[1])
    t.equal(status, expected, `${route} announced ${length}: ${line}`)
    const pairs = lines.map((one): [string, string] => [
      one.slice(0, one.indexOf(':')),
      one.slice(one.indexOf(':') + 1).trim(),
    ])
    compare(route, status, new Headers(pairs), body)
  }

  const json = 'application/json'
  const ndjson = 'application/x-ndjson'
  const oneEvent = 'application/cloudevents+json'
  const body = JSON.stringify(update)
  const line = `${JSON.stringify({ dossierNo: number, ...update })}\n`
  const event = (subject = number) =>
    JSON.stringify({
      specversion: '1.0',
      id: subject,
      source: 'https://one.example',
      type: 'vn.dossier.status.v1',
      subject,
      data: update,
    })
  const { key, id: keyId } = agencyKey
  const dossiers = '/v1/dossiers/{dossierNo}'
  const desks = '/v1/desks/{desk}'
  const one = `/v1/dossiers/${number}`
  const desk = '/v1/desks/quay-1'
  const writes = [
    { route: `PUT ${dossiers}`, address: one, type: json, body },
    { route: 'POST /v1/dossiers/bulk', address: '/v1/dossiers/bulk', type: ndjson, body: line },
    { route: 'POST /v1/events', address: '/v1/events', type: oneEvent, body: event() },
  ]
  const reads = [
    { route: `GET ${dossiers}`, address: one },
    { route: `DELETE ${dossiers}`, address: one },
  ]
  const slip = JSON.stringify({ dossierNo: number })
  const poll = JSON.stringify({ statusCode: '200 OK' })
  const deskReads = [
    { route: `GET ${desks}`, address: '' },
    { route: `GET ${desks}/preview`, address: `/preview?number=${number}` },
    { route: `GET ${desks}/receipts/{jobId}`, address: '/receipts/1' },
    { route: `GET ${desks}/events`, address: '/events', headers: { accept: 'text/event-stream' } },
  ]
  const deskActs = [
    { route: `POST ${desks}/receipts`, address: '/receipts', type: json, body: slip },
    ...['cancel', 'reprint', 'confirm'].map((act) => ({
      route: `POST ${desks}/receipts/{jobId}/${act}`,
      address: `/receipts/1/${act}`,
    })),
    { route: `POST ${desks}/proof`, address: '/proof' },
    { route: `PUT ${desks}/profile`, address: '/profile', type: json, body: '{"line":0}' },
    { route: `POST ${desks}/cloudprnt`, address: '/cloudprnt', type: json, body: poll },
    { route: `GET ${desks}/cloudprnt`, address: '/cloudprnt?token=1' },
    { route: `DELETE ${desks}/cloudprnt`, address: '/cloudprnt?token=1&code=OK' },
  ]
  const csv = 'mã hồ sơ,trạng thái\n'
  const importing = { route: `POST ${desks}/import`, address: '/import', type: 'text/csv', body: csv }
  const [monitor, overdue] = ['summary', 'overdue'].map((name) =>
    ['', '.csv', '.xlsx'].map((ending) => `GET /v1/monitor/${name}${ending}`),
  ) as [string[], string[]]
  const addressOf = (route: string) => route.split(' ')[1]!

  const complaintActs = [
    {
      route: `POST ${desks}/complaints/{ticket}/answer`,
      address: '/complaints/1-1/answer',
      body: '{"answer":"x"}',
    },
    {
      route: `POST ${desks}/complaints/{ticket}/hand-on`,
      address: '/complaints/1-1/hand-on',
      body: '{"agency":"x"}',
    },
  ]
  // A body that is announced and never comes is given up after half a minute; the other requests are made meanwhile.
  const slow = Promise.all([
    ...complaintActs.map(({ route, address }) =>
      announce(408, route, `${desk}${address}`, 100, { key: deskKey, type: json }),
    ),
    ...writes.map(({ route, address, type }) => announce(408, route, address, 100, { key, type })),
    announce(408, importing.route, `${desk}/import`, 100, { key: deskKey, type: 'text/csv' }),
    announce(408, `POST ${desks}/receipts`, `${desk}/receipts`, 100, { key: deskKey, type: json }),
    announce(408, `PUT ${desks}/profile`, `${desk}/profile`, 100, { key: deskKey, type: json }),
    announce(408, `POST ${desks}/cloudprnt`, `${desk}/cloudprnt`, 100, { key: deskKey, type: json }),
  ])

  await t.test('agencies', async () => {
    for (const { route, address, type, body } of writes) {
      await send(200, route, address, { key, type, body })
      await send(401, route, address, { type, body })
      await send(415, route, address, { key, type: 'text/plain', body })
    }
    for (const { route, address } of reads) await send(401, route, address)
    await send(400, `PUT ${dossiers}`, one, { key, type: json, body: '{' })
    await send(400, 'POST /v1/dossiers/bulk', '/v1/dossiers/bulk?abortOver=x', {
      key,
      type: ndjson,
      body: line,
    })
    await send(400, 'POST /v1/events', '/v1/events', { key, type: oneEvent, body: '{' })
    await send(403, `PUT ${dossiers}`, `/v1/dossiers/${foreign}`, { key, type: json, body })
    await send(403, 'POST /v1/events', '/v1/events', { key, type: oneEvent, body: event(foreign) })
    for (const { route } of reads) {
      await send(400, route, '/v1/dossiers/none', { key })
      await send(403, route, `/v1/dossiers/${foreign}`, { key })
    }
    await send(200, `GET ${dossiers}`, one, { key })
    await send(204, `DELETE ${dossiers}`, '/v1/dossiers/000.00.15.H45-190521-7777', { key })
    await send(404, `GET ${dossiers}`, '/v1/dossiers/000.00.15.H45-190521-9999', { key })
    const held = { 'idempotency-key': 'large' }
    await announce(413, writes[0]!.route, one, 70_000, { key, type: json })
    await announce(413, writes[1]!.route, '/v1/dossiers/bulk', 20_000_000, {
      key,
      type: ndjson,
      headers: held,
    })
    await announce(413, writes[2]!.route, '/v1/events', 5_000_000, { key, type: oneEvent })

    // Another gateway that has begun the same request and not ended it.
    const config = { url: `unix://${redis.socket}`, durability: 'strict' as const, commandTimeoutMs: 2000 }
    const door = await openRedis({ config }, silentLog, openMetrics())
    for (const { route, address, type, body } of writes.slice(1)) {
      const headers = { 'idempotency-key': 'twice' }
      const begun = await openIdempotency(door).begin(keyId, 'twice', address, Buffer.from(body))
      await send(409, route, address, { key, type, body, headers })
      await send(422, route, address, { key, type, body: `${body} `, headers })
      if (begun.kind === 'new') await begun.abandon()
    }
    await door.close()

    // Guessed keys, from an address of their own.
    const headers = { 'x-forwarded-for': '203.0.113.9' }
    for (let tries = 0; tries < 30; tries++) await send(401, reads[0]!.route, one, { key: 'guess', headers })
    for (const { route, address, type, body } of writes)
      await send(429, route, address, { key: 'guess', type, body, headers })
    for (const { route, address } of reads) await send(429, route, address, { key: 'guess', headers })
  })

  await t.test('the public', async () => {
    const route = 'GET /v1/status/{number}'
    const ask = (expected: number, no: string) => send(expected, route, `/v1/status/${no}`)
    await ask(200, number)
    await ask(200, sandbox('0011'))
    await ask(400, 'no-number')
    await ask(404, sandbox('9999'))
    await ask(429, sandbox('0429'))
    await ask(503, sandbox('0503'))
    const post = (expected: number, no: string) =>
      send(expected, 'POST /v1/status', '/v1/status', { type: json, body: JSON.stringify({ number: no }) })
    await post(200, number)
    await post(400, 'no-number')
    await post(404, sandbox('9999'))
    await post(429, sandbox('0429'))
    await post(503, sandbox('0503'))
    await send(200, 'GET /status.json', '/status.json')
    await send(431, 'GET /status.json', '/status.json', { headers: { 'x-much': 'x'.repeat(20_000) } })
  })

  await t.test('desks', async (t) => {
    for (const { route, address, headers } of deskReads) {
      await send(401, route, `${desk}${address}`, { ...(headers ? { headers } : {}) })
      await send(403, route, `/v1/desks/quay-2${address}`, { key: deskKey, ...(headers ? { headers } : {}) })
      // A slip is not a leader's to look at, at whatever desk.
      const isLooked = !address.startsWith('/preview')
      await send(isLooked ? 404 : 403, route, `/v1/desks/quay-9${address}`, {
        key: monitorKey,
        ...(headers ? { headers } : {}),
      })
    }
    for (const { route, address, ...more } of deskActs as (Request & { route: string; address: string })[]) {
      await send(401, route, `${desk}${address}`, more)
      await send(403, route, `/v1/desks/quay-2${address}`, { key: deskKey, ...more })
    }
    await send(200, `GET ${desks}`, desk, { key: deskKey })
    await send(200, `GET ${desks}/preview`, `${desk}/preview?number=${number}`, { key: deskKey })
    await send(400, `GET ${desks}/preview`, `${desk}/preview?number=x`, { key: deskKey })
    const none = '000.00.15.H45-190521-9999'
    await send(404, `GET ${desks}/preview`, `${desk}/preview?number=${none}`, { key: deskKey })
    await send(200, `GET ${desks}/events`, `${desk}/events`, {
      key: deskKey,
      headers: { accept: 'text/event-stream' },
    })
    await send(406, `GET ${desks}/events`, `${desk}/events`, {
      key: deskKey,
      headers: { accept: 'application/json' },
    })
    const print = async () =>
      (
        JSON.parse(
          await send(202, `POST ${desks}/receipts`, `${desk}/receipts`, {
            key: deskKey,
            type: json,
            body: slip,
          }),
        ) as { jobId: string }
      ).jobId
    const [taken, fetched] = [await print(), await print()]
    await send(200, `GET ${desks}/receipts/{jobId}`, `${desk}/receipts/${taken}`, { key: deskKey })
    const act = (expected: number, name: string, jobId: string) =>
      send(expected, `POST ${desks}/receipts/{jobId}/${name}`, `${desk}/receipts/${jobId}/${name}`, {
        key: deskKey,
      })
    for (const name of ['cancel', 'reprint', 'confirm']) await act(404, name, '999')
    await act(409, 'reprint', taken)
    await act(409, 'confirm', taken)
    await act(200, 'cancel', taken)
    await act(409, 'cancel', taken)

    const prnt = `${desk}/cloudprnt`
    const offered = JSON.parse(
      await send(200, `POST ${desks}/cloudprnt`, prnt, { key: deskKey, type: json, body: poll }),
    ) as { jobToken: string }
    const token = encodeURIComponent(offered.jobToken)
    await send(200, `GET ${desks}/cloudprnt`, `${prnt}?token=${token}`, { key: deskKey })
    // A connection that broke: the client that fetched it may fetch it again, and no other.
    await send(200, `GET ${desks}/cloudprnt`, `${prnt}?token=${token}`, { key: deskKey })
    await send(404, `GET ${desks}/cloudprnt`, `${prnt}?token=${token}&mac=00:11:62:0d:01:02`, {
      key: deskKey,
    })
    await send(415, `GET ${desks}/cloudprnt`, `${prnt}?type=text/plain`, { key: deskKey })
    await send(404, `DELETE ${desks}/cloudprnt`, `${prnt}?token=999.1&code=OK`, { key: deskKey })
    await send(200, `DELETE ${desks}/cloudprnt`, `${prnt}?token=${token}&code=520%20Timeout`, {
      key: deskKey,
    })
    await act(200, 'reprint', fetched)
    const again = JSON.parse(
      await send(200, `POST ${desks}/cloudprnt`, prnt, { key: deskKey, type: json, body: poll }),
    ) as { jobToken: string }
    await send(200, `GET ${desks}/cloudprnt`, `${prnt}?token=${encodeURIComponent(again.jobToken)}`, {
      key: deskKey,
    })
    const ended = `${prnt}?token=${encodeURIComponent(again.jobToken)}&code=203`
    await send(200, `DELETE ${desks}/cloudprnt`, ended, { key: deskKey })
    await act(200, 'confirm', fetched)
    await send(409, `POST ${desks}/cloudprnt`, '/v1/desks/quay-2/cloudprnt', {
      key: deskTwoKey,
      type: json,
      body: poll,
    })
    for (const [route, address] of [
      [`POST ${desks}/receipts`, `${desk}/receipts`],
      [`PUT ${desks}/profile`, `${desk}/profile`],
      [`POST ${desks}/cloudprnt`, prnt],
    ] as const) {
      await send(400, route, address, { key: deskKey, type: json, body: '[]' })
      // Whatever type a printer names, its poll is read as JSON; packed it may not be.
      const odd = route.endsWith('cloudprnt')
        ? { type: json, headers: { 'content-encoding': 'br' } }
        : { type: 'text/csv' }
      await send(415, route, address, { key: deskKey, body: 'x', ...odd })
      await announce(413, route, address, 2_000_000, { key: deskKey, type: json })
    }
    const unknown = JSON.stringify({ dossierNo: '000.00.15.H45-190521-9999' })
    await send(404, `POST ${desks}/receipts`, `${desk}/receipts`, { key: deskKey, type: json, body: unknown })

    const busy = { method: 'POST', headers: { authorization: `Bearer ${deskKey}`, 'content-type': json } }
    let wasRefused = false
    const pollOnce = async () => {
      const answer = await fetch(`${gateway.http}${prnt}`, { ...busy, body: poll })
      compare(`POST ${desks}/cloudprnt`, answer.status, answer.headers, await answer.text())
      wasRefused ||= answer.status === 429
    }
    while (!wasRefused) await Promise.all(Array.from({ length: 60 }, pollOnce))

    const profile = { key: deskKey, type: json, body: '{"line":0}' }
    await send(200, `PUT ${desks}/profile`, `${desk}/profile`, profile)
    await send(202, `POST ${desks}/proof`, `${desk}/proof`, { key: deskKey })
    // Slips that nobody fetches fill the queue.
    const statuses = new Set<number>()
    while (!statuses.has(429)) {
      const answers = Array.from({ length: 50 }, async () => {
        const { status } = await fetch(`${gateway.http}${desk}/receipts`, {
          method: 'POST',
          headers: { authorization: `Bearer ${deskKey}`, 'content-type': json },
          body: slip,
        })
        return statuses.add(status)
      })
      await Promise.all(answers)
    }
    t.same([...statuses], [202, 429])
    await send(429, `POST ${desks}/receipts`, `${desk}/receipts`, { key: deskKey, type: json, body: slip })

    await send(429, `POST ${desks}/proof`, `${desk}/proof`, { key: deskKey })

    const many = { accept: 'text/event-stream', 'x-forwarded-for': '203.0.113.10' }
    const stop = new AbortController()
    const open = Array.from({ length: 50 }, () =>
      fetch(`${gateway.http}${desk}/events`, {
        headers: { authorization: `Bearer ${deskKey}`, ...many },
        signal: stop.signal,
      }),
    )
    await Promise.all(open)
    await send(429, `GET ${desks}/events`, `${desk}/events`, { key: deskKey, headers: many })
    stop.abort()
  })

  await t.test('complaints', async (t) => {
    const list = `GET ${desks}/complaints`
    for (const [nth, words] of ['bàn trống cả buổi', 'hẹn ba lần', 'quạt hỏng'].entries())
      await smsc.text(`8490123456${nth}`, `PA ${number} ${words}`, { fields: { data_coding: 8 } }).taken
    let tickets: string[] = []
    await until('the complaints are there', async () => {
      const told = await send(200, list, `${desk}/complaints`, { key: deskKey })
      const { complaints } = JSON.parse(told) as { complaints: { ticket: string }[] }
      tickets = complaints.map(({ ticket }) => ticket)
      return tickets.length === 3
    })
    const acts: [route: string, act: string, body?: object, bad?: object][] = [
      ['POST', '/answer', { answer: 'Đã cử thêm cán bộ trực' }, { answer: 'xem http://x.example' }],
      ['POST', '/hand-on', { agency: 'H45.12' }, { agency: 'H99' }],
      ['DELETE', ''],
    ]
    for (const [nth, [method, act, body, bad]] of acts.entries()) {
      const route = `${method} ${desks}/complaints/{ticket}${act}`
      const does = (
        expected: number,
        key: string | undefined,
        ticket = tickets[nth],
        at = 'quay-1',
        its = body,
      ) =>
        send(expected, route, `/v1/desks/${at}/complaints/${ticket}${act}`, {
          ...(key ? { key } : {}),
          ...(its ? { type: json, body: JSON.stringify(its) } : {}),
        })
      await does(401, undefined)
      await does(403, deskKey, tickets[nth], 'quay-2')
      await does(404, deskKey, '000000-000')
      if (bad) await does(400, deskKey, tickets[nth], 'quay-1', bad)
      if (body) {
        const address = `${desk}/complaints/${tickets[nth]}${act}`
        await send(415, route, address, { key: deskKey, type: 'text/csv', body: 'x' })
        await announce(413, route, address, 2_000_000, { key: deskKey, type: json })
      }
      await does(204, deskKey)
    }
    // Erased: nobody answers it or hands it on.
    for (const [method, act, body] of acts.slice(0, 2))
      await send(
        409,
        `${method} ${desks}/complaints/{ticket}${act}`,
        `${desk}/complaints/${tickets[2]}${act}`,
        { key: deskKey, ...(body ? { type: json, body: JSON.stringify(body) } : {}) },
      )
    await send(401, list, `${desk}/complaints`)
    await send(403, list, '/v1/desks/quay-2/complaints', { key: deskKey })
    t.equal(tickets.length, 3)
  })

  await t.test('monitors', async () => {
    for (const route of monitor) {
      await send(200, route, addressOf(route), { key: monitorKey })
      await send(400, route, `${addressOf(route)}?from=x`, { key: monitorKey })
      await send(401, route, addressOf(route))
    }
    for (const route of overdue) {
      await send(200, route, addressOf(route), { key: monitorKey })
      await send(400, route, `${addressOf(route)}?within=x`, { key: monitorKey })
      await send(401, route, addressOf(route))
      await send(403, route, `${addressOf(route)}?agency=H45.12`, { key: agencyMonitorKey })
    }
  })

  const halfYear = '/v1/open/half-year.json'
  await t.test('open data', async () => {
    const ask = () => fetch(`${gateway.http}${halfYear}`)
    await until('the half-year is counted', async () => (await ask()).status === 200)
    const etag = (await ask()).headers.get('etag')!
    await send(200, `GET ${halfYear}`, halfYear)
    await send(304, `GET ${halfYear}`, halfYear, { headers: { 'if-none-match': etag } })
    await send(400, `GET ${halfYear}`, `${halfYear}?period=x`)
  })

  // One file at a time for a desk, and the slow one is still expected.
  await send(429, importing.route, `${desk}/import`, { key: deskKey, type: 'text/csv', body: csv })
  await slow

  await t.test('files at a desk', async () => {
    const { route, type } = importing
    const file = (expected: number, at: string, more: Request) =>
      send(expected, route, `/v1/desks/${at}/import`, { type, body: csv, ...more })
    const rows = `mã hồ sơ,trạng thái,thời điểm\n${number},processing,2026-11-21T09:00:00+07:00\n`
    await file(200, 'quay-1', { key: deskKey, body: rows })
    await file(400, 'quay-1', { key: deskKey, body: 'a,b\n1,2\n' })
    await file(401, 'quay-1', {})
    await file(403, 'quay-2', { key: deskKey })
    await file(415, 'quay-1', { key: deskKey, type: 'text/plain' })
    await announce(413, route, `${desk}/import`, 20_000_000, { key: deskKey, type })
  })

  await t.test('the store away', async () => {
    await redis.kill()
    await gateway.waitFor('redis.down', undefined, true)
    for (const { route, address, type, body } of writes)
      await send(503, route, address, {
        key,
        type,
        body,
        ...(type === ndjson ? { headers: { 'idempotency-key': 'z' } } : {}),
      })
    for (const { route, address } of reads) await send(503, route, address, { key })
    await send(503, 'GET /v1/status/{number}', `/v1/status/${number}`)
    for (const method of ['GET', 'POST']) {
      const link = `${gateway.http}/enrol/${'A'.repeat(24)}`
      const page = await fetch(link, { method, headers: { accept: 'text/html' } })
      t.match(await page.text(), /<h1>Xin thử lại sau/, 'a person with a one-time link is shown a page')
      t.match([page.status, page.headers.get('retry-after')], [503, '5'])
      t.match(await (await fetch(link, { method })).json(), { code: 'unavailable' }, 'a program a problem')
    }
    await send(503, `GET ${halfYear}`, `${halfYear}?period=${new Date().getUTCFullYear() - 1}H1`)
    await send(503, `GET ${desks}/complaints`, `${desk}/complaints`, { key: unusedKey })
    await send(503, `DELETE ${desks}/complaints/{ticket}`, `${desk}/complaints/1-1`, { key: unusedKey })
    for (const { route, address, body } of complaintActs)
      await send(503, route, `${desk}${address}`, { key: unusedKey, type: json, body })
    // With keys that the gateway has not cached. A cached key is good for a second: answers that need no store, such as that
    // there is no such slip, would still be given, and a stream would stay open until the store is back.
    for (const { route, address, headers } of deskReads)
      await send(503, route, `${desk}${address}`, { key: unusedKey, ...(headers ? { headers } : {}) })
    for (const { route, address, ...more } of deskActs as (Request & { route: string; address: string })[])
      await send(503, route, `${desk}${address}`, { key: unusedKey, ...more })
    await send(503, importing.route, `${desk}/import`, { key: unusedKey, type: 'text/csv', body: csv })
    for (const route of [...monitor, ...overdue])
      await send(503, route, addressOf(route), { key: unusedMonitorKey })
  })

  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { responses }]) =>
      Object.keys(responses).map((status) => `${method.toUpperCase()} ${path} ${status}`),
    ),
  )
  t.ok(described.length > 120, `${described.length} answers are described`)
  t.same(
    described.filter((one) => !seen.has(one)),
    [],
    'described and never seen',
  )
})
