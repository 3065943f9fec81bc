// The dashboard and the alerts speak of metrics that a running gateway has, with labels that it gives them.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import type { Report } from '../../src/monitor/report/report.js'
import { startFakeSmsc } from '../peers/fake-smsc.js'
import { startGateway } from '../peers/gateway.js'
import { openPaperTape } from '../peers/paper-tape.js'

const read = (name: string) => readFileSync(new URL(`../../config/${name}`, import.meta.url), 'utf8')

interface Rule {
  alert: string
  expr: string
  annotations: { summary: string; action: string }
}
interface Panel {
  title: string
  targets: { expr: string }[]
}

t.test('every metric the dashboard and the alerts name is there', async (t) => {
  const rules = (parse(read('alerts.yaml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
    ({ rules }) => rules,
  )
  const { panels } = JSON.parse(read('grafana-dashboard.json')) as { panels: Panel[] }
  const asked = [
    ...rules.map(({ alert, expr }) => [alert, expr] as const),
    ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
  ]

  const smsc = await startFakeSmsc()
  t.teardown(() => smsc.close())
  const printer = await openPaperTape()
  t.teardown(() => printer.close())
  const gateway = await startGateway(t, {
    sms: {
      links: [
        { name: 'sim', host: '127.0.0.1', port: smsc.port, password: 'secret', shortCode: '8188' },
        {
          name: 'peer',
          kind: 'http',
          shortCode: '8189',
          receive: { secret: 'secret' },
          send: { url: 'http://127.0.0.1:9/' },
        },
      ],
    },
    desks: [
      { id: 'q1', agency: 'H45.12', name: 'Q', printer: { path: printer.path, profile: 'epson-tm-t82' } },
    ],
    sources: [{ name: 'feed', kind: 'feed', url: 'http://127.0.0.1:1/' }],
    extract: {},
    upward: {},
  })
  await gateway.waitFor('smsc.bound', undefined, true)
  const metrics = await (await fetch(`${gateway.admin}/metrics`)).text()
  const types = new Map(
    [...metrics.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map((match) => [match[1]!, match[2]!]),
  )

  for (const [where, expr] of asked)
    for (const [, name] of expr.matchAll(/\b(gateway_[a-z_]+)/g)) {
      const base = name!.replace(/_(bucket|sum|count)$/, '')
      const found = types.get(name!) ?? (types.get(base) === 'histogram' ? 'histogram' : undefined)
      t.ok(found, `${where}: ${name} exists`)
      if (found === 'counter')
        t.match(expr, /(rate|increase)\(/, `${where}: a counter is looked at by its growth`)
    }
  // A counter that first appears with a value shows no growth: it must exist from the start, with each label an alert needs.
  const series = metrics.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  for (const { alert, expr } of rules)
    for (const [, name = '', labels = ''] of expr.matchAll(/\b(gateway_\w+_total)(?:\{([^}]*)\})?/g)) {
      const asked = [...labels.matchAll(/(\w+)=~?"([^"]*)"/g)].flatMap(([, label, values = '']) =>
        values.split('|').map((value) => `${label}="${value}"`),
      )
      for (const one of asked.length > 0 ? asked : [''])
        t.ok(
          series.some((line) => new RegExp(`^${name}[{ ]`).test(line) && line.includes(one)),
          `${alert}: ${name} ${one} is born at 0`,
        )
    }
  for (const { alert, annotations } of rules)
    t.ok(annotations.summary && annotations.action, `${alert} says what to do`)
})

t.test('an imported file is a word of its agency; monitor, metrics and report say the same', async (t) => {
  const gateway = await startGateway(t)
  const file = join(gateway.directory, 'dossiers.ndjson')
  const line = (nth: number, dossierStatus: string) =>
    JSON.stringify({
      dossierNo: `H45.12-260105-000${nth}`,
      dossierStatus,
      eventTime: '2026-01-05T08:00:00+07:00',
    })
  const lines = Array.from({ length: 7 }, (_, nth) => line(nth + 1, nth === 6 ? 'lost' : 'processing'))
  writeFileSync(file, `${lines.join('\n')}\n`)
  const imported = await gateway.command('import', file, '--json')
  t.equal(imported.code, 1, 'one line is wrong')
  for (let nth = 0; nth < 6; nth++)
    t.equal((await fetch(`${gateway.http}/v1/status/H45.12-260105-0001`)).status, 200)
  // Closing sends the last second; the report then reads what is kept, without a gateway.
  await gateway.kill('SIGTERM')
  const { code, stdout, stderr } = await gateway.command('report', '--from', '2026-01-01', '--json')
  t.equal(code, 0, stderr)
  const report = JSON.parse(stdout) as Report
  t.match(report.lookups, { total: 6, found: 6 })
  const agency = report.byAgency.find(({ code }) => code === 'H45.12')!
  t.match(agency, { updates: { total: 6, applied: 6, refused: 'few' }, found: { web: 6, total: 6 } })
  t.ok(agency.lastHeard, 'it was heard of')
  t.ok(report.uptime.lookup!.upMinutes >= 1, 'and the service was there while it ran')
  for (const [words, why] of [
    [['--period', 'soon'], 'soon is no period'],
    [['--period', '2099H1'], 'nothing to report yet'],
    [['--from', '2019-01-01', '--to', '2019-06-30'], 'counts are kept for 800 days'],
  ] as const) {
    const { code, stderr } = await gateway.command('report', ...words)
    t.equal(code, 2, words.join(' '))
    t.ok(stderr.includes(why), stderr)
  }
})
