// One printer on one serial port: keeps the port open, knows the printer's state, sends a slip at the pace of the line and
// finds out whether it was printed. Never sends the same slip twice by itself.
import { EventEmitter, setMaxListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '../log.js'
import type { JobFailure, PrinterState } from './contract.js'
import {
  askAutomaticStatus,
  askCompletion,
  askQueuedStatus,
  askRealTime,
  clearBuffer,
  splitCommands,
} from './escpos/commands.js'
import { glyphHeight } from './escpos/glyphs.js'
import {
  conditionOfAutomatic,
  conditionOfRealTime,
  type PrinterWord,
  queuedPaperOut,
  StatusReader,
} from './escpos/status.js'
import { openPort, type PortProblem, type SerialLine } from './port.js'
import { heard, missed, obstacles, type Sighting, stateOf, unseen } from './printer-state.js'
import type { Profile } from './profiles.js'

export interface PrinterSettings {
  readonly path: string
  readonly baudRate: number
  readonly profile: Profile
  readonly timing?: Partial<typeof defaultTiming>
}

export type PrintOutcome =
  | { readonly kind: 'confirmed'; readonly by: 'completion' | 'status' }
  | { readonly kind: 'unconfirmed' }
  | { readonly kind: 'failed'; readonly reason: JobFailure }

// Whatever happens must be noticed within 5 s. The slowest is a printer that falls silent just after it was asked: 1 s until the
// next question, 0.6 s without an answer, 0.8 s, and once more 0.6 s: 3 s, the rest is for a busy machine. 16 bytes a second.
const defaultTiming = {
  reconnectMs: 1000,
  probeMs: 1000,
  reprobeMs: 800,
  answerMs: 600,
  /** From the last byte to the printer's word that the slip is out; a slip takes 1 to 3 s. */
  confirmMs: 10_000,
  /** A printer may hold us back this long before it counts as busy with something else. */
  heldMs: 15_000,
}

interface Events {
  state: [PrinterState]
  /** Completion of a slip, perhaps long after print() gave up waiting for it. */
  completion: [string]
}

export class Printer extends EventEmitter<Events> {
  /** Absent until the first answers are in. */
  state: PrinterState = 'absent'
  since = Date.now()
  problem: PortProblem | undefined
  /** Bytes that fit nothing a printer says; many of them mean a wrong baud rate. */
  noise = 0
  readonly #settings: PrinterSettings
  readonly #log: Log
  readonly #timing: typeof defaultTiming
  #port: SerialLine | undefined
  #seen: Sighting
  #held = false
  #busy = false
  /** Bytes the printer may still be waiting for since a slip was broken off in the middle of a command; undefined: unknown. */
  #debt: number | undefined
  #told = false
  #round: Promise<void> | undefined
  #question: ((byte: number) => void) | undefined
  #heard: ((word: PrinterWord) => void) | undefined
  readonly #stop = new AbortController()
  #life: Promise<void> | undefined
  #wake: (() => void) | undefined

  constructor(settings: PrinterSettings, log: Log) {
    super()
    // Every pause listens for the end; the short ones outlive what they waited for.
    setMaxListeners(0, this.#stop.signal)
    this.#settings = settings
    this.#log = log
    this.#timing = { ...defaultTiming, ...settings.timing }
    this.#seen = { ...unseen, status: settings.profile.status }
  }

  /** Begins to hold the port, and keeps holding it until close(). */
  start(): void {
    this.#life ??= this.#live()
  }

  async close(): Promise<void> {
    this.#stop.abort()
    this.#wake?.()
    this.#drop()
    await this.#life
  }

  /** Whether a slip may be sent now. An unknown state may: the printer never says, so people look at the paper. */
  get able(): boolean {
    return this.#port !== undefined && !this.#busy && obstacles[this.state] === undefined
  }

  /** A slip is in hand. */
  get busy(): boolean {
    return this.#busy
  }

  /** Whether this printer proves what it printed. */
  get canConfirm(): boolean {
    return this.#settings.profile.completion !== 'none' && this.#seen.answered
  }

  /**
   * Sends one slip. `id` is four printable characters, different for every slip. `onSent` is told once every byte has
   * left. Resolves when the printer has confirmed, failed, or kept silent for too long.
   */
  async print(bytes: Buffer, id: string, onSent: () => void = () => {}): Promise<PrintOutcome> {
    const port = this.#port
    const parts = splitCommands(bytes)
    if (!parts) throw new Error('bytes that are not a slip')
    if (!port || !this.able) return { kind: 'failed', reason: obstacles[this.state] ?? 'printer-absent' }
    this.#busy = true
    try {
      // Questions on their way are answered first: their end would be taken for a word about this slip.
      await this.#round
      if (this.#stopped(port)) return { kind: 'failed', reason: this.#stopped(port)! }
      return await this.#print(port, parts, id, onSent)
    } finally {
      this.#busy = false
      this.#heard = undefined
      this.#wake?.()
    }
  }

  async #print(port: SerialLine, parts: Buffer[], id: string, onSent: () => void): Promise<PrintOutcome> {
    const { completion } = this.#settings.profile
    const proof = new Promise<PrintOutcome>((resolve) => {
      this.#heard = (word) => {
        if (word.kind === 'completion' && word.id === id) resolve({ kind: 'confirmed', by: 'completion' })
        else if (word.kind === 'queued' && completion === 'queued-status' && !queuedPaperOut(word.byte))
          resolve({ kind: 'confirmed', by: 'status' })
      }
    })
    // NULs end a picture that an earlier slip left unfinished, and mean nothing to a printer at rest.
    const debt = this.#debt ?? longestCommand(this.#settings.profile, parts)
    if (debt > 0 && !(await this.#send(port, Buffer.alloc(debt)))) return this.#failed(port, 'printer-busy')
    this.#debt = 0
    let asked = performance.now()
    for (const part of parts) {
      if (!(await this.#send(port, part))) {
        this.#debt = part.length
        return this.#failed(port, 'printer-busy')
      }
      if (performance.now() - asked > 1000) {
        await this.#ask()
        asked = performance.now()
      }
      const reason = this.#stopped(port)
      if (reason) return this.#failed(port, reason)
    }
    if (completion === 'process-id') await this.#send(port, askCompletion(id))
    if (completion === 'queued-status') await this.#send(port, askQueuedStatus)
    if (this.#stopped(port)) return this.#failed(port, this.#stopped(port)!)
    onSent()
    // A printer that never said a word will not say this one either.
    if (!this.canConfirm) return { kind: 'unconfirmed' }
    return this.#await(port, proof)
  }

  async #await(port: SerialLine, proof: Promise<PrintOutcome>): Promise<PrintOutcome> {
    const until = performance.now() + this.#timing.confirmMs
    while (performance.now() < until && !this.#stop.signal.aborted) {
      const said = await Promise.race([proof, this.#pause(Math.min(300, this.#timing.confirmMs))])
      if (said) return said
      // Everything has left us: a printer that vanishes now may well have printed.
      if (this.#port !== port) return { kind: 'unconfirmed' }
      await this.#ask()
      const reason = this.#stopped(port)
      if (reason === 'printer-absent') return { kind: 'unconfirmed' }
      // The word "done" may have come together with the word "no paper": the slip before the end of the roll.
      if (reason)
        return (await Promise.race([proof, Promise.resolve(undefined)])) ?? this.#failed(port, reason)
    }
    return { kind: 'unconfirmed' }
  }

  #stopped(port: SerialLine): JobFailure | undefined {
    return this.#port === port ? obstacles[this.state] : 'printer-absent'
  }

  // What the printer holds of a slip that stopped half-way would come out after the paper is changed, beside the slip the
  // officer then asks for.
  #failed(port: SerialLine, reason: JobFailure): PrintOutcome {
    if (this.#settings.profile.clearsBuffer && this.#port === port) port.write(clearBuffer)
    return { kind: 'failed', reason }
  }

  // One command, at the pace of the line: a USB adapter takes bytes far faster than its wire does. False: held back for
  // too long.
  async #send(port: SerialLine, bytes: Buffer): Promise<boolean> {
    const msPerByte = 10_000 / this.#settings.baudRate
    for (let at = 0; at < bytes.length; at += 64) {
      const slice = bytes.subarray(at, at + 64)
      const until = performance.now() + this.#timing.heldMs
      while (this.#held && this.#port === port) {
        if (performance.now() > until) return false
        await this.#pause(20)
      }
      if (this.#port !== port) return true
      const began = performance.now()
      const left = Promise.race([port.send(slice), port.gone]).then(() => true)
      const taken = await Promise.race([left, this.#pause(this.#timing.heldMs)])
      if (!taken && !this.#stop.signal.aborted) {
        // Held by CTS or a stuck adapter: what was not taken must not come out later.
        port.discard()
        this.#drop()
        return false
      }
      const rest = slice.length * msPerByte - (performance.now() - began)
      if (rest > 1) await this.#pause(rest)
    }
    return true
  }

  // ---- the port

  async #live(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const port = await this.#open()
      if (!port) {
        this.#see({ ...this.#seen, open: false })
        await this.#rest(this.#timing.reconnectMs)
        continue
      }
      await this.#attend(port)
      this.#drop()
      if (!this.#stop.signal.aborted) this.#see({ ...this.#seen, open: false })
    }
  }

  async #open(): Promise<SerialLine | undefined> {
    const { path, baudRate, profile } = this.#settings
    const rtscts = profile.flowControl === 'rts-cts'
    const reader = new StatusReader()
    const port = await openPort({ path, baudRate, rtscts }, (bytes) => {
      for (const word of reader.feed(bytes)) this.#hear(word)
    })
    if (typeof port === 'string') {
      if (port !== this.problem)
        this.#log.warn({ evt: 'printer.unopened', path, problem: port }, 'printer port cannot be opened')
      this.problem = port
      return undefined
    }
    this.problem = undefined
    this.noise = 0
    this.#debt = undefined
    this.#seen = { ...unseen, open: true, status: profile.status }
    this.#held = false
    this.#port = port
    this.#log.info({ evt: 'printer.opened', path, profile: profile.name }, 'printer port opened')
    return port
  }

  // Until the port closes: asks, waits, asks again; steps aside while a slip is being sent.
  async #attend(port: SerialLine): Promise<void> {
    void port.gone.then(() => {
      if (this.#port === port) this.#port = undefined
      this.#wake?.()
    })
    const { status } = this.#settings.profile
    if (status === 'none') this.#see(this.#seen)
    if (status === 'automatic') port.write(askAutomaticStatus)
    while (this.#port === port && !this.#stop.signal.aborted) {
      if (!this.#busy && status !== 'none') await this.#ask()
      const { probeMs, reprobeMs } = this.#timing
      await this.#rest(this.#seen.misses === 1 ? reprobeMs : probeMs)
    }
  }

  #drop(): void {
    const port = this.#port
    this.#port = undefined
    port?.close()
  }

  // One round of questions at a time.
  #ask(): Promise<void> {
    this.#round ??= this.#askAll().finally(() => {
      this.#round = undefined
    })
    return this.#round
  }

  // DLE EOT 1 to 4, one at a time, for the answers do not say which question they belong to.
  async #askAll(): Promise<void> {
    const { status } = this.#settings.profile
    if (status === 'none') return
    const answers: number[] = []
    for (const n of [1, 2, 3, 4] as const) {
      const answer = await this.#askOne(n)
      if (answer === undefined) {
        if (this.#port) this.#see(missed(this.#seen))
        return
      }
      answers.push(answer)
    }
    const [n1 = 0, n2 = 0, n3 = 0, n4 = 0] = answers
    this.#see(heard(this.#seen, conditionOfRealTime(n1, n2, n3, n4)))
  }

  async #askOne(n: 1 | 2 | 3 | 4): Promise<number | undefined> {
    const port = this.#port
    if (!port) return undefined
    let byte: number | undefined
    const answer = new Promise<void>((resolve) => {
      this.#question = (said) => {
        byte = said
        resolve()
      }
    })
    port.write(askRealTime(n))
    await Promise.race([answer, this.#pause(this.#timing.answerMs), port.gone])
    // After a stall of this process the timer rings before the answer that is already here is read.
    if (byte === undefined) await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    this.#question = undefined
    return byte
  }

  #hear(word: PrinterWord): void {
    switch (word.kind) {
      case 'real-time':
        this.#question?.(word.byte)
        break
      case 'automatic':
        this.#see(heard(this.#seen, conditionOfAutomatic(word.bytes)))
        break
      case 'xoff':
        this.#held = this.#settings.profile.flowControl === 'xon-xoff'
        break
      case 'xon':
        this.#held = false
        break
      case 'completion':
        this.#heard?.(word)
        this.emit('completion', word.id)
        break
      case 'queued':
        this.#heard?.(word)
        break
      case 'noise':
        this.noise++
        break
    }
  }

  #see(seen: Sighting): void {
    this.#seen = seen
    const state = stateOf(seen)
    if (state) this.#become(state)
  }

  #become(state: PrinterState): void {
    if (state === this.state && this.#told) return
    this.#told = true
    const was = this.state
    this.state = state
    this.since = Date.now()
    this.#log.info({ evt: 'printer.state', path: this.#settings.path, was, state }, 'printer state changed')
    this.emit('state', state)
  }

  /** Waits, or until something happens that makes waiting pointless. */
  async #rest(ms: number): Promise<void> {
    await Promise.race([
      this.#pause(ms),
      new Promise<void>((resolve) => {
        this.#wake = resolve
      }),
    ])
  }

  #pause(ms: number): Promise<undefined> {
    return delay(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined)
  }
}

// What came before the port was opened was set as the profile says, or like what comes now.
function longestCommand({ text, widthDots }: Profile, parts: readonly Buffer[]): number {
  const line = text === 'raster' ? Math.ceil(widthDots / 8) * glyphHeight + 8 : 64
  return Math.max(line, ...parts.map(({ length }) => length))
}
