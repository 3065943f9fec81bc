// The `igate` kind: VNPT iGate's dossier search behind OpenID Connect. Tokens live about 300 s; the
// search lists newest change first, so a poll walks pages until it meets what it knows; times carry `+0700`.

import { wayNamed } from '../ways.js'
import {
  at,
  defined,
  type Fields,
  first,
  firstOf,
  foundIn,
  isEnd,
  isFields,
  noteIn,
  procedureOf,
  recordsIn,
  stateIn,
  text,
  totalIn,
  whole,
} from './fields.js'
import { changesOf, datingOf, moment, time } from './moments.js'
import { askPeer, isLate, mayBeDenial, mustBeOk, type PeerAnswer, refused, under } from './peer.js'
import type { SourceOf } from './settings.js'
import { type Mapped, maxRecords, type Source, type SourceUpdate } from './source.js'
import { isSkip, openStatuses } from './statuses.js'

// Tokens are renewed this long before they expire: a page may take a while and clocks differ.
const tokenMarginMs = 30_000

/** The adapter; it gets a token when it is first asked. `now` is epoch ms. */
export function openIgate(config: SourceOf<'igate'>, now: () => number = Date.now): Source {
  const { options, url } = config
  const statusOf = openStatuses('igate', config.statuses)
  const limits = { timeoutMs: options.requestTimeoutMs, maxBytes: options.maxBodyBytes }
  let token: { value: string; until: number } | undefined

  async function logIn(signal: AbortSignal): Promise<string> {
    const answer = await askPeer({
      url: options.tokenUrl,
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: config.clientId ?? '',
        client_secret: config.clientSecret ?? '',
      }),
      signal,
      timeoutMs: limits.timeoutMs,
      maxBytes: 65_536,
    })
    mustBeOk(answer, 'igate token')
    const value = at(answer.json, 'access_token')
    // A header value: printable ASCII only, whatever the peer sends.
    if (typeof value !== 'string' || !/^[\x21-\x7e]{1,16384}$/.test(value))
      throw refused('igate token: no access_token in the answer')
    const seconds = whole(at(answer.json, 'expires_in'), 86_400) ?? 300
    const margin = Math.min(tokenMarginMs, seconds * 100)
    token = { value, until: now() + seconds * 1000 - margin }
    return value
  }

  async function search(query: Record<string, string | number>, signal: AbortSignal): Promise<PeerAnswer> {
    const ask = (bearer: string) =>
      askPeer({
        url: under(url, '/pa/dossier/search', query),
        headers: { authorization: `Bearer ${bearer}` },
        signal,
        ...limits,
      }).catch((error: unknown) => {
        if (!isLate(error)) token = undefined
        throw error
      })
    const answer = await ask(token && now() < token.until ? token.value : await logIn(signal))
    // Keycloak forgets sessions when it restarts, whatever expires_in said: get a new token and try once more. API gateways in
    // front of iGate report a bad token in their own ways.
    const isDenied = mayBeDenial(answer.statusCode) || saysBadToken(answer.json)
    // Others answer with a fault, or redirect to a login: the next call gets a new token.
    if (isDenied || answer.statusCode >= 400) token = undefined
    if (!isDenied) return answer
    return ask(await logIn(signal))
  }

  function map(record: unknown): Mapped {
    if (!isFields(record)) return { skip: 'not-an-object' }
    // `code` is what is printed for the citizen, `nationCode` what the national portal knows.
    const code = text(at(record, 'code'), 64)
    const national = text(at(record, 'nationCode'), 64)
    const dossierNo = code ?? national
    if (dossierNo === undefined) return { skip: 'no-number' }
    const { dossierStatus, word } = stateOf(at(record, 'dossierStatus'))
    if (isSkip(dossierStatus)) return { skip: dossierStatus, dossierNo, word }
    const dating = datingOf(
      moment(first(record, ...changeFields)),
      moment(first(record, 'completedDate', 'acceptedDate', 'appliedDate')),
    )
    if ('skip' in dating) return { ...dating, dossierNo }
    return {
      update: defined<SourceUpdate>({
        dossierNo,
        dossierStatus,
        ...dating,
        procedure: procedureOf(
          at(record, 'procedure.code'),
          nameIn(first(record, 'procedure.translate', 'procedure.name')),
        ),
        receivedAt: time(at(record, 'acceptedDate'), at(record, 'appliedDate')),
        dueAt: time(at(record, 'appointmentDate')),
        finishedAt: time(at(record, 'completedDate')),
        returnedAt: time(at(record, 'returnedDate')),
        // By their names: the numbers are each installation's own.
        filedBy: wayNamed(nameIn(first(record, 'applyMethod.name', 'applyMethod')) ?? ''),
        returnBy: wayNamed(nameIn(first(record, 'dossierReceivingKind.name', 'dossierReceivingKind')) ?? ''),
        publicNote: noteIn(record, options.noteField),
        otherNumbers: national && national !== dossierNo ? [national] : undefined,
      }),
    }
  }

  // By its number, or by its name where that is what the configuration maps.
  function stateOf(state: unknown) {
    const id = stateIn(state, ['id', 'code'])
    const name = nameIn(at(state, 'name'))
    const byId = statusOf(id)
    const byName = byId === 'unknown-status' || byId === 'no-status' ? statusOf(name) : 'no-status'
    return {
      dossierStatus: byName === 'no-status' ? byId : byName,
      word: text(id, 80) ?? name ?? '',
    }
  }

  const dossiersIn = (answer: unknown) => recordsIn(answer, isRecord, options.listPath, 'igate search')

  return {
    async page({ since, position, signal }) {
      const page = Number(position ?? 0)
      const answer = await search(
        { sort: 'updatedDate,desc', page, size: options.pageSize, spec: 'page', code: '' },
        signal,
      )
      mustBeOk(answer, 'igate search')
      const list = dossiersIn(answer.json)
      const isOver =
        first(answer.json, 'last', 'data.last', 'result.last') === true ||
        (list.length === 0 && isEnd(0, options.pageSize, (page + 1) * options.pageSize, totalIn(answer.json)))
      return defined({
        records: firstOf(list, maxRecords.onPage, map),
        next: isOver ? undefined : String(page + 1),
        total: since === undefined ? totalIn(answer.json) : undefined,
        changed: changesOf(list.slice(0, maxRecords.onPage), changeFields),
      })
    },
    async find(dossierNo, signal) {
      // `code` matches parts of numbers, too.
      const answer = await search({ page: 0, size: 20, spec: 'slice', code: dossierNo }, signal)
      mustBeOk(answer, 'igate search')
      return firstOf(foundIn(answer.json, isRecord, options.listPath, 'igate search'), maxRecords.found, map)
    },
  }
}

// RFC 6750 §3.1, with whatever status; WSO2's 900901 to 900904 are tokens that are not valid (any more).
function saysBadToken(answer: unknown): boolean {
  return (
    at(answer, 'error') === 'invalid_token' || /^90090[1-4]$/.test(text(at(answer, 'fault.code'), 10) ?? '')
  )
}

function isRecord(fields: Fields): boolean {
  return (
    first(fields, 'code', 'nationCode') !== undefined &&
    first(fields, 'dossierStatus', 'procedure') !== undefined
  )
}

const changeFields = ['updatedDate', 'lastModifiedDate', 'modifiedDate']

// Names come as text, as a translation { languageId: 228, name: "…" }, as a list of them, or by language ("vi", "228").
function nameIn(name: unknown): string | undefined {
  const plain = text(name, 300)
  if (plain !== undefined) return plain
  const inVietnamese = first(name, ...vietnamese)
  if (inVietnamese !== undefined) return nameIn(inVietnamese)
  const all = Array.isArray(name) ? name : isFields(name) && !('name' in name) ? Object.values(name) : [name]
  const best = all.find((item) => vietnamese.includes(languageOf(item))) ?? all[0]
  return text(at(best, 'name'), 300) ?? text(best, 300)
}

// iGate's number of the language, and what others write.
const vietnamese = ['228', 'vi', 'vi-VN', 'vn', 'vie']

function languageOf(item: unknown): string {
  return text(first(item, 'languageId', 'language', 'lang', 'locale'), 10) ?? ''
}
