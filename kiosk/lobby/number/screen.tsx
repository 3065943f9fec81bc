// The start screen: scan the slip, or press its 12 digits.
import { useLayoutEffect, useRef } from 'preact/hooks'
import { Search } from '../../parts/icons.tsx'
import { Keypad } from '../../parts/keypad.tsx'
import { fill } from '../../parts/words.ts'
import { grouped, type Screen } from '../visit.ts'
import type { LobbyWords } from '../words.ts'
import { Slip } from './slip.tsx'
import './screen.css'

interface Props {
  words: LobbyWords
  screen: Extract<Screen, { name: 'number' }>
  kiosk: boolean
  type(char: string): void
  erase(): void
  put(text: string): void
  submit(): void
  full(): void
}

export function NumberScreen({ words, screen, kiosk, type, erase, put, submit, full }: Props) {
  const { number } = words
  const field = useRef<HTMLInputElement>(null)
  useLayoutEffect(() => field.current?.focus({ preventScroll: true }), [])
  const problem =
    screen.missing === undefined
      ? undefined
      : screen.typed === ''
        ? number.empty
        : fill(number.missing, { count: screen.missing })

  return (
    <div class="ask">
      <section class="ask-question">
        <h1>{number.title}</h1>
        <p class="ask-how">
          {kiosk ? (
            <>
              <strong>{number.scan}</strong>
              <span>{number.or}</span>
            </>
          ) : (
            <strong>{number.type}</strong>
          )}
        </p>
        <Slip kiosk={kiosk} caption={number.slip} />
      </section>
      <section class="ask-pad">
        <label class="field-label" for="digits">
          {number.field}
        </label>
        {/* inputmode none: our own keys are the keyboard; typing, pasting and assistive technology still work. */}
        <input
          id="digits"
          class="field"
          ref={field}
          inputMode="none"
          autocomplete="off"
          spellcheck={false}
          placeholder="____ ____ ____"
          data-long={screen.typed.length > 12}
          aria-invalid={problem !== undefined}
          aria-describedby="digits-problem"
          value={grouped(screen.typed)}
          onInput={(event) => put(event.currentTarget.value.toUpperCase().replace(/\s/g, ''))}
        />
        <p class="field-problem" id="digits-problem" role="alert">
          {problem}
        </p>
        <Keypad words={words.keypad} kind="digits" type={type} erase={erase} clear={() => put('')} />
        <button type="button" class="action action-main ask-submit" onClick={submit}>
          <Search />
          {number.submit}
        </button>
        <button type="button" class="action ask-other" onClick={full}>
          {number.full}
        </button>
      </section>
    </div>
  )
}
