// A small province: 1,700 units, 300,000 dossiers, six months of generated days. The monitor must show it within a second and
// equal this script's own count.
// Beside the wall-clock time it prints the CPU time of the gateway (for a command: its own), which other load on the machine
// does not lengthen.
//   npm run build && npm run province [-- --dossiers 300000] [--pictures DIR]
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { stringify } from 'yaml'
import type { Agency } from '../../src/dossier/agency.js'
import { openNumbers } from '../../src/dossier/numbers/numbers.js'
import { openSeal } from '../../src/dossier/seal.js'
import { openStore } from '../../src/dossier/store/store.js'
import type { Update } from '../../src/dossier/store/updates.js'
import { silentLog } from '../../src/log.js'
import { openMetrics } from '../../src/metrics.js'
import type { MonitorSummary, OverdueList } from '../../src/monitor/contract.js'
import { openCounters } from '../../src/monitor/counters.js'
import type { Digest } from '../../src/monitor/digest/digest.js'
import type { HalfYear } from '../../src/monitor/open-data/contract.js'
import type { Report } from '../../src/monitor/report/report.js'
import { openRedis } from '../../src/redis/connection.js'
import { dice } from '../agency/dice.js'
import { openBrowser, openPage } from '../peers/browser.js'
import { watchStalls } from '../peers/stall-watch.js'
import { secrets } from './population.js'
import { type Measured, Stage, startMeasured } from './stage.js'

const root = new URL('../../', import.meta.url).pathname
const dayMs = 86_400_000
const zoneMs = 7 * 3_600_000
const days = 182

const agencies: Agency[] = Array.from({ length: 1700 }, (_, nth) => ({
  code: `H15.${1000 + nth}`,
  index: nth,
  name: nth < 46 ? `Sở, ngành số ${nth + 1}` : `Trung tâm Phục vụ hành chính công xã số ${nth - 45}`,
  shortName: `Don vi ${nth + 1}`,
  phone: `0262 000 ${1000 + nth}`,
  email: `donvi${nth + 1}@example.vn`,
  address: `${nth + 1} đường Mẫu`,
  aliases: [],
  patterns: [],
}))

/** The script's own count, kept while it generates the days. Keys are agency codes. */
interface Ledger {
  received: number
  online: number
  counter: number
  inTime: number
  late: number
  overdue: Map<string, number>
  missing: Map<string, number>
  updates: number
  lookups: Record<'sms' | 'kiosk' | 'web' | 'desk', number>
  /** Of the last half-year that has ended. */
  halfYear: { received: number; lookups: number }
}

const midnight = (at: number) => Math.floor((at + zoneMs) / dayMs) * dayMs - zoneMs
const dayText = (at: number) => new Date(at + zoneMs).toISOString().slice(0, 10)
const add = (counts: Map<string, number>, code: string, by = 1) =>
  counts.set(code, (counts.get(code) ?? 0) + by)

async function seed(gateway: Measured, total: number, now: number): Promise<Ledger> {
  const roll = dice(20_261_128)
  const ledger: Ledger = {
    received: 0,
    online: 0,
    counter: 0,
    inTime: 0,
    late: 0,
    overdue: new Map(),
    missing: new Map(),
    updates: 0,
    lookups: { sms: 0, kiosk: 0, web: 0, desk: 0 },
    halfYear: { received: 0, lookups: 0 },
  }
  const config = { durability: 'everysec', commandTimeoutMs: 30_000 } as const
  const door = await openRedis({ socket: gateway.socket, config }, silentLog, openMetrics())
  const numbers = openNumbers(agencies, secrets)
  const store = openStore({ door, retention: { closedDays: 730 }, seal: openSeal(secrets.phoneKey) })
  const today = midnight(now)
  const workdays = Array.from({ length: days - 1 }, (_, nth) => today - (days - 1 - nth) * dayMs).filter(
    (day) => ![0, 6].includes(new Date(day + zoneMs).getUTCDay()),
  )
  const endedHalf = halfOf(now) - 1

  // What is pushed, by the day of its event.
  const pushes = new Map<number, { text: string; agency: string; update: Update }[]>()
  const sequences = new Map<string, number>()
  for (let nth = 0; nth < total; nth++) {
    // Half of all goes to the 46 departments.
    const { code } = agencies[roll(2) === 0 ? roll(46) : 46 + roll(agencies.length - 46)]!
    const day = workdays[Math.floor((nth * workdays.length) / total)]!
    const series = `${code}-${dayText(day).slice(2).replaceAll('-', '')}`
    let sequence = (sequences.get(series) ?? 0) + 1
    // One in two hundred numbers is never pushed; a later one always comes, so that the gap is seen.
    if (roll(200) === 0) {
      sequence++
      if (today - day <= 60 * dayMs) add(ledger.missing, code)
    }
    sequences.set(series, sequence)
    const receivedAt = day + 8 * 3_600_000 + roll(8 * 3600) * 1000
    const due = day + (3 + roll(20)) * dayMs
    const resultDay = day + (1 + roll(22)) * dayMs
    const isDone = resultDay < today && roll(20) > 0
    const filedBy = (['counter', 'online', 'online', 'post', undefined] as const)[roll(5)]
    const eventTime = isDone ? resultDay + 9 * 3_600_000 : receivedAt
    const update: Update = {
      dossierStatus: isDone ? (roll(2) === 0 ? 'finished' : 'returned') : 'processing',
      eventTime,
      receivedAt,
      dueAt: due,
      ...(isDone ? { finishedAt: eventTime } : {}),
      ...(filedBy ? { filedBy } : {}),
    }
    ledger.received++
    if (halfOf(receivedAt) === endedHalf) ledger.halfYear.received++
    if (filedBy === 'online') ledger.online++
    if (filedBy === 'counter') ledger.counter++
    if (isDone) ledger[resultDay <= due ? 'inTime' : 'late']++
    else if (now > due + 17 * 3_600_000) add(ledger.overdue, code)
    const at = midnight(eventTime)
    const its = pushes.get(at) ?? []
    pushes.set(at, its)
    its.push({ text: `${series}-${String(sequence).padStart(4, '0')}`, agency: code, update })
  }

  let clock = now
  const counters = openCounters({ door, log: silentLog, now: () => clock })
  for (const [day, its] of [...pushes].sort(([one], [other]) => one - other)) {
    clock = day + 18 * 3_600_000
    const heard = new Map<string, number>()
    for (let from = 0; from < its.length; from += 1000) {
      const items = its.slice(from, from + 1000).map(({ text, update }) => {
        const reading = numbers.read(text)
        if (reading.kind !== 'dossierNo') throw new Error(`${text} cannot be read`)
        return { no: reading.dossierNo, update }
      })
      for (const result of await store.applyMany(items, clock)) if (result instanceof Error) throw result
    }
    for (const { agency } of its) add(heard, agency)
    for (const [agency, applied] of heard) {
      counters.updates(agency, { applied, stale: 0, duplicate: 0, lateMs: Array(applied).fill(3_600_000) })
      ledger.updates += applied
    }
    for (let nth = 0; nth < 2000; nth++) {
      const channel = (['sms', 'kiosk', 'web', 'desk'] as const)[roll(4)]!
      const isFound = roll(10) > 0
      counters.lookup(
        channel,
        isFound ? 'found' : 'unknown',
        isFound ? its[roll(its.length)]!.agency : undefined,
      )
      ledger.lookups[channel]++
      if (halfOf(day) === endedHalf) ledger.halfYear.lookups++
    }
    await counters.flush()
  }
  await counters.close()
  await door.close()
  return ledger
}

/** Half-years since the year 0. */
function halfOf(at: number): number {
  const [year, month] = dayText(at).split('-').map(Number) as [number, number]
  return year * 2 + (month > 6 ? 1 : 0)
}

interface Line {
  readonly what: string
  readonly ms: number
  /** Processor time, ms. */
  readonly cpuMs: number
  readonly equal: string
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { dossiers: { type: 'string', default: '300000' }, pictures: { type: 'string' } },
  })
  const stage = new Stage()
  try {
    const gateway = await startMeasured(stage, {
      agencies: stringify(agencies),
      smscPort: 1,
      sections: {
        office: { name: 'Trung tâm Phục vụ hành chính công tỉnh', hotline: '0262 000 0150' },
        report: { authority: 'Ủy ban nhân dân tỉnh Mẫu', office: 'Sở Khoa học và Công nghệ', place: 'Mẫu' },
      },
    })
    const now = Date.now()
    const started = performance.now()
    const ledger = await seed(gateway, Number(values.dossiers), now)
    say(`seeded ${values.dossiers} dossiers in ${Math.round((performance.now() - started) / 1000)} s`)
    const lines: Line[] = []
    const key = await monitorKey(gateway)
    // Nobody else waits longer than this for the gateway's event loop, whatever a leader asks for.
    const counting = await watchStalls(gateway.http, gateway.pid, () => counted(gateway, key))
    const asking = await watchStalls(gateway.http, gateway.pid, async () => {
      lines.push(...(await measure(gateway, key, ledger, now)))
    })
    for (const { what, ms, cpuMs, equal } of lines) {
      const [took, cpu] = [ms, cpuMs].map((its) => String(Math.round(its)).padStart(6))
      say(`${what.padEnd(34)} ${took} ms  ${cpu} ms CPU  ${equal}`)
    }
    for (const [when, { longestMs, risenMiB }] of [
      ['it counts', counting],
      ['it is asked', asking],
    ] as const)
      say(
        `longest silence of the gateway while ${when}: ${Math.round(longestMs)} ms, memory +${Math.round(risenMiB)} MiB`,
      )
    const wrong = lines.filter(({ ms, equal }) => ms > 1000 || equal.startsWith('NOT'))
    say(wrong.length === 0 ? 'each within a second and equal' : `${wrong.length} of ${lines.length} are not`)
    const isSilent = [counting, asking].some(({ longestMs }) => longestMs > 1000)
    if (isSilent) say('the gateway was silent for more than a second')
    process.exitCode = wrong.length === 0 && !isSilent ? 0 : 1
    if (values.pictures) await pictures(stage, gateway, values.pictures)
  } finally {
    await stage.clear()
  }
}

async function monitorKey(gateway: Measured): Promise<string> {
  const made = await command(gateway, 'keys', 'create', '--monitor', 'leader', '--json')
  return (JSON.parse(made) as { key: string }).key
}

async function askAs(gateway: Measured, key: string, path: string) {
  const [begun, before] = [performance.now(), cpuMsOf(gateway.pid)]
  const response = await fetch(`${gateway.http}${path}`, { headers: { authorization: `Bearer ${key}` } })
  const body = Buffer.from(await response.arrayBuffer())
  if (!response.ok) throw new Error(`${path}: ${response.status} ${body}`)
  return { body, ms: performance.now() - begun, cpuMs: cpuMsOf(gateway.pid) - before }
}

/** The first look at the monitor begins the census. Resolves when it is there: later readers do not wait for it. */
const counted = (gateway: Measured, key: string) =>
  until(async () => {
    const { body } = await askAs(gateway, key, '/v1/monitor/summary')
    return (JSON.parse(body.toString()) as MonitorSummary).censusAt
  })

async function measure(gateway: Measured, key: string, ledger: Ledger, now: number): Promise<Line[]> {
  const ask = (path: string) => askAs(gateway, key, path)
  const sum = (counts: Map<string, number>) => [...counts.values()].reduce((of, count) => of + count, 0)
  const same = (...pairs: [told: unknown, counted: unknown][]) => {
    const off = pairs.filter(([told, counted]) => told !== counted)
    return off.length === 0
      ? `equal: ${pairs.map(([told]) => told).join(', ')}`
      : `NOT equal: ${off.map(([told, counted]) => `${told} is ${counted}`).join(', ')}`
  }
  const lines: Line[] = []
  const from = dayText(now - (days - 1) * dayMs)
  // As the gateway does in the morning: past months are added up once.
  await ask(`/v1/monitor/summary?from=${from}&to=${dayText(now)}`)
  const summary = await ask(`/v1/monitor/summary?from=${from}&to=${dayText(now)}`)
  const { lookups, dossiers } = JSON.parse(summary.body.toString()) as MonitorSummary
  const looked = Object.values(ledger.lookups).reduce((of, count) => of + count, 0)
  lines.push({
    what: 'monitor, six months',
    ...timeOf(summary),
    equal: same([lookups.total, looked], [dossiers?.overdue, sum(ledger.overdue)]),
  })
  const page = await ask('/v1/monitor/overdue?within=0&limit=30')
  const { totals } = JSON.parse(page.body.toString()) as OverdueList
  lines.push({
    what: 'overdue list and gaps, the page',
    ...timeOf(page),
    equal: same([totals.overdue, sum(ledger.overdue)], [totals.missing, sum(ledger.missing)]),
  })
  const all = await ask('/v1/monitor/overdue?within=0')
  const list = JSON.parse(all.body.toString()) as OverdueList
  lines.push({
    what: 'overdue list and gaps, all of it',
    ...timeOf(all),
    equal: same(
      [list.dossiers.length + list.notListed, sum(ledger.overdue)],
      [list.totals.missing, sum(ledger.missing)],
    ),
  })
  for (const ending of ['csv', 'xlsx']) {
    const file = await ask(`/v1/monitor/overdue.${ending}?within=1`)
    lines.push({ what: `overdue list, ${ending}`, ...timeOf(file), equal: `${file.body.length} bytes` })
  }
  await ask('/v1/open/half-year.json').catch(() => {})
  await until(async () => ask('/v1/open/half-year.json').catch(() => undefined))
  const open = await ask('/v1/open/half-year.json')
  const half = JSON.parse(open.body.toString()) as HalfYear
  lines.push({
    what: 'open data',
    ...timeOf(open),
    equal: same(
      [half.dossiers.received, ledger.halfYear.received],
      [half.lookups.total, ledger.halfYear.lookups],
    ),
  })
  const timed = async (...words: string[]) => {
    const [begun, before] = [performance.now(), childrenCpuMs()]
    const said = await command(gateway, ...words)
    return { said, ms: performance.now() - begun, cpuMs: childrenCpuMs() - before }
  }
  const report = await timed('report', '--from', from, '--to', dayText(now), '--format', 'json')
  const { allAgencies, lookups: its } = JSON.parse(report.said) as Report
  lines.push({
    what: 'report, six months (a process)',
    ...timeOf(report),
    equal: same(
      [its.total, looked],
      [allAgencies.handled.received, ledger.received],
      [allAgencies.handled.filed.online, ledger.online],
      [allAgencies.handled.filed.counter, ledger.counter],
      [allAgencies.handled.inTime, ledger.inTime],
      [allAgencies.handled.late, ledger.late],
      [allAgencies.updates.total, ledger.updates],
    ),
  })
  const digest = await timed('report', '--digest', '--format', 'json')
  const { list: week } = JSON.parse(digest.said) as Digest
  lines.push({
    what: 'digest (a process)',
    ...timeOf(digest),
    equal: same([week.totals.overdue, sum(ledger.overdue)], [week.totals.missing, sum(ledger.missing)]),
  })
  return lines
}

const timeOf = ({ ms, cpuMs }: Pick<Line, 'ms' | 'cpuMs'>) => ({ ms, cpuMs })

// proc(5): after the name in brackets come the fields from the third on; 14 and 15 are the process's ticks in user and system
// mode, 16 and 17 those of its children that have ended. A tick is 10 ms.
const ticks = (pid: number | 'self', first: number) => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[first - 3]) + Number(fields[first - 2])) * 10
}
const cpuMsOf = (pid: number) => ticks(pid, 14)
const childrenCpuMs = () => ticks('self', 16)

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise((done) => setTimeout(done, 200))
  }
}

async function command(gateway: Measured, ...words: string[]): Promise<string> {
  const child = spawn(
    process.execPath,
    [join(root, 'dist/main.js'), ...words, '--config', gateway.configFile],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}`)
  return said
}

/** Screenshots of the page and the printed documents. */
async function pictures(stage: Stage, gateway: Measured, directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true })
  const file = (name: string) => join(directory, name)
  const browser = await openBrowser(stage)
  const { link } = JSON.parse(await command(gateway, 'keys', 'create', '--monitor', 'wall', '--json')) as {
    link: string
  }
  const { page } = await openPage(browser, link, { size: 'landscape', touch: false })
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.waitForSelector('.attention-board')
  await page.screenshot({ path: file('monitor.png') })
  await page.locator('.attention-board').screenshot({ path: file('overdue.png') })
  const code = agencies[0]!.code
  await command(gateway, 'report', '--period', '2026H2', '--output', file('report.html'))
  await command(gateway, 'report', '--digest', '--output', file('digest.html'))
  await command(gateway, 'report', '--digest', '--agency', code, '--output', file('digest-agency.html'))
  for (const size of ['a4', 'a3'])
    await command(
      gateway,
      'notice',
      '--agency',
      code,
      '--size',
      size,
      '--output',
      file(`notice-${size}.html`),
    )
  const paper = await browser.newPage()
  for (const name of ['report', 'digest', 'digest-agency', 'notice-a4', 'notice-a3']) {
    await paper.setContent(readFileSync(file(`${name}.html`), 'utf8'))
    await paper.pdf({ path: file(`${name}.pdf`), preferCSSPageSize: true, printBackground: true })
  }
  say(`pictures are in ${directory}`)
}

const say = (text: string) => process.stdout.write(`${text}\n`)

await main()
