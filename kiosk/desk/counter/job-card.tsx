// A slip's state in words, and the action it needs. "Did paper come out?" is asked whenever the printer could not tell;
// nothing prints a second time unless someone here asks for it.
import { useEffect, useState } from 'preact/hooks'
import type { DeskView, Job, JobFailure, JobState } from '../../../src/desk/contract.ts'
import { actOnReceipt } from '../../parts/api.ts'
import { fill, moment } from '../../parts/words.ts'
import { printerTones } from '../printer-state.tsx'
import type { DeskWords } from '../words.ts'

type Act = 'cancel' | 'reprint' | 'confirm'

interface Props {
  words: DeskWords
  language: string
  desk: string
  job: Job
  printer: DeskView['printer']
  /** The page is disconnected: the slip may have come out by now, and is not printed again. */
  isBlind: boolean
  title?: string
}

export const jobTones: Record<JobState, string> = {
  queued: 'go',
  claimed: 'go',
  sent: 'go',
  confirmed: 'good',
  unconfirmed: 'act',
  failed: 'bad',
  expired: 'still',
  cancelled: 'still',
}

/** What a person can do in each state, the likeliest first. */
const acts: Record<JobState, { act: Act; words: keyof DeskWords['do'] }[]> = {
  queued: [{ act: 'cancel', words: 'cancel' }],
  claimed: [],
  sent: [],
  confirmed: [{ act: 'reprint', words: 'reprint' }],
  unconfirmed: [
    { act: 'confirm', words: 'confirm' },
    { act: 'reprint', words: 'again' },
  ],
  failed: [{ act: 'reprint', words: 'reprint' }],
  expired: [{ act: 'reprint', words: 'reprint' }],
  cancelled: [{ act: 'reprint', words: 'reprint' }],
}

const isHolding = (
  reason: JobFailure | undefined,
  held: DeskWords['held'],
): reason is JobFailure & keyof DeskWords['held'] => reason !== undefined && reason in held

export function JobCard({ words, language, desk, job, printer, isBlind, title }: Props) {
  // A slip waits until the printer can print; the card says what it waits for.
  const blocked = job.state === 'queued' && printerTones[printer.state] === 'bad'
  return (
    <section class={`job tone-${jobTones[job.state]}`} aria-live="polite">
      {title && <h2>{title}</h2>}
      <p class="job-number">
        {job.ticket ? words.ticket[job.ticket] : job.dossierNo}
        {job.reprint > 0 && <span class="chip tone-still">{fill(words.copy, { count: job.reprint })}</span>}
      </p>
      <p class="job-state">{words.job[job.state]}</p>
      <JobReason words={words} job={job} />
      {blocked && (
        <p class="job-reason">
          {words.printer[printer.state]}. {words.printer.advice[printer.state]}
        </p>
      )}
      <p class="job-time">{moment(language, job.changedAt)}</p>
      <JobActs words={words} desk={desk} job={job} isBlind={isBlind} />
    </section>
  )
}

/** Why a slip did not come out, or comes out by itself and must not be printed again. */
export function JobReason({ words, job: { state, reason } }: Pick<Props, 'words' | 'job'>) {
  if (state === 'failed' && reason) return <p class="job-reason">{words.reason[reason]}</p>
  if (state === 'unconfirmed' && isHolding(reason, words.held))
    return <p class="job-reason">{words.held[reason]}</p>
  return null
}

/** The buttons of a job. */
export function JobActs({ words, desk, job, isBlind }: Pick<Props, 'words' | 'desk' | 'job' | 'isBlind'>) {
  const [busy, setBusy] = useState(false)
  const [isUnsure, setUnsure] = useState(false)
  useEffect(() => setUnsure(false), [job.state])
  const offered = acts[job.state]
  if (offered.length === 0) return null
  return (
    <div class="job-acts">
      {offered.map(({ act, words: name }, index) => (
        <button
          key={act}
          type="button"
          class={index === 0 && job.state !== 'confirmed' ? 'action action-main' : 'action'}
          disabled={busy || (isBlind && act === 'reprint')}
          onClick={async () => {
            setBusy(true)
            const done = await actOnReceipt(desk, job.jobId, act)
            setUnsure(!done.ok)
            setBusy(false)
          }}
        >
          {words.do[name]}
        </button>
      ))}
      <p class="job-unsure" role="alert">
        {isUnsure && words.do.unsure}
      </p>
    </div>
  )
}
