// The `feed` kind: our own documented JSON change feed (README.md here), which any vendor can offer in an afternoon.
// Oldest change first, an opaque cursor, and one address for one dossier. Auth: Bearer, from clientSecret.

import { readTime, writeTime } from '../../dossier/times.js'
import { readAmount } from '../files/amounts.js'
import type { Cell } from '../files/tables/table.js'
import { readPaid } from '../files/words.js'
import { readWay } from '../ways.js'
import { at, defined, firstOf, isFields, noteIn, procedureOf, text, whole } from './fields.js'
import { moment, time } from './moments.js'
import { askPeer, mustBeOk, noContent, unavailable, under } from './peer.js'
import type { SourceOf } from './settings.js'
import { type Mapped, maxRecords, type Source, type SourceUpdate } from './source.js'
import { isSkip, openStatuses } from './statuses.js'

export function openFeed(config: SourceOf<'feed'>): Source {
  const { options, url } = config
  const statusOf = openStatuses('feed', config.statuses)
  const headers: Record<string, string> = config.clientSecret
    ? { authorization: `Bearer ${config.clientSecret}` }
    : {}
  const limits = { timeoutMs: options.requestTimeoutMs, maxBytes: options.maxBodyBytes, headers }

  function map(record: unknown): Mapped {
    if (!isFields(record)) return { skip: 'not-an-object' }
    const dossierNo = text(at(record, 'dossierNo'), 64)
    if (dossierNo === undefined) return { skip: 'no-number' }
    const dossierStatus = statusOf(at(record, 'dossierStatus'))
    if (isSkip(dossierStatus))
      return { skip: dossierStatus, dossierNo, word: text(at(record, 'dossierStatus'), 80) ?? '' }
    const eventTime = moment(at(record, 'eventTime'))
    if (typeof eventTime !== 'number') return { skip: eventTime ? 'bad-time' : 'no-time', dossierNo }
    const amount = readAmount(at(record, 'fee.amount') as Cell, undefined)
    return {
      update: defined<SourceUpdate>({
        dossierNo,
        dossierStatus,
        eventTime: writeTime(eventTime),
        version: whole(at(record, 'version')),
        procedure: procedureOf(at(record, 'procedure.code'), at(record, 'procedure.name')),
        receivedAt: time(at(record, 'receivedAt')),
        dueAt: time(at(record, 'dueAt')),
        extendedDueAt: time(at(record, 'extendedDueAt')),
        finishedAt: time(at(record, 'finishedAt')),
        returnedAt: time(at(record, 'returnedAt')),
        filedBy: readWay('filedBy', at(record, 'filedBy')),
        returnBy: readWay('returnBy', at(record, 'returnBy')),
        // The feed is written for us: its note is meant for the citizen.
        publicNote: noteIn(record, 'publicNote'),
        fee:
          amount === undefined || amount > maxFee
            ? undefined
            : defined({ amount, paid: readPaid(at(record, 'fee.paid') as Cell) }),
        otherNumbers: numbers(at(record, 'otherNumbers')),
      }),
    }
  }

  return {
    async page({ since, position, signal }) {
      const query: Record<string, string | number> = { limit: options.pageSize }
      if (position !== undefined) query.cursor = position
      else if (since !== undefined) query.since = writeTime(since)
      const answer = await askPeer({ url: under(url, '/dossiers', query), signal, ...limits })
      mustBeOk(answer, 'feed')
      const items = answer.statusCode === noContent ? [] : at(answer.json, 'items')
      if (!Array.isArray(items)) throw unavailable('feed: the answer has no items')
      const records = firstOf(items, maxRecords.onPage, map)
      const asOf = moment(at(answer.json, 'asOf'))
      // Their latest event is by their clock, too, and never later than their change.
      const latest = records.flatMap((one) => ('update' in one ? (readTime(one.update.eventTime) ?? []) : []))
      return defined({
        records,
        next: text(at(answer.json, 'next'), 500),
        total: whole(at(answer.json, 'total')),
        newest: typeof asOf === 'number' ? asOf : latest.length > 0 ? Math.max(...latest) : undefined,
      })
    },
    async find(dossierNo, signal) {
      const answer = await askPeer({
        url: under(url, `/dossiers/${encodeURIComponent(dossierNo)}`),
        signal,
        ...limits,
      })
      if ([404, 410, noContent].includes(answer.statusCode)) return []
      mustBeOk(answer, 'feed')
      return [map(answer.json)]
    },
  }
}

const maxFee = 1e12

function numbers(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined
  const list = value.slice(0, 5).flatMap((item) => text(item, 64) ?? [])
  return list.length > 0 ? list : undefined
}
