// The order in which stored texts get room: first those that may have been sent already, because a session that breaks
// mostly breaks late; then those that were in flight before; then by age, oldest first, in turn with those that are refused
// again and again: a few phones that the peer refuses must not use up the pace. In a backlog older than half a minute the
// youngest go first, because fresh answers still help and old ones may expire.
import type { Text } from './text.js'

const freshFirstAfterMs = 30_000
// A reply refused more often than this no longer goes before fresh ones.
const refusalsAhead = 3

export class Line {
  private doubtful: Text[] = []
  private again: Text[] = []
  private refused: Text[] = []
  private fresh: Text[] = []
  private head = 0
  private isFreshsTurn = false

  get length(): number {
    return this.doubtful.length + this.again.length + this.refused.length + this.fresh.length - this.head
  }

  /** When the oldest unsent text arrived; undefined when there is none. */
  get oldestAt(): number | undefined {
    return this.fresh[this.head]?.asked.receivedAt
  }

  push(text: Text): void {
    if (text.attempts > 0) this.doubtful.push(text)
    else if (text.refusals > refusalsAhead) this.refused.push(text)
    else if (text.refusals > 0 || text.isReturned || text.permittedIn !== undefined) this.again.push(text)
    else this.fresh.push(text)
  }

  /** Takes the next. `isTooOld` ones do not yield to younger ones: they come in turn, to be ended. */
  take(now: number, isTooOld: (text: Text) => boolean): Text | undefined {
    const first = this.doubtful.shift() ?? this.again.shift()
    if (first) return first
    const oldest = this.fresh[this.head]
    this.isFreshsTurn = !this.isFreshsTurn
    if (!oldest || !this.isFreshsTurn) {
      const refused = this.refused.shift()
      if (refused || !oldest) return refused
    }
    if (now - oldest.asked.receivedAt > freshFirstAfterMs && !isTooOld(oldest)) return this.fresh.pop()
    this.head++
    if (this.head > 1024 && this.head * 2 > this.fresh.length) {
      this.fresh = this.fresh.slice(this.head)
      this.head = 0
    }
    return oldest
  }

  /** Removes all waiting texts that are too old. */
  takeOld(isTooOld: (text: Text) => boolean): Text[] {
    const waiting = [...this.doubtful, ...this.again, ...this.refused, ...this.fresh.slice(this.head)]
    const old = waiting.filter(isTooOld)
    if (old.length > 0) {
      const stays = (text: Text) => !isTooOld(text)
      this.doubtful = this.doubtful.filter(stays)
      this.again = this.again.filter(stays)
      this.refused = this.refused.filter(stays)
      this.fresh = this.fresh.slice(this.head).filter(stays)
      this.head = 0
    }
    return old
  }
}
