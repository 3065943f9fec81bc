// The desk room: asks for slips, runs the printers that hang on this machine, and shows how a desk stands.
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Config, DeskConfig } from '../config/config.js'
import type { Numbers } from '../dossier/numbers.js'
import type { DossierStore } from '../dossier/store.js'
import type { Words } from '../dossier/wording.js'
import { ignoreOutage } from '../errors.js'
import type { Log } from '../log.js'
import type { Metrics } from '../metrics.js'
import type { RedisDoor } from '../redis/connection.js'
import type { DeskView, Job, JobState, Ticket } from './contract.js'
import { type PrintLoop, runPrintLoop, type SlipSource } from './print-loop.js'
import { PrintQueue, type Proven, type QueuedJob, shown } from './print-queue.js'
import { Printer } from './printer.js'
import { openProfiles, type Profile } from './profiles.js'
import type { Receipt } from './receipt.js'
import { tellRemotePrinters } from './remote-printers.js'
import { openSlipJournal, type SlipJournal } from './slip-journal.js'
import { openSlipMaker, type SlipMaker } from './slip-maker.js'

export interface DesksDeps {
  readonly config: Pick<Config, 'desks' | 'agencies' | 'printers' | 'dataDir' | 'sms'>
  readonly door: RedisDoor
  readonly numbers: Numbers
  readonly store: Pick<DossierStore, 'read'>
  /** Vietnamese: what slips speak. */
  readonly words: Words
  /** Name of this process among the gateways. */
  readonly instance: string
  readonly log: Log
  readonly metrics: Metrics
}

/** What asking for a slip comes to. */
export type SlipAnswer =
  | { readonly kind: 'queued'; readonly job: Job }
  | { readonly kind: 'unreadable'; readonly reason: string; readonly suggestion?: string }
  | { readonly kind: 'unknown' }
  /** Too many slips wait: nobody looks at the printer. */
  | { readonly kind: 'full' }

export type SlipReading =
  | { readonly kind: 'found'; readonly receipt: Receipt }
  | Exclude<SlipAnswer, { kind: 'queued' | 'full' }>

/** A configured desk with its printer's profile. */
export interface Desk extends DeskConfig {
  /** As configured; `Desks.paper` knows what a proof ticket has proved since. */
  readonly paper: Profile
  readonly remote: boolean
}

export interface Desks {
  readonly desks: ReadonlyMap<string, Desk>
  readonly queue: PrintQueue
  readonly maker: SlipMaker
  /** What a slip for this number would say. Rejects with redis-unavailable while the store is away. */
  read(number: string): Promise<SlipReading>
  /** How a desk prints: as configured, or as its proof ticket was read since. */
  paperOf(desk: Desk, proven: Proven | undefined): Profile
  paper(desk: string): Promise<Profile>
  /** Takes the line of the proof ticket that is right; undefined when it has no such line. */
  prove(desk: string, line: number): Promise<Profile | undefined>
  /** Asks for a ticket that tries the printer; undefined when too many slips wait. */
  printTicket(desk: string, ticket: Ticket): Promise<Job | undefined>
  /** Asks for a slip by dossierNo or lookupNumber. */
  print(desk: string, number: string, copies?: number): Promise<SlipAnswer>
  job(desk: string, jobId: string): Promise<Job | undefined>
  view(desk: string): Promise<DeskView>
  /** What a kiosk may do with the printer of the desk it stands beside (kiosk name → desk id). */
  forKiosks(printers: Readonly<Record<string, string>>): KioskPrinter
  /** Sets one claimed slip; a mistake in doing so ends that slip as failed and gives undefined. */
  set<T>(desk: string, job: QueuedJob, set: () => T): Promise<T | undefined>
  /** For /readyz: whether every printer of this machine can print now. */
  state(): 'pass' | 'warn'
  close(): Promise<void>
}

export interface KioskPrinter {
  has(kiosk: string): boolean
  print(kiosk: string, number: string): Promise<Job | undefined>
  /** The slip that tries the printer; one at a time. */
  test(kiosk: string): Promise<Job | undefined>
  job(kiosk: string, jobId: string): Promise<Job | undefined>
}

/** Opens the room: checks the profiles, and starts the printer loop of every desk that has `printer:`. */
export function openDesks(deps: DesksDeps): Desks {
  const { config, door, numbers, store, words, log, metrics } = deps
  const profiles = openProfiles(config.printers)
  const link = config.sms.enabled ? config.sms.links[0] : undefined
  const maker = openSlipMaker({
    agencies: config.agencies,
    profiles,
    words,
    ...(link ? { sms: { shortCode: link.shortCode, keywordPrefix: link.keywordPrefix } } : {}),
  })
  const counted = metrics.counter('gateway_print_jobs_total', 'slips by the state they came to', [
    'desk',
    'state',
  ])
  const queue = new PrintQueue(door, counted)
  const desks = new Map(
    config.desks.map((desk): [string, Desk] => [
      desk.id,
      {
        ...desk,
        remote: desk.printer === undefined,
        paper: profiles.profile(desk.printer?.profile ?? desk.profile ?? 'generic'),
      },
    ]),
  )
  tellRemotePrinters(
    [...desks.values()].filter(({ remote }) => remote).map(({ id }) => id),
    queue,
    metrics,
  )
  const agencyNames = new Map(config.agencies.map(({ code, name }) => [code, name]))
  const deskOf = (id: string) => {
    const desk = desks.get(id)
    if (!desk) throw new Error(`no desk '${id}'`)
    return desk
  }
  const paperOf = (desk: Desk, proven: Proven | undefined): Profile =>
    proven?.instead === desk.paper.name ? profiles.profile(proven.profile) : desk.paper
  const locals = [...desks.values()].flatMap((desk) =>
    desk.printer
      ? [runLocal(desk, desk.printer, queue, (job) => maker.bytes(job, paperOf(desk, job.proven)), deps)]
      : [],
  )

  const read = async (number: string): Promise<SlipReading> => {
    const reading = numbers.read(number)
    if (reading.kind === 'unreadable') return reading
    const dossier = await store.read(reading.dossierNo, Date.now(), false)
    if (!dossier) return { kind: 'unknown' }
    return { kind: 'found', receipt: maker.receipt(dossier, numbers.lookupNumberOf(dossier.dossierNo)) }
  }

  const print = async (id: string, number: string, copies = 1): Promise<SlipAnswer> => {
    const desk = deskOf(id)
    const found = await read(number)
    if (found.kind !== 'found') return found
    const job = await queue.add(id, found.receipt, copies, desk.jobExpirySeconds * 1000)
    if (!job) return { kind: 'full' }
    log.info({ evt: 'slip.queued', desk: id, jobId: job.jobId, copies }, 'slip asked for')
    return { kind: 'queued', job: shown(job) }
  }
  const printTicket = async (id: string, ticket: Ticket) => {
    const job = await queue.add(id, ticket, 1, deskOf(id).jobExpirySeconds * 1000)
    if (job) log.info({ evt: 'ticket.queued', desk: id, jobId: job.jobId, ticket }, 'ticket asked for')
    return job && shown(job)
  }
  const jobAt = async (desk: string, jobId: string) => {
    const job = await queue.read(desk, jobId)
    return job && shown(job)
  }

  return {
    desks,
    queue,
    maker,
    read,
    print,
    job: jobAt,
    paperOf,
    paper: async (id) => paperOf(deskOf(id), await queue.proven(id)),
    async prove(id, line) {
      const instead = deskOf(id).paper.name
      const profile = profiles.proven(instead, line)
      if (profile === undefined) return undefined
      await queue.prove(id, { profile, instead })
      log.info({ evt: 'desk.proven', desk: id, profile }, 'the proof ticket was read')
      return profiles.profile(profile)
    },
    printTicket,
    forKiosks: (printers) => {
      const beside = new Map(Object.entries(printers))
      return {
        has: (kiosk) => beside.has(kiosk),
        async print(kiosk, number) {
          const desk = beside.get(kiosk)
          const answer = desk === undefined ? undefined : await print(desk, number)
          return answer?.kind === 'queued' ? answer.job : undefined
        },
        async test(kiosk) {
          const desk = beside.get(kiosk)
          if (desk === undefined) return undefined
          const { jobs } = await queue.view(desk, startOfDay(Date.now()))
          const open = jobs.find(({ ticket, state }) => ticket === 'test' && isOpen(state))
          return open ? shown(open) : printTicket(desk, 'test')
        },
        async job(kiosk, jobId) {
          const desk = beside.get(kiosk)
          return desk === undefined ? undefined : jobAt(desk, jobId)
        },
      }
    },
    async view(id) {
      const desk = deskOf(id)
      const now = Date.now()
      const { printer, proven, jobs } = await queue.view(id, startOfDay(now))
      const { name: profile } = paperOf(desk, proven)
      const { state, since, remote, canConfirm } = printer ?? {
        state: 'absent' as const,
        since: now,
        remote: desk.remote,
        canConfirm: false,
      }
      return {
        desk: id,
        name: desk.name,
        agency: { code: desk.agency, name: agencyNames.get(desk.agency) ?? desk.agency },
        printer: { state, since: new Date(since).toISOString(), profile, remote, canConfirm },
        jobs: jobs.map(shown),
      }
    },
    set: (desk, job, set) => setOrFail(queue, desk, job, log, set),
    state: () => (locals.every((local) => local.works()) ? 'pass' : 'warn'),
    async close() {
      await Promise.all(locals.map((local) => local.close()))
    },
  }
}

const isOpen = (state: JobState) => state === 'queued' || state === 'claimed' || state === 'sent'

// "Today" of the desk page, in Việt Nam.
function startOfDay(now: number): number {
  const day = 24 * 3_600_000
  const offset = 7 * 3_600_000
  return Math.floor((now + offset) / day) * day - offset
}

// How often a gateway looks for slips that another gateway took in; its own wake it at once.
const lookMs = 500
// What is published is trusted for 8 s.
const publishMs = 2500
// A slip on its way out may finish within this time of the shutdown budget.
const closeMs = 2000

function runLocal(
  desk: Desk,
  port: NonNullable<DeskConfig['printer']>,
  queue: PrintQueue,
  bytesOf: (job: QueuedJob) => Buffer,
  { config, instance, log, metrics }: DesksDeps,
): { works(): boolean; close(): Promise<void> } {
  const printer = new Printer({ path: port.path, baudRate: port.baudRate, profile: desk.paper }, log)
  const journal = openSlipJournal(join(config.dataDir, 'desks', `${desk.id}.journal`))
  const confirmed = metrics.histogram(
    'gateway_print_confirm_seconds',
    'from asking for a slip to the proof that it is printed',
    ['desk'],
    [0.25, 0.5, 1, 2, 5, 10, 30, 60],
  )
  const states = metrics.gauge('gateway_printer_state', '1 for the state a printer is in', ['desk', 'state'])

  const publish = () => {
    const { state, since, canConfirm } = printer
    queue
      .publish(desk.id, instance, { state, since, profile: desk.paper.name, remote: false, canConfirm })
      .catch(ignoreOutage)
  }
  let told = printer.state
  printer.on('state', (state) => {
    states.set({ desk: desk.id, state: told }, 0)
    states.set({ desk: desk.id, state }, 1)
    told = state
    publish()
  })
  // The lease of the slip in hand is renewed with the same beat.
  const beat = setInterval(() => {
    publish()
    queue.touch(desk.id, instance).catch(ignoreOutage)
  }, publishMs)

  const source: SlipSource = {
    async claim() {
      const job = await queue.claim(desk.id, instance)
      if (!job) return undefined
      const bytes = await setOrFail(queue, desk.id, job, log, () => bytesOf(job))
      return bytes && { token: job.token, mark: job.mark, bytes, expiresAt: Date.parse(job.expiresAt) }
    },
    async sent(token) {
      await queue.settle(desk.id, token, 'sent')
    },
    async settle(token, outcome) {
      const more =
        outcome.kind === 'failed'
          ? { reason: outcome.reason }
          : outcome.kind === 'confirmed'
            ? { by: outcome.by }
            : {}
      const { moved, job } = await queue.settle(desk.id, token, outcome.kind, more)
      if (moved && job && outcome.kind === 'confirmed')
        confirmed.observe({ desk: desk.id }, (Date.now() - Date.parse(job.createdAt)) / 1000)
    },
    wait: (signal) => waitForWork(queue, printer, desk.id, signal),
  }
  printer.start()
  const loop = runPrintLoop(source, printer, journal, log)
  return {
    works: () => ['ready', 'paper-low', 'unknown'].includes(printer.state),
    close: () => closeLocal(loop, printer, journal, beat),
  }
}

/** Sets one claimed slip. Our own mistake in doing so ends that slip as failed, is logged, and costs no other slip. */
async function setOrFail<T>(
  queue: PrintQueue,
  desk: string,
  job: QueuedJob,
  log: Log,
  set: () => T,
): Promise<T | undefined> {
  try {
    return set()
  } catch (error) {
    log.error({ evt: 'slip.mistake', desk, jobId: job.jobId, err: error }, 'a slip could not be set')
    await queue.settle(desk, job.token, 'failed', { reason: 'unavailable' })
    return undefined
  }
}

/** Until a slip may wait here, or the printer changes, or half a second has passed. */
async function waitForWork(
  queue: PrintQueue,
  printer: Printer,
  desk: string,
  signal: AbortSignal,
): Promise<void> {
  const done = new AbortController()
  const wake = (changed?: string) => {
    if (changed === undefined || changed === desk) done.abort()
  }
  const onState = () => wake()
  queue.on('change', wake)
  printer.on('state', onState)
  await delay(lookMs, undefined, { signal: AbortSignal.any([signal, done.signal]) }).catch(() => {})
  queue.off('change', wake)
  printer.off('state', onState)
}

async function closeLocal(
  loop: PrintLoop,
  printer: Printer,
  journal: SlipJournal,
  beat: NodeJS.Timeout,
): Promise<void> {
  clearInterval(beat)
  const ended = loop.close()
  await Promise.race([ended, delay(closeMs, undefined, { ref: false })])
  await printer.close()
  await ended
  journal.close()
}
