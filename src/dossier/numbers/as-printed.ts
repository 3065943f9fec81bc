// Fast path for a dossier number exactly as printed, with nothing around it: what systems send and slips show, nine numbers in
// ten. Everything else goes the long way (dossier-no.ts), which reads this form alike but takes five times as long.
import { dayOfYymmdd } from '../days.js'
import type { DossierNo } from '../dossier.js'
import type { AgencyCodes } from './agency-codes.js'
import { dossierNoOf } from './dossier-no.js'

// Codes of QCVN 102:2016, and those of decision 20/2020/QĐ-TTg with units below them.
const form =
  /^(\d{3}\.\d\d\.\d\d\.[GHK]\d\d|[GHK]\d\d(?:\.\d{2,3}){0,3}(?:\.\d{1,3})?)-(20)?(\d{6})-(\d{4,7})$/

/** Undefined for a text of any other form, and for a number with a mistake: the long way says which mistake. */
export function readAsPrinted(
  text: string,
  codes: Pick<AgencyCodes, 'issuerOf'>,
  latestDay: number,
): DossierNo | undefined {
  const parts = form.exec(text)
  if (!parts) return undefined
  const [, printed, century = '', date, sequence] = parts
  const day = dayOfYymmdd(Number(date))
  if (day < 0 || day > latestDay) return undefined
  return dossierNoOf(codes, printed!, { day, date: century + date, sequence: sequence! })
}
