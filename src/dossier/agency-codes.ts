// Known agency codes as a trie over their letters and digits, dots left out: reading walks it once from a place in the
// text and learns every code that begins there, in whatever way its dots were typed.
import type { Agency } from './agency.js'
import { digitOf, type Glyphs, gap } from './glyphs.js'

const letters = 36

export interface CodeHit {
  /** The glyph after the code. */
  readonly end: number
  readonly agency: Agency
  /** A province's code alone, such as H45, which older codes also end in. */
  readonly isBare: boolean
}

interface Ending {
  readonly agency: Agency
  /** Bit i is set when the code has a dot before its glyph i. */
  readonly dots: number
  readonly isBare: boolean
}

export interface AgencyCodes {
  /** Codes and aliases that begin at glyph `from`, shortest first. */
  startingAt(glyphs: Glyphs, from: number): readonly CodeHit[]
  /** The one agency whose code is a single slip away from `compact` (letters and digits only); none if two are. */
  nearest(compact: string): Agency | undefined
}

const none: readonly CodeHit[] = []

export function openAgencyCodes(agencies: readonly Agency[]): AgencyCodes {
  const children: number[] = new Array(letters).fill(0)
  const endings: (Ending[] | undefined)[] = [undefined]
  const compacts: { compact: string; agency: Agency }[] = []

  for (const agency of agencies) {
    for (const written of [agency.code, ...agency.aliases]) {
      let node = 0
      let dots = 0
      let place = 0
      for (const char of written.toUpperCase()) {
        const letter = letterOf(char.charCodeAt(0))
        if (letter < 0) {
          dots |= 1 << place
          continue
        }
        let next = children[node * letters + letter]!
        if (next === 0) {
          next = endings.length
          endings.push(undefined)
          for (let fill = 0; fill < letters; fill++) children.push(0)
          children[node * letters + letter] = next
        }
        node = next
        place++
      }
      const compact = written.toUpperCase().replace(/[^0-9A-Z]/g, '')
      ;(endings[node] ??= []).push({ agency, dots, isBare: /^[A-Z]\d\d$/.test(compact) })
      compacts.push({ compact, agency })
    }
  }
  const table = Int32Array.from(children)

  return {
    startingAt(glyphs, from) {
      let hits: CodeHit[] | undefined
      let node = 0
      let dots = 0
      let blanks = 0
      for (let index = from; index < glyphs.length && index - from < 31; index++) {
        if (index > from) {
          const parting = glyphs.before[index]!
          if (parting === gap.wall) break
          if (parting === gap.blank) blanks |= 1 << (index - from)
          else if (parting !== gap.none) dots |= 1 << (index - from)
        }
        const code = glyphs.code[index]!
        let next = table[node * letters + letterOf(code)]!
        if (next === 0) {
          const digit = digitOf(code)
          if (digit < 0 || (next = table[node * letters + digit]!) === 0) break
        }
        node = next
        const ending = endings[node]
        if (ending === undefined) continue
        for (const { agency, dots: places, isBare } of ending) {
          // A dot or dash where the code has none means another code.
          if ((dots & ~places) !== 0 || hasSplitProvince(blanks & ~places, glyphs, from)) continue
          ;(hits ??= []).push({ end: index + 1, agency, isBare })
        }
      }
      return hits ?? none
    },
    nearest(compact) {
      let found: Agency | undefined
      for (const known of compacts) {
        if (Math.abs(known.compact.length - compact.length) > 1 || !isOneSlip(known.compact, compact))
          continue
        if (found && found !== known.agency) return undefined
        found = known.agency
      }
      return found
    },
  }
}

// "H 45" is a slip of the thumb; a blank between two digits of one group means another code.
function hasSplitProvince(stray: number, glyphs: Glyphs, from: number): boolean {
  for (let place = 1; stray >> place !== 0; place++)
    if ((stray >> place) & 1 && glyphs.code[from + place - 1]! < 65) return true
  return false
}

function letterOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  if (code >= 65 && code <= 90) return code - 55
  return -1
}

/** One letter changed, added, left out, or two neighbours swapped. */
function isOneSlip(a: string, b: string): boolean {
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let endA = a.length
  let endB = b.length
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA--
    endB--
  }
  const restA = a.slice(start, endA)
  const restB = b.slice(start, endB)
  if (restA.length <= 1 && restB.length <= 1) return true
  return restA.length === 2 && restB.length === 2 && restA[0] === restB[1] && restA[1] === restB[0]
}
