// Commands. A command is obeyed only in an unambiguous text: its word comes first, followed by numbers only, or nothing.
// "Soan: DK <number> gui 8188" is the same text as our own instruction gives it. Elsewhere the command words are ordinary
// words of the language (Huy is a name, dau is where, dang ky is what an office does).
import { withoutEnding } from '../ending.js'
import { hasAccents, lettersOf, mayMean, type Word } from './text.js'

export const commands = [
  'ask',
  'help',
  'watch',
  'stop',
  'refuse', // TC: the word of the anti-spam rules for "no more", and for many people "tra cứu"
  'complaint',
  'english',
  'vietnamese',
  'accents',
] as const
export type Command = (typeof commands)[number]

// With their accents: where the sender typed accents, they must match.
const builtIn: Readonly<Record<Command, readonly string[]>> = {
  ask: ['HS', 'TRA CỨU', 'HỒ SƠ', 'TRA CỨU HỒ SƠ', 'STATUS', 'CHECK'],
  help: ['HD', 'HELP', 'TG', 'HƯỚNG DẪN', 'TRỢ GIÚP', 'INFO'],
  watch: [
    ...['ĐK', 'WATCH', 'ĐK NHẬN TIN', 'ĐĂNG KÝ NHẬN TIN'],
    ...['ĐK NHẬN THÔNG BÁO', 'ĐĂNG KÝ NHẬN THÔNG BÁO'],
    ...['ĐĂNG KÍ NHẬN TIN', 'ĐĂNG KÍ NHẬN THÔNG BÁO'],
  ],
  stop: [
    ...['HỦY', 'STOP', 'HỦY ĐK', 'TỪ CHỐI', 'UNSUBSCRIBE', 'STOP ALL', 'STOP NOTICES', 'STOP NOTIFICATIONS'],
    ...['HỦY NHẬN TIN', 'HỦY NHẬN THÔNG BÁO'],
    ...['NGƯNG NHẬN', 'NGƯNG NHẬN TIN', 'NGỪNG NHẬN', 'NGỪNG NHẬN TIN', 'DỪNG NHẬN TIN'],
    ...['NGƯNG NHẬN THÔNG BÁO', 'NGỪNG NHẬN THÔNG BÁO', 'DỪNG NHẬN THÔNG BÁO'],
    ...['NGƯNG THÔNG BÁO', 'NGỪNG THÔNG BÁO'],
  ],
  refuse: ['TC'],
  complaint: ['PA'],
  english: ['EN', 'ENG', 'ENGLISH', 'TIẾNG ANH'],
  vietnamese: ['VI', 'VN', 'TIẾNG VIỆT', 'VIETNAMESE'],
  accents: ['DẤU', 'CÓ DẤU'],
}

interface Keyword {
  readonly command: Command
  readonly letters: string
  /** Its words one by one, with accents where it has some. */
  readonly words: readonly string[]
  /** The configured word has no accents, so any typed accents match. */
  readonly isLoose: boolean
}

/** The commands a text begins with, and where what follows them begins. */
export interface Head {
  readonly commands: readonly Command[]
  /** Place in the text behind each of them. */
  readonly ends: readonly number[]
  /** Place in the text behind the last of them (0 when there is none). */
  readonly end: number
}

export const noHead: Head = { commands: [], ends: [], end: 0 }

type ReadHead = (text: string, words: readonly Word[]) => Head

/** Compiles the table once. `configured`: further words, command → words; those written without accents fit any. */
export function openKeywords(configured: Readonly<Record<string, readonly string[]>>): ReadHead {
  const all: Keyword[] = []
  for (const command of commands)
    for (const [said, isOurs] of [
      ...builtIn[command].map((said) => [said, true] as const),
      ...(configured[command] ?? []).map((said) => [said, false] as const),
    ]) {
      const letters = lettersOf(said)
      const words = said.split(/[^\p{L}\p{M}]+/u).filter(Boolean)
      all.push({ command, letters, words, isLoose: !isOurs && !hasAccents(said) })
    }
  all.sort((one, other) => other.letters.length - one.letters.length)
  const beginning = (letter: string) => all.filter(({ letters }) => letters.startsWith(letter))
  const byLetter = new Map(all.map(({ letters }) => [letters.charAt(0), beginning(letters.charAt(0))]))

  return (text, words) => {
    const found: Command[] = []
    const ends: number[] = []
    let at = 0
    let end = 0
    // The text begins with digits, so no word is its first.
    while (at < words.length && !/[\p{L}\p{M}\p{N}]/u.test(text.slice(end, words[at]!.start))) {
      const word = words[at]!
      // A word of another script has no letters here; what follows it may have.
      const likely = word.letters === '' ? all : (byLetter.get(word.letters.charAt(0)) ?? [])
      const hit = keywordAt(words, at, likely)
      if (hit) {
        at += hit.taken
        end = words[at - 1]!.end
        // "Huy ơi", "Pa à": the word behind it addresses a person.
        if (isCalled(words[at], text, end)) return noHead
        found.push(hit.keyword.command)
        ends.push(end)
        continue
      }
      const glued = gluedTo(text, word, all)
      if (glued) {
        found.push(glued)
        // "DKH45.12-…": the number begins with the last letter of the word.
        end = word.end - 1
        ends.push(end)
      }
      break
    }
    return { commands: found, ends, end }
  }
}

function keywordAt(
  words: readonly Word[],
  at: number,
  all: readonly Keyword[],
): { keyword: Keyword; taken: number } | undefined {
  for (const keyword of all) {
    const taken = takenBy(keyword, words, at)
    if (taken > 0) return { keyword, taken }
  }
  return undefined
}

// Words one by one (TRA CUU), run together (TRACUU), or letter by letter (H S).
function takenBy({ letters, words: said, isLoose }: Keyword, words: readonly Word[], at: number): number {
  let joined = ''
  for (let next = at; next < words.length && joined.length < letters.length; next++) {
    joined += words[next]!.letters
    if (joined !== letters) continue
    const typed = words.slice(at, next + 1).map(({ typed }) => typed)
    const isMeant =
      isLoose ||
      (typed.length === said.length
        ? typed.every((one, nth) => mayMean(one, said[nth]!))
        : mayMean(typed.join(''), said.join('')))
    return isMeant ? typed.length : 0
  }
  return 0
}

// G, H and K begin the code of an issuer: "DKH45.12-240823-0001".
function gluedTo(text: string, { typed, letters, end }: Word, all: readonly Keyword[]): Command | undefined {
  if (!/^[GHK]$/.test(letters.slice(-1)) || !/\p{Nd}/u.test(text.charAt(end))) return undefined
  const word = typed.slice(0, -1)
  return all.find((keyword) => keyword.words.length === 1 && mayMean(word, keyword.words[0]!))?.command
}

const callings = ['ƠI', 'À', 'Ạ']
function isCalled(next: Word | undefined, text: string, end: number): boolean {
  return (
    next !== undefined &&
    text.slice(end, next.start).trim() === '' &&
    callings.some((one) => mayMean(next.typed, one))
  )
}

/**
 * Matches the address at the end of a text, as our own instructions have it, quoted or not: "… gửi 8188", "… gởi tới số 8188",
 * "… to 8188". A telephone number counts only if it is ours: "Huy gửi 0905123456" may mean anything. Our own short code needs
 * no word before it. `others`: patterns of codes that count besides ours.
 */
export function addressOf(ours: readonly string[], others: readonly string[] = ['\\p{Nd}{3,6}']): RegExp {
  const short = ours.filter((one) => /^\d{3,6}$/.test(one))
  const bare = short.length > 0 ? `|(?<=^|\\s)[-=]*>?\\s*(?:${short.join('|')})` : ''
  const numbers = ours.filter((one) => /^\+?\d{7,}$/.test(one)).map((one) => one.replace(/^(?:\+?84|0)/, ''))
  const spelled = numbers.map((one) => `(?:\\+?84|0)?${one}`)
  const to = 'gửi|gởi|gưi|gơi|gui|goi|tới|toi|đến|den|send to|to'
  const where = 'tới|toi|đến|den|về|ve|số|so|đầu|dau|tổng|tong|đài|dai'
  const code = [...others, ...short, ...spelled].join('|') || '(?!)'
  const price = String.raw`(?:[\s,(]+\p{Nd}[\p{Nd}.]*\s*(?:k|đ|d|đồng|dong|vnd)(?:\s*/\s*\p{L}+)?\)?)?`
  return new RegExp(
    String.raw`(?:(?:${to})(?:\s+(?:${where})){0,4}\s+(?:${code})${bare})${price}[\s.!"'”’)]*$`,
    'iu',
  )
}

/**
 * Matches our own short code at the beginning of a text, before its words: "8188 HUY", "Gửi 8188: DK …". Some phones' owners write
 * there whom a text is to reach.
 */
export function addresseeOf(ours: readonly string[]): RegExp {
  return new RegExp(
    String.raw`^[\s\p{P}]*(?:(?:gửi|gởi|gui|goi|nhắn|nhan|to|text)\s+)?(?:(?:tới|toi|đến|den|số|so)\s+){0,2}(?:${shortOf(ours)})[\s\p{P}]+(?=\p{L})`,
    'iu',
  )
}

/** Matches our own short code grown onto a lookup number behind it. */
export const gluedCodeOf = (ours: readonly string[]) =>
  new RegExp(String.raw`(?<![\p{L}\p{N}.-])(?:${shortOf(ours)})(?=[1-9]\d{11}(?!\p{N}))`, 'u')

const shortOf = (ours: readonly string[]) => ours.filter((one) => /^\d{3,6}$/.test(one)).join('|') || '(?!)'

// "gửi đến số +84 901 234 567", with what stands behind it.
const longestAddress = 80

/** The text after its commands, without the address that an instruction ends with. */
export function bodyOf(text: string, { end }: Pick<Head, 'end'>, address: RegExp): string {
  const body = text.slice(end).trimEnd()
  // An address can only stand here; searching through thousands of blanks would take long.
  const from = Math.max(0, body.length - longestAddress)
  const at = body.slice(from).search(address)
  return (at < 0 ? body : withoutEnding(body.slice(0, from + at), ' \n\r\t,.;:')).replace(
    /^[\s\p{P}\p{S}]+/u,
    '',
  )
}

// What our own sentences say in place of a number: "mã", "mã-hồ-sơ", "mã tra cứu", "number".
const placeOfNumber =
  /(?<!\p{L})(?:m[aã](?:[\s-]*s[oố])?(?:[\s-]*(?:h[oồ][\s-]*s[oơ]|tra[\s-]*c[uứ]u|hs))?|number)(?!\p{L})/giu

/**
 * Whether the body is nothing but numbers, apart from marks, the words for "and", and what our own sentences say in place of a
 * number. A piece with a digit is a number when its letters are those of issuers and of mistyped digits, or when it can be read
 * as a number: "lan2" (the second time) is a word.
 */
export function isNumbersAlone(body: string, isNumber: (piece: string) => boolean): boolean {
  const pieces = body
    .replace(placeOfNumber, ' ')
    .split(/[\s,;:()[\]"'“”&+*]+/u)
    .filter((piece) => /[\p{L}\p{N}]/u.test(piece))
  return (
    pieces.some((piece) => /\p{N}/u.test(piece)) &&
    pieces.every((piece) => {
      const letters = lettersOf(piece)
      if (!/\p{N}/u.test(piece)) return /^(?:[GHKOIL]|VA|AND)$/.test(letters)
      return /^[GHKOILX]{0,12}$/.test(letters) || isNumber(piece)
    })
  )
}
