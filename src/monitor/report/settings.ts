// Settings of printed reports.
import { group, slice, text } from '../../config/slice.js'
import { Type } from '../../schema.js'

export const reportSettings = slice({
  report: group('the letterhead of printed reports; what is left out is a dotted line', {
    authority: text('the authority above the office', ''),
    office: text('the office that reports', ''),
    place: text('where it is signed, beside the date', ''),
    basis: Type.Array(Type.String({ minLength: 1 }), {
      default: ['Quyết định số 03/2018/QĐ-UBND'],
      description: 'the rules that require the report, one a line at its top',
    }),
  }),
})
