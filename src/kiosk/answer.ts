// Words a found dossier as the JSON of `Answer`. The busiest route calls this, so whatever does not depend on the
// dossier (words of states, agencies) is turned into bytes of JSON once, at start, and an answer is joined from pieces
// (../web/whole-answer.ts says why).

import type { Agency } from '../dossier/agency.js'
import type { DossierStatus } from '../dossier/dossier.js'
import { dossierStatuses } from '../dossier/dossier.js'
import type { LookupResult } from '../dossier/lookup.js'
import type { Truth } from '../dossier/truth.js'
import type { Words } from '../dossier/wording.js'
import { type Bytes, bytesOf } from '../web/whole-answer.js'

/** What this room needs of a language's words. */
export type AnswerWords = Words

// A province has some two thousand procedures.
const proceduresKept = 5000

type Found = Extract<LookupResult, { kind: 'found' }>

/** Makes the function that words found dossiers in one language, as the bytes of the body. */
export function openAnswers(words: AnswerWords): (found: Found) => Bytes {
  const situationJson = new Map<string, Bytes>()
  // State, situation and apology together are some fifty openings of an answer.
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
  const labelJson = {} as Record<DossierStatus, Bytes>
  for (const state of Object.keys(dossierStatuses) as DossierStatus[])
    labelJson[state] = bytesOf(
      `{"dossierStatus":"${state}","label":${JSON.stringify(words.states[state].label)},"at":"`,
    )
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
    json += `,"overdue":${truth.overdueSince !== undefined},"asOf":"${localTime(dossier.asOf)}"`
    json += `,"canWatch":${truth.canWatch},"hasEnded":${truth.hasEnded}`
    json += time('receivedAt', dossier.receivedAt) + datesOf(truth)
    if (dossier.filedBy) json += `,"filedBy":"${dossier.filedBy}"`
    if (dossier.returnBy) json += `,"returnBy":"${dossier.returnBy}"`
    json += time('silentSince', silentSince)
    if (level === 'full') {
      json += time('finishedAt', dossier.finishedAt)
      json += time('returnedAt', dossier.returnedAt)
      if (dossier.procedure) json += procedureOf(dossier.procedure)
      if (truth.note !== undefined) json += `,"publicNote":${bytesOf(JSON.stringify(truth.note))}`
      if (truth.fee) json += `,"fee":${JSON.stringify(truth.fee)}`
      json += `,"history":[${dossier.history
        .map((step) => `${labelJson[step.dossierStatus]}${localTime(step.at)}"}`)
        .join(',')}]`
    }
    return `${json}}`
  }
}

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
  return at === undefined ? '' : `,"${name}":"${localTime(at)}"`
}

// Vietnam keeps +07:00 all year, without daylight saving.
const zoneMs = 7 * 3_600_000

const twoDigits = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'))
// Dates come back all the time; a decade of them is 3,650.
const dates = new Map<number, string>()
const datesKept = 4096

/** RFC 3339 in the office's zone, second precision: `2026-11-24T10:30:00+07:00`. */
export function localTime(at: number): string {
  const seconds = Math.floor((at + zoneMs) / 1000)
  const day = Math.floor(seconds / 86_400)
  let date = dates.get(day)
  if (date === undefined) {
    if (dates.size >= datesKept) dates.clear()
    dates.set(day, (date = new Date(day * 86_400_000).toISOString().slice(0, 11)))
  }
  const second = seconds - day * 86_400
  const hour = twoDigits[Math.floor(second / 3600)]
  return `${date}${hour}:${twoDigits[Math.floor(second / 60) % 60]}:${twoDigits[second % 60]}+07:00`
}
