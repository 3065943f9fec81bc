// The synthetic dossiers of every source simulator: deterministic, with personal data as in real systems, which must not
// leak (names, phones), and with malformed records, which must not break us.
import { localOffsetMs } from '../../../src/dossier/times.js'

/** Planted personal data: it must not appear in any output. */
export const canaries = ['Nguyễn Thị Hoa Mộc Lan', '0987612345', '079123456789', 'CANARY-REMARK']

interface Person {
  name: string
  phone: string
  idNo: string
  remark: string
}

/** A dossier in the peer's own database. Times are epoch ms. */
export interface PeerDossier {
  no: string
  /** Portal code 1–10. */
  code: number
  procedure: { code: string; name: string }
  submitted: number
  received: number
  due: number
  extended?: number
  finished?: number
  returned?: number
  refusedAt?: number
  changed: number
  person: Person
}

/** Invented codes; 15 is in the old format, 12 in the new. */
export const peerAgencies = ['000.00.15.H45', 'H45.12', '000.00.22.H45']

/** `count` dossiers of three agencies over 2025 and 2026, before `now`. */
export function populate(count: number, now: number): PeerDossier[] {
  const dossiers: PeerDossier[] = []
  const hour = 3_600_000
  for (let at = 0; at < count; at++) {
    const agency = peerAgencies[at % peerAgencies.length]!
    // 40 dossiers a day and agency, days going back from yesterday.
    const received =
      Math.floor((now - 24 * hour - Math.floor(at / 120) * 24 * hour) / (24 * hour)) * 24 * hour + hour
    const day = new Date(received + localOffsetMs).toISOString().slice(2, 10).replaceAll('-', '')
    const sequence = String((Math.floor(at / 3) % 40) + 1).padStart(4, '0')
    const code = (at % 10) + 1
    const dossier: PeerDossier = {
      no: `${agency}-${day}-${sequence}`,
      code,
      procedure: { code: `1.00${1000 + (at % 50)}`, name: `Cấp giấy chứng nhận số ${at % 50}` },
      submitted: received - 2 * hour,
      received,
      due: received + 10 * 24 * hour,
      changed: received + (at % 7) * hour,
      person: { name: canaries[0]!, phone: canaries[1]!, idNo: canaries[2]!, remark: canaries[3]! },
    }
    if (at % 11 === 0) dossier.extended = dossier.due + 5 * 24 * hour
    if (code === 3) dossier.refusedAt = dossier.changed
    if (code >= 9) dossier.finished = dossier.changed
    if (code === 10) dossier.returned = dossier.changed
    dossiers.push(dossier)
  }
  return dossiers
}

/** `2026-11-24T08:30:00.000+0700`, as iGate writes. */
export function igateTime(at: number): string {
  return `${new Date(at + localOffsetMs).toISOString().slice(0, 23)}+0700`
}

/** `24/11/2026 08:30:00`, as OpenCPS writes most dates. */
export function dayFirstTime(at: number): string {
  const [date, time] = new Date(at + localOffsetMs).toISOString().slice(0, 19).split('T')
  return `${date!.split('-').reverse().join('/')} ${time}`
}
