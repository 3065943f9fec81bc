// The daily summary: as a file and as a signed POST, once a day by one of the gateways. Real Redis, a real receiver.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import t from 'tap'
import { postUpward } from '../../../src/commands/upward.js'
import { silentLog } from '../../../src/log.js'
import { openMetrics } from '../../../src/metrics.js'
import { openCounters } from '../../../src/monitor/counters.js'
import type { DailyEvent } from '../../../src/monitor/upward/summaries.js'
import { openUpward } from '../../../src/monitor/upward/upward.js'
import { agencies, openDoor } from '../../agency/harness.js'
import { ledgerOn } from '../parts.js'

const at = (text: string) => Date.parse(`${text}+07:00`)
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

t.test(
  'the previous day is summed up, written and posted, signed; a receiver that is away gets it later',
  async (t) => {
    const side = await openDoor(t)
    const dataDir = mkdtempSync(join(tmpdir(), 'dgw-upward-'))
    t.teardown(() => rmSync(dataDir, { recursive: true, force: true }))
    const taken: DailyEvent[] = []
    let status = 400
    const receiver = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const body = Buffer.concat(chunks).toString()
      // Throws if the signature does not match these bytes.
      new Webhook(secret).verify(body, request.headers as Record<string, string>)
      if (status === 200) taken.push(...(JSON.parse(body) as DailyEvent[]))
      response.writeHead(status).end()
    })
    await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done))
    t.teardown(() => receiver.close())
    const { port } = receiver.address() as AddressInfo

    const { key } = await side.key('H45.12')
    const push = (nth: number, body: Record<string, unknown>) =>
      side.call('PUT', `/v1/dossiers/H45.12-261126-000${nth}`, { key, body })
    const day = '2026-11-26T09:00:00+07:00'
    const common = { eventTime: day, receivedAt: day, dueAt: '2026-11-26T00:00:00+07:00' }
    await push(1, { ...common, dossierStatus: 'processing', filedBy: 'online' })
    await push(2, { ...common, dossierStatus: 'finished', finishedAt: day, filedBy: 'counter' })
    await push(3, { ...common, dossierStatus: 'processing', receivedAt: '2026-11-25T09:00:00+07:00' })

    let now = at('2026-11-26T10:00:00')
    const counters = openCounters({ door: side.door, log: silentLog, now: () => now })
    counters.updates('H45.12', { applied: 3, stale: 1, duplicate: 0, lateMs: [] })
    counters.lookup('sms', 'found', 'H45.12')
    await counters.flush()
    await counters.close()

    now = at('2026-11-27T00:10:00')
    const open = (instance: string) => {
      const upward = openUpward({
        config: { at: '00:30', directory: 'upward', keepDays: 3 },
        dataDir,
        source: 'https://hoso.example.vn',
        instance,
        post: postUpward(new URL(`http://127.0.0.1:${port}/`), secret),
        door: side.door,
        ledger: ledgerOn(side, agencies),
        agencies,
        log: silentLog,
        metrics: openMetrics(),
        now: () => now,
      })
      t.teardown(() => upward.close())
      return upward
    }
    const [one, other] = [open('one'), open('other')]
    const files = () => readdirSync(join(dataDir, 'upward'))
    await one.look()
    t.throws(files, 'not before its time')

    now = at('2026-11-27T00:31:00')
    await one.look()
    t.strictSame(files(), ['upward-2026-11-26.json'], 'the file is there')
    t.equal(taken.length, 0, 'and was refused')
    status = 200
    await other.look()
    t.equal(taken.length, agencies.length, 'the next look, of whichever gateway, posts it')
    await one.look()
    t.equal(taken.length, agencies.length, 'once')

    const written = JSON.parse(readFileSync(join(dataDir, 'upward', files()[0]!), 'utf8')) as DailyEvent[]
    t.strictSame(written, taken, 'the file holds what was posted')
    t.match(
      written.find(({ subject }) => subject === 'H45.12'),
      {
        specversion: '1.0',
        id: 'daily/2026-11-26/H45.12',
        type: 'vn.dossier.daily.v1',
        data: {
          day: '2026-11-26',
          dossiers: {
            received: 2,
            filedOnline: 1,
            filedAtCounter: 1,
            results: 1,
            inTime: 1,
            late: 0,
            open: 2,
            overdue: 2,
          },
          updates: { applied: 3, stale: 1 },
          lookupsFound: 1,
          complaints: { taken: 0, waiting: 0 },
        },
      },
    )
  },
)

t.test('a folder that cannot be written is told at the start', async (t) => {
  const side = await openDoor(t)
  const isTold = new Promise((told) => {
    const upward = openUpward({
      config: { at: '00:30', directory: '/dev/null/upward', keepDays: 3 },
      dataDir: '/nonexistent',
      source: 'https://hoso.example.vn',
      instance: 'one',
      door: side.door,
      ledger: ledgerOn(side, agencies),
      agencies,
      log: { ...silentLog, error: (fields: object) => told(fields) },
      metrics: openMetrics(),
      now: () => at('2026-11-27T00:10:00'),
    })
    t.teardown(() => upward.close())
  })
  t.match(await isTold, { evt: 'upward.unwritable', directory: '/dev/null/upward', why: 'ENOTDIR' })
})
