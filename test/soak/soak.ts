// A busy office with bad luck: agencies push, a one-stop system is asked, phones text and watch, kiosks look up and a desk
// prints, all at once on the built program, while a seed kills the gateway and Redis, cuts, slows and swallows the lines to
// Redis, to the SMSC and to the source, and takes the paper away. Every acknowledgement is written down when it is given,
// and looked for at the end.
import { fork } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { type Fault, seeded, startChaos } from '../peers/chaos.js'
import { type Mt, startFakeSmsc } from '../peers/fake-smsc.js'
import { startFaultProxy } from '../peers/fault-proxy.js'
import { type GatewayPeer, startGateway } from '../peers/gateway.js'
import { openPaperTape } from '../peers/paper-tape.js'
import { startRedis, type Teardown } from '../peers/redis.js'
import { startFeed } from '../peers/sources/feed.js'
import type { PeerDossier } from '../peers/sources/population.js'
import type { Orders } from './attacker.js'
import type { Ledger } from './ledger.js'

interface SoakOptions {
  readonly seconds: number
  readonly seed: number
  /** Pause between two faults. */
  readonly pauseMs?: { fromMs: number; toMs: number }
  readonly say?: (line: string) => void
  /** Strangers and holders of keys attack it all the while, for half a minute in every whole one. */
  readonly isAttacked?: boolean
}

const agency = '000.00.15.H45'
const dossiers = 200
const settleMs = 120_000
// Each version has a day of receipt of its own, so that any answer tells which version it speaks of: that day is shown in
// every state.
const firstReceived = Date.UTC(2000, 0, 1)
const receivedOf = (version: number) =>
  `${new Date(firstReceived + version * 86_400_000).toISOString().slice(0, 10)}T08:00:00+07:00`
const states = ['accepted', 'processing', 'supplement', 'processing', 'finished'] as const
const numberOf = (nth: number) => `${agency}-260105-${String(1000 + nth)}`
const slipNumberOf = (nth: number) => `${agency}-260106-${String(1000 + nth)}`
const newsWords = { supplement: /bo sung/i, finished: /co ket qua/i }
const watchedDay = `${agency}-260107`
const watchedNumberOf = (nth: number) => `${watchedDay}-${String(1000 + nth)}`
// An agency that does not push: its one-stop system is asked every second.
const pulledAgency = 'H45.12'
const pulledDossiers = 40
const pulledNumberOf = (nth: number) => `${pulledAgency}-260108-${String(1000 + nth)}`
const pulledStates = { 4: 'processing', 5: 'supplement', 9: 'finished' } as const
// A response written this long before a line went dead may not have come through it.
const underWayMs = 500
// Restarted, the gateway answers within seconds; one that hangs answers nobody until it is killed.
const silentAtMostMs = 30_000

export async function runSoak(t: Teardown, options: SoakOptions): Promise<Ledger> {
  const { seconds, seed, say = () => {} } = options
  const random = seeded(seed ^ 0x5eed)

  const redis = await startRedis(t)
  const line = await startFaultProxy(t, { path: redis.socket })
  const smsc = await startFakeSmsc({ seed, behaviour: { throttleShare: 0.05, loseRespShare: 0.005 } })
  t.teardown(() => smsc.close())
  const smscLine = await startFaultProxy(t, { host: '127.0.0.1', port: smsc.port })
  const source = await startFeed(t, [])
  for (let nth = 0; nth < pulledDossiers; nth++) source.dossiers.push(pulledDossier(nth))
  const sourceUrl = new URL(source.url)
  const sourceLine = await startFaultProxy(t, { host: '127.0.0.1', port: Number(sourceUrl.port) })
  const printer = await openPaperTape()
  t.teardown(() => printer.close())
  const gateway = await startGateway(t, {
    redis: { url: `redis://127.0.0.1:${line.port}` },
    sms: {
      perSender: { replies: 1000, perDay: 10_000, identical: 1000 },
      quietHours: { from: '00:00', to: '00:00' },
      repliesPerHour: 0,
      links: [
        {
          name: 'sim',
          host: '127.0.0.1',
          port: smscLine.port,
          password: 'secret',
          shortCode: '8188',
          responseTimeoutMs: 2000,
          enquireLinkIntervalMs: 1000,
        },
      ],
    },
    lookup: { freeTries: 100_000, maxTries: 100_000, maxMisses: 100_000, maxBlockMisses: 100_000 },
    sources: [
      {
        name: 'one-stop',
        kind: 'feed',
        url: `http://127.0.0.1:${sourceLine.port}${sourceUrl.pathname}`,
        agencies: [pulledAgency],
        clientSecret: source.token,
        pollSeconds: 1,
        options: { requestTimeoutMs: 3000 },
      },
    ],
    desks: [
      {
        id: 'quay-1',
        agency,
        name: 'Quầy 1',
        printer: { path: printer.path, baudRate: 38_400, profile: 'epson-tm-t82+ascii' },
      },
    ],
  })
  const [{ id: keyId, key: agencyKey }, made, ...kiosks] = await Promise.all([
    gateway
      .command('keys', 'create', '--agency', agency, '--agency', pulledAgency, '--json')
      .then(({ stdout }) => JSON.parse(stdout) as { id: string; key: string }),
    gateway.command('keys', 'create', '--desk', 'quay-1', '--json'),
    enrolKiosk(gateway, 'sanh-1'),
    enrolKiosk(gateway, 'sanh-2'),
  ])
  const deskKey = (JSON.parse(made.stdout) as { key: string }).key
  const call = openCaller(gateway)

  const ledger: Ledger = {
    seed,
    tookSeconds: 0,
    faults: {},
    updates: { acknowledged: 0, refused: 0, dossiers: 0, lost: [], invented: [] },
    texts: { sent: 0, acknowledged: 0, answered: 0, reasons: {}, unaccounted: [], doubled: [], resent: 0 },
    watches: {
      asked: 0,
      booked: 0,
      changes: 0,
      notices: 0,
      overtaken: 0,
      resent: 0,
      missing: [],
      doubled: [],
    },
    lookups: {
      asked: 0,
      byKiosk: 0,
      answered: 0,
      unavailable: 0,
      stale: [],
      denied: [],
      odd: [],
      tookMs: { alone: [], attacked: [] },
    },
    source: { dossiers: pulledDossiers, changes: 0, requests: 0, behind: [] },
    mistakes: [],
    slips: { jobs: 0, states: {}, reasons: {}, printed: 0, unaccounted: [], doubled: [], phantom: [] },
  }
  const { updates, texts, watches, lookups, slips } = ledger
  /** Highest version acknowledged, and highest tried (it may have been taken though its answer was lost). */
  const acknowledged = new Map<string, number>()
  const tried = new Map<string, number>()
  const jobs = new Map<string, string>()
  let isOver = false

  const attacker = options.isAttacked
    ? startAttacker(t, () => ({ http: gateway.http, keyId, agencyKey, deskKey }))
    : { isOn: () => false, stop: () => {} }

  const bodyOf = (version: number) => ({
    dossierStatus: states[version % states.length],
    eventTime: new Date(Date.UTC(2026, 0, 5) + version * 60_000).toISOString(),
    version,
    receivedAt: receivedOf(version),
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
  async function push(no: string, changes: object = {}, version = nextOf(no)): Promise<boolean> {
    const answer = await call('PUT', `/v1/dossiers/${no}`, asAgency, { ...bodyOf(version), ...changes })
    if (answer?.status === 200) took(no, version)
    else updates.refused++
    return answer?.status === 200
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
  let answeredAt = performance.now()
  /** A lookup by somebody at home, or by an enrolled kiosk. */
  async function lookUp(no: string, kiosk?: string): Promise<void> {
    const atLeast = acknowledged.get(no)
    const askedAt = performance.now()
    const answer = await call('GET', `/v1/status/${no}`, kiosk === undefined ? {} : { cookie: kiosk })
    if (answer) lookups.tookMs[attacker.isOn() ? 'attacked' : 'alone'].push(performance.now() - askedAt)
    if (!answer) return // the gateway was dead: a kiosk shows its own screen
    const silentMs = performance.now() - answeredAt
    if (silentMs > silentAtMostMs)
      lookups.odd.push(`nobody was answered for ${Math.round(silentMs / 1000)} s`)
    answeredAt = performance.now()
    lookups.asked++
    if (kiosk !== undefined) lookups.byKiosk++
    if (answer.status === 200) {
      lookups.answered++
      const { receivedAt } = JSON.parse(answer.text) as { receivedAt: string }
      const version = versionOf(receivedAt)
      if (version < (atLeast ?? 0)) lookups.stale.push(`${no} v${version} after v${atLeast}`)
      // Once a version of a pulled dossier was shown, no older one may be shown.
      if (no.startsWith(pulledAgency)) acknowledged.set(no, Math.max(acknowledged.get(no) ?? 0, version))
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
    void smsc.text(phone, `HS ${no}`).taken.then(() => texts.acknowledged++)
  }
  const any = () => numberOf(Math.floor(random() * dossiers))

  // A phone that watches a dossier of its own: booked once it was told so, and then due a notice of each change that still
  // holds when it can be told.
  const watching: { phone: string; no: string; changes: (keyof typeof newsWords)[] }[] = []
  async function watch(): Promise<void> {
    const no = watchedNumberOf(watches.asked++)
    const phone = `848${String(10_000_000 + watches.asked)}`
    const isTold = async (changes: object) => {
      const version = nextOf(no)
      // Until it is taken: the same version again is the same change.
      for (let tries = 0; tries < 100; tries++) {
        if (await push(no, changes, version)) return true
        await delay(200)
      }
      return false
    }
    if (!(await isTold({ dossierStatus: 'processing' }))) return
    const answered = smsc.replyTo(phone, 30_000)
    smsc.text(phone, `DK ${no}`)
    if (!/se bao khi/i.test((await answered)?.text ?? '')) return
    const one: (typeof watching)[number] = { phone, no, changes: [] }
    watches.booked++
    watching.push(one)
    for (const dossierStatus of ['supplement', 'finished'] as const) {
      if (isOver) return
      if (!(await isTold({ dossierStatus }))) return
      one.changes.push(dossierStatus)
      watches.changes++
      await delay(500 + random() * 2000)
    }
  }

  let nthPulled = 0
  function changeAtSource(): void {
    const dossier = source.dossiers.find(({ no }) => no === pulledNumberOf(nthPulled % pulledDossiers))!
    nthPulled++
    ledger.source.changes++
    const version = versionOf(new Date(dossier.received).toISOString()) + 1
    Object.assign(dossier, {
      code: [4, 5, 9][version % 3],
      received: Date.parse(receivedOf(version)),
      changed: Date.now(),
    })
  }

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
    ...kiosks.map((kiosk) =>
      loop(100, () =>
        lookUp(random() < 0.3 ? pulledNumberOf(Math.floor(random() * pulledDossiers)) : any(), kiosk),
      ),
    ),
    loop(2000, watch),
    loop(2000, watch),
    loop(500, changeAtSource),
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
      line.cut() // packets lost for ever; sooner or later TCP gives such a connection up
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
    'cut smsc line': async () => smscLine.cut(),
    'swallow smsc line': async () => {
      const since = Date.now() - underWayMs
      smscLine.set({ blackHole: true })
      await delay(1000 + random() * 4000)
      smscLine.set({ blackHole: false })
      for (const mt of smsc.received) if (mt.respAt >= since) mt.isRespLost = true
      smscLine.cut()
    },
    'slow smsc line': async () => {
      smscLine.set({ delayMs: 400 })
      await delay(3000)
      smscLine.set({ delayMs: 0 })
    },
    'cut source line': async () => sourceLine.cut(),
    'swallow source line': async () => {
      sourceLine.set({ blackHole: true })
      await delay(1000 + random() * 4000)
      sourceLine.set({ blackHole: false })
      sourceLine.cut()
    },
    'slow source line': async () => {
      sourceLine.set({ delayMs: 1500 })
      await delay(4000)
      sourceLine.set({ delayMs: 0 })
    },
    'source talks nonsense': async () => {
      source.server.fault = random() < 0.5 ? 'html' : 'error'
      await delay(2000)
      source.server.fault = 'none'
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
  const started = Date.now()
  const chaos = startChaos(seed, faults, options.pauseMs ?? { fromMs: 1000, toMs: 5000 })
  const until = started + seconds * 1000
  while (Date.now() < until) {
    await delay(Math.min(15_000, until - Date.now()))
    say(
      `${Math.round((Date.now() - started) / 1000)} s: ${chaos.strikes.length} faults, ${updates.acknowledged} updates, ${texts.acknowledged} texts, ${watches.booked} watches, ${lookups.asked} lookups, ${jobs.size} slips`,
    )
  }
  attacker.stop()
  const strikes = await chaos.stop()
  isOver = true
  await Promise.all(work)
  for (const { fault } of strikes) ledger.faults[fault] = (ledger.faults[fault] ?? 0) + 1

  // Wait until nothing is in flight; whatever does not finish is reported by the books below.
  const direct = new Redis(redis.socket)
  t.teardown(() => direct.disconnect())
  const heldTexts = async () => {
    const lengths = (await direct.keys('{sms:sim}:held:*')).map((key) => direct.hlen(key))
    return (await Promise.all(lengths)).reduce((sum, length) => sum + length, 0)
  }
  const settled = async () => {
    if (smsc.waiting > 0 || (await heldTexts()) > 0) return false
    for (const key of await direct.keys('notice:*')) if ((await direct.xlen(key)) > 0) return false
    for (const dossier of source.dossiers) if (await isBehind(dossier)) return false
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
  /** How an answer about a pulled dossier differs from its source; undefined: not at all. */
  const isBehind = async ({ no, code, received }: PeerDossier): Promise<string | undefined> => {
    const answer = await call('GET', `/v1/dossiers/${no}`, asAgency)
    if (answer?.status !== 200) return `${no}: ${answer?.status}`
    const { dossierStatus, receivedAt } = JSON.parse(answer.text) as {
      dossierStatus: string
      receivedAt: string
    }
    const isSame =
      dossierStatus === pulledStates[code as keyof typeof pulledStates] && Date.parse(receivedAt) === received
    return isSame ? undefined : `${no}: ${dossierStatus} ${receivedAt}`
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
    const isOwn = dossierStatus === states[version % states.length] || no.startsWith(watchedDay)
    if (version > most || !isOwn) updates.invented.push(`${no} v${version} ${dossierStatus}`)
  }

  for (const dossier of source.dossiers) {
    const told = await isBehind(dossier)
    if (told) ledger.source.behind.push(told)
  }
  ledger.source.requests = source.server.requests.length

  // What a double needs to be explained: when each was sent and acknowledged, and the faults before the second.
  const since = (at: number) => `${((at - started) / 1000).toFixed(2)} s`
  const story = ({ at, respAt }: Mt) => `at ${since(at)}, response ${respAt === 0 ? 'never' : since(respAt)}`
  const lastBefore = (at: number) =>
    strikes
      .filter((strike) => started + strike.atMs < at)
      .slice(-3)
      .map((strike) => `${strike.fault} at ${since(started + strike.atMs)}`)
      .join(', ')
  const replies = new Map<string, Mt[]>()
  const notices = new Map<string, Mt[]>()
  for (const mt of smsc.received) {
    if (mt.text.startsWith('Thong bao')) notices.set(mt.to, [...(notices.get(mt.to) ?? []), mt])
    else replies.set(mt.to, [...(replies.get(mt.to) ?? []), mt])
  }
  const reasons = await direct.hgetall('{sms:sim}:reasons')
  for (const [reason, count] of Object.entries(reasons)) texts.reasons[reason] = Number(count)
  const silent: string[] = []
  for (const phone of phones) {
    const got = replies.get(phone) ?? []
    if (got.length === 0) silent.push(phone)
    else texts.answered++
    if (got.length > 1) {
      if (got.slice(0, -1).every(({ isRespLost }) => isRespLost)) texts.resent++
      else texts.doubled.push(`${phone}: ${got.map(story).join(', ')}; ${lastBefore(got.at(-1)!.at)}`)
    }
  }
  // Replies and redeliveries are counted too; they explain no silence.
  const explained = Object.entries(texts.reasons).reduce(
    (sum, [reason, count]) => (reason === 'duplicate' || reason === 'answered' ? sum : sum + count),
    0,
  )
  for (const { phone, no, changes } of watching) {
    const got = notices.get(phone) ?? []
    watches.notices += got.length
    for (const [nth, change] of changes.entries()) {
      const its = got.filter(({ text }) => newsWords[change].test(text))
      const isLast = nth === changes.length - 1
      if (its.length === 0 && isLast) watches.missing.push(`${no}: ${change}`)
      // A change that the next one has undone is not reported.
      if (its.length === 0 && !isLast) watches.overtaken++
      // A notice whose response was lost comes once more; no change may bring two otherwise.
      if (its.slice(0, -1).some(({ isRespLost }) => !isRespLost))
        watches.doubled.push(
          `${no}: ${change}, at ${its.map(({ at }) => new Date(at).toISOString()).join(' and ')}`,
        )
      else watches.resent += Math.max(0, its.length - 1)
    }
  }
  // A silence is explained by a reason, and each reason explains one.
  const unexplained = [...silent.map((phone) => ({ phone })), ...watches.missing.splice(0)].slice(explained)
  for (const one of unexplained)
    if (typeof one === 'string') watches.missing.push(one)
    else texts.unaccounted.push(one.phone)

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

const versionOf = (receivedAt: string) => Math.round((Date.parse(receivedAt) - firstReceived) / 86_400_000)

function pulledDossier(nth: number): PeerDossier {
  return {
    no: pulledNumberOf(nth),
    code: 4,
    procedure: { code: '1.001000', name: 'Cấp giấy chứng nhận' },
    submitted: Date.UTC(2026, 0, 8),
    received: Date.parse(receivedOf(0)),
    due: Date.UTC(2030, 0, 1, 10),
    changed: Date.UTC(2026, 0, 8),
    person: { name: '', phone: '', idNo: '', remark: '' },
  }
}

/** Presses the button behind a kiosk's one-time link as its browser does, and keeps the cookie. */
async function enrolKiosk(gateway: GatewayPeer, name: string): Promise<string> {
  const made = await gateway.command('keys', 'create', '--kiosk', name, '--json')
  const { link } = JSON.parse(made.stdout) as { link: string }
  const response = await fetch(link, { method: 'POST', redirect: 'manual' })
  const cookie = response.headers.get('set-cookie')?.split(';')[0]
  if (response.status !== 303 || !cookie) throw new Error(`${name} was not let in: ${response.status}`)
  return cookie
}

/** One HTTP request; undefined when no answer came. Whatever was not answered was not acknowledged. */
// On for half a minute, off for half a minute: what a look-up takes is compared within one run.
function startAttacker(t: Teardown, target: () => Omit<Orders, 'isOn'>) {
  const child = fork(new URL('./attacker.ts', import.meta.url).pathname)
  let isOn = false
  const turn = () => {
    isOn = !isOn
    child.send({ ...target(), isOn } satisfies Orders)
  }
  const timer = setInterval(turn, 30_000)
  const stop = () => {
    clearInterval(timer)
    child.kill('SIGKILL')
  }
  t.teardown(stop)
  return { isOn: () => isOn, stop }
}

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
