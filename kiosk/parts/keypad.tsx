// The on-screen keys: real buttons in a grid. Tab enters the pad once, arrow keys move within it, a touch leaves the
// focus in the field so that a physical keyboard continues there.
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Erase } from './icons.tsx'
import './keypad.css'

interface KeypadWords {
  label: string
  erase: string
  clear: string
  dot: string
  dash: string
  slash: string
  space: string
  letters: string
  digits: string
}

interface Props {
  words: KeypadWords
  /**
   * `digits`: 12 keys in three columns; `full` adds H, dot and dash, and behind one more key the whole alphabet; `words`:
   * letters and a space.
   */
  kind: 'digits' | 'full' | 'words'
  type(char: string): void
  erase(): void
  clear(): void
}

const layouts = {
  digits: ['1', '2', '3', '4', '5', '6', '7', '8', '9', 'clear', '0', 'erase'],
  full: ['1', '2', '3', 'H', '4', '5', '6', '.', '7', '8', '9', '-', 'letters', 'clear', '0', 'erase'],
  letters: [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ/-', 'digits', 'erase'],
  words: [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'space', 'erase'],
}
const faces: Record<string, string> = { letters: 'ABC', digits: '123', space: '␣' }
const columnsOf = { digits: 3, full: 4, letters: 6, words: 7 }

export function Keypad({ words, kind, type, erase, clear }: Props) {
  const [isLetters, setLetters] = useState(false)
  const layout = isLetters ? 'letters' : kind
  const keys = layouts[layout]
  const columns = columnsOf[layout]
  const [at, setAt] = useState(0)
  const pad = useRef<HTMLDivElement>(null)
  // The key that changes the layout disappears with it; keyboard users continue at the first key.
  const hadFocus = useRef(false)
  useLayoutEffect(() => {
    if (hadFocus.current) (pad.current?.firstElementChild as HTMLElement | null)?.focus()
    hadFocus.current = false
  }, [layout])
  const names: Record<string, string> = {
    erase: words.erase,
    clear: words.clear,
    '.': words.dot,
    '-': words.dash,
    '/': words.slash,
    space: words.space,
    letters: words.letters,
    digits: words.digits,
  }
  const press = (key: string) => {
    if (key === 'erase') erase()
    else if (key === 'clear') clear()
    else if (key === 'letters' || key === 'digits') {
      setLetters(key === 'letters')
      setAt(0)
      hadFocus.current = pad.current?.contains(document.activeElement) ?? false
    } else type(key === 'space' ? ' ' : key)
  }

  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key]
    const next = at + (step ?? 0)
    if (step === undefined || next < 0 || next >= keys.length) return
    event.preventDefault()
    setAt(next)
    ;(pad.current?.children[next] as HTMLElement | undefined)?.focus()
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would be announced as a form part
    <div
      class={`keypad keypad-${layout}`}
      role="group"
      aria-label={words.label}
      ref={pad}
      onKeyDown={onKeyDown}
    >
      {keys.map((key, index) => (
        <button
          key={key}
          type="button"
          class={`key key-${key.length > 1 ? key : 'char'}`}
          tabIndex={index === at ? 0 : -1}
          aria-label={names[key]}
          onPointerDown={(event) => event.preventDefault()}
          onFocus={() => setAt(index)}
          onClick={() => press(key)}
        >
          {key === 'erase' ? <Erase /> : (faces[key] ?? (key === 'clear' ? words.clear : key))}
        </button>
      ))}
    </div>
  )
}
