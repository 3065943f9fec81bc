// Faults on a seeded schedule: the same seed gives the same order and the same pauses.

/** Seeded random numbers in [0, 1) (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

interface Strike {
  readonly atMs: number
  readonly fault: string
}

/** Causes a fault and resolves when it is over (a killed process is up again, a link is restored). */
export type Fault = () => Promise<void>

/** Causes one fault at a time, with pauses between `fromMs` and `toMs`, until stopped. */
export function startChaos(
  seed: number,
  faults: Readonly<Record<string, Fault>>,
  { fromMs, toMs }: { fromMs: number; toMs: number },
) {
  const random = seeded(seed)
  const names = Object.keys(faults)
  const strikes: Strike[] = []
  const started = Date.now()
  let isStopping = false
  let wake = () => {}
  const run = (async () => {
    let left: string[] = []
    for (;;) {
      const pauseMs = fromMs + random() * (toMs - fromMs)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pauseMs)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      if (isStopping) return
      // Each fault once before any repeats, so that short runs see them all.
      if (left.length === 0) left = [...names]
      const [fault] = left.splice(Math.floor(random() * left.length), 1)
      strikes.push({ atMs: Date.now() - started, fault: fault! })
      await faults[fault!]!()
    }
  })()
  run.catch(() => {}) // reported by stop()
  return {
    strikes,
    /** Stops; resolves when the last fault is over. Rejects when one did not recover. */
    async stop(): Promise<readonly Strike[]> {
      isStopping = true
      wake()
      await run
      return strikes
    },
  }
}
