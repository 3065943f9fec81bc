// Lookup numbers in a text: twelve digits in groups of any size, between whatever else is written.
import type { DossierNo } from './dossier.js'
import { digitOf, type Glyphs, gap } from './glyphs.js'
import type { Found } from './reading.js'

interface Group {
  readonly start: number
  readonly end: number
}

/**
 * Adds to `found` (in order, without overlap) what the digits between its finds mean. `decipher` says which dossier
 * twelve digits belong to, if any.
 */
export function findTwelves(
  glyphs: Glyphs,
  found: Found[],
  decipher: (digits: string) => DossierNo | undefined,
): void {
  const others = found.splice(0)
  let from = 0
  for (const other of others) {
    readBetween(glyphs, from, other.start, found, decipher)
    found.push(other)
    from = other.end
  }
  readBetween(glyphs, from, glyphs.length, found, decipher)
}

function readBetween(
  glyphs: Glyphs,
  from: number,
  to: number,
  found: Found[],
  decipher: (digits: string) => DossierNo | undefined,
): void {
  let at = from
  while (at < to) {
    const groups: Group[] = []
    at = nextGroups(glyphs, at, to, groups)
    if (groups.length > 0) readGroups(glyphs, groups, found, decipher)
  }
}

// Twelve digits may begin at any group: "so 2 4827 1936 0518". The first that mean something win.
function readGroups(
  glyphs: Glyphs,
  groups: Group[],
  found: Found[],
  decipher: (digits: string) => DossierNo | undefined,
): void {
  let mistyped: Found | undefined
  let hasRead = false
  let first = 0
  while (first < groups.length) {
    let last = first
    let length = 0
    while (last < groups.length && length < 12) {
      length += groups[last]!.end - groups[last]!.start
      last++
    }
    if (length === 12) {
      const start = groups[first]!.start
      const end = groups[last - 1]!.end
      const digits = digitsAt(glyphs, groups, first, last)
      const dossierNo = decipher(digits)
      if (dossierNo) {
        found.push({ start, end, reading: { kind: 'lookupNumber', digits, dossierNo }, isWeak: false })
        hasRead = true
        first = last
        continue
      }
      mistyped ??= { start, end, reading: { kind: 'unreadable', reason: 'mistyped' }, isWeak: false }
    }
    first++
  }
  if (mistyped) insert(found, mistyped)
  if (mistyped || hasRead) return
  const start = groups[0]!.start
  const end = groups.at(-1)!.end
  const length = groups.reduce((sum, group) => sum + group.end - group.start, 0)
  const reason = length > 12 ? 'too-long' : 'incomplete'
  found.push({ start, end, reading: { kind: 'unreadable', reason }, isWeak: true })
}

// Keeps `found` in order without overlap: a mistyped number beside one that was read.
function insert(found: Found[], one: Found): void {
  if (found.some((other) => other.start < one.end && one.start < other.end)) return
  const place = found.findIndex((other) => other.start > one.start)
  found.splice(place < 0 ? found.length : place, 0, one)
}

// The next unbroken sequence of digit groups: nothing but gaps between them. Returns where to go on.
function nextGroups(glyphs: Glyphs, from: number, to: number, groups: Group[]): number {
  let at = from
  while (at < to) {
    let runEnd = at + 1
    while (runEnd < to && glyphs.before[runEnd] === gap.none) runEnd++
    if (groups.length > 0 && glyphs.before[at] === gap.wall) return at
    const group = groupIn(glyphs, at, runEnd)
    if (!group) {
      if (groups.length > 0) return runEnd
      at = runEnd
      continue
    }
    if (groups.length > 0 && group.start > at) return at
    groups.push(group)
    if (group.end < runEnd) return group.end
    at = runEnd
  }
  return to
}

// The first stretch of digits in a run of letters and digits. O, I and L count inside it; at its edge only when the whole
// run is made of digits and them.
function groupIn(glyphs: Glyphs, from: number, to: number): Group | undefined {
  let start = from
  while (start < to && glyphs.code[start]! > 57) start++
  if (start === to) return undefined
  let end = start
  let lastDigit = start
  while (end < to && digitOf(glyphs.code[end]!) >= 0) {
    if (glyphs.code[end]! <= 57) lastDigit = end
    end++
  }
  let lead = start
  while (lead > from && digitOf(glyphs.code[lead - 1]!) >= 0) lead--
  const isWholeRun = lead === from && end === to
  if (!isWholeRun || lastDigit + 1 - start === 12) return { start, end: lastDigit + 1 }
  return { start: lead, end }
}

function digitsAt(glyphs: Glyphs, groups: Group[], first: number, last: number): string {
  let digits = ''
  for (let index = first; index < last; index++)
    for (let at = groups[index]!.start; at < groups[index]!.end; at++) digits += digitOf(glyphs.code[at]!)
  return digits
}
