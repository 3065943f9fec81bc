// What a desk page is told as it happens: the whole view, and each slip that changed.
import type { DeskView, Job } from './contract.js'
import type { Desks } from './desks.js'

// How soon a page learns what another gateway changed. What this one changed it learns at once.
const lookMs = 500

/** Tells the desk's view at once and whenever it changes, and each job that changed. */
export function watchDesk(
  desks: Pick<Desks, 'view' | 'queue'>,
  desk: string,
  tell: (event: 'desk' | 'job', data: unknown) => void,
): () => void {
  let last = ''
  const seen = new Map<string, string>()
  let looking = false
  let again = false
  const look = async () => {
    again = looking
    if (looking) return
    looking = true
    do {
      again = false
      // While Redis is away nothing changes that could be told.
      const view = await desks.view(desk).catch(() => undefined)
      if (view) changes(view)
    } while (again)
    looking = false
  }
  const changes = (view: DeskView) => {
    const text = JSON.stringify(view)
    if (text === last) return
    const first = last === ''
    last = text
    tell('desk', view)
    for (const job of view.jobs) {
      if (!first && seen.get(job.jobId) !== stamp(job)) tell('job', job)
      seen.set(job.jobId, stamp(job))
    }
  }
  const onChange = (changed: string) => {
    if (changed === desk) void look()
  }
  desks.queue.on('change', onChange)
  const timer = setInterval(look, lookMs)
  void look()
  return () => {
    clearInterval(timer)
    desks.queue.off('change', onChange)
  }
}

const stamp = (job: Job) => `${job.state} ${job.changedAt} ${job.reprint}`
