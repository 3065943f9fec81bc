// The report as tables in Vietnamese, for both the files and the printed page.

import { type Channel, channels } from '../../dossier/channels.js'
import type { Cell as FileCell, Sheet } from '../download.js'
import { moment, numeral } from '../vietnamese.js'
import { results } from './book.js'
import type { AgencyFigures, Report } from './report.js'
import type { Published, Share } from './suppression.js'

/** A text, a count, a ratio (0 to 1), a moment (ISO; undefined: never). */
export type Cell =
  | string
  | { count: Published }
  /** A count of overdue complaints; red on the printed page. */
  | { owed: number }
  | { share: Share }
  | { at: string | undefined }

export interface Table {
  /** Sheet name, at most 31 characters. */
  readonly name: string
  readonly title: string
  readonly section: Section
  readonly heads: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
  /** The last row adds up the others. */
  readonly hasTotal?: boolean
  /** Each row is an agency: its code, which is not printed on paper, then its name. */
  readonly isByAgency?: boolean
}
export type Section = 'summary' | 'lookups' | 'agencies' | 'messages' | 'uptime'

export const channelNames: Readonly<Record<Channel, string>> = {
  sms: 'Tin nhắn',
  kiosk: 'Ki-ốt',
  web: 'Trang web',
  desk: 'Quầy tiếp nhận',
}
export const resultNames: Readonly<Record<(typeof results)[number], string>> = {
  found: 'Tìm thấy',
  unknown: 'Không tìm thấy',
  unreadable: 'Mã chưa đúng',
  withheld: 'Tạm ngừng trả lời (hỏi quá nhiều)',
  unavailable: 'Hệ thống bận',
}
// Why a text got no reply (sms/pipeline/text.ts, sms/conversation/inquiry.ts); a reason without a name here is shown as it is.
const reasonNames: Readonly<Record<string, string>> = {
  duplicate: 'Tin do nhà mạng gửi lặp lại',
  capped: 'Vượt số tin trả lời cho một số điện thoại',
  loop: 'Máy trả lời tự động',
  ceiling: 'Vượt trần số tin gửi trong một giờ',
  prefix: 'Đầu số không được phép trả lời',
  alphanumeric: 'Người gửi không phải là số điện thoại',
  'not-text': 'Không phải tin văn bản',
  expired: 'Quá thời hạn trả lời',
  rejected: 'Nhà mạng từ chối nhận',
  'outcome-unknown': 'Không rõ nhà mạng đã nhận hay chưa',
  'unreadable-entry': 'Bản ghi hỏng',
  mistake: 'Lỗi của hệ thống khi soạn tin',
  reaction: 'Biểu cảm về một tin nhắn',
  thanks: 'Lời cảm ơn, không hỏi gì',
  quoted: 'Gửi lại chính tin của hệ thống',
  'help-capped': 'Đã được hướng dẫn trong ngày',
  'complaint-capped': 'Vượt số phản ánh trong ngày',
  gone: 'Hồ sơ hoặc phản ánh không còn',
}
const slipNames: Readonly<Record<keyof Report['slips'], string>> = {
  confirmed: 'In xong, có xác nhận',
  unconfirmed: 'Đã gửi máy in, chưa có xác nhận',
  failed: 'Không in được',
  expired: 'Quá hạn chờ in',
  cancelled: 'Người dùng hủy',
}

const count = (published: Published): Cell => ({ count: published })
const share = (ratio: Share): Cell => ({ share: ratio })

/** How a count from 1 to 4 is shown. */
export const few = 'dưới 5'

/** All tables of a report in their order. */
export function tables(report: Report): Table[] {
  const ofService = report.agencies === undefined
  return [
    summary(report),
    ...(ofService ? lookups(report) : []),
    ...agencies(report),
    complaints(report),
    ...(ofService ? messages(report) : []),
    uptime(report),
  ]
}

function summary(report: Report): Table {
  const { lookups, answerTime, uptime, allAgencies, byAgency, agencies } = report
  const service: Cell[][] = [
    ['Tổng số lượt tra cứu', count(lookups.total)],
    ['Số lượt tìm thấy hồ sơ', count(lookups.found)],
    ['Tỷ lệ tìm thấy trên số mã đọc được', share(lookups.hitRatio)],
    ['Tỷ lệ lượt tra cứu được trả lời', share(lookups.answeredRatio)],
    ['95% lượt truy vấn được trả lời trong', within(answerTime.of95)],
    ['Thời gian dịch vụ sẵn sàng', uptime.lookup ? percent(uptime.lookup.percent) : 'chưa có số liệu'],
    ['Số lượt cập nhật của các cơ quan', count(allAgencies.updates.total)],
    ['Số hồ sơ tiếp nhận', count(allAgencies.handled.received)],
    ['Tỷ lệ hồ sơ nộp trực tuyến', share(allAgencies.handled.onlineRatio)],
    ['Tỷ lệ hồ sơ nộp tại quầy', share(allAgencies.handled.counterRatio)],
    ['Tỷ lệ hồ sơ có kết quả đúng hạn', share(allAgencies.handled.onTimeRatio)],
    ['Tỷ lệ đánh giá hài lòng', share(allAgencies.ratings.goodRatio)],
  ]
  const own = byAgency.flatMap(({ name, found, updates, handled, ratings }): Cell[][] => {
    const of = byAgency.length > 1 ? ` – ${name}` : ''
    return [
      [`Số lượt tra cứu tìm thấy hồ sơ của cơ quan${of}`, count(found.total)],
      [`Số lượt cập nhật${of}`, count(updates.total)],
      [`Tỷ lệ cập nhật trong vòng một ngày${of}`, share(updates.withinDayRatio)],
      [`Tỷ lệ hồ sơ nộp trực tuyến${of}`, share(handled.onlineRatio)],
      [`Tỷ lệ hồ sơ nộp tại quầy${of}`, share(handled.counterRatio)],
      [`Tỷ lệ hồ sơ có kết quả đúng hạn${of}`, share(handled.onTimeRatio)],
      [`Tỷ lệ đánh giá hài lòng${of}`, share(ratings.goodRatio)],
    ]
  })
  return {
    name: 'Tổng hợp',
    title: 'Các chỉ tiêu chung',
    section: 'summary',
    heads: ['Chỉ tiêu', 'Kết quả'],
    rows: agencies === undefined ? service : own,
  }
}

function lookups({ lookups: { byChannel, byResult, byMonth, total } }: Report): Table[] {
  const byResults: Table = {
    name: 'Tra cứu theo kênh',
    title: 'Số lượt tra cứu theo kênh và kết quả',
    section: 'lookups',
    heads: ['Kênh tra cứu', ...results.map((result) => resultNames[result]), 'Cộng'],
    rows: [
      ...byChannel.map(({ channel, results: its, total: sum }): Cell[] => [
        channelNames[channel],
        ...results.map((result) => count(its[result])),
        count(sum),
      ]),
      ['Cộng', ...results.map((result) => count(byResult[result])), count(total)],
    ],
    hasTotal: true,
  }
  if (!byMonth) return [byResults]
  const byMonths: Table = {
    name: 'Tra cứu theo tháng',
    title: 'Số lượt tra cứu theo tháng và kênh',
    section: 'lookups',
    heads: ['Tháng', ...channels.map((channel) => channelNames[channel]), 'Cộng'],
    rows: [
      ...byMonth.map(({ month, channels: its, total: sum }): Cell[] => [
        `${month.slice(5)}/${month.slice(0, 4)}`,
        ...channels.map((channel) => count(its[channel])),
        count(sum),
      ]),
      ['Cộng', ...byChannel.map(({ total: sum }) => count(sum)), count(total)],
    ],
    hasTotal: true,
  }
  return [byResults, byMonths]
}

type Figures = Omit<AgencyFigures, 'code' | 'name'>
type AgencyTable = (
  name: string,
  title: string,
  heads: readonly string[],
  cells: (its: Figures) => readonly Cell[],
) => Table

function agencies({ byAgency, allAgencies, agencies: only }: Report): Table[] {
  const table: AgencyTable = (name, title, heads, cells) => ({
    name,
    title,
    section: 'agencies',
    heads: ['Mã', 'Cơ quan', ...heads],
    rows: [
      ...byAgency.map(({ code, name, ...its }) => [code, name, ...cells(its)]),
      ...(only === undefined ? [['', 'Cộng', ...cells(allAgencies)]] : []),
    ],
    hasTotal: only === undefined,
    isByAgency: true,
  })
  return [...updates(table), ...handled(table), ...asked(table)]
}

const updates = (table: AgencyTable): Table[] => [
  table(
    'Cập nhật',
    'Cập nhật trạng thái hồ sơ của các cơ quan',
    ['Tổng số', 'Có thông tin mới', 'Cũ hơn thông tin đã có', 'Trùng', 'Bị từ chối', 'Số ngày có cập nhật'],
    ({ updates }) => [
      count(updates.total),
      count(updates.applied),
      count(updates.stale),
      count(updates.duplicate),
      count(updates.refused),
      count(updates.days),
    ],
  ),
  table(
    'Độ mới của số liệu',
    'Độ trễ và độ mới của số liệu',
    [
      '50 % cập nhật đến trong vòng',
      'Đến trong vòng một ngày',
      'Cập nhật gần nhất',
      'Chậm hơn chu kỳ thường lệ',
    ],
    ({ updates, lastHeard, silentSince }) => [
      within(updates.halfWithinSeconds),
      share(updates.withinDayRatio),
      { at: lastHeard },
      silentSince === undefined ? '' : 'Có',
    ],
  ),
]

const handled = (table: AgencyTable): Table[] => [
  table(
    'Hình thức nộp hồ sơ',
    'Hồ sơ tiếp nhận trong kỳ theo hình thức nộp',
    ['Tiếp nhận', 'Trực tuyến', 'Tại quầy', 'Bưu chính', 'Không ghi', 'Tỷ lệ trực tuyến', 'Tỷ lệ tại quầy'],
    ({ handled }) => [
      count(handled.received),
      count(handled.filed.online),
      count(handled.filed.counter),
      count(handled.filed.post),
      count(handled.filed.unsaid),
      share(handled.onlineRatio),
      share(handled.counterRatio),
    ],
  ),
  table(
    'Giải quyết hồ sơ',
    'Giải quyết hồ sơ theo thời hạn',
    [
      'Tiếp nhận trong kỳ',
      'Có kết quả trong kỳ',
      'Đúng hạn',
      'Trễ hạn',
      'Chưa rõ đúng hay trễ hạn',
      'Tỷ lệ đúng hạn',
      'Đang giải quyết',
      'Trong đó quá hạn',
    ],
    ({ handled }) => [
      count(handled.received),
      count(handled.results),
      count(handled.inTime),
      count(handled.late),
      count(handled.undated),
      share(handled.onTimeRatio),
      count(handled.open),
      count(handled.overdue),
    ],
  ),
]

const asked = (table: AgencyTable): Table[] => [
  table(
    'Lượt tìm thấy theo cơ quan',
    'Số lượt tra cứu tìm thấy hồ sơ, theo cơ quan giải quyết',
    [...channels.map((channel) => channelNames[channel]), 'Cộng'],
    ({ found }) => [...channels.map((channel) => count(found[channel])), count(found.total)],
  ),
  table(
    'Mức độ hài lòng',
    'Đánh giá của người dân tại ki-ốt',
    ['Hài lòng', 'Bình thường', 'Không hài lòng', 'Cộng', 'Tỷ lệ hài lòng'],
    ({ ratings }) => [
      count(ratings.good),
      count(ratings.fine),
      count(ratings.notGood),
      count(ratings.total),
      share(ratings.goodRatio),
    ],
  ),
]

function complaints({ complaints: { byAgency, total } }: Report): Table {
  const cells = (its: typeof total): Cell[] => [
    count(its.taken),
    count(its.answeredInTime),
    count(its.answeredLate),
    share(ratioOf(its.answeredInTime, its.answeredInTime + its.answeredLate)),
    count(its.open),
    { owed: its.overdue },
  ]
  return {
    name: 'Phản ánh, kiến nghị',
    title: 'Phản ánh, kiến nghị bằng tin nhắn',
    section: 'agencies',
    heads: [
      'Mã',
      'Cơ quan',
      'Tiếp nhận',
      'Trả lời đúng hạn',
      'Trả lời trễ',
      'Tỷ lệ đúng hạn',
      'Đang chờ',
      'Quá hạn chưa trả lời',
    ],
    rows: [...byAgency.map((its) => [its.code, its.name, ...cells(its)]), ['', 'Cộng', ...cells(total)]],
    hasTotal: true,
    isByAgency: true,
  }
}

const ratioOf = (part: number, of: number): Share => (of === 0 ? null : part / of)

function messages({ sms, slips }: Report): Table[] {
  return [
    {
      name: 'Tin nhắn',
      title: 'Tin nhắn tra cứu',
      section: 'messages',
      heads: ['Chỉ tiêu', 'Số lượng'],
      rows: [
        ['Tin nhắn của người dân nhận được', count(sms.received)],
        ['Tin nhắn đã gửi và nhà mạng đã nhận', count(sms.answered)],
        ['Số bản tin tính cước', count(sms.segments)],
        ['Trong đó tin thông báo đã tạo khi hồ sơ thay đổi', count(sms.notices)],
        ...sms.unanswered.map(({ reason, count: its }): Cell[] => [
          `Không trả lời: ${reasonNames[reason] ?? reason}`,
          count(its),
        ]),
      ],
    },
    {
      name: 'Phiếu in',
      title: 'Phiếu tra cứu in tại quầy và ki-ốt',
      section: 'messages',
      heads: ['Trạng thái', 'Số phiếu'],
      rows: (Object.keys(slips) as (keyof typeof slips)[]).map((state) => [
        slipNames[state],
        count(slips[state]),
      ]),
    },
  ]
}

function uptime({ uptime: { lookup, sms }, answerTime }: Report): Table {
  const service = (name: string, its: typeof lookup): Cell[][] =>
    its
      ? [
          [`${name}: tỷ lệ sẵn sàng`, percent(its.percent)],
          [`${name}: số phút sẵn sàng`, `${numeral(its.upMinutes)} trên ${numeral(its.ofMinutes)}`],
          [`${name}: tính từ`, { at: new Date(its.since).toISOString() }],
        ]
      : [[`${name}: tỷ lệ sẵn sàng`, 'chưa có số liệu']]
  return {
    name: 'Sẵn sàng',
    title: 'Mức độ sẵn sàng và thời gian trả lời',
    section: 'uptime',
    heads: ['Chỉ tiêu', 'Kết quả'],
    rows: [
      ...service('Tra cứu', lookup),
      ...(sms ? service('Tin nhắn', sms) : []),
      ['Số lượt truy vấn kho dữ liệu được đo', count(answerTime.rounds)],
      ['Một nửa số lượt truy vấn được trả lời trong', within(answerTime.half)],
      ['95% số lượt truy vấn được trả lời trong', within(answerTime.of95)],
      ['99% số lượt truy vấn được trả lời trong', within(answerTime.of99)],
    ],
  }
}

export const heldBack = '(*)'
/** Never, or nothing to divide. */
const nothing = '–'

/** Whether a cell says that nothing happened. */
export const isNothing = (cell: Cell) =>
  typeof cell === 'string' ? cell === '' || cell === nothing : ['0', nothing].includes(wordOf(cell))

/** A cell in words, as a person reads it on paper. */
export function wordOf(cell: Cell): string {
  if (typeof cell === 'string') return cell
  if ('owed' in cell) return numeral(cell.owed)
  if ('at' in cell) return cell.at === undefined ? nothing : moment(cell.at)
  if ('share' in cell) {
    if (cell.share === null) return nothing
    return cell.share === 'withheld' ? heldBack : percent(cell.share * 100)
  }
  if (cell.count === 'few') return few
  return cell.count === 'withheld' ? heldBack : numeral(cell.count)
}

/** The tables as sheets of a file: numbers stay numbers, so that they can be added up. */
export function sheetsOf(report: Report): Sheet[] {
  const value = (cell: Cell): FileCell => {
    if (typeof cell === 'string') return cell
    if ('owed' in cell) return cell.owed
    if ('count' in cell && typeof cell.count === 'number') return cell.count
    if ('share' in cell && typeof cell.share === 'number') return cell.share
    return wordOf(cell)
  }
  return tables(report).map(({ name, title, heads, rows }) => ({
    name,
    title,
    rows: [[...heads], ...rows.map((row) => row.map(value))],
  }))
}

const percent = (of100: number) => `${numeral(of100, 2)}%`

const units: readonly (readonly [seconds: number, word: string])[] = [
  [86_400, 'ngày'],
  [3600, 'giờ'],
  [60, 'phút'],
  [1, 'giây'],
]

// The upper bound of a bucket; the slowest bucket has none.
function within(seconds: number | undefined): string {
  if (seconds === undefined) return nothing
  if (seconds < 1) return `${numeral(seconds * 1000)} mili giây`
  const [unit, word] = units.find(([unit]) => seconds >= unit)!
  return `${numeral(seconds / unit, 1)} ${word}`
}
