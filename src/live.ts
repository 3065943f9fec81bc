// A value that may change at run time, as settings and wording do on SIGHUP.

/** A room's view: the current value, and notice of each change. */
export interface Live<T> {
  readonly now: T
  /** Calls `listener` with each new value; `set` awaits its result. */
  onChange(listener: (now: T) => unknown): void
}

interface Settable<T> extends Live<T> {
  /** Calls listeners one after another, in the order they were added. */
  set(next: T): Promise<void>
}

/** A value that starts as `first`. */
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
