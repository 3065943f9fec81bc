// Reading a table file from beginning to end: which sheet, how (survey.ts), then its rows. It runs in the worker
// (worker.ts); files.ts is how the rest of the program asks for it.
import { readDayNumber } from './dates.js'
import {
  filledDown,
  findHeadings,
  type Headed,
  headingsIn,
  holdsNoDossier,
  isEmpty,
  topOf,
} from './heading-rows.js'
import { timeFields } from './heading-words.js'
import { type Columns, scoreHeadings } from './headings.js'
import { withoutLinesInCells } from './one-cell.js'
import { laidOver, type SavedMap, signatureOf, wishesOf } from './saved-maps.js'
import { type Plan, type Remark, surveySheet, type Wishes } from './survey.js'
import { inUnicode, oldFonts } from './tables/fonts.js'
import { openTable } from './tables/kind.js'
import {
  type Bytes,
  type Cell,
  daysFrom1900To1904,
  FileRefusal,
  type Sheet,
  type SheetRow,
  type Table,
  type TableKind,
  textOfCell,
} from './tables/table.js'
import { updateOfRow } from './updates.js'
import { anyStatus, type StatusWords } from './words.js'

const batchRows = 250
const batchCharacters = 256 * 1024

/** A row of a table: its update, and what stood there for a file of errors. */
export interface TableRow {
  readonly line: number
  readonly raw: unknown
  readonly cells: readonly Cell[]
  readonly fault?: 'too-many-cells'
}

export interface TableReading {
  readonly kind: TableKind
  readonly delimiter?: string
  readonly plan: Plan
  readonly wishes: Wishes
  readonly sheet: string
  readonly remarks: readonly Remark[]
  rows(): AsyncIterable<TableRow[]>
}

export interface TableRequest {
  readonly source: Bytes
  readonly wishes: Wishes
  /** Ways of reading that are kept by name; the one made for the same headings is used. */
  readonly saved: readonly SavedMap[]
  readonly words: StatusWords
  readonly asOf: number
  /** A person gave `asOf`; left out: it is the time the file was saved by its machine's clock. */
  readonly isAsOfSaid?: boolean
  readonly now: number
}

/**
 * Opens a file and decides how it is read, with at most `maxStringBytes` of a workbook's strings in memory. Throws
 * FileRefusal; no row has been reported by then.
 */
export async function readTable(
  request: TableRequest,
  maxStringBytes = Number.POSITIVE_INFINITY,
): Promise<TableReading> {
  const { source, words, asOf, isAsOfSaid, now } = request
  const opened = await openTable(source, (cells) => scoreHeadings(cells, request.wishes.map), maxStringBytes)
  const { map } = request.wishes
  const table = await withoutLinesInCells(await withoutOldFonts(opened, map), map)
  const saved = await findSaved(table, request)
  const wishes = saved ? laidOver(wishesOf(saved), request.wishes) : request.wishes
  const chosen = await chooseSheet(table, wishes)
  const { headed } = chosen
  const sheet = table.is1904 ? countedFrom1900(chosen.sheet, headed.columns) : chosen.sheet
  if (!headed.columns.places.has('dossierStatus') && !wishes.statuses.has(anyStatus))
    throw new FileRefusal('no-status-column')
  const remarks: Remark[] = saved
    ? [{ code: 'saved-map', about: { name: saved.name } }, ...chosen.remarks]
    : [...chosen.remarks]
  const plan = await surveySheet(sheet, headed, wishes, words, { asOf, now })
  const reading = { plan, words, own: wishes.statuses, asOf: isAsOfSaid ? asOf : plan.asOf }
  const rowOf = (row: SheetRow): TableRow => {
    const filled = filledDown(row, plan.columns)
    const cells = Array.from(filled)
    return table.delimiter !== undefined && isShifted(row, plan)
      ? { line: row.line, raw: undefined, cells, fault: 'too-many-cells' }
      : { line: row.line, ...updateOfRow(filled, reading), cells }
  }
  return {
    kind: table.kind,
    ...(table.delimiter ? { delimiter: table.delimiter } : {}),
    plan,
    wishes,
    sheet: sheet.name,
    remarks: [...remarks, ...plan.remarks],
    async *rows() {
      for await (const rows of sheet.rows()) {
        const taken = rows
          .filter(({ line, cells }) => line > plan.headingLine && !holdsNoDossier(cells, plan.columns))
          .map(rowOf)
        yield* batchesOf(taken)
      }
    },
  }
}

// `H45.12-261105-0001,Đang xử lý,1,500,000` under three headings: an unquoted value holds the separator. Which cells belong
// together cannot be known, so the row is not read.
const isShifted = ({ cells }: SheetRow, { columns }: Plan) =>
  cells.slice(columns.headings.length).some((cell) => !isEmpty(cell))

/** Receiving and checking a batch blocks the event loop, so batches are small, by rows and by characters. */
function* batchesOf(rows: readonly TableRow[]): Generator<TableRow[]> {
  let batch: TableRow[] = []
  let characters = 0
  for (const row of rows) {
    batch.push(row)
    for (const cell of row.cells) if (typeof cell === 'string') characters += cell.length
    if (batch.length < batchRows && characters < batchCharacters) continue
    yield batch
    batch = []
    characters = 0
  }
  if (batch.length > 0) yield batch
}

// No sheet has known headings: their letters may be in an old font's encoding.
async function withoutOldFonts(table: Table, map: Wishes['map']): Promise<Table> {
  const tops: SheetRow[][] = []
  for (const sheet of table.sheets) {
    const top = await topOf(sheet)
    if (headingsIn(top, map)) return table
    tops.push(top)
  }
  const font = oldFonts.find((font) =>
    tops.some((top) =>
      headingsIn(
        top.map((row) => inUnicode(row, font)),
        map,
      ),
    ),
  )
  if (!font) return table
  const sheets = table.sheets.map((sheet) => ({
    ...sheet,
    async *rows() {
      for await (const rows of sheet.rows()) yield rows.map((row) => inUnicode(row, font))
    },
  }))
  return { ...table, sheets }
}

// In a workbook that counts its days from 1904, a date that lost its format is a day number counted from there, too. Only the
// columns of dates are changed: a fee is a number as well.
function countedFrom1900(sheet: Sheet, { places, extensions }: Columns): Sheet {
  const dates = new Set([...timeFields.map((field) => places.get(field)), ...extensions])
  const counted = (cell: Cell, place: number) =>
    typeof cell === 'number' && dates.has(place) && readDayNumber(cell + daysFrom1900To1904) !== undefined
      ? cell + daysFrom1900To1904
      : cell
  const recounted = (row: SheetRow): SheetRow => ({
    ...row,
    cells: Array.from(row.cells, counted),
    ...(row.covered && {
      covered: new Map(Array.from(row.covered, ([at, cell]) => [at, counted(cell, at)])),
    }),
  })
  return {
    ...sheet,
    async *rows() {
      for await (const rows of sheet.rows()) yield rows.map(recounted)
    },
  }
}

async function findSaved({ sheets }: Table, { saved }: TableRequest): Promise<SavedMap | undefined> {
  for (const one of saved) {
    const { map } = wishesOf(one)
    for (const sheet of sheets) {
      const headed = await findHeadings(sheet, map)
      if (headed && signatureOf(headed.columns) === one.signature) return one
    }
  }
  return undefined
}

interface Chosen {
  readonly sheet: Sheet
  readonly headed: Headed
  readonly remarks: readonly Remark[]
}

async function chooseSheet({ sheets }: Table, { sheet: wanted, map }: Wishes): Promise<Chosen> {
  const names = (list: readonly Sheet[]) => list.map(({ name }) => name.slice(0, 60)).join(', ')
  const named = wanted === undefined ? sheets : sheets.filter(({ name }) => name.trim() === wanted.trim())
  if (named.length === 0 && wanted !== undefined)
    throw new FileRefusal('no-such-sheet', { sheet: wanted.slice(0, 60), sheets: names(sheets) })
  const found: { sheet: Sheet; headed: Headed }[] = []
  for (const sheet of named) {
    const headed = await findHeadings(sheet, map)
    if (headed && (await hasRows(sheet, headed))) found.push({ sheet, headed })
  }
  const visible = wanted === undefined ? found.filter(({ sheet }) => !sheet.isHidden) : found
  const stated = visible.filter(({ headed }) => headed.columns.places.has('dossierStatus'))
  if (visible.length > 1 && stated.length !== 1)
    throw new FileRefusal(
      'which-sheet',
      { sheets: names(visible.map(({ sheet }) => sheet)) },
      visible.map(({ sheet }) => sheet.name),
    )
  const [one] = stated.length === 1 ? stated : visible
  if (!one) {
    const [hidden] = found
    if (hidden) throw new FileRefusal('hidden-sheet', { sheet: hidden.sheet.name }, [hidden.sheet.name])
    throw await noNumbers(named, map)
  }
  const hidden = found.filter(({ sheet }) => sheet.isHidden && sheet !== one.sheet)
  const remarks: Remark[] = hidden.map(({ sheet }) => ({ code: 'hidden', about: { sheet: sheet.name } }))
  if (sheets.length > 1)
    remarks.push({ code: 'other-sheets', about: { sheet: one.sheet.name, count: sheets.length - 1 } })
  return { ...one, remarks }
}

async function hasRows(sheet: Sheet, { columns, headingLine }: Headed): Promise<boolean> {
  for await (const rows of sheet.rows())
    if (rows.some(({ line, cells }) => line > headingLine && !holdsNoDossier(cells, columns))) return true
  return false
}

// A table of headings alone is empty. "M? h? s?" was saved in an encoding without Vietnamese, and "MÃ£ há»“ sÆ¡" was read in
// one and saved again; anything else has no column of dossier numbers.
async function noNumbers(sheets: readonly Sheet[], map: Wishes['map']): Promise<FileRefusal> {
  for (const sheet of sheets) if (await findHeadings(sheet, map)) return new FileRefusal('empty')
  for (const sheet of sheets)
    for await (const rows of sheet.rows()) {
      const lost = rows.flatMap(({ cells }) => cells).filter((cell) => lostLetters.test(textOfCell(cell)))
      if (lost.length >= 2) return new FileRefusal('encoding')
      break
    }
  return new FileRefusal('no-number-column')
}

const lostLetters =
  /Ã[\u0080-\u00bf]|á[»º]|Æ[°¡]|Ä[\u0090\u2018]|\p{L}\?\p{L}|\p{L}\? \p{L}{1,8}\?|(?:^|\s)\?\p{L}/u
