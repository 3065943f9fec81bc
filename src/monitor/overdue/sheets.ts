// The overdue list as tables, in the words of the report.
import type { OverdueList } from '../contract.js'
import type { Cell, Sheet } from '../download.js'
import { dayWord, moment } from '../report/tables.js'

/** Two tables: dossiers, and numbers never pushed. Headings first; Vietnamese, days as they are written there. */
export function overdueSheets({ dossiers, gaps, countedAt, notListed }: OverdueList): Sheet[] {
  const counted = countedAt === undefined ? '' : `, số liệu lúc ${moment(countedAt)}`
  const more = notListed > 0 ? `; còn ${notListed} hồ sơ không liệt kê` : ''
  return [
    {
      name: 'Quá hạn, sắp đến hạn',
      title: `Hồ sơ quá hạn và sắp đến hạn${counted}${more}`,
      rows: [
        [
          'Mã hồ sơ',
          'Cơ quan',
          'Tên cơ quan',
          'Trạng thái',
          'Ngày hẹn trả',
          'Quá hạn (ngày)',
          'Còn lại (ngày)',
        ],
        ...dossiers.map((row): Cell[] => [
          row.dossierNo,
          row.agency,
          row.name,
          row.state,
          dayWord(row.due),
          row.overdue ? row.days : '',
          row.overdue ? '' : -row.days,
        ]),
      ],
    },
    {
      name: 'Mã chưa cập nhật',
      title: 'Mã hồ sơ chưa từng được gửi lên hệ thống',
      rows: [
        ['Đơn vị, ngày', 'Cơ quan', 'Tên cơ quan', 'Số lớn nhất', 'Số mã thiếu', 'Các số thiếu'],
        ...gaps.map((row): Cell[] => [
          row.series,
          row.agency,
          row.name,
          row.highest,
          row.missingCount,
          row.missing.join(', '),
        ]),
      ],
    },
  ]
}
