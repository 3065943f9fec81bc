// What a phone or a mail program writes below a text by itself: "Sent from my iPhone", "Đã gửi từ điện thoại Samsung của
// tôi", a signature after "--". It asks nothing, and its language is the program's, not the citizen's.
import { withoutAccents } from '../../dossier/unaccented.js'

const device =
  'iphone|ipad|ios|android|galaxy|samsung|oppo|vivo|xiaomi|redmi|huawei|honor|realme|nokia|sony|xperia|vsmart|pixel|blackberry|' +
  'windows|dien thoai|di dong|may tinh bang|thiet bi|smart ?phone|phone|tablet|mobile|device|outlook|yahoo|gmail|e?mail|thu|proton'
// Words around it: whose device, for what, which model. With any other word, a person may have written it.
const around =
  'my|the|for|on|from|app|secure|thong minh|cua (?:toi|minh)|danh cho|cho|tren|t mobile|verizon|at t|' +
  'pro|max|plus|ultra|mini|note|lite|edge|fold|flip|air|se|a?5g|[a-z]?\\d{1,3}[a-z]?'
const named = `(?:(?:${around}) ){0,4}(?:${device})(?: (?:${device}|${around})){0,8} $`
// A person may write the phrase of a Vietnamese program, too ("Huy gửi từ điện thoại"). It counts as the program's on a line of
// its own, and after a number or the end of a sentence.
const english = new RegExp(`(?: |^)(?:(?:sent|posted) (?:from|via|with|using) |get (?=outlook for ))${named}`)
const vietnamese = new RegExp(`^(?:(?:da |duoc )?gui (?:tu|bang) |tai (?=outlook cho ))${named}`)
const longest = 90

// Fast path: most texts contain none of these words.
const hint = /sent |g[uử]i |outlook|posted |\n--/i

// RFC 3676 §4.3: two dashes and a blank on a line of their own.
const delimiter = /\n-- ?\r?\n/

/** The text without the signature below it. `hasNumber` tells whether what would be cut off names a dossier. */
export function withoutSignature(text: string, hasNumber: (text: string) => boolean): string {
  if (!hint.test(text)) return text
  const at = text.search(delimiter)
  const said = at > 0 && !hasNumber(text.slice(at)) ? text.slice(0, at) : text
  const begin = Math.max(0, said.length - longest)
  for (const { index } of said.slice(begin).matchAll(/\p{L}[\p{L}\p{M}]*/gu)) {
    const start = begin + index
    const rest = plainly(said.slice(start))
    if (vietnamese.test(rest) ? isApart(said.slice(0, start)) : english.exec(rest)?.index === 0)
      return said.slice(0, start).trimEnd()
  }
  return said
}

const plainly = (text: string) =>
  `${withoutAccents(text)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()} `

const isApart = (before: string) => /(?:^|[\r\n\p{N}\p{P}])[^\S\r\n]*$/u.test(before)
