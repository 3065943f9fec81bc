// How fast one link may send: the operator's agreed throughput, and below it what the peer accepts at the moment. Counts
// segments. Takes the time (ms, monotonic) as an argument and owns no timer.
// A peer that refuses may have a quota, or may refuse at random. To tell them apart, send no more than has been accepted,
// and see whether fewer are refused. A quota then refuses none; random refusals stay the same.

const bucketMs = 100
// Most quotas are per second, so acceptance is measured over one second.
const windowBuckets = 10
const windowMs = windowBuckets * bucketMs
const recentBuckets = 2
const enoughRecent = 8
// Refusals below this share of what was sent are noise.
const tolerableShare = 0.08
// Above this (or this much above the random share) a slower pace is tried.
const remarkableShare = 0.15
// Minimum sample for a share, or that of two windows.
const enoughSamples = 20
const slowest = 2
const startedAgain = 200
// No peer refuses more than this at random.
const unlikelyShare = 0.6
// A slower pace shows only after everything in flight before it is answered.
const trialFromMs = 300
// Probing for more while nothing is refused: 5 % in the first second, doubling each second.
const growth = 0.05
// Beyond this no real link throttles: the limit is lifted.
const unbraked = 5000
// How long refusals count as random before a slower pace is tried again.
const chanceForMs = 30_000

// A reply refused this often before, while so many others in a row were accepted at once or nearly so, is refused for its own
// sake: its phone is switched off, and the peer's queue for it is full.
const stubbornFrom = 5
const enoughCalm = 5

/** Above this share by two standard deviations, so not by chance. */
const isMore = (some: number, all: number, share: number) =>
  some > all * share + 2 * Math.sqrt(all * share * (1 - share))

interface Bucket {
  accepted: number
  refused: number
}

/** The pace of one link: a token bucket, whose rate follows the peer. */
export class Pace {
  private limit: number
  /** Segments per second the peer allows; Infinity while it takes everything. */
  private rate = Number.POSITIVE_INFINITY
  private tokens: number
  private filledAt: number
  private readonly buckets: Bucket[] = Array.from({ length: windowBuckets }, () => ({
    accepted: 0,
    refused: 0,
  }))
  private bucketAt: number
  private begunAt: number
  private accepted = 0
  private refusingAt = Number.NEGATIVE_INFINITY
  private decidedAt: number
  /** Segments per second accepted with next to no refusals; random refusals never lower the pace below it. */
  private proven = slowest
  /** Nothing is accepted: the first acceptance doubles the pace again. */
  private isStopped = false
  private refusedAt = Number.NEGATIVE_INFINITY
  /** Accepted since the last refusal, not counting those that are refused again and again. */
  private calm = 0
  /** A slower pace under test: the share refused before it. */
  private trial:
    | { readonly share: number; readonly since: number; accepted: number; refused: number }
    | undefined
  /** The share refused at any pace, and until when we rely on it. */
  private chance = { share: 0, until: 0 }

  /** `limit`: segments a second, 0 = none. */
  constructor(limit: number, now: number) {
    this.limit = limit > 0 ? limit : Number.POSITIVE_INFINITY
    this.tokens = this.burst()
    this.filledAt = this.bucketAt = this.begunAt = this.decidedAt = now
  }

  /** Changes the agreed throughput: another gateway has started or stopped sharing it. */
  agree(limit: number, now: number): void {
    this.available(now)
    this.limit = limit > 0 ? limit : Number.POSITIVE_INFINITY
    this.tokens = Math.min(this.tokens, this.burst())
  }

  /** Segments a second allowed now; Infinity without a limit. */
  get perSecond(): number {
    return Math.min(this.rate, this.limit)
  }

  /** Segments that may leave now. */
  available(now: number): number {
    const { perSecond } = this
    if (perSecond === Number.POSITIVE_INFINITY) {
      this.tokens = perSecond
      return perSecond
    }
    const before = this.tokens === Number.POSITIVE_INFINITY ? this.burst() : this.tokens
    this.tokens = Math.min(this.burst(), before + ((now - this.filledAt) / 1000) * perSecond)
    this.filledAt = now
    return Math.floor(this.tokens)
  }

  take(segments: number): void {
    if (this.perSecond !== Number.POSITIVE_INFINITY) this.tokens -= segments
  }

  /** Milliseconds until one more segment may leave. */
  waitMs(): number {
    if (this.perSecond === Number.POSITIVE_INFINITY || this.tokens >= 1) return 0
    return Math.ceil(((1 - this.tokens) / this.perSecond) * 1000)
  }

  /**
   * The peer accepted one, or refused it as too fast, after `refusals` earlier refusals of the same one. False: it was refused
   * for its own sake, which says nothing of the pace.
   */
  answered(wasTaken: boolean, now: number, refusals = 0): boolean {
    if (refusals < stubbornFrom) this.calm = wasTaken ? this.calm + 1 : 0
    else if (!wasTaken && this.calm >= enoughCalm) return false
    this.turn(now)
    const bucket = this.buckets.at(-1)!
    if (wasTaken) bucket.accepted++
    else bucket.refused++
    if (wasTaken) this.accepted++
    if (wasTaken && this.isStopped) {
      this.available(now)
      this.rate *= 2
      this.isStopped = this.rate < startedAgain
      this.trial = undefined
      this.forget(now)
    }
    if (this.trial && now - this.trial.since >= trialFromMs) {
      if (wasTaken) this.trial.accepted++
      else this.trial.refused++
    }
    if (!wasTaken) this.refusedAt = now
    if (now - this.decidedAt >= bucketMs) this.decide(now)
    return true
  }

  private decide(now: number): void {
    const elapsedMs = now - this.decidedAt
    const usual = now < this.chance.until ? this.chance.share : 0
    this.restartIfChanged(usual, now)
    const { accepted, refused } = this.sums()
    const all = accepted + refused
    const share = refused / Math.max(1, all)
    // Over the last second, or over all since counting began: refused segments are retried in waves.
    const through = Math.max(
      (accepted * 1000) / Math.min(windowMs, Math.max(bucketMs, now - this.begunAt)),
      (this.accepted * 1000) / Math.max(windowMs, now - this.begunAt),
    )
    if (this.trial) this.judgeTrial(now)
    else if (
      share > tolerableShare &&
      now - this.begunAt >= windowMs &&
      (all >= enoughSamples || now - this.begunAt >= 2 * windowMs)
    ) {
      if (isMore(refused, all, usual + remarkableShare)) this.slowTo(through, share, now)
    } else if (share <= tolerableShare / 3 && this.rate < Number.POSITIVE_INFINITY) {
      this.available(now)
      const calmSeconds = Math.min(10, (now - this.refusedAt) / 1000)
      this.rate *= 1 + ((growth * elapsedMs) / 1000) * 2 ** calmSeconds
      if (this.rate > unbraked) this.rate = Number.POSITIVE_INFINITY
      if (now - this.begunAt >= 2 * windowMs) this.proven = Math.max(this.proven, through)
    } else if (this.rate < Number.POSITIVE_INFINITY) {
      // Probing has found the quota: back to what was accepted.
      this.available(now)
      this.rate = Math.max(this.proven, Math.min(this.rate, through))
    }
    this.decidedAt = now
  }

  // Restarts the measurement when refusals set in: what was accepted before says nothing about now.
  private restartIfChanged(usual: number, now: number): void {
    const recent = this.sums(recentBuckets)
    // A peer that answers in bursts has moments with almost no responses.
    const isHeard = recent.accepted + recent.refused >= enoughRecent
    const { accepted, refused } = isHeard ? recent : this.sums()
    const isRefusing = isMore(refused, accepted + refused, usual + remarkableShare)
    // A per-second quota refuses in every second: that is one state, not many changes.
    const isChange = isRefusing && now - this.refusingAt >= windowMs
    if (isChange && now - this.begunAt > recentBuckets * bucketMs) {
      for (const bucket of this.buckets.slice(0, -recentBuckets)) bucket.accepted = bucket.refused = 0
      this.accepted = accepted
      this.begunAt = now - recentBuckets * bucketMs
    }
    if (isRefusing) this.refusingAt = now
  }

  // Never below what has been accepted.
  private slowTo(through: number, share: number, now: number): void {
    this.available(now)
    this.isStopped = through < slowest
    this.proven = this.rate = Math.max(slowest, Math.min(this.rate, through))
    this.tokens = Math.min(this.tokens, 1)
    this.filledAt = now
    this.trial = { share, since: now, accepted: 0, refused: 0 }
    this.forget(now)
  }

  private judgeTrial(now: number): void {
    const { share, since, accepted, refused } = this.trial!
    const all = accepted + refused
    // What was in flight when the pace changed was sent at the old one.
    const judgedMs = now - since - trialFromMs
    if (judgedMs < windowMs || (all < enoughSamples && judgedMs < 3 * windowMs)) return
    const left = refused / Math.max(1, all)
    this.trial = undefined
    this.forget(now)
    if (accepted > 0 && left > tolerableShare && left > share * 0.6 && left < unlikelyShare) {
      // As many as before: refusals are random, and going slowly only makes people wait.
      this.chance = { share: left, until: now + chanceForMs }
      this.rate = Number.POSITIVE_INFINITY
    } else if (left > tolerableShare) this.slowTo((accepted * 1000) / judgedMs, left, now)
  }

  private sums(last = windowBuckets): Bucket {
    let [accepted, refused] = [0, 0]
    for (const bucket of this.buckets.slice(-last)) {
      accepted += bucket.accepted
      refused += bucket.refused
    }
    return { accepted, refused }
  }

  private turn(now: number): void {
    const passed = Math.min(windowBuckets, Math.floor((now - this.bucketAt) / bucketMs))
    if (passed <= 0) return
    for (let nth = 0; nth < passed; nth++) {
      this.buckets.shift()
      this.buckets.push({ accepted: 0, refused: 0 })
    }
    this.bucketAt = now - ((now - this.bucketAt) % bucketMs)
    // No response for a whole window: start counting afresh.
    if (passed === windowBuckets) this.forget(now)
  }

  private forget(now: number): void {
    for (const bucket of this.buckets) bucket.accepted = bucket.refused = 0
    this.accepted = 0
    this.begunAt = now
  }

  // A tenth of a second's worth of the agreed rate may leave at once: a timer tick is no finer. For a measured rate half
  // of that, because the quota may be per tenth of a second.
  private burst(): number {
    return Math.max(1, this.perSecond / (this.rate < this.limit ? 20 : 10))
  }
}
