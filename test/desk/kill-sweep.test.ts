// Agents and gateways killed at every step of a slip, and two printers racing for the same desk: each slip comes out at
// most once, and none is lost without a person being told. Real Redis, real HTTP, real ptys; a killed agent loses its
// port and its memory, keeps its journal on disk, and never executes another step.

import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type FastifyInstance, fastify } from 'fastify'
import t from 'tap'
import { openCloudPrnt } from '../../src/desk/cloudprnt/client.js'
import { cloudPrntRoutes } from '../../src/desk/cloudprnt/cloudprnt.js'
import type { Desk } from '../../src/desk/desk.js'
import { leaseMs, PrintQueue, type QueuedJob } from '../../src/desk/print-queue.js'
import { type OpenPort, openMarked } from '../../src/desk/printer/port.js'
import { type PrintLoop, runPrintLoop, type SlipSource } from '../../src/desk/printer/print-loop.js'
import { Printer } from '../../src/desk/printer/printer.js'
import { openSlipJournal } from '../../src/desk/printer/slip-journal.js'
import { openProfiles } from '../../src/desk/profiles.js'
import { openSlipMaker } from '../../src/desk/slip/slip-maker.js'
import { openTruth } from '../../src/dossier/truth.js'
import { silentLog } from '../../src/log.js'
import { openMetrics } from '../../src/metrics.js'
import type { RedisDoor } from '../../src/redis/connection.js'
import { answerHeaders } from '../../src/web/listener/hardening.js'
import { openPaperTape, type PaperTape } from '../peers/paper-tape.js'
import { startRedis, type Teardown } from '../peers/redis.js'
import { agency, openDoor, openRecords, openRoom, openServer, temporary, until, words } from './harness.js'

// Several hundred agent lifetimes, then the races; slow on a busy machine.
t.setTimeout(900_000)

const runs = Number(process.env.SWEEP_RUNS ?? 500)
const races = Number(process.env.RACE_SLIPS ?? 1000)
const lanes = 8
const profiles = openProfiles('config/printers.yaml')
const profile = profiles.profile('epson-tm-t82+ascii')
const timing = { reconnectMs: 15, probeMs: 300, reprobeMs: 100, answerMs: 200, confirmMs: 400, heldMs: 1000 }
const maker = openSlipMaker({
  truthOf: openTruth({ dayEnds: '17:00' }),
  agencies: [agency],
  office: { name: '', hotline: '' },
  profiles,
  words,
})
const counter = () => openMetrics().counter('gateway_print_jobs_total', 'slips', ['desk', 'state'])

// Small, fast, seeded: the same seed gives the same run.
function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** A desk with its printer, its queue on a clock that can be put forward, and an HTTP door that can be closed. */
interface Lane {
  name: string
  queue: PrintQueue
  tape: PaperTape
  clock: { ahead: number }
  url: string
  /** Counts requests down; at 0 the connection is cut before or after the gateway did its work. */
  cut: { after: number; when: 'before' | 'after' }
  dataDir: string
}

async function openLane(t: Teardown, door: RedisDoor, at: number): Promise<Lane> {
  const clock = { ahead: 0 }
  const name = `quay-${at}`
  const queue = new PrintQueue(door, counter(), () => Date.now() + clock.ahead)
  const tape = await openPaperTape({ baudRate: 230_400 })
  t.teardown(() => tape.close())
  const cut: Lane['cut'] = { after: Number.POSITIVE_INFINITY, when: 'before' }
  const server: FastifyInstance = fastify()
  const doomed = new WeakSet<object>()
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(answerHeaders)
    if (--cut.after !== 0) return
    if (cut.when === 'before') request.raw.socket.destroy()
    else doomed.add(request)
  })
  server.addHook('onSend', async (request) => {
    if (doomed.has(request)) request.raw.socket.destroy()
  })
  const desk = { id: name, remote: true, paper: profile } as Desk
  cloudPrntRoutes(
    server,
    {
      queue,
      maker,
      desks: new Map([[name, desk]]),
      paperOf: () => profile,
      render: async (_desk, _job, render) => render(),
    },
    async () => desk,
  )
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => server.close())
  return { name, queue, tape, clock, url, cut, dataDir: temporary(t) }
}

// A life opens its port once or twice, and starting stty from a process of this size takes longer than the life: a small shell
// starts it instead.
const shell = spawn('sh', ['-c', 'while read -r line; do stty $line 2>/dev/null; echo $?; done'], {
  stdio: ['pipe', 'pipe', 'inherit'],
})
const codes = createInterface({ input: shell.stdout })
const waiting: ((done: boolean) => void)[] = []
codes.on('line', (code) => waiting.shift()?.(code === '0'))
t.teardown(() => shell.stdin.end())
const open: OpenPort = (settings, listener) =>
  openMarked(settings, listener, (path, flags) => {
    shell.stdin.write(`-F ${path} ${flags.join(' ')}\n`)
    return new Promise((resolve) => waiting.push(resolve))
  })

/** One life of an agent or of a gateway's own printer loop. `killAfter` counts its steps, each twice: before and after. */
class Life {
  readonly #printer: Printer
  readonly #journal: ReturnType<typeof openSlipJournal>
  readonly #loop: PrintLoop
  #steps: number
  #dead = false

  constructor(
    lane: Lane,
    kind: 'local' | 'agent',
    killAfter: number,
    private readonly killWhilePrintingMs: number | undefined,
  ) {
    this.#steps = killAfter
    this.#journal = openSlipJournal(join(lane.dataDir, 'journal'))
    this.#printer = new Printer({ path: lane.tape.path, baudRate: 230_400, profile, timing, open }, silentLog)
    const printer = this.#printer
    const source: SlipSource =
      kind === 'agent'
        ? openCloudPrnt({ url: lane.url, desk: lane.name, key: 'k', agentId: 'agent-1', pollMs: 10 }, printer)
        : localSource(lane)
    this.#printer.start()
    this.#loop = runPrintLoop(
      this.#mortal(source, ['claim', 'sent', 'settle']),
      this.#mortalPrinter(printer),
      this.#mortalJournal(),
      silentLog,
      10,
    )
  }

  get dead(): boolean {
    return this.#dead
  }

  kill(): void {
    if (this.#dead) return
    this.#dead = true
    void this.#printer.close()
    this.#journal.close()
  }

  async end(): Promise<void> {
    if (this.#dead) return
    await this.#loop.close()
    await this.#printer.close()
    this.#journal.close()
  }

  /** A step of a dead process never executes; one in progress when it dies never returns. */
  async #step(): Promise<void> {
    if (!this.#dead && --this.#steps === 0) this.kill()
    if (this.#dead) await new Promise(() => {})
  }

  #mortal<T extends object>(object: T, names: (keyof T)[]): T {
    return new Proxy(object, {
      get: (target, name) => {
        const value = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        if (name === 'wait')
          return async (...args: unknown[]) => {
            await value.apply(target, args)
            if (this.#dead) await new Promise(() => {})
          }
        if (!names.includes(name as keyof T)) return value.bind(target)
        return async (...args: unknown[]) => {
          await this.#step()
          const result = await value.apply(target, args)
          await this.#step()
          return result
        }
      },
    })
  }

  #mortalPrinter(printer: Printer) {
    const life = this
    return {
      get able() {
        return !life.#dead && printer.able
      },
      on: printer.on.bind(printer),
      off: printer.off.bind(printer),
      async print(...args: Parameters<Printer['print']>) {
        await life.#step()
        if (life.killWhilePrintingMs !== undefined) setTimeout(() => life.kill(), life.killWhilePrintingMs)
        const outcome = await printer.print(...args)
        await life.#step()
        return outcome
      },
    } as Pick<Printer, 'able' | 'print' | 'on' | 'off'>
  }

  // The journal is synchronous: a process killed in it dies with the line written or not.
  #mortalJournal() {
    return new Proxy(this.#journal, {
      get: (target, name) => {
        const value = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          if (this.#dead) throw new DeadError()
          if (['begin', 'end', 'told'].includes(String(name)) && --this.#steps === 0) {
            this.kill()
            throw new DeadError()
          }
          const result = value.apply(target, args)
          if (['begin', 'end', 'told'].includes(String(name)) && --this.#steps === 0) {
            this.kill()
            throw new DeadError()
          }
          return result
        }
      },
    })
  }
}

class DeadError extends Error {}
// Nothing a dead process throws is reported.
process.on('unhandledRejection', (error) => {
  if (!(error instanceof DeadError)) throw error
})

function localSource(lane: Lane): SlipSource {
  const { queue, name } = lane
  return {
    async claim() {
      const job = await queue.claim(name, 'gateway-1')
      return job && { ...job, bytes: maker.bytes(job, profile), ttlMs: 600_000 }
    },
    async sent(token) {
      await queue.settle(name, token, 'sent')
    },
    async settle(token, outcome) {
      await queue.settle(name, token, outcome.kind, {
        ...(outcome.kind === 'failed' ? { reason: outcome.reason } : {}),
        ...(outcome.kind === 'confirmed' ? { by: outcome.by } : {}),
      })
    },
    wait: () => new Promise((resolve) => setTimeout(resolve, 5)),
  }
}

const receiptOf = (seed: number) => ({
  agency: { code: agency.code, name: agency.name, phone: agency.phone },
  dossierNo: `000.00.15.H45-190521-${String(100_000 + seed)
    .slice(1)
    .padStart(5, '0')}`,
})
const isOver = (job: QueuedJob) => !['queued', 'claimed', 'sent'].includes(job.state)

/** One seeded run; what went wrong, or how it ended. */
async function run(lane: Lane, seed: number): Promise<{ wrong?: string; end: string }> {
  const dice = random(seed)
  const kind = dice() < 0.5 ? 'local' : 'agent'
  const receipt = receiptOf(seed)
  const job = (await lane.queue.add(lane.name, receipt, 1, 600_000))!
  const read = async () => (await lane.queue.read(lane.name, job.jobId))!
  const deaths = 1 + Math.floor(dice() * 3)
  const story: string[] = [kind]
  for (let at = 0; at < deaths; at++) {
    // 16 steps of a slip's way: claim, begin, print, sent, end, settle, told, each before and after; some beyond the end.
    const killAfter = 1 + Math.floor(dice() * 18)
    const whilePrinting = dice() < 0.3 ? Math.floor(dice() * 25) : undefined
    if (kind === 'agent' && dice() < 0.5) {
      lane.cut.after = 1 + Math.floor(dice() * 8)
      lane.cut.when = dice() < 0.5 ? 'before' : 'after'
      story.push(`line cut ${lane.cut.when} request ${lane.cut.after}`)
    }
    story.push(
      `killed at step ${killAfter}${whilePrinting === undefined ? '' : ` or ${whilePrinting} ms into printing`}`,
    )
    const life = new Life(lane, kind, killAfter, whilePrinting)
    await until(async () => life.dead || isOver(await read()))
    life.kill()
    // Sometimes the next start comes soon, sometimes after the gateway has given the slip up.
    if (dice() < 0.4) lane.clock.ahead += leaseMs + 1
  }
  lane.cut.after = Number.POSITIVE_INFINITY
  const last = new Life(lane, kind, Number.POSITIVE_INFINITY, undefined)
  let looks = 0
  const over = await until(async () => {
    const now = await read()
    // A slip claimed by a process that died before writing its journal: only time resolves it.
    if (++looks % 40 === 0) lane.clock.ahead += leaseMs + 1
    return isOver(now) && now
  })
  await last.end()
  const mine = () => lane.tape.slips.filter(({ text }) => text.includes(receipt.dossierNo))
  if (over.state === 'confirmed') await until(() => mine().length > 0)
  const papers = mine().length
  const told = `${over.state}${over.reason ? `(${over.reason})` : ''}`
  const wrong =
    papers > 1
      ? `${papers} slips`
      : over.state === 'confirmed' && !mine()[0]!.complete
        ? 'confirmed without a whole slip'
        : ['confirmed', 'unconfirmed', 'failed'].includes(over.state)
          ? undefined
          : `ended as ${over.state}`
  return {
    end: `${kind} ${told}`,
    ...(wrong ? { wrong: `seed ${seed}: ${wrong}, ${told}; ${story.join('; ')}` } : {}),
  }
}

t.test(
  `P-06: ${runs} seeded runs of agents and gateways killed at every step`,
  { timeout: 840_000 },
  async (t) => {
    const door = await openDoor(t, await startRedis(t))
    const wrongs: string[] = []
    const ends: Record<string, number> = {}
    let seed = 0
    await Promise.all(
      Array.from({ length: lanes }, async (_, at) => {
        const lane = await openLane(t, door, at)
        while (seed < runs) {
          const { wrong, end } = await run(lane, ++seed)
          ends[end] = (ends[end] ?? 0) + 1
          if (wrong) wrongs.push(wrong)
        }
        // Whatever came out, came out once: also what the printer still had when its run was over.
        const numbers = lane.tape.slips.flatMap(({ text }) => /H45-190521-\d+/.exec(text) ?? [])
        if (new Set(numbers).size !== numbers.length) wrongs.push(`${lane.name}: a number came out twice`)
      }),
    )
    t.strictSame(wrongs, [])
    t.equal(
      Object.values(ends).reduce((sum, count) => sum + count, 0),
      runs,
    )
    t.comment(JSON.stringify(ends))
    // Of each kind by itself: one whose slips never get as far as paper would prove nothing.
    const counted = (end: string) => ends[end] ?? 0
    t.ok(counted('local confirmed') + counted('agent confirmed') > runs / 10, 'some got through')
    t.ok(
      counted('local unconfirmed') + counted('agent unconfirmed') > runs / 20,
      'some left a person to look',
    )
    for (const kind of ['local', 'agent']) {
      t.ok(counted(`${kind} confirmed`) > runs / 20, `some of the ${kind} ones got through`)
      t.ok(counted(`${kind} unconfirmed`) > runs / 40, `some of the ${kind} ones left a person to look`)
    }
  },
)

t.test('P-07: two gateways race for one desk 1,000 times; one slip each', { timeout: 180_000 }, async (t) => {
  const redis = await startRedis(t, ['appendfsync everysec'])
  const queues = [
    new PrintQueue(await openDoor(t, redis), counter()),
    new PrintQueue(await openDoor(t, redis), counter()),
  ]
  const asked: string[] = []
  const taken: string[] = []
  for (let round = 0; round < 20; round++) {
    const added = await Promise.all(
      Array.from({ length: 50 }, (_, at) =>
        queues[at % 2]!.add('quay-1', receiptOf(round * 50 + at), 1, 600_000),
      ),
    )
    asked.push(...added.map((job) => job!.token))
    await Promise.all(
      queues.flatMap((queue, who) =>
        Array.from({ length: 2 }, async () => {
          for (;;) {
            const job = await queue.claim('quay-1', `gateway-${who}`)
            if (!job) return
            taken.push(job.token)
            await queue.settle('quay-1', job.token, 'confirmed', { by: 'completion' })
          }
        }),
      ),
    )
  }
  t.equal(asked.length, 1000)
  t.strictSame([...taken].sort(), [...asked].sort())
})

t.test(
  `P-07: two agents race for one desk over HTTP, ${races} slips; one paper each`,
  { timeout: 90_000 + races * 150 },
  async (t) => {
    const redis = await startRedis(t, ['appendfsync everysec'])
    const door = await openDoor(t, redis)
    const room = openRoom(t, door, await openRecords(door), [{ profile: 'epson-tm-t82+ascii' }])
    const desk = await openServer(t, door, room)
    const papers: string[][] = []
    for (const who of [0, 1]) {
      const mine: string[] = []
      papers.push(mine)
      // A printer that is done at once: what races is everything before it.
      const printer = Object.assign(new EventEmitter(), {
        state: 'ready' as const,
        able: true,
        canConfirm: true,
        busy: false,
        async print(bytes: Buffer, _mark: string, onSent: () => void) {
          mine.push(/H45-190521-\d+/.exec(bytes.toString('latin1'))![0])
          onSent()
          return { kind: 'confirmed', by: 'completion' } as const
        },
      }) as unknown as Printer
      const journal = openSlipJournal(join(temporary(t), 'journal'))
      const settings = { url: desk.url, desk: 'quay-1', key: desk.key, agentId: `agent-${who}`, pollMs: 100 }
      const loop = runPrintLoop(openCloudPrnt(settings, printer), printer, journal, silentLog)
      t.teardown(async () => {
        await loop.close()
        journal.close()
      })
    }
    const jobs: string[] = []
    while (jobs.length < races) {
      const job = await room.queue.add('quay-1', receiptOf(jobs.length), 1, 600_000)
      if (job) jobs.push(job.jobId)
      else await once(room.queue, 'change')
    }
    for (const jobId of jobs)
      await until(async () => (await room.job('quay-1', jobId))?.state === 'confirmed')
    const all = papers.flat()
    t.equal(all.length, races)
    t.equal(new Set(all).size, races)
    t.ok(
      papers.every((mine) => mine.length > 0),
      `both printed: ${papers.map((mine) => mine.length).join(' and ')}`,
    )
  },
)

t.test('P-07: two printers at one desk; each slip comes out of one of them', async (t) => {
  const redis = await startRedis(t)
  const tapes = [await openPaperTape(), await openPaperTape()]
  const count = 150
  for (const [who, tape] of tapes.entries()) {
    t.teardown(() => tape.close())
    const queue = new PrintQueue(await openDoor(t, redis), counter())
    const printer = new Printer({ path: tape.path, baudRate: 921_600, profile, timing }, silentLog)
    const journal = openSlipJournal(join(temporary(t), 'journal'))
    const lane = { queue, name: 'quay-1' } as Lane
    printer.start()
    const loop = runPrintLoop(localSource(lane), printer, journal, silentLog)
    t.teardown(async () => {
      await loop.close()
      await printer.close()
      journal.close()
    })
    if (who === 0)
      for (let at = 0; at < count; at += 50)
        await Promise.all(
          Array.from({ length: 50 }, async (_, nth) => {
            await until(
              async () => (await queue.add('quay-1', receiptOf(at + nth), 1, 600_000)) !== undefined,
            )
          }),
        )
  }
  await until(() => tapes[0]!.slips.length + tapes[1]!.slips.length >= count)
  const numbers = tapes.flatMap(({ slips }) => slips.map(({ text }) => /H45-190521-\d+/.exec(text)?.[0]))
  t.equal(new Set(numbers).size, count)
  t.equal(numbers.length, count)
  t.ok(tapes.every(({ slips }) => slips.length > 0))
})
