// Every kind of source, against its simulator, a real Redis and the real store: filled from empty through restarts, lost
// tokens, time-outs, nonsense and malformed records.
import t from 'tap'
import type { SourceConfig } from '../../../src/agency/sources/settings.js'
import { dossierStatuses } from '../../../src/dossier/dossier.js'
import type { Teardown } from '../../peers/redis.js'
import { startDvcqg } from '../../peers/sources/dvcqg.js'
import { startFeed } from '../../peers/sources/feed.js'
import { openGatewaySide, sourceConfig } from '../../peers/sources/gateway-side.js'
import { igateStatuses, startIgate } from '../../peers/sources/igate.js'
import { opencpsStatuses, startOpencps } from '../../peers/sources/opencps.js'
import { canaries, type PeerDossier, peerAgencies, populate } from '../../peers/sources/population.js'
import type { PeerServer } from '../../peers/sources/server.js'

// Forty pages, so that every misfortune meets one.
const size = 10_000
const now = Date.now()

interface Kind {
  config: SourceConfig
  server: PeerServer
  dossiers: PeerDossier[]
  /** Expires all sessions; undefined if there are none. */
  forget?: () => void
  logins?: () => number
  /** What its malformed records must be counted as. */
  skipped: Record<string, number>
}

const common = {
  agencies: peerAgencies,
  pollSeconds: 1,
  clientId: 'gateway',
  clientSecret: 'secret',
}
const options = { requestTimeoutMs: 700, pageSize: 250, maxBodyBytes: 4_000_000 }

const kinds: Record<SourceConfig['kind'], (t: Teardown) => Promise<Kind>> = {
  async feed(t) {
    const peer = await startFeed(t, populate(size, now))
    const good = { dossierStatus: 'processing', eventTime: '2026-01-05T08:00:00+07:00' }
    peer.malformed.push(
      null,
      ['H45.12-260105-0001'],
      JSON.parse('{"__proto__":{"dossierNo":"H45.12-260105-9001"}}'),
      { ...good, dossierNo: canaries[0] },
      { ...good, dossierNo: 'H45.12-261332-0001' },
      { ...good, dossierNo: 'H45.30-260105-0001' },
      { ...good, dossierNo: 'H45.12-260105-9002', dossierStatus: canaries[3] },
      { ...good, dossierNo: 'H45.12-260105-9003', dossierStatus: {} },
      { ...good, dossierNo: 'H45.12-260105-9004', eventTime: 'hôm qua' },
      { ...good, dossierNo: 'H45.12-260105-9005', eventTime: null },
      { ...good, dossierNo: 'X'.repeat(100_000) },
    )
    return {
      config: sourceConfig({
        ...common,
        name: 'feed',
        kind: 'feed',
        url: peer.url,
        clientSecret: peer.token,
        options,
      }),
      server: peer.server,
      dossiers: peer.dossiers,
      skipped: {
        'not-an-object': 2,
        'no-number': 1,
        'unreadable-number': 3,
        'foreign-agency': 1,
        'unknown-status': 1,
        'no-status': 1,
        'bad-time': 1,
        'no-time': 1,
      },
    }
  },
  async igate(t) {
    const peer = await startIgate(t, populate(size, now))
    // Shorter than one page in a hundred takes: a fill needs many tokens.
    peer.tokenSeconds = 1
    const good = { dossierStatus: { id: 3 }, updatedDate: '2026-01-05T08:00:00.000+0700' }
    peer.malformed.push(
      'H45.12-260105-0001',
      { id: 'x', code: '', nationCode: null, ...good },
      { ...good, code: 'G22.99-260105-0001' },
      { ...good, code: 'H45.30-260105-0001' },
      { ...good, code: 'H45.12-260105-9001', dossierStatus: { id: 99 } },
      { ...good, code: 'H45.12-260105-9002', dossierStatus: { id: 20 } },
      { ...good, code: 'H45.12-260105-9003', dossierStatus: null },
      { ...good, code: 'H45.12-260105-9004', updatedDate: '31/02/2026 08:00:00' },
      { ...good, code: 'H45.12-260105-9005', updatedDate: '' },
    )
    return {
      config: sourceConfig({
        ...common,
        name: 'igate',
        kind: 'igate',
        url: peer.url,
        statuses: { ...igateStatuses, '20': 'ignore' },
        options: { ...options, tokenUrl: peer.tokenUrl },
      }),
      server: peer.server,
      dossiers: peer.dossiers,
      forget: peer.forgetTokens,
      logins: () => peer.tokensGiven,
      skipped: {
        'not-an-object': 1,
        'no-number': 1,
        'unreadable-number': 1,
        'foreign-agency': 1,
        'unknown-status': 1,
        'ignored-status': 1,
        'no-status': 1,
        'bad-time': 1,
        'no-time': 1,
      },
    }
  },
  async opencps(t) {
    const peer = await startOpencps(t, populate(size, now))
    const good = { dossierStatus: 'processing', modifiedDate: '05/01/2026 08:00:00' }
    peer.malformed.push(
      7,
      // Sent online, not yet accepted: no number.
      { ...good, dossierNo: '', dossierStatus: 'new' },
      { ...good, dossierNo: '00673810079' },
      { ...good, dossierNo: 'H45.30-260105-0001' },
      { ...good, dossierNo: 'H45.12-260105-9001', dossierStatus: 'đang mơ' },
      { ...good, dossierNo: 'H45.12-260105-9002', dossierStatus: '' },
      { ...good, dossierNo: 'H45.12-260105-9003', modifiedDate: '31/02/2026 08:00:00' },
      { ...good, dossierNo: 'H45.12-260105-9004', modifiedDate: '' },
    )
    return {
      config: sourceConfig({
        ...common,
        name: 'opencps',
        kind: 'opencps',
        url: peer.url,
        statuses: opencpsStatuses,
        options: { ...options, groupId: '55301' },
      }),
      server: peer.server,
      dossiers: peer.dossiers,
      skipped: {
        'not-an-object': 1,
        'no-number': 1,
        'unreadable-number': 1,
        'foreign-agency': 1,
        'unknown-status': 1,
        'no-status': 1,
        'bad-time': 1,
        'no-time': 1,
      },
    }
  },
  async dvcqg(t) {
    const peer = await startDvcqg(t, populate(size, now))
    const good = { TrangThaiHoSo: '4', NgayTiepNhan: '20260105080000', NgayHenTra: '' }
    peer.malformed.push(
      [],
      { ...good, MaHoSo: '' },
      { ...good, MaHoSo: '2.000815.000.00.00.H45' },
      { ...good, MaHoSo: 'H45.30-260105-0001' },
      { ...good, MaHoSo: 'H45.12-260105-9001', TrangThaiHoSo: '11' },
      { ...good, MaHoSo: 'H45.12-260105-9002', TrangThaiHoSo: '' },
      { ...good, MaHoSo: 'H45.12-260105-9003', NgayTiepNhan: '20261301000000' },
    )
    return {
      config: sourceConfig({
        ...common,
        name: 'dvcqg',
        kind: 'dvcqg',
        url: peer.url,
        options: { ...options, madonvi: '000.00.00.H45', dstcode: 'VN:GOV:000.00.00.G22' },
      }),
      server: peer.server,
      dossiers: peer.dossiers,
      forget: peer.forgetSessions,
      logins: () => peer.sessionsGiven,
      skipped: {
        'not-an-object': 1,
        'no-number': 1,
        'unreadable-number': 1,
        'foreign-agency': 1,
        'unknown-status': 1,
        'no-status': 1,
        'bad-time': 1,
      },
    }
  },
}

t.jobs = 4
for (const [name, start] of Object.entries(kinds)) {
  t.test(
    `a ${name} source fills ${size} dossiers from empty, whatever happens on the way, and says what it left out`,
    async (t) => {
      const { config, server, dossiers, forget, logins, skipped } = await start(t)
      const side = await openGatewaySide(t)
      const { events } = side
      // The simulator sorts its list; these are the numbers in the order they were made, all states in turn.
      const numbers = dossiers.map(({ no }) => no)

      // Slow throughout, and once each: expired sessions, silence, nonsense, an endless response, a restart.
      server.latencyMs = 5
      const misfortunes: Record<number, () => void> = {
        6: () => forget?.(),
        10: () => (server.fault = 'silent'),
        16: () => (server.fault = 'html'),
        22: () => (server.fault = 'endless'),
        28: () => void server.stop().then(() => server.start()),
      }
      server.onRequest = (count) => {
        server.fault = 'none'
        misfortunes[count]?.()
      }
      side.open([config])

      const ended = await events.next('source.fill.ended')
      t.match(ended, { outcome: 'ok', source: name }, 'the fill ends and says so')
      t.strictSame(ended.skipped, skipped, 'left-out records are counted by reason')
      t.equal(await side.stored(), size, 'every good dossier is in the store')
      t.ok(
        events.told.some((event) => event.evt === 'source.down') &&
          events.told.some((event) => event.evt === 'source.up'),
        'that it was away and came back is told',
      )
      const metrics = await side.metrics.text()
      for (const [reason, count] of Object.entries(skipped)) {
        const counted = Number(
          new RegExp(`gateway_source_skipped_total{source="${name}",reason="${reason}"} (\\d+)`).exec(
            metrics,
          )?.[1],
        )
        t.ok(counted >= count, `${reason} is counted in the metrics`)
      }
      t.match(metrics, `gateway_source_fill_ratio{source="${name}"} 1`)
      if (logins) t.ok(logins() >= 3, `logged in anew as often as needed (${logins()} times)`)

      for (const at of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 33, 44, 55, 4711, size - 1]) {
        const peer = dossiers.find(({ no }) => no === numbers[at])!
        const stored = (await side.store.read(side.readDossierNo(peer.no)!, Date.now()))!
        t.match(
          stored,
          {
            dossierStatus: Object.keys(dossierStatuses)[peer.code - 1],
            procedure: peer.procedure,
            receivedAt: peer.received,
            ...(peer.returned ? { returnedAt: peer.returned } : {}),
          },
          `${peer.no} is as the source has it`,
        )
        const due = stored.extendedDueAt ?? stored.dueAt
        t.equal(due, peer.extended ?? peer.due, 'with the date that counts now')
      }

      // A change is seen by a later poll.
      const told = events.told.length
      const changed = dossiers.find(({ code }) => code === 4)!
      Object.assign(changed, { code: 9, changed: Date.now(), finished: Date.now() })
      const changedNo = side.readDossierNo(changed.no)!
      for (const until = Date.now() + 60_000; Date.now() < until; ) {
        if ((await side.store.read(changedNo, Date.now()))?.dossierStatus === 'finished') break
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      t.equal(
        (await side.store.read(changedNo, Date.now()))?.dossierStatus,
        'finished',
        'a poll brings changes',
      )
      t.notOk(
        events.told.slice(told).some((event) => event.evt === 'source.fill.started'),
        'without filling again',
      )

      const everything = JSON.stringify(events.told) + metrics
      for (const canary of canaries) t.notOk(everything.includes(canary), 'no personal value is told')
    },
  )
}
