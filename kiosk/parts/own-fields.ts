// A scan while the cursor is in a field with its own keys, such as the answer to a complaint: what the scanner wrote there is
// removed, and the scan is read as anywhere else on the page. Only what is surely a scanner's and surely a whole number or
// somebody's card is removed, because text expanders write as fast.
import { isWhole } from './key-runs.ts'
import { readScanned } from './scanned.ts'

type Field = HTMLInputElement | HTMLTextAreaElement

interface Key {
  readonly char: string
  /** Since the key before. */
  readonly gap: number
  /** The field before this key. */
  readonly value: string
  readonly selection: readonly [start: number | null, end: number | null]
}

// Nobody types eight keys in a row at this pace (1,000 a minute).
const scannerMs = 60
const shortestScan = 8
// A longer silence ends a scan; scanners stall for less.
const silenceMs = 300
// A card's code has up to 150 characters.
const mostKeys = 300

interface Runs {
  key(char: string, at: number): void
  end(at: number, isEnter: boolean): boolean
}

/** Watches the keys in such fields; `runs` gets those of a scan that landed in one and is removed again. */
export function openOwnFields(runs: Runs) {
  let field: Field | undefined
  let keys: Key[] = []
  let lastAt = Number.NEGATIVE_INFINITY
  let timer: ReturnType<typeof setTimeout> | undefined

  const forget = () => {
    clearTimeout(timer)
    keys = []
  }

  function take(at: number): boolean {
    const start = scanStart(keys)
    const text = textOf(keys, start)
    const first = keys[start]
    forget()
    if (!field?.isConnected || !first) return false
    field.value = first.value
    if (first.selection[0] !== null) field.setSelectionRange(...first.selection)
    field.dispatchEvent(new InputEvent('input', { bubbles: true }))
    for (const char of text) runs.key(char, at)
    runs.end(at, true)
    return true
  }

  return {
    /** A key in such a field, before it has an effect, and the character it writes. */
    key(event: KeyboardEvent, char: string | undefined): void {
      const { target, key, timeStamp: at } = event
      if (target !== field || at - lastAt > silenceMs) forget()
      field = isField(target) ? target : undefined
      if (!field || /^(Shift|CapsLock|Control|Alt|AltGraph)$/.test(key)) return
      const gap = at - lastAt
      lastAt = at
      if (key === 'Enter' || key === 'Tab') {
        if (take(at)) event.preventDefault()
        return
      }
      if (char === undefined || event.repeat) {
        forget()
        return
      }
      keys.push({ char, gap, value: field.value, selection: [field.selectionStart, field.selectionEnd] })
      if (keys.length > mostKeys) keys.shift()
      clearTimeout(timer)
      timer = setTimeout(() => take(at + silenceMs), silenceMs)
    },
  }
}

/** Where the scan begins; -1 when there is none. What was typed before it stays. */
function scanStart(keys: readonly Key[]): number {
  for (let start = 0; start <= keys.length - shortestScan; start++) {
    if (start > 0 && keys[start]!.gap <= scannerMs) continue
    const gaps = keys.slice(start + 1).map(({ gap }) => gap)
    const pace = gaps.sort((a, b) => a - b)[gaps.length >> 1]!
    if (pace <= scannerMs && isCode(textOf(keys, start))) return start
  }
  return -1
}

const textOf = (keys: readonly Key[], start: number) =>
  start < 0
    ? ''
    : keys
        .slice(start)
        .map(({ char }) => char)
        .join('')

/** Whether a text is a whole number or a card's code from its first character on, and no sentence that holds one. */
function isCode(text: string): boolean {
  const read = readScanned(text)
  if (read.kind === 'number') return isWhole(read.text) && !text.includes(' ')
  return read.kind === 'identity' && (/^0\d{11}|\|/.test(text) || !text.includes(' '))
}

const isField = (target: EventTarget | null): target is Field =>
  target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement
