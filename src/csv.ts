// Writes CSV that spreadsheets open correctly and safely: a byte order mark for Vietnamese letters, and an apostrophe
// before anything a spreadsheet would run as a formula (our own reader removes it again).
import { stringify } from 'csv-stringify/sync'

export const csvStart = '\ufeff'

/** One line of CSV with its line ending. */
export function csvLine(cells: readonly unknown[], delimiter = ','): string {
  return csvLines([cells], delimiter)
}

/** Many lines; cheaper than one call for each. */
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

// A formula can begin wherever some spreadsheet starts a cell: at the start of the text, and after any cell or row separator,
// because a computer set to semicolons reads a comma file without honouring our quotes. The characters are those of OWASP
// "CSV Injection" and their full-width forms, which some spreadsheets accept; some also skip leading blanks.
const formula = /(?<=^|[,;|\t\r\n])([ \u00a0"]*)('*)(?=[=+\-@\t\r＝＋－＠])/g

// A cheaper test, which excludes most cells: whether a cell might hold a formula.
const suspect = /^[ \u00a0"'=+\-@\t\r＝＋－＠]|[,;|\t\r\n]/

function guard(text: string): string {
  if (!suspect.test(text)) return text
  // A text that already has an apostrophe there gets one more, so that unguard() is an exact inverse.
  return text.replace(formula, "$1$2'")
}

/** Removes the apostrophes that `csvLine` added. */
export function unguard(text: string): string {
  return text.includes("'")
    ? text.replace(formula, (_, blanks: string, guards: string) => blanks + guards.slice(1))
    : text
}

// As a clerk would type it; spreadsheets hold local wall-clock time.
function sheetTime(date: Date): string {
  const iso = Number.isNaN(date.getTime()) ? '' : date.toISOString()
  return iso && `${iso.slice(8, 10)}/${iso.slice(5, 7)}/${iso.slice(0, 4)} ${iso.slice(11, 19)}`
}
