// A value that may change while we run, as settings and wording do at a SIGHUP.

/** What a room is handed: the value of this moment, and word of the next. */
export interface Live<T> {
  readonly now: T
  /** `listener` is called with each new value; whoever sets the value waits for what it returns. */
  onChange(listener: (now: T) => unknown): void
}

export interface Settable<T> extends Live<T> {
  /** Listeners are told in the order in which they came, each when the one before is done. */
  set(next: T): Promise<void>
}

export function live<T>(first: T): Settable<T> {
  const listeners: ((now: T) => unknown)[] = []
  const held = {
    now: first,
    onChange: (listener: (now: T) => unknown) => void listeners.push(listener),
    async set(next: T) {
      held.now = next
      for (const listener of listeners) await listener(next)
    },
  }
  return held
}
