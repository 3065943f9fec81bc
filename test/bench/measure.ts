// The method: contenders take turns (ABAB…), so that noise of the machine affects all of them alike, and only medians and
// ratios are reported.
import { readFileSync } from 'node:fs'

/** The result of one turn under load. */
export interface Turn {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** CPU time of a request or message in the measured process (or processes, together), and in its Redis. */
  readonly cpuMicros: number
  readonly redisMicros: number
  /** Unexpected answers. */
  readonly failed: number
}

/** A contender: its name, the processes whose CPU time counts, and its turn. */
export interface Contender {
  readonly name: string
  turn(): Promise<Turn>
}

// After a start, and after half a minute without work, V8 needs a second and a half to compile what is called often.
const warmUpMs = 2000

/** Warms every contender up and then gives each `turns` turns, one after the other; medians of each. */
export async function compare(contenders: readonly Contender[], turns: number): Promise<Map<string, Turn>> {
  const given = new Map<string, Turn[]>(contenders.map(({ name }) => [name, []]))
  for (const { turn } of contenders) {
    const begun = performance.now()
    do await turn()
    while (performance.now() - begun < warmUpMs)
  }
  for (let round = 0; round < turns; round++)
    for (const { name, turn } of contenders) given.get(name)!.push(await turn())
  return new Map([...given].map(([name, its]) => [name, medianTurn(its)]))
}

export function medianTurn(turns: readonly Turn[]): Turn {
  const of = (pick: (turn: Turn) => number) => median(turns.map(pick))
  return {
    perSecond: of((turn) => turn.perSecond),
    p50Ms: of((turn) => turn.p50Ms),
    p99Ms: of((turn) => turn.p99Ms),
    cpuMicros: of((turn) => turn.cpuMicros),
    redisMicros: of((turn) => turn.redisMicros),
    failed: turns.reduce((sum, { failed }) => sum + failed, 0),
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Sorts in place; `share` 0.5 is the median. */
export function percentile(latencies: Float64Array, share: number): number {
  if (latencies.length === 0) return Number.NaN
  latencies.sort()
  return latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))]!
}

/** The processes whose CPU time is measured. */
export interface Processes {
  readonly pids: readonly number[]
  readonly redisPids?: readonly number[]
}

/** Starts measuring CPU time; the returned function gives the time for each of `done` units of work since. */
export function countCpu({ pids, redisPids = [] }: Processes) {
  const [own, redis] = [cpuSeconds(...pids), cpuSeconds(...redisPids)]
  return (done: number) => ({
    cpuMicros: ((cpuSeconds(...pids) - own) / done) * 1e6,
    redisMicros: ((cpuSeconds(...redisPids) - redis) / done) * 1e6,
  })
}

/** CPU seconds of a process so far: utime and stime of /proc, in ticks of 10 ms. */
function cpuSeconds(...pids: number[]): number {
  let ticks = 0
  for (const pid of pids) {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    ticks += Number(fields[11]) + Number(fields[12])
  }
  return ticks / 100
}

export function rssMiB(pid: number): number {
  const [, kibibytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kibibytes) / 1024
}

/** Numbers 0 ≤ n < 1, the same in every run (mulberry32). */
export function dice(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
