// The dialogue with one printer over one open port: bytes out at line speed, responses in, one real-time request at a
// time. Knows nothing of slips; counts whatever makes the responses unreliable.
import { askRealTime } from '../escpos/commands.js'
import { type PrinterWord, StatusReader } from '../escpos/status.js'
import type { Profile } from '../profiles.js'
import type { Clock } from './clock.js'
import type { SerialLine } from './port.js'

export type Question = 1 | 2 | 3 | 4

interface TalkSettings {
  readonly baudRate: number
  readonly flowControl: Profile['flowControl']
  /** Time-out of a real-time request, from when it has left; longer for a printer that has answered later. */
  readonly answerMs: number
  /** How long after a time-out a late answer is waited for before the next request. */
  readonly graceMs: number
}

/** Called with unsolicited and print-order responses. */
interface Listener {
  automatic(bytes: readonly [number, number, number, number]): void
  completion(id: string): void
  queued(byte: number): void
  cleared(): void
  /**
   * The responses may be incomplete: BREAK or garbled bytes on the line, unknown bytes, an unanswered request, or XON
   * without XOFF, which a printer sends at power-on.
   */
  doubt(why: Doubt): void
}
type Doubt = 'line-fault' | 'noise' | 'no-answer' | 'switched-on'

// A printer behind a serial server, or one that handles requests in print order, answers late: the time-out adapts to the time
// it took, up to this. Two time-outs, the pause between and a second before are within the 5 s in which silence must be
// noticed.
const maxPatienceMs = 1500

// One write at a time: a USB adapter accepts bytes far faster than its wire carries them.
const sliceBytes = 64

/** One for each open port. */
export class Talk {
  /** Bytes that fit nothing a printer says; many of them mean a wrong baud rate. */
  noise = 0
  closed = false
  readonly gone: Promise<void>
  #stopped = false
  #dsrSeen = false
  #question: ((byte: number) => void) | undefined
  #patienceMs: number
  /** The request that timed out last, while its answer may still come. */
  #late: { readonly askedAt: number; readonly graceEndsAt: number; readonly heard: () => void } | undefined
  #grace: Promise<void> = Promise.resolve()
  #asking: Promise<unknown> = Promise.resolve()
  readonly #reader = new StatusReader()

  constructor(
    readonly line: SerialLine,
    private readonly settings: TalkSettings,
    private readonly clock: Clock,
    private readonly listener: Listener,
  ) {
    this.#patienceMs = settings.answerMs
    this.gone = line.gone.then(() => {
      this.closed = true
    })
  }

  hear(bytes: Uint8Array): void {
    for (const word of this.#reader.feed(bytes)) this.#word(word)
  }

  /** BREAK, or a byte with a parity or framing error. */
  fault(): void {
    this.listener.doubt('line-fault')
  }

  /** Sends one real-time request, after those before it; undefined when no answer came. */
  ask(n: Question): Promise<number | undefined> {
    const mine = this.#asking.then(() => this.#ask(n))
    this.#asking = mine
    return mine
  }

  /** Whether the printer applies flow control, by XOFF or by DSR. */
  async held(): Promise<boolean> {
    const { flowControl } = this.settings
    if (flowControl === 'xon-xoff') return this.#stopped
    if (flowControl !== 'dtr-dsr') return false
    // A cable without this wire shows it low for ever: it counts only once it was high.
    const dsr = await this.line.dsr()
    this.#dsrSeen ||= dsr === true
    return this.#dsrSeen && dsr === false
  }

  /** Sends at line speed. False: the system accepted nothing for `patienceMs`, because of RTS/CTS or a stuck adapter. */
  async send(bytes: Uint8Array, patienceMs: number): Promise<boolean> {
    const msPerByte = 10_000 / this.settings.baudRate
    for (let at = 0; at < bytes.length && !this.closed; at += sliceBytes) {
      const slice = bytes.subarray(at, at + sliceBytes)
      const began = this.clock.now()
      const left = Promise.race([this.line.send(slice), this.gone]).then(() => true)
      const patience = this.clock.alarm(patienceMs)
      const taken = await Promise.race([left, patience.rings])
      patience.stop()
      if (!taken && !this.closed) return false
      const rest = slice.length * msPerByte - (this.clock.now() - began)
      if (rest > 1) await this.clock.sleep(rest)
    }
    return true
  }

  /** Closes the port and discards pending bytes, which must not come out later. */
  close(): void {
    this.closed = true
    this.line.discard()
    this.line.close()
  }

  // Answers do not say which request they belong to: a late one must not be taken for the answer to the next request.
  async #awaitLate(): Promise<void> {
    if (!this.#late) return
    const rest = this.clock.alarm(Math.max(0, this.#late.graceEndsAt - this.clock.now()))
    await Promise.race([this.#grace, rest.rings, this.gone])
    rest.stop()
    this.#late = undefined
  }

  #missed(askedAt: number): void {
    const { graceMs } = this.settings
    this.#grace = new Promise((heard) => {
      this.#late = { askedAt, graceEndsAt: this.clock.now() + graceMs, heard }
    })
  }

  #heardLate(): void {
    if (!this.#late) return
    const { askedAt, heard } = this.#late
    this.#late = undefined
    const patienceMs = 1.5 * (this.clock.now() - askedAt)
    this.#patienceMs = Math.min(maxPatienceMs, Math.max(this.#patienceMs, patienceMs))
    heard()
  }

  async #ask(n: Question): Promise<number | undefined> {
    await this.#awaitLate()
    if (this.closed) return undefined
    const askedAt = this.clock.now()
    const patienceMs = this.#patienceMs
    let byte: number | undefined
    const answer = new Promise<void>((resolve) => {
      this.#question = (said) => {
        byte = said
        resolve()
      }
    })
    // A blocked line never sends the request: the time-out must still fire.
    const limit = this.clock.alarm(Math.max(patienceMs, 3 * this.settings.answerMs))
    const alarms = [limit]
    let isOver = false
    const ring = this.line.send(askRealTime(n)).then(() => {
      if (isOver) return
      const patience = this.clock.alarm(patienceMs)
      alarms.push(patience)
      return patience.rings
    })
    await Promise.race([answer, ring, this.gone, limit.rings])
    isOver = true
    for (const alarm of alarms) alarm.stop()
    // After a stall of this process the timer fires before the pending answer is read.
    if (byte === undefined) await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    this.#question = undefined
    if (byte === undefined) {
      this.#missed(askedAt)
      this.listener.doubt('no-answer')
    }
    return byte
  }

  #word(word: PrinterWord): void {
    switch (word.kind) {
      case 'real-time':
        if (this.#question) this.#question(word.byte)
        else this.#heardLate()
        break
      case 'automatic':
        this.listener.automatic(word.bytes)
        break
      case 'completion':
        this.listener.completion(word.id)
        break
      case 'queued':
        this.listener.queued(word.byte)
        break
      case 'cleared':
        this.listener.cleared()
        break
      case 'xoff':
        this.#stopped = true
        break
      case 'xon':
        if (!this.#stopped) this.listener.doubt('switched-on')
        this.#stopped = false
        break
      case 'noise':
        this.noise++
        this.listener.doubt('noise')
        break
    }
  }
}
