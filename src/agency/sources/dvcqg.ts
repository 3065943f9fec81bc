// The `dvcqg` kind: a system that speaks as the national public service portal does: a login that
// gives a session, then every call a POST whose body carries session, madonvi and service. All values are strings,
// dates yyyyMMddHHmmss, "" is nothing, result codes are numbers or strings.

import { writePortalTime, writeTime } from '../../dossier/times.js'
import { fold } from '../files/headings.js'
import { readWay } from '../ways.js'
import {
  at,
  defined,
  type Fields,
  first,
  firstOf,
  foundIn,
  isEnd,
  isFields,
  listOf,
  noteIn,
  procedureOf,
  recordsIn,
  stateIn,
  text,
  totalIn,
} from './fields.js'
import { changesOf, isDated, moment, time } from './moments.js'
import { askPeer, isLate, mayBeDenial, mustBeOk, noContent, refused, under } from './peer.js'
import type { SourceOf } from './settings.js'
import { type Mapped, maxRecords, type Source, type SourceUpdate } from './source.js'
import { isSkip, openStatuses } from './statuses.js'

/** The adapter; it logs in when it is first asked. */
export function openDvcqg(config: SourceOf<'dvcqg'>): Source {
  const { options, url } = config
  const statusOf = openStatuses('dvcqg', config.statuses)
  const limits = { timeoutMs: options.requestTimeoutMs, maxBytes: options.maxBodyBytes }
  // Gateways of the national service bus route every call by this header, not only the login.
  const headers: Record<string, string> = options.dstcode ? { dstcode: options.dstcode } : {}
  let session: string | undefined

  async function logIn(signal: AbortSignal): Promise<string> {
    const answer = await askPeer({
      url: under(url, options.authPath),
      headers,
      body: { username: config.clientId ?? '', password: config.clientSecret ?? '' },
      signal,
      timeoutMs: limits.timeoutMs,
      maxBytes: 65_536,
    })
    mustBeOk(answer, 'dvcqg login')
    const value = text(at(answer.json, 'session'), 1000)
    if (!isZero(at(answer.json, 'error_code')) || value === undefined)
      throw refused(`dvcqg login: error_code ${code(at(answer.json, 'error_code'))}`)
    session = value
    return value
  }

  // The documents name no code for an expired session, so any error triggers one new login and one retry; a fault, a redirect
  // or the page of a login, one with the next call.
  async function call(service: string, more: Record<string, string>, signal: AbortSignal): Promise<unknown> {
    for (let attempt = 0; ; attempt++) {
      const body = { session: session ?? (await logIn(signal)), madonvi: options.madonvi, service, ...more }
      const answer = await askPeer({
        url: under(url, options.servicePath),
        headers,
        body,
        signal,
        ...limits,
      }).catch((error: unknown) => {
        if (!isLate(error)) session = undefined
        throw error
      })
      const isOk = answer.statusCode === 200 || answer.statusCode === noContent
      if (isOk && (isSuccess(answer.json) || saysNotFound(answer.json))) return answer.json
      session = undefined
      if (attempt > 0 || !mayBeDenial(answer.statusCode)) mustBeOk(answer, `dvcqg ${service}`)
      if (attempt > 0) throw refused(`dvcqg ${service}: error_code ${code(at(answer.json, 'error_code'))}`)
    }
  }

  function map(record: unknown): Mapped {
    if (!isFields(record)) return { skip: 'not-an-object' }
    const dossierNo = text(numberOf(record), 64)
    if (dossierNo === undefined) return { skip: 'no-number' }
    const state = stateIn(
      first(record, 'TrangThaiHoSo', 'TrangThai', 'MaTrangThai', 'TenTrangThai'),
      stateNames,
    )
    const dossierStatus = statusOf(state)
    if (isSkip(dossierStatus)) return { skip: dossierStatus, dossierNo, word: text(state, 80) ?? '' }
    const dated = moment(first(record, ...changeFields))
    const latest = latestDate(record)
    if (dated === 'bad' || latest === 'bad') return { skip: 'bad-time', dossierNo }
    const moved = movedDueAt(record)
    return {
      update: defined<SourceUpdate>({
        dossierNo,
        dossierStatus,
        eventTime: writeTime(dated ?? latest ?? 0),
        undated: isDated(dated) ? undefined : true,
        procedure: procedureOf(first(record, 'MaTTHC', 'MaThuTuc'), first(record, 'TenTTHC', 'TenThuTuc')),
        receivedAt: time(at(record, 'NgayTiepNhan'), at(record, 'NgayNopHoSo')),
        dueAt: moved?.before ?? time(at(record, 'NgayHenTra')),
        extendedDueAt: moved?.after,
        finishedAt: time(at(record, 'NgayKetThucXuLy')),
        returnedAt: time(at(record, 'NgayTra')),
        filedBy: readWay('filedBy', first(record, 'KenhThucHien', 'HinhThucNop', 'KenhTiepNhan')),
        returnBy: readWay('returnBy', first(record, 'HinhThuc', 'HinhThucTra', 'HinhThucTraKetQua')),
        publicNote: noteIn(record, options.noteField),
      }),
    }
  }

  const dossiersIn = (answer: unknown) => recordsIn(answer, isRecord, options.listPath, 'dvcqg')

  return {
    async page({ since, position = '1.0', signal }) {
      const [page, seen] = position.split('.').map(Number) as [number, number]
      const { from, to, page: pageName, size } = options.listParams
      const answer = await call(
        options.listService,
        {
          [from]: since === undefined ? '' : writePortalTime(since),
          [to]: '',
          [pageName]: String(page),
          [size]: String(options.pageSize),
        },
        signal,
      )
      const list = saysNotFound(answer) ? [] : dossiersIn(answer)
      const total = totalIn(answer)
      const after = seen + (list.length || options.pageSize)
      const isOver = isEnd(list.length, options.pageSize, after, total)
      return defined({
        records: firstOf(list, maxRecords.onPage, map),
        next: isOver ? undefined : `${page + 1}.${after}`,
        total: since === undefined ? total : undefined,
        changed: changesOf(list.slice(0, maxRecords.onPage), changeFields),
      })
    },
    async find(dossierNo, signal) {
      const answer = await call(options.lookupService, { [options.numberParam]: dossierNo }, signal)
      if (saysNotFound(answer)) return []
      return firstOf(foundIn(answer, isRecord, options.listPath, 'dvcqg'), maxRecords.found, map)
    },
  }
}

// Only some systems add one of these.
const changeFields = ['NgayCapNhat', 'ThoiDiemCapNhat', 'ThoiGianCapNhat', 'NgayCapNhatCuoi']

// The names under which a state that is an object holds its code or word.
const stateNames = ['ma', 'MaTrangThai', 'id', 'code', 'ten', 'TenTrangThai', 'name']

function numberOf(record: Fields): unknown {
  return first(record, 'MaHoSo', 'SoHoSo', 'MaSoHoSo')
}

function isRecord(fields: Fields): boolean {
  return numberOf(fields) !== undefined
}

// Some services give no code: without one, an answer that holds a list is a success.
function isSuccess(answer: unknown): boolean {
  if (!isFields(answer)) return Array.isArray(answer)
  const said = first(answer, 'error_code', 'errorCode', 'code')
  if (said !== undefined && (isZero(said) || /^(?:200|ok|success|false)$/i.test(String(said)))) return true
  const list = listOf(answer, isRecord)
  // A failure, of whatever code, brings no dossiers.
  return said === undefined ? list !== undefined : (list?.length ?? 0) > 0
}

// Peers have codes of their own for a number they do not know, so the words decide.
function saysNotFound(answer: unknown): boolean {
  const words = text(first(answer, 'message', 'error_message', 'error_desc', 'msg', 'description'), 200) ?? ''
  return notFound.test(fold(words)) && (listOf(answer, isRecord) ?? []).length === 0
}

const notFound =
  /\b(?:khong (?:tim thay|ton tai|co)(?: thong tin| du lieu)?(?: cua)? ho so|ho so khong ton tai|(?:dossier|record) not found|no data found)\b/

// 0, "0" and "00" are success; both kinds are seen from the same peer.
function isZero(value: unknown): boolean {
  return value === 0 || (typeof value === 'string' && /^0{1,4}$/.test(value))
}

function code(value: unknown): string {
  return text(value, 12)?.replace(/[^\w-]/g, '?') ?? 'missing'
}

// There is no date of last change among the portal's fields: the latest date of progress is the best there is.
function latestDate(record: Fields): number | undefined | 'bad' {
  const candidates = [
    ...items(at(record, 'DanhSachHoSoBoSung')).flatMap((item) => [
      at(item, 'NgayBoSung'),
      at(item, 'NgayTiepNhanBoSung'),
    ]),
    ...items(at(record, 'TienTrinh')).map((item) => at(item, 'ThoiDiemXuLy')),
    ...['NgayNopHoSo', 'NgayTiepNhan', 'NgayTuChoi', 'NgayKetThucXuLy', 'NgayTra'].map((name) =>
      at(record, name),
    ),
  ].map(moment)
  const times = candidates.filter((value) => typeof value === 'number')
  if (times.length > 0) return Math.max(...times)
  return candidates.includes('bad') ? 'bad' : undefined
}

// A supplement item carries the promised date before and after. The latest one counts: peers list them in either order, and
// those without a date of their own are taken to be in the order of time.
function movedDueAt(record: Fields): { before: string | undefined; after: string } | undefined {
  let latest = Number.NEGATIVE_INFINITY
  let moved: ReturnType<typeof movedDueAt>
  for (const item of items(at(record, 'DanhSachHoSoBoSung'))) {
    const after = time(at(item, 'NgayHenTraMoi'))
    const asked = moment(at(item, 'NgayBoSung'))
    if (after === undefined || (typeof asked === 'number' && asked < latest)) continue
    if (typeof asked === 'number') latest = asked
    moved = { before: time(at(item, 'NgayHenTraTruoc')), after }
  }
  return moved
}

// What was XML holds a list within its only key, and a list of one as the one alone.
function items(value: unknown): Fields[] {
  if (Array.isArray(value)) return value.slice(0, 100).filter(isFields)
  if (!isFields(value)) return []
  const [only, ...more] = Object.values(value)
  return more.length === 0 && typeof only === 'object' ? items(only) : [value]
}
