// The long number: the chosen office fills in its beginning, and dots and dashes are inserted where they are unambiguous.
import { useLayoutEffect, useRef } from 'preact/hooks'
import { Back, Search } from '../../parts/icons.tsx'
import { Keypad } from '../../parts/keypad.tsx'
import { fill } from '../../parts/words.ts'
import type { Screen } from '../visit.ts'
import type { LobbyWords } from '../words.ts'
import './screen.css'

interface Props {
  words: LobbyWords
  screen: Extract<Screen, { name: 'full' }>
  example: string
  agency: string | undefined
  type(char: string): void
  erase(): void
  put(text: string): void
  submit(): void
  back(): void
}

export function FullNumberScreen(props: Props) {
  const { words, screen, type, erase, put, submit } = props
  const { full } = words
  const field = useRef<HTMLInputElement>(null)
  useLayoutEffect(() => field.current?.focus({ preventScroll: true }), [])

  return (
    <div class="ask">
      <section class="ask-question">
        <h1>{full.title}</h1>
        {props.agency ? (
          <p class="ask-how">
            <strong>{props.agency}</strong>
            <span>{full.rest}</span>
          </p>
        ) : (
          <p class="ask-how">{fill(full.how, { example: props.example })}</p>
        )}
      </section>
      <section class="ask-pad ask-pad-full">
        <label class="field-label" for="number">
          {full.field}
        </label>
        <input
          id="number"
          class="field field-full"
          ref={field}
          inputMode="none"
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          aria-invalid={screen.empty === true}
          aria-describedby="number-problem"
          value={screen.typed}
          onInput={(event) => put(event.currentTarget.value.toUpperCase())}
        />
        <p class="field-problem" id="number-problem" role="alert">
          {screen.empty ? full.empty : undefined}
        </p>
        <Keypad words={words.keypad} kind="full" type={type} erase={erase} clear={() => put('')} />
        <button type="button" class="action action-main ask-submit" onClick={submit}>
          <Search />
          {full.submit}
        </button>
        <button type="button" class="action ask-other" onClick={props.back}>
          <Back />
          {full.back}
        </button>
      </section>
    </div>
  )
}
