// Slips waiting for paper, as one state machine in Redis (print-queue-4.lua): queued → claimed → sent → confirmed |
// unconfirmed | failed | expired | cancelled. A job is claimed once; if its claimer dies, a person decides.
import { createHash, randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { asFault, type RedisDoor, type Script } from '../redis/connection.js'
import type { Job, JobFailure, JobState, PrinterState, Ticket } from './contract.js'
import type { Receipt } from './slip/receipt.js'

/** A job as kept, with what its slip will say and who is printing it. */
export interface QueuedJob extends Job {
  /** A ticket has none, nor has a dossier number outside the legal form. */
  readonly lookupNumber?: string
  /** A ticket has none. */
  readonly receipt?: Receipt
  /** How its desk prints, given to the claimer. */
  readonly proven?: Proven
  /** The copy that is being printed, where copies are fetched one by one. */
  readonly copy: number
  /** Who has fetched it, also while it waits again for paper. */
  readonly claimer?: string
  /** Identifies this printing of the job; another request gets another token. */
  readonly token: string
  /** How long it may still wait, by the clock that set `expiresAt`. */
  readonly ttlMs: number
  /** Four characters for the printer's completion, different for every printing at this desk. */
  readonly mark: string
}

export interface ReportedPrinter {
  readonly state: PrinterState
  readonly since: number
  readonly profile: string
  readonly remote: boolean
  readonly canConfirm: boolean
}

interface DeskSnapshot {
  readonly version: number
  readonly printer: ReportedPrinter | undefined
  readonly proven: Proven | undefined
  readonly jobs: QueuedJob[]
}

/** The Vietnamese encoding a person at the desk has proven; valid while the configuration says `configured`. */
export interface Proven {
  readonly profile: string
  readonly configured: string
}

export type Moved = { readonly moved: boolean; readonly job: QueuedJob | undefined }

/** Lease of a claimed slip, renewed while printing: how long a dead claimer's slip stays "printing". */
export const leaseMs = 15_000
/** A local printer, or one behind our print agent, counts as absent when nothing was heard of it for this long. */
const trustMs = 8_000
/**
 * For a printer with its own poll interval, until its second poll: two minutes are the longest setting of a Star printer.
 */
const firstTrustMs = 245_000
/** Slips that may wait at one desk; more means that nobody attends to the printer. */
const maxWaiting = 50

interface QueueEvents {
  /** Something changed at this desk, by this process. */
  change: [desk: string]
}

/** The queue of every desk. Methods throw GatewayError redis-unavailable when Redis is away. */
export class PrintQueue extends EventEmitter<QueueEvents> {
  readonly #script: Script
  constructor(
    door: RedisDoor,
    private readonly counted: { inc(labels: { desk: string; state: JobState }): void },
    /** Left out: the clock of Redis. */
    private readonly now?: () => number,
  ) {
    super()
    this.setMaxListeners(0)
    this.#script = door.script(new URL('./print-queue-4.lua', import.meta.url))
  }

  /**
   * A new slip or ticket at the end of the queue, or undefined when too many wait. With an `id` that the desk has already it
   * is that slip, as it stands now.
   */
  async add(
    desk: string,
    what: Receipt | Ticket,
    copies: number,
    expiryMs: number,
    id = randomBytes(6).toString('hex'),
  ): Promise<QueuedJob | undefined> {
    const isTicket = typeof what === 'string'
    const { dossierNo, lookupNumber = '' } = isTicket ? { dossierNo: '' } : what
    const kept = isTicket ? '' : JSON.stringify(what)
    const { job, known } = await this.#do(
      desk,
      'add',
      id,
      expiryMs,
      copies,
      dossierNo,
      lookupNumber,
      kept,
      maxWaiting,
      isTicket ? what : '',
    )
    return job && (known ? jobOf(desk, job) : this.#announce(jobOf(desk, job)))
  }

  /** Takes the oldest slip, or the one of a token; nobody else can have it. */
  async claim(
    desk: string,
    claimer: string,
    token = '',
    lease = { leaseMs },
  ): Promise<QueuedJob | undefined> {
    const answer = await this.#do(desk, 'claim', claimer, lease.leaseMs, token)
    const proven = provenOf(answer)
    return answer.job && this.#announce({ ...jobOf(desk, answer.job), ...(proven ? { proven } : {}) })
  }

  /** This claimer's current unsettled slip, else the oldest waiting one; not claimed. */
  async peek(desk: string, claimer: string): Promise<QueuedJob | undefined> {
    const { job } = await this.#do(desk, 'peek', claimer)
    return job && jobOf(desk, job)
  }

  /** The claimer's printer could not print its current slip: it waits again, with the reason, under its old token. */
  async giveBack(desk: string, claimer: string, reason: JobFailure): Promise<void> {
    const { job } = await this.#do(desk, 'return', claimer, reason)
    if (job) this.#announce(jobOf(desk, job))
  }

  /** One copy of the current slip is out; the next one is `copy`. */
  async nextCopy(desk: string, jobId: string, copy: number): Promise<void> {
    await this.#do(desk, 'copy', jobId, copy)
  }

  /** The outcome of one printing. A late one counts as long as nobody has requested the slip again. */
  async settle(
    desk: string,
    token: string,
    state: Exclude<JobState, 'queued' | 'claimed' | 'cancelled'>,
    more: { reason?: JobFailure; by?: string } = {},
  ): Promise<Moved> {
    const [id = '', reprint = ''] = token.split('.')
    return this.#move(desk, id, reprint, state, more.reason, more.by)
  }

  /** A person's decision: cancel, reprint, or "the paper is here". */
  async cancel(desk: string, jobId: string, reason?: JobFailure): Promise<Moved> {
    return this.#move(desk, jobId, '', 'cancelled', reason)
  }
  /** `receipt` replaces the content of the slip. */
  async reprint(desk: string, jobId: string, expiryMs: number, receipt?: Receipt): Promise<Moved> {
    return this.#move(desk, jobId, '', 'queued', undefined, undefined, expiryMs, receipt)
  }
  async confirm(desk: string, jobId: string): Promise<Moved> {
    return this.#move(desk, jobId, '', 'confirmed', undefined, 'person')
  }

  /** A person has read the proof ticket; every gateway prints that way from the next slip on. */
  async prove(desk: string, proven: Proven): Promise<void> {
    await this.#do(desk, 'prove', JSON.stringify(proven))
    this.emit('change', desk)
  }
  async proven(desk: string): Promise<Proven | undefined> {
    return provenOf(await this.#do(desk, 'proven'))
  }

  /** Renews the leases of a claimer that is still working. */
  async touch(desk: string, claimer: string): Promise<void> {
    await this.#do(desk, 'touch', claimer, leaseMs)
  }

  /**
   * Publishes a printer's state to every gateway. `rhythm`: reported every few seconds, or at the printer's own interval,
   * which is learned.
   */
  async publish(
    desk: string,
    by: string,
    printer: ReportedPrinter,
    rhythm: 'known' | 'learned' = 'known',
  ): Promise<void> {
    const learns = rhythm === 'learned'
    const trust = learns ? firstTrustMs : trustMs
    await this.#do(desk, 'printer', by, trust, printer.state, JSON.stringify(printer), learns ? 1 : 0)
    this.emit('change', desk)
  }

  async read(desk: string, jobId: string): Promise<QueuedJob | undefined> {
    const { job } = await this.#do(desk, 'read', jobId)
    return job && jobOf(desk, job)
  }

  /** The desk as it stands, jobs since `since`, newest first. */
  async view(desk: string, since: number): Promise<DeskSnapshot> {
    const found = await this.#do(desk, 'view', since, 100)
    const at = Number(found.printerAt)
    const heard = found.printer ? (JSON.parse(found.printer) as ReportedPrinter) : undefined
    const trusted = Number(found.printerTrust) || trustMs
    const isStale = heard !== undefined && Number(found.printerAgeMs) > trusted && heard.state !== 'absent'
    return {
      version: Number(found.version),
      printer: isStale ? { ...heard, state: 'absent', since: at + trusted, canConfirm: false } : heard,
      proven: provenOf(found),
      jobs: (found.jobs ?? []).map((job) => jobOf(desk, job)),
    }
  }

  async #move(
    desk: string,
    id: string,
    reprint: string,
    state: JobState,
    reason = '',
    by = '',
    expiryMs = 0,
    receipt?: Receipt,
  ): Promise<Moved> {
    if (!/^[0-9a-f]{12}$/.test(id)) return { moved: false, job: undefined }
    const kept = receipt ? JSON.stringify(receipt) : ''
    const { moved = false, job } = await this.#do(
      desk,
      'move',
      id,
      reprint,
      state,
      reason,
      by,
      expiryMs,
      kept,
    )
    const now = job && jobOf(desk, job)
    if (moved && now) this.#announce(now)
    return { moved, job: now }
  }

  #announce(job: QueuedJob): QueuedJob {
    this.counted.inc({ desk: job.desk, state: job.state })
    this.emit('change', job.desk)
    return job
  }

  async #do(desk: string, operation: string, ...args: (string | number)[]): Promise<Answer> {
    const key = `{desk:${desk}}`
    try {
      const keys = [key, `${key}:queue`, `${key}:jobs`, `${key}:flight`]
      return JSON.parse(
        String(await this.#script.run(keys, [operation, this.now?.() ?? '', ...args])),
      ) as Answer
    } catch (error) {
      throw asFault(error)
    }
  }
}

/** The id of the one slip that a key's requests with the same Idempotency-Key ask for. */
export const jobIdOf = (keyId: string, idempotencyKey: string): string =>
  createHash('sha256').update(`${keyId}\n${idempotencyKey}`).digest('hex').slice(0, 12)

interface Answer {
  job?: Stored
  /** The job was there before. */
  known?: boolean
  moved?: boolean
  version?: string
  printer?: string
  printerAt?: string
  printerTrust?: string
  printerAgeMs?: string
  proven?: string
  jobs?: Stored[]
}
type Stored = Record<string, string> & { jobId: string }

function jobOf(desk: string, stored: Stored): QueuedJob {
  const iso = (field: string) => new Date(Number(stored[field])).toISOString()
  return {
    jobId: stored.jobId,
    desk,
    dossierNo: stored.dossierNo ?? '',
    ...(stored.lookupNumber ? { lookupNumber: stored.lookupNumber } : {}),
    ...(stored.ticket ? { ticket: stored.ticket as Ticket } : {}),
    state: stored.state as JobState,
    ...(stored.reason ? { reason: stored.reason as JobFailure } : {}),
    ...(stored.confirmedBy ? { confirmedBy: stored.confirmedBy as NonNullable<Job['confirmedBy']> } : {}),
    copies: Number(stored.copies),
    reprint: Number(stored.reprint),
    createdAt: iso('createdAt'),
    changedAt: iso('changedAt'),
    expiresAt: iso('expiresAt'),
    ttlMs: Number(stored.ttlMs),
    ...(stored.receipt ? { receipt: JSON.parse(stored.receipt) as Receipt } : {}),
    copy: Number(stored.copy ?? 1),
    ...(stored.claimer ? { claimer: stored.claimer } : {}),
    token: `${stored.jobId}.${stored.reprint}`,
    mark: Number(stored.mark ?? 0)
      .toString(36)
      .toUpperCase()
      .padStart(4, '0')
      .slice(-4),
  }
}

function provenOf({ proven }: Answer): Proven | undefined {
  return proven ? (JSON.parse(proven) as Proven) : undefined
}

/** A job as pages see it: without the lookup number, which opens the fuller answer and is only on the paper. */
export function shown({
  receipt: _,
  proven: __,
  token: ___,
  mark: ____,
  ttlMs: ________,
  lookupNumber: _____,
  copy: ______,
  claimer: _______,
  ...job
}: QueuedJob): Job {
  return job
}
