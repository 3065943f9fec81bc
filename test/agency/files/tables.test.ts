// How tables are read: what each column shows, what is asked, what is refused, and that no file exceeds its limits.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { faultCodes } from '../../../src/agency/check.js'
import { AmountColumn, readAmount } from '../../../src/agency/files/amounts.js'
import { readDate } from '../../../src/agency/files/dates.js'
import { commandLimits, openFile } from '../../../src/agency/files/files.js'
import { columnFields } from '../../../src/agency/files/heading-words.js'
import { fold, isOfPeople, readHeadings, readMapping } from '../../../src/agency/files/headings.js'
import { readTable, type TableRequest } from '../../../src/agency/files/reading.js'
import { signatureOf } from '../../../src/agency/files/saved-maps.js'
import { remarkCodes, type Wishes } from '../../../src/agency/files/survey.js'
import { fileRefusalCodes } from '../../../src/agency/files/tables/table.js'
import {
  openStatusWords,
  readPaid,
  readStatus,
  readStatusMapping,
  readWayCell,
} from '../../../src/agency/files/words.js'
import { readWay, wayNamed } from '../../../src/agency/ways.js'
import { writeTime } from '../../../src/dossier/times.js'
import { openWording } from '../../../src/dossier/wording.js'
import { wordingKeys } from '../../../src/dossier/wording-keys.js'
import { cell, workbook, zip } from './workbooks.js'

const words = openStatusWords(openWording({ vi: 'config/wording.vi.yaml', en: 'config/wording.en.yaml' }))
const now = Date.parse('2026-11-20T08:00:00+07:00')

function request(bytes: Uint8Array | string, wishes: Partial<Wishes> = {}): TableRequest {
  const source = { bytes: new Uint8Array(Buffer.from(bytes as string)) }
  return {
    source,
    wishes: { map: new Map(), statuses: new Map(), ...wishes },
    saved: [],
    words,
    asOf: now,
    now,
  }
}

async function read(bytes: Uint8Array | string, wishes: Partial<Wishes> = {}) {
  const reading = await readTable(request(bytes, wishes))
  const rows = []
  for await (const batch of reading.rows()) rows.push(...batch)
  return { reading, rows, updates: rows.map(({ raw }) => raw as Record<string, unknown>) }
}

const remarks = (reading: { remarks: readonly { code: string }[] }) => reading.remarks.map(({ code }) => code)
const day = (date: string) => `${date}T00:00:00+07:00`

t.test('rows come in batches that are small by rows and by characters', async (t) => {
  for (const [label, note, rows, most] of [
    ['short rows', 'x', 1000, 250],
    ['rows of 30,000 characters', 'x'.repeat(30_000), 40, 10],
  ] as const) {
    const text = `Mã hồ sơ,Trạng thái,Ghi chú\n${`000.00.15.H45-190521-0003,Đang xử lý,${note}\n`.repeat(rows)}`
    const sizes: number[] = []
    for await (const batch of (await readTable(request(text))).rows()) sizes.push(batch.length)
    t.ok(Math.max(...sizes) <= most, `${label}: ${sizes.join(' ')}`)
    t.equal(
      sizes.reduce((sum, size) => sum + size, 0),
      rows,
      label,
    )
  }
})

t.test(
  'headings are known in Vietnamese, in the portal’s words and in ours; those of people are not',
  async (t) => {
    for (const [heading, field] of [
      ['MÃ HỒ SƠ (*)', 'dossierNo'],
      ['Ma\u0303 ho\u0302\u0300 so\u031b', 'dossierNo'],
      ['MaHoSo', 'dossierNo'],
      ['Trạng thái', 'dossierStatus'],
      ['Ngày tiếp nhận:', 'receivedAt'],
      ['NgayHenTra', 'dueAt'],
      ['Ngày hẹn trả mới', 'extendedDueAt'],
      ['Ngày trả kết quả', 'returnedAt'],
      ['Tên TTHC', 'procedureName'],
      ['Lệ phí', 'feeAmount'],
      ['Đã nộp phí', 'feePaid'],
      ['Ngày hẹn trả KQ (dự kiến)', 'dueAt'],
      ['Thời gian nhận hồ sơ', 'receivedAt'],
      ['Ngày giờ tiếp nhận', 'receivedAt'],
      ['Tình trạng xử lý hồ sơ', 'dossierStatus'],
      ['Lệ phí (VNĐ)', 'feeAmount'],
      ['Phương thức nhận KQ', 'returnBy'],
      ['Mã hồ sơ/Số biên nhận', 'dossierNo'],
      ['Mã hồ sơ1', 'dossierNo'],
      ['Trạng thái²', 'dossierStatus'],
      ['Ngày hẹn trả [3]', 'dueAt'],
      ['Thời gian', undefined],
      ['Người nhận (ngày nhận)', undefined],
      ['Ghi chú', undefined],
      ['__proto__', undefined],
    ] as const) {
      const columns = readHeadings(['Mã HS', heading], new Map())!
      const found = [...columns.places].find(([name]) => name !== 'dossierNo' || field === 'dossierNo')
      t.equal(found?.[0], field, heading)
    }
    for (const field of columnFields)
      t.ok(readHeadings(['Mã HS', field], new Map())!.places.has(field), field)
    for (const heading of [
      'Chủ hồ sơ',
      'Họ và tên',
      'Người nộp',
      'Số điện thoại',
      'SĐT',
      'CCCD',
      'Địa chỉ',
      'Email',
      'Ngày sinh',
    ])
      t.ok(isOfPeople(fold(heading)), heading)
    t.equal(readHeadings(['Danh sách hồ sơ tháng 11'], new Map()), undefined, 'a title is no row of headings')
    for (const heading of [
      'Mã số hồ sơ thủ tục hành chính',
      'Số hồ sơ TTHC',
      'Mã HSTTHC',
      'MSHS',
      'Hồ sơ số',
    ])
      t.same(
        [...readHeadings([heading, 'Trạng thái HSTTHC'], new Map())!.places.keys()],
        ['dossierNo', 'dossierStatus'],
        heading,
      )
    t.same(readMapping('Số thứ nhất=dossierNo'), ['so thu nhat', 'dossierNo'])
    for (const wrong of ['x', '=dossierNo', 'a=b', 'a=__proto__'])
      t.equal(readMapping(wrong), undefined, wrong)
    await t.rejects(
      read('Mã hồ sơ,Họ tên\nH45.12-261105-0001,A\n', { map: new Map([['ho ten', 'publicNote']]) }),
      {
        code: 'person-column',
      },
    )
    const { reading } = await read(
      'Mã hồ sơ;\u001b[31mLạ;Họ tên;Trạng thái;Trạng thái\nH45.12-261105-0001;1;A;4;5\n',
    )
    t.same(reading.plan.columns.unread, ['[31mLạ'], 'no terminal code is left in a heading')
    t.same(reading.plan.columns.people, ['Họ tên'])
    t.same(remarks(reading), ['doubled'])
  },
)

t.test('a date is read by what its column proves', async (t) => {
  for (const [text, order, expected] of [
    ['12/11/2026', 'dmy', day('2026-11-12')],
    ['11/12/26', 'mdy', day('2026-11-12')],
    ['08:30 12/11/2026', 'dmy', '2026-11-12T08:30:00+07:00'],
    ['12/11/2026 8h30', 'dmy', '2026-11-12T08:30:00+07:00'],
    ['11/12/26 1:05 PM', 'mdy', '2026-11-12T13:05:00+07:00'],
    ['12.11.2026', 'dmy', day('2026-11-12')],
    ['12-Nov-26', 'mdy', day('2026-11-12')],
    ['ngày 12 tháng 11 năm 2026', 'mdy', day('2026-11-12')],
    ['2026-11-12', 'mdy', day('2026-11-12')],
    ['20261112', 'mdy', day('2026-11-12')],
    [20261112083000, 'mdy', '2026-11-12T08:30:00+07:00'],
    [46338, 'mdy', day('2026-11-12')],
    ['31/02/2026', 'dmy', undefined],
    ['15 ngày', 'dmy', undefined],
    ['Thứ Năm, 12/11/2026', 'dmy', day('2026-11-12')],
    ['T5, ngày 12/11/2026', 'dmy', day('2026-11-12')],
    ['08 giờ 30 phút, ngày 12/11/2026', 'dmy', '2026-11-12T08:30:00+07:00'],
    ['trước 17h00 ngày 12/11/2026', 'dmy', '2026-11-12T17:00:00+07:00'],
    ['12/11/2026 - 17:00', 'dmy', '2026-11-12T17:00:00+07:00'],
    ['12 / 11 / 2026', 'dmy', day('2026-11-12')],
    ["'12\\11\\2026", 'dmy', day('2026-11-12')],
    ['2026/11/12 17:00', 'mdy', '2026-11-12T17:00:00+07:00'],
    ['Nov 12, 2026', 'dmy', day('2026-11-12')],
    ['46338,5', 'mdy', '2026-11-12T12:00:00+07:00'],
    ['15h ngày 12/11/2026', 'dmy', '2026-11-12T15:00:00+07:00'],
    ['8 giờ sáng, ngày 12 tháng 11 năm 2026', 'dmy', '2026-11-12T08:00:00+07:00'],
    ['11/12/2026 2:15 CH', 'mdy', '2026-11-12T14:15:00+07:00'],
    ['12/11/2026 (dự kiến)', 'dmy', day('2026-11-12')],
    ['chiều 12/11/2026', 'dmy', day('2026-11-12')],
    ['12-thg 11-26', 'mdy', day('2026-11-12')],
    ["16h30' ngày 12/11/2026", 'dmy', '2026-11-12T16:30:00+07:00'],
    ['12/11/2026 (gia hạn đến 20/11/2026)', 'dmy', undefined],
    ['Thu 5 ngay 12/11/2026', 'dmy', day('2026-11-12')],
    ['thứ năm, 12/11/2026 8g30', 'dmy', '2026-11-12T08:30:00+07:00'],
    ['Thứ Năm ngày 12-11-2026, trước 16 giờ 30', 'dmy', '2026-11-12T16:30:00+07:00'],
    ['12/11/2026 24:00', 'dmy', '2026-11-12T23:59:59+07:00'],
    ['12/11/2026 25:00', 'dmy', undefined],
    ['\u200e12\u200e/\u200e11\u200e/\u200e2026', 'dmy', day('2026-11-12')],
    ['12/11/2026\u200b', 'dmy', day('2026-11-12')],
    ['12–11–2026', 'dmy', day('2026-11-12')],
    ['12 - 11 - 2026', 'dmy', day('2026-11-12')],
    ['12 - 11 - 2026 8h30', 'dmy', '2026-11-12T08:30:00+07:00'],
    ['12\u221511\u22152026', 'dmy', day('2026-11-12')],
    ['12/Nov/2026', 'mdy', day('2026-11-12')],
    ['2026-11-12+07:00', 'mdy', day('2026-11-12')],
    ['12/11/2026 - 20/11/2026', 'dmy', undefined],
    ['đến hết ngày 12/11/2026', 'dmy', day('2026-11-12')],
    ['chậm nhất là ngày 12/11/2026', 'dmy', day('2026-11-12')],
    ['10:00, thứ Năm, 12/11/2026', 'dmy', '2026-11-12T10:00:00+07:00'],
    ['17h00 thứ 5 ngày 12/11/2026', 'dmy', '2026-11-12T17:00:00+07:00'],
    ['15/11/2026 Chủ nhật', 'dmy', day('2026-11-15')],
    ['15/11/2026, CN', 'dmy', day('2026-11-15')],
    ['12 tháng 11/2026', 'mdy', day('2026-11-12')],
  ] as const) {
    const at = readDate(text, order)
    t.equal(at && writeTime(at), expected, String(text))
  }
  const column = (...dates: string[]) =>
    `Số hồ sơ,Ngày tiếp nhận,Trạng thái\n${dates.map((date, n) => `X-${n},${date},4`).join('\n')}\n`
  const rows = (text: string, wishes?: Partial<Wishes>) =>
    read(text, wishes).then(({ updates, reading }) => [
      updates.map(({ receivedAt }) => receivedAt),
      remarks(reading),
    ])
  t.same(await rows(column('5/6/26', '11/13/26')), [
    [day('2026-05-06'), day('2026-11-13')],
    ['month-first-proven'],
  ])
  t.same(await rows(column('5/6/26', '13/11/26')), [
    [day('2026-06-05'), day('2026-11-13')],
    ['day-first-proven'],
  ])
  t.same(await rows(column('5/6/26 2:15 CH', '7/8/26')), [
    ['2026-06-05T14:15:00+07:00', day('2026-08-07')],
    ['day-first-proven'],
  ])
  t.same(await rows(column('05/06/2026')), [[day('2026-06-05')], ['day-first-usual']])
  await t.rejects(rows(column('5/6/26', '7/8/26')), {
    code: 'date-order',
    about: { dayFirst: '2026-06-05', monthFirst: '2026-05-06' },
  })
  t.same(await rows(column('5/6/26'), { dates: 'mdy' }), [[day('2026-05-06')], []], 'what was asked is done')
  await t.rejects(rows(column('13/11/26', '11/13/26')), { code: 'date-mixed' })
  const against =
    'H45.12-261105-0001,05/11/2026,4\nH45.12-261107-0001,07/11/2026,4\nH45.12-261118-0001,11/18/26,4\n'
  await t.rejects(
    read(`Số hồ sơ,Ngày tiếp nhận,Trạng thái\n${against}`),
    { code: 'date-mixed', about: { dayFirst: '05/11/2026', monthFirst: '11/18/26' } },
    'one cell that proves what the numbers of the others speak against',
  )
  for (const nothing of [
    '-',
    'chưa có',
    'Chưa trả',
    'N/A',
    'Không xác định',
    '00/00/0000',
    '0001-01-01',
    '01/01/1900',
    'không',
    '01/01/1970',
    '1970-01-01 07:00:00',
    '1753-01-01',
  ])
    t.same(
      await rows(column(nothing, '25/11/2026')),
      [[undefined, day('2026-11-25')], ['day-first-proven']],
      `${nothing} is no date`,
    )
  const slip = [...Array(40)].map(() => '25/11/2026')
  t.match(await rows(column(...slip, '11/25/2026')), [
    slip.map(() => day('2026-11-25')),
    ['day-first-proven'],
  ])
  const witnessed = 'Số hồ sơ,Ngày tiếp nhận,Hẹn trả,Trạng thái\nH45.12-260506-0001,5/6/26,7/8/26,4\n'
  t.match(
    await read(witnessed),
    { updates: [{ receivedAt: day('2026-05-06'), dueAt: day('2026-07-08') }] },
    'the number tells the order of one column, and that of the other',
  )
  const english = workbook([
    ['Mã hồ sơ', 'Ngày tiếp nhận', 'Trạng thái'],
    ['H45.12-261105-0001', new Date('2026-05-11T00:00:00Z'), 4],
    ['H45.12-261125-0002', '11/25/2026', 4],
  ])
  await t.rejects(read(english), { code: 'date-swapped', choices: ['swapped', 'dmy'] })
  t.match(await read(english, { dates: 'swapped' }), {
    updates: [{ receivedAt: day('2026-11-05') }, { receivedAt: day('2026-11-25') }],
  })
})

t.test('amounts are numbers of their language', async (t) => {
  const amounts = (...cells: (string | number)[]) => {
    const column = new AmountColumn()
    for (const one of cells) column.add(one)
    return cells.map((one) => readAmount(one, column.decimal))
  }
  for (const [cells, expected] of [
    [['150000.00'], [150_000]],
    [['150.000,00'], [150_000]],
    [['150,000.00 VND'], [150_000]],
    [
      ['150.000 đ', '1.500.000đ'],
      [150_000, 1_500_000],
    ],
    [
      ['150,000', '1,500,000'],
      [150_000, 1_500_000],
    ],
    [['150 000 ₫'], [150_000]],
    [
      ['150000.000', '150.000'],
      [150_000, 150],
    ],
    [['1,5'], [undefined]],
    [
      ['Miễn phí', '0', '-', 'Không thu phí', 'miễn lệ phí', 'Không mất phí', 'Miễn (hộ nghèo)'],
      [0, 0, 0, 0, 0, 0, 0],
    ],
    [
      ['150.000 đồng (đã nộp)', 'Không rõ'],
      [150_000, undefined],
    ],
    [
      ['3.0', '4'],
      [3, 4],
    ],
    [
      [150000, 150000.4],
      [150_000, undefined],
    ],
    [['mười'], [undefined]],
    [
      ['150.000 đ/hồ sơ', '150.000đ/lần', '150.000 - đã nộp', '１５０.０００', '150.000, chưa nộp'],
      [150_000, 150_000, 150_000, 150_000, 150_000],
    ],
    [
      ['150.000/200.000', '50.000 - 150.000', '50.000 x 3'],
      [undefined, undefined, undefined],
    ],
  ] as const)
    t.same(amounts(...cells), expected, JSON.stringify(cells))
  const { updates } = await read(
    'Mã hồ sơ,Phiên bản,Lệ phí,Trạng thái\nH45.12-261105-0001,3.0,"150,000.00 VND",4\n',
  )
  t.match(updates, [{ version: 3, fee: { amount: 150_000 } }])
  t.notOk('paid' in (updates[0]!.fee as object), 'a fee of which nobody says whether it is paid')
})

t.test('an amount counts in the unit that its heading, its title or its cell names', async (t) => {
  for (const [unit, amount, expected] of [
    ['(nghìn đồng)', '150', 150_000],
    ['(ngàn VNĐ)', '1.500', 1_500_000],
    ['(ĐVT: 1.000 đ)', '12,5', 12_500],
    ['(trđ)', '1,5', 1_500_000],
    ['(triệu đồng)', '0,0000005', '0,0000005'],
    ['(VNĐ)', '150.000', 150_000],
    ['(tối đa 10.000đ)', '5.000', 5_000],
    ['', '150 nghìn', 150_000],
    ['', '20k', 20_000],
    ['(nghìn đồng)', '1,5 triệu', 1_500_000],
  ] as const) {
    const { updates } = await read(`Mã hồ sơ;Trạng thái;Lệ phí ${unit}\nH45.12-261105-0001;4;${amount}\n`)
    t.same(updates[0]!.fee, { amount: expected }, `${unit} ${amount}`)
  }
  const titled = 'Đơn vị tính: nghìn đồng;;\nMã hồ sơ;Trạng thái;Phí;Lệ phí\nH45.12-261105-0001;4;150;20\n'
  const { updates, reading } = await read(titled)
  t.match(updates, [{ fee: { amount: 170_000 } }])
  t.same(remarks(reading), ['fee-unit', 'fee-unit', 'fees-added'])
  for (const [headings, expected] of [
    ['Mã hồ sơ;Trạng thái;Phí;Lệ phí\n;;(nghìn đồng);', 170_000],
    ['Mã hồ sơ;Trạng thái;Các khoản thu (nghìn đồng);\n;;Phí;Lệ phí\n(1);(2);(3);(4)', 170_000],
    ['Báo cáo của phường 1.000 dân;;;\nMã hồ sơ;Trạng thái;Phí;Lệ phí', 170],
    ['Mã hồ sơ;Trạng thái;Phí (đồng);Lệ phí (nghìn đồng)', 20_150],
  ] as const) {
    const { updates } = await read(`${headings}\nH45.12-261105-0001;4;150;20\n`)
    t.same(updates[0]!.fee, { amount: expected }, headings)
  }
  const dollars = await read('Mã hồ sơ;Trạng thái;Lệ phí (USD)\nH45.12-261105-0001;4;25\n')
  t.same([dollars.updates[0]!.fee, remarks(dollars.reading)], [undefined, ['foreign-fee']])
})

t.test('payments and states are read in the words of clerks', async (t) => {
  for (const word of [
    'Đã nộp phí',
    'Đã thanh toán',
    'x',
    'X',
    '✓',
    'Có',
    'Rồi',
    'Đã thu phí',
    'Nộp đủ',
    'Đã thanh toán trực tuyến',
    '1',
  ])
    t.equal(readPaid(word), true, word)
  for (const word of ['12/11/2026', '12/11/2026 8:30', new Date('2026-11-12T00:00:00Z')])
    t.equal(readPaid(word), true, 'the day of the payment')
  for (const word of ['00/00/0000', '01/01/1900', '-', '50/000'])
    t.equal(readPaid(word), undefined, `no day: ${word}`)
  for (const word of ['Đã nộp qua ngân hàng', 'Đã thanh toán online', 'Đã chuyển khoản', 'Hoàn tất', 'Y'])
    t.equal(readPaid(word), true, word)
  for (const word of ['Đã nộp một phần', 'Đã nộp 50.000', 'Đã thu thiếu', 'Miễn phí'])
    t.equal(readPaid(word), undefined, word)
  for (const word of [
    'Thanh toán thất bại',
    'N',
    'Chưa nộp',
    'Không',
    '0',
    'Chưa thanh toán',
    'Chờ nộp phí',
    '☐',
  ])
    t.equal(readPaid(word), false, word)
  for (const word of ['', 'Một phần', undefined]) t.equal(readPaid(word), undefined, String(word))
  const marked = await read('Mã hồ sơ,Lệ phí,Đã nộp,Trạng thái\nA-1,5000,x,4\nA-2,5000,,4\n')
  t.match(
    marked.updates,
    [{ fee: { paid: true } }, { fee: { paid: false } }],
    'those that are paid are marked',
  )
  const said = await read('Mã hồ sơ,Lệ phí,Đã nộp,Trạng thái\nA-1,5000,Chưa nộp,4\nA-2,5000,,4\n')
  t.notOk('paid' in (said.updates[1]!.fee as object), 'where words are written, an empty cell says nothing')
  for (const [label, first] of [
    ['no row is marked', ''],
    ['an export, where some are said to be paid', 'true'],
  ] as const) {
    const { updates } = await read(
      `Mã hồ sơ,feeAmount,feePaid,Trạng thái\nA-1,5000,${first},4\nA-2,5000,,4\n`,
    )
    t.same(updates[1]!.fee, { amount: 5000 }, label)
  }

  for (const [word, state] of [
    ['Mới đăng ký', 'submitted'],
    ['Chờ tiếp nhận', 'submitted'],
    ['Được tiếp nhận', 'accepted'],
    ['Không được tiếp nhận', 'refused'],
    ['Từ chối', 'refused'],
    ['Đang giải quyết', 'processing'],
    ['Đang thụ lý', 'processing'],
    ['Trễ hạn', 'processing'],
    ['Đang xử lý (quá hạn)', 'processing'],
    ['Cần bổ sung giấy tờ', 'supplement'],
    ['Chờ bổ sung hồ sơ', 'supplement'],
    ['Cần nộp tiền', 'payment'],
    ['Chờ thực hiện nghĩa vụ tài chính', 'payment'],
    ['Công dân yêu cầu rút hồ sơ', 'withdrawn'],
    ['Tạm dừng xử lý', 'stopped'],
    ['ĐÃ XỬ LÝ XONG', 'finished'],
    ['Đã giải quyết trễ hạn', 'finished'],
    ['Hồ sơ đã có kết quả', 'finished'],
    ['Đã trả', 'returned'],
    ['10 - Đã trả kết quả', 'returned'],
    ['Papers needed', 'supplement'],
    ['04', 'processing'],
    ['9.0', 'finished'],
    ['Đã nộp, chờ tiếp nhận', 'submitted'],
    ['Đã tiếp nhận, chờ xử lý', 'processing'],
    ['Đã xử lý xong - chờ trả kết quả', 'finished'],
    ['Đã trả KQ', 'returned'],
    ['Chờ NVTC', 'payment'],
    ['YCBS', 'supplement'],
    ['Bổ sung giấy tờ', 'supplement'],
    ['Đang thẩm định hồ sơ', 'processing'],
    ['Chờ LĐ ký', 'processing'],
    ['Đang xử lý (4)', 'processing'],
    ["'09", 'finished'],
    ['Đang xử lý, Đang mơ', undefined],
    ['Đã kết thúc', undefined],
    ['Đã hủy', undefined],
    ['Đang mơ', undefined],
    ['Đang chờ công dân bổ sung', 'supplement'],
    ['Đang được xử lý', 'processing'],
    ['DangXuLy', 'processing'],
    ['ĐANG XL', 'processing'],
    ['Đã GQ', 'finished'],
    ['Hồ sơ đang xử lý tại phòng chuyên môn', 'processing'],
    ['Đang xử lý\n(Phòng Kinh tế)', 'processing'],
    ['Chờ trả kết quả cho công dân', 'finished'],
    ['Đã trả kết quả cho người dân', 'returned'],
    ['Đã trả kết quả qua bưu điện', 'returned'],
    ['Đã tiếp nhận bổ sung', 'processing'],
    ['Chờ thông báo thuế', 'processing'],
    ['Đang chờ nộp thuế', 'payment'],
    ['Đã trả kết quả (20/11/2026)', 'returned'],
    ['Đã trả KQ lúc 15h30 ngày 20/11/2026', 'returned'],
    ['Đang xử lý - còn 3 ngày', 'processing'],
    ['Đã giải quyết (quá hạn 2 ngày làm việc)', 'finished'],
    ['15:30 20/11/2026: Đang xử lý', 'processing'],
    ['Đã trả ngày 20 tháng 11 năm 2026', 'returned'],
    ['Còn 3 ngày', 'processing'],
    ['Sắp đến hạn (1 ngày)', 'processing'],
    ['20/11/2026', undefined],
    ['Chờ bổ sung: bản sao sổ hộ khẩu', 'supplement'],
    ['Từ chối tiếp nhận (thiếu bản chính)', 'refused'],
    ['Yêu cầu bổ sung, đang xử lý', 'processing'],
    ['Đang xử lý: chờ ai đó', undefined],
    ['Yêu cầu bổ sung, đã bổ sung 20/11/2026', 'processing'],
    ['Yêu cầu bổ sung (đã nộp bổ sung ngày 20/11)', 'processing'],
    ['Yêu cầu bổ sung: chưa có bản sao công chứng', 'supplement'],
    ['Yêu cầu bổ sung: đã hoàn thành', undefined],
    ['Chờ bổ sung - công dân đã nộp đủ giấy tờ', undefined],
    ['Chờ nộp phí: xong', undefined],
    ['Rút hồ sơ (chưa duyệt)', undefined],
    ['Tạm dừng: không', undefined],
    ['Từ chối (đã mở lại)', undefined],
    ['Đã xử lý 2/5', undefined],
    ['Phòng Kinh tế', undefined],
    ['Trả đúng hạn', 'returned'],
    ['Trả trước hạn', 'returned'],
    ['Giải quyết đúng hạn', undefined],
    ['Xin lỗi, hẹn lại', 'processing'],
    ['Chờ thụ lý', 'processing'],
    ['Đang niêm yết', 'processing'],
    ['Đã xong', 'finished'],
    ['Trả hồ sơ', undefined],
    ['Chuyển trả cho công dân', undefined],
    ['Đúng hạn', undefined],
    ['Trước hạn', undefined],
    ['Sớm hạn', undefined],
    ['Chưa đến hạn', 'processing'],
    ['Đang sử lí', 'processing'],
    ['Đã xử lí xong', 'finished'],
    ['Đợi bổ sung', 'supplement'],
    ['Đang xử lý (lần 2)', 'processing'],
    ['Yêu cầu bổ sung hồ sơ lần thứ hai', 'supplement'],
    ['Dân chưa lấy', 'finished'],
    ['Xong, chưa lấy', 'finished'],
    ['Đã lấy', 'returned'],
    ['Chưa có kết quả', 'processing'],
    ['Hoàn thành NVTC', 'processing'],
    ['Đang thực hiện NVTC', 'payment'],
    ['4,0', 'processing'],
    ['Mời bổ sung', undefined],
    ['Tạm đình chỉ', 'stopped'],
    ['Đình chỉ giải quyết hồ sơ', 'stopped'],
    ['Chấm dứt giải quyết', 'stopped'],
    ['Trả lại hồ sơ để bổ sung', 'supplement'],
    ['Tạm dừng xử lý, chờ bổ sung', 'supplement'],
    ['Tạm dừng xử lý chờ bổ sung', 'supplement'],
    ['Chờ thanh toán phí, lệ phí', 'payment'],
    ['Người dân rút hồ sơ', 'withdrawn'],
    ['Đã rút theo yêu cầu', 'withdrawn'],
    ['Chờ liên thông', 'processing'],
    ['Đã chuyển cơ quan có thẩm quyền', 'processing'],
    ['Không thuộc thẩm quyền', 'refused'],
    ['Đã trả hồ sơ', undefined],
    ['Đã trả hồ sơ cho công dân', undefined],
    ['Hồ sơ đã trả', 'returned'],
  ] as const)
    t.equal(readStatus(word, words, new Map()), state, word)
  t.same(readStatusMapping('Chờ lãnh đạo=processing'), ['cho lanh dao', 'processing'])
  t.same(readStatusMapping('Chờ lãnh đạo=4'), ['cho lanh dao', 'processing'])
  for (const wrong of ['x', 'x=y', '=4', 'x=11']) t.equal(readStatusMapping(wrong), undefined, wrong)
  const csv =
    'Mã hồ sơ,Trạng thái\nA-1,Chờ ai đó\nA-2,chờ ai đó\nA-3,Lạ\nA-4,079 203 001 234\nA-5,0912345678\n'
  const { reading } = await read(csv)
  t.same(reading.plan.unknownStatuses, [
    { word: 'Chờ ai đó', count: 2 },
    { word: '••• ••• ••• •••', count: 2 },
    { word: 'Lạ', count: 1 },
  ])
  const own = await read(csv, { statuses: new Map([['cho ai do', 'processing']]) })
  t.match(own.updates, [
    { dossierStatus: 'processing' },
    { dossierStatus: 'processing' },
    { dossierStatus: 'Lạ' },
    {},
    {},
  ])
})

t.test('ways of filing and return are read in the words of clerks', async (t) => {
  for (const [text, way] of [
    ['Trực tuyến', 'online'],
    ['Nộp qua Cổng DVC quốc gia', 'online'],
    ['DVC trực tuyến toàn trình', 'online'],
    ['VNeID', 'online'],
    ['Bản điện tử', 'online'],
    ['Trực tiếp', 'counter'],
    ['Tại Bộ phận Một cửa', 'counter'],
    ['Trung tâm Phục vụ hành chính công', 'counter'],
    ['Nhận trực tiếp tại quầy', 'counter'],
    ['Qua dịch vụ BCCI', 'post'],
    ['Bưu điện', 'post'],
    ['Trả tận nhà', 'post'],
    ['VNPost', 'post'],
    ['post', 'post'],
    ['Trực tuyến, nhận qua bưu điện', undefined],
    ['Không nhận qua bưu điện', undefined],
    ['Khác', undefined],
    ['', undefined],
  ] as const)
    t.equal(wayNamed(text), way, text)
  t.same(
    [readWay('filedBy', 2), readWay('filedBy', '3'), readWay('filedBy', '0')],
    ['online', 'post', undefined],
  )
  t.same(
    [readWay('returnBy', 0), readWay('returnBy', '1'), readWay('returnBy', true)],
    ['counter', 'post', undefined],
  )
  t.equal(readWayCell('filedBy', 1, 'Nộp trực tuyến'), 'online', 'a mark under a heading that names the way')
  t.equal(readWayCell('filedBy', 1, 'KenhThucHien'), 'counter', 'a code under one that does not')
  t.equal(readWayCell('returnBy', 'Không', 'Trả qua bưu điện'), undefined, 'not by post leaves the others')
})

t.test('headings of offices: short, of other systems, of people', async (t) => {
  const fieldOf = (heading: string) => {
    const read = readHeadings(['dossierNo', heading], new Map())!
    return read.people.length > 0 ? 'people' : [...read.places].find(([, place]) => place === 1)?.[0]
  }
  for (const [heading, field] of [
    ['Tình trạng hồ sơ hiện tại', 'dossierStatus'],
    ['Mã HS cũ', 'otherNumbers'],
    ['Trạng thái hồ sơ TTHC', 'dossierStatus'],
    ['Hạn xử lý toàn quy trình', 'dueAt'],
    ['Mã thủ tục hành chính', 'procedureCode'],
    ['Chủ hồ sơ TTHC', 'people'],
    ['Ngày tháng năm tiếp nhận', 'receivedAt'],
    ['Ngày trả KQ dự kiến', 'dueAt'],
    ['Thời hạn trả kết quả', 'dueAt'],
    ['dueDate', 'dueAt'],
    ['Ngày hẹn lại trả KQ', 'extendedDueAt'],
    ['Ngày trả cho công dân', 'returnedAt'],
    ['HT trả KQ', 'returnBy'],
    ['Giấy tờ cần bổ sung', 'publicNote'],
    ['Tình trạng nộp phí', 'feePaid'],
    ['Chủ HS', 'people'],
    ['Số ĐT', 'people'],
    ['Chủ sử dụng đất', 'people'],
    ['Tên doanh nghiệp', 'people'],
    ['Cán bộ', 'people'],
    ['Ngày xử lý', undefined],
    ['NgayHenTraKQ', 'dueAt'],
    ['TrangThaiHS', 'dossierStatus'],
    ['Ngày hẹn trả kết quả cho công dân', 'dueAt'],
    ['Ngày trả KQ theo phiếu hẹn', 'dueAt'],
    ['Hẹn lại ngày', 'extendedDueAt'],
    ['Ngày giao trả', 'returnedAt'],
    ['Trả kết quả cho công dân', 'people'],
    ['Trạng thái - Ngày cập nhật', undefined],
    ['Ngày nhận - Ngày hẹn trả', undefined],
    ['Ngày hẹn trả / Hạn trả', 'dueAt'],
    ['Ngày hẹn mới', 'extendedDueAt'],
    ['updatedDate', 'eventTime'],
    ['Ngày chuyển trạng thái', 'eventTime'],
    ['returnedDate', 'returnedAt'],
    ['Tổng phí', 'feeAmount'],
    ['Số tiền đã thu', 'feePaid'],
    ['Ông/Bà', 'people'],
    ['Bên chuyển nhượng', 'people'],
    ['Năm sinh', 'people'],
    ['MST', 'people'],
    ['Tên', 'people'],
    ['Tên thủ tục', 'procedureName'],
    ['Liên hệ', 'people'],
  ] as const)
    t.equal(fieldOf(heading), field, heading)
  for (const joined of ['Mã hồ sơ / Thủ tục', 'Mã hồ sơ\nTên TTHC'])
    t.same([...readHeadings([joined], new Map())!.places], [['dossierNo', 0]], joined)
})

t.test('columns that are not used are told', async (t) => {
  const { reading, updates } = await read(
    'Mã hồ sơ,Tên thủ tục,Ghi chú,Hạn xử lý,Trạng thái\nH45.12-261105-0001,Khai sinh,abc,25/12/2026,4\n',
  )
  t.match(updates, [{ dueAt: day('2026-12-25') }], 'a deadline is the promised day where no better column is')
  t.same(reading.plan.columns.unread, ['Ghi chú', 'Tên thủ tục'])
  t.same(remarks(reading), ['name-without-code', 'day-first-proven'])
  const days = await read('Mã hồ sơ,Thời hạn giải quyết,Trạng thái\nH45.12-261105-0001,15 ngày,4\n')
  t.same(days.reading.plan.columns.unread, ['Thời hạn giải quyết'])
})

t.test('a charge and a duty are added up, a total beside them is not', async (t) => {
  const fees = async (...lines: string[]) => {
    const { updates, reading } = await read(lines.join('\n'))
    return [updates.map(({ fee }) => (fee as { amount?: unknown } | undefined)?.amount), remarks(reading)]
  }
  const head = 'Mã hồ sơ;Trạng thái;Phí;Lệ phí'
  t.same(await fees(head, 'A-1;4;150.000;20.000', 'A-2;4;;20.000', 'A-3;4;;', 'A-4;4;10.000;x'), [
    [170_000, 20_000, undefined, 'x'],
    ['fees-added'],
  ])
  t.same(await fees(`${head};Tổng phí, lệ phí`, 'A-1;4;150.000;20.000;170.000'), [
    [170_000],
    ['doubled', 'doubled'],
  ])
  t.same(await fees('Mã hồ sơ;Trạng thái;Phí;Số tiền phí', 'A-1;4;150.000;20.000'), [[150_000], ['doubled']])
  t.same(await fees('"Mã hồ sơ"; "Trạng thái" ; "Phí"', '"A-1"; "4" ; "150.000"'), [[150_000], []])
})

t.test('of several extensions the latest counts, whatever the order of its columns', async (t) => {
  const { updates, reading } = await read(
    'Mã hồ sơ,Trạng thái,Ngày hẹn trả lần 1,Ngày hẹn lại lần 2,Ngày hẹn lại lần 1,Ngày hẹn trả lần 3\n' +
      'H45.12-261105-0001,4,13/11/2026,25/11/2026,18/11/2026,\nH45.12-261105-0002,4,13/11/2026,,18/11/2026,\n' +
      'H45.12-261105-0003,4,13/11/2026,,,\nH45.12-261105-0004,4,13/11/2026,25/11/2026,18/11/2026,30/11/2026\n',
  )
  t.same(
    updates.map(({ extendedDueAt }) => extendedDueAt),
    [day('2026-11-25'), day('2026-11-18'), undefined, day('2026-11-30')],
  )
  t.same(new Set(updates.map(({ dueAt }) => dueAt)), new Set([day('2026-11-13')]))
  t.same(reading.plan.columns.unread, [])
})

t.test('a column of sums paid says what is paid in full', async (t) => {
  const { updates } = await read(
    'Mã hồ sơ;Trạng thái;Lệ phí;Đã nộp\nA-1;4;150.000;150.000\nA-2;4;150.000;0\nA-3;4;150.000;50.000\nA-4;4;150.000;\nA-5;4;1;1\n',
  )
  t.same(
    updates.map(({ fee }) => (fee as { paid?: boolean }).paid),
    [true, false, undefined, undefined, true],
  )
})

t.test('what is merged down over several rows is said of each, in every kind of file', async (t) => {
  const at = (reference: string, text: string) => cell(reference, text)
  const xlsx = workbook(
    `<row r="1">${at('A1', 'Mã hồ sơ')}${at('B1', 'Trạng thái')}${at('C1', 'Hẹn trả')}</row>
     <row r="2">${at('A2', 'H45.12-261105-0001')}${at('B2', 'Đang xử lý')}${at('C2', '12/11/2026')}</row>
     <row r="3">${at('A3', 'H45.12-261105-0002')}</row>
     <row r="4">${at('A4', 'H45.12-261105-0003')}${at('B4', 'Đã có kết quả')}</row>
     <row r="5">${at('C5', '13/11/2026')}${at('B5', 'Đã có kết quả')}</row>
     </sheetData><mergeCells><mergeCell ref="B2:B3"/><mergeCell ref="C2:C4"/><mergeCell ref="A4:A5"/></mergeCells><sheetData>`,
  )
  const html = `<table><tr><td>Mã hồ sơ<td>Trạng thái<td>Hẹn trả</tr>
    <tr><td>H45.12-261105-0001<td rowspan=2>Đang xử lý<td rowspan=3>12/11/2026</tr>
    <tr><td>H45.12-261105-0002</tr><tr><td rowspan=2>H45.12-261105-0003<td>Đã có kết quả</tr>
    <tr><td>Đã có kết quả<td>13/11/2026</tr></table>`
  const xml = `<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="A"><Table>${[
    ['Mã hồ sơ', 'Trạng thái', 'Hẹn trả'],
    ['H45.12-261105-0001', '1Đang xử lý', '212/11/2026'],
    ['H45.12-261105-0002'],
    ['1H45.12-261105-0003', 'Đã có kết quả'],
    ['Đã có kết quả', '13/11/2026'],
  ]
    .map(
      (row) =>
        `<Row>${row.map((text) => `<Cell${/^\d[^\d]|^212/.test(text) ? ` ss:MergeDown="${text[0]}"` : ''}><Data ss:Type="String">${text.replace(/^\d(?=[^\d]|12)/, '')}</Data></Cell>`).join('')}</Row>`,
    )
    .join('')}</Table></Worksheet></Workbook>`
  for (const [kind, bytes] of [
    ['xlsx', xlsx],
    ['html', html],
    ['xml', xml],
  ] as const) {
    const { updates } = await read(bytes)
    t.match(
      updates.map(({ dossierNo, dossierStatus, dueAt }) => [dossierNo, dossierStatus, dueAt]),
      [
        ['H45.12-261105-0001', 'processing', day('2026-11-12')],
        ['H45.12-261105-0002', 'processing', day('2026-11-12')],
        ['H45.12-261105-0003', 'finished', day('2026-11-12')],
      ],
      `${kind}: one that has no number of its own takes none from above`,
    )
  }
})

t.test('headings over two rows, column numbers and totals', async (t) => {
  const { updates } = await read(
    workbook([
      ['BÁO CÁO TÌNH HÌNH', null, null, null, null, null],
      ['STT', 'Hồ sơ', null, 'Ngày', null, 'Trạng thái'],
      [null, 'Mã số', 'Người nộp', 'tiếp nhận', 'hẹn trả', null],
      ['(1)', '(2)', '(3)', '(4)', '(5)', '(6)'],
      [1, 'H45.12-261105-0001', 'A', '05/11/2026', '25/11/2026', 'Đang xử lý'],
      [null, null, null, 'Tổng cộng: 1 hồ sơ', null, null],
      [null, null, null, null, 'Người lập biểu', null],
      [null, 'Xã An Mỹ (12345 dân)', null, null, null, null],
      [null, 'In ngày 20/11/2026 08:30', null, null, null, null],
      ['Tổng số hồ sơ đúng hạn: 12345', null, null, null, null, null],
      [null, 'Lũy kế từ 01/01/2026', null, null, null, 2],
      [null, 'NGƯỜI LẬP BIỂU', null, null, null, 'THỦ TRƯỞNG'],
      [null, 'Nguyễn Văn A', null, null, 'Trần Thị B', null],
    ]),
  )
  t.match(updates, [{ receivedAt: day('2026-11-05'), dueAt: day('2026-11-25'), dossierStatus: 'processing' }])
  t.equal(updates.length, 1)
})

t.test(
  'those who sign beside the column of numbers are no dossiers, and their names are not repeated',
  async (t) => {
    const { updates, reading } = await read(
      workbook([
        ['STT', 'Mã hồ sơ', 'Người nộp', 'Ngày hẹn trả', 'Trạng thái'],
        [1, 'H45.12-261105-0001', 'A', '25/11/2026', 'Đang xử lý'],
        [2, null, 'B', null, 'Chờ anh Tư'],
        [null, null, 'C', '26/11/2026', 'Chờ anh Tư'],
        [null, null, null, null, 'Bình An, ngày 20 tháng 11 năm 2026'],
        [null, null, 'NGƯỜI LẬP BIỂU', null, 'KT. CHỦ TỊCH'],
        [null, null, '(Ký, ghi rõ họ tên)', null, '(Ký tên, đóng dấu)'],
        [null, null, 'Nguyễn Thị Mẫu', null, 'Trần Văn Mẫu'],
      ]),
    )
    t.match(updates, [
      { dossierStatus: 'processing' },
      { dossierStatus: 'Chờ anh Tư' },
      { dueAt: day('2026-11-26') },
    ])
    t.equal(updates.length, 3, 'a number that was forgotten is told')
    t.notMatch(JSON.stringify(reading.remarks), /Mẫu/)
  },
)

t.test('a file is no older than most of its dossiers', async (t) => {
  const rows = ['261105-0001', '261112-0002', '261118-0003'].map((no) => `H45.12-${no},Đang xử lý\n`)
  const of = async (savedOn: string, lines: string[], isAsOfSaid = false) => {
    const asked = {
      ...request(`Mã hồ sơ,Trạng thái\n${lines.join('')}`),
      asOf: Date.parse(day(savedOn)),
      isAsOfSaid,
    }
    const reading = await readTable(asked)
    const [row] = (await reading.rows()[Symbol.asyncIterator]().next()).value as { raw: unknown }[]
    return (row!.raw as { eventTime: string }).eventTime
  }
  t.equal(await of('2009-01-01', rows), day('2026-11-18'), 'an empty battery: the newest number')
  t.equal(await of('2026-11-19', rows), day('2026-11-19'), 'a file saved after them')
  t.equal(await of('2026-11-13', rows), day('2026-11-13'), 'one of three is a typing error')
  t.equal(
    await of('2009-01-01', ['H45.12-271105-0001,Đang xử lý\\n']),
    day('2009-01-01'),
    'days to come prove nothing',
  )
})

t.test('of two columns of one field the one that is shown is read', async (t) => {
  // Last week's states are hidden, this week's stand to the right of them.
  const heads = ['Mã hồ sơ', 'Trạng thái', 'Ngày hẹn', 'Trạng thái']
  const row = ['H45.12-261105-0001', 'Đang xử lý', '25/11/2026', 'Đã trả']
  const xlsx = (hidden: string, rows = [heads, row]) => {
    const xml = rows.map((cells, r) => {
      const all = cells.map((text, c) => cell(`${'ABCD'[c]}${r + 1}`, text))
      return `<row r="${r + 1}">${all.join('')}</row>`
    })
    return workbook(`</sheetData><cols>${hidden}</cols><sheetData>${xml.join('')}`)
  }
  const ods = (columns: string) =>
    zip({
      mimetype: 'application/vnd.oasis.opendocument.spreadsheet',
      'META-INF/manifest.xml': '<manifest/>',
      'content.xml': `<office:document-content><office:body><office:spreadsheet><table:table table:name="x">${columns}${[
        heads,
        row,
      ]
        .map(
          (cells) =>
            `<table:table-row>${cells.map((text) => `<table:table-cell office:value-type="string"><text:p>${text}</text:p></table:table-cell>`).join('')}</table:table-row>`,
        )
        .join('')}</table:table></office:spreadsheet></office:body></office:document-content>`,
    })
  for (const [label, bytes, status] of [
    ['none is hidden: the first', xlsx('<col min="1" max="4" width="9"/>'), 'processing'],
    ['the first is hidden', xlsx('<col min="2" max="2" width="0" hidden="1"/>'), 'returned'],
    ['the second is hidden', xlsx('<col min="4" max="16384" hidden="true"/>'), 'processing'],
    ['both are hidden: the first', xlsx('<col min="1" max="4" hidden="1"/>'), 'processing'],
    [
      'the only one is hidden',
      xlsx('<col min="2" max="2" hidden="1"/>', [heads.slice(0, 3), row.slice(0, 3)]),
      'processing',
    ],
    [
      'OpenDocument',
      ods(
        '<table:table-column/><table:table-column table:visibility="collapse"/><table:table-column table:number-columns-repeated="2"/>',
      ),
      'returned',
    ],
  ] as const) {
    const { updates } = await read(bytes)
    t.match(updates, [{ dossierStatus: status, dueAt: day('2026-11-25') }], label)
  }
})

t.test('headings over three rows, a second table under the first, and totals with a count', async (t) => {
  const three = await read(
    'STT,Thông tin,,,Trạng thái\n,Mã hồ sơ,Thời gian,,\n,,Tiếp nhận,Hẹn trả,\n1,H45.12-261105-0001,05/11/2026,25/11/2026,4\nTổng cộng,,,,1\n,Cộng,2,,\n',
  )
  t.match(three.updates, [{ receivedAt: day('2026-11-05'), dueAt: day('2026-11-25') }])
  t.equal(three.rows.length, 1)
  const first = 'Mã hồ sơ,Ngày hẹn,Ngày trả,Trạng thái\nH45.12-261105-0001,25/11/2026,,4\n'
  t.equal((await read(first + first)).rows.length, 2, 'headings once more')
  await t.rejects(
    read(`${first}\nMã hồ sơ,Ngày trả,Ngày hẹn,Trạng thái\nH45.12-261105-0002,25/11/2026,,10\n`),
    {
      code: 'other-headings',
      about: { line: 4 },
    },
  )
  const beside = 'Mã hồ sơ,Trạng thái,,Mã hồ sơ,Trạng thái\n'
  for (const row of ['H45.12-261105-0001,4,,H45.12-261105-0002,5', ',,,H45.12-261105-0002,5'])
    await t.rejects(
      read(`${beside}H45.12-261105-0003,4,,,\n${row}\n`),
      { code: 'other-headings', about: { line: 1 } },
      'a second table to the right of the first',
    )
  const twice = await read(`${beside}H45.12-261105-0003,4,,H45.12-261105-0003,4\nGrand total,1,,,\n`)
  t.equal(twice.rows.length, 1, 'the same number twice is one dossier')
  for (const [label, csv, line] of [
    [
      'with another word for the number',
      `${first}\nSố hồ sơ,Ngày trả,Ngày hẹn,Trạng thái\nH45.12-261105-0002,25/11/2026,,10\n`,
      4,
    ],
    [
      'of which a column is new',
      `${first}Số biên nhận,Ngày nhận,,Trạng thái\nH45.12-261105-0002,5/11/2026,,10\n`,
      3,
    ],
    ['of other columns', `${first}Trạng thái,Mã hồ sơ\n10,H45.12-261105-0002\n`, 3],
    [
      'to the right',
      'Mã hồ sơ,Trạng thái,,Số hồ sơ,Tình trạng\nH45.12-261105-0003,4,,,\n,,,H45.12-261105-0002,5\n',
      1,
    ],
    [
      'to the left',
      'Số hồ sơ,Tình trạng,,Mã hồ sơ,Trạng thái\nH45.12-261105-0003,4,,H45.12-261105-0002,5\n',
      1,
    ],
  ] as const)
    await t.rejects(read(csv), { code: 'other-headings', about: { line } }, label)
  const both = await read(
    'Mã hồ sơ,Số biên nhận,Trạng thái,Tình trạng\nH45.12-261105-0003,012345,4,Đúng hạn\n',
  )
  t.equal(both.rows.length, 1, 'a dossier with a number of its receipt')
  const again = 'Mã hồ sơ,Thời gian,,Kết quả\n,Tiếp nhận,Hẹn trả,Trạng thái\n'
  const pages = await read(
    `${again}H45.12-261105-0001,05/11/2026,25/11/2026,4\n${again}H45.12-261105-0002,05/11/2026,,4\n`,
  )
  t.equal(pages.rows.length, 2, 'headings over two rows on every page')
})

t.test('letters of old fonts, and what keeps a text from being a number', async (t) => {
  const vni =
    'Maõ hoà sô;Ngaøy heïn traû;Traïng thaùi\nH45.12-261105-0001;25/11/2026;Yeâu caàu boå sung giaáy tôø\n'
  const tcvn = 'M· hå s¬;Ngµy hÑn tr¶;Tr¹ng th¸i\nH45.12-261105-0001;25/11/2026;Yªu cÇu bæ sung giÊy tê\n'
  const cells = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => line.split(';'))
  for (const [label, bytes] of [
    ['VNI as bytes', Buffer.from(vni, 'latin1')],
    ['VNI in Unicode', vni],
    ['VNI in capitals', vni.replace('Maõ hoà sô', 'MAÕ HOÀ SÔ')],
    ['VNI in a workbook', workbook(cells(vni))],
    ['TCVN 3 in Unicode', tcvn],
    ['TCVN 3 in a workbook', workbook(cells(tcvn))],
    ['formulas of texts', 'Mã hồ sơ,Ngày hẹn trả,Trạng thái\n="H45.12-261105-0001",="25/11/2026",="05"\n'],
  ] as const)
    t.match(
      (await read(bytes)).updates,
      [{ dossierNo: 'H45.12-261105-0001', dossierStatus: 'supplement', dueAt: day('2026-11-25') }],
      label,
    )
  const escaped = await read(
    workbook([
      ['Mã hồ sơ_x000D_', 'Trạng_x0020_thái'],
      ['H45.12-261105-0001', '4_x000D_\n'],
    ]),
  )
  t.match(escaped.updates, [{ dossierNo: 'H45.12-261105-0001', dossierStatus: 'processing' }])
})

t.test('headings of a web page that reach over two rows', async (t) => {
  const { updates } = await read(
    `<html><table><tr><th rowspan=2>STT<th rowspan="2">Mã hồ sơ<th colspan=2>Ngày<th rowspan=2>Trạng thái
    <tr><th>tiếp nhận<th>hẹn trả
    <tr><td rowspan=2>1<td>H45.12-261105-0001<td>05/11/2026<td>25/11/2026<td>Đang xử lý
    <tr><td>H45.12-261112-0002<td>12/11/2026<td>02/12/2026<td>Đã trả</table>`,
  )
  t.match(updates, [
    { receivedAt: day('2026-11-05'), dueAt: day('2026-11-25'), dossierStatus: 'processing' },
    { dossierNo: 'H45.12-261112-0002', dueAt: day('2026-12-02'), dossierStatus: 'returned' },
  ])
})

t.test('what a program that saved a page knows of its cells decides', async (t) => {
  const page = (cells: string) =>
    `<html><table><tr><td>Mã hồ sơ<td>Ngày hẹn<td>Lệ phí<td>Trạng thái<tr><td>H45.12-261105-0001${cells}<td>4</table>`
  for (const [label, cells, due, amount] of [
    [
      'LibreOffice, month first',
      '<td sdval="46336" sdnum="1033;0;MM/DD/YY">11/10/26<td sdval="150000">150,000',
      '2026-11-10',
      150_000,
    ],
    [
      'Excel, with the month in words',
      '<td x:num="46336">10-Nov-26<td x:num="150000">150.000 đ',
      '2026-11-10',
      150_000,
    ],
    [
      'another number, not what is shown',
      '<td sdval="3">10/11/2026<td sdval="0">150.000',
      '2026-11-10',
      150_000,
    ],
    ['none', '<td>10/11/2026<td>150.000', '2026-11-10', 150_000],
  ] as const)
    t.match((await read(page(cells))).updates, [{ dueAt: day(due), fee: { amount } }], label)
  const remark = '<a class="comment-indicator"></a><comment>Hỏi ông Nguyễn Văn A</comment>'
  t.match(
    (await read(`<table><tr><td>Mã hồ sơ<td>Trạng thái<tr><td>${remark}H45.12-261105-0001<td>4</table>`))
      .updates,
    [{ dossierNo: 'H45.12-261105-0001' }],
  )
  const table = '<table><tr><td>Mã hồ sơ<td>Trạng thái<tr><td>H45.12-261105-0001<td>4</table>'
  const named = `<a name="table0"><h1>Sheet 1: <em>Xã A</em></h1></a>${table}<h1>Sheet 2: <em>Xã B</em></h1>${table}`
  await t.rejects(read(named), { code: 'which-sheet', choices: ['Xã A', 'Xã B'] })
  t.equal((await read(named, { sheet: 'Xã B' })).rows.length, 1)
  await t.rejects(read(table + table), { code: 'which-sheet', choices: ['#1', '#2'] })
})

t.test('a workbook that counts its days from 1904 does so in cells without a format, too', async (t) => {
  const since1904 = (date: string) => Date.parse(`${date}Z`) / 86_400_000 + 25_569 - 1462
  const heads = ['Mã hồ sơ', 'Ngày tiếp nhận', 'Ngày hẹn trả', 'Trạng thái', 'Lệ phí', 'Phiên bản']
  const rows = [
    heads,
    [
      'H45.12-261105-0001',
      since1904('2026-11-05T08:30'),
      since1904('2026-11-25'),
      'Đang xử lý',
      45_000,
      46_000,
    ],
    ['H45.12-261105-0002', 20_261_105, new Date('2026-11-25'), 'Đang xử lý', 45_000, 46_000],
  ]
  const { updates } = await read(workbook(rows, '', 'date1904="1"'))
  t.match(updates, [
    {
      receivedAt: '2026-11-05T08:30:00+07:00',
      dueAt: day('2026-11-25'),
      fee: { amount: 45_000 },
      version: 46_000,
    },
    { receivedAt: day('2026-11-05') },
  ])
  const plain = await read(workbook(rows))
  t.match(plain.updates[0], { dueAt: day('2022-11-24') }, 'only where the workbook says so')
})

t.test('rows that are struck through are read, and told', async (t) => {
  const heads = ['Mã hồ sơ', 'Trạng thái']
  const row = ['H45.12-261105-0001', 'Đang xử lý']
  const xlsx = (...styles: number[]) =>
    workbook(
      [heads, row]
        .map((texts, r) => {
          const cells = texts.map((text, c) =>
            cell(`${'AB'[c]}${r + 1}`, text).replace('<c ', r === 0 ? '<c ' : `<c s="${styles[c]}" `),
          )
          return `<row r="${r + 1}">${cells.join('')}</row>`
        })
        .join(''),
    )
  const ods = (line: string) => {
    const rows = [heads, row].map((texts, r) => {
      const cells = texts.map(
        (text) =>
          `<table:table-cell table:style-name="s${r}" office:value-type="string"><text:p>${text}</text:p></table:table-cell>`,
      )
      return `<table:table-row>${cells.join('')}</table:table-row>`
    })
    return zip({
      mimetype: 'application/vnd.oasis.opendocument.spreadsheet',
      'META-INF/manifest.xml': '<manifest/>',
      'content.xml': `<office:document-content><office:automatic-styles><style:style style:name="s1" style:family="table-cell"><style:text-properties style:text-line-through-style="${line}"/></style:style></office:automatic-styles><office:body><office:spreadsheet><table:table table:name="x">${rows.join('')}</table:table></office:spreadsheet></office:body></office:document-content>`,
    })
  }
  for (const [label, bytes, told] of [
    ['struck', xlsx(2, 2), ['struck-rows']],
    ['only its number', xlsx(2, 0), []],
    ['its font says no', xlsx(3, 3), []],
    ['not struck', xlsx(0, 0), []],
    ['struck in ODS', ods('solid'), ['struck-rows']],
    ['not struck in ODS', ods('none'), []],
  ] as const) {
    const { reading, updates } = await read(bytes)
    t.same(remarks(reading), told, label)
    t.match(updates, [{ dossierNo: row[0], dossierStatus: 'processing' }], label)
  }
})

t.test('what a colleague remarked on a cell, or laid over it, is not in it', async (t) => {
  const office =
    'xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"'
  const remark = '<Comment ss:Author="Lan"><ss:Data><B>Lan:</B>gọi 0905123456</ss:Data></Comment>'
  const row = (...texts: string[]) =>
    `<Row>${texts.map((text) => `<Cell><Data ss:Type="String">${text}</Data>${remark}</Cell>`).join('')}</Row>`
  const xml = `<?xml version="1.0"?><Workbook ${office}><Worksheet ss:Name="A"><Table>${row('Mã hồ sơ', 'Trạng thái')}${row('H45.12-261105-0001', 'Đang xử lý')}</Table></Worksheet></Workbook>`
  const mark = '<a class=msocomanchor href="#_msocom_1">[L1]</a>'
  const note = '<div style="mso-element:comment"><p>Lan:<br>gọi 0905123456</div>'
  const html = `<table><tr><td>Mã hồ sơ${mark}<td>Trạng thái<tr><td>H45.12-261105-0001${note}<td>Đang xử lý${mark}</table>`
  // LibreOffice keeps what is anchored to a cell within it, in front of its text.
  const ods = (anchored: string) => {
    const rows = [
      ['Mã hồ sơ', 'Trạng thái'],
      ['H45.12-261105-0001', '<text:span>Đang</text:span> xử lý'],
    ].map((texts) =>
      texts
        .map((text) => `<table:table-cell>${anchored}<text:p>${text}</text:p></table:table-cell>`)
        .join(''),
    )
    return zip({
      mimetype: 'application/vnd.oasis.opendocument.spreadsheet',
      'META-INF/manifest.xml': '<manifest/>',
      'content.xml': `<office:document-content><office:body><office:spreadsheet><table:table table:name="x">${rows.map((row) => `<table:table-row>${row}</table:table-row>`).join('')}</table:table></office:spreadsheet></office:body></office:document-content>`,
    })
  }
  const stamp = '<text:p>ĐÃ TRẢ KẾT QUẢ</text:p>'
  for (const [label, bytes] of [
    ['XML of 2003', xml],
    ['a page', html],
    [
      'ODS',
      ods('<office:annotation><dc:creator>Lan</dc:creator><text:p>Lan: gọi</text:p></office:annotation>'),
    ],
    ['a text box in ODS', ods(`<draw:frame><draw:text-box>${stamp}</draw:text-box></draw:frame>`)],
    ['a stamp in ODS', ods(`<draw:g><draw:custom-shape>${stamp}</draw:custom-shape></draw:g>`)],
  ] as const)
    t.match(
      (await read(bytes)).rows.map(({ cells }) => cells),
      [['H45.12-261105-0001', 'Đang xử lý']],
      label,
    )
})

t.test('a part of a workbook may be in UTF-16', async (t) => {
  const text = `<?xml version="1.0" encoding="UTF-16"?><table:table table:name="A"><table:table-row><table:table-cell><text:p>Mã hồ sơ</text:p></table:table-cell><table:table-cell><text:p>Trạng thái</text:p></table:table-cell></table:table-row><table:table-row><table:table-cell><text:p>H45.12-261105-0001</text:p></table:table-cell><table:table-cell><text:p>Đang xử lý</text:p></table:table-cell></table:table-row></table:table>`
  const little = Buffer.from(`\ufeff${text}`, 'utf16le')
  for (const content of [little, Buffer.from(little).swap16(), Buffer.from(`\ufeff${text}`)]) {
    const mimetype = 'application/vnd.oasis.opendocument.spreadsheet'
    const { updates } = await read(zip({ mimetype, 'content.xml': content }))
    t.match(updates, [{ dossierNo: 'H45.12-261105-0001', dossierStatus: 'processing' }])
  }
})

t.test('a cell of an ODS file is its text with its tabs, or its value alone', async (t) => {
  const cellOf = (text: string, more = '') => `<table:table-cell ${more}>${text}</table:table-cell>`
  const rows = [
    [cellOf('<text:p>Mã hồ sơ</text:p>'), cellOf('<text:p>Trạng<text:tab/>thái</text:p>')],
    [
      cellOf('', 'office:value-type="string" office:string-value="H45.12-261105-0001"'),
      cellOf('<text:p>Đang<text:tab/>xử<text:s text:c="2"/>lý</text:p>', 'office:value-type="string"'),
    ],
  ]
  const { updates } = await read(
    zip({
      mimetype: 'application/vnd.oasis.opendocument.spreadsheet',
      'META-INF/manifest.xml': '<m/>',
      'content.xml': `<d><table:table table:name="A">${rows.map((row) => `<table:table-row>${row.join('')}</table:table-row>`).join('')}</table:table></d>`,
    }),
  )
  t.match(updates, [{ dossierNo: 'H45.12-261105-0001', dossierStatus: 'processing' }])
})

t.test('a date that a workbook keeps as a text is one of its own clock, with a Z or without', async (t) => {
  const heads = ['Mã hồ sơ', 'Ngày hẹn trả', 'Trạng thái']
  const [no, state] = ['H45.12-261105-0001', 'Đang xử lý']
  const spreadsheetMl = (date: string) => {
    const data = (type: string, text: string) => `<Cell><Data ss:Type="${type}">${text}</Data></Cell>`
    const named = heads.map((text) => data('String', text)).join('')
    return `<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="A"><Table><Row>${named}</Row><Row>${data('String', no)}${data('DateTime', date)}${data('String', state)}</Row></Table></Worksheet></Workbook>`
  }
  const strict = (date: string) =>
    workbook(
      `<row r="1">${heads.map((text, at) => cell(`${'ABC'[at]}1`, text)).join('')}</row><row r="2">${cell('A2', no)}<c r="B2" t="d"><v>${date}</v></c>${cell('C2', state)}</row>`,
    )
  const ods = (date: string) => {
    const text = (value: string) =>
      `<table:table-cell office:value-type="string"><text:p>${value}</text:p></table:table-cell>`
    const dated = `<table:table-cell office:value-type="date" office:date-value="${date}"><text:p>xem phiếu</text:p></table:table-cell>`
    return zip({
      mimetype: 'application/vnd.oasis.opendocument.spreadsheet',
      'META-INF/manifest.xml': '<manifest/>',
      'content.xml': `<office:document-content><office:body><office:spreadsheet><table:table table:name="x"><table:table-row>${heads.map(text).join('')}</table:table-row><table:table-row>${text(no)}${dated}${text(state)}</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>`,
    })
  }
  for (const [label, made] of [
    ['XML of 2003', spreadsheetMl],
    ['strict XLSX', strict],
    ['ODS', ods],
  ] as const)
    for (const [date, expected] of [
      ['2026-11-25T00:00:00.000Z', day('2026-11-25')],
      ['2026-11-25T00:00:00.000', day('2026-11-25')],
      ['2026-11-25', day('2026-11-25')],
      ['2026-11-25T14:30:00Z', '2026-11-25T14:30:00+07:00'],
      ['2026-11-24T23:59:59.9996', day('2026-11-25')],
    ] as const)
      t.equal((await read(made(date))).updates[0]!.dueAt, expected, `${label}: ${date}`)
})

t.test('where a formula has no result there is no name', async (t) => {
  const { updates } = await read(
    'Mã hồ sơ,Trạng thái,Mã thủ tục,Tên thủ tục,Ghi chú công khai\nH45.12-261105-0001,4,1.004194,#DIV/0!,#N/A\n',
    { map: new Map([[fold('Ghi chú công khai'), 'publicNote']]) },
  )
  t.same(updates[0]?.procedure, { code: '1.004194', name: '1.004194' })
  t.notHas(updates[0], { publicNote: '#N/A' })
  const head = ['Mã hồ sơ', 'Trạng thái', 'Ngày hẹn trả']
    .map((text, at) => cell(`${'ABC'[at]}1`, text))
    .join('')
  const formula = (value: string) =>
    workbook(
      `<row r="1">${head}</row><row r="2">${cell('A2', 'H45.12-261105-0001')}${cell('B2', '4')}<c r="C2" t="str"><f>A2+15</f>${value}</c></row>`,
    )
  t.match((await read(formula(''))).updates, [{ dueAt: '#N/A' }], 'nobody worked it out: the row is told')
  for (const empty of ['<v></v>', '<v/>'])
    t.notOk('dueAt' in (await read(formula(empty))).updates[0]!, 'its result is empty')
})

t.test('what a database writes for no value is none', async (t) => {
  const head = 'Mã hồ sơ,Trạng thái,Ngày hẹn trả,Nội dung bổ sung,Lệ phí,Mã TTHC,Hình thức nhận KQ'
  for (const nothing of ['NULL', 'null', '\\N', '(null)', '<NULL>', '[NULL]', 'None', 'NaN', 'undefined', ''])
    t.strictSame(
      (await read(`${head}\nH45.12-261105-0001,4${`,${nothing}`.repeat(5)}\n`)).updates,
      [{ dossierNo: 'H45.12-261105-0001', dossierStatus: 'processing', eventTime: writeTime(now) }],
      nothing,
    )
})

t.test('the sheet with dossiers is found, or asked for', async (t) => {
  const data = [
    ['Mã hồ sơ', 'Trạng thái'],
    ['H45.12-261105-0001', 4],
  ]
  const guide = [['Hướng dẫn'], ['Điền vào trang sau']]
  const empty = [['Mã hồ sơ', 'Trạng thái']]
  const sheets = (...list: [string, unknown[][], string?][]) =>
    workbook(list.map(([name, rows, state]) => ({ name, rows, state })))
  const one = await read(
    sheets(['Cũ', data, 'hidden'], ['Hướng dẫn', guide], ['Tháng 11', data], ['Mẫu', empty]),
  )
  t.equal(one.reading.sheet, 'Tháng 11')
  t.same(remarks(one.reading), ['hidden', 'other-sheets'])
  await t.rejects(read(sheets(['A', data], ['B', data])), { code: 'which-sheet', choices: ['A', 'B'] })
  t.equal((await read(sheets(['A', data], ['B', data]), { sheet: 'B' })).reading.sheet, 'B')
  await t.rejects(read(sheets(['A', data]), { sheet: 'C' }), { code: 'no-such-sheet' })
  await t.rejects(read(sheets(['A', guide], ['B', data, 'veryHidden'])), { code: 'hidden-sheet' })
  t.equal((await read(sheets(['B', data, 'hidden']), { sheet: 'B' })).rows.length, 1)
  await t.rejects(read(sheets(['A', empty])), { code: 'empty' })
  await t.rejects(read(sheets(['A', guide])), { code: 'no-number-column' })
})

t.test('text is read whatever its encoding and separator', async (t) => {
  const text = 'Mã hồ sơ;Trạng thái;Lệ phí\nH45.12-261105-0001;Đang xử lý;"150,000"\n'
  const utf16 = Buffer.from(`\ufeff${text}`, 'utf16le')
  const vn1258 = Buffer.from(
    'M\xe3 h\xf4\xcc so\xf5;Tra\xf2ng tha\xeci;L\xea\xf2 phi\xec\nH45.12-261105-0001;\xd0ang x\xfd\xcc ly\xec;150,000\n'
      .replace('so\xf5', 's\xf5')
      .replace('x\xfd\xcc', 'x\xfd\xd2'),
    'latin1',
  )
  for (const [label, bytes] of [
    ['UTF-8', Buffer.from(text)],
    ['with a mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16', utf16],
    ['UTF-16 big end first', Buffer.from(utf16).swap16()],
    ['UTF-16 without a mark', utf16.subarray(2)],
    ['commas', Buffer.from(text.replaceAll(';', ','))],
    ['tabs', Buffer.from(text.replaceAll(';', '\t'))],
    ['bars', Buffer.from(text.replaceAll(';', '|'))],
    ['sep=', Buffer.from(`sep=;\n${text}`)],
    ['CR alone', Buffer.from(text.replaceAll('\n', '\r'))],
  ] as const)
    t.match((await read(bytes)).updates, [{ dossierStatus: 'processing', fee: { amount: 150_000 } }], label)
  t.match((await read(vn1258)).reading.plan.rows, 1, 'Windows-1258')
  const tcvn = Buffer.from(
    'M\xb7 h\xe5 s\xac;Tr\xb9ng th\xb8i\nH45.12-261105-0001;\xaeang x\xf6 l\xfd\n',
    'latin1',
  )
  t.match((await read(tcvn)).updates, [{ dossierStatus: 'processing' }], 'TCVN 3')
  const note = Buffer.from(`Ghi chú\n${text}`)
  for (const [label, bytes] of [
    ['cut off within a letter', note.subarray(0, note.length - 17)],
    [
      'with a line of another encoding',
      Buffer.concat([note, Buffer.from('H45.12-261105-0002;4;\x93a\x94\n', 'latin1')]),
    ],
  ] as const)
    t.match((await read(bytes)).updates[0], { dossierNo: 'H45.12-261105-0001' }, `UTF-8 ${label}`)
  for (const wrong of ['latin1', 'windows-1252'])
    await t.rejects(
      read(new TextDecoder(wrong).decode(Buffer.from(text))),
      { code: 'encoding' },
      'UTF-8 read as something else, and saved again',
    )
  const multi = `Mã hồ sơ,Trạng thái\nH45.12-261105-0001,"Đang\nxử lý"\nH45.12-261105-0002,4\n`
  const linesOf = async (text: string) => (await read(text)).rows.map(({ line }) => line)
  t.same(await linesOf(multi), [2, 4], 'a row is named by the line it begins in')
  t.same(await linesOf(multi.replaceAll('\n', '\r\n')), [2, 4], 'CRLF in a cell is one line')
  t.same(await linesOf(multi.replace('\n', '\r\n')), [2, 4], 'the first line ends otherwise than the rest')
  t.same(await linesOf(multi.replace(/\n$/, '\r\n').repeat(2)), [2, 4, 6, 8], 'two files in one')
  t.same(await linesOf(multi.replaceAll('\n', '\r')), [2, 4], 'CR')
  t.same(await linesOf(`\n${multi.replace('\nH45.12-261105-0002', '\n\n\n$&')}`), [3, 8], 'empty lines count')
})

t.test('a line that stands in one cell is taken apart', async (t) => {
  const lines = [
    'DANH SÁCH HỒ SƠ, THÁNG 11',
    'STT,Mã hồ sơ,Trạng thái,Ngày hẹn trả,Nội dung bổ sung',
    '1,H45.12-261105-0001,Đang xử lý,25/11/2026,',
    '2,H45.12-261105-0002,Yêu cầu bổ sung,26/11/2026,"Sổ hộ khẩu, ảnh ""3x4"""',
    'Tổng cộng, 2 hồ sơ',
  ]
  const quoted = (line: string) => `"${line.replaceAll('"', '""')}"`
  const expected = [
    { dossierNo: 'H45.12-261105-0001', dueAt: day('2026-11-25') },
    { dossierNo: 'H45.12-261105-0002', publicNote: 'Sổ hộ khẩu, ảnh "3x4"' },
  ]
  for (const [label, bytes] of [
    ['each quoted', lines.map(quoted).join('\n')],
    [
      'quoted where it has quotation marks',
      lines.map((one) => (one.includes('"') ? quoted(one) : one)).join('\n'),
    ],
    ['in a workbook', workbook(lines.map((line) => [line]))],
    ['semicolons in a workbook', workbook(lines.map((line) => [line.replaceAll(/,(?! )/g, ';')]))],
  ] as const) {
    const { updates } = await read(bytes)
    t.equal(updates.length, 2, label)
    t.match(updates, expected, label)
  }
})

t.test('a row with more cells than headings is not read by its places', async (t) => {
  const rows = [
    'H45.12-261105-0001,Đang xử lý,1,500,000',
    'H45.12-261105-0002,Đang xử lý,150000,,',
    'H45.12-261105-0003,Đang xử lý,"1,500,000"',
    '"H45.12-261105-0004,Đang xử lý,2,500"',
  ]
  const { rows: taken } = await read(['Mã hồ sơ,Trạng thái,Lệ phí', ...rows].join('\n'))
  t.match(
    taken,
    [
      { line: 2, raw: undefined, fault: 'too-many-cells' },
      { raw: { fee: { amount: 150_000 } } },
      { raw: { fee: { amount: 1_500_000 } } },
      { line: 5, raw: undefined, fault: 'too-many-cells' },
    ],
    'trailing separators are no cells',
  )
  t.notOk(taken[1]!.fault)
  const sheet = workbook([
    ['Mã hồ sơ', 'Trạng thái'],
    ['H45.12-261105-0001', 4, 'xem lại'],
  ])
  t.match(
    (await read(sheet)).updates,
    [{ dossierStatus: 'processing' }],
    'a sheet knows the places of its cells',
  )
})

t.test('an open quotation mark is told with its line, and nothing is in doubt', async (t) => {
  const rows = (from: number, to: number) =>
    Array.from(
      { length: to - from },
      (_, n) => `H45.12-261105-${String(from + n).padStart(4, '0')},4,x\n`,
    ).join('')
  const head = 'Mã hồ sơ,Trạng thái,Khác\n'
  await t.rejects(read(`${head}${rows(2, 2000)}H45.12-261106-0001,4,"open\n${rows(2001, 9000)}`), {
    code: 'open-quote',
    about: { line: 2000 },
  })
  await t.rejects(read(`${head}${rows(2, 100)}H45.12-261106-0001,4,"open\n${rows(101, 500)}A,4,"b"\n`), {
    code: 'open-quote',
    about: { line: 100 },
  })
  await t.rejects(read(`${head}${','.repeat(600_000)}`), { code: 'long-line' })
})

t.test('a file is what its bytes say', async (t) => {
  const html =
    '<html><head><meta charset="utf-8"><style>td{x:y}</style></head><table><tr><td>Trường</table><table border=1><tr><th>Mã hồ sơ<th>Trạng thái<tr><td>H45.12-261105-0001<td>Đang<br>xử lý</table>'
  const xml =
    '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="A"><Table><Row><Cell><Data ss:Type="String">Mã hồ sơ</Data></Cell><Cell ss:Index="3"><Data ss:Type="String">Trạng thái</Data></Cell></Row><Row><Cell><Data ss:Type="String">H45.12-261105-0001</Data></Cell><Cell ss:Index="3"><Data ss:Type="Number">4</Data></Cell></Row></Table></Worksheet></Workbook>'
  for (const [kind, bytes] of [
    ['html', html],
    ['xml', xml],
    [
      'xlsx',
      workbook([
        ['Mã hồ sơ', 'Trạng thái'],
        ['H45.12-261105-0001', 4],
      ]),
    ],
  ] as const) {
    const { reading, updates } = await read(bytes)
    t.equal(reading.kind, kind)
    t.match(updates, [{ dossierNo: 'H45.12-261105-0001', dossierStatus: 'processing' }], kind)
  }
  const sheet = workbook([
    ['Mã hồ sơ', 'Trạng thái'],
    ['H45.12-261105-0001', 4],
  ])
  for (const trail of ['\r\n', '\0'.repeat(4096), '<br>Warning: in export.php'.repeat(4000)])
    t.match(
      (await read(Buffer.concat([sheet, Buffer.from(trail)]))).updates,
      [{ dossierStatus: 'processing' }],
      `a workbook with ${trail.length} bytes behind it`,
    )
  const old = readFileSync('test/fixtures/files/vnpt-thang-11.xls')
  const plain = (await read(old)).updates
  for (const lead of [
    '\r\n',
    '\ufeff',
    `<br />\n<b>Warning</b>:  Undefined index${' in export.php'.repeat(200)}\n`,
  ]) {
    const { updates } = await read(Buffer.concat([Buffer.from(lead), sheet]))
    t.match(updates, [{ dossierStatus: 'processing' }], `a workbook behind ${lead.length} letters`)
    t.same((await read(Buffer.concat([Buffer.from(lead), old]))).updates, plain, 'an old one')
  }
  for (const [label, bytes, code] of [
    ['PDF', '%PDF-1.7', 'not-a-table'],
    ['a picture', '\x89PNG\r\n', 'not-a-table'],
    ['Word', zip({ '[Content_Types].xml': '<T/>', 'word/document.xml': '<d/>' }), 'not-a-table'],
    ['a packed folder', zip({ 'a.txt': 'x' }), 'not-a-table'],
    [
      'a locked document',
      zip({
        mimetype: 'application/vnd.oasis.opendocument.spreadsheet',
        'content.xml': '',
        'META-INF/manifest.xml': '<manifest:encryption-data/>',
      }),
      'password',
    ],
    [
      'a locked workbook',
      `\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1${'\0'.repeat(600)}${[...'EncryptedPackage'].join('\0')}`,
      'password',
    ],
    ['a mail', 'MIME-Version: 1.0\r\n', 'not-a-table'],
    [
      'a page with its pictures',
      'From: <Saved by Blink>\r\nSubject: x\r\nMIME-Version: 1.0\r\n\r\n<html><table><tr><td>M=C3=A3',
      'not-a-table',
    ],
    ['a table of dBASE', `\x03\x7e\x0b\x14\x01\0\0\0A\0\x14\0${'\0'.repeat(20)}MAHOSO`, 'not-a-table'],
    ['a database of Access', '\0\x01\0\0Standard Jet DB\0', 'not-a-table'],
    ['a photograph of a telephone', '\0\0\0\x18ftypheic\0\0\0\0', 'not-a-table'],
    ['a picture of Zalo', 'RIFF\x10\0\0\0WEBPVP8 ', 'not-a-table'],
    ['a scan', 'II*\0\x08\0\0\0', 'not-a-table'],
    ['SYLK', 'ID;PSCALC3\r\nB;Y2;X2\r\nC;X1;Y1;K"Mã hồ sơ"\r\n', 'not-a-table'],
    ['DIF', 'TABLE\r\n0,1\r\n"EXCEL"\r\n', 'not-a-table'],
    [
      'a flat sheet of LibreOffice',
      '<?xml version="1.0"?>\n<office:document><table:table/></office:document>',
      'not-a-table',
    ],
    ['a list in JSON', '\ufeff\n[ {"dossierNo":"H45.12-261105-0001"}]', 'not-a-table'],
    ['a list in JSON within an object', '{"data": [{"dossierNo":"H45.12-261105-0001"}]}', 'not-a-table'],
    ['half a workbook', workbook([['Mã hồ sơ']]).subarray(0, 300), 'damaged'],
    ['a program', `\x01\x02\x03\x04${'\x05\x07'.repeat(300)}`, 'damaged'],
    ['nothing', '', 'empty'],
    [
      'saved where the letters are not known',
      'M\xe3 h? s?,Ng\xe0y h?n tr?,Tr?ng th\xe1i\nH45.12-261105-0001,1/12/2026,?ang x? l\xfd\n',
      'encoding',
    ],
    ['questions, and no numbers', 'Xong chua? Roi,Bao gio? Mai\nA,B\n', 'no-number-column'],
  ] as const)
    await t.rejects(read(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes), { code }, label)
})

t.test('a way of reading that is kept is used for the next file with the same headings', async (t) => {
  const csv = 'Số của tôi,Tình hình\nH45.12-261105-0001,Chờ ai đó\n'
  await t.rejects(read(csv), { code: 'no-number-column' })
  const map = [
    ['so cua toi', 'dossierNo'],
    ['tinh hinh', 'dossierStatus'],
  ] as const
  const first = await readTable(request(csv, { map: new Map(map) }))
  const saved = {
    format: 1 as const,
    name: 'một cửa',
    signature: signatureOf(first.plan.columns),
    map,
    statuses: [['cho ai do', 'processing']] as const,
  }
  const again = await readTable({ ...request(csv), saved: [saved] })
  t.match(remarks(again), ['saved-map'])
  for await (const rows of again.rows()) t.match(rows, [{ raw: { dossierStatus: 'processing' } }])
  await t.rejects(readTable({ ...request(csv.replace('Tình hình', 'Khác')), saved: [saved] }), {
    code: 'no-number-column',
  })
})

t.test('every fault of a row, and every field, has its words on the desk’s page', async (t) => {
  const fields = ['agency', 'contact', ...columnFields].map((field) =>
    field.replace(/^(fee|procedure)[A-Z].*/, '$1'),
  )
  for (const language of ['vi', 'en']) {
    const { desk } = JSON.parse(readFileSync(`kiosk/strings/${language}.json`, 'utf8'))
    t.same(Object.keys(desk.import.fault).sort(), [...faultCodes].sort(), language)
    t.same(Object.keys(desk.import.field).sort(), [...new Set(fields)].sort(), language)
  }
})

t.test('every refusal and every remark has its words', async (t) => {
  const keys = Object.keys(wordingKeys)
  for (const code of fileRefusalCodes) t.ok(keys.includes(`file.refused.${code}`), code)
  for (const code of remarkCodes) t.ok(keys.includes(`file.told.${code}`), code)
  t.equal(keys.filter((key) => key.startsWith('file.')).length, fileRefusalCodes.length + remarkCodes.length)
})

t.test('a hostile file costs its worker, and nobody else', { timeout: 540_000 }, async (t) => {
  const head = `<row r="1">${cell('A1', 'Mã hồ sơ')}${cell('B1', 'Trạng thái')}</row>`
  const row = `<row r="2">${cell('A2', 'H45.12-261105-0001')}${cell('B2', '4')}</row>`
  const many = (text: string, count: number) => text.repeat(count)
  const liar = Buffer.from(workbook(`${head}${row}${many(' ', 4_000_000)}`))
  for (let at = liar.indexOf('PK\x01\x02'); at >= 0; at = liar.indexOf('PK\x01\x02', at + 46))
    liar.writeUInt32LE(100, at + 24)
  for (const [label, bytes, outcome] of [
    [
      'the last cell there can be',
      workbook(`${head}${row}<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>`),
      1,
    ],
    ['a cell that cannot be', workbook(`${head}${row}<row r="3"><c r="ZZZZZZ3"><v>1</v></c></row>`), 1],
    ['100,000 empty rows', workbook(`${head}${row}${many('<row/>', 100_000)}`), 1],
    [
      'a row of 100,000 cells',
      workbook(`${head}${row}<row r="3">${many('<c><v>1</v></c>', 100_000)}</row>`),
      1,
    ],
    ['a directory that lies', liar, 'damaged'],
    ['20,000 elements within each other', workbook(`${head}${row}${many('<a>', 20_000)}`), 'damaged'],
    [
      'strings without end',
      workbook(`${head}${row}`, many(`<si><t>${many('x', 32_767)}</t></si>`, 3300)),
      'too-large',
    ],
    ['tables within tables', Buffer.from(`<html>${many('<table><tr><td>', 10_000)}`), 'damaged'],
    ['nothing but marks', Buffer.from(`Mã hồ sơ,x\n${many('"', 400_000)}`), 'open-quote'],
  ] as const) {
    let worst = 0
    let last = performance.now()
    const clock = setInterval(() => {
      worst = Math.max(worst, performance.now() - last)
      last = performance.now()
    }, 10)
    const opened = await openFile(request(bytes), { ...commandLimits, memoryMiB: 96 }).catch((error) => error)
    clearInterval(clock)
    if (typeof outcome === 'string') t.equal(opened.code, outcome, label)
    else {
      t.equal(opened.reading?.plan.rows, outcome, label)
      await opened.close?.()
    }
    t.comment(`${label}: longest stall ${Math.round(worst)} ms`)
  }
  const slow = await openFile(request(workbook(`${head}${row}`)), { ...commandLimits, withinMs: 0 }).catch(
    (error) => error,
  )
  t.equal(slow.code, 'too-slow')
})
