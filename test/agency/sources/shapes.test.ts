// The response shapes of real peers: various envelopes, keys in any case, states in words, records without a time of
// change, pages in any order. The peer is a real HTTP server that returns exactly the row's data.
import t from 'tap'
import { dateUpdates } from '../../../src/agency/sources/dating.js'
import { openSource } from '../../../src/agency/sources/kinds.js'
import { after, noOrder } from '../../../src/agency/sources/order.js'
import type { SourceConfig } from '../../../src/agency/sources/settings.js'
import type { SourceUpdate } from '../../../src/agency/sources/source.js'
import { readUnread } from '../../../src/agency/sources/unread.js'
import type { Dossier, DossierNo, DossierStatus } from '../../../src/dossier/dossier.js'
import { writePortalTime, writeTime } from '../../../src/dossier/times.js'
import { openGatewaySide, type SourcePart, sourceConfig } from '../../peers/sources/gateway-side.js'
import { dayFirstTime } from '../../peers/sources/population.js'
import { type PeerServer, startServer } from '../../peers/sources/server.js'

const number = 'H45.12-260505-0001'
const hour = 3_600_000
const received = Date.parse('2026-05-05T08:00:00+07:00')

function config<K extends SourceConfig['kind']>(url: string, part: SourcePart<K>): SourceConfig {
  return sourceConfig({
    name: 'vendor',
    url,
    pollSeconds: 1,
    readThroughMs: 5000,
    clientSecret: 's',
    clientId: 'c',
    ...part,
  })
}

type Ask = { url: URL; body: string; headers: NodeJS.Dict<string | string[]> }

const igateOf = (t: Parameters<typeof startServer>[0], answer: (ask: Ask) => unknown) =>
  startServer(t, (request, url, body) =>
    url.pathname === '/token'
      ? { json: { access_token: 'token', expires_in: 300 } }
      : { json: answer({ url, body, headers: request.headers }) },
  )
const portalOf = (t: Parameters<typeof startServer>[0], answer: (ask: Ask) => unknown) =>
  startServer(t, (request, url, body) => {
    // The national bus routes by this header and knows no call without it.
    if (request.headers.dstcode !== 'VN:GOV:X') return { json: { error_code: '-1' } }
    return {
      json:
        url.pathname === '/mapi/login' ? { error_code: 0, session: 's' } : answer({ url, body, headers: {} }),
    }
  })
const igate = (peer: PeerServer, more: Partial<SourcePart<'igate'>> = {}) =>
  config(peer.url, {
    kind: 'igate',
    statuses: { '2': 'supplement', '3': 'processing', '5': 'returned' },
    options: { tokenUrl: `${peer.url}/token`, pageSize: 20 },
    ...more,
  })
const portal = (peer: PeerServer, more: Partial<SourcePart<'dvcqg'>> = {}) =>
  config(peer.url, {
    kind: 'dvcqg',
    options: { madonvi: 'X', dstcode: 'VN:GOV:X', authPath: '/mapi/login', servicePath: '/mapi/g' },
    ...more,
  })

t.test('what a peer has and we cannot read is unavailable, counted, and named for doctor', async (t) => {
  const row = { code: number, appliedDate: writeTime(received), updatedDate: writeTime(received) }
  for (const [label, content, expected, unread] of [
    [
      'a state that is not mapped',
      [{ ...row, dossierStatus: { id: 18 } }],
      'unavailable',
      { reason: 'unknown-status', word: '18' },
    ],
    [
      'no state at all',
      [{ ...row, dossierStatus: null, procedure: {} }],
      'unavailable',
      { reason: 'no-status' },
    ],
    ['no time', [{ code: number, dossierStatus: { id: 3 } }], 'unavailable', { reason: 'no-time' }],
    [
      'a time that is none',
      [{ ...row, updatedDate: 'hôm qua', dossierStatus: { id: 3 } }],
      'unavailable',
      { reason: 'bad-time' },
    ],
    [
      'a number that is none',
      [{ ...row, code: 'BN-17/2026', dossierStatus: { id: 3 } }],
      'unavailable',
      { reason: 'unreadable-number' },
    ],
    ['an envelope that is none', { message: 'ok' }, 'unavailable', undefined],
    [
      'another dossier',
      [{ ...row, code: 'H45.12-260505-0002', dossierStatus: { id: 18 } }],
      'none',
      undefined,
    ],
    ['nothing', [], 'none', undefined],
    ['nothing, as an empty object', { data: {} }, 'none', undefined],
    ['two lists of which either may be meant', { moi: [row], cu: [row] }, 'unavailable', undefined],
    [
      'a first day of Unix as its change',
      [{ ...row, updatedDate: 0, dossierStatus: { id: 3 } }],
      'stored',
      undefined,
    ],
    [
      'a first day of .NET as its change',
      [{ ...row, updatedDate: '0001-01-01T00:00:00', dossierStatus: { id: 3 } }],
      'stored',
      undefined,
    ],
    ['what is to be ignored', [{ ...row, dossierStatus: { id: 0 } }], 'none', undefined],
    ['the dossier', [{ ...row, dossierStatus: { id: 3 } }], 'stored', undefined],
    [
      'the dossier in other letters',
      [{ ...row, code: ` h45.12 - 260505 - 0001`, dossierStatus: { id: 3 } }],
      'stored',
      undefined,
    ],
  ] as const) {
    const peer = await igateOf(t, ({ url }) =>
      url.searchParams.get('code') === ''
        ? { content: [], last: true }
        : Array.isArray(content)
          ? { content }
          : content,
    )
    const side = await openGatewaySide(t)
    const sources = side.open([igate(peer, { statuses: { '3': 4, '0': 'ignore' } })])
    t.equal(await sources.ask(side.readDossierNo(number)!), expected, label)
    const kept = await readUnread(side.door, 'vendor', Date.now())
    if (unread) t.match(kept, [unread], label)
    else t.same(kept, [], label)
    await sources.close()
    await peer.stop()
  }
})

t.test('a peer without times of change is believed as of the poll', async (t) => {
  const states = ['4', '5', '4', '6', '4']
  const due = received + 10 * 24 * hour
  const peers: [
    string,
    (code: string, due: number) => { peer: Promise<PeerServer>; set(code: string, due: number): void },
  ][] = [
    [
      'igate',
      (code, dueAt) => {
        const now = { code, dueAt }
        const ids: Record<string, number> = { '4': 3, '5': 2, '6': 7 }
        const record = () => ({
          code: number,
          dossierStatus: { id: ids[now.code] },
          appliedDate: writeTime(received),
          appointmentDate: writeTime(now.dueAt),
          procedure: {
            code: '1.001612.000.00.00.H15',
            translate: { languageId: 228, name: 'Đăng ký hộ kinh doanh' },
          },
        })
        return {
          peer: igateOf(t, () => ({ content: [record()], last: true })),
          set: (code, dueAt) => Object.assign(now, { code, dueAt }),
        }
      },
    ],
    [
      'dvcqg',
      (code, dueAt) => {
        const now = { code, dueAt }
        const record = () => ({
          MaHoSo: number,
          TrangThaiHoSo: now.code,
          NgayHenTra: writePortalTime(now.dueAt),
        })
        return {
          peer: portalOf(t, () => ({ error_code: '00', data: [record()], total: '1' })),
          set: (code, dueAt) => Object.assign(now, { code, dueAt }),
        }
      },
    ],
    [
      'dvcqg, changes by the day',
      (code, dueAt) => {
        const now = { code, dueAt }
        const record = () => ({
          MaHoSo: number,
          TrangThaiHoSo: now.code,
          NgayHenTra: writePortalTime(now.dueAt),
          NgayCapNhat: writePortalTime(Date.now()).slice(0, 8),
        })
        return {
          peer: portalOf(t, () => ({ error_code: '00', data: [record()], total: '1' })),
          set: (code, dueAt) => Object.assign(now, { code, dueAt }),
        }
      },
    ],
  ]
  for (const [kind, open] of peers) {
    const { peer, set } = open('4', due)
    const server = await peer
    const side = await openGatewaySide(t)
    const part = kind === 'igate' ? igate(server, { statuses: { '3': 4, '2': 5, '7': 6 } }) : portal(server)
    const no = side.readDossierNo(number)!
    const stored = () => side.store.read(no, Date.now())
    const sources = side.open([part])
    for (const [nth, code] of states.entries()) {
      const dueAt = nth < 3 ? due : due + 5 * 24 * hour
      set(code, dueAt)
      await until(async () => {
        const dossier = await stored()
        const date = dossier?.extendedDueAt ?? dossier?.dueAt
        return dossier !== undefined && statusCode[dossier.dossierStatus] === code && date === dueAt
      }, `${kind} follows to ${code}`)
    }
    const dossier = (await stored())!
    t.equal(dossier.dueAt, due, `${kind}: the date before it was moved is remembered`)
    t.equal(dossier.extendedDueAt, due + 5 * 24 * hour)
    if (kind === 'igate') t.equal(dossier.procedure?.name, 'Đăng ký hộ kinh doanh')
    const { eventTime } = dossier
    const polls = server.requests.length
    await until(async () => server.requests.length > polls + 3, 'polls go on')
    t.equal((await stored())!.eventTime, eventTime, `${kind}: the same word again changes nothing`)
    await sources.close()
    await server.stop()
  }
})

t.test('several rows of one dossier without times of change are one word, the latest', async (t) => {
  const row = (
    dossierStatus: DossierStatus,
    after: number,
    more: Partial<SourceUpdate> = {},
  ): SourceUpdate => ({
    dossierNo: number,
    dossierStatus,
    eventTime: writeTime(received + after * hour),
    undated: true,
    ...more,
  })
  const deps = { readDossierNo: () => undefined, readStored: async () => undefined }
  for (const [label, rows, expected] of [
    ['by their dates', [row('finished', 3), row('processing', 1)], ['finished']],
    ['by the order of states', [row('processing', 1), row('finished', 1), row('accepted', 1)], ['finished']],
    ['back to an earlier state', [row('supplement', 1), row('processing', 2)], ['processing']],
    [
      'others stay',
      [row('processing', 1), row('finished', 1, { dossierNo: `${number}9` })],
      ['processing', 'finished'],
    ],
    [
      'dated ones stay',
      [
        { dossierNo: number, dossierStatus: 'processing', eventTime: writeTime(received) },
        row('finished', 1),
      ],
      ['processing', 'finished'],
    ],
  ] as const)
    t.same(
      (await dateUpdates(rows, received + 9 * hour, deps)).map(({ dossierStatus }) => dossierStatus),
      expected,
      label,
    )
})

t.test('a record that differs from what came after its request is stale, whatever its state', async (t) => {
  const stored = { dossierStatus: 'processing', eventTime: received, asOf: received + hour } as Dossier
  const deps = { readDossierNo: () => ({}) as DossierNo, readStored: async () => stored }
  const eventTime = writeTime(received)
  for (const [label, dossierStatus, askedAt, expected] of [
    ['heard before', 'finished', received + 3 * hour, received + 3 * hour],
    ['heard since', 'finished', received, received - 1000],
    ['the same', 'processing', received, received],
  ] as const) {
    const rows = [{ dossierNo: number, dossierStatus, eventTime, undated: true as const }]
    const [ready] = await dateUpdates(rows, askedAt, deps)
    t.equal(ready!.eventTime, writeTime(expected), label)
  }
})

const statusCode: Record<string, string> = { processing: '4', supplement: '5', payment: '6' }

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    if (await condition()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`waited in vain: ${what}`)
}

t.test('envelopes are read by what they hold', async (t) => {
  const record = { MaHoSo: number, TrangThaiHoSo: '4', NgayTiepNhan: '20260505080000' }
  const other = { ...record, MaHoSo: 'H45.12-260505-0002' }
  const upper = { MAHOSO: number, TRANGTHAIHOSO: '4', NGAYTIEPNHAN: '20260505080000' }
  const spoken = { MaHoSo: number, TrangThaiHoSo: 'Đang xử lý', NgayTiepNhan: dayFirstTime(received) }
  for (const [label, answer] of [
    ['data', { error_code: '0', data: [record] }],
    ['result', { result: [record] }],
    ['capitals', { RESULT: [upper] }],
    ['words and day first', { total: 1, data: [spoken] }],
    ['one record', { error_code: 0, data: record }],
    ['one within the other', { result: { total: 1, items: [record] } }],
    ['a list alone', [record]],
    ['as a text', { error_code: '00', result: JSON.stringify([record]) }],
    ['under its own name', { DanhSachHoSo: [record] }],
    ['under a name of the peer’s own', { KetQua: [record] }],
    ['under two such names', { thongTin: { dsHoSo: [record], tong: 1 }, loi: [] }],
    ['as OData has it', { d: { results: [record] } }],
    ['by their numbers', { error_code: 0, data: { [number]: record } }],
    ['as a list of PHP that lost its first', { error_code: 0, data: { '1': record, '3': other } }],
    ['a success in words', { error_code: 'OK', data: [record] }],
    ['no error', { error_code: false, data: [record] }],
    ['a success of its own code', { code: 1, message: 'Thành công', data: [record] }],
    [
      'keys in the writing of databases',
      { error_code: 0, data: [{ ma_ho_so: number, trang_thai_ho_so: 4, ngay_tiep_nhan: '20260505080000' }] },
    ],
    ['a state as an object', { error_code: 0, data: [{ ...record, TrangThaiHoSo: { ma: '4', ten: 'x' } }] }],
    ['a state as a name', { error_code: 0, data: [{ ...record, TrangThaiHoSo: { ten: 'Đang xử lý' } }] }],
    ['a state as a list of one', { error_code: 0, data: [{ ...record, TrangThaiHoSo: [{ id: 4 }] }] }],
  ] as const) {
    const peer = await portalOf(t, () => answer)
    const side = await openGatewaySide(t)
    const sources = side.open([portal(peer, { readThroughMs: 5000 })])
    t.equal(await sources.ask(side.readDossierNo(number)!), 'stored', label)
    t.match(await side.store.read(side.readDossierNo(number)!, Date.now()), {
      dossierStatus: 'processing',
      receivedAt: received,
    })
    await sources.close()
    await peer.stop()
  }
})

t.test('an empty answer is believed only from a peer that does not say otherwise', async (t) => {
  for (const [label, answer, expected] of [
    ['nothing', { error_code: '0', result: [] }, 'none'],
    ['nothing in all', { total: 0, data: null }, 'none'],
    ['a failure in an envelope', { success: false, data: null, message: 'Lỗi hệ thống' }, 'unavailable'],
    ['one in words', { isSuccess: 'False', result: [] }, 'unavailable'],
    ['a status of its own', { status: 500, data: null }, 'unavailable'],
    ['a status in words', { status: 'error', data: [] }, 'unavailable'],
    ['a total and no list', { error_code: 0, data: [], total: 1 }, 'unavailable'],
    ['a number that is not known', { error_code: '1', message: 'Không tìm thấy hồ sơ' }, 'none'],
    ['the same as a failure', { success: false, data: null, msg: 'Hồ sơ không tồn tại' }, 'none'],
    ['another error', { error_code: '1', message: 'Không tìm thấy phiên' }, 'unavailable'],
  ] as const) {
    const peer = await portalOf(t, () => answer)
    const side = await openGatewaySide(t)
    const sources = side.open([portal(peer, { readThroughMs: 5000 })])
    t.equal(await sources.ask(side.readDossierNo(number)!), expected, label)
    await sources.close()
    await peer.stop()
  }
  const peer = await igateOf(t, () => ({ content: [], totalElements: 1 }))
  const side = await openGatewaySide(t)
  const sources = side.open([igate(peer, { readThroughMs: 5000 })])
  t.equal(await sources.ask(side.readDossierNo(number)!), 'unavailable', 'iGate counts one')
  await sources.close()
})

t.test('a sort is used only where the pages prove it', async (t) => {
  t.match(after(noOrder, [5, 4, 4, 1]), { isKept: true, isTelling: true, last: 1 })
  t.match(after(noOrder, [5, 5]), { isKept: true, isTelling: false })
  t.match(after(noOrder, [5, undefined, 3]), { isKept: false })
  t.match(after(after(noOrder, [5, 4]), [6]), { isKept: false })

  for (const sorts of [false, true]) {
    const records = Array.from({ length: 400 }, (_, n) => ({
      dossierNo: `H45.12-2605${String(1 + (n % 28)).padStart(2, '0')}-${String(n + 1).padStart(4, '0')}`,
      dossierStatus: 'processing',
      receiveDate: dayFirstTime(received),
      // Unchanged records are sorted by position, so that the first pages look sorted although nobody sorts.
      modifiedDate: received + (400 - n) * 60_000,
    }))
    const peer = await startServer(t, (_request, url) => {
      const [start, end] = ['start', 'end'].map((name) => Number(url.searchParams.get(name)))
      const list = sorts
        ? [...records].sort((a, b) => b.modifiedDate - a.modifiedDate)
        : [...records].reverse()
      return { json: { total: list.length, data: list.slice(start, end) } }
    })
    const side = await openGatewaySide(t)
    const sources = side.open([
      config(peer.url, { kind: 'opencps', overlapSeconds: 60, options: { groupId: '1', pageSize: 20 } }),
    ])
    await side.events.next('source.fill.ended')
    const changed = [3, 77, 150, 222, 301, 399].map((n) => records[n]!)
    for (const one of changed) Object.assign(one, { dossierStatus: 'done', modifiedDate: Date.now() })
    const from = peer.requests.length
    await until(async () => {
      const read = await Promise.all(
        changed.map(({ dossierNo }) => side.store.read(side.readDossierNo(dossierNo)!, Date.now())),
      )
      return read.every((one) => one?.dossierStatus === 'returned')
    }, 'all six are seen')
    const pages = peer.requests.length - from
    if (sorts) t.ok(pages < 20, `a peer that sorts is not walked through for a poll (${pages} pages)`)
    else t.ok(pages <= 45, `all within a walk or two (${pages} pages)`)
    await sources.close()
    await peer.stop()
  }
})

t.test("iGate's states are mapped by their number or by their name", async (t) => {
  const vi = [{ languageId: 228, name: 'Đang xử lý' }]
  for (const [label, dossierStatus, statuses, expected] of [
    ['a number', { id: 3, name: vi }, { '3': 4 }, 'processing'],
    ['a name', { id: 3, name: vi }, { 'Đang xử lý': 4 }, 'processing'],
    ['the number before the name', { id: 3, name: vi }, { '3': 5, 'Đang xử lý': 4 }, 'supplement'],
    ['a name alone', { name: vi }, { 'đang xử lý': 4 }, 'processing'],
    ['a code', { code: 'DXL', name: 'Đang xử lý' }, { DXL: 4 }, 'processing'],
    ['a list of one', [{ id: 3 }], { '3': 4 }, 'processing'],
    ['a word', 'Đang xử lý', { 'Đang xử lý': 4 }, 'processing'],
    ['a name to be ignored', { id: 3, name: vi }, { 'Đang xử lý': 'ignore' }, 'ignored-status'],
    ['neither', { id: 3, name: vi }, { '4': 4 }, 'unknown-status 3'],
    ['a name that is not mapped', { name: vi }, { '4': 4 }, 'unknown-status Đang xử lý'],
    ['nothing', {}, { '4': 4 }, 'no-status'],
  ] as const) {
    const peer = await igateOf(t, () => ({
      content: [{ code: number, appliedDate: received, dossierStatus }],
    }))
    const [mapped] = await openSource(igate(peer, { statuses })).find(number, AbortSignal.timeout(5000))
    t.equal(
      mapped && 'skip' in mapped ? `${mapped.skip} ${mapped.word}`.trim() : mapped?.update.dossierStatus,
      expected === 'ignored-status' ? 'ignored-status 3' : expected,
      label,
    )
    await peer.stop()
  }
})

t.test('a token that is not taken any more is renewed, however the peer says so', async (t) => {
  for (const [label, refusal] of [
    ['401', { status: 401, json: {} }],
    ['403', { status: 403, json: { error: 'forbidden' } }],
    ['a status of its own', { status: 440, json: {} }],
    ['RFC 6750 with a success', { json: { error: 'invalid_token' } }],
    ['WSO2', { json: { fault: { code: 900901, message: 'Invalid Credentials' } } }],
  ] as const) {
    let tokens = 0
    const peer = await startServer(t, (request, url) => {
      if (url.pathname === '/token') return { json: { access_token: `t${++tokens}`, expires_in: 300 } }
      if (request.headers.authorization === 'Bearer t1') return refusal
      return { json: { content: [{ code: number, appliedDate: received, dossierStatus: { id: 3 } }] } }
    })
    t.equal((await openSource(igate(peer)).find(number, AbortSignal.timeout(5000))).length, 1, label)
    await peer.stop()
  }
})

t.test(
  'what answers a call with a session or token that is over in its own way gets a new one with the next call',
  async (t) => {
    const page = '<!DOCTYPE html><title>Đăng nhập</title>'
    for (const [label, over] of [
      ['a fault', { status: 500, json: { error: 'session' } }],
      ['a redirect to the page of the login', { status: 302, headers: { location: '/login' } }],
      ['that page with a success', { text: page }],
    ] as const) {
      let given = 0
      const peer = await startServer(t, (request, url, body) => {
        if (url.pathname === '/token') return { json: { access_token: `t${++given}`, expires_in: 86_400 } }
        if (url.pathname === '/mapi/login') return { json: { error_code: 0, session: `t${++given}` } }
        if (request.headers.authorization === 'Bearer t1' || body.includes('"t1"')) return over
        const record = {
          code: number,
          MaHoSo: number,
          TrangThaiHoSo: 4,
          appliedDate: received,
          dossierStatus: { id: 3 },
        }
        return { json: { error_code: 0, data: [record] } }
      })
      for (const config of [igate(peer), portal(peer)]) {
        given = 0
        const source = openSource(config)
        const ask = () =>
          source.find(number, AbortSignal.timeout(5000)).catch((error: Error) => error.message)
        await ask()
        t.ok(Array.isArray(await ask()), `${config.kind}: ${label}`)
      }
      await peer.stop()
    }
  },
)

t.test('a portal that says "no dossiers" in words has a page without any', async (t) => {
  for (const answer of [
    { error_code: '1', error_message: 'Không tìm thấy hồ sơ' },
    { error_code: '0', message: 'Không có dữ liệu hồ sơ' },
  ]) {
    const peer = await portalOf(t, () => answer)
    t.same((await openSource(portal(peer)).page({ signal: AbortSignal.timeout(5000) })).records, [])
    await peer.stop()
  }
})

t.test(
  'of an answer that is too long the rest is counted as left out, and nothing in it is unknown',
  async (t) => {
    const rows = Array.from({ length: 5001 }, (_, n) => ({
      MaHoSo: `H45.12-260505-${String(n + 2).padStart(4, '0')}`,
      TrangThaiHoSo: '4',
    }))
    for (const [most, find] of [
      [5000, false],
      [100, true],
    ] as const) {
      const peer = await portalOf(t, () => ({ error_code: 0, data: rows }))
      const source = openSource(portal(peer))
      const { signal } = new AbortController()
      const mapped = find ? await source.find(number, signal) : (await source.page({ signal })).records
      t.equal(mapped.length, most + 1)
      t.same(mapped.at(-1), { skip: 'too-many' })
      await peer.stop()
    }
    const peer = await portalOf(t, () => ({ error_code: 0, data: rows }))
    const side = await openGatewaySide(t)
    const sources = side.open([portal(peer, { readThroughMs: 5000 })])
    t.equal(await sources.ask(side.readDossierNo(number)!), 'unavailable')
    await sources.close()
  },
)

t.test('pages are read to their end, however the peer counts them, and no further', async (t) => {
  const rows = Array.from({ length: 60 }, (_, n) => ({
    code: `H45.12-260505-${String(n + 1).padStart(4, '0')}`,
    dossierStatus: { id: 3 },
    appliedDate: writeTime(received),
    updatedDate: writeTime(received + (60 - n) * 60_000),
  }))
  // Sent online and not yet accepted: no number.
  const unnumbered = rows.map(({ code: _, ...row }) => ({ ...row, nationCode: '' }))
  const page = (url: URL) => Number(url.searchParams.get('page'))
  const slice = (list: readonly object[], nth: number) => list.slice(nth * 20, (nth + 1) * 20)
  for (const [label, contentOf, stored, most] of [
    ['from 0', (nth: number) => slice(rows, nth), 60, 4],
    ['from 1', (nth: number) => slice(rows, Math.max(nth, 1) - 1), 60, 5],
    ['not at all', () => rows.slice(0, 20), 20, 3],
    ['the last one again and again', (nth: number) => slice(rows, Math.min(nth, 2)), 60, 5],
    [
      'many without a number first',
      (nth: number) =>
        slice(
          [...unnumbered, ...rows].map((row, at) => ({
            ...row,
            updatedDate: writeTime(received - at * 60_000),
          })),
          nth,
        ),
      60,
      7,
    ],
  ] as const) {
    const peer = await igateOf(t, ({ url }) => ({ content: contentOf(page(url)) }))
    const side = await openGatewaySide(t)
    // Three in the morning: the nightly difference follows at once.
    const clock = Math.floor((Date.now() + 7 * hour) / (24 * hour)) * 24 * hour + 20 * hour
    const sources = side.open([igate(peer, { pollSeconds: 3600, differenceAt: '02:30' })], {
      now: () => clock,
    })
    t.match(await side.events.next('source.difference.ended'), { same: stored, missing: 0 }, label)
    t.equal(await side.stored(), stored, label)
    const asked = peer.requests.filter((one) => one === 'GET /pa/dossier/search').length
    t.ok(asked <= 2 * most, `${label}: ${asked} questions for two walks`)
    await sources.close()
    await peer.stop()
  }
})

t.test('how a dossier came in and how its result goes back is read of each kind of peer', async (t) => {
  const known = { code: number, appliedDate: writeTime(received), dossierStatus: { id: 3 } }
  const named = (name: string) => [{ languageId: 228, name }]
  const way = (record: object) => ({ MaHoSo: number, TrangThaiHoSo: '4', ...record })
  const dossier = (record: object) => ({
    dossierNo: number,
    dossierStatus: 'processing',
    modifiedDate: '05/05/2026 08:00:00',
    ...record,
  })
  const opencps = (peer: PeerServer) =>
    config(peer.url, { kind: 'opencps', options: { groupId: '1', token: 't' } })
  for (const [open, record, filedBy, returnBy] of [
    ['igate', { ...known, applyMethod: { id: 0, name: 'Trực tuyến' } }, 'online', undefined],
    ['igate', { ...known, applyMethod: { id: 1, name: named('Trực tiếp') } }, 'counter', undefined],
    [
      'igate',
      { ...known, applyMethod: { name: [{ languageId: 46, name: 'Online' }, ...named('Trực tiếp')] } },
      'counter',
      undefined,
    ],
    ['igate', { ...known, applyMethod: { en: 'Direct', vi: { name: 'Trực tuyến' } } }, 'online', undefined],
    [
      'igate',
      { ...known, dossierReceivingKind: { id: 'x', name: named('Nhận trực tiếp') } },
      undefined,
      'counter',
    ],
    [
      'igate',
      { ...known, dossierReceivingKind: { name: named('Trả kết quả qua bưu chính công ích') } },
      undefined,
      'post',
    ],
    ['igate', { ...known, applyMethod: { id: 7 }, dossierReceivingKind: null }, undefined, undefined],
    ['opencps', dossier({ online: 'true', viaPostal: '2' }), 'online', 'post'],
    ['opencps', dossier({ online: false, viaPostal: 1 }), 'counter', undefined],
    ['opencps', dossier({ online: '', viaPostal: null }), undefined, undefined],
    ['opencps', dossier({ originDossierNo: 'H45.12-260505-0002' }), undefined, undefined],
    ['dvcqg', way({ KenhThucHien: '1', HinhThuc: '0' }), 'counter', 'counter'],
    ['dvcqg', way({ KENHTHUCHIEN: 2, HINHTHUC: 1 }), 'online', 'post'],
    ['dvcqg', way({ KenhThucHien: '3', HinhThuc: '' }), 'post', undefined],
    ['dvcqg', way({ KenhThucHien: 'Trực tuyến', HinhThuc: '9' }), 'online', undefined],
  ] as const) {
    const peer = await (open === 'igate'
      ? igateOf(t, () => ({ content: [record] }))
      : open === 'dvcqg'
        ? portalOf(t, () => ({ error_code: 0, data: [record] }))
        : startServer(t, () => ({ json: { total: 1, data: [record] } })))
    const asked = open === 'igate' ? igate(peer) : open === 'dvcqg' ? portal(peer) : opencps(peer)
    const [mapped] = await openSource(asked).find(number, AbortSignal.timeout(5000))
    const update = mapped && 'update' in mapped ? mapped.update : undefined
    t.same([update?.filedBy, update?.returnBy], [filedBy, returnBy], `${open} ${JSON.stringify(record)}`)
    t.equal(update?.otherNumbers, undefined, 'the dossier that it was handed on from is another one')
  }
})

t.test('of several moved dates the latest counts, however the peer lists them', async (t) => {
  const moved = (asked: string, from: string, to: string) => ({
    NgayBoSung: asked && `${asked}080000`,
    NgayHenTraTruoc: `${from}170000`,
    NgayHenTraMoi: `${to}170000`,
  })
  const first = moved('20260506', '20260512', '20260520')
  const second = moved('20260515', '20260520', '20260530')
  const [twenty, thirty] = ['2026-05-20T17:00:00+07:00', '2026-05-30T17:00:00+07:00']
  for (const [label, list, dueAt, extendedDueAt] of [
    ['oldest first', [first, second], twenty, thirty],
    ['newest first', [second, first], twenty, thirty],
    [
      'without dates of their own',
      [moved('', '20260512', '20260520'), moved('', '20260520', '20260530')],
      twenty,
      thirty,
    ],
    ['the last asks for papers alone', [second, { NgayBoSung: '20260518080000' }], twenty, thirty],
    ['one that was XML', { HoSoBoSung: second }, twenty, thirty],
    ['a list that was XML', { HoSoBoSung: [second, first] }, twenty, thirty],
    ['one alone', second, twenty, thirty],
    ['none', '', '2026-05-12T17:00:00+07:00', undefined],
  ] as const) {
    const record = {
      MaHoSo: number,
      TrangThaiHoSo: '4',
      NgayTiepNhan: '20260505080000',
      NgayHenTra: '20260512170000',
      DanhSachHoSoBoSung: list,
    }
    const peer = await portalOf(t, () => ({ error_code: 0, data: [record] }))
    const [mapped] = await openSource(portal(peer)).find(number, AbortSignal.timeout(5000))
    t.match(mapped, { update: { dueAt, extendedDueAt } }, label)
    await peer.stop()
  }
})

t.test('a fee is as much, and as paid, as the peer says', async (t) => {
  for (const [fee, expected] of [
    [{ amount: 150_000 }, { amount: 150_000 }],
    [{ amount: '150.000', paid: null }, { amount: 150_000 }],
    [
      { amount: '150000.00', paid: 'Đã nộp' },
      { amount: 150_000, paid: true },
    ],
    [
      { amount: 150_000, paid: '0' },
      { amount: 150_000, paid: false },
    ],
    [{ amount: -1 }, undefined],
    [{ amount: 1e13 }, undefined],
    [{ amount: { value: 5 } }, undefined],
  ] as const) {
    const record = { dossierNo: number, dossierStatus: 'payment', eventTime: writeTime(received), fee }
    const peer = await startServer(t, () => ({ json: record }))
    const [mapped] = await openSource(config(peer.url, { kind: 'feed' })).find(
      number,
      AbortSignal.timeout(5000),
    )
    t.same(mapped && 'update' in mapped ? mapped.update.fee : mapped, expected, JSON.stringify(fee))
  }
})
