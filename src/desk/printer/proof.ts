// The proof that a whole slip came out. Status requests that the printer answers in print order (GS r, GS ( H) are placed
// between a slip's commands: lost bytes take a request with them or are made up from the next one, whose answer then
// never comes. A slip is proven when every request has been answered, in order and exactly once, and nothing has cast
// doubt on the line in between.
import { queuedPaperOut } from '../escpos/status.js'

/** One slip's requests and their answers. */
export class Proof {
  /** GS r requests of this slip not yet answered. */
  #open = 0
  readonly #ids = new Set<string>()
  #asked = 0
  #whole = false
  #doubt: string | undefined
  #concluded = false
  #settle!: () => void
  /** Resolves when the slip is proven or never can be. */
  readonly settled = new Promise<void>((resolve) => {
    this.#settle = resolve
  })

  constructor(readonly mark: string) {}

  get proven(): boolean {
    return this.#whole && this.#asked > 0 && this.#open === 0 && this.#ids.size === 0 && !this.#doubt
  }
  /** Why it can never be proven. */
  get doubt(): string | undefined {
    return this.#doubt
  }
  get waits(): boolean {
    return !this.proven && this.#doubt === undefined
  }
  /** Proven, and the verdict not given yet. */
  get isLate(): boolean {
    return this.proven && !this.#concluded
  }

  askedQueued(): void {
    this.#asked++
    this.#open++
  }
  askedId(id: string): void {
    this.#asked++
    this.#ids.add(id)
  }
  /** Every byte and every question has been sent. */
  sent(): void {
    this.#whole = true
    this.#look()
  }
  queued(byte: number): void {
    this.#open--
    if (queuedPaperOut(byte)) this.spoil('no paper at an answer')
    this.#look()
  }
  /** False: not an id of this slip. */
  id(id: string): boolean {
    const was = this.#ids.delete(id)
    this.#look()
    return was
  }
  /** No effect once the verdict was given. */
  spoil(why: string): void {
    if (this.#concluded) return
    this.#doubt ??= why
    this.#look()
  }
  /** The verdict was given: later answers are about other slips. */
  conclude(): void {
    this.#concluded = true
  }

  #look(): void {
    if (!this.waits) this.#settle()
  }
}

// Late answers are tracked for this many slips.
const remembered = 8

/** Matches answers to slips: an answer to GS r carries no id, so answers are counted in the order of requests. */
export class Ledger {
  #queue: Proof[] = []
  #proofs: Proof[] = []
  #fence: { readonly answers: number[] } | undefined

  /** GS r requests that were not answered. */
  get open(): number {
    return this.#queue.length
  }
  /** Answers since the fence was set. */
  get fenced(): number {
    return this.#fence?.answers.length ?? 0
  }
  /** Slips that a late answer may still prove. */
  get waiting(): readonly Proof[] {
    return this.#proofs.filter(({ waits }) => waits)
  }

  /** Slips that are proven but not reported yet. */
  late(): readonly Proof[] {
    return this.#proofs.filter(({ isLate }) => isLate)
  }

  begin(mark: string): Proof {
    const proof = new Proof(mark)
    this.#proofs = [...this.#proofs.slice(1 - remembered), proof]
    return proof
  }

  askedQueued(proof: Proof): void {
    proof.askedQueued()
    this.#queue.push(proof)
  }

  /** One answer to GS r. More answers than requests: another program is talking, or a BREAK looks like an answer. */
  queued(byte: number): void {
    if (this.#fence) this.#fence.answers.push(byte)
    else this.#count(byte)
  }

  /** The answer to GS ( H fn 48. */
  id(id: string): void {
    for (const proof of this.#proofs) if (proof.id(id)) return
  }

  spoil(why: string): void {
    for (const proof of this.#proofs) proof.spoil(why)
  }

  /** Open requests will never be answered: the printer has lost them. */
  forget(why: string): void {
    for (const proof of this.#queue) proof.spoil(why)
    this.#queue = []
  }

  /**
   * One more GS r to resynchronise: until the fence is removed it is unknown whose answers arrive, so they are only
   * counted.
   */
  putFence(): void {
    this.#queue.push(new Proof('fence'))
    this.#fence = { answers: [] }
  }

  /** All requests answered: nothing was lost. Fewer: the missing answers never come. None: still out of sync. */
  takeFence(): 'in-step' | 'silent' {
    const { answers } = this.#fence!
    this.#fence = undefined
    if (answers.length === 0) {
      // Later answers could belong to any slip.
      for (const proof of new Set(this.#queue)) proof.spoil('answers out of step')
      return 'silent'
    }
    if (answers.length < this.#queue.length) this.forget('an answer was lost')
    else for (const byte of answers) this.#count(byte)
    return 'in-step'
  }

  #count(byte: number): void {
    const proof = this.#queue.shift()
    if (proof) proof.queued(byte)
    else this.spoil('more answers than questions')
  }
}
