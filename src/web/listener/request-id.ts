// The X-Request-Id of a caller: echoed, and logged with what went wrong.
import { holdsIdentityNumber, personalKind } from '../../dossier/numbers/personal.js'

// Identifiers of programs, in which digits mean nobody: UUIDs, and the 32 digits of a W3C trace or of nginx.
const ofProgram = /^(?:[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|(?=.*[a-f])[\da-f]{32})$/i

/**
 * A caller's request id, if it may stand in headers and logs. A secret key, or digits that may be somebody's identity card or
 * phone, may not: such a request gets an id of ours.
 */
export function readRequestId(theirs: string | string[] | undefined): string | undefined {
  if (typeof theirs !== 'string' || !/^[\w.:/=-]{1,64}$/.test(theirs)) return undefined
  return ofProgram.test(theirs) || !isTelling(theirs) ? theirs : undefined
}

function isTelling(id: string): boolean {
  if (id.includes('dgw_') || holdsIdentityNumber(id)) return true
  if (id.match(/\d+/g)?.some((run) => isSomebodys(personalKind(run)))) return true
  // A phone in groups: the digits of a card in groups were found above.
  const grouped = id.match(/(?<!\d)\d+(?:[.:/=_-]\d+)+/g) ?? []
  return grouped.some((groups) => personalKind(groups.replace(/\D/g, '')) === 'phone')
}

// A tax code is public, and one in ten of any ten digits.
const isSomebodys = (kind: ReturnType<typeof personalKind>) => kind === 'identity' || kind === 'phone'
