// How long we wait for the response to a submit_sm: as configured, and longer for a peer that has been slower than that. Giving
// up too early sends the reply again, and the phone gets it twice.

/** The longest wait, as a multiple of the configured one. */
const maxFactor = 4
/** After a slow response, each one that comes in time multiplies the wait by this. */
const shrinkFactor = 0.98

/** Shared by one session and those that replace it. */
export class Patience {
  /** How long to wait now, milliseconds. */
  ms: number

  constructor(private readonly configuredMs: number) {
    this.ms = configuredMs
  }

  /** A response came after `tookMs`, late or in time. */
  answered(tookMs: number): void {
    this.set(Math.max(tookMs * 2, this.ms * shrinkFactor))
  }

  /** A session ended without any response: the peer may be mute, or slower than we waited. */
  unanswered(): void {
    this.set(this.ms * 2)
  }

  private set(ms: number): void {
    this.ms = Math.min(Math.max(ms, this.configuredMs), this.configuredMs * maxFactor)
  }
}
