// Writing CSV that spreadsheets open rightly and that runs nothing: a byte order mark for Vietnamese letters, and an
// apostrophe before whatever a spreadsheet would take for a formula (our own reader takes it away again).
import { stringify } from 'csv-stringify/sync'

export const csvStart = '\ufeff'

/** One line of CSV, ended. */
export function csvLine(cells: readonly unknown[], delimiter = ','): string {
  const texts = cells.map((cell) =>
    guard(cell === undefined || cell === null ? '' : cell instanceof Date ? sheetTime(cell) : String(cell)),
  )
  return stringify([texts], { delimiter })
}

// OWASP "CSV Injection", and the full-width forms that some spreadsheets take as well. A text that begins with the guard
// itself gets one more, so that nothing is lost on the way back.
const formula = /^'*[=+\-@\t\r＝＋－＠]/

function guard(text: string): string {
  return formula.test(text) ? `'${text}` : text
}

/** Takes away what `csvLine` put before a text. */
export function unguard(text: string): string {
  return text.startsWith("'") && formula.test(text) ? text.slice(1) : text
}

// As a clerk would type it; the sheet's clock is the wall's.
function sheetTime(date: Date): string {
  const iso = Number.isNaN(date.getTime()) ? '' : date.toISOString()
  return iso && `${iso.slice(8, 10)}/${iso.slice(5, 7)}/${iso.slice(0, 4)} ${iso.slice(11, 19)}`
}
