// The `dvcqg` kind: a system that speaks as the national public service portal does (DOMAIN.md §2.2): a login that
// gives a session, then every call a POST whose body carries session, madonvi and service. All values are strings,
// dates yyyyMMddHHmmss, "" is nothing, result codes are numbers or strings.

import { writePortalTime, writeTime } from '../../dossier/times.js'
import { at, defined, type Fields, isFields, moment, text, time, whole } from './fields.js'
import { askPeer, mustBeOk, refused, unavailable, under } from './peer.js'
import type { SourceOf } from './settings.js'
import type { Mapped, Source, SourceUpdate } from './source.js'
import { isSkip, openStatuses } from './statuses.js'

export function openDvcqg(config: SourceOf<'dvcqg'>): Source {
  const { options, url } = config
  const statusOf = openStatuses('dvcqg', config.statuses)
  const limits = { timeoutMs: options.requestTimeoutMs, maxBytes: options.maxBodyBytes }
  let session: string | undefined

  async function logIn(signal: AbortSignal): Promise<string> {
    const answer = await askPeer({
      url: under(url, options.authPath),
      headers: options.dstcode ? { dstcode: options.dstcode } : {},
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

  // The documents name no code for an ended session, so any error is answered by one new login and one more try.
  async function call(service: string, more: Record<string, string>, signal: AbortSignal): Promise<Fields> {
    for (let attempt = 0; ; attempt++) {
      const body = { session: session ?? (await logIn(signal)), madonvi: options.madonvi, service, ...more }
      const answer = await askPeer({ url: under(url, options.servicePath), body, signal, ...limits })
      const denied = answer.statusCode === 401 || answer.statusCode === 403
      if (!denied) mustBeOk(answer, `dvcqg ${service}`)
      if (!denied && isZero(at(answer.json, 'error_code')) && isFields(answer.json)) return answer.json
      session = undefined
      if (attempt > 0) throw refused(`dvcqg ${service}: error_code ${code(at(answer.json, 'error_code'))}`)
    }
  }

  function map(record: unknown): Mapped {
    if (!isFields(record)) return { skip: 'not-an-object' }
    const dossierNo = text(record.MaHoSo, 64)
    if (dossierNo === undefined) return { skip: 'no-number' }
    const dossierStatus = statusOf(record.TrangThaiHoSo ?? record.TrangThai)
    if (isSkip(dossierStatus)) return { skip: dossierStatus }
    const changed = changedAt(record)
    if (typeof changed !== 'number') return { skip: changed ? 'bad-time' : 'no-time' }
    const procedure = text(record.MaTTHC, 64)
    const moved = movedDueAt(record)
    return {
      update: defined<SourceUpdate>({
        dossierNo,
        dossierStatus,
        eventTime: writeTime(changed),
        procedure: procedure ? { code: procedure, name: text(record.TenTTHC, 300) ?? procedure } : undefined,
        receivedAt: time(record.NgayTiepNhan, record.NgayNopHoSo),
        dueAt: moved?.before ?? time(record.NgayHenTra),
        extendedDueAt: moved?.after,
        finishedAt: time(record.NgayKetThucXuLy),
        returnedAt: time(record.NgayTra),
        publicNote: options.noteField ? text(at(record, options.noteField), 300) : undefined,
      }),
    }
  }

  return {
    async page({ since, position, signal }) {
      const page = Number(position ?? 1)
      const answer = await call(
        options.listService,
        {
          tungay: since === undefined ? '' : writePortalTime(since),
          denngay: '',
          trang: String(page),
          soluong: String(options.pageSize),
        },
        signal,
      )
      const data = answer.data ?? []
      if (!Array.isArray(data)) throw unavailable('dvcqg: data is not a list')
      const total = whole(answer.total ?? answer.tongso)
      const over =
        data.length === 0 ||
        (total === undefined ? data.length < options.pageSize : page * options.pageSize >= total)
      return defined({
        records: data.slice(0, 5000).map(map),
        next: over ? undefined : String(page + 1),
        total: since === undefined ? total : undefined,
      })
    },
    async one(dossierNo, signal) {
      const { data } = await call('TraCuuHoSo', { mahoso: dossierNo }, signal)
      const list = Array.isArray(data) ? data.slice(0, 100) : [data]
      const wanted = dossierNo.toUpperCase()
      const record = list.find((item) => text(at(item, 'MaHoSo'), 64)?.toUpperCase() === wanted)
      return record === undefined ? undefined : map(record)
    },
  }
}

// 0, "0" and "00" are success; both kinds are seen from the same peer.
function isZero(value: unknown): boolean {
  return value === 0 || (typeof value === 'string' && /^0{1,4}$/.test(value))
}

function code(value: unknown): string {
  return text(value, 12)?.replace(/[^\w-]/g, '?') ?? 'missing'
}

// There is no date of last change among the portal's fields (some systems add NgayCapNhat): the latest date of
// progress stands for it. Of two states with one moment the store keeps the later one of the procedure.
function changedAt(record: Fields): number | undefined | 'bad' {
  const explicit = moment(record.NgayCapNhat)
  if (typeof explicit === 'number') return explicit
  const candidates = [
    ...items(record.DanhSachHoSoBoSung).flatMap((item) => [item.NgayBoSung, item.NgayTiepNhanBoSung]),
    ...items(record.TienTrinh).map((item) => item.ThoiDiemXuLy),
    record.NgayNopHoSo,
    record.NgayTiepNhan,
    record.NgayTuChoi,
    record.NgayKetThucXuLy,
    record.NgayTra,
  ].map(moment)
  const times = candidates.filter((value) => typeof value === 'number')
  if (times.length > 0) return Math.max(...times)
  return candidates.includes('bad') || explicit === 'bad' ? 'bad' : undefined
}

// A supplement item carries the promised date before and after (DOMAIN.md §2.2); the last one counts.
function movedDueAt(record: Fields): { before: string | undefined; after: string } | undefined {
  for (const item of items(record.DanhSachHoSoBoSung).reverse()) {
    const after = time(item.NgayHenTraMoi)
    if (after !== undefined) return { before: time(item.NgayHenTraTruoc), after }
  }
  return undefined
}

function items(value: unknown): Fields[] {
  return Array.isArray(value) ? value.slice(0, 100).filter(isFields) : []
}
