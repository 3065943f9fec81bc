// One printer on one serial port: keeps the port open, tracks the printer's state, passes slips to printing.ts and
// reports outcomes, including late ones.
import { EventEmitter } from 'node:events'
import type { Log } from '../../log.js'
import type { PrinterState } from '../contract.js'
import { askAutomaticStatus, splitCommands } from '../escpos/commands.js'
import { conditionOfAutomatic, conditionOfRealTime } from '../escpos/status.js'
import type { Profile } from '../profiles.js'
import { type Clock, systemClock } from './clock.js'
import { type OpenPort, openPort, type PortProblem, type SerialLine } from './port.js'
import { heard, missed, obstacles, resumesByItself, type Sighting, stateOf, unseen } from './printer-state.js'
import { type ConfirmedBy, Press, type PrintOutcome } from './printing.js'
import { type Question, Talk } from './talk.js'

interface PrinterSettings {
  readonly path: string
  readonly baudRate: number
  readonly profile: Profile
  readonly timing?: Partial<typeof defaultTiming>
  /** Another clock and another port, for tests without waiting. */
  readonly clock?: Clock
  readonly open?: OpenPort
}

// Every change must be noticed within 5 s. The slowest is a printer that falls silent just after a response: 1 s until
// the next request, 0.6 s time-out, 0.8 s, and once more 0.6 s: 3 s, the rest is for a busy machine. 16 bytes a second.
const defaultTiming = {
  reconnectMs: 1000,
  probeMs: 1000,
  reprobeMs: 800,
  answerMs: 600,
  glanceMs: 150,
  fenceMs: 1000,
  confirmMs: 10_000,
  heldMs: 15_000,
  tailMs: 30 * 60_000,
}

interface Events {
  state: [PrinterState]
  /** A slip that was given up has been proven after all, perhaps long after print() ended. */
  'proven-late': [mark: string, by: ConfirmedBy]
  /** The printer held a slip back, and whether the rest came out is not known unless `proven-late` came before. */
  'hold-ended': [mark: string]
}

/** Emits `state` when the published state has changed. */
export class Printer extends EventEmitter<Events> {
  /** Absent until the first answers are in. */
  state: PrinterState = 'absent'
  since = Date.now()
  problem: PortProblem | undefined
  readonly #settings: PrinterSettings
  readonly #log: Log
  readonly #clock: Clock
  readonly #timing: typeof defaultTiming
  #talk: Talk | undefined
  #press: Press | undefined
  #seen: Sighting
  #isAnnounced = false
  #noise = 0
  #round: Promise<void> | undefined
  #isStopped = false
  #life: Promise<void> | undefined
  #wake: (() => void) | undefined

  constructor(settings: PrinterSettings, log: Log) {
    super()
    this.#settings = settings
    this.#log = log
    this.#clock = settings.clock ?? systemClock
    this.#timing = { ...defaultTiming, ...settings.timing }
    this.#seen = { ...unseen, status: settings.profile.status }
  }

  /** Opens the port, and keeps it open until close(). */
  start(): void {
    this.#life ??= this.#live()
  }

  async close(): Promise<void> {
    this.#isStopped = true
    this.#wake?.()
    this.#talk?.close()
    await this.#life
  }

  /** Whether a slip may be sent now. An unknown state may: the printer never responds, so people check the paper. */
  get able(): boolean {
    return this.#press !== undefined && !this.busy && obstacles[this.state] === undefined
  }

  /** A slip is in hand. */
  get busy(): boolean {
    return this.#press?.busy ?? false
  }

  /** Whether this printer can prove what it printed. */
  get canConfirm(): boolean {
    const { completion } = this.#settings.profile
    if (completion === 'none' || !this.#seen.answered) return false
    return completion === 'process-id' || this.#press?.counts !== false
  }

  /** Bytes that fit nothing a printer says; many of them mean a wrong baud rate. */
  get noise(): number {
    return this.#noise + (this.#talk?.noise ?? 0)
  }

  /**
   * Sends one slip. `id` is four printable characters, unique per slip. `onSent` is called once every byte has left.
   * Resolves when the printer has confirmed, failed, or been silent for too long.
   */
  async print(bytes: Buffer, id: string, onSent: () => void = () => {}): Promise<PrintOutcome> {
    const parts = splitCommands(bytes)
    if (!parts) throw new Error('bytes that are not a slip')
    const press = this.#press
    if (!press || !this.able) return { kind: 'failed', reason: obstacles[this.state] ?? 'printer-absent' }
    try {
      return await press.print(parts, id, onSent)
    } finally {
      this.#wake?.()
    }
  }

  async #live(): Promise<void> {
    while (!this.#isStopped) {
      const opened = await this.#open()
      if (opened) {
        await this.#attend(opened.talk, opened.press)
        opened.talk.close()
        await opened.press.close()
      }
      this.#talk = undefined
      this.#press = undefined
      if (this.#isStopped) return
      this.#see({ ...this.#seen, open: false })
      if (!opened) await this.#rest(this.#timing.reconnectMs)
    }
  }

  async #open(): Promise<{ talk: Talk; press: Press } | undefined> {
    const { path, baudRate, profile, open = openPort } = this.#settings
    const { flowControl, parity } = profile
    let talk: Talk | undefined
    const line = await open(
      { path, baudRate, parity, rtscts: flowControl === 'rts-cts' },
      { bytes: (bytes) => talk?.hear(bytes), fault: () => talk?.fault() },
    )
    if (typeof line === 'string') {
      if (line !== this.problem)
        this.#log.warn(
          { evt: 'printer.unopened', path, problem: line },
          'The port of the printer cannot be opened; it is tried again. Check its cable, its power and the path',
        )
      this.problem = line
      return undefined
    }
    this.problem = undefined
    this.#seen = { ...unseen, open: true, status: profile.status }
    talk = this.#converse(line)
    const press: Press = new Press(
      talk,
      profile,
      {
        state: () => this.state,
        resumes: (reason) => resumesByItself(reason, this.#seen),
        look: () => this.#ask(),
        provenLate: (mark, by) => this.emit('proven-late', mark, by),
        // After print() has told that the slip is held back, also when the port was closed at that moment.
        holdEnded: (mark) => setImmediate(() => this.emit('hold-ended', mark)),
      },
      this.#clock,
      this.#timing,
    )
    this.#talk = talk
    this.#press = press
    this.#log.info({ evt: 'printer.opened', path, profile: profile.name }, 'printer port opened')
    return { talk, press }
  }

  #converse(line: SerialLine): Talk {
    const { baudRate, profile } = this.#settings
    const { answerMs, reprobeMs: graceMs } = this.#timing
    return new Talk(line, { baudRate, flowControl: profile.flowControl, answerMs, graceMs }, this.#clock, {
      automatic: (bytes) => this.#see(heard(this.#seen, conditionOfAutomatic(bytes))),
      completion: (id) => this.#press?.ledger.id(id),
      queued: (byte) => this.#press?.queued(byte),
      cleared: () => this.#press?.cleared(),
      doubt: (why) => this.#press?.ledger.spoil(why),
    })
  }

  // Until the port closes: request, wait, repeat; pauses while a slip is being sent.
  async #attend(talk: Talk, press: Press): Promise<void> {
    void talk.gone.then(() => this.#wake?.())
    const { status } = this.#settings.profile
    if (status === 'none') this.#see(this.#seen)
    if (status === 'automatic') talk.line.write(askAutomaticStatus)
    while (!talk.closed && !this.#isStopped) {
      if (!press.busy && status !== 'none') {
        await this.#ask()
        if (this.state !== 'absent' && !press.busy) press.reportLate()
      }
      await this.#rest(this.#pauseMs(press))
    }
  }

  // While a late answer may still prove a slip, poll often enough that the printer cannot be power-cycled unnoticed.
  #pauseMs(press: Press): number {
    const { probeMs, reprobeMs, glanceMs } = this.#timing
    if (press.ledger.waiting.length > 0) return Math.min(glanceMs, probeMs)
    return this.#seen.misses === 1 ? reprobeMs : probeMs
  }

  // One round of questions at a time.
  #ask(): Promise<void> {
    this.#round ??= this.#askAll().finally(() => {
      this.#round = undefined
    })
    return this.#round
  }

  // DLE EOT 1 to 4, one at a time, because the answers do not say which request they belong to.
  async #askAll(): Promise<void> {
    const talk = this.#talk
    if (!talk || talk.closed || this.#settings.profile.status === 'none') return
    const answers: number[] = []
    for (const n of [1, 2, 3, 4] as const satisfies Question[]) {
      const answer = await talk.ask(n)
      if (answer === undefined) {
        if (!talk.closed) this.#see(missed(this.#seen))
        return
      }
      answers.push(answer)
    }
    const [n1 = 0, n2 = 0, n3 = 0, n4 = 0] = answers
    this.#see(heard(this.#seen, conditionOfRealTime(n1, n2, n3, n4)))
  }

  #see(seen: Sighting): void {
    this.#seen = seen
    const state = stateOf(seen)
    if (state === undefined || (state === this.state && this.#isAnnounced)) return
    this.#isAnnounced = true
    const was = this.state
    this.state = state
    this.since = Date.now()
    // After silence or a failure, the printer may have forgotten earlier requests.
    const failed = state === 'error' && !resumesByItself('printer-error', seen)
    if (state === 'absent' || failed) this.#press?.ledger.spoil(state)
    this.#log.info({ evt: 'printer.state', path: this.#settings.path, was, state }, 'printer state changed')
    this.emit('state', state)
  }

  /** Waits for `ms`, or until `#wake` is called. */
  async #rest(ms: number): Promise<void> {
    if (this.#isStopped) return
    const alarm = this.#clock.alarm(ms)
    await Promise.race([
      alarm.rings,
      new Promise<void>((resolve) => {
        this.#wake = resolve
      }),
    ])
    alarm.stop()
  }
}
