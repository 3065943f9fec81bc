// Agencies that fell silent.
import { silentLog } from '../../log.js'
import { openFreshness } from '../../monitor/freshness.js'
import { warn } from './finding.js'
import { inStore } from './store.js'

export const checkFreshness = inStore(async (door, { agencies }) => {
  const freshness = await openFreshness({ door, log: silentLog, agencies })
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
