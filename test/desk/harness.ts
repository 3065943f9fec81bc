// A desk room on a private Redis with a simulated printer, and the HTTP a desk page speaks.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { AuditEntry } from '../../src/access/audit-chain.js'
import { openKeys } from '../../src/access/keys.js'
import type { DeskView, Job, JobFailure, JobState, PrinterState } from '../../src/desk/contract.js'
import { type Desks, openDesks } from '../../src/desk/desks.js'
import { letterLines } from '../../src/desk/escpos/proof.js'
import type { AgentSettings } from '../../src/desk/print-agent.js'
import { deskRoutes } from '../../src/desk/routes.js'
import type { DeskConfig } from '../../src/desk/settings.js'
import type { Agency } from '../../src/dossier/agency.js'
import { openLookup } from '../../src/dossier/lookup.js'
import { openNumbers } from '../../src/dossier/numbers/numbers.js'
import { openSeal } from '../../src/dossier/seal.js'
import { openStore } from '../../src/dossier/store/store.js'
import { openTries } from '../../src/dossier/tries.js'
import { openTruth } from '../../src/dossier/truth.js'
import { openWording } from '../../src/dossier/wording.js'
import { silentLog } from '../../src/log.js'
import { openMetrics } from '../../src/metrics.js'
import { openRedis, type RedisDoor } from '../../src/redis/connection.js'
import { openListener } from '../../src/web/listener/listener.js'
import { openPaperTape, type PaperTape, type PaperTapeOptions } from '../peers/paper-tape.js'
import { type RedisPeer, startRedis, type Teardown } from '../peers/redis.js'

export const agency: Agency = {
  code: '000.00.15.H45',
  index: 15,
  name: 'Sở Xây dựng tỉnh Phú Yên',
  shortName: 'So Xay dung',
  phone: '0257 3841 234',
  address: '56 Lê Duẩn',
  aliases: [],
  patterns: [],
}
/** An office with another spelling of its code, closed; `serving` answers for it. */
export const closed: Agency = {
  ...agency,
  code: '000.00.05.H45',
  index: 5,
  name: 'Sở Giao thông vận tải',
  aliases: ['H45.05'],
  servedBy: 'H15.03',
}
const serving: Agency = { ...agency, code: 'H15.03', index: 103, name: 'Sở Xây dựng' }
export const dossierNo = '000.00.15.H45-190521-0003'
export const { vi: words } = openWording({ vi: 'config/wording.vi.yaml', en: 'config/wording.en.yaml' })
const lookupKeys = { lookupKey: '1f'.repeat(32) }

export const temporary = (t: Teardown) => {
  const folder = mkdtempSync(join(tmpdir(), 'desk-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export async function openDoor(t: Teardown, redis: RedisPeer): Promise<RedisDoor> {
  const door = await openRedis(
    { socket: redis.socket, config: { durability: 'strict', commandTimeoutMs: 10_000 } },
    silentLog,
    openMetrics(),
  )
  t.teardown(() => door.close())
  return door
}

/** One dossier is known, and its lookup number. */
export async function openRecords(door: RedisDoor) {
  const numbers = openNumbers([agency], lookupKeys)
  const store = openStore({ door, retention: { closedDays: 730 }, seal: openSeal('ab'.repeat(32)) })
  const reading = numbers.read(dossierNo)
  if (reading.kind !== 'dossierNo') throw new Error('the sample number is not read')
  await store.apply(
    reading.dossierNo,
    {
      dossierStatus: 'accepted',
      eventTime: Date.UTC(2019, 4, 21, 2),
      receivedAt: Date.UTC(2019, 4, 21, 1, 30),
      dueAt: Date.UTC(2019, 5, 4, 10),
    },
    Date.now(),
  )
  return { numbers, store, lookupNumber: numbers.lookupNumberOf(reading.dossierNo)! }
}

export function openRoom(
  t: Teardown,
  door: RedisDoor,
  records: Pick<Awaited<ReturnType<typeof openRecords>>, 'numbers' | 'store'>,
  desks: Partial<DeskConfig>[],
  instance = 'gateway-1',
  dataDir = temporary(t),
): Desks {
  const room = openDesks({
    config: {
      agencies: [agency, closed, serving],
      printers: 'config/printers.yaml',
      office: { name: '', province: '', hotline: '', address: '', email: '', dayEnds: '17:00' },
      dataDir,
      desks: desks.map((desk) => ({
        id: 'quay-1',
        agency: agency.code,
        name: 'Quầy 1',
        jobExpirySeconds: 600,
        ...desk,
      })),
      sms: {
        enabled: true,
        links: [{ shortCode: '8188', keywordPrefix: '' }],
      } as unknown as Parameters<typeof openDesks>[0]['config']['sms'],
    },
    door,
    ...records,
    truthOf: openTruth({ dayEnds: '17:00' }),
    words,
    instance,
    log: silentLog,
    metrics: openMetrics(),
  })
  t.teardown(() => room.close())
  return room
}

export async function openServer(t: Teardown, door: RedisDoor, desks: Desks): Promise<DeskClient> {
  const keys = openKeys(door)
  const server = openListener({ http: { host: '127.0.0.1', port: 0, trustProxy: false } }, silentLog)
  const metrics = openMetrics()
  const limits = { windowSeconds: 600, freeTries: 30, maxTries: 60, maxMisses: 20, maxBlockMisses: 60 }
  const { numbers, store } = await openRecords(door)
  const tries = openTries(limits, door, silentLog, metrics)
  t.teardown(() => tries.close())
  const { lookUp } = openLookup({
    truthOf: openTruth({ dayEnds: '17:00' }),
    numbers,
    store,
    tries,
    agencies: [agency],
    metrics,
  })
  const audited: AuditEntry[] = []
  const audit = async (entry: AuditEntry) => void audited.push(entry)
  await server.register(
    deskRoutes({ desks, authenticate: keys.authenticate, whileLive: keys.whileLive, audit, lookUp }),
  )
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => server.close())
  const { key } = await keys.create({ kind: 'desk', desk: 'quay-1' })
  return new DeskClient(url, key, server, keys, audited)
}

export class DeskClient {
  constructor(
    readonly url: string,
    readonly key: string,
    readonly server: FastifyInstance,
    readonly keys: ReturnType<typeof openKeys>,
    readonly audited: readonly AuditEntry[],
  ) {}

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const reply = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await reply.text()
    const isJson = reply.headers.get('content-type')?.includes('json')
    return { status: reply.status, headers: reply.headers, body: isJson ? JSON.parse(text) : text }
  }

  async print(number: string, copies?: number): Promise<string> {
    const { status, body } = await this.ask('POST', '/v1/desks/quay-1/receipts', {
      dossierNo: number,
      ...(copies === undefined ? {} : { copies }),
    })
    if (status !== 202) throw new Error(`no slip: ${status} ${JSON.stringify(body)}`)
    return (body as { jobId: string }).jobId
  }

  async job(jobId: string): Promise<Job> {
    return (await this.ask('GET', `/v1/desks/quay-1/receipts/${jobId}`)).body as Job
  }

  async view(): Promise<DeskView> {
    return (await this.ask('GET', '/v1/desks/quay-1')).body as DeskView
  }

  act(jobId: string, act: 'cancel' | 'reprint' | 'confirm') {
    return this.ask('POST', `/v1/desks/quay-1/receipts/${jobId}/${act}`)
  }

  /** The desk's events as they arrive. */
  async *events(signal: AbortSignal): AsyncGenerator<{ event: string; data: DeskView | Job }> {
    const reply = await fetch(`${this.url}/v1/desks/quay-1/events`, {
      headers: { authorization: `Bearer ${this.key}`, accept: 'text/event-stream' },
      signal,
    })
    let text = ''
    for await (const chunk of reply.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const block = text.slice(0, end)
        text = text.slice(end + 2)
        const event = /^event: (.*)$/m.exec(block)?.[1]
        const data = /^data: (.*)$/m.exec(block)?.[1]
        if (event && data) yield { event, data: JSON.parse(data) }
      }
    }
  }
}

/** What the desk page says, in the officer's language. */
export const page = JSON.parse(readFileSync('kiosk/strings/vi.json', 'utf8')).desk as {
  printer: Record<PrinterState | 'noConfirm', string> & { advice: Record<PrinterState, string> }
  job: Record<JobState, string>
  reason: Record<JobFailure, string>
}

/** The promise: the time from an event at the printer to the state at the desk. */
export const noticedWithinMs = 5000

/**
 * Does something to the printer and waits until its desk shows the state; returns how long that took by the state's own
 * time (`since`, which the events carry too), and the page's words for it.
 */
export async function noticed(
  desk: DeskClient,
  state: PrinterState,
  act: () => Promise<unknown> | unknown,
): Promise<{ tookMs: number; words: string }> {
  const printerNow = async () => (await desk.view()).printer
  await until(async () => (await printerNow()).state !== state)
  const at = Date.now()
  await act()
  const { since } = await until(async () => {
    const printer = await printerNow()
    return printer.state === state && printer
  })
  return {
    tookMs: Date.parse(since) - at,
    words: `${page.printer[state]}. ${page.printer.advice[state]}`,
  }
}

/** Everything that can happen to a printer, in turn: each detected in time, each put into words. */
export async function everyTrouble(t: Test, desk: DeskClient, tape: PaperTape): Promise<void> {
  const well = 'Sẵn sàng. Có thể in.'
  const mended = { paper: 'full', coverOpen: false, cutterJam: false, mute: false } as const
  const troubles: [
    label: string,
    state: PrinterState,
    words: string,
    act: () => unknown,
    mend?: () => unknown,
  ][] = [
    ['paper out', 'no-paper', 'Hết giấy. Thay cuộn giấy mới.', () => tape.set({ paper: 'out' })],
    [
      'thin roll',
      'paper-low',
      'Sắp hết giấy. Vẫn in được. Chuẩn bị cuộn giấy mới.',
      () => tape.set({ paper: 'low' }),
    ],
    ['cover', 'cover-open', 'Nắp đang mở. Đóng nắp máy in.', () => tape.set({ coverOpen: true })],
    [
      'knife',
      'error',
      'Máy in báo lỗi. Tắt máy in, chờ 5 giây rồi bật lại.',
      () => tape.set({ cutterJam: true }),
    ],
    [
      'switched off',
      'absent',
      'Máy in mất kết nối. Kiểm tra dây cáp và nguồn điện.',
      () => tape.set({ mute: true }),
    ],
    [
      'cable pulled',
      'absent',
      'Máy in mất kết nối. Kiểm tra dây cáp và nguồn điện.',
      () => tape.unplug(),
      () => tape.plug(),
    ],
  ]
  await until(async () => (await desk.view()).printer.state === 'ready')
  for (const [label, state, words, act, mend = () => tape.set(mended)] of troubles) {
    const trouble = await noticed(desk, state, act)
    t.equal(trouble.words, words, label)
    t.ok(trouble.tookMs <= noticedWithinMs, `${label}: ${trouble.tookMs} ms`)
    const back = await noticed(desk, 'ready', mend)
    t.equal(back.words, well)
    t.ok(back.tookMs <= noticedWithinMs, `${label} mended: ${back.tookMs} ms`)
  }
}

/** The lines of a proof ticket whose sample and all 146 letters came out right, as `4: tcvn3:30/31`. */
export function rightLines(ticket: string, columns: number): string[] {
  const letters = letterLines(columns)
  return ticket.split('\n').filter((line, at, lines) => {
    const under = lines.slice(at + 1, at + 2 + letters.length).map((read) => read.trim())
    return (
      /^\d+: /.test(line) &&
      under[0]?.startsWith('Đặng Thị Hồng') &&
      letters.every((text, nth) => under[nth + 1] === text)
    )
  })
}

/** Polls until something is so; the test's own time limit is the deadline. */
export async function until<T>(
  what: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  for (;;) {
    const got = await what()
    if (got !== undefined && got !== false) return got
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
}

interface TestDesk {
  tape: PaperTape
  desk: DeskClient
  room: Desks
  redis: RedisPeer
  door: RedisDoor
  lookupNumber: string
  records: Pick<Awaited<ReturnType<typeof openRecords>>, 'numbers' | 'store'>
}

/** Everything of one desk with its own printer. */
export async function openTestDesk(
  t: Teardown,
  printer: { profile?: string; path?: string; baudRate?: number; tape?: PaperTapeOptions } = {},
): Promise<TestDesk> {
  const tape = await openPaperTape(printer.tape)
  t.teardown(() => tape.close())
  const redis = await startRedis(t)
  const door = await openDoor(t, redis)
  const records = await openRecords(door)
  const room = openRoom(t, door, records, [
    {
      printer: {
        path: printer.path ?? tape.path,
        baudRate: printer.baudRate ?? 115_200,
        profile: printer.profile ?? 'epson-tm-t82+tcvn3:30/31',
      },
    },
  ])
  const desk = await openServer(t, door, room)
  return { tape, desk, room, redis, door, lookupNumber: records.lookupNumber, records }
}

/** A desk whose printer is attached to another computer. */
export async function openRemoteDesk(t: Teardown, profile = 'epson-tm-t82') {
  const door = await openDoor(t, await startRedis(t))
  const records = await openRecords(door)
  const room = openRoom(t, door, records, [{ profile }])
  return { desk: await openServer(t, door, room), room, door, ...records }
}

/** The job once it has come to an end. */
export const ended = (desk: DeskClient, jobId: string) =>
  until(async () => {
    const job = await desk.job(jobId)
    return !['queued', 'claimed', 'sent'].includes(job.state) && job
  })

/** What an agent beside that printer receives. */
export function settingsFor(t: Teardown, desk: DeskClient, tape: PaperTape): AgentSettings {
  return {
    url: desk.url,
    desk: 'quay-1',
    key: desk.key,
    path: tape.path,
    baudRate: 115_200,
    profile: 'epson-tm-t82',
    printers: 'config/printers.yaml',
    dataDir: temporary(t),
    pollMs: 100,
  }
}
