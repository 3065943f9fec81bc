// A slip as ESC/POS bytes. The one door to node-thermal-printer, which is given ASCII only and asked for its buffer
// only; Vietnamese lines, pictures and the cut are laid by hand beside it.
import { createRequire } from 'node:module'
import type * as Library from 'node-thermal-printer'
import type { ThermalPrinter } from 'node-thermal-printer'
import { type CodePage, encodeLine } from './code-pages.js'
import { type Bitmap, canDraw, drawLine, enlarge, rasterImage, stretch } from './raster.js'
import { foldAscii, isPrintableAscii, printable } from './vietnamese.js'

/** What the bytes need to know of the paper and the printer. */
export interface Paper {
  /** Font A columns, 12 dots each. */
  readonly columns: number
  readonly widthDots: number
  readonly text: 'ascii' | 'raster' | CodePage
  /** n of ESC t for the code page; for TCVN-3 a second table may hold the capitals with tones. */
  readonly codePage?: number
  readonly capitalsPage?: number
  /** The printer understands GS v 0: lines that the code page cannot encode become pictures instead of losing their accents. */
  readonly pictures: boolean
  readonly qr: 'native' | 'raster'
  readonly qrModuleDots: number
  readonly cutter: 'none' | 'partial' | 'full'
  /** Blank lines after the text where nothing cuts, so that it passes the tear bar. */
  readonly feedLines: number
}

export type SlipLine =
  | {
      readonly kind: 'text'
      readonly text: string
      readonly align?: 'centre'
      readonly bold?: boolean
      readonly tall?: boolean
    }
  /** Digits as large as the paper allows, always in the printer's own font. */
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'qr'; readonly data: string; readonly dots: Bitmap }
  | { readonly kind: 'feed'; readonly lines: number }
  | { readonly kind: 'cut' }

/** How many times wider than font A a large number may be printed, at most 3. */
export function numberScale(text: string, columns: number): number {
  return Math.max(1, Math.min(3, Math.floor(columns / text.length)))
}

// GS ( k: module size, level M, store, print. Model 2 is what every printer starts with, so the library's nine bytes
// that say so are saved.
function nativeQr(data: string, module: number): Buffer {
  const k = (...bytes: number[]) => Buffer.from([0x1d, 0x28, 0x6b, ...bytes])
  return Buffer.concat([
    k(3, 0, 0x31, 0x43, module),
    k(3, 0, 0x31, 0x45, 0x31),
    k((data.length + 3) & 0xff, (data.length + 3) >> 8, 0x31, 0x50, 0x30),
    Buffer.from(data, 'latin1'),
    k(3, 0, 0x31, 0x51, 0x30),
  ])
}

/**
 * The bytes of one job: initialise once, then the lines of one or more slips. `goesOn`: continues a ticket, without
 * initialising.
 */
export function slipBytes(lines: readonly SlipLine[], paper: Paper, goesOn = false): Buffer {
  const out = new Pen(paper, goesOn)
  for (const line of lines) {
    switch (line.kind) {
      case 'text':
        out.text(line)
        break
      case 'number':
        out.number(line.text)
        break
      case 'qr':
        out.qr(line.data, line.dots)
        break
      case 'feed':
        out.feed(line.lines)
        break
      case 'cut':
        out.cut()
        break
    }
  }
  return out.bytes()
}

// Loaded with the first slip: a gateway without printers need not hold it.
let loaded: typeof Library | undefined
const library = () => (loaded ??= createRequire(import.meta.url)('node-thermal-printer') as typeof Library)

class Pen {
  readonly #paper: Paper
  readonly #printer: ThermalPrinter
  #table = 0
  #centred = false
  #bold = false
  #size = 0

  constructor(paper: Paper, goesOn: boolean) {
    this.#paper = paper
    const { CharacterSet, PrinterTypes, ThermalPrinter } = library()
    this.#printer = new ThermalPrinter({
      type: PrinterTypes.EPSON,
      characterSet: CharacterSet.PC437_USA,
      width: paper.columns,
      interface: '',
    })
    // ESC @, and FS . against clones that read bytes above 7F as Chinese; in place of the library's ESC t 0, which ESC @
    // implies.
    this.#printer.setBuffer(Buffer.from(goesOn ? [] : [0x1b, 0x40, 0x1c, 0x2e]))
  }

  text(line: Extract<SlipLine, { kind: 'text' }>): void {
    const text = printable(line.text)
    if (text === '') return
    this.#style(line.bold ?? false, line.tall ? 0x01 : 0, line.align === 'centre')
    this.#line(text, line.tall ?? false)
  }

  number(text: string): void {
    const scale = numberScale(text, this.#paper.columns) - 1
    this.#style(false, scale * 0x11, true)
    this.#printer.println(foldAscii(text))
  }

  qr(data: string, dots: Bitmap): void {
    this.#style(this.#bold, this.#size, true)
    const module = this.#paper.qrModuleDots
    if (this.#paper.qr === 'raster') this.raw(rasterImage(enlarge(dots, module, 2 * module)))
    else this.raw(nativeQr(foldAscii(data), module))
  }

  feed(lines: number): void {
    this.#style(this.#bold, 0, this.#centred)
    this.raw(new Array<number>(lines).fill(0x0a))
  }

  cut(): void {
    const { cutter, feedLines } = this.#paper
    if (cutter === 'none') this.raw([0x1b, 0x64, feedLines])
    // GS V 65/66 feeds to the knife by itself, so the model's distance need not be known.
    else this.raw([0x1d, 0x56, cutter === 'full' ? 65 : 66, 0])
  }

  raw(bytes: Uint8Array | readonly number[]): void {
    this.#printer.add(Buffer.from(bytes))
  }

  bytes(): Buffer {
    return this.#printer.getBuffer()
  }

  #line(text: string, tall: boolean): void {
    const { text: means, pictures, capitalsPage } = this.#paper
    if (isPrintableAscii(text) || means === 'ascii') {
      this.#printer.println(foldAscii(text))
      return
    }
    const runs = means === 'raster' ? undefined : encodeLine(text, means, capitalsPage !== undefined)
    if (runs) {
      for (const { table, bytes } of runs) {
        this.#select((table === 'main' ? this.#paper.codePage : capitalsPage) ?? 0)
        this.raw(bytes)
      }
      this.raw([0x0a])
    } else if (pictures && canDraw(text))
      this.raw(rasterImage(tall ? stretch(drawLine(text)) : drawLine(text)))
    else this.#printer.println(foldAscii(text))
  }

  #select(table: number): void {
    if (table === this.#table) return
    this.raw([0x1b, 0x74, table])
    this.#table = table
  }

  // Sends only what changes: at 9600 baud every command costs 3 ms.
  #style(bold: boolean, size: number, centred: boolean): void {
    if (centred !== this.#centred) {
      if (centred) this.#printer.alignCenter()
      else this.#printer.alignLeft()
      this.#centred = centred
    }
    if (bold !== this.#bold) this.#printer.bold(bold)
    if (size !== this.#size) this.#printer.setTextSize(size >> 4, size & 0x0f)
    this.#bold = bold
    this.#size = size
  }
}
