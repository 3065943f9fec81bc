import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { Validator } from '@seriousme/openapi-schema-validator'
import { CloudEvent } from 'cloudevents'
import { Webhook } from 'standardwebhooks'
import t, { type Test } from 'tap'
import { streamBody } from '../../src/agency/body.js'
import { openEvents } from '../../src/agency/events.js'
import { openIdempotency } from '../../src/agency/idempotency.js'
import { malformed, parseText } from '../../src/agency/json.js'
import { openWording } from '../../src/dossier/wording.js'
import { ndjson, openDoor } from './harness.js'

const words = openWording({ vi: 'config/wording.vi.yaml', en: 'config/wording.en.yaml' })

const no = '000.00.15.H45-190521-0003'
const at = '2026-11-01T08:00:00+07:00'
const update = { dossierStatus: 'processing', eventTime: at }
const path = `/v1/dossiers/${no}`
const ndjsonType = 'application/x-ndjson'
const oneEvent = 'application/cloudevents+json'
const manyEvents = 'application/cloudevents-batch+json'
const event = (id: string, more: object = {}) => ({
  specversion: '1.0',
  id,
  source: 'https://mot-cua.example.vn/1',
  type: 'vn.dossier.status.v1',
  subject: 'H45.12-240823-0001',
  data: update,
  ...more,
})
const canaries = ['Nguyễn Văn Kín', '0912345670', '079201001234', 'Số 7 ngõ Kín']

t.test('what takes long to read as JSON is none, and what a batch may hold is some', async (t) => {
  const list = (count: number, one: (nth: number) => string) =>
    `[${Array.from({ length: count }, (_, nth) => one(nth)).join(',')}]`
  const fields = (count: number) => `{${list(count, (nth) => `"k${nth}":1`).slice(1, -1)}}`
  const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth)
  for (const [label, text, isRead] of [
    ['1,000 events of 55 fields', list(1000, () => fields(55)), true],
    ['a list of 100,000', list(100_000, () => '1'), true],
    ['nested as no update is', nested(30, '[', ']'), true],
    ['brackets and commas in a text', JSON.stringify({ note: '[{,:"\\'.repeat(100_000) }), true],
    ['lists in lists', nested(2_000_000, '[', ']'), false],
    ['objects in objects', nested(500_000, '{"a":', '}').replace('}', '1}'), false],
    ['empty lists', list(1_000_000, () => '[]'), false],
    ['fields of one object', fields(100_000), false],
    ['fields of many', list(10_000, () => fields(20)), false],
    ['a text without an end', `{"a":"${'x'.repeat(100_000)}`, false],
    ['one that ends in a backslash', '{"a":"\\', false],
    ['closed more often than opened', `{}${']'.repeat(1000)}`, false],
  ] as const)
    t.equal(parseText(text) !== malformed, isRead, label)
})

t.test('between the events of a batch others have their turn', async (t) => {
  const intake = { now: () => 0, refuse() {}, apply: async () => [] }
  let turns = 0
  let next = setImmediate(function turn() {
    turns++
    next = setImmediate(turn)
  })
  const events = Array.from({ length: 1000 }, () => ({}))
  const taken = await openEvents(intake as never, {} as never).take(events, {
    keyId: 'k',
    mayWrite: () => true,
  })
  clearImmediate(next)
  t.equal(taken.length, 1000)
  t.ok(turns >= 9, `${turns} turns`)
})

t.test('the agency door', async (t) => {
  const door = await openDoor(t, {
    limits: { bodyMs: 1500, bulkSilenceMs: 1500, bulkPerKey: 1, heldBulkBytes: 4096, eventsBytes: 200_000 },
  })
  const { call } = door
  const { key, id: keyId } = await door.key('000.00.15.H45', 'H45.12', '000.00.03.H45')
  // Every (method, path, status) seen, to compare with the documentation.
  const seen = new Set<string>()
  const saw = (method: string, route: string, status: number) => seen.add(`${method} ${route} ${status}`)
  const problemOf = async (
    t: Test,
    route: string,
    args: Parameters<typeof call>,
    status: number,
    code: string,
  ) => {
    const answered = await call(...args)
    saw(args[0].toLowerCase(), route, answered.status)
    t.match(
      answered.body,
      { status, code, type: `urn:dossier-gateway:problem:${code}` },
      `${args[0]} ${code}`,
    )
    t.equal(answered.status, status)
    t.match(answered.headers.get('content-type'), 'application/problem+json')
    t.ok(answered.body?.detail, 'says it in words')
    for (const canary of canaries) t.notOk(answered.text.includes(canary), 'repeats nothing that was sent')
    return answered
  }
  const dossier = '/v1/dossiers/{dossierNo}'

  await t.test('a whole update is taken, told again without the telephone, and erased', async (t) => {
    const whole = {
      ...update,
      agency: '000.00.15.H45',
      version: 7,
      procedure: { code: '2.000815', name: 'Chứng thực  bản sao'.normalize('NFD') },
      receivedAt: '20261101080000',
      dueAt: '2026-12-01T17:00:00+0700',
      extendedDueAt: '2026-12-08T10:00:00Z',
      publicNote: 'Mang theo\ngiấy tờ gốc',
      fee: { amount: 10_000, paid: false },
      otherNumbers: ['h45.12-190521-9'.replace('-9', '-0009')],
      contact: { phone: '0912 345 670', notify: true },
    }
    const put = await call('PUT', path, { key, body: whole })
    t.match(put, { status: 200, body: { applied: true, version: 7, lookupNumber: /^\d{12}$/ } })
    saw('put', dossier, put.status)
    for (const known of [no, put.body.lookupNumber, 'H45.12-190521-0009', '000.00.15.h45.190521.0003']) {
      const got = await call('GET', `/v1/dossiers/${known}`, { key })
      saw('get', dossier, got.status)
      t.match(got.body, {
        dossierNo: no,
        agency: '000.00.15.H45',
        lookupNumber: put.body.lookupNumber,
        dossierStatus: 'processing',
        eventTime: at,
        version: 7,
        procedure: { code: '2.000815', name: 'Chứng thực bản sao' },
        receivedAt: '2026-11-01T08:00:00+07:00',
        dueAt: '2026-12-01T17:00:00+07:00',
        extendedDueAt: '2026-12-08T17:00:00+07:00',
        publicNote: 'Mang theo\ngiấy tờ gốc',
        fee: { amount: 10_000, paid: false },
        otherNumbers: ['H45.12-190521-0009'],
        history: [{ dossierStatus: 'processing', at }],
      })
      t.notMatch(got.text, /912345670/)
    }
    const reading = door.numbers.read(no)
    t.same(reading.kind !== 'unreadable' && (await door.store.contact(reading.dossierNo)), {
      phone: '84912345670',
      notify: true,
    })
    const erased = await call('DELETE', path, { key })
    saw('delete', dossier, erased.status)
    t.equal(erased.status, 204)
    t.equal((await call('DELETE', path, { key })).status, 204, 'erasing again is no mistake')
    t.equal((await call('GET', path, { key })).status, 404)
  })

  await t.test('newest wins; what was left out stays; null clears', async (t) => {
    const put = (body: object) => call('PUT', path, { key, body }).then((answered) => answered.body)
    t.match(await put({ ...update, dueAt: '2026-12-01T17:00:00Z', publicNote: 'A' }), { applied: true })
    t.match(await put({ ...update, eventTime: '2026-10-01T08:00:00Z' }), { applied: false, reason: 'stale' })
    t.match(await put(update), { applied: false, reason: 'duplicate' })
    const note = 'Đợi giấy tờ '.repeat(25)
    const apart = { ...update, eventTime: '2026-11-01T20:00:00Z', publicNote: note.normalize('NFD') }
    t.match(await put(apart), { applied: true }, 'a note of 300 letters, its marks apart')
    t.equal((await call('GET', path, { key })).body.publicNote, note.trim())
    t.match(await put({ dossierStatus: 9, eventTime: '2026-11-02T08:00:00Z' }), { applied: true })
    const finished = (await call('GET', path, { key })).body
    t.match(finished, { dossierStatus: 'finished', dueAt: '2026-12-02T00:00:00+07:00' })
    t.notOk('publicNote' in finished, 'a note belongs to the state it came with')
    await put({ dossierStatus: 10, eventTime: '2026-11-03T08:00:00Z', publicNote: null, dueAt: null })
    const { body } = await call('GET', path, { key })
    t.match(body, { dossierStatus: 'returned', history: [{}, {}, {}] })
    t.notOk('publicNote' in body || 'dueAt' in body)
  })

  await t.test('what is wrong is told by code and place, and never repeated', async (t) => {
    const rows: [label: string, change: object, code: string, pointer: string][] = [
      ['no status', { dossierStatus: undefined }, 'missing', '/dossierStatus'],
      ['a status nobody knows', { dossierStatus: canaries[0] }, 'invalid', '/dossierStatus'],
      ['status 11', { dossierStatus: 11 }, 'out-of-range', '/dossierStatus'],
      ['a number as text', { dossierStatus: '4' }, 'invalid', '/dossierStatus'],
      ['no time', { eventTime: undefined }, 'missing', '/eventTime'],
      ['a time nobody can read', { eventTime: canaries[1] }, 'bad-time', '/eventTime'],
      ['31 February', { dueAt: '2026-02-31T08:00:00Z' }, 'bad-time', '/dueAt'],
      ['a time without a zone', { dueAt: '2026-02-01T08:00:00' }, 'bad-time', '/dueAt'],
      ['a time to come', { eventTime: '2090-01-01T00:00:00Z' }, 'future-time', '/eventTime'],
      ['a time as a number', { dueAt: 1_790_000_000 }, 'invalid', '/dueAt'],
      ['a field nobody knows', { applicantName: canaries[0] }, 'unknown-field', '/applicantName'],
      ['a value in the place of a name', { [canaries[0]!]: 1 }, 'unknown-field', ''],
      ['a name with digits in it', { x0912345670: 1 }, 'unknown-field', ''],
      ['__proto__', JSON.parse('{"__proto__":{"a":1}}'), 'unknown-field', ''],
      ['a note too long', { publicNote: 'x'.repeat(301) }, 'too-long', '/publicNote'],
      [
        'a citizen’s number in a note',
        { publicNote: 'Ông A, CCCD 079203001234' },
        'identity-number',
        '/publicNote',
      ],
      [
        'a citizen’s number in a procedure',
        { procedure: { code: '1.001', name: 'Khai sinh, CMND: 271 234 567' } },
        'identity-number',
        '/procedure/name',
      ],
      [
        'a citizen’s number as the code of a procedure',
        { procedure: { code: '079203001234', name: 'Khai sinh' } },
        'identity-number',
        '/procedure/code',
      ],
      ['an escape sequence', { publicNote: '\u001b[31m' }, 'not-allowed', '/publicNote'],
      ['a null byte', { publicNote: 'a\u0000b' }, 'not-allowed', '/publicNote'],
      ['right-to-left override', { publicNote: '\u202efdp.exe' }, 'not-allowed', '/publicNote'],
      ['half a character', { publicNote: '\ud83d' }, 'not-allowed', '/publicNote'],
      ['a procedure without a name', { procedure: { code: '1' } }, 'missing', '/procedure/name'],
      [
        'a new line in a procedure',
        { procedure: { code: '1', name: 'a\nb' } },
        'not-allowed',
        '/procedure/name',
      ],
      ['a fee below nothing', { fee: { amount: -1, paid: true } }, 'out-of-range', '/fee/amount'],
      ['half a đồng', { fee: { amount: 0.5, paid: true } }, 'invalid', '/fee/amount'],
      ['paid as text', { fee: { amount: 1, paid: 'true' } }, 'invalid', '/fee/paid'],
      ['a landline', { contact: { phone: '02573812345', notify: true } }, 'bad-phone', '/contact/phone'],
      ['no telephone', { contact: { phone: canaries[3], notify: true } }, 'bad-phone', '/contact/phone'],
      ['another agency named', { agency: 'H45.12' }, 'agency-mismatch', '/agency'],
      ['another number named', { dossierNo: 'H45.12-240823-0001' }, 'number-mismatch', '/dossierNo'],
      ['a list in the place of a number', { dossierNo: `${no},04,05` }, 'unreadable', '/dossierNo'],
      ['two numbers, of one only its end', { dossierNo: `${no} và 0004` }, 'unreadable', '/dossierNo'],
      ['the first and the last of several', { dossierNo: `${no}-0009` }, 'unreadable', '/dossierNo'],
      ['the same with dots', { dossierNo: `${no}..0009` }, 'unreadable', '/dossierNo'],
      ['one below the other', { dossierNo: `${no}\r\n0004` }, 'unreadable', '/dossierNo'],
      ['the same among others', { otherNumbers: [`${no}/0004`] }, 'unreadable', '/otherNumbers/0'],
      ['an unreadable other number', { otherNumbers: ['x', canaries[2]] }, 'unreadable', '/otherNumbers/0'],
      ['nine other numbers', { otherNumbers: Array(9).fill(no) }, 'too-many', '/otherNumbers'],
      ['a negative version', { version: -1 }, 'out-of-range', '/version'],
    ]
    for (const [label, change, code, pointer] of rows) {
      const { body } = await problemOf(
        t,
        dossier,
        ['PUT', path, { key, body: { ...update, ...change } }],
        400,
        'invalid',
      )
      t.match(body.errors, [{ code, pointer }], label)
    }
    for (const body of ['null', '[]', '"x"', '1'])
      t.equal((await call('PUT', path, { key, body })).body.code, 'invalid', body)
    const colons = JSON.stringify({ ...update, publicNote: 'Giấy tờ: "bản sao: 2", \\":' })
    t.equal((await call('PUT', path, { key, body: colons })).status, 200)
    const twice = JSON.stringify(update).replace('{', '{"dossierStatus":"refused",')
    const twiceWithin = JSON.stringify({ ...update, fee: 0 }).replace(
      '"fee":0',
      '"fee":{"amount":1,"amount":2}',
    )
    for (const body of ['', '{', '{"a":1}x', twice, twiceWithin, Buffer.from([0x7b, 0xff, 0x7d])])
      await problemOf(t, dossier, ['PUT', path, { key, body }], 400, 'malformed-json')
    const { body } = await problemOf(
      t,
      dossier,
      ['PUT', '/v1/dossiers/H45.12-310824-0001', { key, body: update }],
      400,
      'unreadable',
    )
    t.match(body, { reason: 'bad-date', suggestion: 'H45.12-240831-0001' })
    for (const method of ['GET', 'DELETE'])
      await problemOf(t, dossier, [method, '/v1/dossiers/xyz', { key }], 400, 'unreadable')
    await problemOf(t, dossier, ['GET', '/v1/dossiers/H45.12-240823-9999', { key }], 404, 'unknown')
    const vi = await call('PUT', path, { key, body: '{', headers: { 'accept-language': 'vi-VN' } })
    t.equal(vi.body.detail, words.vi.text('problem.malformed-json'))
    t.match(vi.body.detail, /UTF-8/, 'also for who wrote it in another encoding')
  })

  await t.test('a key speaks for its agencies alone', async (t) => {
    const { key: other } = await door.key('H45.01')
    await call('PUT', path, { key, body: update })
    for (const [method, body] of [
      ['PUT', update],
      ['GET', undefined],
      ['DELETE', undefined],
    ] as const) {
      await problemOf(t, dossier, [method, path, { key: other, body }], 403, 'forbidden')
      await problemOf(t, dossier, [method, path, { body }], 401, 'unauthorized')
      for (const bad of [
        'x',
        `${key}x`,
        `${key.slice(0, -1)}!`,
        key.replace(/.$/, (char) => (char === 'A' ? 'B' : 'A')),
      ])
        t.equal((await call(method, path, { key: bad, body })).status, 401)
    }
    t.equal((await call('GET', path, { key })).status, 200)
    // An old code of an agency in the key's grant means the agency.
    t.equal((await call('PUT', '/v1/dossiers/H45.03-240823-0001', { key, body: update })).status, 200)
    const stolen = { ...update, otherNumbers: ['H45.01-240823-0001'] }
    t.match(
      (await call('PUT', path, { key, body: stolen })).status,
      403,
      "nor does it name another's number as its own",
    )
    t.ok(door.log.some((line) => line.includes('agency.forbidden')))
    t.notOk(
      door.log.some((line) => line.includes('190521')),
      'numbers stay out of the log',
    )
  })

  await t.test('a revoked key ends; two keys live side by side', async (t) => {
    const old = await door.key('H45.12')
    const fresh = await door.key('H45.12')
    const put = (key: string) => call('PUT', '/v1/dossiers/H45.12-240823-0100', { key, body: update })
    t.equal((await put(old.key)).status, 200)
    t.equal((await put(fresh.key)).status, 200)
    await door.keys.revoke(old.id)
    t.equal((await put(old.key)).status, 401)
    t.equal((await put(fresh.key)).status, 200)
  })

  await t.test('bulk: every line has its answer, in order, and good lines are taken', async (t) => {
    const line = (dossierNo: string, more: object = {}) => JSON.stringify({ dossierNo, ...update, ...more })
    const answered = await call('POST', '/v1/dossiers/bulk', {
      key,
      type: ndjsonType,
      body: [
        line('H45.12-240823-0200'),
        '',
        '{"dossierNo":',
        line('H45.12-240823-0200'),
        line('H45.01-240823-0001'),
        line(canaries[0]!),
        line('H45.12-240823-0201', { dueAt: canaries[1] }),
        JSON.stringify(update),
        line('H45.12-240823-0202', { publicNote: 'x'.repeat(70_000) }),
        '[]',
        `${line('H45.12-240823-0203')}\r`,
        line('H45.12-240823-0200', { eventTime: '2026-10-01T08:00:00Z' }),
        line('H45.12-240823-0204'),
        '  \t\r',
        ' ',
      ].join('\n'),
    })
    saw('post', '/v1/dossiers/bulk', answered.status)
    t.equal(answered.headers.get('content-type'), ndjsonType)
    t.strictSame(ndjson(answered.text), [
      { line: 1, applied: true },
      { line: 3, error: { code: 'malformed-json' } },
      { line: 4, applied: false, reason: 'duplicate' },
      { line: 5, error: { code: 'forbidden', pointer: '/dossierNo' } },
      { line: 6, error: { code: 'unreadable', pointer: '/dossierNo', reason: 'no-number' } },
      { line: 7, error: { code: 'bad-time', pointer: '/dueAt' } },
      { line: 8, error: { code: 'missing', pointer: '/dossierNo' } },
      { line: 9, error: { code: 'too-large' } },
      { line: 10, error: { code: 'invalid', pointer: '' } },
      { line: 11, applied: true },
      { line: 12, applied: false, reason: 'stale' },
      { line: 13, applied: true },
      { summary: { lines: 12, applied: 3, stale: 1, duplicate: 1, failed: 7 } },
    ])
    const empty = await call('POST', '/v1/dossiers/bulk', { key, type: ndjsonType, body: '' })
    t.same(ndjson(empty.text), [{ summary: { lines: 0, applied: 0, stale: 0, duplicate: 0, failed: 0 } }])
  })

  await t.test('bulk stops where the sender said it should', async (t) => {
    const lines = Array.from({ length: 5000 }, (_, nth) =>
      nth % 5 === 0
        ? '{'
        : JSON.stringify({ dossierNo: `H45.12-240824-${String(nth).padStart(4, '0')}`, ...update }),
    )
    for (const abortOver of ['10%', '20']) {
      const answered = await call('POST', `/v1/dossiers/bulk?abortOver=${encodeURIComponent(abortOver)}`, {
        key,
        type: ndjsonType,
        body: lines.join('\n'),
      })
      const { summary } = ndjson(answered.text).at(-1)
      t.match(summary, { aborted: 'abort-over' }, abortOver)
      t.ok(summary.lines < 5000 && summary.lines >= 100, `${summary.lines} lines`)
    }
    const none = await call('POST', '/v1/dossiers/bulk?abortOver=0%25', {
      key,
      type: ndjsonType,
      body: ['{', ...Array.from({ length: 20 }, () => '{}')].join('\n'),
    })
    t.match(
      ndjson(none.text).at(-1),
      { summary: { aborted: 'abort-over' } },
      'one is more than none of a few',
    )
    const all = await call('POST', '/v1/dossiers/bulk?abortOver=30%25', {
      key,
      type: ndjsonType,
      body: lines.join('\n'),
    })
    t.match(ndjson(all.text).at(-1), { summary: { lines: 5000, failed: 1000 } })
    for (const wrong of ['x', '101%', '-1', '1.5'])
      await problemOf(
        t,
        '/v1/dossiers/bulk',
        [
          'POST',
          `/v1/dossiers/bulk?abortOver=${encodeURIComponent(wrong)}`,
          { key, type: ndjsonType, body: '' },
        ],
        400,
        'invalid',
      )
  })

  await t.test('bulk answers each line before the next is sent, and gives up on silence', async (t) => {
    const socket = connect(Number(new URL(door.url).port), '127.0.0.1')
    t.teardown(() => socket.destroy())
    let text = ''
    let wake = () => {}
    socket.on('data', (chunk) => {
      text += chunk
      wake()
    })
    const until = async (wanted: RegExp) => {
      while (!wanted.test(text)) await new Promise<void>((resolve) => (wake = resolve))
    }
    socket.write(
      `POST /v1/dossiers/bulk HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-type: ${ndjsonType}\r\ntransfer-encoding: chunked\r\n\r\n`,
    )
    for (let nth = 1; nth <= 3; nth++) {
      const line = `${JSON.stringify({ dossierNo: `H45.12-240825-000${nth}`, ...update })}\n`
      socket.write(`${Buffer.byteLength(line).toString(16)}\r\n${line}\r\n`)
      await until(new RegExp(`"line":${nth},"applied":true`))
    }
    t.match(text, /^HTTP\/1.1 200/)
    await until(/"aborted":"too-slow"/)
  })

  await t.test('events count once by source and id, structured and in batches', async (t) => {
    const send = (body: unknown, type: string) => call('POST', '/v1/events', { key, type, body })
    const first = await send(event('1'), oneEvent)
    saw('post', '/v1/events', first.status)
    t.match(first, { status: 200, body: { applied: true, lookupNumber: /^\d{12}$/ } })
    const newer = { data: { dossierStatus: 9, eventTime: '2026-11-05T08:00:00Z' } }
    t.match((await send(event('1', newer), oneEvent)).body, { applied: false, reason: 'duplicate' })
    t.match((await send(event('1', { ...newer, source: 'https://mot-cua.example.vn/' }), oneEvent)).body, {
      applied: true,
    })
    // What the reference library writes is read.
    const theirs = new CloudEvent({
      ...event('2'),
      data: { ...update, eventTime: '2026-11-06T08:00:00Z' },
    } as never)
    t.match((await send(theirs.toString(), oneEvent)).body, { applied: true })
    const batch = await send(
      [
        event('10', { data: { ...update, eventTime: '2026-11-07T08:00:00Z' } }),
        event('10'),
        event('11'),
        event('12', { subject: 'H45.01-240823-0001' }),
        event('13', { subject: canaries[0] }),
        event('14', { data: { ...update, dueAt: canaries[1] } }),
        event('15', { type: 'other' }),
        { id: '16' },
        event('17', { data: undefined }),
      ],
      manyEvents,
    )
    t.strictSame(batch.body, {
      results: [
        { event: 1, applied: true },
        { event: 2, applied: false, reason: 'duplicate' },
        { event: 3, applied: false, reason: 'stale' },
        { event: 4, error: { code: 'forbidden', pointer: '/subject' } },
        { event: 5, error: { code: 'unreadable', pointer: '/subject', reason: 'no-number' } },
        { event: 6, error: { code: 'bad-time', pointer: '/data/dueAt' } },
        { event: 7, error: { code: 'invalid', pointer: '/type' } },
        { event: 8, error: { code: 'missing', pointer: '/specversion' } },
        { event: 9, error: { code: 'missing', pointer: '/data' } },
      ],
      summary: { events: 9, applied: 1, stale: 1, duplicate: 1, failed: 6 },
    })
    const events = '/v1/events'
    await problemOf(
      t,
      events,
      ['POST', events, { key, type: oneEvent, body: { ...event('20'), data: {} } }],
      400,
      'invalid',
    )
    await problemOf(t, events, ['POST', events, { key, type: oneEvent, body: '{' }], 400, 'malformed-json')
    await problemOf(t, events, ['POST', events, { key, type: manyEvents, body: event('21') }], 400, 'invalid')
    await problemOf(
      t,
      events,
      ['POST', events, { key, type: manyEvents, body: Array(1001).fill({}) }],
      413,
      'too-large',
    )
    await problemOf(
      t,
      events,
      ['POST', events, { key, type: oneEvent, body: event('22', { subject: 'H45.01-240823-0001' }) }],
      403,
      'forbidden',
    )
    await problemOf(t, events, ['POST', events, { type: oneEvent, body: event('23') }], 401, 'unauthorized')
  })

  await t.test('an Idempotency-Key gets the same answer for the same request, once', async (t) => {
    const bulkPath = '/v1/dossiers/bulk'
    const line = JSON.stringify({ dossierNo: 'H45.12-240826-0001', ...update })
    const send = (idempotencyKey: string, body = line) =>
      call('POST', bulkPath, { key, type: ndjsonType, body, headers: { 'idempotency-key': idempotencyKey } })
    const first = await send('a')
    const again = await send('a')
    t.equal(again.text, first.text)
    t.equal(again.headers.get('idempotent-replayed'), 'true')
    t.match(ndjson(again.text)[0], { applied: true })
    t.match(await send('with blanks'), { status: 400, body: { errors: [{ code: 'idempotency-key' }] } })
    const kept = { headers: { 'idempotency-key': 'e' } }
    const one = await call('POST', '/v1/events', { key, type: oneEvent, body: event('30'), ...kept })
    t.same(
      await call('POST', '/v1/events', { key, type: oneEvent, body: event('30'), ...kept }).then(
        (r) => r.text,
      ),
      one.text,
    )

    // Another gateway has begun the same request and not finished.
    const other = openIdempotency(door.door)
    for (const [name, route, type, body] of [
      ['one', bulkPath, ndjsonType, line],
      ['two', '/v1/events', oneEvent, JSON.stringify(event('31'))],
    ] as const) {
      const begun = await other.begin(keyId, name, route, Buffer.from(body))
      const same = { key, type, body, headers: { 'idempotency-key': name } }
      await problemOf(t, route, ['POST', route, same], 409, 'under-way')
      if (begun.kind === 'new') await begun.abandon()
      t.equal((await call('POST', route, same)).status, 200, 'given up, it can be sent again')
      await problemOf(t, route, ['POST', route, { ...same, body: `${body} ` }], 422, 'key-reused')
    }
  })

  await t.test('a signature over the raw body does for a key', async (t) => {
    const webhook = new Webhook(door.secretOf(keyId))
    const signed = (body: string, more: { at?: Date; id?: string } = {}) => {
      const when = more.at ?? new Date()
      const id = more.id ?? 'msg_1'
      return {
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(when.getTime() / 1000)),
        'webhook-signature': `v1a,AAAA ${webhook.sign(id, when, body)}`,
      }
    }
    // Blanks and escapes that a parser would not preserve.
    const body = `{ "dossierNo": "${no}",  "dossierStatus":\t9, "eventTime": "2026-11-10T08:00:00Z", "publicNote": "\\u0041" }`
    const send = (text: string, headers: Record<string, string>, query = `?keyId=${keyId}`) =>
      call('PUT', `${path}${query}`, { body: text, headers })
    t.match(await send(body, signed(body)), { status: 200, body: { applied: true } })
    t.match(
      await send(body, signed(body)),
      { status: 200, body: { reason: 'duplicate' } },
      'sent again is safe',
    )
    const lines = `${JSON.stringify({ dossierNo: 'H45.12-240827-0001', ...update })}\n`
    const bulk = await call('POST', `/v1/dossiers/bulk?keyId=${keyId}`, {
      type: ndjsonType,
      body: lines,
      headers: signed(lines),
    })
    t.match(ndjson(bulk.text), [{ line: 1, applied: true }, {}])

    const refused = async (label: string, answered: Promise<{ status: number }>) =>
      t.equal((await answered).status, 401, label)
    await refused('one bit changed', send(body.replace('9,', '8,'), signed(body)))
    await refused('too old', send(body, signed(body, { at: new Date(Date.now() - 301_000) })))
    await refused('too new', send(body, signed(body, { at: new Date(Date.now() + 301_000) })))
    await refused('another id', send(body, { ...signed(body), 'webhook-id': 'msg_2' }))
    await refused('no key named', send(body, signed(body), ''))
    await refused('an unknown key', send(body, signed(body), '?keyId=000000000000'))
    await refused('no time', send(body, { ...signed(body), 'webhook-timestamp': '' }))
    await refused('reading wants the key', call('GET', `${path}?keyId=${keyId}`, { headers: signed('') }))
    const bare = JSON.stringify(update)
    t.match(
      (await send(bare, signed(bare))).body,
      { code: 'invalid', errors: [{ code: 'missing', pointer: '/dossierNo' }] },
      'a signed body names its dossier, or it could be sent to the address of another',
    )
    const { id: gone } = await door.key('H45.12')
    const theirs = new Webhook(door.secretOf(gone))
    const when = new Date()
    await door.keys.revoke(gone)
    await refused(
      'a revoked key',
      call('PUT', `${path}?keyId=${gone}`, {
        body,
        headers: {
          'webhook-id': 'x',
          'webhook-timestamp': String(Math.floor(when.getTime() / 1000)),
          'webhook-signature': theirs.sign('x', when, body),
        },
      }),
    )
  })

  await t.test('sizes, types and times have their own answers', async (t) => {
    const big = JSON.stringify({ ...update, publicNote: 'x'.repeat(70_000) })
    const events = '/v1/events'
    const bulk = '/v1/dossiers/bulk'
    await problemOf(t, dossier, ['PUT', path, { key, body: big }], 413, 'too-large')
    await problemOf(
      t,
      events,
      ['POST', events, { key, type: oneEvent, body: ' '.repeat(200_001) }],
      413,
      'too-large',
    )
    await problemOf(
      t,
      bulk,
      ['POST', bulk, { key, type: ndjsonType, body: ' '.repeat(5000), headers: { 'idempotency-key': 'b' } }],
      413,
      'too-large',
    )
    for (const [method, route, type] of [
      ['PUT', path, 'application/json'],
      ['POST', events, oneEvent],
      ['POST', bulk, ndjsonType],
    ] as const) {
      const named = route === path ? dossier : route
      const wrong = { key, type: 'text/plain', body: '{}' }
      await problemOf(t, named, [method, route, wrong], 415, 'wrong-content-type')
      const packed = await call(method, route, {
        key,
        type,
        body: '{}',
        headers: { 'content-encoding': 'br' },
      })
      t.match(packed, { status: 415, body: { code: 'wrong-content-encoding' } })
      await problemOf(
        t,
        named,
        [method, route, { ...wrong, type: `${type}; charset=utf-16` }],
        415,
        'wrong-content-type',
      )
      const text = await raw(
        door.url,
        `${method} ${route} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-type: ${type}\r\ncontent-length: 100\r\n\r\n${route === bulk ? '' : '{'}`,
      )
      t.match(text, /^HTTP\/1.1 408 .*"code":"too-slow"/s, `${route} half a body`)
      saw(method.toLowerCase(), named, 408)
    }
    for (const type of [
      'Application/JSON; charset="UTF-8"',
      "application/json; charset='utf-8'",
      'application/json; charset=us-ascii',
      'application/json; charset=',
      'text/json',
      'application/x-json; charset=utf8',
    ])
      t.equal((await call('PUT', path, { key, body: update, type })).status, 200, type)
    for (const type of ['application/jsonlines', 'application/x-jsonlines', 'text/x-ndjson; charset=utf-8']) {
      const line = JSON.stringify({ ...update, dossierNo: no })
      t.match(ndjson((await call('POST', bulk, { key, body: line, type })).text), [{ line: 1 }, {}], type)
    }
    const plain = { key, body: update, headers: { 'content-encoding': '' } }
    t.equal((await call('PUT', path, plain)).status, 200, 'an encoding that is left empty')
  })

  await t.test('one sender too many at a time waits', async (t) => {
    const bulk = '/v1/dossiers/bulk'
    let release = () => {}
    let begun = () => {}
    const hasBegun = new Promise<void>((resolve) => (begun = resolve))
    const line = `${JSON.stringify({ dossierNo: 'H45.12-240828-0001', ...update })}\n`
    const first = fetch(door.url + bulk, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': ndjsonType },
      duplex: 'half',
      body: new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(line))
          release = () => controller.close()
        },
      }),
    } as RequestInit)
    void first.then(() => begun())
    await hasBegun
    const answered = await problemOf(
      t,
      bulk,
      ['POST', bulk, { key, type: ndjsonType, body: line }],
      429,
      'too-many-requests',
    )
    t.ok(Number(answered.headers.get('retry-after')) >= 1)
    release()
    t.match(ndjson(await (await first).text()).at(-1), { summary: { lines: 1 } })
    t.equal((await call('POST', bulk, { key, type: ndjsonType, body: line })).status, 200)
  })

  await t.test(
    'what is documented is valid, and each documented answer was seen above or below',
    async (t) => {
      const { body } = await call('GET', '/openapi.json')
      const validated = await new Validator().validate(structuredClone(body))
      t.same(validated.errors ?? [], [])
      t.equal(validated.valid, true)
      t.equal(body.openapi, '3.1.0')
      t.equal((await call('GET', '/docs/')).status, 200)

      // The store away: 503 from every route, with Retry-After, and never "unknown".
      await door.redis.kill()
      for (const [method, route, args] of [
        ['PUT', path, { body: update }],
        ['GET', path, {}],
        ['DELETE', path, {}],
        ['POST', '/v1/events', { body: event('90'), type: oneEvent }],
        ['POST', '/v1/dossiers/bulk', { body: '{}', type: ndjsonType, headers: { 'idempotency-key': 'z' } }],
      ] as const) {
        const named = route === path ? dossier : route
        const answered = await problemOf(t, named, [method, route, { key, ...args }], 503, 'unavailable')
        t.ok(Number(answered.headers.get('retry-after')) >= 1)
      }
      const isBack = new Promise((resolve) => door.door.onReadyChange(resolve))
      await door.redis.start()
      await isBack
      t.equal((await call('PUT', path, { key, body: update })).status, 200, 'and all is back with Redis')

      // Guessed keys: repeated failures are asked to wait.
      let status = 401
      for (let tries = 0; tries < 40 && status === 401; tries++)
        status = (await call('GET', path, { key: 'guess' })).status
      t.equal(status, 429)
      for (const [method, route, type] of [
        ['PUT', path, 'application/json'],
        ['GET', path, undefined],
        ['DELETE', path, undefined],
        ['POST', '/v1/events', oneEvent],
        ['POST', '/v1/dossiers/bulk', ndjsonType],
      ] as const) {
        const named = route === path ? dossier : route
        await problemOf(
          t,
          named,
          [method, route, { key: 'guess', ...(type ? { body: '{}', type } : {}) }],
          429,
          'too-many-requests',
        )
      }
      t.equal(
        (await call('PUT', path, { key, body: update })).status,
        200,
        'a right key passes all the while',
      )
      saw('post', '/v1/dossiers/bulk', 401)

      const documented = Object.entries(
        body.paths as Record<string, Record<string, { responses: object }>>,
      ).flatMap(([route, methods]) =>
        Object.entries(methods).flatMap(([method, { responses }]) =>
          Object.keys(responses).map((status) => `${method} ${route} ${status}`),
        ),
      )
      t.ok(documented.length > 40)
      t.same(
        documented.filter((one) => !seen.has(one)),
        [],
        'documented and never seen',
      )
      t.same(
        [...seen].filter((one) => !documented.includes(one)),
        [],
        'seen and not documented',
      )
    },
  )

  for (const canary of canaries)
    t.notOk(
      door.log.some((line) => line.includes(canary)),
      'nothing personal is logged',
    )
})

t.test('a body that comes a little at a time is given up after its whole time', async (t) => {
  const bytes = Readable.from(
    (async function* () {
      for (;;) yield Buffer.from(await turn('x'))
    })(),
  )
  const read = async () => {
    for await (const _chunk of streamBody(bytes as IncomingMessage, 60_000, 20));
  }
  await t.rejects(read(), { message: 'too-slow' })
  bytes.destroy()
})

/** Sends bytes and reads until the other side closes. */
function raw(url: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.once('close', () => resolve(text)).once('error', reject)
    socket.write(bytes)
  })
}
