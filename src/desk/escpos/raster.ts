// Lines of text as pictures (GS v 0), for printers whose code pages know no Vietnamese. A line takes as many columns as
// in font A. Real-time commands inside picture data would be obeyed by serial printers, so they are painted over.
import { glyphBits, glyphHeight, glyphLetters, glyphWidth } from './glyphs.js'

/** Rows of dots, true is black. */
export type Bitmap = readonly (readonly boolean[])[]

const places = new Map([...glyphLetters].map((letter, at) => [letter, at]))

/** Whether every letter of the line can be drawn. */
export function canDraw(text: string): boolean {
  return [...text.normalize('NFC')].every((letter) => places.has(letter))
}

/** One line of text as dots. A letter without a drawing is left blank; ask canDraw first. */
export function drawLine(text: string): Bitmap {
  const letters = [...text.normalize('NFC')].map((letter) => places.get(letter))
  return Array.from({ length: glyphHeight }, (_, row) =>
    letters.flatMap((at) =>
      Array.from({ length: glyphWidth }, (_, column) => {
        if (at === undefined) return false
        const bit = (at * glyphHeight + row) * glyphWidth + column
        return ((glyphBits[bit >> 3]! >> (7 - (bit & 7))) & 1) === 1
      }),
    ),
  )
}

/** A bitmap enlarged `times` in both directions, within `quiet` blank dots on every side. */
export function enlarge(bitmap: Bitmap, times: number, quiet: number): Bitmap {
  const width = (bitmap[0]?.length ?? 0) * times + 2 * quiet
  const blank = Array.from({ length: quiet }, () => new Array<boolean>(width).fill(false))
  const margin = new Array<boolean>(quiet).fill(false)
  const rows = bitmap.flatMap((row) => {
    const wide = [...margin, ...row.flatMap((dot) => new Array<boolean>(times).fill(dot)), ...margin]
    return Array.from({ length: times }, () => wide)
  })
  return [...blank, ...rows, ...blank]
}

/** GS v 0, normal density. */
export function rasterImage(bitmap: Bitmap): Buffer {
  const widthBytes = Math.ceil((bitmap[0]?.length ?? 0) / 8)
  const data = Buffer.alloc(widthBytes * bitmap.length)
  bitmap.forEach((row, y) => {
    row.forEach((dot, x) => {
      if (dot) data[y * widthBytes + (x >> 3)]! |= 0x80 >> (x & 7)
    })
  })
  paintOverRealTime(data)
  const size = [widthBytes & 0xff, widthBytes >> 8, bitmap.length & 0xff, bitmap.length >> 8]
  return Buffer.concat([Buffer.from([0x1d, 0x76, 0x30, 0, ...size]), data])
}

// DLE EOT, DLE ENQ and DLE DC4 (10 04, 10 05, 10 14) are obeyed wherever they appear on a serial line, pictures
// included. One more black dot in the first byte (10 → 30) ends the sequence and cannot be seen.
function paintOverRealTime(data: Buffer): void {
  for (let at = 0; at < data.length; at++) {
    const next = data[at + 1]
    if (data[at] === 0x10 && (next === undefined || next === 0x04 || next === 0x05 || next === 0x14))
      data[at] = 0x30
  }
}
