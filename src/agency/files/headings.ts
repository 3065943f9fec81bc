// Which column of a table is which field: headings as clerks and their systems write them, the national portal's field
// names, the API's own names, and what the operator says. Columns of people are known here to be left alone.
import { withoutAccents } from '../../dossier/unaccented.js'
import { type ColumnField, columnFields, headingWords } from './heading-words.js'
import { FileRefusal } from './tables/table.js'

const known = new Map<string, { field: ColumnField; rank: number }>()
for (const field of columnFields) {
  known.set(fold(field), { field, rank: -1 })
  headingWords[field].forEach((heading, rank) => known.set(heading, { field, rank }))
}
// Added to the rank of headings recognised only after rewriting, so that every exact heading comes first.
const farRank = 1000
const hiddenRank = 10 * farRank
const mappedRank = -2

interface Meaning {
  readonly field: ColumnField
  readonly rank: number
  /** The known heading it was recognised as. */
  readonly name: string
}

// "Mã hồ sơ¹", "Trạng thái [2]"; Excel's tables number a heading that is there twice ("Trạng thái2").
const footnote = /(\p{L})(?:[1-9¹²³]| ?\[[1-9]\])\s*$/u

/** The field that a heading stands for, also with a remark in brackets, an abbreviation, or one of several names. */
function meaningOf(text: string): Meaning | undefined {
  const exact = known.get(fold(text))
  if (exact) return { ...exact, name: fold(text) }
  const bare = text
    .slice(0, 200)
    .replace(/\([^()]*\)/g, ' ')
    .replace(footnote, '$1')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
  const parts = bare.split(/[/\n]|\s[-–]\s/, 4)
  if (parts.length === 1) return knownAs(formsOf(fold(bare)))
  return knownAs(fullForms(fold(bare))) ?? joinedMeaning(parts)
}

// "Mã hồ sơ / Thủ tục": the number can be found within the cell. Two dates in one cell cannot be distinguished.
function joinedMeaning(parts: readonly string[]): Meaning | undefined {
  const meant = parts.flatMap((part) => knownAs(formsOf(fold(part))) ?? [])
  if (new Set(meant.map(({ field }) => field)).size < 2) return meant[0]
  return meant.find(({ field }) => field === 'dossierNo')
}

function knownAs(forms: readonly string[]): Meaning | undefined {
  const name = forms.find((form) => known.has(form))
  if (name === undefined) return undefined
  const { field, rank } = known.get(name)!
  return { field, rank: rank + farRank, name }
}

const abbreviations: Readonly<Record<string, string>> = {
  kq: 'ket qua',
  hs: 'ho so',
  ht: 'hinh thuc',
  nvtc: 'nghia vu tai chinh',
  ycbs: 'yeu cau bo sung',
  ld: 'lanh dao',
  tn: 'tiep nhan',
  bs: 'bo sung',
  xl: 'xu ly',
  gq: 'giai quyet',
  bn: 'bien nhan',
  hstthc: 'ho so',
}
// Each dossier is one of an administrative procedure.
const ofProcedure = /\bho so (?:tthc|thu tuc hanh chinh)\b/

/** A folded text with the usual abbreviations of offices spelled out. */
export function spelledOut(folded: string): string {
  return folded.replace(/\p{L}+/gu, (word) => abbreviations[word] ?? word).replace(ofProcedure, 'ho so')
}

// "Ngày hẹn trả kết quả cho công dân": the recipient does not change the meaning.
const forWhom = / cho (?:cong dan|nguoi dan|dan|to chuc|ca nhan|nguoi nop|khach hang)\b/

function formsOf(heading: string): string[] {
  const [short = ''] = spelledOut(heading)
    .replace(/ ho so\b/, '')
    .split(forWhom, 1)
  return [...fullForms(heading), short, asDay(short)]
}

function fullForms(heading: string): string[] {
  const plain = spelledOut(heading)
  const forms = [heading, plain, asDay(heading), asDay(plain)]
  return nth.test(plain) ? [...forms, withoutNth(plain)] : forms
}

// "Ngày hẹn lại lần 3", "Ngày hẹn trả lần 1": the first is the date on the paper, every later one an extension.
const nth = / lan (?:thu )?(?:[1-5]|nhat|hai|ba)$/
function withoutNth(heading: string): string {
  const base = heading.replace(nth, '')
  const isSame = known.get(base)?.field === 'extendedDueAt' || / (?:1|nhat)$/.test(heading)
  return isSame ? base : `${base} lan 2`
}
const asDay = (form: string) => form.replace(/^(thoi gian|thoi diem|ngay gio|ngay thang) /, 'ngay ')

// Headings that may hold a number of days as well ("15 ngày"): such a column is left alone when no cell of it is a date.
const firstUncertain = headingWords.dueAt.indexOf('han xu ly')

// Headings of personal data. Whole words, so that "tên thủ tục" and "địa chỉ tiếp nhận" are judged by what else stands there.
const people =
  /\b(ho (va )?ten|chu (dau tu|su dung|so huu|co so|ho)|ten (doanh nghiep|cong ty|co so|don vi nop)|chu ho so|chuhoso|nguoi (nop|nhan|dung ten|yeu cau|dai dien|duoc (uy quyen|uq)|lien he|xu ly|thu ly|ky)|nguoinop|to chuc ca nhan|ca nhan to chuc|ten (khach hang|cong dan|nguoi|chu ho)|khach hang|cong dan|can bo(?! sung)|chuyen vien|cccd|cmnd|cmt|can cuoc|so dinh danh|ma dinh danh ca nhan|so giay to|ho chieu|so dien thoai|so dt|dt|mobile|zalo|sodienthoai|dien thoai|sdt|di dong|email|e mail|thu dien tu|dia chi|diachi|ngay sinh|ngaysinh|gioi tinh|ma so thue|applicant|phone|full name|fullname|tel|mst|nguoi (dang xu ly|uy quyen)|ben (chuyen nhuong|nhan chuyen nhuong|mua|ban|tang cho)|ong ba|vo chong|nam sinh|giay to tuy than|gttt|so tai khoan|giam doc)\b|^(ten|lien he|ma dinh danh|dinh danh|dai dien)$/

/** Whether a folded heading is of personal data. */
export function isOfPeople(heading: string): boolean {
  return (
    people.test(
      spelledOut(heading).replace(/^(ngay|thoi gian|thoi diem|han|hen|hinh thuc) .*/, (day) =>
        day.replace(forWhom, ''),
      ),
    ) && !known.has(heading)
  )
}

/** The operator's mapping, by folded heading: a field, or `-` to ignore the column. */
export type ColumnMap = ReadonlyMap<string, ColumnField | '-'>

/** The columns of a table: positions in a row by field, and the headings that are not read. */
export interface Columns {
  readonly places: ReadonlyMap<ColumnField, number>
  /** As the file writes them, by place. */
  readonly headings: readonly string[]
  readonly unread: readonly string[]
  readonly people: readonly string[]
  /** Headings of a field that another column already provides. */
  readonly doubled: readonly string[]
  /** A second column of the fee, where one is "Phí" and the other "Lệ phí": both are to be paid. */
  readonly addedFee?: number
  /** Further columns of extensions, each of which may be the latest: "Hẹn lại lần 2". */
  readonly extensions: readonly number[]
  /** Fields whose column may turn out to hold something else. */
  readonly uncertain: ReadonlySet<ColumnField>
}

/** The heading over a field's column, as the file writes it; empty where there is none. */
export function headingOf({ headings, places }: Columns, field: ColumnField): string {
  return headings[places.get(field) ?? -1] ?? ''
}

/** Parses `Cột của tôi=dossierNo`; undefined when it is not of that form. */
export function readMapping(text: string): [heading: string, field: ColumnField | '-'] | undefined {
  const at = text.lastIndexOf('=')
  const field = text.slice(at + 1).trim()
  if (at < 1 || !(field === '-' || (columnFields as readonly string[]).includes(field))) return undefined
  return [fold(text.slice(0, at)), field as ColumnField | '-']
}

/** How many columns of a row are known: a row of headings has at least the column of dossier numbers. */
export function scoreHeadings(row: readonly unknown[], map: ColumnMap = new Map()): number {
  const columns = readHeadings(row, map)
  return columns ? columns.places.size : 0
}

/**
 * Reads a row as headings; undefined when none of them is that of dossier numbers (a title above the table). A `hidden` column
 * is read only when no shown one has its field.
 */
export function readHeadings(
  row: readonly unknown[],
  map: ColumnMap,
  hidden?: ReadonlySet<number>,
): Columns | undefined {
  const fees: { place: number; name: string }[] = []
  const claims = new Map<ColumnField, { place: number; rank: number }>()
  const columns = {
    headings: Array.from(row, showHeading),
    unread: [] as string[],
    people: [] as string[],
    doubled: [] as string[],
    uncertain: new Set<ColumnField>(),
    extensions: [] as number[],
  }
  for (const [place, cell] of Array.from(row).entries()) {
    const shown = columns.headings[place]!
    const meant = judged(cell, shown, map)
    if (meant === 'left out') continue
    if (meant === 'unread' || meant === 'people') {
      columns[meant].push(shown)
      continue
    }
    const { field, name } = meant
    const rank = hidden?.has(place) && meant.rank !== mappedRank ? meant.rank + hiddenRank : meant.rank
    if (field === 'feeAmount') fees.push({ place, name })
    const claim = claims.get(field)
    if (claim && field === 'extendedDueAt' && rank >= 0 && rank < hiddenRank) columns.extensions.push(place)
    else if (claim && claim.rank <= rank) columns.doubled.push(shown)
    else {
      if (claim) columns.doubled.push(columns.headings[claim.place]!)
      claims.set(field, { place, rank })
    }
  }
  const due = claims.get('dueAt')
  if (due && due.rank % farRank >= firstUncertain) columns.uncertain.add('dueAt')
  if (!claims.has('dossierNo')) return undefined
  const places = new Map([...claims].map(([field, { place }]) => [field, place]))
  const addedFee = secondFee(fees, places.get('feeAmount'))
  if (addedFee === undefined) return { ...columns, places }
  const doubled = columns.doubled.filter((one) => one !== columns.headings[addedFee])
  return { ...columns, places, doubled, addedFee }
}

// The column beside the one at `place`, where one of the two is "Phí" and the other "Lệ phí".
function secondFee(fees: readonly { place: number; name: string }[], place: number | undefined) {
  const other = fees.find((fee) => fee.place !== place)
  return fees.length <= 2 && fees.some(isCharge) && fees.some(isDuty) ? other?.place : undefined
}

// What a heading stands for: by the operator's map, else by its words. Throws FileRefusal when the map asks for personal data.
function judged(cell: unknown, shown: string, map: ColumnMap): Meaning | 'left out' | 'unread' | 'people' {
  const heading = fold(String(cell ?? ''))
  if (heading === '' || ownColumns.has(heading)) return 'left out'
  const mapped = map.get(heading)
  if (mapped === '-') return 'left out'
  if (isOfPeople(heading)) {
    if (mapped) throw new FileRefusal('person-column', { column: shown })
    return 'people'
  }
  // Before every heading that is recognised by its words.
  if (mapped) return { field: mapped, rank: mappedRank, name: '' }
  return meaningOf(String(cell)) ?? 'unread'
}

// The law on charges and fees (97/2015/QH13) knows both: what a service costs, and what the State takes for it.
const isCharge = ({ name }: { name: string }) => /^(?:so )?(?:tien )?phi(?: phai nop)?$/.test(name)
const isDuty = ({ name }: { name: string }) => /^(?:so )?(?:tien )?le ?phi(?: phai nop)?$/.test(name)

/** Columns we put there ourselves: of an error file, of an export. */
export const errorColumns = ['Dòng', 'Lỗi'] as const
const ownColumns = new Set(['dong', 'loi', 'agency', 'asof', 'stt', 'tt', 'so tt', 'no'])

/** A heading for people to read: one line, no control characters, at most 60 characters. */
function showHeading(cell: unknown): string {
  return String(cell ?? '')
    .slice(0, 240)
    .replace(/[\s\p{Cc}\p{Cf}\p{Co}\p{Cs}]+/gu, ' ')
    .trim()
    .slice(0, 60)
}

/** Without accents, case and punctuation: "Ngày hẹn trả:" and "NGÀY  HẸN TRẢ" are one heading. */
export function fold(text: string): string {
  return withoutAccents(text.slice(0, 200))
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}
