// Reads the physical keyboard and the keyboard-wedge scanner. Keys are taken by position (event.code), so that neither
// the layout nor a Vietnamese input method changes a digit. A scanner is told from a person by its speed; what it sends
// never lands in a half-typed field, control characters are dropped, and the same slip scanned twice counts once.

export interface KeySink {
  /** One character typed by a person. */
  type(char: string): void
  erase(): void
  submit(): void
  /** The field as it stands, and putting it back when typing turns out to be a scan. */
  snapshot(): string
  restore(text: string): void
  /** A complete scan. Never opened, never run: text. */
  scan(text: string): void
}

// Scanners send a key every 1–20 ms; the fastest typists rarely stay under 60 ms for four keys in a row.
const scannerGapMs = 35
const surelyScanner = 4
const shortestScan = 8
// A scanner without a terminator has ended when it is silent for this long.
const scanEndMs = 120
// Held over the reader a slip is read again and again.
const doubledWithinMs = 1500

const positions: Record<string, [plain: string, shifted: string]> = {
  Period: ['.', '>'],
  NumpadDecimal: ['.', '.'],
  Minus: ['-', '_'],
  NumpadSubtract: ['-', '-'],
  Slash: ['/', '?'],
  NumpadDivide: ['/', '/'],
  Semicolon: [';', ':'],
  Equal: ['=', '+'],
  Comma: [',', '<'],
  Space: [' ', ' '],
}

/** The character a key stands for on the US layout, upper case; undefined for keys that write nothing. */
export function charOf(event: Pick<KeyboardEvent, 'code' | 'key' | 'shiftKey'>): string | undefined {
  const { code } = event
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(code)
  if (digit) return event.shiftKey && code.startsWith('Digit') ? ')!@#$%^&*('[Number(digit[1])] : digit[1]
  if (/^Key[A-Z]$/.test(code)) return code[3]
  if (positions[code]) return positions[code][event.shiftKey ? 1 : 0]
  // Some on-screen and remote keyboards send no position.
  return code === '' && event.key.length === 1 ? event.key.toUpperCase() : undefined
}

/** Starts listening on `window`; call the result to stop. */
export function captureKeys(sink: KeySink): () => void {
  let burst = ''
  let before = ''
  let lastAt = Number.NEGATIVE_INFINITY
  let lastScan = { text: '', at: Number.NEGATIVE_INFINITY }
  let timer = 0

  const endBurst = (at: number) => {
    clearTimeout(timer)
    const text = once(burst)
    const wasScanner = burst.length >= surelyScanner
    burst = ''
    if (!wasScanner) return false
    // Fewer digits than any slip carries: a person's quick fingers, or a scanner that stumbled. Give them back.
    if (text.length < shortestScan || /^\d{1,11}$/.test(text)) {
      sink.restore(before)
      for (const char of text) sink.type(char)
      return false
    }
    const doubled = text === lastScan.text && at - lastScan.at < doubledWithinMs
    lastScan = { text, at }
    if (!doubled) sink.scan(text)
    return true
  }

  const onKeyDown = (event: KeyboardEvent) => {
    if (hasOwnKeys(event.target)) return
    const at = event.timeStamp
    const gap = at - lastAt
    const inBurst = burst.length >= surelyScanner && gap < scanEndMs
    if (event.ctrlKey || event.altKey || event.metaKey) {
      if (inBurst) event.preventDefault() // GS, LF and their kin come as Ctrl+key
      return
    }
    if (event.key === 'Enter' || event.key === 'Tab' || event.code === 'NumpadEnter') {
      if (inBurst) event.preventDefault()
      if (inBurst && endBurst(at)) return
      // On a button Enter belongs to the button.
      if (event.key === 'Tab' || onButton(event.target)) return
      event.preventDefault()
      return event.repeat ? undefined : sink.submit()
    }
    if (event.key === 'Backspace' || event.key === 'Delete') {
      event.preventDefault()
      return sink.erase()
    }
    const char = charOf(event)
    if (char === undefined || (char === ' ' && onButton(event.target))) return
    event.preventDefault()
    if (event.repeat) return // a key held down is one key (EN 301 549, 5.9)
    lastAt = at
    if (gap > scannerGapMs && !inBurst) {
      burst = ''
      before = sink.snapshot()
    }
    burst += char
    if (burst.length < surelyScanner) sink.type(char)
    else if (burst.length === surelyScanner) sink.restore(before)
    clearTimeout(timer)
    timer = setTimeout(() => endBurst(performance.now()), scanEndMs) as unknown as number
  }

  const onPaste = (event: ClipboardEvent) => {
    if (hasOwnKeys(event.target)) return
    event.preventDefault()
    for (const char of (event.clipboardData?.getData('text') ?? '').slice(0, 60))
      sink.type(char.toUpperCase())
  }

  addEventListener('keydown', onKeyDown, { capture: true })
  addEventListener('paste', onPaste)
  return () => {
    clearTimeout(timer)
    removeEventListener('keydown', onKeyDown, { capture: true })
    removeEventListener('paste', onPaste)
  }
}

// Two reads that arrive without a pause are one string said twice.
function once(text: string): string {
  const clean = text.trim()
  const half = clean.slice(0, clean.length / 2)
  return half.length >= shortestScan && half + half === clean ? half : clean
}

// A field beside the one everything else goes to.
const hasOwnKeys = (target: EventTarget | null) =>
  target instanceof Element && target.closest('[data-own-keys]') !== null

const onButton = (target: EventTarget | null) =>
  target instanceof Element && target.closest('button, a, summary, select, [role="button"]') !== null
