import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { endOf, type Holidays, readHolidays, workingDayAfter } from '../../src/complaints/working-days.js'
import { localDate } from '../../src/dossier/times.js'

const holidays = readHolidays('config/holidays.yaml') as Holidays

const at = (local: string) => Date.parse(`${local}+07:00`)

t.test('three working days are counted without weekends and holidays', async (t) => {
  for (const [label, received, due] of [
    ['an ordinary Monday', '2026-11-23T09:00', '2026-11-26'],
    ['a Friday: the weekend does not count', '2026-11-27T16:59', '2026-12-02'],
    ['a Saturday', '2026-11-28T10:00', '2026-12-02'],
    ['a Sunday, one minute before Monday', '2026-11-29T23:59', '2026-12-02'],
    ['Monday at midnight', '2026-11-30T00:00', '2026-12-03'],
    ['the day before Tết', '2026-02-13T10:00', '2026-02-25'],
    ['the last working day of April', '2026-04-29T10:00', '2026-05-06'],
    ['before New Year, with a Saturday that is worked in exchange', '2025-12-31T10:00', '2026-01-07'],
    ['a Thursday before a Saturday that is worked', '2026-01-08T10:00', '2026-01-12'],
    ['across the National Day', '2026-08-28T10:00', '2026-09-07'],
    ['Tết of 2027', '2027-02-04T10:00', '2027-02-16'],
  ] as const)
    t.equal(workingDayAfter(at(received), 3, holidays), due, label)
})

t.test('a day is that of Vietnam, and ends at its midnight', async (t) => {
  t.equal(localDate(Date.parse('2026-11-23T17:30:00Z')), '2026-11-24')
  t.equal(endOf('2026-11-24'), at('2026-11-25T00:00'))
})

t.test('a table that cannot be read is told', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'dgw-days-'))
  const file = join(folder, 'holidays.yaml')
  for (const text of [
    'holidays: [2026-02-30]\nthrough: 2026-12-31',
    'holidays: 5\nthrough: 2026-12-31',
    'holidays: []',
  ]) {
    writeFileSync(file, text)
    t.match(readHolidays(file), { problem: /needs through/ }, text)
  }
  t.match(readHolidays(join(folder, 'none.yaml')), { problem: /none.yaml/ })
})
