// Words a found dossier as the JSON of `Answer`. The busiest route calls this, so whatever does not depend on the
// dossier (words of states, agencies) is turned into JSON once, at start, and an answer is joined from pieces.
import type { Agency, Dossier, DossierStatus } from '../dossier/dossier.js'
import { dossierStatuses } from '../dossier/dossier.js'
import type { LookupResult } from '../dossier/lookup.js'

/** What this room needs of a language's words (dossier/wording.ts). */
export interface AnswerWords {
  states: Record<DossierStatus, { label: string; meaning: string; nextAction: string }>
}

type Found = Extract<LookupResult, { kind: 'found' }>

/** Makes the function that words found dossiers in one language. */
export function openAnswers(words: AnswerWords): (found: Found) => string {
  const stateJson = {} as Record<DossierStatus, string>
  const labelJson = {} as Record<DossierStatus, string>
  for (const state of Object.keys(dossierStatuses) as DossierStatus[]) {
    const { label, meaning, nextAction } = words.states[state]
    stateJson[state] = `"dossierStatus":"${state}","words":${JSON.stringify({ label, meaning, nextAction })}`
    labelJson[state] = `{"dossierStatus":"${state}","label":${JSON.stringify(label)},"at":"`
  }
  const agencyJson = new WeakMap<Agency, string>()
  const agencyOf = (agency: Agency) => {
    let json = agencyJson.get(agency)
    if (json === undefined) {
      const { code, name, phone, address } = agency
      json = JSON.stringify({ code, name, phone, address })
      agencyJson.set(agency, json)
    }
    return json
  }

  return ({ dossier, agency, level, overdue, silentSince }) => {
    let json = `{"dossierNo":${JSON.stringify(dossier.dossierNo.text)},"level":"${level}",${stateJson[dossier.dossierStatus]},"agency":${agencyOf(agency)},"overdue":${overdue},"asOf":"${localTime(dossier.asOf)}"`
    const time = (name: string, at: number | undefined) => {
      if (at !== undefined) json += `,"${name}":"${localTime(at)}"`
    }
    time('receivedAt', dossier.receivedAt)
    time('dueAt', dossier.dueAt)
    time('extendedDueAt', dossier.extendedDueAt)
    time('silentSince', silentSince)
    if (level === 'full') {
      time('finishedAt', dossier.finishedAt)
      time('returnedAt', dossier.returnedAt)
      json += details(dossier, labelJson)
    }
    return `${json}}`
  }
}

function details(dossier: Dossier, labelJson: Record<DossierStatus, string>): string {
  let json = ''
  if (dossier.procedure) {
    const { code, name } = dossier.procedure
    json += `,"procedure":${JSON.stringify({ code, name })}`
  }
  if (dossier.publicNote !== undefined) json += `,"publicNote":${JSON.stringify(dossier.publicNote)}`
  if (dossier.fee) json += `,"fee":{"amount":${dossier.fee.amount},"paid":${dossier.fee.paid}}`
  const steps = dossier.history.map((step) => `${labelJson[step.dossierStatus]}${localTime(step.at)}"}`)
  return `${json},"history":[${steps.join()}]`
}

// Vietnam keeps +07:00 all year, without daylight saving.
const zoneMs = 7 * 3_600_000

/** RFC 3339 in the office's zone, second precision: `2026-11-24T10:30:00+07:00`. */
export function localTime(at: number): string {
  return `${new Date(at + zoneMs).toISOString().slice(0, 19)}+07:00`
}
