// Reads the answer aloud where the device has a voice for the language; otherwise there is no button.
import { useEffect, useState } from 'preact/hooks'
import type { Answer } from '../../../src/kiosk/contract.ts'
import { Speaker } from '../../parts/icons.tsx'
import { hush, onVoices, speak, voiceFor } from '../../parts/speech.ts'
import type { LobbyWords } from '../words.ts'
import { spoken } from './said.ts'

interface Props {
  words: LobbyWords
  language: string
  answer: Answer
}

export function ReadAloud({ words: { answer: words }, language, answer }: Props) {
  const [able, setAble] = useState(voiceFor(language) !== undefined)
  const [reading, setReading] = useState(false)
  useEffect(() => {
    setAble(voiceFor(language) !== undefined)
    return onVoices(() => setAble(voiceFor(language) !== undefined))
  }, [language])
  useEffect(() => hush, [])
  if (!able) return null
  return (
    <button
      type="button"
      class="action"
      aria-pressed={reading}
      onClick={() => {
        setReading(!reading)
        if (reading) hush()
        else speak(spoken(words, language, answer), language, () => setReading(false))
      }}
    >
      <Speaker />
      {reading ? words.stopReading : words.read}
    </button>
  )
}
