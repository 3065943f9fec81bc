// How fast one link may send: the operator's agreed throughput, and below it whatever the SMSC lets through at the
// moment. Counts segments. Takes the time as an argument and owns no timer.

// Long enough to see a share, short enough to find a new limit within seconds.
const lookMs = 250
// Up to this share of refusals the SMSC is merely busy; above it we are too fast and follow what gets through.
const tolerableShare = 0.25
const slowest = 2
const growth = 1.25
// Beyond this no real link throttles: the brake is off again.
const unbraked = 5000

export class Pace {
  private rate: number
  private tokens: number
  private filledAt: number
  private lookedAt: number
  private accepted = 0
  private refused = 0

  /** `limit`: segments a second, 0 = none. */
  constructor(
    private readonly limit: number,
    now: number,
  ) {
    this.rate = this.ceiling
    this.tokens = this.burst()
    this.filledAt = now
    this.lookedAt = now
  }

  /** Segments a second allowed now; Infinity without a limit. */
  get perSecond(): number {
    return this.rate
  }

  /** Segments that may leave now. */
  available(now: number): number {
    if (this.rate === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY
    this.tokens = Math.min(this.burst(), this.tokens + ((now - this.filledAt) / 1000) * this.rate)
    this.filledAt = now
    return Math.floor(this.tokens)
  }

  take(segments: number): void {
    if (this.rate !== Number.POSITIVE_INFINITY) this.tokens -= segments
  }

  /** Milliseconds until one more segment may leave. */
  waitMs(): number {
    if (this.rate === Number.POSITIVE_INFINITY || this.tokens >= 1) return 0
    return Math.ceil(((1 - this.tokens) / this.rate) * 1000)
  }

  /** The SMSC took one, or refused it as too fast. */
  answered(wasTaken: boolean, now: number): void {
    if (wasTaken) this.accepted++
    else this.refused++
    const elapsedMs = now - this.lookedAt
    if (elapsedMs < lookMs) return
    const all = this.accepted + this.refused
    if (this.refused / all > tolerableShare) {
      this.available(now)
      this.rate = Math.min(this.rate, Math.max(slowest, ((this.accepted * 1000) / elapsedMs) * 0.9))
      this.tokens = Math.min(this.tokens, this.burst())
      this.filledAt = now
    } else if (this.rate < this.ceiling) {
      this.available(now)
      this.rate = this.rate * growth > unbraked ? this.ceiling : Math.min(this.ceiling, this.rate * growth)
    }
    this.accepted = 0
    this.refused = 0
    this.lookedAt = now
  }

  private get ceiling(): number {
    return this.limit > 0 ? this.limit : Number.POSITIVE_INFINITY
  }

  // A tenth of a second's worth may leave at once: a timer tick is not finer, and an SMSC counts by the second.
  private burst(): number {
    return Math.max(1, this.rate / 10)
  }
}
