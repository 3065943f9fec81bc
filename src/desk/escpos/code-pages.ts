// The three 8-bit code pages of Vietnamese that printers carry. Each is asked for one line at a time and answers with
// bytes and the page they need, or undefined when a letter of the line is not in it; then the caller rasters or folds.

export type CodePage = 'cp1258' | 'tcvn3' | 'viscii'

/** Bytes of one line, in runs that each need one character table. */
interface PageRun {
  readonly table: 'main' | 'capitals'
  readonly bytes: Buffer
}

/** `capitals` says whether the printer has the second TCVN-3 table, with the capital letters that carry tones. */
export function encodeLine(text: string, page: CodePage, capitals: boolean): PageRun[] | undefined {
  const runs: { table: 'main' | 'capitals'; bytes: number[] }[] = []
  for (const letter of text.normalize('NFC')) {
    const place = letter <= '~' ? { table: undefined, bytes: [letter.charCodeAt(0)] } : places[page](letter)
    if (place === undefined || (place.table === 'capitals' && !capitals)) return undefined
    const last = runs.at(-1)
    // ASCII is the same in every table and stays in the run it follows.
    if (last && (place.table === undefined || place.table === last.table)) last.bytes.push(...place.bytes)
    else runs.push({ table: place.table ?? 'main', bytes: [...place.bytes] })
  }
  return runs.map(({ table, bytes }) => ({ table, bytes: Buffer.from(bytes) }))
}

type Place = { table: 'main' | 'capitals' | undefined; bytes: readonly number[] } | undefined

const places: Record<CodePage, (letter: string) => Place> = {
  cp1258: (letter) => {
    const whole = cp1258.get(letter)
    if (whole !== undefined) return { table: 'main', bytes: [whole] }
    // No letter of this page carries a tone besides a few of Latin-1: base letter first, then the tone as its own byte.
    const marks = [...letter.normalize('NFD')]
    const tone = marks.findIndex((mark) => cp1258Tones.has(mark))
    if (tone < 0) return undefined
    const base = marks
      .filter((_, at) => at !== tone)
      .join('')
      .normalize('NFC')
    const first = base <= '~' ? base.charCodeAt(0) : cp1258.get(base)
    return first === undefined ? undefined : { table: 'main', bytes: [first, cp1258Tones.get(marks[tone]!)!] }
  },
  tcvn3: (letter) => {
    const small = tcvn3.get(letter)
    if (small !== undefined) return { table: 'main', bytes: [small] }
    const capital = tcvn3.get(letter.toLocaleLowerCase('vi'))
    return capital === undefined ? undefined : { table: 'capitals', bytes: [capital] }
  },
  viscii: (letter) => {
    const at = viscii.get(letter)
    return at === undefined ? undefined : { table: 'main', bytes: [at] }
  },
}

// Windows-1258: what it has whole, and the five tones as combining bytes.
const cp1258 = new Map<string, number>([
  ...pairs('ÀÁÂĂ', 0xc0),
  ...pairs('ÈÉÊ', 0xc8),
  ...pairs('ÍĐÓÔƠÙÚƯ', [0xcd, 0xd0, 0xd3, 0xd4, 0xd5, 0xd9, 0xda, 0xdd]),
  ...pairs('àáâă', 0xe0),
  ...pairs('èéê', 0xe8),
  ...pairs('íđóôơùúư', [0xed, 0xf0, 0xf3, 0xf4, 0xf5, 0xf9, 0xfa, 0xfd]),
])
const cp1258Tones = new Map([
  ['\u0300', 0xcc],
  ['\u0309', 0xd2],
  ['\u0303', 0xde],
  ['\u0301', 0xec],
  ['\u0323', 0xf2],
])

// TCVN 5712:1993 VN3, from 0xA1. Seven capitals have places of their own; capitals with tones stand at the places of
// the small letters in a second table. The full TCVN set puts twelve capitals at control bytes (XON and XOFF among
// them), so it is not used.
const tcvn3 = new Map(
  pairs(
    'ĂÂÊÔƠƯĐăâêôơưđ······àảãáạ·ằẳẵắ·······ặầẩẫấậè·ẻẽéẹềểễếệìỉ···ĩíịò·ỏõóọồổỗốộờởỡớợù·ủũúụừửữứựỳỷỹýỵ',
    0xa1,
  ),
)

// VISCII (RFC 1456) from 0x80; Ẳ Ẵ Ẫ Ỷ Ỹ Ỵ stand at control bytes and are left out.
const viscii = new Map(
  pairs(
    'ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ',
    0x80,
  ),
)

function pairs(letters: string, at: number | number[]): [string, number][] {
  return [...letters]
    .map((letter, index): [string, number] => [letter, typeof at === 'number' ? at + index : at[index]!])
    .filter(([letter]) => letter !== '·')
}
