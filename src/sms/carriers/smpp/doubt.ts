// Some statuses blame the session (ESME_RINVBNDSTS and its like), and some SMSCs give them to one phone's message. Decides
// which of the two it is, from what the session takes meanwhile.

// A session that took a submit_sm this recently is bound, whatever the status of another one says.
const wellForMs = 5000
// From one rebind for such a status to the next: one phone's status must not cost the others their link. It grows until a
// rebind has helped.
const firstEveryMs = 60_000
const longestEveryMs = 300_000

/** Of one session and those that follow it. Times are those of a monotonic clock, in ms. */
export class Doubt {
  /** Nothing more is sent; rebind once the window is empty. */
  isOn = false
  private tookAt = Number.NEGATIVE_INFINITY
  private tookSentAt = Number.NEGATIVE_INFINITY
  private until = 0
  private everyMs = firstEveryMs

  /** A submit_sm was taken; `wasBlamed`: after such a status at an earlier attempt. */
  taken(sentAt: number, wasBlamed: boolean, now: number): void {
    this.tookAt = now
    this.tookSentAt = Math.max(this.tookSentAt, sentAt)
    this.isOn = false
    if (wasBlamed) this.everyMs = firstEveryMs
  }

  /** A submit_sm got such a status. Others in its window may still be taken, and then the session is fine. */
  blamed(now: number): void {
    if (now - this.tookAt >= wellForMs && now >= this.until) this.isOn = true
  }

  /** Whether others were taken that left after this time: then a session blamed at that time was not at fault. */
  hasTakenSince(blamedAt: number): boolean {
    return this.tookSentAt > blamedAt
  }

  rebound(now: number): void {
    this.isOn = false
    this.until = now + this.everyMs
    this.everyMs = Math.min(this.everyMs * 2, longestEveryMs)
  }
}
