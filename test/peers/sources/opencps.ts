// A simulator of OpenCPS v2's dossier list: groupId, Basic or Token, HTTP 203 for a wrong secret, day
// first dates beside fourteen digits, booleans as strings.
import { writePortalTime } from '../../../src/dossier/times.js'
import type { Teardown } from '../redis.js'
import { dayFirstTime, type PeerDossier } from './population.js'
import { type PeerServer, startServer } from './server.js'

interface OpencpsPeer {
  readonly server: PeerServer
  readonly url: string
  readonly dossiers: PeerDossier[]
  readonly malformed: unknown[]
  password: string
}

const words: Record<number, string> = {
  1: 'new',
  2: 'receiving',
  3: 'denied',
  4: 'processing',
  5: 'waiting',
  6: 'paying',
  7: 'cancelled',
  8: 'unresolved',
  9: 'releasing',
  10: 'done',
}

/** What this installation adds to the kind's own table. */
export const opencpsStatuses = { receiving: 2, paying: 'payment' }

export async function startOpencps(t: Teardown, dossiers: PeerDossier[]): Promise<OpencpsPeer> {
  const server = await startServer(t, (request, url) => {
    const expected = `Basic ${Buffer.from(`gateway:${peer.password}`).toString('base64')}`
    const login = request.headers.authorization
    if (request.headers.groupid !== '55301') return { status: 404, json: { message: 'no group' } }
    if (login !== expected && request.headers.token !== 'static-token')
      return { status: 203, json: { message: 'Non-Authoritative Information', code: 203 } }
    if (url.pathname !== '/o/rest/v2/dossiers') return { status: 404 }
    const dossierNo = url.searchParams.get('dossierNo')
    if (dossierNo) {
      const data = dossiers.filter(({ no }) => no === dossierNo).map(record)
      return { json: data.length > 0 ? { total: data.length, data } : { total: 0 } }
    }
    const start = Number(url.searchParams.get('start') ?? 0)
    const end = Number(url.searchParams.get('end') ?? 20)
    dossiers.sort((a, b) => b.changed - a.changed)
    const all: unknown[] = [...peer.malformed, ...dossiers]
    const data = all
      .slice(start, end)
      .map((item) =>
        typeof item === 'object' && item !== null && 'person' in item ? record(item as PeerDossier) : item,
      )
    return { json: { total: all.length, data } }
  })
  const peer: OpencpsPeer = {
    server,
    url: `${server.url}/o/rest/v2`,
    dossiers,
    malformed: [],
    password: 'secret',
  }
  return peer
}

function record(dossier: PeerDossier): object {
  return {
    dossierId: 4711,
    referenceUid: 'f3b0c0de',
    dossierNo: dossier.no,
    originDossierNo: '',
    serviceCode: dossier.procedure.code,
    serviceName: dossier.procedure.name,
    applicantName: dossier.person.name.toUpperCase(),
    applicantIdNo: dossier.person.idNo,
    contactTelNo: dossier.person.phone,
    dossierNote: dossier.person.remark,
    submitDate: dayFirstTime(dossier.submitted),
    receiveDate: dayFirstTime(dossier.received),
    dueDate: writePortalTime(dossier.due),
    extendDate: dossier.extended ? writePortalTime(dossier.extended) : '',
    releaseDate: dossier.finished ? dayFirstTime(dossier.finished) : '',
    finishDate: dossier.returned ? dayFirstTime(dossier.returned) : '',
    modifiedDate: dayFirstTime(dossier.changed),
    dossierStatus: words[dossier.code],
    dossierStatusText: 'Tên trạng thái',
    dossierSubStatus: '',
    online: 'true',
    viaPostal: '0',
    durationCount: '7.0',
    password: '4711',
  }
}
