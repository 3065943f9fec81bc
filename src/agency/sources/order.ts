// Whether a peer really sorts newest change first. Some ignore the sort parameter (OpenCPS v2 sorts by a field missing in
// its index), and then a page of old records says nothing about the next one.

export interface Order {
  /** Every record so far said when it changed, and none was newer than the one before. */
  isKept: boolean
  /** When the last record changed (epoch ms). */
  last?: number
  /** Two of the moments differed, so the order could have been broken and was not. */
  isTelling: boolean
}

export const noOrder: Order = { isKept: true, isTelling: false }

/** `order` after a page of records that changed at these moments. */
export function after(order: Order, changed: readonly (number | undefined)[]): Order {
  let { isKept, last, isTelling } = order
  for (const at of changed) {
    if (at === undefined || (last !== undefined && at > last)) isKept = false
    if (last !== undefined && at !== undefined && at !== last) isTelling = true
    last = at ?? last
  }
  return { isKept, isTelling, ...(last === undefined ? {} : { last }) }
}
