// What real clients send: the SDKs of CloudEvents in their three modes and of Standard Webhooks, gzipped and chunked
// bodies; and that decompressed or buffered bodies stay within their limits.
import { request as httpRequest } from 'node:http'
import { gzipSync } from 'node:zlib'
import { CloudEvent, HTTP } from 'cloudevents'
import { Webhook } from 'standardwebhooks'
import t from 'tap'
import { ndjson, openDoor } from './harness.js'

const update = (more: object = {}) => ({ dossierStatus: 4, eventTime: '2026-01-05T08:00:00+07:00', ...more })
const number = (nth: number) => `H45.12-260105-${String(nth).padStart(4, '0')}`
const event = (id: string, nth: number, more: object = {}) =>
  new CloudEvent({
    id,
    source: '/mot-cua',
    type: 'vn.dossier.status.v1',
    subject: number(nth),
    data: update(),
    ...more,
  })

t.test('real clients are understood', async (t) => {
  const { url, call, key: makeKey, secretOf } = await openDoor(t)
  const { key, id } = await makeKey('H45.12')
  const { key: other } = await makeKey('H45.12')
  const post = (body: unknown, headers: Record<string, unknown>, by = key, path = '/v1/events') =>
    call('POST', path, {
      key: by,
      body,
      headers: headers as Record<string, string>,
      type: headers['content-type'] as string,
    })

  await t.test('CloudEvents in three modes', async (t) => {
    const binary = HTTP.binary(event('b1', 1))
    t.match(await post(binary.body, binary.headers), { status: 200, body: { applied: true } }, 'binary')
    t.match(
      await post(binary.body, binary.headers),
      { status: 200, body: { reason: 'duplicate' } },
      'binary again',
    )
    for (const [nth, [type, status]] of Object.entries({
      'application/vnd.office.v1+json': 200,
      'text/json; charset=utf-8': 200,
      'application/xml': 415,
      'application/+json': 415,
    }).entries())
      t.equal(
        (await post(binary.body, { ...binary.headers, 'ce-id': `b-${nth}`, 'content-type': type })).status,
        status,
        type,
      )
    const structured = HTTP.structured(event('s1', 2))
    t.match(await post(structured.body, structured.headers), { body: { applied: true } }, 'structured')
    const packed = {
      ...event('d1', 3).toJSON(),
      data: undefined,
      data_base64: Buffer.from(JSON.stringify(update())).toString('base64'),
    }
    const batch = { 'content-type': 'application/cloudevents-batch+json' }
    t.match(
      (await post([packed, event('s2', 4).toJSON()], batch)).body.summary,
      { applied: 2 },
      'a batch, data in base64',
    )
    for (const [label, given, code] of [
      ['base64 of something else', { ...packed, id: 'd2', data_base64: 'eA==' }, 'malformed-json'],
      ['no base64', { ...packed, id: 'd3', data_base64: '<>' }, 'malformed-json'],
      ['both', { ...packed, id: 'd4', data: update() }, 'malformed-json'],
      ['neither', { ...packed, id: 'd5', data_base64: undefined }, 'missing'],
    ] as const)
      t.match((await post([given], batch)).body.results, [{ error: { code } }], label)
    const odd = HTTP.binary(event('ü 1', 5))
    t.match(await post(odd.body, { ...odd.headers, 'ce-id': encodeURIComponent('ü 1') }), {
      body: { applied: true },
    })
    t.match(
      await post(odd.body, { 'content-type': 'application/json' }),
      { status: 415 },
      'JSON alone is no event',
    )
    t.match(await post('{', { ...binary.headers, 'ce-id': 'b9' }), {
      status: 400,
      body: { code: 'malformed-json' },
    })
    const { 'ce-source': _, ...without } = binary.headers
    t.match(await post(binary.body, without), {
      status: 400,
      body: { errors: [{ code: 'missing', pointer: '/source' }] },
    })
  })

  await t.test('an event of one office is not a duplicate of another office’s', async (t) => {
    const one = HTTP.structured(event('same', 10))
    const two = HTTP.structured(event('same', 11))
    t.match(await post(one.body, one.headers), { body: { applied: true } })
    t.match(await post(two.body, two.headers, other), { body: { applied: true } })
    t.match(await post(two.body, two.headers, other), { body: { applied: false, reason: 'duplicate' } })
  })

  await t.test('Standard Webhooks, also of a packed body', async (t) => {
    for (const [nth, isPacked] of [
      [20, false],
      [21, true],
    ] as const) {
      const body = JSON.stringify({ dossierNo: number(nth), ...update() })
      const raw = isPacked ? gzipSync(body) : Buffer.from(body)
      const at = new Date()
      // The SDK signs text; a gzipped body is signed as the bytes on the wire.
      const signature = new Webhook(secretOf(id)).sign(`m${nth}`, at, body)
      const { createHmac } = await import('node:crypto')
      const seconds = Math.floor(at.getTime() / 1000)
      const secret = Buffer.from(secretOf(id).slice('whsec_'.length), 'base64')
      const ofBytes = `v1,${createHmac('sha256', secret).update(`m${nth}.${seconds}.`).update(raw).digest('base64')}`
      const response = await fetch(`${url}/v1/dossiers/${number(nth)}?keyId=${id}`, {
        method: 'PUT',
        body: raw,
        headers: {
          'content-type': 'application/json',
          'webhook-id': `m${nth}`,
          'webhook-timestamp': String(seconds),
          'webhook-signature': isPacked ? ofBytes : signature,
          ...(isPacked ? { 'content-encoding': 'gzip' } : {}),
        },
      })
      t.equal(response.status, 200, isPacked ? 'packed' : 'plain')
    }
  })

  await t.test('a byte order mark before UTF-8 is passed over', async (t) => {
    const marked = (body: unknown) => Buffer.from(`\ufeff${JSON.stringify(body)}`)
    const put = await call('PUT', `/v1/dossiers/${number(40)}`, { key, body: marked(update()) })
    t.match(put, { status: 200, body: { applied: true } })
    const line = marked({ dossierNo: number(41), ...update() })
    const answer = await post(line, { 'content-type': 'application/x-ndjson' }, key, '/v1/dossiers/bulk')
    t.match(ndjson(answer.text), [{ line: 1, applied: true }, { summary: { applied: 1 } }])
    const one = marked(event('marked', 42).toJSON())
    t.match(await post(one, { 'content-type': 'application/cloudevents+json' }), { body: { applied: true } })
    t.match(await call('PUT', `/v1/dossiers/${number(43)}`, { key, body: Buffer.from(`{\ufeff}`) }), {
      status: 400,
    })
  })

  await t.test('packed and chunked bodies, with a bound on what they unfold to', async (t) => {
    const lines = Array.from({ length: 3000 }, (_, n) =>
      JSON.stringify({ dossierNo: number(1000 + n), ...update() }),
    ).join('\n')
    const type = 'application/x-ndjson'
    const packed = { 'content-type': type, 'content-encoding': 'gzip' }
    const bulk = (body: Uint8Array | string, headers: Record<string, string>) =>
      post(body, headers, key, '/v1/dossiers/bulk')
    t.match(ndjson((await bulk(gzipSync(lines), packed)).text).at(-1), {
      summary: { lines: 3000, applied: 3000 },
    })
    t.match(ndjson((await bulk(gzipSync(lines), { ...packed, 'idempotency-key': 'z' })).text).at(-1), {
      summary: { duplicate: 3000 },
    })
    t.match(await bulk(Buffer.from('no gzip at all'), packed), {
      status: 400,
      body: { errors: [{ code: 'not-gzip' }] },
    })
    const cutOff = ndjson((await bulk(gzipSync(lines).subarray(0, -9), packed)).text).at(-1)
    t.match(cutOff, { summary: { aborted: 'not-gzip' } }, 'what breaks off is told at the end too')
    t.match(await bulk(lines, { 'content-type': type, 'content-encoding': 'br' }), { status: 415 })
    // Of 64 KiB come 64 MiB of empty lines; as lines of their own they would take minutes.
    const emptyLines = Array(4).fill(gzipSync(Buffer.alloc(16 * 1024 * 1024, '\n\r\n\n')))
    const lastLine = gzipSync(JSON.stringify({ dossierNo: number(50), ...update() }))
    t.match(ndjson((await bulk(Buffer.concat([...emptyLines, lastLine]), packed)).text), [
      { line: 3 * 16 * 1024 * 1024 + 1, applied: true },
      { summary: { lines: 1 } },
    ])
    const bomb = gzipSync(Buffer.alloc(32 * 1024 * 1024, 32))
    t.ok(bomb.length < 40_000)
    t.match(await bulk(bomb, { ...packed, 'idempotency-key': 'bomb' }), { status: 413 })
    t.match(
      await call('PUT', `/v1/dossiers/${number(30)}`, {
        key,
        body: bomb,
        headers: { 'content-encoding': 'gzip' },
      }),
      {
        status: 413,
      },
    )
    const chunked = await new Promise<string>((resolve, reject) => {
      const headers = { authorization: `Bearer ${key}`, ...packed, 'transfer-encoding': 'chunked' }
      const request = httpRequest(`${url}/v1/dossiers/bulk`, { method: 'POST', headers }, (response) => {
        let text = ''
        response.on('data', (chunk) => (text += chunk)).on('end', () => resolve(text))
      })
      request.on('error', reject)
      const bytes = gzipSync(lines)
      for (let at = 0; at < bytes.length; at += 777) request.write(bytes.subarray(at, at + 777))
      request.end()
    })
    t.match(ndjson(chunked).at(-1), { summary: { lines: 3000, duplicate: 3000 } })
  })

  await t.test('lines that are all wrong let others have their turn', async (t) => {
    const bulk = (body: string, headers: Record<string, string>) =>
      post(body, { 'content-type': 'application/x-ndjson', ...headers }, key, '/v1/dossiers/bulk')
    const many = 'x\n'.repeat(150_000)
    let turns = 0
    let isDone = false
    const upload = bulk(many, { 'idempotency-key': 'wrong' }).finally(() => (isDone = true))
    while (!isDone) {
      t.equal((await call('GET', `/v1/dossiers/${number(1)}`, { key })).status, 200)
      turns++
    }
    t.ok(turns > 3, `others were answered ${turns} times meanwhile`)
    const { text } = await upload
    t.match(ndjson(text).at(-1), { summary: { lines: 150_000, failed: 150_000 } })
    t.equal((await bulk(many, { 'idempotency-key': 'wrong' })).text, text, 'and the answer is repeated whole')
    t.match(await bulk('x\n'.repeat(2_000_000), { 'idempotency-key': 'more' }), { status: 413 })
  })
})
