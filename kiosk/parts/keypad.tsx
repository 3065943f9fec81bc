// The on-screen keys: real buttons in a grid. Tab enters the pad once, arrow keys move inside it, a touch leaves the
// focus in the field so that a physical keyboard goes on where the finger stopped.
import { useRef, useState } from 'preact/hooks'
import { Erase } from './icons.tsx'
import './keypad.css'

export interface KeypadWords {
  label: string
  erase: string
  clear: string
  dot: string
  dash: string
}

interface Props {
  words: KeypadWords
  /** `digits`: 12 keys in three columns; `full` adds H, dot and dash. */
  kind: 'digits' | 'full'
  type(char: string): void
  erase(): void
  clear(): void
}

const layouts = {
  digits: ['1', '2', '3', '4', '5', '6', '7', '8', '9', 'clear', '0', 'erase'],
  full: ['1', '2', '3', 'H', '4', '5', '6', '.', '7', '8', '9', '-', 'clear', '0', 'erase'],
}

export function Keypad({ words, kind, type, erase, clear }: Props) {
  const keys = layouts[kind]
  const columns = kind === 'full' ? 4 : 3
  const [at, setAt] = useState(0)
  const pad = useRef<HTMLDivElement>(null)
  const names: Record<string, string> = {
    erase: words.erase,
    clear: words.clear,
    '.': words.dot,
    '-': words.dash,
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
      class={`keypad keypad-${kind}`}
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
          onClick={() => (key === 'erase' ? erase() : key === 'clear' ? clear() : type(key))}
        >
          {key === 'erase' ? <Erase /> : key === 'clear' ? words.clear : key}
        </button>
      ))}
    </div>
  )
}
