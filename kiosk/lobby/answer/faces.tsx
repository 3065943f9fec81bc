// One tap, no text: counted for the agency and the kiosk, tied to no dossier and no person.
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { satisfaction } from '../../parts/api.ts'
import { Face } from '../../parts/icons.tsx'
import type { LobbyWords } from '../words.ts'

const moods = [
  [3, 'happy'],
  [2, 'fine'],
  [1, 'unhappy'],
] as const

export function Faces({ words: { answer: words }, agency }: { words: LobbyWords; agency: string }) {
  const [said, setSaid] = useState(false)
  const thanks = useRef<HTMLParagraphElement>(null)
  // The buttons are gone; the focus goes to what took their place.
  useLayoutEffect(() => {
    if (said) thanks.current?.focus({ preventScroll: true })
  }, [said])
  return (
    <section class="card faces" aria-live="polite">
      {said ? (
        <p class="faces-thanks" tabIndex={-1} ref={thanks}>
          {words.thanks}
        </p>
      ) : (
        <>
          <h2>{words.faces}</h2>
          <div class="faces-row">
            {moods.map(([mood, name]) => (
              <button
                key={name}
                type="button"
                class={`face-button face-${name}`}
                onClick={() => {
                  setSaid(true)
                  void satisfaction(agency, mood)
                }}
              >
                <Face mood={mood} />
                {words[name]}
              </button>
            ))}
          </div>
        </>
      )}
    </section>
  )
}
