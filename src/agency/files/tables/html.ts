// Tables of a web page, and Excel's XML of 2003: what many systems save under the name .xls.
import { type Attributes, attribute, RowReader, readMarkup, readRows } from './markup.js'
import {
  type Cell,
  dateOfSerial,
  dateOfText,
  FileRefusal,
  maxCellCharacters,
  maxColumns,
  type Sheet,
  type Table,
} from './table.js'

type Pieces = () => AsyncIterable<string>

// Each is looked through for headings; exports have one to five.
const maxTables = 50

/** The tables of a page, each a sheet. It is named by the heading above it if all headings differ, otherwise numbered. */
export async function openHtml(pieces: Pieces): Promise<Table> {
  const lister = new TableLister()
  for await (const _ of readMarkup(pieces(), false, lister, () => [])) {
  }
  const { titles } = lister
  const areNames = new Set(titles).size === titles.length && titles.every((title) => title !== '')
  const sheets = titles.slice(0, maxTables).map((title, nth): Sheet => {
    const rows = () => readRows(pieces(), false, new HtmlReader(nth))
    return { name: titles.length < 2 ? '' : areNames ? title : `#${nth + 1}`, isHidden: false, rows }
  })
  return { kind: 'html', sheets }
}

const maxTitleCharacters = 60

/** Lists the tables of a page by the heading before each. Within a heading LibreOffice sets the sheet's name off by `em`. */
class TableLister {
  readonly titles: string[] = []
  #title = ''
  #isTitle = false

  open(name: string): void {
    if (name === 'table') {
      this.titles.push(this.#title.replace(/\s+/g, ' ').trim())
      this.#title = ''
    } else if (/^(h[1-6]|em)$/.test(name)) {
      if (name !== 'em') this.#isTitle = true
      if (this.#isTitle) this.#title = ''
    }
  }

  text(piece: string): void {
    if (this.#isTitle && this.#title.length < maxTitleCharacters) this.#title += piece
  }

  close(name: string): void {
    if (/^h[1-6]$/.test(name)) this.#isTitle = false
  }
}

class HtmlReader extends RowReader {
  #seen = -1
  /** Tables that are open, by number: a table may stand in a cell of another. */
  #open: number[] = []
  #line = 0
  #cells: Cell[] = []
  #place = 0
  #span = 1
  #down = 1
  /** By column: for how many rows, this one included, a cell from above covers it. */
  #taken: number[] = []
  #text = ''
  #inCell = false
  /** The cell's number, which the program that saved the page adds to the shown text. */
  #value: string | undefined
  #isIgnored = false
  /** How many elements of a remark are open: of Word and Excel, which set it off by its style alone. */
  #inRemark = 0

  constructor(private readonly wanted: number) {
    super()
  }

  open(name: string, attributes: Attributes): void {
    if (ignored.has(name)) this.#isIgnored = true
    if (this.#inRemark > 0 || (this.#inCell && isRemark(attributes))) {
      this.#inRemark++
      return
    }
    if (name === 'table') this.#open.push(++this.#seen)
    if (this.#open.at(-1) !== this.wanted) return
    if (name === 'tr') {
      this.#line++
      this.#cells = []
      this.#place = 0
    } else if (name === 'td' || name === 'th') {
      this.#inCell = true
      this.#text = ''
      this.#value = attributes.sdval ?? attribute(attributes, 'num')
      this.#span = Math.min(spanOf(attributes.colspan), maxColumns)
      this.#down = spanOf(attributes.rowspan)
      while ((this.#taken[this.#place] ?? 0) > 0) this.#place++
    } else if (this.#inCell && (name === 'br' || name === 'p' || name === 'div')) this.#text += '\n'
  }

  text(piece: string): void {
    if (!this.#inCell || this.#isIgnored || this.#inRemark > 0 || this.#open.at(-1) !== this.wanted) return
    if (this.#text.length < maxCellCharacters) this.#text += piece.replace(/[\s\u00a0]+/g, ' ')
  }

  close(name: string): void {
    if (ignored.has(name)) this.#isIgnored = false
    if (this.#inRemark > 0) {
      this.#inRemark--
      return
    }
    const isWanted = this.#open.at(-1) === this.wanted
    if (name === 'table') {
      this.#open.pop()
      this.isDone ||= isWanted
    }
    if (!isWanted) return
    if (name === 'td' || name === 'th') {
      const lines = this.#text.split('\n').map((line) => line.trim())
      const text = lines.filter((line) => line !== '').join('\n')
      if (text !== '' && this.#place < maxColumns) this.#cells[this.#place] = valued(text, this.#value)
      this.spans.begin(this.#place, this.#line, this.#line + this.#down - 1, this.#cells[this.#place])
      if (this.#down > 1)
        for (let at = this.#place; at < Math.min(this.#place + this.#span, maxColumns); at++)
          this.#taken[at] = this.#down
      this.#place += this.#span
      this.#inCell = false
    } else if (name === 'tr') {
      for (const [at, rows] of this.#taken.entries()) if (rows > 0) this.#taken[at] = rows - 1
      this.found(this.#line, this.#cells)
      this.#cells = []
    }
  }
}

// Elements whose text belongs to no cell, such as LibreOffice's comments.
const ignored = new Set(['style', 'script', 'comment'])

// `class=msocomanchor`, `style='mso-element:comment'`: the mark of a remark, and the remark.
const isRemark = ({ class: name, style }: Attributes) =>
  name?.startsWith('msocom') === true || style?.includes('mso-element:comment') === true

/**
 * The value of a cell, from its shown text and, where LibreOffice (`sdval`) or Excel (`x:num`) gives one, its number. The
 * number is taken as a date if the text shows that date, in any order, and as an amount if the text shows its digits, with any
 * separators.
 */
function valued(text: string, number: string | undefined): Cell {
  const value = Number(number)
  if (!number || !Number.isFinite(value)) return text
  const date = dateOfSerial(value, false)
  const shown = (text.match(/\d+/g) ?? []).map(Number)
  if (date && shown.includes(date.getUTCDate()) && hasYear(shown, date.getUTCFullYear())) return date
  const isShown = text.replace(/\D/g, '').startsWith(String(Math.trunc(Math.abs(value))))
  return /\d[.,]\d/.test(text) && isShown ? value : text
}

const hasYear = (shown: readonly number[], year: number) => shown.includes(year) || shown.includes(year % 100)

function spanOf(text: string | undefined): number {
  const span = Number(text ?? 1)
  return Number.isSafeInteger(span) && span > 1 ? span : 1
}

/** XML Spreadsheet 2003. */
export async function openSpreadsheetMl(pieces: Pieces): Promise<Table> {
  const listed: { name: string; isHidden: boolean }[] = []
  let isVisible = false
  const list = {
    open(name: string, attributes: Attributes) {
      if (name === 'Worksheet') listed.push({ name: attribute(attributes, 'Name') ?? '', isHidden: false })
      isVisible = name === 'Visible'
    },
    text(text: string) {
      if (isVisible && text.includes('Hidden')) listed.at(-1)!.isHidden = true
    },
    close: () => {
      isVisible = false
    },
  }
  for await (const _ of readMarkup(pieces(), true, list, () => [])) {
  }
  const sheets = listed.map(({ name, isHidden }, nth): Sheet => {
    return { name, isHidden, rows: () => readRows(pieces(), true, new SpreadsheetMlReader(nth)) }
  })
  return { kind: 'xml', sheets }
}

class SpreadsheetMlReader extends RowReader {
  #sheet = -1
  #line = 0
  #cells: Cell[] = []
  #place = -1
  #across = 0
  #down = 0
  #isAmiss = false
  #type = ''
  #text = ''
  #isData = false
  /** A remark on a cell has data of its own. */
  #isRemark = false

  constructor(private readonly wanted: number) {
    super()
  }

  open(name: string, attributes: Attributes): void {
    if (name === 'Worksheet') this.#sheet++
    if (this.#sheet !== this.wanted) return
    if (name === 'Row') {
      this.#line = index(attributes) ?? this.#line + 1
      this.#cells = []
      this.#place = -1
      this.#across = 0
    } else if (name === 'Cell') {
      const given = index(attributes)
      this.#place = (given ?? this.#place + this.#across + 2) - 1
      while (given === undefined && this.spans.reach(this.#place, this.#line)) this.#place++
      // LibreOffice counts wrongly behind merged cells: which column is meant cannot be known.
      this.#isAmiss = this.spans.reach(this.#place, this.#line)
      this.#across = merged(attribute(attributes, 'MergeAcross'))
      this.#down = merged(attribute(attributes, 'MergeDown'))
    } else if (name === 'Comment') this.#isRemark = true
    else if (name === 'Data' && !this.#isRemark) {
      this.#type = attribute(attributes, 'Type') ?? 'String'
      this.#text = ''
      this.#isData = true
    }
  }

  text(piece: string): void {
    if (this.#isData && this.#text.length < maxCellCharacters) this.#text += piece
  }

  close(name: string): void {
    if (this.#sheet !== this.wanted) return
    if (name === 'Worksheet') this.isDone = true
    else if (name === 'Comment') this.#isRemark = false
    else if (name === 'Data' && !this.#isRemark) {
      this.#isData = false
      if (this.#text !== '' && this.#isAmiss) throw new FileRefusal('damaged')
      if (this.#text !== '' && this.#place < maxColumns)
        this.#cells[this.#place] = typed(this.#type, this.#text)
      this.spans.begin(this.#place, this.#line, this.#line + this.#down, this.#cells[this.#place])
    } else if (name === 'Row') this.found(this.#line, this.#cells)
  }
}

function merged(text: string | undefined): number {
  const count = Number(text ?? 0)
  return Number.isSafeInteger(count) && count > 0 ? count : 0
}

function index(attributes: Attributes): number | undefined {
  const number = Number(attribute(attributes, 'Index'))
  return Number.isSafeInteger(number) && number > 0 ? number : undefined
}

function typed(type: string, text: string): Cell {
  if (type === 'Number') return Number.isFinite(Number(text)) ? Number(text) : text
  if (type === 'Boolean') return text === '1'
  return type === 'DateTime' ? (dateOfText(text) ?? text) : text
}
