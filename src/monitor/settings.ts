// Settings of what leaders are told.
import { group, slice } from '../config/slice.js'
import { Type } from '../schema.js'

export const monitorSettings = slice({
  monitor: group('what leaders are told', {
    notConsecutive: Type.Array(Type.String(), {
      default: [],
      description:
        'unit codes that do not number consecutively: nobody is told of gaps in theirs, nor in units below',
    }),
    excusedDays: Type.Array(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }), {
      default: [],
      description: 'days (YYYY-MM-DD) whose gaps are not told',
    }),
  }),
})
