// Times as the programs of many languages write them, read of a peer.
import t from 'tap'
import { moment } from '../../../src/agency/sources/moments.js'
import { writeTime } from '../../../src/dossier/times.js'

const read = (value: unknown) => {
  const at = moment(value)
  return typeof at === 'number' ? writeTime(at).slice(0, 19) : (at ?? 'none')
}

const half = '2026-11-24T08:30:00'
const afternoon = '2026-11-24T14:15:00'

t.test('a time is read in the writing of its program', async (t) => {
  for (const [value, expected] of [
    ['24/11/2026 8:30 SA', half],
    ['24/11/2026 02:15 CH', afternoon],
    ['02:15:00 CH 24/11/2026', afternoon],
    ['24/11/2026 2:15 PM', afternoon],
    ['24/11/2026 2:15 p.m.', afternoon],
    ['05/11/2026 02:15 PM', '2026-11-05T14:15:00'],
    ['5/11/2026 2:15 CH', '2026-11-05T14:15:00'],
    ['24/11/2026 12:15 SA', '2026-11-24T00:15:00'],
    ['24/11/2026 12:15 PM', '2026-11-24T12:15:00'],
    ['2026-11-24 02:15 PM', afternoon],
    ['Nov 24, 2026, 8:30:00\u202fAM', half],
    ['24-NOV-26 08.30.00.000000000 AM +07:00', half],
    ['Tue Nov 24 08:30:00 ICT 2026', half],
    ['Tue Nov 24 2026 08:30:00 GMT+0700 (Indochina Time)', half],
    ['Tue, 24 Nov 2026 01:30:00 GMT', half],
    ['2026-11-24T08:30:00,000+07:00', half],
    ['2026-11-24 8:30', half],
    ['14:15 ngày 24 tháng 11 năm 2026', afternoon],
    ['24/11/2026 24:00', '2026-11-24T23:59:59'],
    [1_795_483_800, half],
    ['1795483800.123', half],
    [1_795_483_800_123_456, half],
    [20_261_124_083_000, half],
    [{ seconds: 1_795_483_800, nanoseconds: 0 }, half],
    [{ date: '2026-11-24 08:30:00.000000', timezone_type: 3 }, half],
    [{ year: 2026, monthValue: 11, dayOfMonth: 24, hour: 8, minute: 30 }, half],
    [{ time: 1_795_483_800_123, year: 126, month: 10 }, half],
    // None: the last and first days that systems know.
    ['31/12/9999 23:59:59', 'none'],
    ['01/01/1970 07:00:00', 'none'],
    ['1/1/0001 12:00:00 AM', 'none'],
    ['-62135596800000', 'none'],
    ['Invalid date', 'none'],
    // Most likely American: nothing says which figure is the month.
    ['5/11/2026 2:15:00 PM', 'bad'],
    ['05/24/2026 02:15 PM', 'bad'],
    ['24/11/2026 14:15 SA', 'bad'],
    ['24/11/2569', 'bad'],
    [{ year: 'x' }, 'bad'],
    [[], 'bad'],
  ] as const)
    t.equal(read(value), expected, JSON.stringify(value))
})
