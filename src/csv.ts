// Writing CSV that spreadsheets open rightly and that runs nothing: a byte order mark for Vietnamese letters, and an
// apostrophe before whatever a spreadsheet would take for a formula (our own reader takes it away again).
import { stringify } from 'csv-stringify/sync'

export const csvStart = '\ufeff'

/** One line of CSV, ended. */
export function csvLine(cells: readonly unknown[], delimiter = ','): string {
  return csvLines([cells], delimiter)
}

/** Many lines, for less than each by itself. */
export function csvLines(rows: readonly (readonly unknown[])[], delimiter = ','): string {
  return stringify(
    rows.map((cells) => cells.map(cellOf)),
    { delimiter },
  )
}

function cellOf(cell: unknown): string {
  if (cell === undefined || cell === null) return ''
  if (typeof cell === 'number') return String(cell)
  return guard(cell instanceof Date ? sheetTime(cell) : String(cell))
}

// Where a cell may begin: at the start of the text, and after whatever some spreadsheet parts cells or rows at. A list separator
// differs between computers, and one that reads a comma file as a semicolon file honours none of our quotes. What begins a
// formula there: OWASP "CSV Injection", and the full-width forms that some spreadsheets take as well; blanks before it are
// passed over by some.
const formula = /(?<=^|[,;|\t\r\n])([ \u00a0"]*)('*)(?=[=+\-@\t\r＝＋－＠])/g

function guard(text: string): string {
  // A text that has the guard itself gets one more, so that nothing is lost on the way back.
  return text.replace(formula, "$1$2'")
}

/** Takes away what `csvLine` put into a text. */
export function unguard(text: string): string {
  return text.includes("'")
    ? text.replace(formula, (_, blanks: string, guards: string) => blanks + guards.slice(1))
    : text
}

// As a clerk would type it; the sheet's clock is the wall's.
function sheetTime(date: Date): string {
  const iso = Number.isNaN(date.getTime()) ? '' : date.toISOString()
  return iso && `${iso.slice(8, 10)}/${iso.slice(5, 7)}/${iso.slice(0, 4)} ${iso.slice(11, 19)}`
}
