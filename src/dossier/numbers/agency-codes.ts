// Which agency owns a code. Configured codes are in a trie over their letters and digits, without dots: one walk from a
// place in the text finds every code that begins there, however its dots were typed. Codes that are not configured belong
// to the longest configured code above them.
import type { Agency } from '../agency.js'
import { type Glyphs, gap, isLetter } from './glyphs.js'

const letters = 36
const noChildren: readonly number[] = new Array(letters).fill(0)

interface CodeHit {
  /** The glyph after the code. */
  readonly end: number
  /** The code or alias as configured. */
  readonly code: string
}

/** Who numbers under a printed code. */
interface Issuer {
  /** The code whose sequence the number belongs to: an alias shares its entry's, every other code has its own. */
  readonly code: string
  /** The entry that owns the code. */
  readonly agency: Agency
}

interface Ending {
  readonly code: string
  /** Bit i is set when the code has a dot before its glyph i. */
  readonly dots: number
}

export interface AgencyCodes {
  /** Codes and aliases that begin at glyph `from`, shortest first. */
  startingAt(glyphs: Glyphs, from: number): readonly CodeHit[]
  /** Who numbers under `code` (capitals, dots as printed); undefined when no entry owns it. */
  issuerOf(code: string): Issuer | undefined
  /**
   * Whether any entry is of this level-1 body (`H45`): an unowned code below it is a typing error rather than another
   * body's.
   */
  isOurs(level1: string): boolean
}

const none: readonly CodeHit[] = []

/** Builds the trie of every code and alias. */
export function openAgencyCodes(agencies: readonly Agency[]): AgencyCodes {
  const trie = plant(agencies.flatMap(({ code, aliases }) => [code, ...aliases]))
  const owners = new Map<string, Agency>()
  const bodies = new Set<string>()
  for (const agency of agencies)
    for (const code of [agency.code, ...agency.aliases]) {
      owners.set(code, agency)
      const body = /(?:^|\.)([A-Z]\d\d)(?:\.|$)/.exec(code)
      if (body) bodies.add(body[1]!)
    }

  return {
    startingAt: (glyphs, from) => startingAt(trie, glyphs, from),
    issuerOf(code) {
      const own = owners.get(code)
      if (own) return { code: own.code, agency: own }
      for (const above of codesAbove(code)) {
        const agency = owners.get(above)
        if (agency && agency.exact !== true) return { code, agency }
      }
      return undefined
    },
    isOurs: (level1) => bodies.has(level1),
  }
}

/**
 * The codes above a given one, nearest first. Since decision 20/2020/QĐ-TTg codes are written from the highest level down
 * (H15.50.05 is below H15.50); those of QCVN 102:2016 from the lowest up, with 0 for an absent level (000.07.15.H45 is
 * below 000.00.15.H45).
 */
export function codesAbove(code: string): string[] {
  const above: string[] = []
  const old = /^(\d{3})\.(\d\d)\.(\d\d)\.([A-Z]\d\d)$/.exec(code)
  if (old) {
    const [, third, second, first, body] = old as unknown as [string, string, string, string, string]
    if (third !== '000') above.push(`000.${second}.${first}.${body}`)
    if (second !== '00') above.push(`000.00.${first}.${body}`)
    if (first !== '00') above.push(`000.00.00.${body}`)
  } else
    for (let groups = code.split('.').slice(0, -1); groups.length > 0; groups = groups.slice(0, -1))
      above.push(groups.join('.'))
  return above
}

interface Trie {
  /** For each node the nodes of its 36 letters; 0 is none. */
  readonly next: Int32Array
  readonly endings: readonly (readonly Ending[] | undefined)[]
}

function plant(codes: readonly string[]): Trie {
  const next = [...noChildren]
  const endings: (Ending[] | undefined)[] = [undefined]
  for (const code of codes) {
    let node = 0
    let dots = 0
    let place = 0
    for (let at = 0; at < code.length; at++) {
      const letter = letterOf(code.charCodeAt(at))
      if (letter < 0) {
        dots |= 1 << place
        continue
      }
      let child = next[node * letters + letter]!
      if (child === 0) {
        child = endings.length
        endings.push(undefined)
        next.push(...noChildren)
        next[node * letters + letter] = child
      }
      node = child
      place++
    }
    ;(endings[node] ??= []).push({ code, dots })
  }
  return { next: Int32Array.from(next), endings }
}

function startingAt({ next, endings }: Trie, glyphs: Glyphs, from: number): readonly CodeHit[] {
  let hits: CodeHit[] | undefined
  let node = 0
  let dots = 0
  let blanks = 0
  for (let index = from; index - from < 31; index++) {
    if (index > from) {
      const parting = glyphs.before[index]!
      if (parting === gap.wall) break
      if (parting === gap.blank) blanks |= 1 << (index - from)
      else if (parting !== gap.none) dots |= 1 << (index - from)
    }
    let child = next[node * letters + letterOf(glyphs.code[index]!)]!
    if (child === 0) {
      const digit = glyphs.digit[index]!
      if (digit < 0 || (child = next[node * letters + digit]!) === 0) break
    }
    node = child
    const ending = endings[node]
    if (ending === undefined) continue
    for (const { code, dots: places } of ending) {
      if (hasSplitGroup((dots | blanks) & ~places, glyphs, from)) continue
      ;(hits ??= []).push({ end: index + 1, code })
    }
  }
  return hits ?? none
}

// "H 45" and "H.45" are typing slips; a blank, dot or dash between two digits of one group makes another code.
function hasSplitGroup(stray: number, glyphs: Glyphs, from: number): boolean {
  for (let place = 1; stray >> place !== 0; place++)
    if ((stray >> place) & 1 && !isLetter(glyphs, from + place - 1)) return true
  return false
}

// Below 0 for a dot.
function letterOf(code: number): number {
  return code < 65 ? code - 48 : code - 55
}
