// A busy office with bad luck: agencies push, phones text, kiosks look up and a desk prints, all at once on the built
// program, while a seed kills the gateway and Redis, cuts and swallows links, and takes the paper away. Every
// acknowledgement is written down when it is given, and looked for at the end.
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { type Fault, seeded, startChaos } from '../peers/chaos.js'
import { startFakeSmsc } from '../peers/fake-smsc.js'
import { startFaultProxy } from '../peers/fault-proxy.js'
import { type GatewayPeer, startGateway } from '../peers/gateway.js'
import { openPaperTape } from '../peers/paper-tape.js'
import { startRedis, type Teardown } from '../peers/redis.js'
import type { Ledger } from './ledger.js'

export interface SoakOptions {
  readonly seconds: number
  readonly seed: number
  /** Pause between two faults. */
  readonly pauseMs?: { fromMs: number; toMs: number }
  readonly say?: (line: string) => void
}

const agency = '000.00.15.H45'
const dossiers = 200
const settleMs = 120_000
// Each version has a due date of its own, so that any answer on any channel tells which version it speaks of.
const firstDue = Date.UTC(2030, 0, 1)
const dueOf = (version: number) => new Date(firstDue + version * 86_400_000).toISOString().slice(0, 10)
const states = ['accepted', 'processing', 'supplement', 'processing', 'finished'] as const
const numberOf = (nth: number) => `${agency}-260105-${String(1000 + nth)}`
const slipNumberOf = (nth: number) => `${agency}-260106-${String(1000 + nth)}`

export async function runSoak(t: Teardown, options: SoakOptions): Promise<Ledger> {
  const { seconds, seed, say = () => {} } = options
  const random = seeded(seed ^ 0x5eed)
  const started = Date.now()

  const redis = await startRedis(t)
  const line = await startFaultProxy(t, { path: redis.socket })
  const smsc = await startFakeSmsc({ seed, behaviour: { throttleShare: 0.05, loseRespShare: 0.005 } })
  t.teardown(() => smsc.close())
  const printer = await openPaperTape()
  t.teardown(() => printer.close())
  const gateway = await startGateway(t, {
    redis: { url: `redis://127.0.0.1:${line.port}` },
    sms: {
      perSender: { replies: 1000, perDay: 10_000, identical: 1000 },
      links: [
        {
          name: 'sim',
          host: '127.0.0.1',
          port: smsc.port,
          password: 'secret',
          shortCode: '8188',
          responseTimeoutMs: 2000,
          enquireLinkIntervalMs: 1000,
        },
      ],
    },
    lookup: { freeTries: 100_000, maxTries: 100_000, maxMisses: 100_000, maxBlockMisses: 100_000 },
    desks: [
      {
        id: 'quay-1',
        agency,
        name: 'Quầy 1',
        printer: { path: printer.path, baudRate: 38_400, profile: 'epson-tm-t82' },
      },
    ],
  })
  const agencyKey = await gateway.agencyKey(agency)
  const made = await gateway.command('keys', 'create', '--desk', 'quay-1', '--json')
  const deskKey = (JSON.parse(made.stdout) as { key: string }).key
  const call = openCaller(gateway)

  const ledger: Ledger = {
    seed,
    tookSeconds: 0,
    faults: {},
    updates: { acknowledged: 0, refused: 0, dossiers: 0, lost: [], invented: [] },
    texts: { sent: 0, acknowledged: 0, answered: 0, reasons: {}, unaccounted: [], doubled: [], resent: 0 },
    lookups: { asked: 0, answered: 0, unavailable: 0, stale: [], denied: [], odd: [] },
    mistakes: [],
    slips: { jobs: 0, states: {}, reasons: {}, printed: 0, unaccounted: [], doubled: [], phantom: [] },
  }
  const { updates, texts, lookups, slips } = ledger
  /** Highest version acknowledged, and highest tried (it may have been taken though its answer was lost). */
  const acknowledged = new Map<string, number>()
  const tried = new Map<string, number>()
  const jobs = new Map<string, string>()
  let isOver = false

  const bodyOf = (version: number) => ({
    dossierStatus: states[version % states.length],
    eventTime: new Date(Date.UTC(2026, 0, 5) + version * 60_000).toISOString(),
    version,
    dueAt: `${dueOf(version)}T17:00:00+07:00`,
  })
  const took = (no: string, version: number) => {
    updates.acknowledged++
    acknowledged.set(no, Math.max(acknowledged.get(no) ?? 0, version))
  }
  const nextOf = (no: string) => {
    const version = (tried.get(no) ?? 0) + 1
    tried.set(no, version)
    return version
  }
  const asAgency = { authorization: `Bearer ${agencyKey}` }
  async function push(no: string): Promise<void> {
    const version = nextOf(no)
    const answer = await call('PUT', `/v1/dossiers/${no}`, asAgency, bodyOf(version))
    if (answer?.status === 200) took(no, version)
    else {
      updates.refused++
    }
  }
  async function pushMany(nos: readonly string[]): Promise<void> {
    const lines = nos.map((no) => ({ no, version: nextOf(no) }))
    const body = lines
      .map(({ no, version }) => JSON.stringify({ dossierNo: no, ...bodyOf(version) }))
      .join('\n')
    const answer = await call('POST', '/v1/dossiers/bulk', asAgency, body)
    const told = (answer?.text ?? '').split('\n').filter(Boolean).slice(0, lines.length)
    told.forEach((text) => {
      const { line, applied } = JSON.parse(text) as { line?: number; applied?: boolean }
      if (line !== undefined && applied) took(lines[line - 1]!.no, lines[line - 1]!.version)
    })
    updates.refused += lines.length - told.length
  }
  async function lookUp(no: string): Promise<void> {
    const atLeast = acknowledged.get(no)
    const answer = await call('GET', `/v1/status/${no}`)
    if (!answer) return // the gateway was dead: a kiosk shows its own screen
    lookups.asked++
    if (answer.status === 200) {
      lookups.answered++
      const { dueAt } = JSON.parse(answer.text) as { dueAt: string }
      const version = Math.round((Date.parse(`${dueAt.slice(0, 10)}T00:00:00Z`) - firstDue) / 86_400_000)
      if (version < (atLeast ?? 0)) lookups.stale.push(`${no} v${version} after v${atLeast}`)
    } else if (answer.status === 503) lookups.unavailable++
    else if (answer.status === 404 && atLeast !== undefined) lookups.denied.push(no)
    else if (answer.status !== 404) lookups.odd.push(`${no} ${answer.status} ${answer.text.slice(0, 80)}`)
  }
  let slipCount = 0
  async function print(): Promise<void> {
    const no = slipNumberOf(slipCount++)
    await push(no)
    if (!acknowledged.has(no)) return
    const answer = await call(
      'POST',
      '/v1/desks/quay-1/receipts',
      { authorization: `Bearer ${deskKey}` },
      { dossierNo: no },
    )
    if (answer?.status === 202) jobs.set((JSON.parse(answer.text) as { jobId: string }).jobId, no)
  }
  const phones: string[] = []
  function text(no: string): void {
    const phone = `849${String(10_000_000 + phones.length)}`
    phones.push(phone)
    texts.sent++
    smsc.text(phone, `HS ${no}`).taken.then(() => texts.acknowledged++)
  }
  const any = () => numberOf(Math.floor(random() * dossiers))

  // Everybody is there before the first fault.
  for (let at = 0; at < dossiers; at += 50)
    await pushMany(Array.from({ length: 50 }, (_, nth) => numberOf(at + nth)))
  await smsc.until('the link is bound', () => smsc.boundCount > 0)

  const loop = async (pauseMs: number, work: () => unknown) => {
    while (!isOver) {
      await work()
      await delay(pauseMs * (0.5 + random()))
    }
  }
  const work = [
    loop(60, () => push(any())),
    loop(60, () => push(any())),
    loop(2000, () => pushMany(Array.from({ length: 40 }, any))),
    loop(150, () => text(any())),
    loop(60, () => lookUp(any())),
    loop(60, () => lookUp(any())),
    loop(1500, print),
  ]
  const faults: Record<string, Fault> = {
    'kill gateway': async () => {
      await gateway.kill('SIGKILL')
      await gateway.start()
    },
    'kill redis': async () => {
      await redis.kill()
      await delay(500 + random() * 1500)
      await redis.start()
    },
    'cut redis link': async () => line.cut(),
    'swallow redis link': async () => {
      line.set({ blackHole: true })
      await delay(1000 + random() * 4000)
      line.set({ blackHole: false })
      line.cut() // packets lost for good; TCP gives such a connection up sooner or later
    },
    'slow redis': async () => {
      line.set({ delayMs: 300 })
      await delay(3000)
      line.set({ delayMs: 0 })
    },
    'stall redis': async () => {
      redis.pause()
      await delay(1000 + random() * 3000)
      redis.resume()
    },
    'drop smsc': async () => smsc.dropAll(),
    'stall smsc': async () => {
      smsc.behave({ blackHole: true })
      await delay(1000 + random() * 4000)
      smsc.behave({ blackHole: false })
      smsc.dropAll()
    },
    'paper out': async () => {
      printer.set({ paper: 'out' })
      await delay(2000 + random() * 3000)
      printer.set({ paper: 'full' })
    },
    'printer unplugged': async () => {
      await printer.unplug()
      await delay(1000 + random() * 3000)
      await printer.plug()
    },
    'completion lost': async () => {
      printer.set({ completions: 'drop' })
      await delay(3000)
      printer.set({ completions: 'send' })
    },
  }
  const chaos = startChaos(seed, faults, options.pauseMs ?? { fromMs: 1000, toMs: 5000 })
  const until = started + seconds * 1000
  while (Date.now() < until) {
    await delay(Math.min(15_000, until - Date.now()))
    say(
      `${Math.round((Date.now() - started) / 1000)} s: ${chaos.strikes.length} faults, ${updates.acknowledged} updates, ${texts.acknowledged} texts, ${lookups.asked} lookups, ${jobs.size} slips`,
    )
  }
  const strikes = await chaos.stop()
  isOver = true
  await Promise.all(work)
  for (const { fault } of strikes) ledger.faults[fault] = (ledger.faults[fault] ?? 0) + 1

  // The dust settles: nothing may be left under way. What cannot settle is told by the books below.
  const direct = new Redis(redis.socket)
  t.teardown(() => direct.disconnect())
  const settled = async () => {
    if (smsc.waiting > 0 || (await direct.xlen('{sms:sim}:inbox')) > 0) return false
    for (const id of jobs.keys()) {
      const job = await readJob(id)
      if (job && ['queued', 'claimed', 'sent'].includes(job.state)) return false
    }
    return true
  }
  const readJob = async (id: string) => {
    const answer = await call('GET', `/v1/desks/quay-1/receipts/${id}`, {
      authorization: `Bearer ${deskKey}`,
    })
    return answer?.status === 200
      ? (JSON.parse(answer.text) as { state: string; reason?: string })
      : undefined
  }
  const deadline = Date.now() + settleMs
  const hasFallen = () => gateway.lines.some(({ evt }) => evt === 'gateway.fell')
  while (!hasFallen() && !(await settled()) && Date.now() < deadline) await delay(500)

  updates.dossiers = tried.size
  for (const [no, most] of tried) {
    const least = acknowledged.get(no) ?? 0
    const answer = await call('GET', `/v1/dossiers/${no}`, asAgency)
    if (answer?.status !== 200) {
      if (least > 0) updates.lost.push(`${no} v${least}: ${answer?.status}`)
      continue
    }
    const { version, dossierStatus } = JSON.parse(answer.text) as { version: number; dossierStatus: string }
    if (version < least) updates.lost.push(`${no} v${least}, stands at v${version}`)
    if (version > most || dossierStatus !== states[version % states.length])
      updates.invented.push(`${no} v${version} ${dossierStatus}`)
  }

  const replies = new Map<string, boolean[]>()
  for (const mt of smsc.received) replies.set(mt.to, [...(replies.get(mt.to) ?? []), mt.isRespLost])
  const reasons = await direct.hgetall('{sms:sim}:reasons')
  for (const [reason, count] of Object.entries(reasons)) texts.reasons[reason] = Number(count)
  const silent: string[] = []
  for (const phone of phones) {
    const got = replies.get(phone) ?? []
    if (got.length === 0) silent.push(phone)
    else texts.answered++
    if (got.length > 1) {
      if (got.slice(0, -1).every(Boolean)) texts.resent++
      else texts.doubled.push(`${phone} ×${got.length}`)
    }
  }
  // Replies and redeliveries are counted too; they explain no silence.
  const explained = Object.entries(texts.reasons).reduce(
    (sum, [reason, count]) => (reason === 'duplicate' || reason === 'answered' ? sum : sum + count),
    0,
  )
  if (silent.length > explained) texts.unaccounted.push(...silent.slice(explained))

  slips.jobs = jobs.size
  slips.printed = printer.slips.filter(({ complete }) => complete).length
  for (const [id, no] of jobs) {
    const job = await readJob(id)
    const papers = printer.slips.filter(({ complete, text }) => complete && text.includes(no)).length
    const state = job?.state ?? 'gone'
    slips.states[state] = (slips.states[state] ?? 0) + 1
    if (job?.reason) slips.reasons[job.reason] = (slips.reasons[job.reason] ?? 0) + 1
    if (!job || ['queued', 'claimed', 'sent'].includes(state)) slips.unaccounted.push(`${id} ${state}`)
    if (state === 'failed' && !job?.reason) slips.unaccounted.push(`${id} failed without a reason`)
    if (papers > 1) slips.doubled.push(`${no} ×${papers}`)
    if (state === 'confirmed' && papers === 0) slips.phantom.push(`${no} ${id}`)
  }
  ledger.mistakes.push(
    ...gateway.lines
      .filter(({ evt }) => evt === 'http.failed' || evt === 'gateway.fell')
      .map((line) => JSON.stringify(line).slice(0, 1500)),
  )
  return { ...ledger, tookSeconds: Math.round((Date.now() - started) / 1000) }
}

/** One HTTP request; undefined when no answer came. Whatever was not answered was not acknowledged. */
function openCaller(gateway: GatewayPeer) {
  return async (
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: object | string,
  ): Promise<{ status: number; text: string } | undefined> => {
    try {
      const response = await fetch(`${gateway.http}${path}`, {
        method,
        headers: {
          ...headers,
          ...(body === undefined
            ? {}
            : { 'content-type': typeof body === 'string' ? 'application/x-ndjson' : 'application/json' }),
        },
        signal: AbortSignal.timeout(15_000),
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      return { status: response.status, text: await response.text() }
    } catch {
      await delay(50)
      return undefined
    }
  }
}
