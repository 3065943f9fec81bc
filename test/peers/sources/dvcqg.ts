// A simulator of a system with the national portal's protocol: login for a session, one URL for
// all services, all values strings, result codes sometimes numbers and sometimes strings.
import { randomBytes } from 'node:crypto'
import { readTime, writePortalTime } from '../../../src/dossier/times.js'
import type { Teardown } from '../redis.js'
import type { PeerDossier } from './population.js'
import { type PeerServer, startServer } from './server.js'

interface DvcqgPeer {
  readonly server: PeerServer
  readonly url: string
  readonly dossiers: PeerDossier[]
  readonly malformed: unknown[]
  sessionSeconds: number
  sessionsGiven: number
  forgetSessions(): void
}

export async function startDvcqg(t: Teardown, dossiers: PeerDossier[]): Promise<DvcqgPeer> {
  const sessions = new Map<string, number>()
  let calls = 0
  const server = await startServer(t, (request, url, body) => {
    const asked = JSON.parse(body) as Record<string, string>
    // The same peer answers 0, "0" and "00".
    const ok = [0, '0', '00'][calls++ % 3]
    if (url.pathname === '/adapter/login') {
      if (
        request.headers.dstcode !== 'VN:GOV:000.00.00.G22' ||
        asked.username !== 'gateway' ||
        asked.password !== 'secret'
      )
        return { json: { error_code: calls % 2 ? '1' : 1, session: '' } }
      const session = randomBytes(24).toString('hex')
      sessions.set(session, Date.now() + peer.sessionSeconds * 1000)
      peer.sessionsGiven++
      return { json: { error_code: ok, session } }
    }
    if (url.pathname !== '/adapter/service') return { status: 404 }
    if ((sessions.get(asked.session ?? '') ?? 0) <= Date.now() || asked.madonvi !== '000.00.00.H45')
      return { json: { error_code: calls % 2 ? '-1' : -1, message: 'session' } }
    if (asked.service === 'TraCuuHoSo') {
      return {
        json: { error_code: ok, data: dossiers.filter(({ no }) => no === asked.mahoso).map(record) },
      }
    }
    if (asked.service !== 'DanhSachHoSoMC') return { json: { error_code: '99' } }
    const since = asked.tungay ? readTime(asked.tungay)! : 0
    const changed: unknown[] = [...peer.malformed, ...dossiers.filter((dossier) => dossier.changed >= since)]
    const size = Number(asked.soluong)
    const from = (Number(asked.trang) - 1) * size
    const data = changed
      .slice(from, from + size)
      .map((item) =>
        typeof item === 'object' && item !== null && 'person' in item ? record(item as PeerDossier) : item,
      )
    return { json: { error_code: ok, total: String(changed.length), data } }
  })
  const peer: DvcqgPeer = {
    server,
    url: `${server.url}/adapter`,
    dossiers,
    malformed: [],
    sessionSeconds: 300,
    sessionsGiven: 0,
    forgetSessions: () => sessions.clear(),
  }
  server.onRestart = () => sessions.clear()
  return peer
}

const time = (at: number | undefined) => (at === undefined ? '' : writePortalTime(at))

function record(dossier: PeerDossier): object {
  return {
    MaHoSo: dossier.no,
    MaTTHC: dossier.procedure.code,
    TenTTHC: dossier.procedure.name,
    MaLinhVuc: 'G01-LV01',
    KenhThucHien: '1',
    ChuHoSo: dossier.person.name,
    LoaiDoiTuong: '1',
    Email: '',
    Fax: '',
    SoDienThoai: dossier.person.phone,
    TrichYeuHoSo: dossier.person.remark,
    GhiChu: dossier.person.remark,
    NgayNopHoSo: time(dossier.submitted),
    NgayTiepNhan: time(dossier.received),
    NgayHenTra: time(dossier.due),
    TrangThaiHoSo: String(dossier.code),
    NgayTra: time(dossier.returned),
    NgayTuChoi: time(dossier.refusedAt),
    NgayKetThucXuLy: time(dossier.finished),
    HinhThuc: '0',
    HoSoCoThanhPhanSoHoa: 'True',
    DuocThanhToanTrucTuyen: '0',
    DinhDanhCHS: [{ LoaiDinhDanh: '1', SoDinhDanh: dossier.person.idNo }],
    TaiLieuNop: [],
    DanhSachLePhi: [],
    DanhSachHoSoBoSung: dossier.extended
      ? [
          {
            HoSoBoSungId: '1',
            NguoiYeuCauBoSung: dossier.person.name,
            NoiDungBoSung: dossier.person.remark,
            NgayBoSung: time(dossier.received),
            NgayHenTraTruoc: time(dossier.due),
            NgayHenTraMoi: time(dossier.extended),
          },
        ]
      : [],
    TienTrinh: [
      {
        MaHoSo: dossier.no,
        NguoiXuLy: dossier.person.name,
        ThoiDiemXuLy: time(dossier.changed),
        NoiDungXuLy: '',
      },
    ],
  }
}
