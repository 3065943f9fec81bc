// Calls of the peer that wait for the reply to their text, by the name of the text. A text redelivered while its first
// call waits: both get the answer.

export interface Waiter<Answer> {
  readonly name: string
  /** Called once. */
  readonly answer: (answer: Answer) => void
}

interface Waiting<Answer> {
  readonly size: number
  has(name: string): boolean
  /** Waits until `finish` or `leave`; on time-out calls `late`, which may answer or wait on. */
  add(waiter: Waiter<Answer>, deadlineMs: number, late: () => void): void
  /** Answers all calls waiting for this. */
  finish(name: string, answer: Answer): void
  leave(waiter: Waiter<Answer>): void
  all(): Waiter<Answer>[]
}

export function openWaiting<Answer>(): Waiting<Answer> {
  const byName = new Map<string, Map<Waiter<Answer>, NodeJS.Timeout>>()
  let size = 0

  function leave(waiter: Waiter<Answer>): boolean {
    const its = byName.get(waiter.name)
    const timer = its?.get(waiter)
    if (!its || timer === undefined) return false
    clearTimeout(timer)
    its.delete(waiter)
    if (its.size === 0) byName.delete(waiter.name)
    size--
    return true
  }

  return {
    get size() {
      return size
    },
    has: (name) => byName.has(name),
    add(waiter, deadlineMs, late) {
      const its = byName.get(waiter.name) ?? new Map<Waiter<Answer>, NodeJS.Timeout>()
      byName.set(waiter.name, its)
      its.set(waiter, setTimeout(late, deadlineMs))
      size++
    },
    finish(name, answer) {
      for (const waiter of [...(byName.get(name)?.keys() ?? [])]) if (leave(waiter)) waiter.answer(answer)
    },
    leave: (waiter) => void leave(waiter),
    all: () => [...byName.values()].flatMap((its) => [...its.keys()]),
  }
}
