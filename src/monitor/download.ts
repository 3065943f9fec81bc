// Tables as CSV and XLSX: the monitor's summary and the report of a period. In CSV no text is run as a formula (../csv.ts); in
// XLSX cells have a type, so a text stays one.
import { csvLine, csvStart } from '../csv.js'
import { channels } from '../dossier/channels.js'
import type { Count, MonitorSummary } from './contract.js'

export type Cell = string | number | null
export interface Sheet {
  /** At most 31 characters, says Excel. */
  readonly name: string
  /** What stands over the table in CSV, where sheets have no names. */
  readonly title?: string
  readonly rows: readonly (readonly Cell[])[]
}

const few = '<5'

/** The tables of a download, headings first. */
export function sheets(summary: MonitorSummary): Sheet[] {
  const count = (value: Count | undefined): Cell => (value === null ? few : (value ?? ''))
  const ratio = (value: number | null | undefined): Cell =>
    value === null || value === undefined ? '' : Math.round(value * 1000) / 1000
  return [
    {
      name: 'agencies',
      rows: [
        [
          'code',
          'name',
          'last heard',
          'silent since',
          'usual gap (office minutes)',
          'updates',
          'open',
          'overdue',
          'overdue share',
          'on-time share (30 days)',
        ],
        ...summary.agencies.map((row): Cell[] => [
          row.code,
          row.name,
          row.lastHeard ?? '',
          row.silentSince ?? '',
          row.usualGapMinutes ?? '',
          count(row.updates),
          count(row.open),
          count(row.overdue),
          ratio(row.overdueRatio),
          ratio(row.onTimeRatio),
        ]),
      ],
    },
    {
      name: 'lookups',
      rows: [
        ['day', ...channels],
        ...summary.lookups.byDay.map((row): Cell[] => [
          row.day,
          ...channels.map((channel) => count(row[channel])),
        ]),
        ...summary.lookups.byResult.map((row): Cell[] => [`total ${row.result}`, count(row.count)]),
      ],
    },
    {
      name: 'ratings',
      rows: [
        ['agency', 'kiosk', 'good', 'fine', 'not good'],
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

/** All tables under each other, with an empty line between; UTF-8 with a mark, so that Excel reads Vietnamese. */
export function csv(tables: readonly Sheet[]): string {
  const blocks = tables.map(({ title, rows }) =>
    [...(title === undefined ? [] : [[title]]), ...rows].map((row) => csvLine(row)).join(''),
  )
  return csvStart + blocks.join('\n')
}

/** A workbook with a sheet for each table. */
export async function xlsx(tables: readonly Sheet[]): Promise<Buffer> {
  const made = tables.map(({ name, rows }) => ({
    sheet: name,
    data: rows.map((row, nth) =>
      row.map((cell) =>
        typeof cell === 'number'
          ? { type: Number, value: cell }
          : { type: String, value: cell ?? '', ...(nth === 0 ? { fontWeight: 'bold' as const } : {}) },
      ),
    ),
    columns: widths(rows),
  }))
  // Loaded when first asked for: seldom, and it is large.
  const { default: writeXlsx } = await import('write-excel-file/node')
  return writeXlsx(made).toBuffer()
}

// As wide as what stands in it, within reason.
const widths = (rows: Sheet['rows']) =>
  (rows[0] ?? []).map((_, nth) => ({
    width: Math.min(60, Math.max(8, ...rows.map((row) => String(row[nth] ?? '').length + 2))),
  }))
