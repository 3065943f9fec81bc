// Reads the physical keyboard and the keyboard-wedge scanner. Keys are taken by position (event.code), so that neither
// the layout nor a Vietnamese input method changes a digit; control characters are dropped. Which keys are a scan and
// which a person's is decided in key-runs.ts; a scan never lands in a half-typed field.
import { openKeyRuns } from './key-runs.ts'
import type { openOwnFields } from './own-fields.ts'

interface KeySink {
  /** What a person typed, upper case. True: it was recognised as a personal number, and the rest of the run must not follow. */
  type(text: string): boolean
  /** A text pasted in one piece. */
  paste(text: string): void
  erase(): void
  /** A person's Enter; `whole` is a number that they typed just before it, in one go. */
  submit(whole?: string): void
  /** A complete scan. Never opened, never run: text. */
  scan(text: string): void
}

const longestPaste = 500

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
  BracketLeft: ['[', '{'],
  BracketRight: [']', '}'],
  Backslash: ['\\', '|'],
  IntlBackslash: ['\\', '|'],
  Quote: ["'", '"'],
  Backquote: ['`', '~'],
}

/** The character a key stands for on the US layout, upper case; undefined for keys that write nothing. */
function charOf(event: Pick<KeyboardEvent, 'code' | 'key' | 'shiftKey'>): string | undefined {
  const { code } = event
  // Where digits are typed with Shift (AZERTY), a scanner set for that layout presses it too.
  if (/^\d$/.test(event.key)) return event.key
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(code)
  if (digit) return event.shiftKey && code.startsWith('Digit') ? ')!@#$%^&*('[Number(digit[1])] : digit[1]
  if (/^Key[A-Z]$/.test(code)) return code[3]
  if (positions[code]) return positions[code][event.shiftKey ? 1 : 0]
  // Some on-screen and remote keyboards send no position.
  return code === '' && event.key.length === 1 ? event.key.toUpperCase() : undefined
}

/**
 * Starts listening on `window`; call the result to stop. `openFields` reads scans in fields with keys of their own: only the
 * desk needs it, and the lobby must stay light.
 */
export function captureKeys(sink: KeySink, openFields?: typeof openOwnFields): () => void {
  // Enter belongs to the button that has the focus, unless somebody has typed since it got there.
  let typedSinceFocus = false
  const runs = openKeyRuns(
    {
      type: (text) => {
        typedSinceFocus = true
        return sink.type(text)
      },
      submit: sink.submit,
      scan: sink.scan,
    },
    { set: (run, ms) => setTimeout(run, ms), clear: (timer) => clearTimeout(timer as number) },
  )

  const onEnd = (event: KeyboardEvent) => {
    const isEnter = event.key !== 'Tab'
    if (!runs.isRunning(event.timeStamp)) {
      if (!isEnter || (onButton(event.target) && !typedSinceFocus)) return
      event.preventDefault()
      runs.touched()
      if (!event.repeat) sink.submit()
      return
    }
    // The end of a scan is nobody's wish to press a button or to move on.
    if (runs.end(event.timeStamp, isEnter) || isEnter) event.preventDefault()
  }

  const onKeyDown = (event: KeyboardEvent) => {
    echo.key(event)
    if (hasOwnKeys(event.target)) return own?.key(event, charOf(event))
    if (event.ctrlKey || event.altKey || event.metaKey) {
      // GS, LF and their kin come as Ctrl+key, LF also behind the end; to a browser Ctrl+J is its list of downloads.
      if (runs.isHolding() || runs.hasEnded(event.timeStamp)) event.preventDefault()
      return
    }
    if (event.key === 'Enter' || event.key === 'Tab' || event.code === 'NumpadEnter') return onEnd(event)
    if (event.key === 'Backspace' || event.key === 'Delete') {
      event.preventDefault()
      if (runs.back(event.timeStamp)) return
      runs.touched()
      return sink.erase()
    }
    if (event.key === 'Escape') runs.touched()
    const char = charOf(event)
    if (char === undefined || (char === ' ' && onButton(event.target) && !runs.isHolding())) return
    event.preventDefault()
    echo.taken(event)
    if (event.repeat) return // a key held down is one key (EN 301 549, 5.9)
    runs.key(char, event.timeStamp)
  }

  const onPaste = (event: ClipboardEvent) => {
    if (hasOwnKeys(event.target)) return
    event.preventDefault()
    runs.flush()
    const text = (event.clipboardData?.getData('text') ?? '').slice(0, longestPaste).trim()
    if (text !== '') sink.paste(text.toUpperCase())
  }

  const onFocus = () => {
    typedSinceFocus = false
  }

  const echo = openEcho()
  const own = openFields?.(runs)

  addEventListener('keydown', onKeyDown, { capture: true })
  addEventListener('paste', onPaste)
  addEventListener('focusin', onFocus)
  addEventListener('pointerdown', runs.touched, { capture: true })
  return () => {
    echo.stop()
    runs.stop()
    removeEventListener('keydown', onKeyDown, { capture: true })
    removeEventListener('paste', onPaste)
    removeEventListener('focusin', onFocus)
    removeEventListener('pointerdown', runs.touched, { capture: true })
  }
}

// The keyCode of keydown for a key that an input method processes (UI Events).
const throughInputMethod = 229

/**
 * A Vietnamese input method writes into the field even after preventDefault. What it writes for a key that was already read by
 * its position is removed again before any listener sees it. Text without a position, as from an on-screen keyboard, stays.
 */
function openEcho() {
  // The last key was taken, and an input method writes it a second time.
  let isExpected = false
  let before: string | undefined
  function onBeforeInput(event: InputEvent) {
    before = isExpected && event.target instanceof HTMLInputElement ? event.target.value : undefined
    if (before !== undefined) event.preventDefault() // cannot stop a composition, only what follows it
  }
  function onInput(event: Event) {
    if (before === undefined) return
    event.stopImmediatePropagation()
    ;(event.target as HTMLInputElement).value = before
    before = undefined
  }
  addEventListener('beforeinput', onBeforeInput, { capture: true })
  addEventListener('input', onInput, { capture: true })
  return {
    key({ key }: KeyboardEvent) {
      if (!/^(Shift|Control|Alt|Meta|CapsLock)$/.test(key)) isExpected = false
    },
    /** This key was taken by its position. */
    taken({ keyCode }: KeyboardEvent) {
      isExpected = keyCode === throughInputMethod
    },
    stop() {
      removeEventListener('beforeinput', onBeforeInput, { capture: true })
      removeEventListener('input', onInput, { capture: true })
    },
  }
}

// A field with its own keys; all other keys go to the page's one field.
const hasOwnKeys = (target: EventTarget | null) =>
  target instanceof Element && target.closest('[data-own-keys]') !== null

const onButton = (target: EventTarget | null) =>
  target instanceof Element && target.closest('button, a, summary, select, [role="button"]') !== null
