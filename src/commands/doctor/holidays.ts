// Whether the table of holidays, from which due days of complaints are computed, reaches far enough ahead.
import { endOf, readHolidays } from '../../complaints/working-days.js'
import { dayMs } from '../../dossier/times.js'
import { type Check, type Finding, fail, ok, warn } from './finding.js'

// The dates of Tết are announced in autumn, so two months are enough to enter them.
const soonDays = 60

export const checkHolidays: Check = ({ config }) => [judgeHolidays(config.complaints.holidays, Date.now())]

/** After the table's end every Monday to Friday counts as a working day, so complaints would be due too early. */
export function judgeHolidays(file: string, now: number): Finding {
  const read = readHolidays(file)
  if ('problem' in read)
    return fail('complaints.holidays', read.problem, 'write the days as in the shipped file')
  const days = Math.ceil((endOf(read.through) - now) / dayMs)
  const cure = `add the holidays of the next year to ${file}, and set its through`
  if (days <= 0)
    return warn(
      'complaints.holidays',
      `the table ended on ${read.through}: no later day counts as a holiday`,
      cure,
    )
  return days <= soonDays
    ? warn('complaints.holidays', `the table ends on ${read.through}, in ${days} days`, cure)
    : ok('complaints.holidays', `known through ${read.through}`)
}
