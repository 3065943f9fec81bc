// Streaming XML and HTML by htmlparser2: a reader collects what it finds, which is handed on after each chunk.
import { type Handler, Parser } from 'htmlparser2'
import { Spans } from './spans.js'
import { type Cell, FileRefusal, maxColumns, maxRowCharacters, type SheetRow } from './table.js'

export type Attributes = Readonly<Record<string, string>>

interface Reader {
  /** Everything wanted has been read: skip the rest of the file. */
  readonly isDone?: boolean
  /** Names come without their namespace prefix, in HTML in small letters. */
  open?(name: string, attributes: Attributes): void
  text?(text: string): void
  close?(name: string): void
}

/** A reader of one sheet: its rows, as they are found. */
export abstract class RowReader implements Reader {
  isDone = false
  #rows: SheetRow[] = []
  protected readonly spans = new Spans()
  readonly #hiddenColumns = new Set<number>()

  /** The rows found since the last call. */
  taken(): SheetRow[] {
    const rows = this.#rows
    this.#rows = []
    return rows
  }

  protected hideColumns(first: number, count: number): void {
    for (let at = first; at < Math.min(first + count, maxColumns); at++) this.#hiddenColumns.add(at)
  }

  protected found(line: number, cells: readonly Cell[], isHidden = false, isStruck = false): void {
    if (cells.length === 0) return
    if (charactersIn(cells) > maxRowCharacters) throw new FileRefusal('too-large')
    const covered = this.spans.at(line, cells)
    this.#rows.push({
      line,
      cells,
      ...(isHidden ? { isHidden } : {}),
      ...(isStruck ? { isStruck } : {}),
      ...(this.#hiddenColumns.size > 0 ? { hiddenColumns: this.#hiddenColumns } : {}),
      ...(covered ? { covered } : {}),
    })
  }
}

function charactersIn(cells: readonly Cell[]): number {
  let all = 0
  for (const cell of cells) if (typeof cell === 'string') all += cell.length
  return all
}

/** The rows that `reader` finds in the pieces. Throws FileRefusal. */
export function readRows(
  pieces: AsyncIterable<string>,
  isXml: boolean,
  reader: RowReader,
): AsyncGenerator<SheetRow[]> {
  return readMarkup(pieces, isXml, reader, () => reader.taken())
}

// No table is nested this deep, and a parser keeps all open elements.
const maxOpen = 500

/** Runs `reader` over the pieces; what `taken` gives after each is handed on when there is any. Throws FileRefusal. */
export async function* readMarkup<T>(
  pieces: AsyncIterable<string> | Iterable<string>,
  isXml: boolean,
  reader: Reader,
  taken: () => T[],
): AsyncGenerator<T[]> {
  const parser = parserFor(reader, isXml)
  for await (const piece of pieces) {
    parser.write(piece)
    const found = taken()
    if (found.length > 0) yield found
    if (reader.isDone) return
  }
  parser.end()
  const found = taken()
  if (found.length > 0) yield found
}

/** The same for a part that is read once and whole. */
export function scanMarkup(text: string, reader: Reader): void {
  parserFor(reader, true).end(text)
}

function parserFor(reader: Reader, isXml: boolean): Parser {
  let open = 0
  const handler: Partial<Handler> = {
    onopentag: (name, attributes) => {
      if (++open > maxOpen) throw new FileRefusal('damaged')
      reader.open?.(localName(name), attributes)
    },
    ontext: (text) => reader.text?.(text),
    onclosetag: (name) => {
      open--
      reader.close?.(localName(name))
    },
  }
  return new Parser(handler, { xmlMode: isXml, decodeEntities: true })
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

/** An attribute whatever its prefix. */
export function attribute(attributes: Attributes, name: string): string | undefined {
  const plain = attributes[name]
  if (plain !== undefined) return plain
  for (const key in attributes) if (key.endsWith(`:${name}`)) return attributes[key]
  return undefined
}
