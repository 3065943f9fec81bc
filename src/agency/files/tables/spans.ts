// Cells merged downwards: "Đang xử lý" once, beside five rows. Only the first row holds the value; people see it beside all
// five.
import { type Cell, maxColumns } from './table.js'

/** The merged cells open at the current row, at most one for each column. */
export class Spans {
  readonly #open = new Map<number, { readonly first: number; readonly last: number; readonly cell: Cell }>()

  /** Adds a cell that spans the rows `first` to `last` (both included); `first` is the row being read. */
  begin(place: number, first: number, last: number, cell: Cell): void {
    if (last > first && place < maxColumns && cell !== undefined) this.#open.set(place, { first, last, cell })
  }

  /** Whether a cell from above reaches this place. */
  reach(place: number, line: number): boolean {
    const span = this.#open.get(place)
    return span !== undefined && line > span.first && line <= span.last
  }

  /** The values of cells that reach this row from above, by place; undefined when there are none. */
  at(line: number, cells: readonly Cell[]): ReadonlyMap<number, Cell> | undefined {
    if (this.#open.size === 0) return undefined
    let covered: Map<number, Cell> | undefined
    for (const [place, { first, last, cell }] of this.#open) {
      if (line > last) this.#open.delete(place)
      else if (line > first && cells[place] === undefined) (covered ??= new Map()).set(place, cell)
    }
    return covered
  }
}
