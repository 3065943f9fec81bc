// CloudPRNT codes for the printer's state and a slip's outcome: three digits and a text, "200 OK", "410 Paper Out".
import type { JobFailure, JobState, PrinterState } from '../contract.js'
import type { PrintOutcome } from '../printer/printing.js'

/** Ready ESC/POS bytes, for our own agent. */
export const slipType = 'application/vnd.dossier-gateway.escpos'
/** For stock printers. */
export const pictureType = 'image/png'

interface End {
  readonly state: Extract<JobState, 'sent' | 'confirmed' | 'unconfirmed' | 'failed' | 'expired'>
  readonly reason?: JobFailure
  readonly by?: 'completion' | 'status'
}

// 2xx is "printed". Our own agent adds a detail after "200 OK"; a stock client knows only the number.
const ends: readonly { code: string; end: End }[] = [
  { code: '200 OK', end: { state: 'confirmed', by: 'completion' } },
  { code: '201 Printed by status', end: { state: 'confirmed', by: 'status' } },
  { code: '202 Sent', end: { state: 'sent' } },
  { code: '203 Sent and not confirmed', end: { state: 'unconfirmed' } },
  { code: '204 Goes on when there is paper', end: { state: 'unconfirmed', reason: 'no-paper' } },
  { code: '205 Goes on when the cover is closed', end: { state: 'unconfirmed', reason: 'cover-open' } },
  { code: '208 Too late, not printed', end: { state: 'expired' } },
  { code: '410 Paper out', end: { state: 'failed', reason: 'no-paper' } },
  { code: '420 Cover open', end: { state: 'failed', reason: 'cover-open' } },
  { code: '430 Printer busy', end: { state: 'failed', reason: 'printer-busy' } },
  { code: '440 Printer absent', end: { state: 'failed', reason: 'printer-absent' } },
  { code: '450 Interrupted', end: { state: 'failed', reason: 'interrupted' } },
  { code: '460 Gateway unavailable', end: { state: 'failed', reason: 'unavailable' } },
  // Not 2xx: to a gateway before this code it means an error, not a printed slip.
  { code: '501 Goes on by itself', end: { state: 'unconfirmed', reason: 'printer-error' } },
  { code: '500 Printer error', end: { state: 'failed', reason: 'printer-error' } },
]

/** What a DELETE means. Other 2xx are printed, everything else a printer's error. */
export function outcomeOfCode(code: string): End {
  const number = digits(code)
  const known = ends.find((one) => digits(one.code) === number)
  if (known) return known.end
  if (number.startsWith('2')) return { state: 'confirmed', by: 'completion' }
  if (number.startsWith('42')) return { state: 'failed', reason: 'cover-open' }
  // 52x: the download failed. 411 paper jam, 51x: it cannot print the data.
  return { state: 'failed', reason: number.startsWith('52') ? 'unavailable' : 'printer-error' }
}

/** The code our agent reports. */
export function codeOfOutcome(outcome: PrintOutcome | { readonly kind: 'sent' | 'expired' }): string {
  const found = ends.find(({ end }) => {
    if (end.state !== outcome.kind) return false
    if (outcome.kind === 'failed' || outcome.kind === 'unconfirmed') return end.reason === outcome.reason
    if (outcome.kind === 'confirmed') return end.by === outcome.by
    return true
  })
  if (!found) throw new Error(`no code for ${JSON.stringify(outcome)}`)
  return found.code
}

/** The statusCode of a poll: 2xx on line, 211 paper low, 410 paper out, 420 cover open. */
export function stateOfCode(code: string): PrinterState {
  const number = digits(code)
  if (number === '211') return 'paper-low'
  if (number.startsWith('2')) return 'ready'
  if (number === '410') return 'no-paper'
  if (number.startsWith('42')) return 'cover-open'
  return number === '' ? 'unknown' : 'error'
}

// "200 OK", "200%20OK", "200", all of them in quotes, and the word "OK" are one.
function digits(code: string): string {
  return /^\W*(\d{3,4})/.exec(code)?.[1] ?? (/^\W*OK\b/i.test(code) ? '200' : '')
}
