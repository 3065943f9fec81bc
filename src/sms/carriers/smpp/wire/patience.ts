// How long the response to a submit_sm is waited for: as long as the configuration says, and longer at a peer that was seen to
// take longer. A reply given up too early is sent once more, and its phone has it twice.

/** At most so many times the configured time. */
const most = 4
/** After a slow answer patience shrinks by this much with every answer that comes in time. */
const shrinking = 0.98

/** Of one link's session and those that follow it. */
export class Patience {
  /** Milliseconds. */
  ms: number

  constructor(private readonly agreedMs: number) {
    this.ms = agreedMs
  }

  /** A response came after so long, late or in time. */
  answered(tookMs: number): void {
    this.set(Math.max(tookMs * 2, this.ms * shrinking))
  }

  /** A session ended without any response: the peer may be mute, or slower than we waited. */
  unanswered(): void {
    this.set(this.ms * 2)
  }

  private set(ms: number): void {
    this.ms = Math.min(Math.max(ms, this.agreedMs), this.agreedMs * most)
  }
}
