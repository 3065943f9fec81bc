// Splits the user data of a message: a header (3GPP TS 23.040 §9.2.3.24) if there is one, and the text. The bit that
// announces a header (SMPP v3.4 §5.2.12) is often wrong, so the bytes decide: elements that add up to the announced
// length are a header, anything else is text.

interface UserData {
  /** Set when the header says that this is one part of a text. */
  readonly part?: { readonly reference: string; readonly number: number; readonly total: number }
  /** The text, or its part, without the header. */
  readonly body: Buffer
}

/** `isAnnounced`: the UDHI bit is set. */
export function readUserData(message: Buffer, isAnnounced: boolean): UserData {
  const header = isAnnounced ? announced(message) : unannounced(message)
  if (!header) return { body: message }
  const part = header.elements.map(partOf).find((one) => one !== undefined)
  const body = message.subarray(header.end)
  return part ? { part, body } : { body }
}

interface Header {
  readonly elements: readonly Element[]
  readonly end: number
}
interface Element {
  readonly id: number
  readonly value: Buffer
}

function announced(message: Buffer): Header | undefined {
  const whole = elementsOf(message)
  if (whole?.addsUp) return whole
  // A length off by one or two, or none at all, before an unmistakable element: the text begins where the elements end.
  if (whole?.elements.some((element) => partOf(element))) return whole
  return [1, 0].map((at) => onlyPart(message, at)).find((header) => header !== undefined)
}

/** The header when the element of a part stands at `at`, whatever header length is announced. */
function onlyPart(message: Buffer, at: number): Header | undefined {
  const end = at + 2 + (message[at + 1] ?? Number.POSITIVE_INFINITY)
  if (end > message.length) return undefined
  const element = { id: message[at]!, value: message.subarray(at + 2, end) }
  return partOf(element) ? { elements: [element], end } : undefined
}

// The lengths of the elements phones send (§9.2.3.24.1–5, .8 and the language shifts of .15 and .16).
const lengths = new Map([
  [0x00, 3],
  [0x04, 2],
  [0x05, 4],
  [0x08, 4],
  [0x24, 1],
  [0x25, 1],
])

// No text begins like this by chance: control characters, each with its element's length.
function unannounced(message: Buffer): Header | undefined {
  const header = elementsOf(message)
  if (!header?.addsUp || !header.elements.every(({ id, value }) => lengths.get(id) === value.length))
    return undefined
  return header.elements.every(({ id }) => id !== 0x00 && id !== 0x08) || header.elements.some(partOf)
    ? header
    : undefined
}

/** The elements within the announced length, as far as they fit; `addsUp`: they fill it exactly. */
function elementsOf(message: Buffer): (Header & { addsUp: boolean }) | undefined {
  const length = message[0]
  if (length === undefined || length < 2) return undefined
  const end = 1 + length
  const elements: Element[] = []
  let at = 1
  while (at + 2 <= Math.min(end, message.length)) {
    const next = at + 2 + message[at + 1]!
    if (next > message.length || next > end) break
    elements.push({ id: message[at]!, value: message.subarray(at + 2, next) })
    at = next
  }
  if (elements.length === 0) return undefined
  return { elements, end: at, addsUp: at === end }
}

// Numbers count from 1, with some peers from 0. Impossible ones (part 3 of 2, 1 of 1) mean an ordinary text.
function partOf({ id, value }: Element) {
  if (id === 0x00 && value.length === 3) return possiblePart(value[0]!, value[2]!, value[1]!)
  if (id === 0x08 && value.length === 4) return possiblePart(value.readUInt16BE(0), value[3]!, value[2]!)
  return undefined
}

/**
 * The part, if its numbers are possible. A text's parts may come in different ways (user data header, sar TLVs) under one
 * reference.
 */
export function possiblePart(reference: number, number: number, total: number) {
  return total >= 2 && number <= total ? { reference: String(reference), number, total } : undefined
}
