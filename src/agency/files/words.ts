// States and payments in the words of clerks and their systems.
import { type DossierStatus, dossierStatuses, statusOfCode } from '../../dossier/dossier.js'
import type { Way } from '../../dossier/fields.js'
import type { Wording } from '../../dossier/wording.js'
import { readWay, type WayField, wayNamed } from '../ways.js'
import { isNoDate, readDate } from './dates.js'
import { fold, spelledOut } from './headings.js'
import { usualStatusWords } from './status-words.js'
import type { Cell } from './tables/table.js'

// Words about punctuality only: "Đã giải quyết trễ hạn" is decided by the rest, and "Trễ hạn" alone means in process.
const punctuality =
  /\b(bi )?(chua den han|sap den han|den han|tre han|qua han|dung han|truoc han|som han|trong han|con han|tre hen|qua hen)\b/g

const early = /\b(dung|truoc|som) han\b/

export type StatusWords = ReadonlyMap<string, DossierStatus>

/** The known words: the program's own labels in both languages, the API's words, and the usual ones. */
export function openStatusWords(words: Wording): Map<string, DossierStatus> {
  const known = usualStatusWords()
  for (const status of Object.keys(dossierStatuses) as DossierStatus[]) known.set(fold(status), status)
  for (const status of Object.keys(dossierStatuses) as DossierStatus[])
    for (const { states } of [words.vi, words.en]) {
      const label = fold(states[status].label)
      if (!known.has(label)) known.set(label, status)
    }
  return known
}

/** The state that a cell names; undefined: unknown. `own`, the operator's words, take precedence. */
export function readStatus(cell: Cell, words: StatusWords, own: StatusWords): DossierStatus | undefined {
  const text = String(cell).trim().replace(/^'/, '')
  const folded = fold(text)
  const said = own.get(folded)
  if (said) return said
  if (/^0?\d{1,2}([.,]0)?$/.test(text)) return statusOfCode(Number.parseInt(text, 10))
  // "4 - Đang xử lý", "4. Đang xử lý", "Đang xử lý (4)"
  const state = fold(text.replace(/[([](?:10|0?[1-9])[)\]]$/, '').replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2'))
  const plain = withoutRemark(respelled(spelledOut(state)))
    .replace(/^(10|0?[1-9]) (?=\p{L})/u, '')
    .replace(/^(ho so|trang thai|tinh trang) /, '')
  const bare = plain
    .replace(punctuality, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^dang (?=cho )|(?<=^dang )duoc /, '')
  // "On time" and "early" may be said of a finished dossier, too, so they name no state.
  if (bare === '' && plain !== '') return early.test(plain) ? undefined : 'processing'
  return (
    words.get(plain) ??
    words.get(bare) ??
    words.get(bare.replace(/^(ho so|status|trang thai) /, '')) ??
    // "Đã trả hồ sơ": with its result, or because it was refused.
    words.get(bare.replace(/(?<!\btra) (ho so|giay to)\b/, '')) ??
    words.get(bare.replace(surroundings, '')) ??
    lastOf(text, words)
  )
}

// As it is also written: "xử lí", "sử lý", "đợi bổ sung", "yêu cầu bổ sung lần 2".
function respelled(state: string): string {
  return state
    .replace(/\b[sx]u l[iy]\b/g, 'xu ly')
    .replace(/\bdoi(?= (?:ky|bo sung|duyet|tra|ket qua|nop|tiep nhan|xu ly|phe duyet)\b)/g, 'cho')
    .replace(/ lan (?:thu )?(?:[1-9]|nhat|hai|ba)$/, '')
}

// "Đã trả kết quả ngày 20/11/2026 15:30", "15:30 20/11/2026: Đang xử lý": since when.
const clock = '(?:\\d{1,2}h\\d{0,2}|\\d{1,2} \\d\\d(?: \\d\\d)?)'
const day = `(?:ngay )?\\d{1,2} (?:thang )?\\d{1,2} (?:nam )?\\d{4}`
const dated = [
  new RegExp(` (?:(?:tu|vao|luc) )?(?:${clock} )?${day}(?: ${clock})?$`),
  new RegExp(`^(?:${clock} )?${day}(?: ${clock})? `),
]
// "Còn 3 ngày", "quá hạn 2 ngày làm việc": the number of days left or overdue.
const counted =
  /(^| )(?:con lai|con|qua|tre|cham|truoc|som|sap den|den|trong)(?: han| hen)? \d{1,4} (?:ngay|gio)(?: lam viec)?$/

function withoutRemark(state: string): string {
  return dated.reduce((text, one) => text.replace(one, ''), state).replace(counted, '$1con han')
}

// Where, for whom and by what way: "đang xử lý tại phòng chuyên môn", "đã trả kết quả cho người dân", "… qua bưu điện".
const whereWords =
  '(?:phong|so|ubnd|uy ban|trung tam|bo phan|chi nhanh|mot cua|chi cuc|quay|can bo|chuyen vien|van phong)'
const surroundings = new RegExp(
  ` (?:(?:tai|o|boi|ve) ${whereWords}\\b.*|cho (?:cong dan|nguoi dan|dan|to chuc|ca nhan|nguoi nop|khach hang)(?: to chuc| ca nhan| doanh nghiep)*|qua (?:buu dien|buu chinh|bcci|mang|vnpost|dich vu).*|truc tiep|truc tuyen)$`,
)
const aPlace = new RegExp(`^${whereWords}\\b`)

// "Đã xử lý xong, chờ trả kết quả": each part is a state, and the last is how it stands.
function lastOf(text: string, words: StatusWords): DossierStatus | undefined {
  const parts = text
    .slice(0, 200)
    .replace(when, ' ')
    .split(/[,;:/()\n]|\s[-–]\s/)
    .map((part) => respelled(spelledOut(fold(part))))
    .filter((part) => part !== '' && !aPlace.test(part))
  const states = parts.map((part) => words.get(part))
  const [first, ...more] = states
  // "Yêu cầu bổ sung: đã hoàn thành", "Rút hồ sơ: không": what stands behind takes back the state before it.
  if (first && awaited.has(first) && parts.slice(1).some((part) => takenBack.test(part))) return undefined
  if (states.every(Boolean)) return states.at(-1)
  // "Yêu cầu bổ sung: bản sao sổ hộ khẩu": what stands behind is why.
  return first && reasoned.has(first) && !more.some(Boolean) ? first : undefined
}

const when =
  /\bngày \d{1,2}[/.]\d{1,2}(?:[/.]\d{2,4})?(?!\d)|(?<!\d)(?:\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{1,2}[:h]\d\d)(?!\d)/giu
const reasoned: ReadonlySet<DossierStatus> = new Set(['refused', 'supplement', 'withdrawn', 'stopped'])
const awaited: ReadonlySet<DossierStatus> = new Set([...reasoned, 'payment'])
const takenBack =
  /^(?:(?:khong|chua)(?: (?:dong y|duyet|chap thuan|xac nhan))?|bo|roi|xong|du|da (?:xong|du|huy|mo lai)|(?:da )?hoan (?:thanh|tat)|(?:(?:cong |nguoi )?dan |to chuc |ca nhan |nguoi nop )?da (?:nop|co) du\b.*)$/

/** Maps rows without a state: a list of dossiers in one state has no column for it. */
export const anyStatus = '*'

/** Parses `Chờ ký=processing`, also with a number 1–10; undefined when it is not of that form. */
export function readStatusMapping(text: string): [word: string, status: DossierStatus] | undefined {
  const at = text.lastIndexOf('=')
  const meant = text.slice(at + 1).trim()
  const status = Object.hasOwn(dossierStatuses, meant)
    ? (meant as DossierStatus)
    : statusOfCode(Number(meant))
  const said = text.slice(0, Math.max(at, 0))
  const word = said.trim() === anyStatus ? anyStatus : fold(said)
  return status && word !== '' ? [word, status] : undefined
}

const paid =
  /^(x|v|1|y|co|roi|true|yes|paid|(da )?(nop|thanh toan|thu|dong) (du|xong|roi)|(thanh toan )?thanh cong|(da )?hoan (thanh|tat)|(da )?chuyen khoan|ok|da tt)$/
// "Đã nộp qua ngân hàng": how it was paid does not matter, how much does.
const paidSomehow =
  /^da (nop|thanh toan|thu|dong|tra|chuyen khoan|hoan tat thanh toan)\b(?!.*(\d|\b(mot phan|thieu|chua|con|hoan lai|that bai|huy)\b))/
const unpaid =
  /^(0|n|khong|chua|false|no|unpaid|chua (nop|thanh toan|thu|dong|tra)( (phi|le phi|tien|du))*|cho (nop|thanh toan)( (phi|le phi))?|con no|(thanh toan )?that bai|chua tt)$/

/** Whether a cell says that the fee is paid; undefined: it does not say. */
export function readPaid(cell: Cell): boolean | undefined {
  if (typeof cell === 'boolean') return cell
  if (cell === undefined || cell === null) return undefined
  if (cell instanceof Date) return isNoDate(cell) ? undefined : true
  const text = String(cell).trim()
  if (/^[✓✔☑✅√]/u.test(text)) return true
  if (/^[✗✘☐❌]/u.test(text)) return false
  // A date of payment is not an amount.
  const word = fold(
    text.replace(/(?<!\d)\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?(?!\d)|\d{1,2}[:h]\d\d(?::\d\d)?/g, ' '),
  )
  if (paid.test(word) || paidSomehow.test(word)) return true
  // The day it was paid.
  if (word === '' && !isNoDate(text) && readDate(text, 'dmy') !== undefined) return true
  return unpaid.test(word) ? false : undefined
}

/**
 * The way that a cell names. Under a heading that names a way ("Nộp trực tuyến") a tick means that way; a "no" does not say
 * which other way it was.
 */
export function readWayCell(field: WayField, cell: Cell, heading: string): Way | undefined {
  const asked = wayNamed(heading)
  const marked = asked && readPaid(cell)
  if (marked !== undefined) return marked ? asked : undefined
  return readWay(field, cell)
}
