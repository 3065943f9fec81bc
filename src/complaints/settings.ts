// Settings of complaints.
import { group, optionalText, slice, text, whole } from '../config/slice.js'
import { readHolidays } from './working-days.js'

export const complaintsSettings = slice(
  {
    complaints: group('complaints by SMS', {
      holidays: text('days on which offices are closed', 'config/holidays.yaml'),
      workingDays: whole('working days within which a complaint must be answered', 3, 1, 60),
      perSender: whole('complaints accepted from one phone a day', 3, 1),
      perDay: whole('complaints accepted a day from all phones', 300, 1, 99_999),
      keptDays: whole('days after which a complaint is deleted', 400, 30),
      agency: optionalText(
        'code of the agency that gets complaints without a number; left out: the first of the file',
      ),
    }),
  },
  ({ complaints: { holidays, agency } }, { here, isSound, agencyCodes, add }) => {
    if (isSound('complaints.holidays')) {
      const read = readHolidays(here(holidays))
      if ('problem' in read) add('complaints.holidays', read.problem)
    }
    if (agency && isSound('complaints.agency') && agencyCodes && !agencyCodes.has(agency))
      add('complaints.agency', `'${agency}' is not in the agencies file`)
  },
)
