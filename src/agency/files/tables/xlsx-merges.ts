// Which cells of a sheet in XLSX are merged down over several rows.
import type { Zip } from './zip.js'

/** By first row: the places of cells that are merged downwards, and their last rows. */
export type Merges = ReadonlyMap<number, readonly { readonly place: number; readonly last: number }[]>

const maxMerges = 20_000

/**
 * The merges of a sheet. They come after all rows, so this is a pass of its own, before the rows are read: searching for the
 * element's name costs a tenth of reading the rows.
 */
export async function readMerges(zip: Zip, part: string): Promise<Merges> {
  const merges = new Map<number, { place: number; last: number }[]>()
  let left = maxMerges
  let kept = ''
  for await (const piece of zip.text(part)) {
    const text = kept + piece
    for (const [, from, top, bottom] of text.matchAll(mergeCell)) {
      const [first, last] = [Number(top), Number(bottom)]
      if (last <= first || left-- <= 0) continue
      const here = merges.get(first)
      const merge = { place: placeOf(from) ?? 0, last }
      if (here) here.push(merge)
      else merges.set(first, [merge])
    }
    // Keep an element that the end of the piece cuts in two.
    const cut = text.lastIndexOf('<')
    kept = cut >= 0 && text.length - cut < 100 && !text.includes('>', cut) ? text.slice(cut) : ''
  }
  return merges
}

const mergeCell = /<(?:\w{1,20}:)?mergeCell ref="([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})"/g

/** `AB12` → 27. */
export function placeOf(reference: string | undefined): number | undefined {
  if (reference === undefined) return undefined
  let place = 0
  let at = 0
  for (; at < reference.length && at < 4; at++) {
    const letter = reference.charCodeAt(at) & 0x5f
    if (letter < 65 || letter > 90) break
    place = place * 26 + letter - 64
  }
  return at === 0 ? undefined : place - 1
}
