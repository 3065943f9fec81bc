// Prints the slip on the kiosk's own printer and says honestly what came of it.
import { useEffect, useState } from 'preact/hooks'
import { cancelSlip, printSlip, type SlipOutcome, slipOutcome } from '../../parts/api.ts'
import { Printer } from '../../parts/icons.tsx'
import type { LobbyWords } from '../words.ts'

const pollMs = 700
const tones: Partial<Record<SlipOutcome, string>> = { waiting: 'go', done: 'good' }

export function PrintSlip({ words, number }: { words: LobbyWords; number: string }) {
  const [job, setJob] = useState<string>()
  const [outcome, setOutcome] = useState<SlipOutcome>()

  useEffect(() => {
    if (!job) return
    let timer = 0
    const look = async () => {
      const found = await slipOutcome(job)
      setOutcome(found)
      if (found === 'waiting') timer = setTimeout(look, pollMs) as unknown as number
    }
    void look()
    return () => {
      clearTimeout(timer)
      void cancelSlip(job)
    }
  }, [job])

  const print = async () => {
    setOutcome('waiting')
    const made = await printSlip(number)
    if (made) setJob(made)
    else setOutcome('failed')
  }

  return (
    <>
      <button type="button" class="action" disabled={outcome !== undefined} onClick={print}>
        <Printer />
        {words.answer.print}
      </button>
      <p class={`print-outcome tone-${(outcome && tones[outcome]) ?? 'act'}`} role="status">
        {outcome && words.print[outcome]}
      </p>
    </>
  )
}
