// Words a found dossier as the JSON of `Answer`. The busiest route calls this, so everything independent of the dossier
// (words of states, agencies) is serialised once, at start, and an answer is joined from those pieces
// (../web/whole-answer.ts says why).

import type { Agency } from '../dossier/agency.js'
import type { DossierStatus } from '../dossier/dossier.js'
import { dossierStatuses } from '../dossier/dossier.js'
import type { LookupResult } from '../dossier/lookup.js'
import { writeTime } from '../dossier/times.js'
import type { Truth } from '../dossier/truth.js'
import type { Words } from '../dossier/wording.js'
import { type Bytes, bytesOf } from '../web/whole-answer.js'

/** What this room needs of a language's words. */
export type AnswerWords = Words

// A province has some two thousand procedures.
const proceduresKept = 5000

type Found = Extract<LookupResult, { kind: 'found' }>

/** Creates the function that words found dossiers in one language, as the bytes of the body. */
export function openAnswers(words: AnswerWords): (found: Found) => Bytes {
  const situationJson = new Map<string, Bytes>()
  // State, situation and apology together give some fifty beginnings of an answer.
  const openingOf = (status: DossierStatus, { situation, apology }: Truth) => {
    const key = `${situation} ${apology?.kind}`
    let json = situationJson.get(key)
    if (json === undefined) {
      const { label, meaning, nextAction } = words.states[situation]
      const sorry = apology && { apology: words.text(`apology.${apology.kind}`) }
      const said = JSON.stringify({ label, meaning, nextAction, ...sorry })
      json = bytesOf(`"dossierStatus":"${status}","words":${said},"agency":`)
      situationJson.set(key, json)
    }
    return json
  }
  const stepJson = (state: DossierStatus, label: string) =>
    bytesOf(`{"dossierStatus":"${state}","label":${JSON.stringify(label)}`)
  const labelJson = {} as Record<DossierStatus, Bytes>
  for (const state of Object.keys(dossierStatuses) as DossierStatus[])
    labelJson[state] = stepJson(state, words.states[state].label)
  const stepOf = (state: DossierStatus, { situation }: Truth) =>
    words.states[situation].label === words.states[state].label
      ? labelJson[state]
      : stepJson(state, words.states[situation].label)
  const agencyJson = new WeakMap<Agency, Bytes>()
  const agencyOf = (agency: Agency) => {
    let json = agencyJson.get(agency)
    if (json === undefined) {
      const { code, name, phone, address } = agency
      agencyJson.set(agency, (json = bytesOf(JSON.stringify({ code, name, phone, address }))))
    }
    return json
  }

  const procedureJson = new Map<string, { name: string; json: Bytes }>()
  const procedureOf = ({ code, name }: { code: string; name: string }) => {
    let known = procedureJson.get(code)
    if (known?.name !== name) {
      if (procedureJson.size >= proceduresKept) procedureJson.clear()
      known = { name, json: bytesOf(`,"procedure":${JSON.stringify({ code, name })}`) }
      procedureJson.set(code, known)
    }
    return known.json
  }

  return ({ dossier, agency, level, truth, silentSince }) => {
    let json = `{"dossierNo":${bytesOf(JSON.stringify(dossier.dossierNo.text))},"level":"${level}",`
    json += openingOf(dossier.dossierStatus, truth) + agencyOf(agency)
    json += `,"overdue":${truth.overdueSince !== undefined},"asOf":"${writeTime(dossier.asOf)}"`
    json += `,"awaitsCitizen":${truth.awaitsCitizen}`
    json += `,"canWatch":${truth.canWatch},"hasEnded":${truth.hasEnded}`
    json += time('receivedAt', dossier.receivedAt) + datesOf(truth)
    if (dossier.filedBy) json += `,"filedBy":"${dossier.filedBy}"`
    if (dossier.returnBy) json += `,"returnBy":"${dossier.returnBy}"`
    json += time('silentSince', silentSince)
    if (level === 'full') {
      json += time('finishedAt', truth.finishedAt)
      json += time('returnedAt', truth.returnedAt)
      if (dossier.procedure) json += procedureOf(dossier.procedure)
      if (truth.note !== undefined) json += `,"publicNote":${bytesOf(JSON.stringify(truth.note))}`
      if (truth.fee) json += `,"fee":${JSON.stringify(truth.fee)}`
      json += `,"history":[${dossier.history
        .map(({ dossierStatus, at }, nth) => {
          // The last step is the present one, and is named like the state.
          const isNow = nth === dossier.history.length - 1 && dossierStatus === dossier.dossierStatus
          return `${isNow ? stepOf(dossierStatus, truth) : labelJson[dossierStatus]}${time('at', isNow ? beganAt(at, truth) : at)}}`
        })
        .join(',')}]`
    }
    return `${json}}`
  }
}

// What is called "payment recorded" did not begin when the payment was asked for.
const beganAt = (at: number | undefined, { situation, since }: Truth) =>
  situation === 'payment.paid' ? since : at

function datesOf({ promised, overdueSince, apology }: Truth): string {
  const due = promised?.formerly ?? promised?.at ?? (apology?.kind === 'late' ? apology.promised : undefined)
  return (
    time('dueAt', due) +
    time('extendedDueAt', promised?.kind === 'moved' ? promised.at : undefined) +
    time('overdueSince', overdueSince) +
    (apology ? `,"apology":"${apology.kind}"` : '')
  )
}

function time(name: string, at: number | undefined): string {
  return at === undefined ? '' : `,"${name}":"${writeTime(at)}"`
}
