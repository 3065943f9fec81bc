// One notice of each kind, about a dossier that does not exist: doctor checks with them whether a brand name's registered
// templates cover what will be sent.
import { type Agency, sandboxAgency } from '../../dossier/agency.js'
import { sampleFound } from '../../dossier/sandbox.js'
import type { Words } from '../../dossier/wording.js'
import { roomFor } from './reply.js'
import { noticed } from './sentences.js'
import type { Worded } from './speaking.js'

const kinds = [
  ['accepted', false],
  ['supplement', false],
  ['payment', false],
  ['refused', false],
  ['stopped', false],
  ['finished', false],
  ['returned', false],
  ['processing', true],
] as const

/** Each kind of notice as it would be worded on a link. */
export function sampleNotices(
  words: Words,
  { shortCode, keywordPrefix }: { readonly shortCode: string; readonly keywordPrefix: string },
  agency: Agency = sandboxAgency,
): Worded[] {
  const line = { shortCode, prefix: keywordPrefix ? `${keywordPrefix} ` : '' }
  const voice = { words, room: roomFor({ accents: false }), line }
  const date = '260101'
  return kinds.map(([status, isOverdue], nth) => {
    const sequence = `000${nth + 1}`
    const dossierNo = {
      text: `${agency.code}-${date}-${sequence}`,
      issuer: agency.code,
      agency: agency.code,
      sequence,
    }
    const number = dossierNo.text
    const found = sampleFound(dossierNo, agency, status, isOverdue)
    return noticed(found, { action: 'notice', number, language: 'vi', accents: false }, voice)
  })
}
