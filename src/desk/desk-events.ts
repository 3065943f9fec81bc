// What a desk page is told as it happens: the whole view, each slip that changed, and that what it shows is still true.
import type { DeskView, Job } from './contract.js'
import type { Desks } from './desks.js'

// How soon a page learns what another gateway changed. What this one changed it learns at once.
const lookMs = 500
// A page that has heard nothing for eight seconds calls itself blind; two beats may be late.
const beatMs = 3000

/** Tells the desk's view at once and whenever it changes, and each job that changed. */
export function watchDesk(
  desks: Pick<Desks, 'view' | 'queue'>,
  desk: string,
  tell: (event: 'desk' | 'job' | 'beat', data: unknown) => void,
): () => void {
  let last = ''
  const seen = new Map<string, string>()
  let lookedAt = Number.NEGATIVE_INFINITY
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
      if (!view) continue
      lookedAt = performance.now()
      changes(view)
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
  const pulse = setInterval(() => {
    if (performance.now() - lookedAt < beatMs) tell('beat', {})
  }, beatMs)
  void look()
  return () => {
    clearInterval(timer)
    clearInterval(pulse)
    desks.queue.off('change', onChange)
  }
}

const stamp = (job: Job) => `${job.state} ${job.changedAt} ${job.reprint}`
