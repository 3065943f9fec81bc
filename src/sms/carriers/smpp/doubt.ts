// Some statuses blame the session (ESME_RINVBNDSTS and the like), but some SMSCs return them for a single bad message. Decides
// which of the two it is, by whether the session accepts other messages meanwhile.

// A session that accepted a submit_sm this recently is bound, whatever the status of another one says.
const wellForMs = 5000
// Between two rebinds for such a status: one phone's bad message must not cost the others their link. The pause grows until a
// rebind has helped.
const firstEveryMs = 60_000
const longestEveryMs = 300_000

// A session that refused this many in a row, the last this recently, refuses everything. After that it is tried again.
const refusingFrom = 3
const refusingForMs = 10_000

/** Shared by one session and those that replace it. Times are of the monotonic clock, in ms. */
export class Doubt {
  /** Nothing more is sent; rebind once the window is empty. */
  isOn = false
  private tookAt = Number.NEGATIVE_INFINITY
  private tookSentAt = Number.NEGATIVE_INFINITY
  private until = 0
  private everyMs = firstEveryMs
  private refusedInARow = 0
  private refusedAt = 0

  /** A submit_sm was accepted; `wasBlamed`: an earlier attempt at the same message got such a status. */
  taken(sentAt: number, wasBlamed: boolean, now: number): void {
    this.tookAt = now
    this.tookSentAt = Math.max(this.tookSentAt, sentAt)
    this.isOn = false
    this.refusedInARow = 0
    if (wasBlamed) this.everyMs = firstEveryMs
  }

  /** A submit_sm got such a status. If others in flight are still accepted, the session is fine. */
  blamed(now: number): void {
    if (now - this.tookAt >= wellForMs && now >= this.until) this.isOn = true
  }

  /** Whether a submit_sm sent after `blamedAt` was accepted: then the session was not at fault. */
  hasTakenSince(blamedAt: number): boolean {
    return this.tookSentAt > blamedAt
  }

  /** A submit_sm was refused for now, with whatever status. */
  refused(now: number): void {
    this.refusedInARow++
    this.refusedAt = now
  }

  isRefusing(now: number): boolean {
    return this.refusedInARow >= refusingFrom && now - this.refusedAt < refusingForMs
  }

  rebound(now: number): void {
    this.isOn = false
    this.until = now + this.everyMs
    this.everyMs = Math.min(this.everyMs * 2, longestEveryMs)
  }
}
