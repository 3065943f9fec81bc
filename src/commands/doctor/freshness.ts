// Agencies that fell silent.
import { readHolidays } from '../../complaints/working-days.js'
import { silentLog } from '../../log.js'
import { openFreshness } from '../../monitor/freshness.js'
import { noHolidays } from '../../monitor/office-time.js'
import { warn } from './finding.js'
import { inStore } from './store.js'

export const checkFreshness = inStore(async (door, { agencies, complaints }) => {
  // An unreadable table is reported by a check of its own.
  const read = readHolidays(complaints.holidays)
  const holidays = 'problem' in read ? noHolidays : read
  const freshness = await openFreshness({ door, log: silentLog, holidays })
  try {
    return agencies.flatMap(({ code, phone, retired }) => {
      const since = retired ? undefined : freshness.silentSince(code)
      if (since === undefined) return []
      const says = `${code} has not been heard of since ${new Date(since).toISOString()}, much longer than usual`
      return [
        warn(
          'freshness',
          says,
          `call the agency (${phone || 'no phone is configured'}); answers say how old the data is`,
        ),
      ]
    })
  } finally {
    await freshness.close()
  }
})
