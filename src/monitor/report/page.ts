// The report as one page to print: A4, black on white, laid out as Vietnamese offices lay out a report (decree 30/2020/NĐ-CP,
// annex I: names on the left, the country's on the right, margins 20/15/20/30 mm, signature below on the right). It asks
// nobody for anything: no script, no picture, no font of its own.
import type { Config } from '../../config/config.js'
import type { Report } from './report.js'
import {
  type Cell,
  dayWord,
  heldBack,
  isNothing,
  moment,
  type Section,
  type Table,
  tables,
  wordOf,
} from './tables.js'

export type Head = Config['report']

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
  return `<!doctype html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${text(title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<div class="who">${head.authority ? `<p>${text(upper(head.authority))}</p>` : ''}<p class="strong ruled">${
    head.office ? text(upper(head.office)) : blank(28)
  }</p><p>Số: ${blank(8)}/BC-${blank(8)}</p></div>
<div class="land"><p class="strong">CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM</p><p class="strong ruled motto">Độc lập - Tự do - Hạnh phúc</p><p class="date">${
    head.place ? text(head.place) : blank(12)
  }, ${dateInWords(report.generatedAt)}</p></div>
</header>
<h1>BÁO CÁO<small>Tình hình tra cứu trạng thái giải quyết hồ sơ<br>${text(period.label)}<br>(từ ngày ${dayWord(
    period.from,
  )} đến ngày ${dayWord(period.to)})</small></h1>
<p class="lead">Thực hiện ${text(head.basis)}, ${head.office ? text(head.office) : 'đơn vị'} báo cáo tình hình cung cấp thông tin trạng thái hồ sơ qua tin nhắn, kiosk, trang tra cứu và quầy tiếp nhận${scopeOf(
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
</footer>
</body>
</html>
`
}

/** What a figure means, and what it does not; the same words for every output that has room for them. */
export function notes(report: Report): string[] {
  const { period, generatedAt, uptime, agencies } = report
  const isUnfinished = Date.parse(generatedAt) < Date.parse(`${period.to}T23:59:59+07:00`)
  return [
    ...(isUnfinished
      ? [`Kỳ báo cáo chưa kết thúc: số liệu tính đến thời điểm lập báo cáo, ${moment(generatedAt)}.`]
      : []),
    `Số lượng từ 1 đến 4 ghi là “dưới 5” để không nhận ra được cá nhân; ${heldBack} là số được giữ lại vì từ đó có thể suy ra một số dưới 5. Tỷ lệ cũng theo quy tắc này. Dấu “–” là không phát sinh.`,
    'Mỗi lượt tra cứu là một câu hỏi về một mã hồ sơ, được đếm theo ngày tại thời điểm trả lời. Tỷ lệ tìm thấy tính trên số lượt tìm thấy và không tìm thấy. Lượt không tìm thấy không gắn với cơ quan nào.',
    'Cập nhật “có thông tin mới” làm thay đổi hồ sơ; “cũ hơn đã biết” và “trùng” được nhận nhưng không làm thay đổi; “bị từ chối” là cập nhật sai định dạng hoặc không thuộc quyền. Độ trễ tính từ thời điểm sự kiện do cơ quan ghi đến khi hệ thống nhận được; việc nạp hồ sơ cũ làm tăng độ trễ.',
    `Số hồ sơ tiếp nhận, có kết quả, đang giải quyết được đếm từ kho dữ liệu lúc ${moment(generatedAt)}; hạn trả là hạn đã gia hạn, nếu có. Số đang giải quyết và quá hạn là tại thời điểm đó, không phải tại ngày cuối kỳ.`,
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

function tableOf({ title, heads, rows, hasTotal, isByAgency }: Table, nth: number): string {
  const cell = (one: Cell) => `<td${isOwed(one) ? ' class="owed"' : ''}>${text(wordOf(one))}</td>`
  const sum = hasTotal ? rows.at(-1) : undefined
  // Of an agency that did nothing in a table its name says enough.
  const idle = isByAgency ? rows.filter((row) => row !== sum && row.slice(2).every(isNothing)) : []
  const row = (cells: readonly Cell[]) =>
    `<tr${cells === sum ? ' class="sum"' : ''}>${cells
      .slice(isByAgency ? 1 : 0)
      .map(cell)
      .join('')}</tr>`
  const names = idle.map(([, name]) => text(wordOf(name!))).join('; ')
  // Two columns are a list of figures.
  return `<table class="${heads.length === 2 ? 'pairs' : 'wide'}${isByAgency ? ' named' : ''}"><caption>Bảng ${nth}. ${text(title)}</caption>
<thead><tr>${heads
    .slice(isByAgency ? 1 : 0)
    .map((head) => `<th scope="col">${text(head)}</th>`)
    .join('')}</tr></thead>
<tbody>
${rows
  .filter((one) => !idle.includes(one))
  .map(row)
  .join('\n')}
</tbody></table>${names ? `<p class="idle">Không phát sinh: ${names}.</p>` : ''}`
}

function scopeOf({ agencies, byAgency }: Report): string {
  return agencies === undefined
    ? ''
    : ` đối với hồ sơ của ${byAgency.map(({ name }) => text(name)).join('; ')}`
}

function dateInWords(iso: string): string {
  const [day, month, year] = moment(iso).slice(0, 10).split('/')
  return `ngày ${day} tháng ${month} năm ${year}`
}

const upper = (name: string) => name.toLocaleUpperCase('vi-VN')
// To be filled in by hand.
const blank = (dots: number) => '.'.repeat(dots)

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const text = (raw: string) => raw.replace(/[&<>"']/g, (letter) => escapes[letter]!)

const style = `
@page { size: A4; margin: 20mm 15mm 20mm 30mm }
* { box-sizing: border-box }
html { background: #e9e9e6 }
body { font: 13pt/1.35 "Times New Roman", "Liberation Serif", Tinos, "DejaVu Serif", serif; color: #000;
  background: #fff; width: 210mm; margin: 8mm auto; padding: 20mm 15mm 20mm 30mm }
p { margin: 0 }
.strong { font-weight: bold }
header { display: grid; grid-template-columns: 2fr 3fr; gap: 2mm; text-align: center; font-size: 12pt }
.land .strong { white-space: nowrap; letter-spacing: -0.02em }
.ruled::after { content: ""; display: block; width: 34%; margin: 1mm auto 2mm; border-top: 0.3mm solid }
.motto { font-size: 13pt }
.motto::after { width: 62% }
.date { font-style: italic; margin-top: 1mm }
h1 { font-size: 14pt; text-align: center; margin: 8mm 0 5mm }
h1 small { display: block; font-size: 13pt; margin-top: 1mm }
.lead { text-align: justify; text-indent: 10mm; margin-bottom: 3mm }
h2 { font-size: 13pt; margin: 5mm 0 2mm; break-after: avoid }
table { width: 100%; border-collapse: collapse; margin: 0 0 5mm; font-size: 10.5pt; line-height: 1.25 }
caption { font-weight: bold; font-style: italic; text-align: left; padding: 1mm 0; break-after: avoid }
th, td { border: 0.2mm solid #000; padding: 0.9mm 1.4mm; vertical-align: middle }
th { text-align: center; background: #f1f1ee }
td + td { text-align: right; font-variant-numeric: tabular-nums }
.pairs td + td { width: 34% }
.wide td + td { white-space: nowrap }
.named td:first-child { min-width: 44mm }
.idle { font-size: 10.5pt; font-style: italic; text-align: justify; margin: -4mm 0 5mm }
.sum { font-weight: bold }
.owed { color: #b3261e; font-weight: bold }
thead { display: table-header-group }
tr { break-inside: avoid }
.notes { font-size: 11pt; margin: 0; padding-left: 7mm; text-align: justify }
.notes li { margin-bottom: 1mm }
footer { display: grid; grid-template-columns: 1fr 1fr; margin-top: 8mm; break-inside: avoid }
.to { font-size: 11pt }
.sign { text-align: center; min-height: 38mm }
@media print {
  html { background: none }
  body { width: auto; margin: 0; padding: 0 }
}
`
