// Events for desk pages: the whole view, each slip that changed, and a heartbeat. All pages of a desk share one look at the
// store, so that a desk with many pages costs no more than a desk with one.
import type {} from '@fastify/sse' // gives replies their `sse`
import type { FastifyReply } from 'fastify'
import type { DeskView, Job } from './contract.js'
import type { Desks } from './desks.js'

// How soon a page learns of changes by another gateway. Changes by this one are sent at once.
const lookMs = 500
// A page that hears nothing for eight seconds shows that it is disconnected; two beats may be late.
const beatMs = 3000

type Send = (event: 'desk' | 'job' | 'beat', data: unknown) => void

// Some ten views of a full day; what the network holds besides is not counted.
const maxUnreadBytes = 512 * 1024

/** Sends to one page. A page that does not read is disconnected; it reconnects, and is sent the view as it is then. */
export function toPage({ sse, raw }: Pick<FastifyReply, 'sse' | 'raw'>): Send {
  return (event, data) => {
    if (!sse.isConnected) return
    if (raw.writableLength > maxUnreadBytes) raw.destroy()
    else sse.send({ event, data }).catch(() => {})
  }
}

/** Watches one desk; its pages join and leave. */
interface Watch {
  readonly pages: Set<Send>
  join(send: Send): void
  stop(): void
}

/**
 * Opens the events of these desks. The result sends a page its desk's view at once and on every change, and each job that
 * changed; it returns a function that ends this.
 */
export function openDeskEvents(desks: Pick<Desks, 'view' | 'queue'>) {
  const watches = new Map<string, Watch>()
  return (desk: string, send: Send): (() => void) => {
    let watch = watches.get(desk)
    if (!watch) watches.set(desk, (watch = watchDesk(desks, desk)))
    const { pages, join, stop } = watch
    join(send)
    return () => {
      if (!pages.delete(send) || pages.size > 0) return
      watches.delete(desk)
      stop()
    }
  }
}

function watchDesk(desks: Pick<Desks, 'view' | 'queue'>, desk: string): Watch {
  const pages = new Set<Send>()
  /** Pages that have been sent no view yet. */
  const fresh = new Set<Send>()
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
    const isNews = text !== last
    last = text
    for (const send of pages) if (isNews || fresh.has(send)) send('desk', view)
    if (isNews)
      for (const job of view.jobs) {
        const isNew = seen.get(job.jobId) !== stamp(job)
        seen.set(job.jobId, stamp(job))
        if (isNew) for (const send of pages) if (!fresh.has(send)) send('job', job)
      }
    fresh.clear()
  }
  const onChange = (changed: string) => {
    if (changed === desk) void look()
  }
  desks.queue.on('change', onChange)
  const timer = setInterval(look, lookMs)
  const pulse = setInterval(() => {
    if (performance.now() - lookedAt < beatMs) for (const send of pages) send('beat', {})
  }, beatMs)
  return {
    pages,
    join(send) {
      pages.add(send)
      fresh.add(send)
      void look()
    },
    stop() {
      clearInterval(timer)
      clearInterval(pulse)
      desks.queue.off('change', onChange)
    },
  }
}

const stamp = (job: Job) => `${job.state} ${job.changedAt} ${job.reprint}`
