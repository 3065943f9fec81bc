// Settings of the monitor.
import { group, slice } from '../config/slice.js'
import { Type } from '../schema.js'

export const monitorSettings = slice({
  monitor: group('what the monitor reports', {
    notConsecutive: Type.Array(Type.String(), {
      default: [],
      description:
        'unit codes that do not number consecutively: gaps in them and in units below are not reported',
    }),
    excusedDays: Type.Array(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }), {
      default: [],
      description: 'days (YYYY-MM-DD) whose gaps are not reported',
    }),
  }),
})
