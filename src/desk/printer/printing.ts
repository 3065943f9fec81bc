// Sends one slip at a time over one connection and finds out whether all of it came out. Never sends the same slip twice
// by itself; a slip that the printer holds back while its cover is open is continued afterwards.
import type { JobFailure, PrinterState } from '../contract.js'
import { askQueuedStatus, clearBuffer } from '../escpos/commands.js'
import type { Profile } from '../profiles.js'
import type { Clock } from './clock.js'
import { obstacles } from './printer-state.js'
import { Ledger, type Proof } from './proof.js'
import { planSlip, type Step } from './slip-plan.js'
import type { Question, Talk } from './talk.js'

export type ConfirmedBy = 'completion' | 'status'

export type PrintOutcome =
  | { readonly kind: 'confirmed'; readonly by: ConfirmedBy }
  /** With a reason: the printer holds the slip back and prints it by itself once that is resolved. */
  | { readonly kind: 'unconfirmed'; readonly reason?: JobFailure }
  | { readonly kind: 'failed'; readonly reason: JobFailure }

interface Timing {
  /** Status interval while a slip is in progress: at least one request falls into a power cut of half a second. */
  readonly glanceMs: number
  /** Time-out for a request with nothing before it but the remains of an earlier slip. */
  readonly fenceMs: number
  /** From the last byte to the printer's confirmation; a slip takes 1 to 3 s. */
  readonly confirmMs: number
  /** How long a printer may hold us back before it counts as busy with something else. */
  readonly heldMs: number
  /** How long we keep trying to finish a slip in a printer without paper; then a person decides. */
  readonly tailMs: number
}

/** What printing needs to know of the printer around it. */
interface Around {
  state(): PrinterState
  /** Whether it goes on printing by itself once this is over. */
  resumes(reason: JobFailure): boolean
  /** One round of questions; the state follows from it. */
  look(): Promise<void>
  /** A slip that was given up has been proven after all. */
  provenLate(mark: string, by: ConfirmedBy): void
  /** Nothing more is done about a slip that the printer held back; unless it was proven, it may have come out or not. */
  holdEnded(mark: string): void
}

// How many NULs to flush the printer with: more than any command of ours has bytes, so that they complete whatever command an
// earlier slip was cut off in; an idle printer ignores them. A printer that misread a length may swallow more, so a longer run
// is tried, too.
const flushLengths = [128, 4096] as const

/** Whether all bytes of a slip were sent. */
type Fed = { readonly kind: 'sent' } | { readonly kind: 'stopped'; readonly reason: JobFailure }

class Slip {
  at = 0
  constructor(
    readonly steps: readonly Step[],
    readonly proof: Proof,
    readonly onSent: () => void,
  ) {}
  get isWhole(): boolean {
    return this.at === this.steps.length
  }
}

/** One for each connection to a printer. */
export class Press {
  busy = false
  readonly ledger = new Ledger()
  /** Whether the printer answers GS r, known after the first slip. */
  counts: boolean | undefined
  #isDirty = true
  #glancing: Promise<void> | undefined
  #glancedAt = 0
  #glances = 0
  #isTroubled = false
  #cleared: (() => void) | undefined
  /** The rest of a slip that the printer holds back. */
  #tail: Promise<void> = Promise.resolve()

  constructor(
    private readonly talk: Talk,
    private readonly profile: Profile,
    private readonly around: Around,
    private readonly clock: Clock,
    private readonly timing: Timing,
  ) {}

  /** `id` is four printable characters, unique per slip. `onSent` is called once every byte has left. */
  async print(parts: readonly Buffer[], id: string, onSent: () => void): Promise<PrintOutcome> {
    this.busy = true
    let isHeld = false
    try {
      const reason = this.#obstacle()
      if (reason) return { kind: 'failed', reason }
      if (!(await this.#getReady())) return this.#stuck()
      const { completion } = this.profile
      const slip = new Slip(
        planSlip(parts, completion, id, this.counts !== false),
        this.ledger.begin(id),
        onSent,
      )
      if (this.ledger.open > 0 && completion === 'queued-status' && this.counts)
        slip.proof.spoil('out of step')
      const fed = await this.#feed(slip)
      const outcome = fed.kind === 'sent' ? await this.#prove(slip) : await this.#giveUp(slip, fed.reason)
      isHeld = outcome.kind === 'unconfirmed' && outcome.reason !== undefined
      this.#isDirty = outcome.kind !== 'confirmed'
      return outcome
    } finally {
      if (!isHeld) this.busy = false
    }
  }

  /** Resolves when no slip is in progress any more. */
  async close(): Promise<void> {
    await this.#tail
  }

  queued(byte: number): void {
    this.counts = true
    this.ledger.queued(byte)
  }

  cleared(): void {
    this.#cleared?.()
  }

  // Flushes what an earlier slip left in the printer, and resynchronises with its answers.
  async #getReady(): Promise<boolean> {
    if (!this.#isDirty && this.ledger.open === 0) return true
    for (const length of flushLengths) {
      if (!(await this.#send(Buffer.alloc(length)))) return false
      // Do not wait for a printer that never responds, or never in print order.
      if (this.profile.completion === 'none' || !this.#speaks) return true
      this.ledger.putFence()
      if (!(await this.#send(askQueuedStatus))) return false
      await this.#awaitFence(this.counts === false ? 0 : this.timing.fenceMs)
      if (this.ledger.takeFence() === 'in-step' || !this.counts) break
    }
    this.counts ??= false
    return true
  }

  async #awaitFence(ms: number): Promise<void> {
    const until = this.clock.now() + ms
    let before = 0
    let heardAt = this.clock.now()
    while (this.clock.now() < until && !this.talk.closed) {
      await this.clock.sleep(10)
      const { fenced, open } = this.ledger
      if (fenced !== before) heardAt = this.clock.now()
      before = fenced
      // Answers of one burst come within milliseconds of each other.
      if (fenced > 0 && this.clock.now() - heardAt > (fenced >= open ? 20 : ms / 2)) return
    }
  }

  async #feed(slip: Slip): Promise<Fed> {
    let heldSince: number | undefined
    while (!slip.isWhole) {
      const reason = await this.#lookAround()
      if (reason) return { kind: 'stopped', reason }
      if (await this.talk.held()) {
        heldSince ??= this.clock.now()
        if (this.clock.now() - heldSince > this.timing.heldMs)
          return { kind: 'stopped', reason: 'printer-busy' }
        await this.clock.sleep(20)
        continue
      }
      heldSince = undefined
      const step = slip.steps[slip.at]!
      // Counted before it leaves: the answer may arrive before we hear that the request has left.
      if (step.kind === 'queued') this.ledger.askedQueued(slip.proof)
      if (step.kind === 'id') slip.proof.askedId(step.id)
      if (!(await this.#send(step.bytes))) return { kind: 'stopped', reason: 'printer-busy' }
      slip.at++
    }
    const reason = this.#obstacle()
    if (reason) return { kind: 'stopped', reason }
    slip.proof.sent()
    slip.onSent()
    return { kind: 'sent' }
  }

  // A request every glanceMs, in parallel with the bytes: its answer is evaluated before the next chunk.
  async #lookAround(): Promise<JobFailure | undefined> {
    const now = this.clock.now()
    if (this.#speaks && !this.#glancing && now - this.#glancedAt >= this.timing.glanceMs) {
      this.#glancedAt = now
      this.#glancing = this.#glance().finally(() => {
        this.#glancing = undefined
      })
    }
    if (this.#isTroubled) {
      await this.#glancing
      this.#isTroubled = false
      await this.around.look()
      // Offline without a cause, or one lost answer, is not believed at once.
      if (!this.#obstacle()) await this.around.look()
    }
    return this.#obstacle()
  }

  async #glance(): Promise<void> {
    const n = ([1, 4, 2] as const)[this.#glances++ % 3]!
    const byte = await this.talk.ask(n)
    this.#isTroubled ||= byte === undefined || (byte & trouble[n]) !== 0
  }

  async #prove(slip: Slip): Promise<PrintOutcome> {
    const end = await this.#awaitProof(slip)
    if (end === 'proven') return this.#confirm(slip.proof)
    if (end === 'open' || end === 'printer-absent') return { kind: 'unconfirmed' }
    return this.#giveUp(slip, end)
  }

  /** `open`: not proven in time; otherwise proven, or the obstacle. */
  async #awaitProof({ proof }: Slip): Promise<'proven' | 'open' | JobFailure> {
    const until = this.clock.now() + this.timing.confirmMs
    while (this.#canProve(proof) && this.clock.now() < until && !this.talk.closed) {
      const rest = this.clock.alarm(this.timing.glanceMs)
      await Promise.race([proof.settled, this.talk.gone, rest.rings])
      rest.stop()
      await this.#glancing
      await this.around.look()
      const reason = this.#obstacle()
      // The printer has answered after its confirmation, with nothing doubtful in between. The roll may have ended with this
      // slip.
      if (proof.proven && reason !== 'printer-absent') return 'proven'
      if (reason) return reason
    }
    return 'open'
  }

  #confirm(proof: Proof): PrintOutcome & { kind: 'confirmed' } {
    proof.conclude()
    return { kind: 'confirmed', by: this.profile.completion === 'process-id' ? 'completion' : 'status' }
  }

  #canProve(proof: Proof): boolean {
    const { completion } = this.profile
    if (completion === 'none' || proof.doubt !== undefined || !this.#speaks) return false
    return completion === 'process-id' || this.counts !== false
  }

  /** It answers requests: only then can we tell that it was there all the time. */
  get #speaks(): boolean {
    return this.profile.status !== 'none' && this.around.state() !== 'unknown'
  }

  // After an obstacle. The part of the slip that the printer holds would come out in addition to a reprint that the officer
  // asks for, so it is cleared if possible; otherwise the slip is finished once the printer is ready.
  async #giveUp(slip: Slip, reason: JobFailure): Promise<PrintOutcome> {
    if (reason === 'printer-busy') return this.#stuck()
    if (this.talk.closed || reason === 'printer-absent') {
      slip.proof.spoil('printer lost')
      this.ledger.forget('printer lost')
      return slip.isWhole ? { kind: 'unconfirmed' } : { kind: 'failed', reason: 'printer-absent' }
    }
    if (this.profile.clearsBuffer && (await this.#clear())) return { kind: 'failed', reason }
    if (!this.around.resumes(reason) || slip.at === 0) {
      slip.proof.spoil('given up')
      return { kind: 'failed', reason }
    }
    this.#tail = this.#goOn(slip).finally(() => {
      this.busy = false
      this.#isDirty = true
      this.around.holdEnded(slip.proof.mark)
    })
    return { kind: 'unconfirmed', reason }
  }

  async #goOn(slip: Slip): Promise<void> {
    const until = this.clock.now() + this.timing.tailMs
    while (this.clock.now() < until && !this.talk.closed) {
      await Promise.race([this.clock.sleep(2 * this.timing.glanceMs), this.talk.gone])
      await this.around.look()
      let reason = this.#obstacle()
      if (!reason) {
        const fed: Fed = slip.isWhole ? { kind: 'sent' } : await this.#feed(slip)
        const end = fed.kind === 'sent' ? await this.#awaitProof(slip) : fed.reason
        if (end === 'proven') return this.reportLate()
        if (end === 'open') return
        reason = end
      }
      if (!this.around.resumes(reason)) break
    }
    slip.proof.spoil('given up')
  }

  /** Reports slips that a late answer has proven. Call after a status round. */
  reportLate(): void {
    for (const proof of this.ledger.late()) this.around.provenLate(proof.mark, this.#confirm(proof).by)
  }

  async #clear(): Promise<boolean> {
    const heard = new Promise<true>((resolve) => {
      this.#cleared = () => resolve(true)
    })
    this.talk.line.write(clearBuffer)
    const cleared = await Promise.race([heard, this.clock.sleep(this.timing.fenceMs)])
    this.#cleared = undefined
    if (!cleared) return false
    this.ledger.forget('cleared')
    this.ledger.spoil('cleared')
    return true
  }

  #stuck(): PrintOutcome {
    if (this.talk.closed) return { kind: 'failed', reason: 'printer-absent' }
    this.ledger.forget('given up')
    this.talk.close()
    return { kind: 'failed', reason: 'printer-busy' }
  }

  #send(bytes: Buffer): Promise<boolean> {
    return this.talk.send(bytes, this.timing.heldMs)
  }

  #obstacle(): JobFailure | undefined {
    return this.talk.closed ? 'printer-absent' : obstacles[this.around.state()]
  }
}

// Bits of a DLE EOT n answer that need a closer look: offline; cover, manual feed, paper, error; paper end.
const trouble: Record<Question, number> = { 1: 0x08, 2: 0x64, 3: 0x6c, 4: 0x60 }
