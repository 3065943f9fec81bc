// Settings of the monitor.
import { dayForm, group, slice } from '../config/slice.js'
import { Type } from '../schema.js'

export const monitorSettings = slice({
  monitor: group('what the monitor reports', {
    notConsecutive: Type.Array(Type.String(), {
      default: [],
      description:
        'unit codes that do not number consecutively: gaps in them and in units below are not reported',
    }),
    excusedDays: Type.Array(Type.String(dayForm), {
      default: [],
      description: 'days (YYYY-MM-DD) whose gaps are not reported',
    }),
  }),
})
