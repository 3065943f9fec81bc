// The `opencps` kind: OpenCPS v2's REST: header groupId, Token or Basic, lists by start/end newest
// change first. Its quirks: a wrong secret is HTTP 203, times come day first or as fourteen digits within one record,
// an all-digit number in the path is taken for an internal id (so we only ever search).

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
  text,
  totalIn,
  truth,
  whole,
} from './fields.js'
import { changesOf, datingOf, moment, time } from './moments.js'
import { askPeer, mustBeOk, type PeerAnswer, refused, under } from './peer.js'
import type { SourceOf } from './settings.js'
import { type Mapped, maxRecords, type Source, type SourceUpdate } from './source.js'
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
    const dossierNo = text(at(record, 'dossierNo'), 64)
    // A dossier sent online has no number before the desk accepts it.
    if (dossierNo === undefined) return { skip: 'no-number' }
    const { dossierStatus, word } = stateOf(record)
    if (isSkip(dossierStatus)) return { skip: dossierStatus, dossierNo, word }
    const dating = datingOf(
      moment(first(record, ...changeFields)),
      moment(first(record, 'finishDate', 'releaseDate', 'receiveDate', 'submitDate', 'createDate')),
    )
    if ('skip' in dating) return { ...dating, dossierNo }
    const online = truth(at(record, 'online'))
    return {
      update: defined<SourceUpdate>({
        dossierNo,
        dossierStatus,
        ...dating,
        procedure: procedureOf(at(record, 'serviceCode'), at(record, 'serviceName')),
        receivedAt: time(at(record, 'receiveDate'), at(record, 'submitDate')),
        dueAt: time(at(record, 'dueDate')),
        extendedDueAt: time(at(record, 'extendDate')),
        // releaseDate: the result is signed; finishDate: the dossier is closed, its result handed over.
        finishedAt: time(at(record, 'releaseDate')),
        filedBy: online === undefined ? undefined : online ? 'online' : 'counter',
        // 0: the office has no such service, 1: not chosen, 2: the post brings the result.
        returnBy: whole(at(record, 'viaPostal')) === 2 ? 'post' : undefined,
        returnedAt: dossierStatus === 'returned' ? time(at(record, 'finishDate')) : undefined,
        // No other number of it: originDossierNo is the dossier that it was handed on from, which goes on beside it.
        publicNote: noteIn(record, options.noteField),
      }),
    }
  }

  // A mapping of `status/substatus` comes before that of the status alone.
  function stateOf(record: Fields) {
    const status = text(at(record, 'dossierStatus'), 80)
    const sub = text(at(record, 'dossierSubStatus'), 80)
    const bySub = status && sub ? statusOf(`${status}/${sub}`) : 'unknown-status'
    return {
      dossierStatus: bySub === 'unknown-status' ? statusOf(status) : bySub,
      word: [status, sub].filter(Boolean).join('/'),
    }
  }

  const dossiersIn = (answer: unknown) => recordsIn(answer, isRecord, options.listPath, 'opencps')

  return {
    async page({ since, position, signal }) {
      const start = Number(position ?? 0)
      const { json } = await list(
        { start, end: start + options.pageSize, sort: 'modified', order: 'true' },
        signal,
      )
      const total = totalIn(json)
      // Past the end the answer is a total without data.
      const isPastEnd = total !== undefined && total <= start && at(json, 'data') === undefined
      // Records beyond the limit come with the next request, which begins after those read here.
      const records = isPastEnd ? [] : dossiersIn(json).slice(0, maxRecords.onPage)
      const after = start + (records.length || options.pageSize)
      const isOver = isEnd(records.length, options.pageSize, after, total)
      return defined({
        records: records.map(map),
        next: isOver ? undefined : String(after),
        total: since === undefined ? total : undefined,
        changed: changesOf(records, changeFields),
      })
    },
    async find(dossierNo, signal) {
      const { json } = await list({ start: 0, end: 5, dossierNo }, signal)
      return totalIn(json) === 0
        ? []
        : firstOf(foundIn(json, isRecord, options.listPath, 'opencps'), maxRecords.found, map)
    },
  }
}

function isRecord(fields: Fields): boolean {
  return at(fields, 'dossierNo') !== undefined || at(fields, 'dossierStatus') !== undefined
}

const changeFields = ['modifiedDate', 'modified']
