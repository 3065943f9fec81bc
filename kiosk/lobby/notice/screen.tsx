// Everything that is not an answer, in plain words with a way on: unknown, unreadable and why, withheld, unavailable,
// offline, a scanned URL. An outage looks as calm as a found dossier.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Alert, Clock, Search, Unplugged } from '../../parts/icons.tsx'
import { fill, unbroken } from '../../parts/words.ts'
import { asPrinted, type Screen } from '../visit.ts'
import type { LobbyWords } from '../words.ts'
import './screen.css'

interface Props {
  words: LobbyWords
  /** Empty where there is none. */
  hotline: string
  screen: Extract<Screen, { name: 'notice' }>
  ask(number: string): void
  again(): void
  done(): void
}

export function NoticeScreen({ words: { notice: words }, hotline, screen, ask, again, done }: Props) {
  const { notice, asked, suggestion, retryAfterSeconds } = screen
  const { title, text } = noticeWords(words, screen)
  const [useBefore, useAfter] = words.suggestUse.split('{number}')
  const heading = useRef<HTMLHeadingElement>(null)
  useLayoutEffect(() => heading.current?.focus({ preventScroll: true }), [])
  const waits = notice === 'unavailable' || notice === 'offline'
  const Icon =
    notice === 'offline'
      ? Unplugged
      : notice === 'unavailable' || notice === 'withheld'
        ? Clock
        : notice === 'unknown'
          ? Search
          : Alert

  // The person need not press anything: the page retries when the gateway's Retry-After has passed.
  const [tries, setTries] = useState(0)
  useEffect(() => {
    if (notice !== 'unavailable' || !asked) return
    const timer = setTimeout(() => ask(asked), (retryAfterSeconds ?? 5) * 1000)
    return () => clearTimeout(timer)
  }, [notice, asked, retryAfterSeconds, ask, screen, tries])

  return (
    <section class={`notice tone-${waits || notice === 'withheld' ? 'still' : 'act'}`} aria-live="assertive">
      <span class="notice-icon">
        <Icon />
      </span>
      <h1 tabIndex={-1} ref={heading}>
        {title}
      </h1>
      <p class="notice-text">{fill(text, { minutes: Math.ceil((retryAfterSeconds ?? 60) / 60) })}</p>
      {asked && !waits && (
        <p class="notice-asked">
          {words.asked}: <strong>{asPrinted(asked)}</strong>
        </p>
      )}
      {hotline && <p class="notice-help">{fill(words.help, { phone: unbroken(hotline) })}</p>}
      <div class="notice-actions">
        {suggestion && (
          <div class="notice-suggestion">
            <p>{words.suggest}</p>
            <button type="button" class="action action-main" onClick={() => ask(suggestion)}>
              <span>
                {useBefore}
                <strong>{suggestion}</strong>
                {useAfter}
              </span>
            </button>
          </div>
        )}
        {waits && asked && (
          <button
            type="button"
            class="action action-main"
            onClick={() => {
              setTries(tries + 1)
              ask(asked)
            }}
          >
            {words.retry}
          </button>
        )}
        {!waits && notice !== 'withheld' && (
          <button type="button" class={suggestion ? 'action' : 'action action-main'} onClick={again}>
            {words.again}
          </button>
        )}
        {(asked || !waits) && (
          <button type="button" class="action" onClick={done}>
            {words.home}
          </button>
        )}
      </div>
    </section>
  )
}

// A kind of unreadable that this page does not know is shown in the gateway's own words.
export function noticeWords(words: LobbyWords['notice'], { notice, reason, detail }: Props['screen']) {
  if (notice !== 'unreadable') return words[notice]
  const known = words.unreadable[reason as keyof typeof words.unreadable]
  return known ?? { ...words['no-number'], ...(detail ? { text: detail } : {}) }
}
