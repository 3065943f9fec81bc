// The cipher of lookup numbers against the general FF1 of @noble/ciphers, measured in this process.
import { FF1 } from '@noble/ciphers/ff1.js'
import { openLookupNumbers } from '../../src/dossier/numbers/lookup-number.js'
import { median } from './measure.js'
import { lookupKey } from './population.js'

/** Microseconds an encryption and a decryption take, the mean of both; medians over the turns. */
export function measureNumbers(turns: number): { ours: number; noble: number } {
  const numbers = openLookupNumbers({ lookupKey })
  const noble = FF1(10, Buffer.from(lookupKey, 'hex'))
  const time = (count: number, work: (nth: number) => void): number => {
    const started = performance.now()
    for (let nth = 0; nth < count; nth++) work(nth)
    return ((performance.now() - started) * 1000) / (2 * count)
  }
  const legal = { index: 15, spelling: 0, day: 4000, hasLongDate: false }
  const both = (nth: number) => {
    const [digits] = numbers.encrypt([{ ...legal, sequence: String(10_000 + nth) }])
    numbers.decrypt([digits!], () => true)
  }
  const theirs = (nth: number) =>
    void noble.decrypt(noble.encrypt([...String(150_400_000_000 + nth)].map(Number)))
  time(5000, both)
  time(200, theirs)
  const rounds = Array.from({ length: turns }, () => [time(20_000, both), time(500, theirs)] as const)
  return { ours: median(rounds.map(([ours]) => ours)), noble: median(rounds.map(([, its]) => its)) }
}
