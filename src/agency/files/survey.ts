// The first pass over a sheet, before any row is applied: decides for each column as a whole how its dates, amounts, states and
// payments are read. What stays ambiguous is refused with both readings, for a person to choose.
import { withoutLongNumbers } from '../../dossier/numbers/personal.js'
import { localDate } from '../../dossier/times.js'
import { AmountColumn, type AmountUnit, readAmount, unitNamed } from './amounts.js'
import { DateColumn, type DateOrder, readDate, type Verdict } from './dates.js'
import { filledDown, type Headed, holdsNoDossier, isEmpty, refuseOtherTables } from './heading-rows.js'
import { type ColumnField, type TimeField, timeFields, wayFields } from './heading-words.js'
import { type ColumnMap, type Columns, fold, headingOf } from './headings.js'
import { dayOfNumber, isLikely, noEarlier } from './number-days.js'
import { type Cell, FileRefusal, type Sheet, type SheetRow, textOfCell } from './tables/table.js'
import { readPaid, readStatus, readWayCell, type StatusWords } from './words.js'

/** A person's choices on how to read a file. */
export interface Wishes {
  readonly map: ColumnMap
  /** A person's words for states, folded; they take precedence over the known ones. */
  readonly statuses: StatusWords
  readonly sheet?: string
  readonly dates?: DateOrder
}

/** How a sheet is read. */
export interface Plan {
  readonly columns: Columns
  /** Line of the last row of headings. */
  readonly headingLine: number
  /** The number of rows with a dossier. */
  readonly rows: number
  readonly orders: ReadonlyMap<TimeField, DateOrder>
  /** The value of one unit in đồng, by column, where it is not 1. */
  readonly units: ReadonlyMap<number, number>
  readonly decimals: { readonly feeAmount: '.' | ',' | undefined; readonly version: '.' | ',' | undefined }
  /** Only paid rows are marked, so an empty cell of the payment column means "not paid". */
  readonly marksPaid: boolean
  readonly remarks: readonly Remark[]
  /** The moment the file's content is as of, corrected by its dossier numbers (epoch ms; `noEarlier`). */
  readonly asOf: number
  /** Unknown words for states, with their counts. */
  readonly unknownStatuses: readonly { readonly word: string; readonly count: number }[]
}

/** Something a person should know about how the file was read; its text is `file.told.<code>`. */
export interface Remark {
  readonly code: RemarkCode
  readonly about: Readonly<Record<string, string | number>>
}
export const remarkCodes = [
  'day-first-proven',
  'month-first-proven',
  'day-first-likely',
  'month-first-likely',
  'day-first-as',
  'month-first-as',
  'day-first-usual',
  'decimals',
  'name-without-code',
  'no-dates',
  'doubled',
  'fees-added',
  'fee-unit',
  'foreign-fee',
  'hidden',
  'hidden-rows',
  'struck-rows',
  'other-sheets',
  'unknown-status',
  'unknown-way',
  'saved-map',
] as const
type RemarkCode = (typeof remarkCodes)[number]

const maxUnknownWords = 50
// Up to 5 % of the rows may contradict the order that the others prove: those are typing errors, reported row by row.
const slips = 0.05

/** Reads the whole sheet. Throws FileRefusal where two readings are possible and nothing decides. */
export async function surveySheet(
  sheet: Sheet,
  { columns, headingLine }: Headed,
  wishes: Wishes,
  words: StatusWords,
  { asOf, now }: { readonly asOf: number; readonly now: number },
): Promise<Plan> {
  const survey = new Survey(columns, wishes, words, now)
  const refuse = refuseOtherTables({ columns, headingLine }, wishes.map)
  for await (const rows of sheet.rows())
    for (const row of rows) {
      if (row.line <= headingLine) {
        survey.addTitle(row)
        continue
      }
      refuse(row)
      if (holdsNoDossier(row.cells, columns)) survey.addTitle(row)
      else survey.add(row)
    }
  return survey.plan(headingLine, asOf)
}

class Survey {
  readonly #dates = new Map<TimeField, DateColumn>()
  readonly #amounts = { feeAmount: new AmountColumn(), version: new AmountColumn() }
  readonly #unknown = new Map<string, { word: string; count: number }>()
  readonly #unknownWays = new Map<(typeof wayFields)[number], { word: string; count: number }>()
  #rows = 0
  #hidden = 0
  #struck = 0
  #saysUnpaid = false
  #marksPaid = false
  readonly #days: number[] = []
  /** By place: what is named above a column of amounts. */
  readonly #unitsAbove = new Map<number, AmountUnit>()
  readonly #remarks: Remark[] = []

  constructor(
    private readonly columns: Columns,
    private readonly wishes: Wishes,
    private readonly words: StatusWords,
    private readonly now: number,
  ) {
    for (const field of timeFields) if (columns.places.has(field)) this.#dates.set(field, new DateColumn())
  }

  /** A row above the data: a title names the unit of all amounts, a heading that of the columns it spans. */
  addTitle({ cells }: SheetRow): void {
    if (this.#rows > 0) return
    const { places, addedFee } = this.columns
    const filled = cells.filter((cell) => !isEmpty(cell))
    for (const place of [places.get('feeAmount'), addedFee]) {
      if (place === undefined || this.#unitsAbove.has(place)) continue
      const above =
        filled.length < 3 ? filled : [cells.slice(0, place + 1).findLast((cell) => !isEmpty(cell))]
      const unit = above.map((cell) => unitNamed(String(cell ?? ''))).find((one) => one !== undefined)
      if (unit !== undefined) this.#unitsAbove.set(place, unit)
    }
  }

  #unitAt(place: number): AmountUnit | undefined {
    return unitNamed(this.columns.headings[place]!) ?? this.#unitsAbove.get(place)
  }

  add(row: SheetRow): void {
    const cells = filledDown(row, this.columns)
    this.#rows++
    if (row.isHidden) this.#hidden++
    if (row.isStruck) this.#struck++
    const { places } = this.columns
    const cell = (field: ColumnField) => {
      const place = places.get(field)
      return place === undefined ? undefined : cells[place]
    }
    const day = dayOfNumber(cell('dossierNo'))
    if (day !== undefined && day <= this.now) this.#days.push(day)
    for (const [field, column] of this.#dates)
      column.add(cell(field), (at) => isLikely(field, at, day, this.now))
    for (const place of this.columns.extensions)
      this.#dates
        .get('extendedDueAt')!
        .add(cells[place], (at) => isLikely('extendedDueAt', at, day, this.now))
    this.#amounts.feeAmount.add(cell('feeAmount'))
    if (this.columns.addedFee !== undefined) this.#amounts.feeAmount.add(cells[this.columns.addedFee])
    this.#amounts.version.add(cell('version'))
    this.#addPaid(cell('feePaid'))
    for (const field of wayFields) this.#addWay(field, cell(field))
    const status = cell('dossierStatus')
    if (isEmpty(status) || readStatus(status, this.words, this.wishes.statuses)) return
    const word = withoutLongNumbers(textOfCell(status).trim().slice(0, 60))
    const known = this.#unknown.get(fold(word))
    if (known) known.count++
    else if (this.#unknown.size < maxUnknownWords) this.#unknown.set(fold(word), { word, count: 1 })
  }

  // "true" is no mark: an export writes it beside "false", and an empty cell there means that the agency has not said.
  #addPaid(cell: Cell): void {
    const isPaid = readPaid(cell)
    this.#saysUnpaid ||= isPaid === false
    this.#marksPaid ||= isPaid === true && String(cell).trim() !== 'true'
  }

  #addWay(field: (typeof wayFields)[number], cell: Cell): void {
    if (isEmpty(cell) || readPaid(cell) !== undefined) return
    if (readWayCell(field, cell, headingOf(this.columns, field))) return
    const known = this.#unknownWays.get(field)
    if (known) known.count++
    else
      this.#unknownWays.set(field, { word: withoutLongNumbers(String(cell).trim().slice(0, 60)), count: 1 })
  }

  plan(headingLine: number, asOf: number): Plan {
    const columns = this.#withoutUseless()
    const decimals = {
      feeAmount: this.#amounts.feeAmount.decimal,
      version: this.#amounts.version.decimal,
    }
    const orders = this.#orders()
    const units = this.#units(columns)
    if (decimals.feeAmount && columns.places.has('feeAmount'))
      this.#remark('decimals', { column: this.#heading('feeAmount'), sign: decimals.feeAmount })
    if (columns.addedFee !== undefined)
      this.#remark('fees-added', {
        column: this.#heading('feeAmount'),
        other: columns.headings[columns.addedFee]!,
      })
    for (const column of columns.doubled) this.#remark('doubled', { column })
    const unknownStatuses = [...this.#unknown.values()].sort((a, b) => b.count - a.count)
    for (const { word, count } of unknownStatuses.slice(0, 20))
      this.#remark('unknown-status', { word, count })
    if (this.#hidden > 0) this.#remark('hidden-rows', { count: this.#hidden })
    if (this.#struck > 0) this.#remark('struck-rows', { count: this.#struck })
    for (const [field, about] of this.#unknownWays)
      this.#remark('unknown-way', { column: this.#heading(field), ...about })
    return {
      columns,
      headingLine,
      rows: this.#rows,
      orders,
      units,
      decimals,
      marksPaid: this.#marksPaid && !this.#saysUnpaid,
      remarks: this.#remarks,
      asOf: noEarlier(asOf, this.#days),
      unknownStatuses,
    }
  }

  // Columns that turned out to hold something else are ignored, and that is reported.
  #withoutUseless(): Columns {
    const places = new Map(this.columns.places)
    const unread = [...this.columns.unread]
    const leave = (field: 'dueAt' | 'procedureName' | 'feeAmount', code: RemarkCode) => {
      this.#remark(code, { column: this.#heading(field) })
      unread.push(this.#heading(field))
      places.delete(field)
    }
    for (const field of this.columns.uncertain)
      if (field === 'dueAt' && !this.#dates.get(field)!.hasDates) leave(field, 'no-dates')
    if (places.has('procedureName') && !places.has('procedureCode'))
      leave('procedureName', 'name-without-code')
    const { addedFee, ...columns } = this.columns
    const fee = places.get('feeAmount')
    const isForeign = fee !== undefined && this.#unitAt(fee) === 'foreign'
    if (isForeign) leave('feeAmount', 'foreign-fee')
    return { ...columns, ...(isForeign || addedFee === undefined ? {} : { addedFee }), places, unread }
  }

  #units({ places, addedFee, headings }: Columns): Map<number, number> {
    const units = new Map<number, number>()
    for (const place of [places.get('feeAmount'), addedFee]) {
      if (place === undefined) continue
      const unit = this.#unitAt(place)
      if (typeof unit !== 'number' || unit === 1) continue
      units.set(place, unit)
      this.#remark('fee-unit', { column: headings[place]!, unit: unit === 1000 ? '1.000' : '1.000.000' })
    }
    return units
  }

  #orders(): Map<TimeField, DateOrder> {
    const orders = new Map<TimeField, DateOrder>()
    const verdicts = [...this.#dates].map(([field, column]) => ({ field, verdict: column.verdict(slips) }))
    const sure = verdicts.find(
      (one): one is { field: TimeField; verdict: Extract<Verdict, { order: DateOrder }> } =>
        'order' in one.verdict,
    )
    for (const { field, verdict } of verdicts) {
      if (this.wishes.dates) orders.set(field, this.wishes.dates)
      else orders.set(field, this.#order(field, verdict, sure?.verdict.order, sure?.field))
    }
    return orders
  }

  #order(
    field: TimeField,
    verdict: Verdict,
    sure: DateOrder | undefined,
    witness: TimeField | undefined,
  ): DateOrder {
    const column = this.#heading(field)
    switch (verdict.kind) {
      case 'free':
        return 'dmy'
      case 'proven':
      case 'likely':
        this.#remark(`${verdict.order === 'dmy' ? 'day' : 'month'}-first-${verdict.kind}`, {
          column,
          value: verdict.by,
        })
        return verdict.order
      case 'swapped':
        // messages.ts writes a day out in words.
        throw new FileRefusal('date-swapped', { column, value: localDate(verdict.example) }, [
          'swapped',
          'dmy',
        ])
      case 'both':
        throw new FileRefusal(
          'date-mixed',
          { column, dayFirst: verdict.examples[0], monthFirst: verdict.examples[1] },
          ['dmy', 'mdy'],
        )
      case 'open': {
        if (sure) {
          this.#remark(`${sure === 'dmy' ? 'day' : 'month'}-first-as`, {
            column,
            other: this.#heading(witness!),
          })
          return sure
        }
        if (verdict.isPlain) {
          this.#remark('day-first-usual', { column, value: verdict.example })
          return 'dmy'
        }
        const read = (order: DateOrder) => localDate(readDate(verdict.example, order)!)
        throw new FileRefusal(
          'date-order',
          { column, value: verdict.example, dayFirst: read('dmy'), monthFirst: read('mdy') },
          ['dmy', 'mdy'],
        )
      }
    }
  }

  #heading(field: ColumnField): string {
    return headingOf(this.columns, field)
  }

  #remark(code: RemarkCode, about: Remark['about']): void {
    this.#remarks.push({ code, about })
  }
}

/** A row's amount or version in whole numbers, read as the plan decided; undefined when the cell is none. */
export function amountOf(
  cell: Cell,
  { decimals, units, columns }: Plan,
  field: 'feeAmount' | 'version',
  place = columns.places.get(field),
): number | undefined {
  return readAmount(cell, decimals[field], units.get(place ?? -1))
}
