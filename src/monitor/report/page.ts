// The report as a document to print and sign.
import { escaped as text } from '../../web/html.js'
import { blank, type Head, letterhead, paper } from '../paper.js'
import { dayWord, moment } from '../vietnamese.js'
import type { Report } from './report.js'
import { type Cell, heldBack, isNothing, type Section, type Table, tables, wordOf } from './tables.js'

/** The whole document. */
export function page(report: Report, head: Head): string {
  const { period } = report
  const title = `Báo cáo tình hình tra cứu trạng thái hồ sơ ${period.label}`
  let nth = 0
  const sections = sectionsOf(report)
    .map(
      ({ heading, tables: its }, at) =>
        `<h2>${roman[at]}. ${heading}</h2>\n${its.map((table) => tableOf(table, ++nth)).join('\n')}`,
    )
    .join('\n')
  const body = `${letterhead(head, Date.parse(report.generatedAt), `Số: ${blank(8)}/BC-${blank(8)}`)}
<h1>BÁO CÁO<small>Tình hình tra cứu trạng thái giải quyết hồ sơ<br>${text(period.label)}<br>(từ ngày ${dayWord(
    period.from,
  )} đến ngày ${dayWord(period.to)})</small></h1>
${head.basis.map((rule) => `<p class="basis">Căn cứ ${text(rule)};</p>`).join('\n')}
<p class="lead">${head.office ? text(head.office) : 'Đơn vị'} báo cáo tình hình cung cấp thông tin trạng thái hồ sơ qua tin nhắn, ki-ốt, trang web và quầy tiếp nhận${scopeOf(
    report,
  )} như sau:</p>
${sections}
<h2>${roman[sectionsOf(report).length]}. Cách tính và phạm vi số liệu</h2>
<ol class="notes">
${notes(report)
  .map((note) => `<li>${text(note)}</li>`)
  .join('\n')}
</ol>
<footer>
<div class="to"><p class="strong"><em>Nơi nhận:</em></p><p>- ${blank(20)};</p><p>- Lưu: VT.</p></div>
<div class="sign"><p class="strong">THỦ TRƯỞNG ĐƠN VỊ</p><p><em>(Ký, ghi rõ họ tên, đóng dấu)</em></p></div>
</footer>`
  return paper(title, body, style)
}

/** What the figures mean and do not mean; the same notes for every output that has room for them. */
export function notes(report: Report): string[] {
  const { period, generatedAt, deletedBefore, uptime, agencies } = report
  const isUnfinished = Date.parse(generatedAt) < Date.parse(`${period.to}T23:59:59+07:00`)
  return [
    ...(isUnfinished
      ? [`Kỳ báo cáo chưa kết thúc: số liệu tính đến thời điểm lập báo cáo, ${moment(generatedAt)}.`]
      : []),
    ...(deletedBefore === undefined
      ? []
      : [
          `Hồ sơ kết thúc trước ngày ${dayWord(deletedBefore)} đã hết thời hạn lưu trữ và được xoá: số hồ sơ của những ngày trước đó không đầy đủ.`,
        ]),
    `Số lượng từ 1 đến 4 ghi là “dưới 5” để không nhận ra được cá nhân; ${heldBack} là số được giữ lại vì từ đó có thể suy ra một số dưới 5. Tỷ lệ cũng theo quy tắc này. Dấu “–” là không phát sinh.`,
    'Mỗi lượt tra cứu là một câu hỏi về một mã hồ sơ, được đếm theo ngày tại thời điểm trả lời. Tỷ lệ tìm thấy tính trên số lượt tìm thấy và không tìm thấy. Lượt không tìm thấy không gắn với cơ quan nào.',
    'Cập nhật “có thông tin mới” làm thay đổi hồ sơ; “cũ hơn thông tin đã có” và “trùng” được nhận nhưng không làm thay đổi; “bị từ chối” là cập nhật sai định dạng hoặc không thuộc quyền. Độ trễ tính từ thời điểm sự kiện do cơ quan ghi đến khi hệ thống nhận được; việc nạp hồ sơ cũ làm tăng độ trễ.',
    `Số hồ sơ tiếp nhận, có kết quả, đang giải quyết được đếm từ kho dữ liệu lúc ${moment(generatedAt)}; hạn trả là hạn đã gia hạn, nếu có. Số đang giải quyết và quá hạn là tại thời điểm đó, không phải tại ngày cuối kỳ.`,
    'Hình thức nộp là hình thức do cơ quan ghi khi cập nhật hồ sơ; tỷ lệ tính trên tất cả hồ sơ tiếp nhận trong kỳ, kể cả hồ sơ không ghi hình thức.',
    'Phản ánh, kiến nghị tính theo ngày tiếp nhận trong kỳ; mỗi phản ánh có hạn trả lời riêng, ghi khi tiếp nhận; đúng hạn là trả lời không muộn hơn hạn đó.',
    'Phút sẵn sàng là phút có ít nhất một tiến trình của hệ thống hoạt động và ghi được vào kho dữ liệu (với tin nhắn: đồng thời có kết nối với nhà mạng); được đánh dấu bốn lần mỗi phút nên gián đoạn ngắn hơn một phút có thể không thấy. Đường truyền đến người dân không được đo.',
    ...(uptime.lookup && Date.parse(`${period.from}T00:00:00+07:00`) < uptime.lookup.since - 60_000
      ? [
          `Mức độ sẵn sàng tính từ ${moment(new Date(uptime.lookup.since).toISOString())}, khi hệ thống bắt đầu được ghi nhận.`,
        ]
      : []),
    'Thời gian trả lời đo từ khi bắt đầu xử lý đến khi có kết quả từ kho dữ liệu; nhiều câu hỏi cùng lúc được đo một lần.',
    ...(agencies === undefined
      ? []
      : ['Báo cáo của cơ quan chốt số liệu vào ngày 30/6 và ngày 30/11; kỳ sau bắt đầu từ ngày kế tiếp.']),
  ]
}

const headings: Readonly<Record<Section, string>> = {
  summary: 'Kết quả chung',
  lookups: 'Tra cứu của người dân',
  agencies: 'Cập nhật và giải quyết hồ sơ của các cơ quan',
  messages: 'Tin nhắn và phiếu in',
  uptime: 'Mức độ sẵn sàng',
}
const roman = ['I', 'II', 'III', 'IV', 'V', 'VI']

function sectionsOf(report: Report): { heading: string; tables: Table[] }[] {
  const all = tables(report)
  return (Object.keys(headings) as Section[]).flatMap((section) => {
    const its = all.filter((table) => table.section === section)
    return its.length > 0 ? [{ heading: headings[section], tables: its }] : []
  })
}

const isOwed = (cell: Cell) => typeof cell === 'object' && 'owed' in cell && cell.owed > 0

// For a province with a thousand offices the printed page has the busiest of each table; files have all of them.
const printedAgencies = 100

function tableOf({ title, heads, rows, hasTotal, isByAgency }: Table, nth: number): string {
  const cell = (one: Cell) => `<td${isOwed(one) ? ' class="owed"' : ''}>${text(wordOf(one))}</td>`
  const sum = hasTotal ? rows.at(-1) : undefined
  // Agencies with nothing in a table are listed by name below it.
  const idle = isByAgency ? rows.filter((row) => row !== sum && row.slice(2).every(isNothing)) : []
  const busy = rows.filter((row) => row !== sum && !idle.includes(row))
  const shown = isByAgency && busy.length > printedAgencies ? busiest(busy) : busy
  const row = (cells: readonly Cell[]) =>
    `<tr${cells === sum ? ' class="sum"' : ''}>${cells
      .slice(isByAgency ? 1 : 0)
      .map(cell)
      .join('')}</tr>`
  const left = [
    ...(shown.length < busy.length
      ? [`${busy.length - shown.length} cơ quan có số nhỏ hơn: xem tệp XLSX hoặc CSV.`]
      : []),
    ...(idle.length > printedAgencies ? [`Không phát sinh: ${idle.length} cơ quan.`] : []),
    ...(idle.length > 0 && idle.length <= printedAgencies
      ? [`Không phát sinh: ${idle.map(([, name]) => text(wordOf(name!))).join('; ')}.`]
      : []),
  ]
  // Two columns are a list of figures.
  return `<table class="${heads.length === 2 ? 'pairs' : 'wide'}${isByAgency ? ' named' : ''}"><caption>Bảng ${nth}. ${text(title)}</caption>
<thead><tr>${heads
    .slice(isByAgency ? 1 : 0)
    .map((head) => `<th scope="col">${text(head)}</th>`)
    .join('')}</tr></thead>
<tbody>
${[...shown, ...(sum ? [sum] : [])].map(row).join('\n')}
</tbody></table>${left.map((words) => `<p class="idle">${words}</p>`).join('')}`
}

/** The rows with the largest first figure, in their original order. */
function busiest(rows: Table['rows']): Table['rows'] {
  const weight = ([, , first]: readonly Cell[]) =>
    typeof first === 'object' && 'count' in first && typeof first.count === 'number' ? first.count : 0
  const kept = new Set([...rows].sort((one, other) => weight(other) - weight(one)).slice(0, printedAgencies))
  return rows.filter((row) => kept.has(row))
}

function scopeOf({ agencies, byAgency }: Report): string {
  return agencies === undefined
    ? ''
    : ` đối với hồ sơ của ${byAgency.map(({ name }) => text(name)).join('; ')}`
}

const style = `
.basis { font-style: italic; text-indent: 10mm }
.lead { text-align: justify; text-indent: 10mm; margin-bottom: 3mm }
.pairs td + td { width: 34% }
.wide td + td { white-space: nowrap }
.named td:first-child { min-width: 44mm }
.idle { font-size: 10.5pt; font-style: italic; text-align: justify; margin: -4mm 0 5mm }
.idle + .idle { margin-top: -5mm }
.sum { font-weight: bold }
.notes { font-size: 11pt; margin: 0; padding-left: 7mm; text-align: justify }
.notes li { margin-bottom: 1mm }
footer { display: grid; grid-template-columns: 1fr 1fr; margin-top: 8mm; break-inside: avoid }
.to { font-size: 11pt }
.sign { text-align: center; min-height: 38mm }
`
