// XLSX and XLSM (ECMA-376), streamed: only the workbook's strings are held, packed as UTF-8. A sheet of 200,000 rows
// needs only the memory of its strings; rows and columns made up by a hostile cell reference cost nothing.
import { posix } from 'node:path'
import { type Attributes, attribute, RowReader, readMarkup, readRows, scanMarkup } from './markup.js'
import {
  type Bytes,
  type Cell,
  dateOfSerial,
  dateOfText,
  FileRefusal,
  maxCellCharacters,
  maxColumns,
  type Sheet,
  type SheetRow,
  type Table,
  unescaped,
} from './table.js'
import { type Merges, placeOf, readMerges } from './xlsx-merges.js'
import { openZip, type Zip } from './zip.js'

interface Workbook {
  readonly zip: Zip
  readonly strings: () => Promise<Strings>
  /** By number of a cell's style. */
  readonly styles: readonly Style[]
  readonly is1904: boolean
  readonly merges: (part: string) => Promise<Merges>
}

/** Opens a workbook, with at most `maxStringBytes` of its strings in memory. Throws FileRefusal. */
export async function openXlsx(source: Bytes, maxStringBytes: number): Promise<Table> {
  const zip = await openZip(source)
  const main = targets(await zip.whole('_rels/.rels'), '').find(({ type }) => type === 'officeDocument')
  const path = main?.target ?? 'xl/workbook.xml'
  if (!zip.has(path)) throw new FileRefusal('damaged')
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  const parts = targets(await zip.whole(`${folder}_rels/${path.slice(folder.length)}.rels`), folder)
  const part = (type: string) => parts.find((one) => one.type === type)?.target
  const listed: { name: string; state: string; id: string }[] = []
  let is1904 = false
  scanMarkup(await zip.whole(path), {
    open(name, attributes) {
      if (name === 'workbookPr') is1904 = /^(1|true)$/.test(attributes.date1904 ?? '')
      if (name === 'sheet')
        listed.push({
          name: attributes.name ?? '',
          state: attributes.state ?? 'visible',
          id: attribute(attributes, 'id') ?? '',
        })
    },
  })
  let strings: Promise<Strings> | undefined
  const merges = new Map<string, Promise<Merges>>()
  const workbook: Workbook = {
    zip,
    merges(part) {
      const read = merges.get(part) ?? readMerges(zip, part)
      merges.set(part, read)
      return read
    },
    is1904,
    strings: () => (strings ??= readStrings(zip, part('sharedStrings'), maxStringBytes)),
    styles: readStyles(await zip.whole(part('styles') ?? '')),
  }
  const sheets = listed.flatMap(({ name, state, id }): Sheet[] => {
    const target = parts.find((one) => one.id === id && one.type === 'worksheet')?.target
    return target ? [{ name, isHidden: state !== 'visible', rows: () => sheetRows(workbook, target) }] : []
  })
  return { kind: 'xlsx', sheets, is1904 }
}

interface Target {
  readonly id: string
  readonly type: string
  readonly target: string
}

function targets(rels: string, folder: string): Target[] {
  const found: Target[] = []
  scanMarkup(rels, {
    open(name, { Id = '', Type = '', Target = '' }) {
      if (name !== 'Relationship') return
      const path = Target.startsWith('/') ? Target.slice(1) : folder + Target
      found.push({
        id: Id,
        type: Type.slice(Type.lastIndexOf('/') + 1),
        target: posix.normalize(path),
      })
    },
  })
  return found
}

// ECMA-376 part 1, 18.8.30: the formats that need no definition and show a date or a time.
const dateFormats = new Set([14, 15, 16, 17, 18, 19, 20, 21, 22, 45, 46, 47])
for (let id = 27; id <= 36; id++) dateFormats.add(id)
for (let id = 50; id <= 58; id++) dateFormats.add(id)

interface Style {
  readonly isDate: boolean
  readonly isStruck: boolean
}

function readStyles(text: string): Style[] {
  const custom = new Map<number, boolean>()
  const struckFonts: boolean[] = []
  const styles: Style[] = []
  let inCells = false
  let inFonts = false
  scanMarkup(text, {
    open(name, attributes) {
      if (name === 'fonts') inFonts = true
      else if (name === 'font' && inFonts) struckFonts.push(false)
      else if (name === 'strike' && inFonts) struckFonts[struckFonts.length - 1] = isOn(attributes.val)
      else if (name === 'numFmt')
        custom.set(Number(attributes.numFmtId), showsDate(attributes.formatCode ?? ''))
      else if (name === 'cellXfs') inCells = true
      else if (name === 'xf' && inCells) {
        const id = Number(attributes.numFmtId ?? 0)
        const isStruck = struckFonts[Number(attributes.fontId ?? 0)] ?? false
        styles.push({ isDate: custom.get(id) ?? dateFormats.has(id), isStruck })
      }
    },
    close(name) {
      if (name === 'cellXfs') inCells = false
      else if (name === 'fonts') inFonts = false
    },
  })
  return styles
}

const isOn = (val = '1') => val === '1' || val === 'true'

function showsDate(format: string): boolean {
  const bare = format.slice(0, 200).replace(/"[^"]*"|\\.|\[[^\]]*\]|_./g, '')
  return /[dy]|m{3}/i.test(bare) || /h.*m|m.*s/i.test(bare)
}

const chunkBytes = 4 * 1024 * 1024

/** Strings of a workbook by number, packed: a million of them are their bytes and eight more each. */
class Strings {
  constructor(private readonly maxBytes: number) {}

  readonly #chunks: Buffer[] = []
  #used = chunkBytes
  #starts = new Uint32Array(1 << 12)
  #lengths = new Uint32Array(1 << 12)
  #count = 0

  add(text: string): void {
    const cut = text.length > maxCellCharacters ? text.slice(0, maxCellCharacters) : text
    if (this.#used + cut.length * 3 > chunkBytes) {
      if (this.#chunks.length * chunkBytes >= this.maxBytes) throw new FileRefusal('too-large')
      this.#chunks.push(Buffer.alloc(chunkBytes))
      this.#used = 0
    }
    if (this.#count === this.#starts.length) {
      this.#starts = longer(this.#starts)
      this.#lengths = longer(this.#lengths)
    }
    const length = this.#chunks.at(-1)!.write(cut, this.#used)
    this.#starts[this.#count] = (this.#chunks.length - 1) * chunkBytes + this.#used
    this.#lengths[this.#count++] = length
    this.#used += length
  }

  at(number: number): string | undefined {
    if (!(number >= 0 && number < this.#count)) return undefined
    const start = this.#starts[number]! % chunkBytes
    return this.#chunks[Math.floor(this.#starts[number]! / chunkBytes)]!.toString(
      'utf8',
      start,
      start + this.#lengths[number]!,
    )
  }
}

function longer(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  if (numbers.length >= maxStrings) throw new FileRefusal('too-large')
  const twice = new Uint32Array(numbers.length * 2)
  twice.set(numbers)
  return twice
}

// 1,048,576 rows, the most a sheet has, of two texts of their own.
const maxStrings = 1 << 21

async function readStrings(zip: Zip, part: string | undefined, maxBytes: number): Promise<Strings> {
  const strings = new Strings(maxBytes)
  if (part === undefined) return strings
  let text = ''
  let isText = false
  let isPhonetic = false
  const reader = {
    open(name: string) {
      if (name === 'si') text = ''
      else if (name === 't') isText = !isPhonetic
      else if (name === 'rPh') isPhonetic = true
    },
    text(piece: string) {
      if (isText && text.length <= maxCellCharacters) text += piece
    },
    close(name: string) {
      if (name === 'si') strings.add(unescaped(text))
      else if (name === 't') isText = false
      else if (name === 'rPh') isPhonetic = false
    },
  }
  for await (const _ of readMarkup(zip.text(part), true, reader, () => [])) {
  }
  return strings
}

async function* sheetRows(workbook: Workbook, part: string): AsyncGenerator<SheetRow[]> {
  const reader = new SheetReader(await workbook.strings(), workbook, await workbook.merges(part))
  yield* readRows(workbook.zip.text(part), true, reader)
}

class SheetReader extends RowReader {
  #cells: Cell[] = []
  #line = 0
  #isHidden = false
  #isStruck = false
  #place = -1
  #type = ''
  #style = 0
  #value = ''
  #isValue = false
  #isPhonetic = false
  /** The cell has a formula but no result: the program that wrote the file did not compute it. */
  #lacksResult = false

  constructor(
    private readonly strings: Strings,
    private readonly workbook: Workbook,
    private readonly merges: Merges,
  ) {
    super()
  }

  open(name: string, attributes: Attributes): void {
    switch (name) {
      case 'col': {
        const [min, max] = [whole(attributes.min), whole(attributes.max)]
        if (min && max && isTrue(attributes.hidden)) this.hideColumns(min - 1, max - min + 1)
        return
      }
      case 'row':
        this.#line = whole(attributes.r) ?? this.#line + 1
        this.#isHidden = isTrue(attributes.hidden)
        this.#isStruck = true
        this.#cells = []
        this.#place = -1
        return
      case 'c':
        this.#place = placeOf(attributes.r) ?? this.#place + 1
        this.#type = attributes.t ?? 'n'
        this.#style = whole(attributes.s) ?? 0
        this.#value = ''
        this.#lacksResult = false
        return
      case 'f':
        this.#lacksResult = true
        return
      case 'v':
      case 't':
        this.#isValue = !this.#isPhonetic
        this.#lacksResult = false
        return
      case 'rPh':
        this.#isPhonetic = true
    }
  }

  text(piece: string): void {
    if (this.#isValue && this.#value.length < maxCellCharacters) this.#value += piece
  }

  close(name: string): void {
    switch (name) {
      case 'v':
      case 't':
        this.#isValue = false
        return
      case 'rPh':
        this.#isPhonetic = false
        return
      case 'c':
        if (this.#lacksResult) this.#value = noResult
        if (this.#value === '' || this.#place >= maxColumns) return
        this.#cells[this.#place] = this.#cell()
        this.#isStruck &&= this.workbook.styles[this.#style]?.isStruck === true
        return
      case 'row':
        for (const { place, last } of this.merges.get(this.#line) ?? [])
          this.spans.begin(place, this.#line, last, this.#cells[place])
        this.found(this.#line, this.#cells, this.#isHidden, this.#isStruck)
    }
  }

  #cell(): Cell {
    const value = this.#value
    if (value === noResult) return noResult
    switch (this.#type) {
      case 's':
        return this.strings.at(Number(value))
      case 'b':
        return value === '1' || value === 'true'
      case 'd':
        return dateOfText(value) ?? value
      case 'n': {
        const number = Number(value)
        if (!Number.isFinite(number)) return value
        return this.workbook.styles[this.#style]?.isDate
          ? (dateOfSerial(number, this.workbook.is1904) ?? number)
          : number
      }
      default:
        return unescaped(value)
    }
  }
}

// Excel computes and shows such a result. We read it as an error value, so that the row is reported instead of being taken for
// one without a value.
const noResult = '#N/A'

const isTrue = (text = '') => text === '1' || text === 'true'

function whole(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,7}$/.test(text) ? Number(text) : undefined
}
