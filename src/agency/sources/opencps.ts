// The `opencps` kind: OpenCPS v2's REST (DOMAIN.md §3): header groupId, Token or Basic, lists by start/end newest
// change first. Its quirks: a wrong secret is HTTP 203, times come day first or as fourteen digits within one record,
// an all-digit number in the path is taken for an internal id (so we only ever search).

import { writeTime } from '../../dossier/times.js'
import { at, defined, type Fields, isFields, moment, text, time, whole } from './fields.js'
import { askPeer, mustBeOk, type PeerAnswer, refused, unavailable, under } from './peer.js'
import type { SourceOf } from './settings.js'
import type { Mapped, Source, SourceUpdate } from './source.js'
import { isSkip, openStatuses } from './statuses.js'

export function openOpencps(config: SourceOf<'opencps'>): Source {
  const { options, url } = config
  const statusOf = openStatuses('opencps', config.statuses)
  const login: Record<string, string> = options.token
    ? { Token: options.token }
    : {
        authorization: `Basic ${Buffer.from(`${config.clientId ?? ''}:${config.clientSecret ?? ''}`).toString('base64')}`,
      }

  async function list(query: Record<string, string | number>, signal: AbortSignal): Promise<PeerAnswer> {
    const answer = await askPeer({
      url: under(url, '/dossiers', query),
      headers: { groupId: options.groupId, ...login },
      signal,
      timeoutMs: options.requestTimeoutMs,
      maxBytes: options.maxBodyBytes,
    })
    // Non-Authoritative Information is what OpenCPS says to a wrong secret; its body is no dossier list.
    if (answer.statusCode === 203) throw refused('opencps: login refused (HTTP 203)')
    mustBeOk(answer, 'opencps')
    return answer
  }

  function map(record: unknown): Mapped {
    if (!isFields(record)) return { skip: 'not-an-object' }
    const dossierNo = text(record.dossierNo, 64)
    // A dossier sent online has no number before the desk accepts it.
    if (dossierNo === undefined) return { skip: 'no-number' }
    const status = text(record.dossierStatus, 80)
    const sub = text(record.dossierSubStatus, 80)
    const bySub = status && sub ? statusOf(`${status}/${sub}`) : 'unknown-status'
    const dossierStatus = bySub === 'unknown-status' ? statusOf(status) : bySub
    if (isSkip(dossierStatus)) return { skip: dossierStatus }
    const changed = changedAt(record)
    if (typeof changed !== 'number') return { skip: changed ? 'bad-time' : 'no-time' }
    const code = text(record.serviceCode, 64)
    const origin = text(record.originDossierNo, 64)
    return {
      update: defined<SourceUpdate>({
        dossierNo,
        dossierStatus,
        eventTime: writeTime(changed),
        procedure: code ? { code, name: text(record.serviceName, 300) ?? code } : undefined,
        receivedAt: time(record.receiveDate, record.submitDate),
        dueAt: time(record.dueDate),
        extendedDueAt: time(record.extendDate),
        // releaseDate: the result is signed; finishDate: the dossier is closed, its result handed over.
        finishedAt: time(record.releaseDate),
        returnedAt: dossierStatus === 'returned' ? time(record.finishDate) : undefined,
        publicNote: options.noteField ? text(at(record, options.noteField), 300) : undefined,
        otherNumbers: origin && origin !== dossierNo ? [origin] : undefined,
      }),
    }
  }

  return {
    async page({ since, position, signal }) {
      const start = Number(position ?? 0)
      const end = start + options.pageSize
      const { json } = await list({ start, end, sort: 'modified', order: 'true' }, signal)
      const total = whole(at(json, 'total'))
      // Nothing found is `{"total":0}` without data.
      const data = at(json, 'data') ?? (total === 0 || (total ?? 0) <= start ? [] : undefined)
      if (!Array.isArray(data)) throw unavailable('opencps: the answer has no data')
      const records = data.slice(0, 5000)
      const times = records
        .map((record) => (isFields(record) ? changedAt(record) : undefined))
        .filter((value) => typeof value === 'number')
      const reached = since !== undefined && times.length > 0 && Math.max(...times) < since
      const over = data.length === 0 || (total !== undefined && end >= total)
      return defined({
        records: records.map(map),
        next: reached || over ? undefined : String(end),
        total: since === undefined ? total : undefined,
        newest: times.length > 0 ? Math.max(...times) : undefined,
      })
    },
    async one(dossierNo, signal) {
      const { json } = await list({ start: 0, end: 5, dossierNo }, signal)
      const data = at(json, 'data')
      if (!Array.isArray(data)) return undefined
      const wanted = dossierNo.toUpperCase()
      const record = data
        .slice(0, 100)
        .find((item) =>
          [at(item, 'dossierNo'), at(item, 'originDossierNo')].some(
            (no) => text(no, 64)?.toUpperCase() === wanted,
          ),
        )
      return record === undefined ? undefined : map(record)
    },
  }
}

function changedAt(record: Fields): number | undefined | 'bad' {
  for (const key of [
    'modifiedDate',
    'finishDate',
    'releaseDate',
    'receiveDate',
    'submitDate',
    'createDate',
  ]) {
    const read = moment(record[key])
    if (read !== undefined) return read
  }
  return undefined
}
