// The printer's test: a slip through the normal queue, and its outcome in words. If the printer cannot tell, the person
// is asked.
import { useEffect, useState } from 'preact/hooks'
import { printTestSlip, type SlipOutcome, slipOutcome } from '../../parts/api.ts'
import type { PartState } from './part-state.ts'
import type { SelftestWords } from './words.ts'

const pollMs = 700

const states: Record<SlipOutcome, PartState> = {
  waiting: 'running',
  unsure: 'failed',
  done: 'ok',
  check: 'running',
  'no-paper': 'failed',
  failed: 'failed',
}

export function PrinterPart({ words, set }: { words: SelftestWords; set(state: PartState): void }) {
  const [job, setJob] = useState<string>()
  const [outcome, showOutcome] = useState<SlipOutcome>()
  const [answered, setAnswered] = useState(false)

  const tell = (outcome: SlipOutcome) => {
    showOutcome(outcome)
    set(states[outcome])
  }
  const answer = (state: PartState) => {
    setAnswered(true)
    set(state)
  }

  useEffect(() => {
    if (!job) return
    let timer = 0
    const look = async () => {
      const found = await slipOutcome(job)
      tell(found)
      if (found === 'waiting' || found === 'unsure') timer = setTimeout(look, pollMs) as unknown as number
    }
    void look()
    return () => clearTimeout(timer)
  }, [job])

  const print = async () => {
    setAnswered(false)
    tell('waiting')
    const made = await printTestSlip()
    if (typeof made === 'string') tell(made)
    else setJob(made.jobId)
  }

  return (
    <>
      <p>{words.printer}</p>
      <button type="button" class="action" disabled={outcome === 'waiting'} onClick={print}>
        {words.printTest}
      </button>
      <p class="selftest-print" role="status">
        {outcome && words.print[outcome]}
      </p>
      {outcome === 'check' && !answered && (
        <div class="row">
          <button type="button" class="action" onClick={() => answer('ok')}>
            {words.paperCame}
          </button>
          <button type="button" class="action" onClick={() => answer('failed')}>
            {words.noPaper}
          </button>
        </div>
      )}
    </>
  )
}
