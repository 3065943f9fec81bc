// The desk's event stream. A browser abandons an EventSource for ever after one response other than 200, and waits for
// ever on a silent one: this reconnects in both cases.
import type { DeskView, Job } from '../../src/desk/contract.ts'

export type Told =
  | { kind: 'desk'; view: DeskView }
  | { kind: 'job'; job: Job }
  /** Heartbeat: the last view is still current. */
  | { kind: 'beat' }
  /** Disconnected; reconnecting. */
  | { kind: 'lost' }

// The gateway beats every 3 s.
const silentMs = 8000
const firstPauseMs = 1000
const longestPauseMs = 8000

/** Opens a desk's stream; call the result to close it. */
export function openStream(desk: string, tell: (told: Told) => void): () => void {
  let source: EventSource | undefined
  let pauseMs = firstPauseMs
  let timer: ReturnType<typeof setTimeout> | undefined

  const lost = () => {
    source?.close()
    clearTimeout(timer)
    tell({ kind: 'lost' })
    timer = setTimeout(open, pauseMs)
    pauseMs = Math.min(pauseMs * 2, longestPauseMs)
  }
  const heard = (told?: Told) => {
    clearTimeout(timer)
    timer = setTimeout(lost, silentMs)
    if (!told) return
    pauseMs = firstPauseMs
    tell(told)
  }
  function open() {
    source = new EventSource(`/v1/desks/${encodeURIComponent(desk)}/events`)
    source.addEventListener('desk', ({ data }) => heard({ kind: 'desk', view: JSON.parse(data) }))
    source.addEventListener('job', ({ data }) => heard({ kind: 'job', job: JSON.parse(data) }))
    source.addEventListener('beat', () => heard({ kind: 'beat' }))
    source.onerror = lost
    heard()
  }
  open()
  return () => {
    clearTimeout(timer)
    source?.close()
  }
}
