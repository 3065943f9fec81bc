// A circuit breaker: a peer that failed several times in a row is left alone for a while, so that citizens do not each
// wait for it and it can recover. One trial request at a time checks whether it is back.
export class Breaker {
  #failures = 0
  #openUntil = 0
  #trying = false

  constructor(
    private readonly now: () => number = Date.now,
    /** Failures in a row before it opens. */
    private readonly threshold = 3,
    /** First and longest time it stays open; doubles with every failed trial. */
    private readonly openMs = { first: 2000, longest: 60_000 },
  ) {}

  /** Whether a request may go out now. After the open time one caller gets true, the others wait for its outcome. */
  allows(): boolean {
    if (this.#failures < this.threshold) return true
    if (this.now() < this.#openUntil || this.#trying) return false
    this.#trying = true
    return true
  }

  succeeded(): void {
    this.#failures = 0
    this.#trying = false
  }

  /** `askedMs`: how long the peer itself has asked to be left alone; it then is, after its first failure. */
  failed(askedMs = 0): void {
    this.#failures = askedMs > 0 ? Math.max(this.#failures + 1, this.threshold) : this.#failures + 1
    this.#trying = false
    const doublings = Math.min(this.#failures - this.threshold, 10)
    if (doublings >= 0)
      this.#openUntil =
        this.now() + Math.max(askedMs, Math.min(this.openMs.first * 2 ** doublings, this.openMs.longest))
  }

  get isOpen(): boolean {
    return this.#failures >= this.threshold
  }
}
