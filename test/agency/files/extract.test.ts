// The daily extract with an injected clock, a real Redis and a real folder.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openExtract } from '../../../src/agency/files/extract.js'
import type { Dossier } from '../../../src/dossier/dossier.js'
import { walkDossiers } from '../../../src/dossier/store/walk.js'
import type { Log } from '../../../src/log.js'
import { openMetrics } from '../../../src/metrics.js'
import { agencies, openDoor } from '../harness.js'

const at = (text: string) => Date.parse(`${text}+07:00`)

async function stage(t: Test) {
  const side = await openDoor(t)
  const directory = mkdtempSync(join(tmpdir(), 'dgw-extract-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  const clock = { now: at('2026-11-24T01:59:00') }
  const lines: Record<string, unknown>[] = []
  const say = (fields: Record<string, unknown>) => void lines.push(fields)
  const log: Log = { trace: say, debug: say, info: say, warn: say, error: say, fatal: say }
  const open = (instance: string, more: { walk?: () => AsyncIterable<Dossier>; format?: 'csv' } = {}) => {
    const extract = openExtract({
      config: { at: '02:00', directory: 'extracts', format: more.format ?? 'ndjson', keepDays: 3 },
      dataDir: directory,
      door: side.door,
      instance,
      walk: more.walk ?? (() => walkDossiers(side.store, agencies)),
      log,
      metrics: openMetrics(),
      now: () => clock.now,
    })
    t.teardown(() => extract.close())
    return extract
  }
  const folder = join(directory, 'extracts')
  const files = () => {
    try {
      return readdirSync(folder).sort()
    } catch {
      return []
    }
  }
  const { key } = await side.key('H45.12')
  for (let nth = 1; nth <= 5; nth++)
    await side.call('PUT', `/v1/dossiers/H45.12-240823-000${nth}`, {
      key,
      body: { dossierStatus: 'processing', eventTime: '2024-08-23T09:00:00+07:00' },
    })
  return { side, clock, lines, open, folder, files }
}

t.test('once a day, from its time on, by one of the gateways; old files go', async (t) => {
  const { clock, lines, open, folder, files } = await stage(t)
  const [one, other] = [open('one'), open('other')]
  await Promise.all([one.look(), other.look()])
  t.strictSame(files(), [], 'not before its time')

  clock.now = at('2026-11-24T02:00:00')
  await Promise.all([one.look(), other.look(), one.look()])
  t.strictSame(files(), ['dossiers-2026-11-24.ndjson'])
  const file = join(folder, 'dossiers-2026-11-24.ndjson')
  t.equal(statSync(file).mode & 0o777, 0o640)
  const told = readFileSync(file, 'utf8').trim().split('\n')
  t.equal(told.length, 5)
  t.match(JSON.parse(told[0]!), { dossierNo: /^H45\.12-240823-000\d$/, dossierStatus: 'processing' })
  t.strictSame(
    lines.map(({ evt, outcome, dossiers }) => [evt, outcome, dossiers]),
    [
      ['extract.started', undefined, undefined],
      ['extract.ended', 'done', 5],
    ],
    'a pair of events, once',
  )

  clock.now = at('2026-11-24T23:59:00')
  await other.look()
  t.equal(lines.length, 2, 'done is done for the day')
  clock.now = at('2026-11-25T01:00:00')
  await other.look()
  t.equal(lines.length, 2, 'and for the night after it')

  writeFileSync(join(folder, 'notes.txt'), 'not ours')
  writeFileSync(join(folder, 'dossiers-2026-11-24.ndjson.gone.part'), 'cut off by a power cut')
  for (const day of ['25', '26', '27', '28']) {
    // Down at two, back at nine.
    clock.now = at(`2026-11-${day}T09:00:00`)
    await other.look()
  }
  t.strictSame(files(), [
    'dossiers-2026-11-26.ndjson',
    'dossiers-2026-11-27.ndjson',
    'dossiers-2026-11-28.ndjson',
    'notes.txt',
  ])
})

t.test('what is cut off has no name, and is done again', async (t) => {
  const { side, clock, lines, open, files } = await stage(t)
  clock.now = at('2026-11-24T03:00:00')
  const failing = open('one', {
    format: 'csv',
    async *walk() {
      yield* walkDossiers(side.store, agencies)
      throw new Error('the store went away')
    },
  })
  await failing.look()
  t.strictSame(files(), [], 'not even a part is left')
  t.match(lines.at(-1), { evt: 'extract.ended', outcome: 'failed' })

  await side.door.request.set('extract:lease', 'a gateway that was killed', 'EX', 120)
  const other = open('other', { format: 'csv' })
  await other.look()
  t.strictSame(files(), [], 'while the lease of another lives, it is left to it')
  await side.door.request.del('extract:lease')
  await other.look()
  t.strictSame(files(), ['dossiers-2026-11-24.csv'])

  clock.now = at('2026-11-25T03:00:00')
  let reached = () => {}
  const halfway = new Promise<void>((resolve) => {
    reached = resolve
  })
  let goOn = () => {}
  const closing = open('third', {
    async *walk() {
      for await (const dossier of walkDossiers(side.store, agencies)) {
        for (let nth = 0; nth < 500; nth++) yield dossier
        reached()
        await new Promise<void>((resolve) => {
          goOn = resolve
        })
      }
    },
  })
  const look = closing.look()
  await halfway
  const closed = closing.close()
  goOn()
  await Promise.all([look, closed])
  t.strictSame(files(), ['dossiers-2026-11-24.csv'], 'a gateway that stops does not finish it')
  t.match(lines.at(-1), { outcome: 'given-up' })
  await other.look()
  t.strictSame(files(), ['dossiers-2026-11-24.csv', 'dossiers-2026-11-25.csv'], 'the next one does')
})
