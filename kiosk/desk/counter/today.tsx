// Today's slips, newest first; one can be opened for its actions.
import { useState } from 'preact/hooks'
import type { DeskView } from '../../../src/desk/contract.ts'
import type { DeskWords } from '../words.ts'
import { JobActs, JobReason, jobTones } from './job-card.tsx'

interface Props {
  words: DeskWords
  language: string
  view: DeskView
  isBlind: boolean
}

export function Today({ words, view, isBlind }: Props) {
  const [open, setOpen] = useState<string>()
  return (
    <section class="card today">
      <h2>{words.today}</h2>
      {view.jobs.length === 0 && <p class="today-none">{words.todayNone}</p>}
      <ol>
        {view.jobs.map((job) => (
          <li key={job.jobId} class={`tone-${jobTones[job.state]}`}>
            <button
              type="button"
              class="today-row"
              aria-expanded={open === job.jobId}
              onClick={() => setOpen(open === job.jobId ? undefined : job.jobId)}
            >
              <span class="today-time">{clock(job.createdAt)}</span>
              <span class="today-number">{job.ticket ? words.ticket[job.ticket] : job.dossierNo}</span>
              <span class="chip">{words.job[job.state]}</span>
            </button>
            {open === job.jobId && (
              <div class="today-open">
                <JobReason words={words} job={job} />
                <JobActs words={words} desk={view.desk} job={job} isBlind={isBlind} />
              </div>
            )}
          </li>
        ))}
      </ol>
    </section>
  )
}

const clock = (time: string) =>
  new Intl.DateTimeFormat('en-GB', {
    timeZone: 'Asia/Ho_Chi_Minh',
    hour: '2-digit',
    minute: '2-digit',
  }).format(new Date(time))
