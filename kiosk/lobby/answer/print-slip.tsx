// Prints the slip on the kiosk's own printer and reports the outcome honestly.
import { useEffect, useRef, useState } from 'preact/hooks'
import { cancelSlip, printSlip, type SlipOutcome, slipOutcome } from '../../parts/api.ts'
import { Printer } from '../../parts/icons.tsx'
import type { LobbyWords } from '../words.ts'

const pollMs = 700
const tones: Partial<Record<SlipOutcome, string>> = { waiting: 'go', done: 'good' }

export function PrintSlip({ words, number }: { words: LobbyWords; number: string }) {
  const [job, setJob] = useState<string>()
  const [outcome, setOutcome] = useState<SlipOutcome>()

  const isHere = useRef(true)
  useEffect(
    () => () => {
      isHere.current = false
    },
    [],
  )

  // The slip ends with the visit: if it has not begun to print when the person leaves, it never does.
  useEffect(() => {
    if (!job) return
    let timer: ReturnType<typeof setTimeout> | undefined
    let isOpen = true
    const look = async () => {
      const found = await slipOutcome(job)
      if (!isOpen) return
      setOutcome(found)
      if (found === 'waiting' || found === 'unsure') timer = setTimeout(look, pollMs)
      else isOpen = false
    }
    const leave = () => {
      clearTimeout(timer)
      if (isOpen) void cancelSlip(job)
      isOpen = false
    }
    void look()
    addEventListener('pagehide', leave)
    return () => {
      leave()
      removeEventListener('pagehide', leave)
    }
  }, [job])

  const print = async () => {
    setOutcome('waiting')
    const made = await printSlip(number)
    if (typeof made === 'string') setOutcome(made)
    else if (isHere.current) setJob(made.jobId)
    else void cancelSlip(made.jobId)
  }

  return (
    <>
      <button
        type="button"
        class="action"
        disabled={outcome !== undefined && outcome !== 'no-paper' && outcome !== 'failed'}
        onClick={print}
      >
        <Printer />
        {words.answer.print}
      </button>
      <p class={`print-outcome tone-${(outcome && tones[outcome]) ?? 'act'}`} role="status">
        {outcome && words.print[outcome]}
      </p>
    </>
  )
}
