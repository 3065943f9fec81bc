// The order in which kept texts wait for room: those first that may be out already, because a session that breaks mostly breaks
// late; then those that were on their way before; then by age, oldest first; but of a backlog that is half a minute old the youngest, because fresh answers still help and old ones may expire.
import type { Text } from './text.js'

const freshFirstAfterMs = 30_000

export class Line {
  private doubtful: Text[] = []
  private again: Text[] = []
  private fresh: Text[] = []
  private head = 0

  get length(): number {
    return this.doubtful.length + this.again.length + this.fresh.length - this.head
  }

  /** When the oldest that has never been out was heard; undefined when there is none. */
  get oldestAt(): number | undefined {
    return this.fresh[this.head]?.asked.receivedAt
  }

  push(text: Text): void {
    if (text.attempts > 0) this.doubtful.push(text)
    else if (text.refusals > 0 || text.isReturned || text.permittedIn !== undefined) this.again.push(text)
    else this.fresh.push(text)
  }

  /** Takes the next. `isTooOld` ones are not younger ones' betters: they come in their turn, to be told so. */
  take(now: number, isTooOld: (text: Text) => boolean): Text | undefined {
    const first = this.doubtful.shift() ?? this.again.shift()
    if (first) return first
    const oldest = this.fresh[this.head]
    if (!oldest) return undefined
    if (now - oldest.asked.receivedAt > freshFirstAfterMs && !isTooOld(oldest)) return this.fresh.pop()
    this.head++
    if (this.head > 1024 && this.head * 2 > this.fresh.length) {
      this.fresh = this.fresh.slice(this.head)
      this.head = 0
    }
    return oldest
  }

  /** Takes out everything that waits and is too old. */
  takeOld(isTooOld: (text: Text) => boolean): Text[] {
    const waiting = [...this.doubtful, ...this.again, ...this.fresh.slice(this.head)]
    const old = waiting.filter(isTooOld)
    if (old.length > 0) {
      const stays = (text: Text) => !isTooOld(text)
      this.doubtful = this.doubtful.filter(stays)
      this.again = this.again.filter(stays)
      this.fresh = this.fresh.slice(this.head).filter(stays)
      this.head = 0
    }
    return old
  }
}
