// The overdue list as tables, in the words of the report.
import type { GapRow, OverdueList } from '../contract.js'
import type { Cell, Sheet } from '../download.js'
import { dayWord, moment } from '../vietnamese.js'

/** Three tables: dossiers, numbers never pushed, complaints. Headings first; Vietnamese, days as they are written there. */
export function overdueSheets({ dossiers, gaps, complaints, countedAt, notListed }: OverdueList): Sheet[] {
  const counted = countedAt === undefined ? '' : `, số liệu lúc ${moment(countedAt)}`
  const more = notListed > 0 ? `; còn ${notListed} hồ sơ không liệt kê` : ''
  return [
    {
      name: 'Quá hạn, sắp đến hạn',
      title: `Hồ sơ quá hạn và sắp đến hạn${counted}${more}`,
      rows: [
        [
          'Mã hồ sơ',
          'Mã cơ quan',
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
        [
          'Đơn vị, ngày',
          'Mã cơ quan',
          'Tên cơ quan',
          'Số mã đã có',
          'Số lớn nhất',
          'Số mã thiếu',
          'Các số thiếu',
          'Mã đã có ở hai bên',
        ],
        ...gaps.map((row): Cell[] => [
          row.series,
          row.agency,
          row.name,
          row.seen,
          row.highest,
          row.missingCount,
          row.missing.join(', '),
          row.around.map(aroundWords).join('; '),
        ]),
      ],
    },
    {
      name: 'Phản ánh sắp đến hạn',
      title: 'Phản ánh, kiến nghị quá hạn và sắp đến hạn trả lời',
      rows: [
        [
          'Số phản ánh',
          'Mã cơ quan',
          'Tên cơ quan',
          'Ngày nhận',
          'Hạn trả lời',
          'Quá hạn (ngày)',
          'Còn lại (ngày)',
        ],
        ...complaints.map((row): Cell[] => [
          row.ticket,
          row.agency,
          row.name,
          dayWord(row.received),
          dayWord(row.due),
          row.overdue ? row.days : '',
          row.overdue ? '' : -row.days,
        ]),
      ],
    },
  ]
}

/** `0003–0004: 0002 Đang giải quyết (27/11/2026 08:15) | 0005 …` */
function aroundWords({ missing, before, after }: GapRow['around'][number]): string {
  const seen = [before, after].flatMap((one) =>
    one
      ? [`${one.dossierNo.slice(one.dossierNo.lastIndexOf('-') + 1)} ${one.state} (${moment(one.heard)})`]
      : [],
  )
  return seen.length === 0 ? missing : `${missing}: ${seen.join(' | ')}`
}
