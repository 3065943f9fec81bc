// The desk room: takes slip requests, runs the printers attached to this machine, and reports each desk's state.
import type { Config } from '../config/config.js'
import { agencyNamed, spokenFor } from '../dossier/agency.js'
import type { Numbers } from '../dossier/numbers/numbers.js'
import type { DossierStore } from '../dossier/store/store.js'
import { textingOf } from '../dossier/texting.js'
import { startOfDay } from '../dossier/times.js'
import type { TellTruth } from '../dossier/truth.js'
import type { Words } from '../dossier/wording.js'
import type { Log } from '../log.js'
import type { Metrics } from '../metrics.js'
import type { RedisDoor } from '../redis/connection.js'
import { measureRemotePrinters } from './cloudprnt/remote-printers.js'
import type { DeskView, Job, Ticket } from './contract.js'
import type { Desk } from './desk.js'
import { runLocalPrinter } from './local-printer.js'
import {
  type Moved,
  PrintQueue,
  type Proven,
  type QueuedJob,
  type ReportedPrinter,
  shown,
} from './print-queue.js'
import { openProfiles, type Profile, type Profiles } from './profiles.js'
import type { Receipt } from './slip/receipt.js'
import { openSlipMaker, type SlipMaker } from './slip/slip-maker.js'

interface DesksDeps {
  readonly config: Pick<Config, 'desks' | 'agencies' | 'printers' | 'dataDir' | 'office' | 'sms'>
  readonly door: RedisDoor
  readonly numbers: Numbers
  readonly store: Pick<DossierStore, 'read'>
  readonly truthOf: TellTruth
  /** Vietnamese: what slips speak. */
  readonly words: Words
  /** Name of this process among the gateways. */
  readonly instance: string
  readonly log: Log
  readonly metrics: Metrics
}

/** Result of requesting a slip. */
type SlipAnswer =
  | { readonly kind: 'queued'; readonly job: Job }
  | { readonly kind: 'unreadable'; readonly reason: string; readonly suggestion?: string | undefined }
  | { readonly kind: 'unknown' }
  /** Too many slips are waiting: nobody attends to the printer. */
  | { readonly kind: 'full' }

type SlipReading =
  | { readonly kind: 'found'; readonly receipt: Receipt }
  | Exclude<SlipAnswer, { kind: 'queued' | 'full' }>

export interface Desks {
  readonly desks: ReadonlyMap<string, Desk>
  readonly queue: PrintQueue
  readonly maker: SlipMaker
  /** The content of a slip for this number. Rejects with redis-unavailable while the store is away. */
  read(number: string): Promise<SlipReading>
  /** How a desk prints: as configured, or as its proof ticket has shown since. */
  paperOf(desk: Desk, proven: Proven | undefined): Profile
  paper(desk: string): Promise<Profile>
  /** Accepts the correct line of the proof ticket; undefined when it has no such line. */
  prove(desk: string, line: number): Promise<Profile | undefined>
  /** Requests a ticket that tests the printer; undefined when too many slips wait. */
  printTicket(desk: string, ticket: Ticket): Promise<Job | undefined>
  /** Requests a slip by dossierNo or lookupNumber; with the `jobId` of an earlier request it is that slip. */
  print(
    desk: string,
    number: string,
    copies?: number,
    expirySeconds?: number,
    jobId?: string,
  ): Promise<SlipAnswer>
  /** Prints a slip once more, with what is true of its dossier now. No job: it, or its dossier, is gone. */
  reprint(desk: string, jobId: string): Promise<Moved>
  job(desk: string, jobId: string): Promise<Job | undefined>
  view(desk: string): Promise<DeskView>
  /** Whether a desk is of one of these agencies, or of a closed office that one of them answers for. */
  isOf(desk: Desk, agencies: readonly string[]): boolean
  /** Renders one claimed slip; a bug while doing so ends that slip as failed and returns undefined. */
  render<T>(desk: string, job: QueuedJob, render: () => T): Promise<T | undefined>
  /** For /readyz: whether every printer of this machine can print now. */
  state(): 'pass' | 'warn'
  close(): Promise<void>
}

/** Opens the room: checks the profiles, and starts the printer loop of every desk that has `printer:`. */
export function openDesks(deps: DesksDeps): Desks {
  const { config, door, numbers, store, log, metrics } = deps
  const openedAt = Date.now()
  const profiles = openProfiles(config.printers)
  const maker = makerOf(deps, profiles)
  const counted = metrics.counter('gateway_print_jobs_total', 'slips by the state they came to', [
    'desk',
    'state',
  ])
  const queue = new PrintQueue(door, counted)
  const desks = desksOf(config, profiles)
  measureRemotePrinters(
    [...desks.values()].filter(({ remote }) => remote).map(({ id }) => id),
    queue,
    metrics,
  )
  const deskOf = (id: string) => {
    const desk = desks.get(id)
    if (!desk) throw new Error(`no desk '${id}'`)
    return desk
  }
  const paperOf = (desk: Desk, proven: Proven | undefined): Profile =>
    proven?.configured === desk.paper.name ? profiles.profile(proven.profile) : desk.paper
  const { instance } = deps
  const locals = [...desks.values()].flatMap((desk) => {
    if (!desk.printer) return []
    const bytesOf = (job: QueuedJob) =>
      renderOrFail(queue, desk.id, job, log, () => maker.bytes(job, paperOf(desk, job.proven)))
    const { dataDir } = config
    return [runLocalPrinter({ desk, port: desk.printer, queue, bytesOf, dataDir, instance, log, metrics })]
  })

  const read = async (number: string): Promise<SlipReading> => {
    const reading = numbers.read(number)
    if (reading.kind === 'unreadable') return reading
    const dossier = await store.read(reading.dossierNo, Date.now(), false)
    if (!dossier) return { kind: 'unknown' }
    return { kind: 'found', receipt: maker.receipt(dossier, numbers.lookupNumberOf(dossier.dossierNo)) }
  }
  const add = async (
    id: string,
    what: Receipt | Ticket,
    copies: number,
    expirySeconds: number,
    jobId?: string,
  ) => {
    const job = await queue.add(id, what, copies, expirySeconds * 1000, jobId)
    if (job) log.info({ evt: 'slip.queued', desk: id, jobId: job.jobId, copies }, 'slip asked for')
    return job && shown(job)
  }

  return {
    desks,
    queue,
    maker,
    read,
    async print(id, number, copies = 1, expirySeconds = deskOf(id).jobExpirySeconds, jobId) {
      const found = await read(number)
      if (found.kind !== 'found') return found
      const job = await add(id, found.receipt, copies, expirySeconds, jobId)
      return job ? { kind: 'queued', job } : { kind: 'full' }
    },
    printTicket: (id, ticket) => add(id, ticket, 1, deskOf(id).jobExpirySeconds),
    async reprint(id, jobId) {
      const expiryMs = deskOf(id).jobExpirySeconds * 1000
      const job = await queue.read(id, jobId)
      // A ticket has the same content every time.
      if (!job?.receipt) return queue.reprint(id, jobId, expiryMs)
      const found = await read(job.dossierNo)
      if (found.kind !== 'found') return { moved: false, job: undefined }
      return queue.reprint(id, jobId, expiryMs, found.receipt)
    },
    async job(desk, jobId) {
      const job = await queue.read(desk, jobId)
      return job && shown(job)
    },
    paperOf,
    paper: async (id) => paperOf(deskOf(id), await queue.proven(id)),
    async prove(id, line) {
      const configured = deskOf(id).paper.name
      const profile = profiles.proven(configured, line)
      if (profile === undefined) return undefined
      await queue.prove(id, { profile, configured })
      log.info({ evt: 'desk.proven', desk: id, profile }, 'the proof ticket was read')
      return profiles.profile(profile)
    },
    async view(id) {
      const desk = deskOf(id)
      const { printer, proven, jobs } = await queue.view(id, startOfDay(Date.now()))
      const agency = agencyNamed(desk.agency, config.agencies)?.name ?? desk.agency
      return viewOf(desk, agency, paperOf(desk, proven).name, printer, jobs, openedAt)
    },
    render: (desk, job, render) => renderOrFail(queue, desk, job, log, render),
    isOf: (desk, codes) => spokenFor(config.agencies, codes).has(desk.agency),
    state: () => (locals.every((local) => local.works()) ? 'pass' : 'warn'),
    async close() {
      await Promise.all(locals.map((local) => local.close()))
    },
  }
}

function makerOf({ config, words, truthOf }: DesksDeps, profiles: Profiles): SlipMaker {
  return openSlipMaker({
    agencies: config.agencies,
    profiles,
    truthOf,
    words,
    office: config.office,
    sms: () => textingOf(config),
  })
}

function desksOf(
  { desks, agencies }: Pick<Config, 'desks' | 'agencies'>,
  profiles: Profiles,
): Map<string, Desk> {
  return new Map(
    desks.map((desk): [string, Desk] => [
      desk.id,
      {
        ...desk,
        // The desk may be configured with an alias; others compare the code.
        agency: agencyNamed(desk.agency, agencies)?.code ?? desk.agency,
        remote: desk.printer === undefined,
        paper: profiles.profile(desk.printer?.profile ?? desk.profile ?? 'generic'),
      },
    ]),
  )
}

function viewOf(
  desk: Desk,
  agency: string,
  profile: string,
  printer: ReportedPrinter | undefined,
  jobs: readonly QueuedJob[],
  openedAt: number,
): DeskView {
  const { state, since, remote, canConfirm } = printer ?? {
    state: 'absent' as const,
    since: openedAt,
    remote: desk.remote,
    canConfirm: false,
  }
  return {
    desk: desk.id,
    name: desk.name,
    agency: { code: desk.agency, name: agency },
    printer: { state, since: new Date(since).toISOString(), profile, remote, canConfirm },
    jobs: jobs.map(shown),
  }
}

/** Renders one claimed slip. A bug of ours ends that slip as failed, is logged, and affects no other slip. */
async function renderOrFail<T>(
  queue: PrintQueue,
  desk: string,
  job: QueuedJob,
  log: Log,
  render: () => T,
): Promise<T | undefined> {
  try {
    return render()
  } catch (error) {
    log.error(
      { evt: 'slip.mistake', desk, jobId: job.jobId, err: error },
      'A bug in this program: a slip could not be laid out. The desk is told that it failed; please report this line',
    )
    await queue.settle(desk, job.token, 'failed', { reason: 'unavailable' })
    return undefined
  }
}
