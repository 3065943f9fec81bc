// How a dossier came in and how its result goes back, in the words of clerks and their systems. A text that names two ways, or
// negates one, is not read.
import type { Way } from '../dossier/fields.js'
import { withoutAccents } from '../dossier/unaccented.js'

export type WayField = 'filedBy' | 'returnBy'

// The national portal's code lists: KenhThucHien 1 at the counter, 2 online, 3 by post; HinhThuc 0 by hand, 1 by post.
const codes: Readonly<Record<WayField, Readonly<Record<string, Way>>>> = {
  filedBy: { '1': 'counter', '2': 'online', '3': 'post' },
  returnBy: { '0': 'counter', '1': 'post' },
}

const words: readonly (readonly [Way, RegExp])[] = [
  [
    'post',
    /\b(buu (chinh|dien|cuc|ta|pham|phat)|bcci|vn ?post|ems|chuyen phat|ship|tai nha|tan nha|post|postal|mail)\b/,
  ],
  [
    'online',
    /\b(truc tuyen|tructuyen|online|qua mang|internet|cong (dvc|dich vu cong)|dvcqg|dvctt|vneid|dien tu|email|web|website|toan trinh|muc (do )?[34]|kho du lieu)\b/,
  ],
  [
    'counter',
    /\b(truc tiep|tructiep|tai (quay|cho|bo phan|trung tam|noi nop|noi tiep nhan|co quan|tru so|phuong|xa)|mot cua|1 cua|quay|tnkq|tn tkq|ttpvhcc|hanh chinh cong|counter|direct)\b/,
  ],
]
const denied = /\b(khong|chua|no|not)\b/
const maxLetters = 120

/** The one way that a text names; undefined: none, or more than one. */
export function wayNamed(text: string): Way | undefined {
  const said = withoutAccents(text.slice(0, maxLetters))
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
  if (denied.test(said)) return undefined
  const named = words.filter(([, pattern]) => pattern.test(said)).map(([way]) => way)
  return named.length === 1 ? named[0] : undefined
}

/** A way as a system or a clerk writes it: its word, or the national portal's code. */
export function readWay(field: WayField, value: unknown): Way | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const text = String(value).trim()
  return codes[field][text.replace(/^0(?=\d)|\.0$/g, '')] ?? wayNamed(text)
}
