// Files in and out: every format read, every bad line reported, errors corrected and re-imported, exports without
// executable cells.
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import { parse } from 'csv-parse/sync'
import Fastify from 'fastify'

import t from 'tap'
import writeXlsx from 'write-excel-file/node'
import type { AuditEntry } from '../../../src/access/audit-chain.js'
import { openKeys } from '../../../src/access/keys.js'
import { exportDossiers } from '../../../src/agency/files/export.js'
import { exportCommand } from '../../../src/agency/files/export-command.js'
import { importCommand } from '../../../src/agency/files/import-command.js'
import { importRoutes } from '../../../src/agency/files/routes.js'
import { openSavedMaps } from '../../../src/agency/files/saved-maps.js'
import { openIntake } from '../../../src/agency/intake.js'
import type { Config } from '../../../src/config/config.js'
import { csvLine } from '../../../src/csv.js'
import { openNumbers } from '../../../src/dossier/numbers/numbers.js'
import { walkDossiers } from '../../../src/dossier/store/walk.js'
import { openWording } from '../../../src/dossier/wording.js'
import { silentLog } from '../../../src/log.js'
import { openDocs } from '../../../src/web/docs/routes.js'
import { agencies, openGatewaySide } from '../../peers/sources/gateway-side.js'
import { canaries } from '../../peers/sources/population.js'

const at = (text: string) => Date.parse(text)

const wordingFiles = { vi: 'config/wording.vi.yaml', en: 'config/wording.en.yaml' }
const words = openWording(wordingFiles)

t.test('files go in and come out', async (t) => {
  const side = await openGatewaySide(t)
  const directory = mkdtempSync(join(tmpdir(), 'dgw-files-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  const path = (name: string) => join(directory, name)
  const numbers = openNumbers(agencies, { lookupKey: 'cd'.repeat(32) })
  const desks = [
    { id: 'quay-1', agency: 'H45.12' },
    { id: 'quay-2', agency: 'H45.30' },
  ]
  const config = { agencies, desks, wording: wordingFiles } as unknown as Config
  const audited: AuditEntry[] = []
  let meanwhile: (text: string) => unknown = () => {}
  const audit = {
    record: async (entry: AuditEntry) => {
      audited.push(entry)
      meanwhile(entry.result ?? '')
    },
  }
  const core = { numbers, store: side.store, metrics: side.metrics, door: side.door, audit }
  const stderr: string[] = []
  const heard: string[] = []
  const run = async (command: typeof importCommand, ...args: string[]) => {
    const printed: string[] = []
    const write = process.stderr.write
    process.stderr.write = ((text: string) => stderr.push(text) && meanwhile(text)) as never
    try {
      const hearing = { heard: (agency: string) => void heard.push(agency), refused: () => {} }
      const print = (text: string) => void printed.push(text)
      const code = await command({ args, config, json: true, core, hearing, print })
      return { code, printed, summary: printed[0] ? JSON.parse(printed[0]).summary : undefined }
    } finally {
      process.stderr.write = write
    }
  }
  const read = (text: string) => side.store.read(side.readDossierNo(text)!, Date.now())

  await t.test('a spreadsheet of a clerk', async (t) => {
    const file = path('danh-sach.xlsx')
    const bold = (value: string) => ({ value, fontWeight: 'bold' as const })
    await (
      writeXlsx as unknown as (rows: unknown[][], options?: object) => { toFile(path: string): Promise<void> }
    )([
      [bold('DANH SÁCH HỒ SƠ THÁNG 11'), null, null, null, null],
      ['Mã hồ sơ', 'Chủ hồ sơ', 'Trạng thái', 'Ngày tiếp nhận', 'Ngày hẹn trả'].map(bold),
      [
        { value: 'H45.12-261105-0001' },
        { value: canaries[0] },
        { value: 'Đang xử lý' },
        { value: new Date('2026-11-05T08:30:00Z'), type: Date, format: 'dd/mm/yyyy hh:mm' },
        { value: '20/11/2026' },
      ],
      [
        { value: 'H45.12-261305-0002' },
        { value: canaries[0] },
        { value: 'Đang xử lý' },
        null,
        { value: '20/11/2026' },
      ],
    ]).toFile(file)
    const { code, summary } = await run(importCommand, file, '--errors', path('sai.csv'))
    t.equal(code, 1)
    t.match(audited, [
      { what: 'import', result: 'begun' },
      { what: 'import', result: '1 of 2 applied' },
    ])
    t.match(summary, { lines: 2, applied: 1, failed: 1 })
    t.match(await read('H45.12-261105-0001'), {
      dossierStatus: 'processing',
      receivedAt: at('2026-11-05T08:30:00+07:00'),
      dueAt: at('2026-11-20T00:00:00+07:00'),
    })
    t.match(
      stderr.join(''),
      /line 4: unreadable \/dossierNo \(bad-date\)/,
      'the line is named with its fault',
    )
    t.match(stderr.join(''), /columns of people, never read: Chủ hồ sơ/)
    t.notOk(stderr.join('').includes(canaries[0]!), 'and nobody’s name')
    const wrong = readFileSync(path('sai.csv'), 'utf8')
    t.equal(statSync(path('sai.csv')).mode & 0o777, 0o600, 'the file of errors is its owner’s alone')
    writeFileSync(path('sua.csv'), wrong.replace('H45.12-261305-0002', 'H45.12-261105-0002'))
    const again = await run(importCommand, path('sua.csv'))
    t.equal(again.code, 0)
    t.match(again.summary, { lines: 1, applied: 1 })
    t.ok(await read('H45.12-261105-0002'), 'corrected and read again')
  })

  await t.test(
    'further numbers of a dossier: its former one is kept, the portal’s and "none" reject no row',
    async (t) => {
      const file = path('ma-cu.csv')
      writeFileSync(
        file,
        [
          'Mã hồ sơ;Mã hồ sơ cũ;Trạng thái',
          'H45.12-261106-0001;H45.12 - 261105 - 0031;4',
          'H45.12-261106-0002;G22.99-261101-0001;4',
          'H45.12-261106-0003;Không có;4',
          'H45.12-261106-0004;H45.12-261305-0002;4',
        ].join('\n'),
      )
      const { summary } = await run(importCommand, file)
      t.match(summary, { lines: 4, applied: 3, failed: 1 })
      t.match(stderr.join(''), /line 5: unreadable \/otherNumbers\/0/)
      t.match(await read('H45.12-261105-0031'), { dossierNo: { text: 'H45.12-261106-0001' } })
    },
  )

  await t.test(
    'a table with 1 % bad lines: the rest goes in, a dry run changes nothing, twice is safe',
    async (t) => {
      const lines = ['MaHoSo;TrangThaiHoSo;NgayTiepNhan;NgayHenTra;ChuHoSo']
      for (let n = 1; n <= 2000; n++) {
        const bad = n % 100 === 0
        const no = `H45.12-2510${String(1 + (n % 28)).padStart(2, '0')}-${String(n).padStart(4, '0')}`
        lines.push(
          `${no};${bad ? '11' : (n % 10) + 1};20251001080000;${n % 3 ? '20251020080000' : ''};${canaries[0]}`,
        )
      }
      const file = path('lon.csv')
      writeFileSync(file, `${lines.join('\r\n')}\r\n`)
      const moment = at('2026-01-05T08:00:00+07:00') / 1000
      utimesSync(file, moment, moment)
      const before = await side.stored()
      heard.length = 0
      const entries = audited.length
      const dry = await run(importCommand, file, '--dry-run')
      t.match(dry.summary, { lines: 2000, applied: 1980, failed: 20, dryRun: true })
      t.equal(audited.length, entries, 'a dry run leaves no entry')
      t.strictSame(heard, [], 'nobody was heard of by looking')
      t.equal(await side.stored(), before)
      const first = await run(importCommand, file, '--errors', path('lon-sai.csv'))
      t.match(first.summary, { lines: 2000, applied: 1980, failed: 20 })
      t.strictSame([...new Set(heard)], ['H45.12'], 'an agency whose file is taken in was heard of')
      t.equal(await side.stored(), before + 1980)
      t.equal(
        (await read('H45.12-251002-0001'))!.eventTime,
        moment * 1000,
        'the file’s own time stands for a missing time of change',
      )
      t.match((await run(importCommand, file)).summary, { applied: 0, duplicate: 1980, failed: 20 })
      const foreign = await run(importCommand, file, '--agency', 'H45.30')
      t.match(foreign.summary, { applied: 0, failed: 2000 }, 'one agency’s import writes no other’s')
      const wrong = readFileSync(path('lon-sai.csv'), 'utf8').replaceAll(';11;', ';9;')
      writeFileSync(path('lon-sua.csv'), wrong)
      t.match((await run(importCommand, path('lon-sua.csv'))).summary, { lines: 20, applied: 20 })
    },
  )

  await t.test('NDJSON, its file of errors, and mapping by hand', async (t) => {
    const good = { dossierStatus: 4, eventTime: '2026-01-05T08:00:00+07:00' }
    writeFileSync(
      path('a.ndjson'),
      [
        JSON.stringify({ ...good, dossierNo: 'H45.12-260105-0001' }),
        JSON.stringify({ ...good, dossierNo: 'H45.12-260105-0002', dueAt: 'mai' }),
        '{"dossierNo": "H45.12-260105-0003", ',
        '',
      ].join('\n'),
    )
    const { summary } = await run(importCommand, path('a.ndjson'), '--errors', path('a-sai.ndjson'))
    t.match(summary, { lines: 3, applied: 1, failed: 2 })
    const wrong = readFileSync(path('a-sai.ndjson'), 'utf8')
    t.match(wrong, /"_error":"bad-time \/dueAt"/)
    writeFileSync(
      path('a-sua.ndjson'),
      wrong
        .replace('"mai"', '"2026-02-05T08:00:00+07:00"')
        .replace('0003\\", ', '0003\\", \\"dossierStatus\\":4,\\"eventTime\\":\\"20260105080000\\"}'),
    )
    t.match((await run(importCommand, path('a-sua.ndjson'))).summary, { lines: 2, applied: 2 })

    writeFileSync(
      path('b.csv'),
      'Số của tôi,Tình hình,Ghi chú\nH45.12-260105-0009,Đang giải quyết,Mang bản chính\n',
    )
    const mapped = await run(
      importCommand,
      path('b.csv'),
      '--map',
      'Số của tôi=dossierNo',
      '--map',
      'Tình hình=dossierStatus',
      '--map',
      'Ghi chú=publicNote',
    )
    t.match(mapped.summary, { applied: 1 })
    t.match(await read('H45.12-260105-0009'), { publicNote: 'Mang bản chính' })
    for (const args of [
      [],
      [path('missing.csv')],
      [path('b.csv'), '--map', 'x'],
      [path('b.csv'), '--agency', 'H99'],
      [path('b.csv'), '--as-of', 'mai'],
      [path('b.csv'), '--nonsense'],
      [directory],
    ])
      await t.rejects(run(importCommand, ...args), { code: 'usage' }, args.slice(1).join(' ') || 'no file')
  })

  await t.test(
    'a row with more cells than headings goes in once somebody has put them together',
    async (t) => {
      writeFileSync(
        path('lech.csv'),
        'Mã hồ sơ,Trạng thái,Lệ phí,Ngày hẹn trả\nH45.12-260105-0021,Đang xử lý,1,500,000,25/11/2026\n',
      )
      t.match((await run(importCommand, path('lech.csv'), '--errors', path('lech-sai.csv'))).summary, {
        failed: 1,
      })
      const wrong = readFileSync(path('lech-sai.csv'), 'utf8')
      t.match(
        (await run(importCommand, path('lech-sai.csv'))).summary,
        { failed: 1 },
        'as it is, it stays out',
      )
      writeFileSync(path('lech-sua.csv'), wrong.replace(/1,500,.*/, '"1,500,000",25/11/2026,,'))
      t.match((await run(importCommand, path('lech-sua.csv'))).summary, { applied: 1 })
      t.match(await read('H45.12-260105-0021'), { fee: { amount: 1_500_000 } })
    },
  )

  await t.test('a file of errors never takes the place of anything else', async (t) => {
    const csv = 'Mã hồ sơ,Trạng thái\nH45.12-260106-0001,4\nH45.12-260106-0002,Đang mơ\n'
    const file = path('nguon.csv')
    const other = path('lien-ket.csv')
    writeFileSync(file, csv)
    symlinkSync(file, other)
    const socket = createServer().listen(path('o-cam'))
    t.teardown(() => socket.close())
    await once(socket, 'listening')
    for (const [label, errors] of [
      ['the file itself', file],
      ['by another path', join(directory, '..', basename(directory), 'nguon.csv')],
      ['by a link', other],
      ['a folder', directory],
      ['what is no file', path('o-cam')],
      ['a folder that is missing', path('khong/sai.csv')],
      ['a file as a folder', path('nguon.csv/sai.csv')],
    ] as const)
      await t.rejects(run(importCommand, file, '--errors', errors), { code: 'usage' }, label)
    t.equal(readFileSync(file, 'utf8'), csv, 'what is to be imported is left as it was')
    t.ok(statSync(path('o-cam')).isSocket())
    t.equal(await read('H45.12-260106-0001'), undefined, 'nothing was taken in')
  })

  await t.test('a file that somebody writes meanwhile', async (t) => {
    const file = path('dang-ghi.csv')
    const written = 'Mã hồ sơ;Trạng thái\nH45.12-261107-0001;4\n'
    writeFileSync(file, written)
    meanwhile = (text) => text.includes('columns read') && writeFileSync(file, `${written}H45.12-261107-00`)
    await t.rejects(run(importCommand, file), /changed while it was read; nothing was taken in/)
    t.notOk(await read('H45.12-261107-0001'))
    writeFileSync(file, written)
    meanwhile = (text) => text === 'begun' && writeFileSync(file, `${written}H45.12-261107-00`)
    const { code } = await run(importCommand, file)
    meanwhile = () => {}
    t.equal(code, 1)
    t.match(stderr.join(''), /the file changed while it was read, so some lines may be cut or missing/)
  })

  await t.test('a file saved by a clock that is ahead is one of now', async (t) => {
    const file = path('mai.csv')
    writeFileSync(file, 'Mã hồ sơ,Trạng thái\nH45.12-260106-0003,4\n')
    const ahead = Date.now() / 1000 + 86_400
    utimesSync(file, ahead, ahead)
    await t.rejects(run(importCommand, file, '--as-of', '2090-01-01'), { code: 'usage', message: /future/ })
    t.match((await run(importCommand, file)).summary, { applied: 1 })
    t.ok((await read('H45.12-260106-0003'))!.eventTime <= Date.now())
  })

  await t.test(
    'an export holds nobody’s phone, runs nothing in a spreadsheet, and can be read again',
    async (t) => {
      const formulas = ['=cmd|calc!A1', '+1+1', '-2+3', '@SUM(A1)', '\t=1', '＝1+1', '"=1"', "'=1"]
      const intake = openIntake({ numbers, store: side.store, agencies, metrics: side.metrics })
      const taken = await intake.take(
        formulas.map((formula, nth) => ({
          dossierNo: `H45.30-260105-000${nth + 1}`,
          dossierStatus: 'supplement',
          eventTime: '2026-01-05T08:00:00+07:00',
          publicNote: formula,
          procedure: { code: '1.001', name: `${formula.trim()}, "trích"; x` },
          contact: { phone: '0901234567', notify: true },
        })),
      )
      t.ok(taken.every((result) => 'applied' in result && result.applied))
      const out = path('ra.csv')
      t.equal((await run(exportCommand as never, '--format', 'csv', '--output', out)).code, 0)
      const csv = readFileSync(out, 'utf8')
      t.ok(csv.startsWith('\ufeffdossierNo,'), 'with a byte order mark, for Vietnamese letters')
      const cells = parse(csv, { bom: true }).flat()
      t.ok(cells.length > 20_000)
      t.same(
        cells.filter((cell) => /^[=+\-@\t\r＝＋－＠]/.test(cell)),
        [],
        'no cell begins a formula',
      )
      t.notOk(/84901234567|0901234567/.test(csv), 'no phone')
      t.notOk(
        csv.includes(numbers.lookupNumberOf(side.readDossierNo('H45.30-260105-0001')!)!),
        'no lookup number',
      )

      const ndjson = path('ra.ndjson')
      await run(exportCommand as never, '--agency', 'H45.30', '--output', ndjson)
      const records = readFileSync(ndjson, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { publicNote: string; agency: string })
      t.equal(records.length, formulas.length, 'one agency’s dossiers alone')
      await t.rejects(
        run(exportCommand as never, '--output', ndjson),
        { code: 'usage' },
        'nothing is overwritten',
      )

      const all = await side.stored()
      for (const [name, file] of [
        ['NDJSON', ndjson],
        ['CSV', out],
      ] as const) {
        const noted = await read('H45.30-260105-0003')
        await side.store.erase(side.readDossierNo('H45.30-260105-0003')!)
        const { summary } = await run(importCommand, file)
        t.match(summary, { applied: 1, failed: 0 }, `${name} is read again`)
        t.equal(await side.stored(), all)
        t.match(await read('H45.30-260105-0003'), {
          publicNote: noted!.publicNote,
          dossierStatus: 'supplement',
        })
      }
      t.equal(csvLine(['=1', 'a"b', undefined, 5]), `'=1,"a""b",,5\n`)
      const none = exportDossiers(
        walkDossiers(side.store, agencies, { since: Date.now() + 60_000 }),
        'ndjson',
      )
      t.same(await none.next(), { done: true, value: 0 }, 'since the future: nothing')
    },
  )

  await t.test('the office that answers for a closed one hands in its files', async (t) => {
    const merged = agencies.map((one) => (one.code === 'H45.30' ? { ...one, servedBy: 'H45.12' } : one))
    const served = { ...config, agencies: merged } as Config
    const row = (sequence: number) => `Mã hồ sơ,Trạng thái\nH45.30-260109-000${sequence},4\n`
    writeFileSync(path('cu.csv'), row(1))
    const { summary } = await run(importCommand, path('cu.csv'), '--agency', 'H45.12')
    t.match(summary, { failed: 1 }, 'while it was open')
    const printed: string[] = []
    const hearing = { heard: () => {}, refused: () => {} }
    const print = (text: string) => void printed.push(text)
    const args = [path('cu.csv'), '--agency', 'H45.12']
    await importCommand({ args, config: served, json: true, core, hearing, print })
    t.match(JSON.parse(printed[0]!), { summary: { applied: 1 } }, 'by the command')
    const app = Fastify()
    t.teardown(() => app.close())
    const keys = openKeys(side.door)
    const intake = openIntake({ numbers, store: side.store, agencies: merged, metrics: side.metrics })
    const maps = openSavedMaps(side.door)
    await app.register(
      importRoutes({ intake, keys, config: served, maps, words, audit: audit.record, log: silentLog }),
    )
    for (const [desk, applied] of [
      ['quay-1', 1],
      ['quay-2', 0],
    ] as const) {
      const { key } = await keys.create({ kind: 'desk', desk })
      const response = await app.inject({
        method: 'POST',
        url: `/v1/desks/${desk}/import`,
        headers: { 'content-type': 'text/csv', authorization: `Bearer ${key}` },
        payload: row(2).replace('30-', applied ? '30-' : '12-'),
      })
      t.match(response.payload, `"applied":${applied},`, desk)
    }
  })

  await t.test('a desk hands in a file of its own agency', async (t) => {
    const keys = openKeys(side.door)
    const intake = openIntake({ numbers, store: side.store, agencies, metrics: side.metrics })
    const app = Fastify()
    t.teardown(() => app.close())
    await openDocs(app, '0.0.0')
    await app.register(
      importRoutes({
        intake,
        keys,
        config,
        maps: openSavedMaps(side.door),
        words,
        audit: audit.record,
        log: silentLog,
      }),
    )
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    const { valid, errors } = await new Validator().validate(
      (await (await fetch(`${url}/openapi.json`)).json()) as Record<string, unknown>,
    )
    t.ok(valid, JSON.stringify(errors ?? []))
    const { key } = await keys.create({ kind: 'desk', desk: 'quay-1' })
    const { key: agencyKey } = await keys.create({ kind: 'agency', agencies: ['H45.12'] })
    const post = (body: string | Buffer, type = 'text/csv', path = '/v1/desks/quay-1/import', token = key) =>
      fetch(url + path, {
        method: 'POST',
        body,
        headers: { 'content-type': type, authorization: `Bearer ${token}` },
      })
    const csv =
      'Mã hồ sơ,Trạng thái\nH45.12-260107-0001,Đang xử lý\nH45.30-260107-0001,Đang xử lý\nH45.12-269907-0001,4\n'
    const lines = async (response: Response) =>
      (await response.text())
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))

    const dry = await post(csv, 'text/csv', '/v1/desks/quay-1/import?dryRun=true')
    t.match(await lines(dry), [{ line: 2, checked: true }, {}, {}, { summary: { dryRun: true, applied: 1 } }])
    t.equal(await read('H45.12-260107-0001'), undefined)
    const real = await post(csv, 'text/csv; charset=utf-8')
    t.equal(real.headers.get('content-type'), 'application/x-ndjson')
    t.match(await lines(real), [
      { line: 2, applied: true },
      { line: 3, error: { code: 'forbidden', pointer: '/dossierNo' } },
      { line: 4, error: { code: 'unreadable', pointer: '/dossierNo', reason: 'bad-date' } },
      { summary: { lines: 3, applied: 1, failed: 2 } },
    ])
    t.ok(await read('H45.12-260107-0001'))
    const ndjson = '{"dossierNo":"H45.12-260107-0002","dossierStatus":4,"eventTime":"20260107080000"}\n'
    t.match(await lines(await post(ndjson, 'application/x-ndjson')), [{ applied: true }, { summary: {} }])

    const saved = '/v1/desks/quay-1/import?asOf=2026-01-08T01:00:00.000Z'
    const once = 'Mã hồ sơ,Trạng thái\nH45.12-260107-0003,4\n'
    t.match(await lines(await post(once, 'text/csv', saved)), [{ applied: true }, {}])
    t.match(await lines(await post(once, 'text/csv', saved)), [{ applied: false, reason: 'duplicate' }, {}])

    const page = '<table><tr><th>Mã hồ sơ<th>Trạng thái<tr><td>H45.12-260107-0003<td>4</table>'
    for (const type of ['text/html', 'application/xml'])
      t.match(await lines(await post(page, type, saved)), [{ reason: 'duplicate' }, {}], type)

    const refusals: [label: string, response: Response, status: number, code: string][] = [
      ['no key', await post(csv, 'text/csv', undefined, 'nobody'), 401, 'unauthorized'],
      ['an agency’s key', await post(csv, 'text/csv', undefined, agencyKey), 401, 'unauthorized'],
      ['another desk', await post(csv, 'text/csv', '/v1/desks/quay-2/import'), 403, 'forbidden'],
      ['another kind', await post('x', 'image/png'), 415, 'wrong-content-type'],
      ['what another site may send', await post(page, 'text/plain'), 415, 'wrong-content-type'],
      ['no table', await post('Tên\nx\n'), 400, 'unreadable-file'],
      ['too large', await post(Buffer.alloc(17 * 1024 * 1024, 97)), 413, 'too-large'],
    ]
    for (const [label, response, status, code] of refusals) {
      t.equal(response.status, status, label)
      t.match(await response.json(), { code }, label)
    }
  })
})
