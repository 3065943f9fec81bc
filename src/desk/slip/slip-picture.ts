// A slip drawn whole, dot by dot, for printers that take pictures and no commands. As wide as the profile's paper.
import { type Bitmap, drawLine, enlarge, stretch } from '../escpos/raster.js'
import { numberScale, type SlipLine } from '../escpos/slip.js'
import { printable } from '../escpos/vietnamese.js'
import type { Profile } from '../profiles.js'

// A blank line, and the room around a large number.
const feedDots = 24

// The light border that a QR code needs (ISO/IEC 18004).
const quietModules = 4

/** The dots of these lines; a cut is the end of the picture, for the printer cuts after each. */
export function drawSlip(lines: readonly SlipLine[], { widthDots, columns, qrModuleDots }: Profile): Bitmap {
  const rows: (readonly boolean[])[] = []
  const centred = (bitmap: Bitmap) => {
    const room = widthDots - (bitmap[0]?.length ?? 0)
    const left = new Array<boolean>(Math.max(0, room >> 1)).fill(false)
    const right = new Array<boolean>(Math.max(0, room - left.length)).fill(false)
    for (const row of bitmap) rows.push([...left, ...row, ...right].slice(0, widthDots))
  }
  const feed = (dots: number) => {
    for (let at = 0; at < dots; at++) rows.push(new Array<boolean>(widthDots).fill(false))
  }
  for (const line of lines)
    switch (line.kind) {
      case 'text': {
        const drawn = drawLine(printable(line.text))
        const bold = line.bold ? embolden(drawn) : drawn
        centred(line.tall ? stretch(bold) : bold)
        break
      }
      case 'number':
        centred(enlarge(drawLine(line.text), numberScale(line.text, columns), 0))
        break
      case 'qr': {
        const module = Math.min(qrModuleDots, Math.floor(widthDots / (line.dots.length + 2 * quietModules)))
        centred(enlarge(line.dots, module, quietModules * module))
        break
      }
      case 'feed':
        feed(feedDots * line.lines)
        break
      case 'cut':
        break
    }
  return rows
}

// One dot wider to the right.
const embolden = (bitmap: Bitmap): Bitmap =>
  bitmap.map((row) => row.map((dot, x) => dot || (row[x - 1] ?? false)))
