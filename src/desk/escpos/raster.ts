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

/** Twice as high, as GS ! 01 makes letters of the printer's own font. */
export function stretch(bitmap: Bitmap): Bitmap {
  return bitmap.flatMap((row) => [row, row])
}

// A picture that loses bytes consumes as many from what follows; the smaller it is, the sooner the next status request
// detects it.
const bandBytes = 80

/**
 * A bitmap as pictures (GS v 0, normal density) of few rows each, one below the other without a gap. Blank rows are sent one
 * byte wide: they need no more to move the paper.
 */
export function rasterImage(bitmap: Bitmap): Buffer {
  const bands: Buffer[] = []
  for (let from = 0; from < bitmap.length; ) {
    const isBlank = !bitmap[from]!.includes(true)
    let to = from
    while (to < bitmap.length && bitmap[to]!.includes(true) !== isBlank) to++
    const rows = bitmap.slice(from, to)
    const widthBytes = isBlank ? 1 : Math.ceil((bitmap[0]?.length ?? 0) / 8)
    const most = Math.max(1, Math.floor(bandBytes / widthBytes))
    for (let at = 0; at < rows.length; at += most) bands.push(band(rows.slice(at, at + most), widthBytes))
    from = to
  }
  return Buffer.concat(bands)
}

function band(rows: Bitmap, widthBytes: number): Buffer {
  const data = Buffer.alloc(widthBytes * rows.length)
  rows.forEach((row, y) => {
    row.forEach((dot, x) => {
      if (dot) data[y * widthBytes + (x >> 3)]! |= 0x80 >> (x & 7)
    })
  })
  paintOverRealTime(data)
  const size = [widthBytes & 0xff, widthBytes >> 8, rows.length & 0xff, rows.length >> 8]
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
