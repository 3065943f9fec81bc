// Which column of a table is which field: Vietnamese headings as clerks and their systems write them, the national
// portal's field names, the API's own names, and what the operator says. Columns of people are known by nobody here.
import type { DossierStatus } from '../../dossier/dossier.js'
import { statusOfCode } from '../../dossier/dossier.js'
import { localOffsetMs, readLooseTime, writeTime } from '../../dossier/times.js'
import { withoutAccents } from '../../dossier/unaccented.js'
import { unguard } from './csv.js'

export const columnFields = [
  'dossierNo',
  'dossierStatus',
  'eventTime',
  'version',
  'procedureCode',
  'procedureName',
  'receivedAt',
  'dueAt',
  'extendedDueAt',
  'finishedAt',
  'returnedAt',
  'publicNote',
  'feeAmount',
  'feePaid',
  'otherNumbers',
] as const
export type ColumnField = (typeof columnFields)[number]

// Folded as `fold` does. "Ghi chú" and GhiChu are missing on purpose: officers write about people there.
const headings: Record<ColumnField, readonly string[]> = {
  dossierNo: ['ma ho so', 'so ho so', 'ma hs', 'ma so ho so', 'so bien nhan', 'mahoso'],
  dossierStatus: [
    'trang thai',
    'trang thai ho so',
    'tinh trang',
    'tinh trang ho so',
    'trangthaihoso',
    'trangthai',
    'status',
  ],
  eventTime: [
    'thoi diem cap nhat',
    'ngay cap nhat',
    'thoi gian cap nhat',
    'cap nhat luc',
    'ngaycapnhat',
    'thoidiemxuly',
  ],
  version: ['phien ban'],
  procedureCode: ['ma tthc', 'ma thu tuc', 'ma thu tuc hanh chinh', 'matthc', 'procedure code'],
  procedureName: [
    'ten tthc',
    'ten thu tuc',
    'thu tuc',
    'thu tuc hanh chinh',
    'ten thu tuc hanh chinh',
    'tentthc',
    'procedure name',
  ],
  receivedAt: [
    'ngay tiep nhan',
    'ngay nhan',
    'thoi gian tiep nhan',
    'ngay nhan ho so',
    'ngay tiep nhan ho so',
    'ngaytiepnhan',
  ],
  dueAt: ['ngay hen tra', 'hen tra', 'ngay hen tra ket qua', 'han tra', 'thoi gian hen tra', 'ngayhentra'],
  extendedDueAt: [
    'ngay hen tra moi',
    'hen lai',
    'ngay hen lai',
    'gia han den',
    'ngay gia han',
    'ngayhentramoi',
  ],
  finishedAt: [
    'ngay ket thuc xu ly',
    'ngay co ket qua',
    'ngay hoan thanh',
    'ngay xu ly xong',
    'ngayketthucxuly',
  ],
  returnedAt: ['ngay tra', 'ngay tra ket qua', 'thoi gian tra', 'ngaytra'],
  publicNote: ['ghi chu cong khai', 'huong dan cong dan', 'noi dung can bo sung'],
  feeAmount: ['le phi', 'phi', 'phi le phi', 'so tien', 'so tien phi le phi'],
  feePaid: ['da nop phi', 'da nop', 'da thanh toan'],
  otherNumbers: ['ma khac', 'ma ho so khac', 'ma quoc gia', 'mahosokhac'],
}

const known = new Map<string, ColumnField>()
for (const field of columnFields) {
  known.set(field.toLowerCase(), field)
  for (const heading of headings[field]) known.set(heading, field)
}

/** What the operator said of a heading: a field, or `-` to leave the column out. */
export type ColumnMap = ReadonlyMap<string, ColumnField | '-'>

/** Columns by field: places in a row. */
export interface Columns {
  readonly places: ReadonlyMap<ColumnField, number>
  /** Headings nobody reads, as they stand (for a person to see that nothing was meant). */
  readonly unread: readonly string[]
}

/** `Cột của tôi=dossierNo`; undefined when it cannot be meant. */
export function readMapping(text: string): [heading: string, field: ColumnField | '-'] | undefined {
  const at = text.lastIndexOf('=')
  const field = text.slice(at + 1).trim()
  if (at < 1 || !(field === '-' || (columnFields as readonly string[]).includes(field))) return undefined
  return [fold(text.slice(0, at)), field as ColumnField | '-']
}

/** Reads a row as headings; undefined when no column of it holds dossier numbers (a title above the table). */
export function readHeadings(row: readonly unknown[], map: ColumnMap): Columns | undefined {
  const places = new Map<ColumnField, number>()
  const unread: string[] = []
  row.slice(0, 500).forEach((cell, place) => {
    const heading = fold(String(cell ?? ''))
    if (heading === '' || ownColumns.has(heading)) return
    const field = map.get(heading) ?? known.get(heading)
    if (field === undefined) unread.push(String(cell).slice(0, 60))
    else if (field !== '-' && !places.has(field)) places.set(field, place)
  })
  return places.has('dossierNo') ? { places, unread } : undefined
}

/** Columns we put there ourselves: of an error file, of an export. */
export const errorColumns = ['Dòng', 'Lỗi'] as const
const ownColumns = new Set(['dong', 'loi', 'agency', 'asof', 'stt', 'tt'])

/**
 * A row as an update: the cells that are there, in the API's words. A value that cannot be read stays as it is, so that
 * the check names its place. `asOf` stands for a missing time of change.
 */
export function updateOfRow(
  row: readonly unknown[],
  { places }: Columns,
  asOf: number,
): Record<string, unknown> {
  const cell = (field: ColumnField): unknown => {
    const place = places.get(field)
    const value = place === undefined ? undefined : row[place]
    if (typeof value !== 'string') return value ?? undefined
    const text = unguard(value.trim())
    return text === '' ? undefined : text
  }
  const time = (field: ColumnField): string | undefined => {
    const value = cell(field)
    if (value === undefined) return undefined
    const at = value instanceof Date ? wallClock(value) : readLooseTime(value)
    return at === undefined ? String(value).slice(0, 40) : writeTime(at)
  }
  const update: Record<string, unknown> = {
    dossierNo: textOf(cell('dossierNo')),
    dossierStatus: readStatus(cell('dossierStatus')),
    eventTime: time('eventTime') ?? writeTime(asOf),
    version: wholeOf(cell('version')),
    receivedAt: time('receivedAt'),
    dueAt: time('dueAt'),
    extendedDueAt: time('extendedDueAt'),
    finishedAt: time('finishedAt'),
    returnedAt: time('returnedAt'),
    publicNote: textOf(cell('publicNote')),
  }
  const code = textOf(cell('procedureCode'))
  if (code !== undefined) update.procedure = { code, name: textOf(cell('procedureName')) ?? code }
  const amount = wholeOf(cell('feeAmount'))
  if (amount !== undefined) update.fee = { amount, paid: yes(cell('feePaid')) }
  const others = textOf(cell('otherNumbers'))?.split(/[\s;,|]+/)
  if (others?.length) update.otherNumbers = others.filter(Boolean)
  for (const key of Object.keys(update)) if (update[key] === undefined) delete update[key]
  return update
}

// Names of the ten states as the portal, its clients and clerks write them (DOMAIN.md §2.1).
const statusNames: Record<string, DossierStatus> = {
  'moi dang ky': 'submitted',
  'da nop': 'submitted',
  'duoc tiep nhan': 'accepted',
  'da tiep nhan': 'accepted',
  'tiep nhan': 'accepted',
  'khong duoc tiep nhan': 'refused',
  'tu choi': 'refused',
  'tu choi tiep nhan': 'refused',
  'dang xu ly': 'processing',
  'dang giai quyet': 'processing',
  'yeu cau bo sung giay to': 'supplement',
  'yeu cau bo sung': 'supplement',
  'cho bo sung': 'supplement',
  'can bo sung': 'supplement',
  'yeu cau thuc hien nghia vu tai chinh': 'payment',
  'nghia vu tai chinh': 'payment',
  'cho nop phi': 'payment',
  'cong dan yeu cau rut ho so': 'withdrawn',
  'rut ho so': 'withdrawn',
  'da rut': 'withdrawn',
  'dung xu ly': 'stopped',
  'da xu ly xong': 'finished',
  'co ket qua': 'finished',
  'da co ket qua': 'finished',
  'da tra ket qua': 'returned',
  'da tra': 'returned',
}

function readStatus(value: unknown): unknown {
  if (value === undefined) return undefined
  const text = String(value).trim()
  if (/^0?\d{1,2}$/.test(text)) return statusOfCode(Number(text)) ?? Number(text)
  return statusNames[fold(text)] ?? text.slice(0, 60)
}

/** Without accents, case and punctuation: "Ngày hẹn trả:" and "NGÀY  HẸN TRẢ" are one heading. */
export function fold(text: string): string {
  return withoutAccents(text.slice(0, 200))
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}

// A spreadsheet knows no zones: its 08:30 is 08:30 on the wall, which the reader hands over as 08:30 UTC.
function wallClock(date: Date): number | undefined {
  return readLooseTime(new Date(Math.round(date.getTime() / 1000) * 1000 - localOffsetMs))
}

function textOf(value: unknown): string | undefined {
  return value === undefined || value instanceof Date ? undefined : String(value)
}

function wholeOf(value: unknown): number | string | undefined {
  if (value === undefined || typeof value === 'number') return value
  // 150.000, 150,000 đ: thousands are grouped in every way; a fee has no decimals.
  const digits = String(value).replace(/[\s.,₫đ]|vnd/gi, '')
  return /^\d{1,13}$/.test(digits) ? Number(digits) : String(value).slice(0, 40)
}

function yes(value: unknown): boolean {
  return (
    value === true || ['x', '1', 'co', 'roi', 'da nop', 'true', 'yes'].includes(fold(String(value ?? '')))
  )
}
