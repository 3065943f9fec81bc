// Events for a desk page: the whole view, each slip that changed, and a heartbeat.
import type { DeskView, Job } from './contract.js'
import type { Desks } from './desks.js'

// How soon a page learns of changes by another gateway. Changes by this one are sent at once.
const lookMs = 500
// A page that hears nothing for eight seconds shows that it is disconnected; two beats may be late.
const beatMs = 3000

/** Sends the desk's view at once and on every change, and each job that changed. */
export function watchDesk(
  desks: Pick<Desks, 'view' | 'queue'>,
  desk: string,
  send: (event: 'desk' | 'job' | 'beat', data: unknown) => void,
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
      // While Redis is away there are no changes to send.
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
    send('desk', view)
    for (const job of view.jobs) {
      if (!first && seen.get(job.jobId) !== stamp(job)) send('job', job)
      seen.set(job.jobId, stamp(job))
    }
  }
  const onChange = (changed: string) => {
    if (changed === desk) void look()
  }
  desks.queue.on('change', onChange)
  const timer = setInterval(look, lookMs)
  const pulse = setInterval(() => {
    if (performance.now() - lookedAt < beatMs) send('beat', {})
  }, beatMs)
  void look()
  return () => {
    clearInterval(timer)
    clearInterval(pulse)
    desks.queue.off('change', onChange)
  }
}

const stamp = (job: Job) => `${job.state} ${job.changedAt} ${job.reprint}`
