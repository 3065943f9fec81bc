// Asks before it wipes. The whole warning is one big way to stay; leaving is the second button.
import { useLayoutEffect, useRef } from 'preact/hooks'
import { fill } from '../../parts/words.ts'
import type { LobbyWords } from '../words.ts'
import './screen.css'

interface Props {
  words: LobbyWords
  secondsLeft: number
  leave(): void
}

export function IdleWarning({ words: { idle }, secondsLeft, leave }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    const before = document.activeElement
    dialog.current?.showModal()
    return () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true })
    }
  }, [])
  return (
    <dialog class="idle" ref={dialog} aria-labelledby="idle-title">
      <h1 id="idle-title">{idle.title}</h1>
      {/* Read out when it opens and again for the last seconds, not every second. */}
      <p aria-live={secondsLeft % 10 === 0 ? 'assertive' : 'off'}>
        {fill(idle.text, { seconds: secondsLeft })}
      </p>
      {/* Any touch or key counts as staying (parts/idle.ts); the buttons only make it plain. */}
      <button type="button" class="action action-main">
        {idle.stay}
      </button>
      <button type="button" class="action" data-leave onClick={leave}>
        {idle.leave}
      </button>
    </dialog>
  )
}
