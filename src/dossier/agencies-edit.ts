// Adds entries to the agencies file. Existing content stays as it is, with its comments, order and quotes. An index once
// assigned is never assigned again.
import { isDeepStrictEqual } from 'node:util'
import { parse, parseDocument, stringify } from 'yaml'
import type { ConfigProblem } from '../config/slice.js'
import { checkAgencies } from './agencies-file.js'
import { type Agency, highestIndex } from './agency.js'

/** A new entry: what is left out takes the file's defaults, and the next free index. */
export type NewAgency = Pick<Agency, 'code' | 'name' | 'shortName'> & Partial<Agency>

type Added =
  | { readonly kind: 'added'; readonly text: string; readonly entries: readonly NewAgency[] }
  | { readonly kind: 'refused'; readonly problems: readonly (ConfigProblem & { readonly nth?: number })[] }

const mark = /^#[ \t]*highest index ever given:[ \t]*(\d+)[ \t]*$/im

/**
 * The text of the agencies file with `entries` appended. `comment` goes above the first of them. A problem in a new entry
 * gives its position in `entries` as `nth`, and its words name the entry as `placeOf` does.
 */
export function withEntries(
  text: string,
  entries: readonly NewAgency[],
  comment: string,
  placeOf = (nth: number): string => `entry ${nth + 1}`,
): Added {
  const before = (parse(text) ?? []) as Agency[]
  if (!Array.isArray(before)) return refused('agencies', 'is not a list')
  const given = [...before, ...entries].flatMap(({ index }) => (index === undefined ? [] : [index]))
  let highest = Math.max(0, Number(mark.exec(text)?.[1] ?? 0), ...given)
  const numbered = entries.map((entry): NewAgency => {
    if (entry.index !== undefined || highest >= highestIndex) return entry
    const { code, ...rest } = entry
    return { code, index: ++highest, ...rest }
  })
  const after = [...before, ...numbered]
  const { problems } = checkAgencies(structuredClone(after))
  const inPlaces = (words: string) =>
    words.replace(/agencies\[(\d+)\](?:\.([\w.[\]]+))?/g, (path, at: string, key?: string) =>
      Number(at) < before.length
        ? path
        : `${placeOf(Number(at) - before.length)}${key === undefined ? '' : ` (${key})`}`,
    )
  if (problems.length > 0)
    return {
      kind: 'refused',
      problems: problems.map(({ path, message }) => {
        const at = Number(/^agencies\[(\d+)\]/.exec(path)?.[1] ?? -1)
        const placed = { path: inPlaces(path), message: inPlaces(message) }
        return at >= before.length ? { ...placed, nth: at - before.length } : placed
      }),
    }
  const written = withMark(appended(text, numbered, comment), highest)
  if (!isDeepStrictEqual(parse(written), after))
    return refused('agencies', 'is not written as a list with dashes')
  return { kind: 'added', text: written, entries: numbered }
}

const refused = (path: string, message: string): Added => ({ kind: 'refused', problems: [{ path, message }] })

// A block list can be extended without touching a byte before its end; any other form is rewritten.
function appended(text: string, entries: readonly NewAgency[], comment: string): string {
  const lines = stringify(entries, { lineWidth: 0 })
  const ours = `\n# ${comment}\n${lines}`
  const behind = `${text.trimEnd()}\n${ours}`
  if (/^- /m.test(text) && isDeepStrictEqual(readList(behind), [...(parse(text) as unknown[]), ...entries]))
    return behind
  const document = parseDocument(text)
  for (const entry of entries) document.add(document.createNode(entry))
  return document.toString({ lineWidth: 0 })
}

function readList(text: string): unknown {
  try {
    return parse(text)
  } catch {
    return undefined
  }
}

function withMark(text: string, highest: number): string {
  const line = `# highest index ever given: ${highest}`
  return mark.test(text) ? text.replace(mark, line) : `${line}\n${text}`
}

/** A default short name: the name without accents, abbreviated as offices do, 24 characters at most. */
export function shortNameOf(plainName: string): string {
  const short = plainName
    .replace(/Trung tam Phuc vu hanh chinh cong/i, 'TT HCC')
    .replace(/Uy ban nhan dan/i, 'UBND')
    .replace(/[^\x20-\x7e]/g, '')
    .trim()
  return short.length <= 24
    ? short
    : short
        .slice(0, 25)
        .replace(/\s+\S*$/, '')
        .slice(0, 24)
}
