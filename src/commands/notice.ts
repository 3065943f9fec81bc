// The `notice` command: a poster for an office, made from the same configuration as the help page, with the last
// half-year's figures that may be published.
import { extname } from 'node:path'
import { parseArgs } from 'node:util'
import { holidaysOf } from '../complaints/working-days.js'
import { agencyTyped } from '../dossier/agency.js'
import { openWording, type Words } from '../dossier/wording.js'
import type { KeysBelow } from '../dossier/wording-keys.js'
import { exitCodes, usageError } from '../errors.js'
import { type NoticeFigure, type NoticeSize, noticePage, noticeSizes } from '../kiosk/notice/page.js'
import { waysOf } from '../kiosk/ways.js'
import { ledgerOf } from '../monitor/ledger/of-core.js'
import { lastHalfYear } from '../monitor/report/period.js'
import { readReport } from '../monitor/report/read.js'
import type { AgencyFigures } from '../monitor/report/report.js'
import type { Published, Share } from '../monitor/report/suppression.js'
import { numeral } from '../monitor/vietnamese.js'
import { writeOutput } from '../replace-file.js'
import type { CoreCommand } from './command.js'

/** Runs `notice`. */
export const noticeCommand: CoreCommand = async ({ args, config, core, json, print }) => {
  const { code, size, output } = readArguments(args)
  const { agencies } = config
  const agency = agencyTyped(code, agencies)
  const { vi: words } = openWording(config.wording)
  const now = Date.now()
  const period = lastHalfYear(now)
  const report = await readReport(
    { ...core, agencies, holidays: holidaysOf(config), ledger: ledgerOf(core, config) },
    period,
    now,
    [agency.code],
  )
  const [figures] = report.byAgency
  const page = noticePage({
    agency: agency.name,
    ways: waysOf(config, agency),
    size,
    period: period.label,
    figures: figures ? publishedFigures(figures, words) : [],
    complaintDays: config.complaints.workingDays,
    words,
  })
  writeOutput(output, page, 0o644)
  print(
    json
      ? JSON.stringify({ output, agency: agency.code, size })
      : `notice of ${agency.code} written to ${output}`,
  )
  return exitCodes.ok
}

function readArguments(args: readonly string[]): { code: string; size: NoticeSize; output: string } {
  const text = { type: 'string' } as const
  const { agency, size, output } = parseArgs({
    args: [...args],
    options: { agency: text, size: { ...text, default: 'a4' }, output: text },
  }).values
  if (agency === undefined) throw usageError('notice: --agency CODE is required')
  if (output === undefined) throw usageError('notice: --output FILE.html is required')
  if (!/^\.html?$/i.test(extname(output)))
    throw usageError(
      `${output}: the name must end with .html; print the page from a browser, on paper or as PDF (it sets the paper size)`,
    )
  const its = noticeSizes.find((one) => one === size.toLowerCase())
  if (!its) throw usageError(`--size ${size} is not one of ${noticeSizes.join(', ')}`)
  return { code: agency, size: its, output }
}

/** The figures that may be published and are not empty. */
function publishedFigures({ found, handled }: AgencyFigures, words: Words): NoticeFigure[] {
  const label = (name: KeysBelow<'notice.figures'>) => words.pieces(`notice.figures.${name}`).join('')
  const count = (name: KeysBelow<'notice.figures'>, published: Published) =>
    typeof published === 'number' && published > 0 ? [{ label: label(name), value: numeral(published) }] : []
  const percent = (name: KeysBelow<'notice.figures'>, share: Share) =>
    typeof share === 'number'
      ? [
          {
            label: label(name),
            value: `${numeral(share * 100, 1)}%`,
          },
        ]
      : []
  return [
    ...count('received', handled.received),
    ...count('results', handled.results),
    ...percent('inTime', handled.onTimeRatio),
    ...count('lookups', found.total),
  ]
}
