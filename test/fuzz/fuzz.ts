// Feeds the targets: half the inputs are made by their structure (fast-check), half are neighbours of kept inputs. A seed
// decides all of them.
import fc from 'fast-check'
import { seeded } from '../peers/chaos.js'
import { corpusOf, type Target, targets } from './targets.js'

interface Find {
  readonly target: string
  readonly what: string
  readonly hex: string
}

interface Result {
  readonly target: string
  readonly runs: number
  readonly slowestMs: number
  readonly finds: Find[]
}

// No input of some hundred bytes may keep the event loop this long; a loaded machine pauses a process for less.
const hangMs = 2000
const maxFinds = 5

export async function fuzz(runs: number, seed: number): Promise<Result[]> {
  const results: Result[] = []
  for (const target of targets) results.push(await fuzzOne(target, Math.ceil(runs * target.share), seed))
  return results
}

async function fuzzOne(target: Target, runs: number, seed: number): Promise<Result> {
  const finds: Find[] = []
  let slowestMs = 0
  let done = 0
  const feed = async (bytes: Buffer) => {
    const started = performance.now()
    try {
      const running = target.run(bytes)
      if (running) await running
    } catch (error) {
      finds.push({
        target: target.name,
        what: String((error as Error)?.stack ?? error),
        hex: bytes.toString('hex'),
      })
    }
    const tookMs = performance.now() - started
    if (tookMs > hangMs)
      finds.push({ target: target.name, what: `took ${tookMs} ms`, hex: bytes.toString('hex') })
    slowestMs = Math.max(slowestMs, tookMs)
    done++
  }
  const kept = corpusOf(target.name).map(({ bytes }) => bytes)
  for (const bytes of kept) await feed(bytes)
  const random = seeded(seed)
  const half = Math.floor(runs / 2)
  for (let nth = 0; nth < half && finds.length < maxFinds; nth++) await feed(mutate(kept, random))
  // In portions: a million inputs need not be in memory at once.
  for (let left = runs - half, round = 0; left > 0 && finds.length < maxFinds; round++) {
    const portion = Math.min(left, 5000)
    for (const bytes of fc.sample(target.arbitrary, { numRuns: portion, seed: seed + round }))
      await feed(Buffer.from(bytes))
    left -= portion
  }
  return { target: target.name, runs: done, slowestMs: Math.round(slowestMs), finds }
}

const magic = [0, 1, 0x10, 0x1b, 0x7f, 0x80, 0xff, 0x0a, 0x0d, 0x22, 0x5c, 0x7b, 0x7d]

/** A neighbour of a kept input: one to four small harms. */
function mutate(kept: readonly Buffer[], random: () => number): Buffer {
  const below = (end: number) => Math.floor(random() * end)
  let bytes = Buffer.from(kept[below(kept.length)]!)
  for (let harms = 1 + below(4); harms > 0; harms--) {
    const at = below(bytes.length + 1)
    const length = below(8)
    switch (below(7)) {
      case 0:
        if (at < bytes.length) bytes[at] = bytes[at]! ^ (1 << below(8))
        break
      case 1:
        if (at < bytes.length) bytes[at] = magic[below(magic.length)]!
        break
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
        break
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)])
        break
      case 4:
        bytes = bytes.subarray(0, at)
        break
      case 5:
        if (at + 4 <= bytes.length) bytes.writeUInt32BE(below(2) ? below(70_000) : 0xffffffff - below(20), at)
        break
      case 6: {
        const other = kept[below(kept.length)]!
        bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(below(other.length + 1))])
      }
    }
  }
  return bytes
}
