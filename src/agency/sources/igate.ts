// The `igate` kind: VNPT iGate's dossier search behind OpenID Connect (DOMAIN.md §2.3). Tokens live about 300 s; the
// search lists newest change first, so a poll walks pages until it meets what it knows; times carry `+0700`.

import { writeTime } from '../../dossier/times.js'
import { at, defined, type Fields, isFields, moment, text, time, whole } from './fields.js'
import { askPeer, mustBeOk, type PeerAnswer, refused, unavailable, under } from './peer.js'
import type { SourceOf } from './settings.js'
import type { Mapped, Source, SourceUpdate } from './source.js'
import { isSkip, openStatuses } from './statuses.js'

// A token is renewed this long before its end: a page may take a while and both clocks differ.
const tokenMarginMs = 30_000

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
      })
    const answer = await ask(token && now() < token.until ? token.value : await logIn(signal))
    // Keycloak forgets sessions when it restarts, whatever expires_in said: one new token, one more try.
    if (answer.statusCode !== 401) return answer
    token = undefined
    return ask(await logIn(signal))
  }

  function map(record: unknown): Mapped {
    if (!isFields(record)) return { skip: 'not-an-object' }
    // `code` is what is printed for the citizen, `nationCode` what the national portal knows (DOMAIN.md §1.4).
    const code = text(record.code, 64)
    const national = text(record.nationCode, 64)
    const dossierNo = code ?? national
    if (dossierNo === undefined) return { skip: 'no-number' }
    const dossierStatus = statusOf(at(record, 'dossierStatus.id') ?? record.dossierStatus)
    if (isSkip(dossierStatus)) return { skip: dossierStatus }
    const changed = changedAt(record)
    if (typeof changed !== 'number') return { skip: changed ? 'bad-time' : 'no-time' }
    const procedure = text(at(record, 'procedure.code'), 64)
    return {
      update: defined<SourceUpdate>({
        dossierNo,
        dossierStatus,
        eventTime: writeTime(changed),
        procedure: procedure ? { code: procedure, name: procedureName(record) ?? procedure } : undefined,
        receivedAt: time(record.acceptedDate, record.appliedDate),
        dueAt: time(record.appointmentDate),
        finishedAt: time(record.completedDate),
        returnedAt: time(record.returnedDate),
        publicNote: options.noteField ? text(at(record, options.noteField), 300) : undefined,
        otherNumbers: national && national !== dossierNo ? [national] : undefined,
      }),
    }
  }

  return {
    async page({ since, position, signal }) {
      const page = Number(position ?? 0)
      const answer = await search(
        { sort: 'updatedDate,desc', page, size: options.pageSize, spec: 'page', code: '' },
        signal,
      )
      mustBeOk(answer, 'igate search')
      const content = at(answer.json, 'content')
      if (!Array.isArray(content)) throw unavailable('igate search: the answer has no content')
      const list = content.slice(0, 5000)
      const known = list.map((record) => (isFields(record) ? changedAt(record) : undefined))
      const times = known.filter((value) => typeof value === 'number')
      // Newest first: past the first page wholly older than `since` there is nothing new.
      const reached = since !== undefined && times.length > 0 && Math.max(...times) < since
      const over = at(answer.json, 'last') === true || content.length === 0
      return defined({
        records: list.map(map),
        next: reached || over ? undefined : String(page + 1),
        total: since === undefined ? whole(at(answer.json, 'totalElements')) : undefined,
        newest: times.length > 0 ? Math.max(...times) : undefined,
      })
    },
    async one(dossierNo, signal) {
      const answer = await search({ page: 0, size: 5, spec: 'slice', code: dossierNo }, signal)
      mustBeOk(answer, 'igate search')
      const content = at(answer.json, 'content')
      if (!Array.isArray(content)) throw unavailable('igate search: the answer has no content')
      // `code` matches parts of numbers too; only the very number asked for is an answer.
      const wanted = dossierNo.toUpperCase()
      const record = content
        .slice(0, 100)
        .find((item) => [at(item, 'code'), at(item, 'nationCode')].some((no) => upper(no) === wanted))
      return record === undefined ? undefined : map(record)
    },
  }
}

function upper(value: unknown): string | undefined {
  return text(value, 64)?.toUpperCase()
}

function changedAt(record: Fields): number | undefined | 'bad' {
  for (const key of ['updatedDate', 'completedDate', 'acceptedDate', 'appliedDate']) {
    const read = moment(record[key])
    if (read !== undefined) return read
  }
  return undefined
}

// Names come as text or as translations: [{ languageId: 228, name: "…" }, …]; 228 is Vietnamese.
function procedureName(record: Fields): string | undefined {
  const name = at(record, 'procedure.name') ?? at(record, 'procedure.translate')
  if (!Array.isArray(name)) return text(name, 300)
  const vietnamese = name.find((item) => whole(at(item, 'languageId')) === 228) ?? name[0]
  return text(at(vietnamese, 'name'), 300)
}
