// The counts of any period equal the days added up one by one, whatever was read before. A real Redis; random days.

import t from 'tap'
import { dayMs } from '../../src/dossier/times.js'
import { agencyKey } from '../../src/monitor/counters.js'
import { lastDays } from '../../src/monitor/office-time.js'
import { readCounts } from '../../src/monitor/period-counts.js'
import { dice } from '../agency/dice.js'
import { openDoor } from '../agency/harness.js'

t.test('sums kept of a month are never too many nor too few', async (t) => {
  const { door } = await openDoor(t)
  const roll = dice(20_261_129)
  let now = Date.parse('2026-09-20T09:00:00+07:00')
  const told = new Map<string, Map<string, number>>()
  const codes = ['H45.12', 'H45.13', 'H45.14']
  for (let round = 0; round < 60; round++) {
    // What came within two days, the last of them by a gateway that had been cut off.
    for (const day of lastDays(3, now)) {
      const field = `update|${codes[roll(3)]}|applied`
      const its = told.get(day) ?? new Map<string, number>()
      told.set(day, its.set(field, (its.get(field) ?? 0) + 1))
      await door.request.hincrby(agencyKey(day), field, 1)
    }
    const days = lastDays(1 + roll(70), now - roll(20) * dayMs)
    const { agencies, heard } = await readCounts(door, days, now)
    const [sums, heardOf] = [new Map<string, number>(), new Map<string, number>()]
    for (const day of days) {
      for (const [field, by] of told.get(day) ?? []) sums.set(field, (sums.get(field) ?? 0) + by)
      const of = [...(told.get(day)?.keys() ?? [])].map((field) => field.split('|')[1]!)
      for (const code of of.length > 0 ? [...of, '*'] : []) heardOf.set(code, (heardOf.get(code) ?? 0) + 1)
    }
    const sorted = (map: ReadonlyMap<string, number>) => [...map].sort()
    const fields = [...agencies].flatMap(([what, its]) => {
      const [kind, ...rest] = what.split('|')
      return [...its].map(([agency, count]) => [[kind, agency, ...rest].join('|'), count] as const)
    })
    t.strictSame(fields.sort(), sorted(sums), `${days[0]} to ${days.at(-1)}`)
    t.strictSame(sorted(heard), sorted(heardOf))
    now += dayMs
  }
})

t.test('sums made while the clock was ahead are made again', async (t) => {
  const { door } = await openDoor(t)
  const days = lastDays(20, Date.parse('2026-11-25T09:00:00+07:00'))
  const countEach = (its: readonly string[]) =>
    Promise.all(its.map((day) => door.request.hincrby(agencyKey(day), 'update|H45.12|applied', 1)))
  const total = async (now: string) => {
    const { agencies } = await readCounts(door, days, Date.parse(now))
    return agencies.get('update|applied')?.get('H45.12')
  }
  await countEach(days.slice(0, 10))
  t.equal(await total('2026-11-30T09:00:00+07:00'), 10, 'a week ahead')
  await countEach(days.slice(10))
  t.equal(await total('2026-11-25T09:00:00+07:00'), 20, 'set right')
  t.equal(await total('2026-11-30T09:00:00+07:00'), 20, 'and when that day has come')
})
