// The week on paper: which week, which agencies, and what it contains.
import t from 'tap'
import type { Config } from '../../../src/config/config.js'
import { openTruth } from '../../../src/dossier/truth.js'
import type { Digest } from '../../../src/monitor/digest/digest.js'
import { lastWeek } from '../../../src/monitor/digest/digest.js'
import { reportCommand } from '../../../src/monitor/report/report-command.js'
import { agencies, openDoor } from '../../agency/harness.js'

const at = (text: string) => Date.parse(`${text}+07:00`)

t.test('a week ends on Sunday', async (t) => {
  for (const [now, from, to] of [
    ['2026-11-30T00:10:00', '2026-11-23', '2026-11-29'],
    ['2026-11-29T23:50:00', '2026-11-16', '2026-11-22'],
    ['2026-01-01T12:00:00', '2025-12-22', '2025-12-28'],
  ] as const)
    t.match(lastWeek(at(now)), { from, to }, now)
})

t.test('report --digest lists what needs action, for all agencies or for one', async (t) => {
  const side = await openDoor(t)
  const { key } = await side.key('H45.12', 'H45.01')
  const push = (no: string, dueAt: string) =>
    side.call('PUT', `/v1/dossiers/${no}`, {
      key,
      body: { dossierStatus: 'processing', eventTime: '2026-11-20T09:00:00+07:00', dueAt },
    })
  await push('H45.12-261120-0001', '2026-11-25T00:00:00+07:00')
  await push('H45.12-261120-0003', '2026-12-03T00:00:00+07:00')
  await push('H45.01-261120-0001', '2026-12-01T00:00:00+07:00')
  const config = {
    agencies,
    report: { authority: '', office: '<Sở>', place: '', basis: [] },
    monitor: { notConsecutive: [], excusedDays: [] },
    complaints: { holidays: 'config/holidays.yaml' },
    wording: { vi: 'config/wording.vi.yaml', en: 'config/wording.en.yaml' },
  } as unknown as Config
  const run = async (...args: string[]) => {
    let said = ''
    const code = await reportCommand({
      args: ['--digest', ...args],
      config,
      json: false,
      core: { ...side, truthOf: openTruth({ dayEnds: '17:00' }) },
      now: () => at('2026-11-30T07:00:00'),
      print: (text) => void (said += text),
    })
    t.equal(code, 0)
    return said
  }
  const all = JSON.parse(await run('--format', 'json')) as Digest
  t.match(all, {
    period: { from: '2026-11-23', to: '2026-11-29' },
    list: {
      totals: { overdue: 1, near: 2, missing: 1 },
      gaps: [{ series: 'H45.12-261120', missing: ['0002'] }],
    },
    rows: [
      { code: 'H45.12', overdue: 1, near: 1, missing: 1 },
      { code: 'H45.01', overdue: 0, near: 1, missing: 0 },
    ],
  })
  const own = JSON.parse(await run('--format', 'json', '--agency', 'H45.01')) as Digest
  t.strictSame(
    own.list.dossiers.map(({ dossierNo }) => dossierNo),
    ['H45.01-261120-0001'],
  )
  t.match(own, { agencies: ['H45.01'], list: { gaps: [] } })
  const html = await run('--format', 'html', '--agency', 'H45.12')
  t.match(html, /H45\.12-261120-0001/)
  t.match(html, /&lt;SỞ&gt;/)
  t.notMatch(html, /<script|https?:|src=|url\(/)
  for (const [words, says] of [
    [['--period', '2026H1'], /of a week/],
    [['--output', '/tmp/x.pdf'], /no PDF/],
  ] as const)
    await t.rejects(run(...words), { code: 'usage', message: says })
})
