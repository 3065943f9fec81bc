// Whether the table of holidays, by which complaints have their day, goes on for long enough.
import { endOf, readHolidays } from '../../complaints/working-days.js'
import { type Check, type Finding, fail, ok, warn } from './finding.js'

const dayMs = 86_400_000
// The notice of the year's Tết comes in autumn: two months are enough to write it down.
const soonDays = 60

export const checkHolidays: Check = ({ config }) => [judgeHolidays(config.complaints.holidays, Date.now())]

/** Behind its end every Monday to Friday counts as a working day, and complaints are due before offices are open. */
export function judgeHolidays(file: string, now: number): Finding {
  const read = readHolidays(file)
  if ('problem' in read)
    return fail('complaints.holidays', read.problem, 'give the days as the shipped file does')
  const days = Math.ceil((endOf(read.through) - now) / dayMs)
  const cure = `write the holidays of the next year into ${file}, and move its through`
  if (days <= 0)
    return warn(
      'complaints.holidays',
      `the table ended on ${read.through}: from there on no day is a holiday`,
      cure,
    )
  return days <= soonDays
    ? warn('complaints.holidays', `the table ends on ${read.through}, in ${days} days`, cure)
    : ok('complaints.holidays', `known through ${read.through}`)
}
