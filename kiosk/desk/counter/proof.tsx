// The proof ticket: prints every Vietnamese encoding, numbered, and takes the number of the correct one.
import { useState } from 'preact/hooks'
import type { DeskView } from '../../../src/desk/contract.ts'
import { printProof, proveLine } from '../../parts/api.ts'
import { fill } from '../../parts/words.ts'
import type { DeskWords } from '../words.ts'

type Said = 'done' | 'problem' | 'full'

export function Proof({ words: { printer: words, job }, view }: { words: DeskWords; view: DeskView }) {
  const [line, setLine] = useState('')
  const [busy, setBusy] = useState(false)
  const [said, setSaid] = useState<Said>()
  // Another desk page, or this one before a reload, may have requested it.
  const ticket = view.jobs.find((known) => known.ticket === 'proof')
  const isOut = ticket && ['sent', 'confirmed', 'unconfirmed'].includes(ticket.state)

  const act = async (run: () => Promise<Said | undefined>) => {
    setBusy(true)
    setSaid(await run())
    setBusy(false)
  }
  const print = () => act(async () => ((await printProof(view.desk)).ok ? undefined : 'full'))
  const prove = () =>
    act(async () => {
      const isNumber = /^\d{1,2}$/.test(line.trim())
      return isNumber && (await proveLine(view.desk, Number(line))).ok ? 'done' : 'problem'
    })
  const sentences = {
    done: fill(words.proofDone, { line: Number(line) }),
    problem: words.proofProblem,
    full: words.proofFull,
  }

  return (
    <div class="proof">
      <p class="printer-profile">{words.proofHow}</p>
      <div class="job-acts">
        <button type="button" class="action" disabled={busy} onClick={print}>
          {words.proof}
        </button>
        {ticket && <span class="chip">{job[ticket.state]}</span>}
      </div>
      {isOut && (
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault()
            void prove()
          }}
        >
          <label for="proof-line">{words.proofLine}</label>
          <div class="job-acts">
            <input
              id="proof-line"
              class="proof-line"
              data-own-keys
              inputmode="numeric"
              autocomplete="off"
              value={line}
              aria-describedby="proof-none proof-said"
              onInput={(event) => {
                setLine(event.currentTarget.value)
                setSaid(undefined)
              }}
            />
            <button type="submit" class="action" disabled={busy}>
              {words.proofSet}
            </button>
          </div>
          <p class="printer-profile" id="proof-none">
            {words.proofNone}
          </p>
        </form>
      )}
      <p class="proof-said" id="proof-said" role="status">
        {said && sentences[said]}
      </p>
    </div>
  )
}
