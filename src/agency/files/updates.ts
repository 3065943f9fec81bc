// A row of a table as an update in the API's terms. An unreadable value is passed on unchanged, so that the check reports its
// field.
import { unguard } from '../../csv.js'
import { writeTime } from '../../dossier/times.js'
import { readAmount } from './amounts.js'
import { isNoDate, readDate } from './dates.js'
import { isEmpty } from './heading-rows.js'
import { type ColumnField, type TimeField, timeFields, wayFields } from './heading-words.js'
import { headingOf } from './headings.js'
import { amountOf, type Plan } from './survey.js'
import { type Cell, textOfCell } from './tables/table.js'
import { anyStatus, readPaid, readStatus, readWayCell, type StatusWords } from './words.js'

interface RowReading {
  readonly plan: Plan
  readonly words: StatusWords
  readonly own: StatusWords
  /** Stands for a missing time of change (epoch ms). */
  readonly asOf: number
}

/** The update of a row, with only the fields its cells hold. Without a time of change it is undated, as of `asOf`. */
export function updateOfRow(
  row: readonly Cell[],
  { plan, words, own, asOf }: RowReading,
): { readonly raw: Record<string, unknown>; readonly undated: boolean } {
  const { places, addedFee } = plan.columns
  const cellAt = (place: number | undefined): Cell => {
    const value = place === undefined ? undefined : row[place]
    if (isEmpty(value)) return undefined
    return typeof value === 'string' ? unguard(value.trim()) : value
  }
  const cell = (field: ColumnField) => cellAt(places.get(field))
  const timeAt = (place: number | undefined, field: TimeField): string | undefined => {
    const value = cellAt(place)
    if (value === undefined || isNoDate(value)) return undefined
    const at = readDate(value, plan.orders.get(field) ?? 'dmy')
    return at === undefined ? String(value).slice(0, 40) : writeTime(at)
  }
  const time = (field: TimeField): string | undefined => {
    const first = timeAt(places.get(field), field)
    if (field !== 'extendedDueAt') return first
    // The latest extension counts. All are written in one form, so the later time is the greater text.
    return plan.columns.extensions.map((place) => timeAt(place, field)).reduce(later, first)
  }
  const update: Record<string, unknown> = {
    dossierNo: textOf(cell('dossierNo')),
    publicNote: textOf(cell('publicNote')),
  }
  const status = cell('dossierStatus')
  update.dossierStatus =
    status === undefined
      ? own.get(anyStatus)
      : (readStatus(status, words, own) ?? textOfCell(status).slice(0, 60))
  for (const field of timeFields) update[field] = time(field)
  const version = cell('version')
  if (version !== undefined)
    update.version = amountOf(version, plan, 'version') ?? String(version).slice(0, 40)
  const code = codeOf(cell('procedureCode'))
  if (code !== undefined) update.procedure = { code, name: textOf(cell('procedureName')) ?? code }
  for (const field of wayFields)
    update[field] = readWayCell(field, cell(field), headingOf(plan.columns, field))
  const amounts = [places.get('feeAmount'), addedFee].flatMap((place) => {
    const amount = cellAt(place)
    return amount === undefined ? [] : [{ place, amount }]
  })
  update.fee = feeOf(amounts, cell('feePaid'), plan)
  const others = numbersIn(textOf(cell('otherNumbers')) ?? '')
  if (others.length > 0) update.otherNumbers = others
  const undated = update.eventTime === undefined
  if (undated) update.eventTime = writeTime(asOf)
  for (const key of Object.keys(update)) if (update[key] === undefined) delete update[key]
  return { raw: update, undated }
}

// "-", "chưa có": what has no figure is no number, and as an empty cell it keeps what is known.
function numbersIn(text: string): string[] {
  const close = text.replace(/\s{0,3}([-–—])\s{0,3}/g, '$1')
  return close.split(/[\s;,|]+/).filter((one) => /\d/.test(one))
}

// `paid` is set only where the file states it: by a word, or by marking the paid rows.
function feeOf(
  amounts: readonly { place: number | undefined; amount: Cell }[],
  paid: Cell,
  plan: Plan,
): object | undefined {
  if (amounts.length === 0) return undefined
  let read = 0
  for (const { place, amount } of amounts) {
    const one = amountOf(amount, plan, 'feeAmount', place)
    if (one === undefined) return { amount: String(amount).slice(0, 40) }
    read += one
  }
  const said = plan.columns.places.has('feePaid') ? isPaid(paid, read, plan) : undefined
  return said === undefined ? { amount: read } : { amount: read, paid: said }
}

const later = (one: string | undefined, other: string | undefined) =>
  one === undefined || (other !== undefined && other > one) ? other : one

// By a word; by the amount paid (a part of it says nothing); or by the missing mark where paid rows are marked.
function isPaid(paid: Cell, amount: number, plan: Plan): boolean | undefined {
  if (isEmpty(paid)) return plan.marksPaid ? false : undefined
  const sum = readAmount(paid, plan.decimals.feeAmount, plan.units.get(plan.columns.places.get('feeAmount')!))
  return readPaid(paid) ?? (amount > 0 && sum !== undefined && sum >= amount ? true : undefined)
}

// The code of a procedure is a digit and six more ("1.003000"); a spreadsheet that took it for a number has lost its noughts.
function codeOf(value: Cell): string | undefined {
  return typeof value === 'number' && value < 10 ? value.toFixed(6) : textOf(value)
}

// What a spreadsheet shows where a formula has no result.
const isFault = /^(?:#(?:DIV\/0!|N\/A|REF!|NAME\?|VALUE!|NULL!|NUM!|SPILL!|CALC!)|Err:\d{3})$/

function textOf(value: Cell): string | undefined {
  if (value === undefined || value === null || value instanceof Date) return undefined
  const text = String(value)
  return isFault.test(text) ? undefined : text
}
