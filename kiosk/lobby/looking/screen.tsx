// Shown only if the gateway does not answer at once.
import type { LobbyWords } from '../words.ts'
import './screen.css'

export function LookingScreen({ words }: { words: LobbyWords }) {
  return (
    <div class="looking" role="status">
      <div class="looking-dots" aria-hidden="true">
        <i />
        <i />
        <i />
      </div>
      <h1>{words.looking}</h1>
    </div>
  )
}
