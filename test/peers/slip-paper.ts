// The paper: slips as text and as images, one printer dot a pixel. Letters of the printer's own font are drawn with a real
// font; images are recognised by comparing each cell with that font, so a slip printed as images can be read as text too.
import { createRequire } from 'node:module'
import { type Canvas, createCanvas, GlobalFonts, type SKRSContext2D } from '@napi-rs/canvas'
import { encode } from 'uqr'
import type { Align, PaperItem } from './escpos-reader.js'

const files = createRequire(import.meta.url)
for (const subset of ['latin', 'latin-ext', 'vietnamese'])
  for (const weight of [400, 700])
    GlobalFonts.registerFromPath(
      files.resolve(`@fontsource/noto-sans-mono/files/noto-sans-mono-${subset}-${weight}-normal.woff2`),
      `paper-${subset}-${weight}`,
    )
const font = (weight: 400 | 700) =>
  `${weight} 20px paper-vietnamese-${weight}, paper-latin-${weight}, paper-latin-ext-${weight}`

const cell = { width: 12, height: 30, baseline: 23 }
const margin = 24

/** The slip as text, centred and enlarged lines included. */
export function slipText(items: readonly PaperItem[], widthDots: number): string {
  const columns = Math.floor(widthDots / cell.width)
  const set = (text: string, align: Align, wide: number) => {
    const room = columns - text.length * wide
    const before = align === 'centre' ? Math.floor(room / 2) : align === 'right' ? room : 0
    return ' '.repeat(Math.max(0, before)) + text
  }
  const lines: string[] = []
  for (const item of joinPictures(items, widthDots)) {
    if (item.kind === 'line') lines.push(set(item.text, item.align, item.wide))
    else if (item.kind === 'qr') lines.push(set(`[QR ${item.data}]`, item.align, 1))
    else if (item.kind === 'rows') lines.push(...readPicture(item.rows, columns))
  }
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}

/** The slip as a PNG, as wide as the paper. */
export function slipPng(items: readonly PaperItem[], widthDots: number, torn: boolean): Buffer {
  const heights = items.map(heightOf)
  const height = heights.reduce((sum, one) => sum + one, 0)
  const canvas = createCanvas(widthDots + 2 * margin, height + 2 * margin)
  const pen = canvas.getContext('2d')
  pen.fillStyle = '#fdfcf8'
  pen.fillRect(0, 0, canvas.width, canvas.height)
  pen.fillStyle = '#111'
  let y = margin
  items.forEach((item, at) => {
    draw(pen, item, y, widthDots)
    y += heights[at]!
  })
  if (torn) tear(pen, canvas)
  return canvas.toBuffer('image/png')
}

function heightOf(item: PaperItem): number {
  switch (item.kind) {
    case 'line':
      return Math.max(cell.height, 24 * item.tall + 6)
    case 'feed':
      return item.dots
    case 'picture':
      return item.rows.length
    case 'qr':
      return encode(item.data, { ecc: 'M', border: 0 }).size * item.module + 12
  }
}

function draw(pen: SKRSContext2D, item: PaperItem, y: number, widthDots: number): void {
  const left = (width: number, align: Align) =>
    margin +
    (align === 'centre' ? Math.floor((widthDots - width) / 2) : align === 'right' ? widthDots - width : 0)
  if (item.kind === 'line') {
    const x = left(item.text.length * cell.width * item.wide, item.align)
    pen.save()
    pen.translate(x, y)
    pen.scale(item.wide, item.tall)
    pen.font = font(item.bold ? 700 : 400)
    const baseline = item.tall > 1 ? 20 : cell.baseline
    ;[...item.text].forEach((letter, at) => pen.fillText(letter, at * cell.width, baseline))
    pen.restore()
  } else if (item.kind === 'picture') {
    const x = left(item.width, item.align)
    item.rows.forEach((row, dy) => {
      for (let dx = 0; dx < item.width; dx++)
        if (row[dx >> 3]! & (0x80 >> (dx & 7))) pen.fillRect(x + dx, y + dy, 1, 1)
    })
  } else if (item.kind === 'qr') {
    const { data, size } = encode(item.data, { ecc: 'M', border: 0 })
    const x = left(size * item.module, item.align)
    data.forEach((row, dy) => {
      row.forEach((dark, dx) => {
        if (dark) pen.fillRect(x + dx * item.module, y + 6 + dy * item.module, item.module, item.module)
      })
    })
  }
}

// A slip that was never cut ends in a ragged edge.
function tear(pen: SKRSContext2D, canvas: Canvas): void {
  pen.fillStyle = '#b33'
  for (let x = 0; x < canvas.width; x += 16) {
    pen.beginPath()
    pen.moveTo(x, canvas.height)
    pen.lineTo(x + 8, canvas.height - 10)
    pen.lineTo(x + 16, canvas.height)
    pen.fill()
  }
}

type Picture = Extract<PaperItem, { kind: 'picture' }>
/** One row of dots at its position on the paper. */
interface Row {
  readonly dots: readonly number[]
  readonly left: number
}

// Bands printed without a gap are one image.
function joinPictures(
  items: readonly PaperItem[],
  widthDots: number,
): (Exclude<PaperItem, Picture> | { kind: 'rows'; rows: Row[] })[] {
  const joined: ReturnType<typeof joinPictures> = []
  for (const item of items) {
    if (item.kind !== 'picture') {
      joined.push(item)
      continue
    }
    const room = widthDots - item.width
    const left = item.align === 'centre' ? room >> 1 : item.align === 'right' ? room : 0
    const rows = item.rows.map((row) => ({ dots: dotsOf(row), left }))
    const last = joined.at(-1)
    if (last?.kind === 'rows') last.rows.push(...rows)
    else joined.push({ kind: 'rows', rows })
  }
  return joined
}

const dotsOf = (row: Buffer) =>
  Array.from({ length: row.length * 8 }, (_, x) => (row[x >> 3]! & (0x80 >> (x & 7)) ? 255 : 0))
const hasInk = ({ dots }: Row) => dots.includes(255)

// Lines sent as images are this high, or twice; font A is 24 dots high in a line of 30.
const picture = { height: 32, baseline: 25 }
// Letters differ from their drawing in another weight by less than this share of their dots; a QR code differs by more.
const maxInkApart = 0.16

/** Recognises lines that were sent as images, cell by cell: the letter whose drawing differs least. */
function readPicture(rows: readonly Row[], columns: number): string[] {
  const lines: string[] = []
  for (let top = 0; top < rows.length; ) {
    const low = readLine(rows.slice(top, top + picture.height))
    const tall = readLine(rows.slice(top, top + 2 * picture.height).filter((_, at) => at % 2 === 0))
    const best = tall.apart < low.apart ? tall : low
    if (best.apart <= maxInkApart) {
      lines.push(' '.repeat(Math.max(0, Math.floor((columns - best.text.length) / 2))) + best.text)
      top += best === tall ? 2 * picture.height : picture.height
      continue
    }
    // Not letters: one thing as far as it stays as wide.
    const first = rows.slice(top).find(hasInk)
    if (!first) break
    const end = rows.findIndex((row, at) => at > top && hasInk(row) && row.dots.length !== first.dots.length)
    const next = end < 0 ? rows.length : end
    lines.push(`[picture ${first.dots.length} x ${next - top}]`)
    // The next line begins with blank rows: use the offset at which it reads best.
    const starts = Array.from({ length: Math.min(picture.height, next - top) }, (_, up) => next - up)
    const apart = starts.map((at) => readLine(rows.slice(at, at + picture.height)).apart)
    top = next === rows.length ? next : starts[apart.indexOf(Math.min(...apart))]!
  }
  return lines
}

function readLine(rows: readonly Row[]): { text: string; apart: number } {
  if (rows.length !== picture.height) return { text: '', apart: 1 }
  const inked = rows.filter(hasInk)
  if (inked.length === 0) return { text: '', apart: 0 }
  const { left, dots } = inked[0]!
  let text = ''
  let apart = 0
  let cells = 0
  for (let x = 0; x + cell.width <= dots.length; x += cell.width) {
    const ink = rows.map((row) =>
      Array.from({ length: cell.width }, (_, dx) => row.dots[left + x + dx - row.left] ?? 0),
    )
    if (!ink.some((row) => row.includes(255))) {
      text += ' '
      continue
    }
    const { letter, distance } = nearest(ink)
    text += letter
    apart += distance / (cell.width * picture.height * 255 ** 2)
    cells++
  }
  return { text: text.trimEnd(), apart: apart / cells }
}

let drawn: { letter: string; ink: Uint8Array; all: number }[] | undefined

const known = new Map<string, { letter: string; distance: number }>()

// Squared distance of every dot, counted as that to a white cell and what the inked dots change of it.
function nearest(ink: readonly number[][]): { letter: string; distance: number } {
  const inked = ink.flatMap((row, y) => row.flatMap((dot, x) => (dot ? [y * cell.width + x] : [])))
  const key = inked.join()
  const found = known.get(key)
  if (found) return found
  drawn ??= alphabet().map((letter) => {
    const ink = drawLetter(letter)
    return { letter, ink, all: ink.reduce((sum, grey) => sum + grey ** 2, 0) }
  })
  let best = { letter: '', distance: Number.POSITIVE_INFINITY }
  for (const candidate of drawn) {
    let distance = candidate.all
    for (const at of inked) distance += 255 * (255 - 2 * candidate.ink[at]!)
    if (distance < best.distance) best = { letter: candidate.letter, distance }
  }
  known.set(key, best)
  return best
}

function alphabet(): string[] {
  const ascii = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at))
  const vowels = [...'aăâeêioôơuưy'].flatMap((vowel) =>
    ['', '\u0300', '\u0301', '\u0309', '\u0303', '\u0323'].map((tone) => (vowel + tone).normalize('NFC')),
  )
  const small = [...vowels, 'đ'].filter((letter) => letter > '~')
  return [...ascii, ...small, ...small.map((letter) => letter.toUpperCase())]
}

// In greys and another weight than the product's, so that a match is real recognition, not a table compared with itself.
function drawLetter(letter: string): Uint8Array {
  const canvas = createCanvas(cell.width, picture.height)
  const pen = canvas.getContext('2d')
  pen.fillStyle = '#fff'
  pen.fillRect(0, 0, cell.width, picture.height)
  pen.fillStyle = '#000'
  pen.font = font(700)
  pen.fillText(letter, 0, picture.baseline)
  const { data } = pen.getImageData(0, 0, cell.width, picture.height)
  return Uint8Array.from({ length: cell.width * picture.height }, (_, at) => 255 - data[at * 4]!)
}
