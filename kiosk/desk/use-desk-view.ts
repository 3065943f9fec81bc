// The desk page's data, and whether it is fresh: a page that has heard nothing for eight seconds says so instead of
// showing a green light.
import { useEffect, useRef, useState } from 'preact/hooks'
import type { DeskView, Job } from '../../src/desk/contract.ts'
import { desk as readDesk } from '../parts/api.ts'
import { openStream, type Told } from './stream.ts'

// With a second for the check itself, a page shows that it is disconnected within ten.
const blindAfterMs = 8000
const lookMs = 500
// A connection that is down says so at least every 16 s (stream.ts). One that says nothing has ended: a browser runs the worker
// of all tabs in the process of one of them, and it ends if that tab crashes.
const endedAfterMs = 20_000

/** The desk's view, and `isBlind` when it may be stale. `refused` is called when this browser's access is revoked. */
export function useDeskView(id: string | undefined, refused: () => void) {
  const [view, setView] = useState<DeskView>()
  const [isBlind, setBlind] = useState(false)
  const heardAt = useRef(performance.now())
  useEffect(() => {
    if (!id) return
    const heard = () => {
      heardAt.current = performance.now()
      setBlind(false)
    }
    const refresh = async () => {
      const found = await readDesk(id)
      if (found.ok) {
        setView(found.value)
        heard()
      } else if (found.problem === 'forbidden') refused()
    }
    let toldAt = performance.now()
    const take = (told: Told) => {
      toldAt = performance.now()
      if (told.kind === 'lost') {
        setBlind(true)
        void refresh()
        return
      }
      heard()
      if (told.kind === 'desk') setView(told.view)
      if (told.kind === 'job') setView((view) => view && { ...view, jobs: withJob(view.jobs, told.job) })
    }
    void refresh()
    let close = sharedStream(id, take)
    const timer = setInterval(() => {
      const now = performance.now()
      if (now - heardAt.current > blindAfterMs) setBlind(true)
      if (now - toldAt <= endedAfterMs) return
      toldAt = now
      close()
      close = sharedStream(id, take)
    }, lookMs)
    return () => {
      close()
      clearInterval(timer)
    }
  }, [id, refused])
  return { view, isBlind }
}

/** The connection shared by all tabs, or a separate one if the browser has no shared workers. */
function sharedStream(desk: string, tell: (told: Told) => void): () => void {
  if (typeof SharedWorker === 'undefined') return openStream(desk, tell)
  const { port } = new SharedWorker(new URL('./stream-worker.ts', import.meta.url), {
    type: 'module',
    name: 'desk',
  })
  port.onmessage = ({ data }: MessageEvent<Told>) => tell(data)
  port.postMessage({ desk, isLeaving: false })
  const leave = () => port.postMessage({ desk, isLeaving: true })
  addEventListener('pagehide', leave)
  return () => {
    leave()
    port.close()
    removeEventListener('pagehide', leave)
  }
}

// Newest first, one entry a job.
const withJob = (jobs: Job[], job: Job) =>
  [job, ...jobs.filter(({ jobId }) => jobId !== job.jobId)].sort((a, b) =>
    b.createdAt.localeCompare(a.createdAt),
  )
