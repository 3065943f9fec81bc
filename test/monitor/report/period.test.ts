// The days of a period, for the Department and for an agency.
import t from 'tap'
import { daysOf, readPeriod } from '../../../src/monitor/report/period.js'

const now = Date.parse('2026-11-24T10:00:00+07:00')

t.test('a period is named as people name it', async (t) => {
  for (const [period, from, to, label] of [
    ['2026', '2026-01-01', '2026-12-31', 'năm 2026'],
    ['2026H1', '2026-01-01', '2026-06-30', '6 tháng đầu năm 2026'],
    ['2026H2', '2026-07-01', '2026-12-31', '6 tháng cuối năm 2026'],
    ['2026Q4', '2026-10-01', '2026-12-31', 'quý IV năm 2026'],
    ['2028-02', '2028-02-01', '2028-02-29', 'tháng 2 năm 2028'],
  ] as const)
    t.strictSame(readPeriod({ period }, 'department', now), { from, to, label }, period)
  t.match(readPeriod({ from: '2026-03-01' }, 'department', now), { from: '2026-03-01', to: '2026-11-24' })
})

t.test("an agency's half-years leave no day out and none twice", async (t) => {
  const periods = ['2025H2', '2026H1', '2026H2', '2027H1'].map(
    (period) => readPeriod({ period }, 'agency', now)!,
  )
  t.strictSame(
    periods.map(({ to }) => to),
    ['2025-11-30', '2026-06-30', '2026-11-30', '2027-06-30'],
  )
  const days = periods.flatMap(daysOf)
  t.strictSame(days, daysOf({ from: '2025-07-01', to: '2027-06-30' }))
  t.match(readPeriod({ period: '2026' }, 'agency', now), { from: '2025-12-01', to: '2026-11-30' })
})

t.test('invalid periods are refused', async (t) => {
  for (const words of [
    {},
    { period: '2026H3' },
    { period: '2026Q5' },
    { period: '2026-13' },
    { period: '26H1' },
    { period: '2026H1', from: '2026-01-01' },
    { to: '2026-01-01' },
    { from: '2026-02-30' },
    { from: '2026-06-01', to: '2026-05-01' },
    { from: '2020-01-01', to: '2026-05-01' },
    { from: '2026-12-01' },
  ])
    t.equal(readPeriod(words, 'department', now), undefined, JSON.stringify(words))
})
