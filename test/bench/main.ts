// npm run bench [-- --quick | --mixed MINUTES | --only lookups|updates|texts|http-texts|rush]: the built program against its
// baselines in one run. Prints medians and ratios, writes var/bench.json, and cleans up. The same requests in every run; some
// six minutes, --quick under two. --mixed is a separate run: everything at once, to see whether memory stays flat.
import { mkdirSync, writeFileSync } from 'node:fs'
import { startRedis } from '../peers/redis.js'
import { measureRedis } from './bare-redis.js'
import { citizenGet, httpLoad } from './http-load.js'
import { measureHttpTexts } from './http-texts.js'
import { measureIntake } from './intake.js'
import { measureLookup } from './lookup.js'
import { compare, dice, rssMiB, type Turn } from './measure.js'
import { streamBytes, usedBytes } from './memory.js'
import { measureMixed } from './mixed.js'
import { measureNumbers } from './number.js'
import { numberOf, offices, type Shape, seed, sizeOf } from './population.js'
import { nation, printRows, printTurns, type Row, row } from './report.js'
import { measureRush } from './rush.js'
import { measureScale } from './scale.js'
import { measureSms } from './sms.js'
import { SmscLoad } from './smsc.js'
import { type Measured, Stage, startMeasured } from './stage.js'
import { measureStart } from './start.js'
import { measureTexts } from './texts.js'

const isQuick = process.argv.includes('--quick')
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : undefined
const mixedAt = process.argv.indexOf('--mixed')
const mixedMinutes = mixedAt < 0 ? undefined : Number(process.argv[mixedAt + 1])
const scale = isQuick
  ? { dossiers: 100_000, turns: 3, seconds: 0.5, messages: 3000 }
  : { dossiers: 1_000_000, turns: 3, seconds: 2, messages: 20_000 }

const stage = new Stage()
const rows: Row[] = []
const measured: Record<string, Record<string, Turn>> = {}
const say = (text: string) => process.stderr.write(`${text}\n`)
const keep = (title: string, turns: Map<string, Turn>) => {
  measured[title] = Object.fromEntries(turns)
  printTurns(title, turns)
}
const ratio = (turns: Map<string, Turn>, one: string, other: string) =>
  turns.get(one)!.perSecond / turns.get(other)!.perSecond

async function run(): Promise<void> {
  const { dossiers, turns, seconds, messages } = scale
  const shape = offices(dossiers)
  const smsc = await SmscLoad.open(stage)
  const gateway = await startMeasured(stage, { smscPort: smsc.port })
  const empty = await usedBytes(gateway.socket)
  say(`Laying ${dossiers.toLocaleString('en')} dossiers`)
  await seed(gateway, shape)
  const seeded = (await usedBytes(gateway.socket)) - empty

  say('Start')
  const start = await measureStart(gateway, isQuick ? 1 : 3)
  rows.push(
    row('start: exec to ready', start.startMs, 'ms'),
    row('start: of it Redis loading', start.redisMs, 'ms'),
    row('start: own time', start.startMs - start.redisMs, 'ms'),
    row('start: own time × an empty program', (start.startMs - start.redisMs) / start.emptyMs, '×', 3, true),
    row('gateway at rest', start.idleMiB, 'MiB', 70, true),
  )

  const numbers = measureNumbers(turns)
  rows.push(
    row('lookup number, one operation', numbers.ours, 'µs', 25, true),
    row('lookup number: @noble/ciphers × ours', numbers.noble / numbers.ours, '×'),
  )

  const lookups = await runLookups(gateway, shape)
  const intake = await runUpdates(gateway, shape)
  const bare = await measureRedis(stage, isQuick ? 100_000 : 1_000_000)
  if (!bare) say('redis-benchmark is not installed (apt-get install redis-tools): its lines are left out')
  else
    rows.push(
      row('redis-benchmark: SET, 100 in a pipeline', bare.set, 'a second'),
      row('redis-benchmark: GET, 100 in a pipeline', bare.get, 'a second'),
      row('redis-benchmark SET × bulk', bare.set / intake.get('bulk: gateway')!.perSecond, '×'),
    )
  // By now the change streams are full, so this is the whole cost of a dossier.
  const bytesEach = (seeded + (await streamBytes(gateway.socket))) / dossiers
  rows.push(row('memory of a dossier, all in', bytesEach, 'bytes', isQuick ? undefined : 110, true))

  say('Texts')
  const strictSmsc = await SmscLoad.open(stage)
  const strict = await startMeasured(stage, { smscPort: strictSmsc.port, durability: 'strict' })
  const few = offices(100_000)
  await seed(strict, few)
  const sms = await measureSms(
    stage,
    few,
    { peer: gateway, smsc },
    { peer: strict, smsc: strictSmsc },
    { messages, turns },
  )
  await strict.stop()
  keep('A text in, its answer out, window 100', sms.peak)
  keep('The same, one at a time', sms.oneInFlight)
  if (!sms.peak.has('Kannel')) say('Kannel is not installed (apt-get install kannel): its lines are left out')
  else rows.push(row('texts × Kannel', ratio(sms.peak, 'gateway', 'Kannel'), '×', 4))
  rows.push(
    row('texts × bare smpp responder', ratio(sms.peak, 'gateway', 'bare smpp responder'), '×', 0.85),
    row('texts: gateway', sms.peak.get('gateway')!.cpuMicros, 'µs a text', 80, true),
    row('texts: Redis', sms.peak.get('gateway')!.redisMicros, 'µs a text', 30, true),
    row('texts: p99 at half the rate', sms.halfRate.p99Ms, 'ms', 20, true),
    row('texts: p50 one at a time', sms.oneInFlight.get('gateway')!.p50Ms, 'ms', 0.4, true),
    row('texts: p50 one at a time, strict', sms.oneInFlight.get('gateway, strict')!.p50Ms, 'ms', 0.7, true),
    row('texts: strict × everysec', ratio(sms.peak, 'gateway, strict', 'gateway'), '×', 0.85),
    row('gateway after all this', rssMiB(gateway.pid), 'MiB', 150, true),
  )

  await runHttpTexts()

  if (!isQuick) {
    say('Ten million')
    // Restarted, so that the two differ only in the store.
    await gateway.stop()
    await gateway.start()
    keep('1 M and 10 M dossiers', await tenMillion(gateway.http, gateway.pid))
  }
  await gateway.stop()
  say('Scale-out')
  keep('Gateways on a cluster of three', await measureScale(seconds, isQuick ? 1 : 3))
  rows.push(...nation(lookups.get('lookup by dossierNo')!, sms.peak.get('gateway')!, bytesEach))
}

async function runLookups(gateway: Measured, shape: Shape): Promise<Map<string, Turn>> {
  say('Lookups')
  const lookups = await measureLookup(stage, gateway, shape, {
    connections: 64,
    seconds: scale.seconds,
    turns: scale.turns,
  })
  keep('GET /v1/status/{number}, 64 connections', lookups)
  const fixed = 'bare Fastify, static object'
  for (const by of ['lookup by dossierNo', 'lookup by lookupNumber'])
    rows.push(
      row(`${by}: × bare Fastify`, ratio(lookups, by, fixed), '×', 0.6),
      row(`${by}: p99 × bare Fastify`, lookups.get(by)!.p99Ms / lookups.get(fixed)!.p99Ms, '×', 2, true),
    )
  return lookups
}

async function runUpdates(gateway: Measured, shape: Shape): Promise<Map<string, Turn>> {
  say('Intake')
  const intake = await measureIntake(stage, gateway, shape, { seconds: scale.seconds, turns: scale.turns })
  keep('Updates', intake)
  rows.push(
    row('PUT × Fastify + one Lua', ratio(intake, 'PUT: gateway', 'PUT: Fastify + one Lua'), '×', 0.6),
    row(
      'bulk × NDJSON + schema + one Lua a line',
      ratio(intake, 'bulk: gateway', 'bulk: NDJSON + schema + one Lua a line'),
      '×',
      1,
    ),
  )
  return intake
}

async function runHttpTexts(): Promise<void> {
  say('Texts over HTTP')
  const { turns, pacedP99Ms, pacedFailed } = await measureHttpTexts(stage, scale.seconds * 2, scale.turns)
  keep('A text in by HTTP, its answer in the answer, 64 connections', turns)
  rows.push(
    row(
      'texts over HTTP × bare Fastify, signature',
      ratio(turns, 'gateway', 'bare Fastify, signature'),
      '×',
      0.3,
    ),
    row('texts over HTTP: p99 at 100 a second', pacedP99Ms, 'ms', 50, true),
    row('texts over HTTP: answers other than expected', pacedFailed, '', 0, true),
  )
}

async function runOnly(part: 'lookups' | 'updates'): Promise<void> {
  const shape = offices(scale.dossiers)
  const gateway = await startMeasured(stage)
  await seed(gateway, shape)
  await (part === 'lookups' ? runLookups : runUpdates)(gateway, shape)
  await gateway.stop()
}

async function runMixed(minutes: number): Promise<void> {
  const shape = offices(scale.dossiers)
  const smsc = await SmscLoad.open(stage)
  const gateway = await startMeasured(stage, { smscPort: smsc.port })
  await seed(gateway, shape)
  const mixed = await measureMixed(gateway, smsc, shape, minutes)
  keep(`Everything at once for ${minutes} minutes`, mixed.turns)
  const failed = [...mixed.turns.values()].reduce((sum, turn) => sum + turn.failed, 0)
  rows.push(
    row('mixed run: memory early', mixed.earlyMiB, 'MiB'),
    row('mixed run: memory at the end', mixed.lateMiB, 'MiB'),
    row('mixed run: end × early', mixed.lateMiB / mixed.earlyMiB, '×', 1.1, true),
    row('mixed run: answers other than expected', failed, '', 0, true),
  )
  await gateway.stop()
}

async function runRush(messages: number): Promise<void> {
  const shape = offices(scale.dossiers)
  const smsc = await SmscLoad.open(stage)
  const gateway = await startMeasured(stage, { smscPort: smsc.port })
  await seed(gateway, shape)
  const rush = await measureRush(gateway, smsc, shape, messages)
  keep(`A rush of ${messages.toLocaleString('en')} texts`, new Map([['texts', rush.turn]]))
  rows.push(
    row('rush: memory before, at rest', rush.restMiB, 'MiB'),
    row('rush: memory at its end', rush.peakMiB, 'MiB', 150, true),
    row('rush: more than at rest a minute later', rush.laterMiB - rush.restMiB, 'MiB', 20, true),
    row('rush: answers other than expected', rush.turn.failed, '', 0, true),
  )
  await gateway.stop()
}

// Ten times as many dossiers in a separate Redis, queried in turns with the million.
async function tenMillion(http: string, pid: number): Promise<Map<string, Turn>> {
  const ten = { agencies: 100, days: 1000, aDay: 100 }
  const redis = await startRedis(stage, ['appendfsync everysec'])
  await seed(redis, ten)
  rows.push(row('10 M dossiers', (await usedBytes(redis.socket)) / 2 ** 30, 'GiB', 2, true))
  const gateway = await startMeasured(stage, { redis: { url: `unix://${redis.socket}` } })
  const roll = dice(17)
  const contender = (name: string, url: string, pids: number[], shape: typeof ten) => ({
    name,
    turn: () =>
      httpLoad({
        url,
        pids,
        connections: 64,
        seconds: 2,
        request: () => citizenGet(`/v1/status/${numberOf(shape, Math.floor(roll() * sizeOf(shape)))}`),
      }),
  })
  const turns = await compare(
    [
      contender('1 M', http, [pid], offices(scale.dossiers)),
      contender('10 M', gateway.http, [gateway.pid], ten),
    ],
    scale.turns,
  )
  rows.push(row('lookups: 1 M × 10 M', ratio(turns, '1 M', '10 M'), '×', 1.1, true))
  await gateway.stop()
  await redis.kill()
  return turns
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void stage.clear().finally(() => process.exit(1)))
const started = performance.now()
try {
  if (only === 'http-texts') await runHttpTexts()
  else if (only === 'lookups' || only === 'updates') await runOnly(only)
  else if (only === 'rush') await runRush(50_000)
  else if (only === 'texts') await measureTexts(stage, scale.messages)
  else await (mixedMinutes === undefined ? run() : runMixed(mixedMinutes))
} finally {
  await stage.clear()
  // Even when something failed, with what was measured until then.
  printRows(rows)
  mkdirSync('var', { recursive: true })
  writeFileSync('var/bench.json', `${JSON.stringify({ isQuick, rows, measured }, null, 2)}\n`)
}
say(`\n${Math.round((performance.now() - started) / 1000)} s; kept in var/bench.json`)
