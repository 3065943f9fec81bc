// The digest as a page to print, and as tables for files.
import { escaped } from '../../web/html.js'
import type { Cell, Sheet } from '../download.js'
import { overdueSheets } from '../overdue/sheets.js'
import { type Head, letterhead, paper } from '../paper.js'
import { dayWord, moment, numeral } from '../vietnamese.js'
import { type Digest, digestWithin } from './digest.js'

// For a whole province the printed page has only the head of each list; an agency's own digest and the files have all rows.
const printedRows = 100

/** The whole document. */
export function digestPage(digest: Digest, head: Head): string {
  const { period, generatedAt, agencies, rows, list } = digest
  const most = agencies ? Number.POSITIVE_INFINITY : printedRows
  const isOne = agencies !== undefined && rows.length === 1
  const whose = isOne ? `<br>${escaped(rows[0]!.name)}` : ''
  const { totals } = list
  const tables = digestSheets(digest)
    .map((sheet) => tableOf(sheet, most, isOne))
    .join('\n')
  const title = `Bản tin tuần ${dayWord(period.from)} – ${dayWord(period.to)}`
  return paper(
    title,
    `${letterhead(head, Date.parse(generatedAt))}
<h1>BẢN TIN TUẦN<small>Hồ sơ cần xử lý và việc cập nhật trạng thái hồ sơ${whose}<br>(từ ngày ${dayWord(
      period.from,
    )} đến ngày ${dayWord(period.to)})</small></h1>
<p class="sum">Lúc ${moment(generatedAt)}: <strong class="${totals.overdue > 0 ? 'owed' : ''}">${numeral(
      totals.overdue,
    )}</strong> hồ sơ quá hạn, <strong>${numeral(totals.near)}</strong> hồ sơ đến hạn trong ${digestWithin} ngày tới, <strong>${numeral(
      totals.missing,
    )}</strong> mã hồ sơ chưa từng được cập nhật, <strong>${numeral(
      list.complaints.length,
    )}</strong> phản ánh quá hạn hoặc sắp đến hạn trả lời.</p>
${tables}
<p class="note">Cập nhật và lượt tra cứu là của tuần; số từ 1 đến 4 ghi là “dưới 5”. Mã chưa từng được cập nhật là số còn thiếu giữa các số đã có của một đơn vị trong một ngày.</p>`,
    style,
  )
}

/** The tables of a digest: one by agency, then those of the overdue list. */
export function digestSheets({ rows, list, agencies }: Digest): Sheet[] {
  return [
    {
      name: 'Theo cơ quan',
      title: agencies ? 'Tình hình của cơ quan' : 'Các cơ quan cần nhắc',
      rows: [
        [
          'Mã',
          'Cơ quan',
          'Quá hạn',
          'Sắp đến hạn',
          'Mã chưa cập nhật',
          'Phản ánh đang chờ',
          'Phản ánh quá hạn',
          'Cập nhật trong tuần',
          'Lượt tra cứu thấy',
          'Cập nhật gần nhất',
        ],
        ...rows.map((row): Cell[] => [
          row.code,
          row.name,
          row.overdue,
          row.near,
          row.missing,
          row.complaints,
          row.complaintsOverdue,
          row.updates ?? 'dưới 5',
          row.found ?? 'dưới 5',
          row.lastHeard ? `${moment(row.lastHeard)}${row.silentSince ? ' (chậm)' : ''}` : '–',
        ]),
      ],
    },
    ...overdueSheets(list),
  ]
}

function tableOf({ title = '', rows }: Sheet, most: number, isOne: boolean): string {
  const isOwn = (head: Cell) => isOne && (head === 'Tên cơ quan' || head === 'Cơ quan')
  const [heads = [], ...lines] = rows
  // Codes are not printed beside names, and one agency's own digest does not repeat its name in each row.
  const shown = heads.flatMap((head, at) => (unprinted.has(String(head)) || isOwn(head) ? [] : [at]))
  const cells = (row: readonly Cell[], tag: 'td' | 'th') =>
    `<tr>${shown.map((at) => `<${tag}${classOf(row[at], tag)}>${word(row[at])}</${tag}>`).join('')}</tr>`
  if (lines.length === 0) return `<h2>${escaped(title)}</h2>\n<p class="none">Không có.</p>`
  const rest = lines.length - most
  return `<h2>${escaped(title)}</h2>
<table><thead>${cells(heads, 'th')}</thead>
<tbody>
${lines
  .slice(0, most)
  .map((row) => cells(row, 'td'))
  .join('\n')}
</tbody></table>${rest > 0 ? `\n<p class="note">Còn ${numeral(rest)} dòng nữa trong tệp XLSX hoặc CSV.</p>` : ''}`
}

const unprinted = new Set(['Mã', 'Mã cơ quan'])
// A number of a dossier breaks at no dash; names and times take a second line.
const classOf = (cell: Cell | undefined, tag: 'td' | 'th') =>
  tag === 'th' || typeof cell !== 'string' ? '' : ` class="words${cell.includes(' ') ? '' : ' whole'}"`
const word = (cell: Cell | undefined) => escaped(typeof cell === 'number' ? numeral(cell) : (cell ?? ''))

const style = `
.sum { text-align: justify; margin-bottom: 3mm }
.none, .note { font-size: 11pt; font-style: italic; margin-bottom: 3mm }
table { font-size: 9.5pt }
td { overflow-wrap: break-word }
.words { text-align: left }
.whole { white-space: nowrap }
`
