// OpenDocument spreadsheets (ODF 1.3), streamed. All sheets are one part, so each is found by walking it.
import { type Attributes, attribute, RowReader, readMarkup, readRows } from './markup.js'
import {
  type Bytes,
  type Cell,
  dateOfText,
  FileRefusal,
  maxCellCharacters,
  maxColumns,
  type Sheet,
  type Table,
} from './table.js'
import { openZip } from './zip.js'

/** Opens a document. Throws FileRefusal. */
export async function openOds(source: Bytes): Promise<Table> {
  const zip = await openZip(source)
  if (!zip.has('content.xml')) throw new FileRefusal('damaged')
  if (/<(manifest:)?encryption-data/.test(await zip.whole('META-INF/manifest.xml')))
    throw new FileRefusal('password')
  const content = () => zip.text('content.xml')
  const names: { name: string; style: string }[] = []
  const hiddenStyles = new Set<string>()
  const struckStyles = new Set<string>()
  let style = ''
  const list = {
    open(name: string, attributes: Attributes) {
      if (name === 'style') style = attribute(attributes, 'name') ?? ''
      else if (name === 'table-properties' && attribute(attributes, 'display') === 'false')
        hiddenStyles.add(style)
      else if (name === 'text-properties' && isStriking(attributes)) struckStyles.add(style)
      else if (name === 'table')
        names.push({
          name: attribute(attributes, 'name') ?? '',
          style: attribute(attributes, 'style-name') ?? '',
        })
    },
  }
  for await (const _ of readMarkup(content(), true, list, () => [])) {
  }
  const sheets = names.map(({ name, style }, nth): Sheet => {
    const rows = () => readRows(content(), true, new OdsReader(nth, struckStyles))
    return { name, isHidden: hiddenStyles.has(style), rows }
  })
  return { kind: 'ods', sheets }
}

class OdsReader extends RowReader {
  #table = -1
  #line = 0
  #repeated = 1
  #column = 0
  #isHidden = false
  #isStruck = false
  #cells: Cell[] = []
  #place = 0
  #cell: Attributes | undefined
  #text = ''
  #isParagraph = false
  /** How many elements are open within the cell. */
  #depth = 0

  constructor(
    private readonly wanted: number,
    private readonly struckStyles: ReadonlySet<string>,
  ) {
    super()
  }

  open(name: string, attributes: Attributes): void {
    if (name === 'table') this.#table++
    if (this.#table !== this.wanted) return
    if (this.#cell) this.#depth++
    switch (name) {
      case 'table-column': {
        const repeated = count(attributes, 'number-columns-repeated')
        if (isHiding(attributes)) this.hideColumns(this.#column, repeated)
        this.#column += repeated
        return
      }
      case 'table-row':
        this.#repeated = count(attributes, 'number-rows-repeated')
        this.#isHidden = isHiding(attributes)
        this.#isStruck = true
        this.#cells = []
        this.#place = 0
        return
      case 'table-cell':
      case 'covered-table-cell':
        this.#cell = attributes
        this.#text = ''
        this.#depth = 0
        return
      case 'p':
        // Deeper ones are of a colleague's remark, or of a text box or a stamp that is anchored to the cell.
        if (this.#depth !== 1) return
        if (this.#text !== '') this.#text += '\n'
        this.#isParagraph = true
        return
      case 's':
      case 'tab':
        if (this.#isParagraph) this.#text += ' '
        return
      case 'line-break':
        if (this.#isParagraph) this.#text += '\n'
    }
  }

  text(piece: string): void {
    if (this.#isParagraph && this.#text.length < maxCellCharacters) this.#text += piece
  }

  close(name: string): void {
    if (this.#table !== this.wanted) return
    const depth = this.#depth--
    switch (name) {
      case 'table':
        this.isDone = true
        return
      case 'p':
        if (depth === 1) this.#isParagraph = false
        return
      case 'table-cell':
      case 'covered-table-cell': {
        const repeated = count(this.#cell!, 'number-columns-repeated')
        const value = cellValue(this.#cell!, this.#text)
        if (value !== undefined) {
          this.#isStruck &&= this.struckStyles.has(attribute(this.#cell!, 'style-name') ?? '')
          for (let at = this.#place; at < Math.min(this.#place + repeated, maxColumns); at++)
            this.#cells[at] = value
        }
        const down = count(this.#cell!, 'number-rows-spanned')
        this.spans.begin(this.#place, this.#line + 1, this.#line + down, value)
        this.#place = Math.min(this.#place + repeated, maxColumns)
        this.#cell = undefined
        return
      }
      case 'table-row':
        // The same row many times over is the same dossier.
        this.found(this.#line + 1, this.#cells, this.#isHidden, this.#isStruck)
        this.#line += this.#repeated
    }
  }
}

const isStriking = (attributes: Attributes) =>
  (attribute(attributes, 'text-line-through-style') ?? 'none') !== 'none'

const isHiding = (attributes: Attributes) =>
  /^(collapse|filter)$/.test(attribute(attributes, 'visibility') ?? '')

function count(attributes: Attributes, name: string): number {
  const number = Number(attribute(attributes, name) ?? 1)
  return Number.isSafeInteger(number) && number > 0 ? number : 1
}

function cellValue(attributes: Attributes, text: string): Cell {
  const value = attribute(attributes, 'value')
  switch (attribute(attributes, 'value-type')) {
    case 'float':
    case 'currency':
    case 'percentage': {
      const number = Number(value)
      return Number.isFinite(number) ? number : text
    }
    case 'boolean':
      return attribute(attributes, 'boolean-value') === 'true'
    case 'date':
      return dateOfText(attribute(attributes, 'date-value') ?? '') ?? text
    default:
      // A program that shows nothing itself may write the value alone.
      return text || attribute(attributes, 'string-value') || undefined
  }
}
