// Renders the raster alphabet for printers: printable ASCII and the 134 accented Vietnamese letters, 12 dots wide so that
// raster lines align with the columns of the printer's font A. Run by hand when the font changes; the result is checked in,
// so nothing needs a font or a canvas at run time.
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createCanvas, GlobalFonts } from '@napi-rs/canvas'
import { vietnameseLetters } from '../src/desk/escpos/vietnamese.js'

const width = 12
const height = 32
const baseline = 25
const weight = 600
const files = createRequire(import.meta.url)
for (const subset of ['latin', 'latin-ext', 'vietnamese'])
  GlobalFonts.registerFromPath(
    files.resolve(`@fontsource/noto-sans-mono/files/noto-sans-mono-${subset}-${weight}-normal.woff2`),
    `mono-${subset}`,
  )

const ascii = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at))
const letters = [...ascii, ...vietnameseLetters.filter((letter) => letter > '~')]
const bits: string[] = []
for (const letter of letters) {
  const canvas = createCanvas(width, height)
  const pen = canvas.getContext('2d')
  pen.fillStyle = '#fff'
  pen.fillRect(0, 0, width, height)
  pen.fillStyle = '#000'
  pen.font = `${weight} 20px mono-vietnamese, mono-latin, mono-latin-ext`
  pen.fillText(letter, 0, baseline)
  const { data } = pen.getImageData(0, 0, width, height)
  for (let dot = 0; dot < width * height; dot++) bits.push(data[dot * 4]! < 140 ? '1' : '0')
}
const all = bits.join('')
const packed = Buffer.alloc(Math.ceil(all.length / 8))
for (let at = 0; at < packed.length; at++)
  packed[at] = Number.parseInt(all.slice(at * 8, at * 8 + 8).padEnd(8, '0'), 2)
const lines = packed.toString('base64').match(/.{1,96}/g)!
writeFileSync(
  new URL('../src/desk/escpos/glyphs.ts', import.meta.url),
  `// Made by scripts/make-glyphs.ts from Noto Sans Mono ${weight} (SIL Open Font License 1.1): one bit a dot, ${width} by ${height} dots a
// letter, letters one after the other in the order of \`glyphLetters\`.
export const glyphWidth = ${width}
export const glyphHeight = ${height}
export const glyphLetters =
  ${JSON.stringify(letters.join('')).replace(/^"|"$/g, "'").replace(/\\"/g, '"').replace("'()", "\\'()")}
export const glyphBits = Buffer.from(
  [
${lines.map((line) => `    '${line}',`).join('\n')}
  ].join(''),
  'base64',
)
`,
)
