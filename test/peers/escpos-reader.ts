// A thermal printer's interpreter, written from the command reference and independent of the product's encoder: bytes in,
// printed items out. Unknown commands are recorded as complaints, so a test can assert that there were none.
import iconv from 'iconv-lite'

export type PaperItem =
  | { kind: 'line'; text: string; align: Align; bold: boolean; wide: number; tall: number }
  | { kind: 'picture'; width: number; rows: Buffer[]; align: Align }
  | { kind: 'qr'; data: string; module: number; level: string; align: Align }
  | { kind: 'feed'; dots: number }

export type Align = 'left' | 'centre' | 'right'

/** What the interpreter asks the printer around it to do. */
type ReaderEvent =
  | { kind: 'item'; item: PaperItem }
  | { kind: 'cut' }
  | { kind: 'initialise' }
  | { kind: 'completion'; id: string }
  | { kind: 'queued-status' }
  | { kind: 'automatic-status'; on: boolean }
  | { kind: 'complaint'; text: string }

/** The character table for n of ESC t; others are code page 437. */
export type Tables = Record<number, 'windows1258' | 'tcvn3' | 'tcvn3-capitals' | 'viscii'>
export const epsonTables: Tables = { 30: 'tcvn3', 31: 'tcvn3-capitals', 52: 'windows1258', 53: 'viscii' }

export class EscposReader {
  #bytes: Buffer = Buffer.alloc(0)
  #line: { text: string; bold: boolean; wide: number; tall: number } | undefined
  #align: Align = 'left'
  #bold = false
  #wide = 1
  #tall = 1
  #table = 0
  #chinese: boolean
  #qr = { module: 3, level: 'L', data: '' }

  constructor(
    private readonly tables: Tables,
    /** For clones that by default read pairs of high bytes as Chinese. */
    private readonly startsChinese: boolean,
  ) {
    this.#chinese = startsChinese
  }

  /** Bytes received and not yet parsed. */
  get waiting(): number {
    return this.#bytes.length
  }

  push(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
  }

  /** Discards everything not yet printed. */
  clear(): void {
    this.#bytes = Buffer.alloc(0)
    this.#line = undefined
  }

  /** Executes one command or prints one run of text; undefined when more bytes are needed. */
  step(): ReaderEvent[] | undefined {
    const b = this.#bytes
    if (b.length === 0) return undefined
    const first = b[0]!
    if (first >= 0x20) return this.#text()
    if (first === 0x00) return this.#take(1, () => [])
    if (first === 0x0a) return this.#take(1, () => this.#endLine())
    if (first === 0x1b) return this.#escape()
    if (first === 0x1d) return this.#group()
    if (first === 0x1c) {
      if (b.length < 2) return undefined
      if (b[1] === 0x2e || b[1] === 0x26)
        return this.#take(2, () => {
          this.#chinese = b[1] === 0x26
          return []
        })
    }
    return this.#take(1, () => [complaint(`byte ${hex(b.subarray(0, 1))}`)])
  }

  #text(): ReaderEvent[] {
    const end = this.#bytes.findIndex((byte) => byte < 0x20)
    const run = this.#bytes.subarray(0, end < 0 ? this.#bytes.length : end)
    return this.#take(run.length, () => {
      const text = this.#decode(run)
      if (!this.#line) this.#line = { text: '', bold: this.#bold, wide: this.#wide, tall: this.#tall }
      this.#line.text += text
      return []
    })
  }

  #decode(run: Buffer): string {
    // A pair of high bytes is one Chinese character: which one does not matter, it is wrong in any case.
    if (this.#chinese && run.some((byte) => byte >= 0x80))
      return [...run].map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : '国')).join('')
    const table = this.tables[this.#table]
    if (table === undefined) return iconv.decode(run, 'cp437')
    if (table === 'windows1258') return iconv.decode(run, 'windows1258')
    if (table === 'viscii') return iconv.decode(run, 'viscii')
    const small = iconv.decode(run, 'tcvn')
    return table === 'tcvn3'
      ? small
      : [...small].map((letter) => (letter > '~' ? letter.toUpperCase() : letter)).join('')
  }

  #endLine(): ReaderEvent[] {
    const line = this.#line
    this.#line = undefined
    if (!line) return [{ kind: 'item', item: { kind: 'feed', dots: 30 } }]
    return [
      { kind: 'item', item: { kind: 'line', align: this.#align, ...line, text: line.text.normalize('NFC') } },
    ]
  }

  #escape(): ReaderEvent[] | undefined {
    const b = this.#bytes
    if (b.length < 2) return undefined
    if (b[1] === 0x40)
      return this.#take(2, () => {
        this.#align = 'left'
        this.#bold = false
        this.#wide = 1
        this.#tall = 1
        this.#table = 0
        this.#chinese = this.startsChinese
        this.#line = undefined
        return [{ kind: 'initialise' }]
      })
    if (b.length < 3) return undefined
    const n = b[2]!
    return this.#take(3, () => {
      switch (b[1]) {
        case 0x61:
          this.#align = (['left', 'centre', 'right'] as const)[n % 48] ?? 'left'
          return []
        case 0x45:
          this.#bold = (n & 1) === 1
          return []
        case 0x74:
          this.#table = n
          return []
        case 0x21:
          this.#bold = (n & 8) !== 0
          this.#tall = n & 16 ? 2 : 1
          this.#wide = n & 32 ? 2 : 1
          return []
        case 0x64:
          return [
            ...(this.#line ? this.#endLine() : []),
            { kind: 'item', item: { kind: 'feed', dots: 30 * n } },
          ]
        default:
          return [complaint(`ESC ${hex(b.subarray(1, 3))}`)]
      }
    })
  }

  #group(): ReaderEvent[] | undefined {
    const b = this.#bytes
    if (b.length < 3) return undefined
    switch (b[1]) {
      case 0x21:
        return this.#take(3, () => {
          this.#wide = (b[2]! >> 4) + 1
          this.#tall = (b[2]! & 7) + 1
          return []
        })
      case 0x61:
        return this.#take(3, () => [{ kind: 'automatic-status', on: b[2] !== 0 }])
      case 0x72:
        return this.#take(3, () => [{ kind: 'queued-status' }])
      case 0x56: {
        const length = b[2]! === 65 || b[2]! === 66 ? 4 : 3
        if (b.length < length) return undefined
        return this.#take(length, () => [
          ...(this.#line ? this.#endLine() : []),
          { kind: 'item', item: { kind: 'feed', dots: length === 4 ? 100 : 0 } },
          { kind: 'cut' },
        ])
      }
      case 0x76:
        return this.#picture()
      case 0x28:
        return this.#extended()
      default:
        return this.#take(2, () => [complaint(`GS ${hex(b.subarray(1, 2))}`)])
    }
  }

  #picture(): ReaderEvent[] | undefined {
    const b = this.#bytes
    if (b.length < 8) return undefined
    const widthBytes = b.readUInt16LE(4)
    const height = b.readUInt16LE(6)
    const length = 8 + widthBytes * height
    if (b.length < length) return undefined
    return this.#take(length, () => {
      const rows = Array.from({ length: height }, (_, y) =>
        Buffer.from(b.subarray(8 + y * widthBytes, 8 + (y + 1) * widthBytes)),
      )
      return [{ kind: 'item', item: { kind: 'picture', width: widthBytes * 8, rows, align: this.#align } }]
    })
  }

  #extended(): ReaderEvent[] | undefined {
    const b = this.#bytes
    if (b.length < 5) return undefined
    const length = 5 + b.readUInt16LE(3)
    if (b.length < length) return undefined
    const body = Buffer.from(b.subarray(5, length))
    return this.#take(length, () => {
      if (b[2] === 0x48 && body[0] === 0x30)
        return [{ kind: 'completion', id: body.subarray(2).toString('latin1') }]
      if (b[2] !== 0x6b || body[0] !== 0x31) return [complaint(`GS ( ${hex(b.subarray(2, length))}`)]
      switch (body[1]) {
        case 0x41:
          return body[2] === 0x32 ? [] : [complaint('QR model other than 2')]
        case 0x43:
          this.#qr.module = body[2]!
          return []
        case 0x45:
          this.#qr.level = 'LMQH'[body[2]! - 48] ?? '?'
          return []
        case 0x50:
          this.#qr.data = body.subarray(3).toString('latin1')
          return []
        case 0x51:
          return [{ kind: 'item', item: { kind: 'qr', ...this.#qr, align: this.#align } }]
        default:
          return [complaint(`QR function ${body[1]}`)]
      }
    })
  }

  #take(length: number, act: () => ReaderEvent[]): ReaderEvent[] {
    const events = act()
    this.#bytes = this.#bytes.subarray(length)
    return events
  }
}

function complaint(text: string): ReaderEvent {
  return { kind: 'complaint', text: `not understood: ${text}` }
}

function hex(bytes: Buffer): string {
  return bytes.toString('hex').replace(/(..)(?=.)/g, '$1 ')
}
