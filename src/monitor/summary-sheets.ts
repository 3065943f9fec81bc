// The monitor's summary as tables to download: in Vietnamese, in local time, with the same words as page and report.
import { channels } from '../dossier/channels.js'
import type { Count, MonitorSummary } from './contract.js'
import type { Cell, Sheet } from './download.js'
import { channelNames, few, resultNames } from './report/tables.js'
import { dayWord, moment } from './vietnamese.js'

/** The tables of a download, headings first. */
export function sheets(summary: MonitorSummary): Sheet[] {
  const count = (value: Count | undefined): Cell => (value === null ? few : (value ?? ''))
  const share = (value: number | null | undefined): Cell =>
    value === null || value === undefined ? '' : Math.round(value * 1000) / 1000
  const when = (iso: string | undefined): Cell => (iso === undefined ? '' : moment(iso))
  return [
    {
      name: 'Cơ quan',
      rows: [
        [
          'Mã',
          'Cơ quan',
          'Cập nhật gần nhất',
          'Chậm cập nhật từ',
          'Chu kỳ cập nhật (phút làm việc)',
          'Số lượt cập nhật',
          'Đang giải quyết',
          'Quá hạn',
          'Tỷ lệ quá hạn',
          'Tỷ lệ đúng hạn (30 ngày)',
        ],
        ...summary.agencies.map((row): Cell[] => [
          row.code,
          row.name,
          when(row.lastHeard),
          when(row.silentSince),
          row.usualGapMinutes ?? '',
          count(row.updates),
          count(row.open),
          count(row.overdue),
          share(row.overdueRatio),
          share(row.onTimeRatio),
        ]),
      ],
    },
    {
      name: 'Lượt tra cứu theo ngày',
      rows: [
        ['Ngày', ...channels.map((channel) => channelNames[channel])],
        ...summary.lookups.byDay.map((row): Cell[] => [
          dayWord(row.day),
          ...channels.map((channel) => count(row[channel])),
        ]),
      ],
    },
    {
      name: 'Kết quả tra cứu',
      rows: [
        ['Kết quả', 'Số lượt'],
        ...summary.lookups.byResult.map(({ result, count: its }): Cell[] => [
          (resultNames as Readonly<Record<string, string>>)[result] ?? result,
          count(its),
        ]),
      ],
    },
    {
      name: 'Mức hài lòng',
      rows: [
        ['Cơ quan', 'Ki-ốt', 'Hài lòng', 'Bình thường', 'Chưa hài lòng'],
        ...summary.ratings.map((row): Cell[] => [
          row.agency,
          row.kiosk ?? '',
          count(row.good),
          count(row.fine),
          count(row.notGood),
        ]),
      ],
    },
  ]
}
