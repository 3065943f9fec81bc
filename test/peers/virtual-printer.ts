// A thermal printer on a virtual clock: a line and a print head of given speeds, and faults at a given moment. Its
// interpreter is escpos-reader.ts, which shares no code with the product. For testing thousands of slips in seconds.
import type { Alarm, Clock } from '../../src/desk/printer/clock.js'
import type { OpenPort } from '../../src/desk/printer/port.js'
import { EscposReader, epsonTables, type PaperItem } from './escpos-reader.js'

/** A virtual clock that advances only when everything is waiting. */
export class VirtualClock implements Clock {
  #now = 0
  // Sorted with the next one last; of two at one moment, the one requested first.
  #timers: Timer[] = []
  #isStirred = false

  now(): number {
    return this.#now
  }
  /** For the peer's own timers: the product runs on only where one of them calls `stir`. */
  at(ms: number, run: () => void): Timer {
    const timer: Timer = { at: Math.max(ms, this.#now), run }
    let [from, to] = [0, this.#timers.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if (this.#timers[middle]!.at > timer.at) from = middle + 1
      else to = middle
    }
    this.#timers.splice(from, 0, timer)
    return timer
  }
  /** The product was told something: time stands still until it has dealt with it. */
  stir(): void {
    this.#isStirred = true
  }
  sleep(ms: number): Promise<undefined> {
    return this.alarm(ms).rings
  }
  alarm(ms: number): Alarm {
    let timer: Timer
    const rings = new Promise<undefined>((resolve) => {
      timer = this.at(this.#now + ms, () => {
        this.stir()
        resolve(undefined)
      })
    })
    return {
      rings,
      stop() {
        timer.run = undefined
      },
    }
  }
  /** Advances time until `done` settles. */
  async run<T>(done: Promise<T>): Promise<T> {
    let isOver = false
    void done.finally(() => {
      isOver = true
    })
    for (;;) {
      await turns()
      if (isOver) return done
      this.#isStirred = false
      while (!this.#isStirred) {
        const timer = this.#timers.pop()
        if (!timer) throw new Error('everybody waits for ever')
        if (!timer.run) continue
        this.#now = Math.max(this.#now, timer.at)
        timer.run()
      }
    }
  }
}

interface Timer {
  readonly at: number
  /** Undefined once nobody waits for it. */
  run: (() => void) | undefined
}

// Three turns of the event loop: code that waits for two of them has continued.
const turns = () =>
  new Promise<void>((resolve) => setImmediate(() => setImmediate(() => setImmediate(resolve))))

// Bytes that arrive at one moment, as from the buffer of a UART.
const burst = 16

/** What sets a printer apart from a fast one that answers at once. */
export interface VirtualManners {
  readonly mmPerSecond?: number
  /** DLE EOT waits its turn behind what is buffered, as many low-cost printers handle it. */
  readonly answersInOrder?: boolean
  /** How long an answer to DLE EOT takes, as through a serial server; called for each answer. */
  readonly lagMs?: () => number
  /** The answers to DLE EOT 1 to 4. */
  readonly status?: readonly [number, number, number, number]
}

const dotsPerMm = 8

export class VirtualPrinter {
  /** Everything that came out, cut by cut. */
  readonly papers: PaperItem[][] = []
  #open: PaperItem[] = []
  #reader = new EscposReader(epsonTables, true)
  #realTime: number[] = []
  #isOn = true
  #isPrinting = false
  #lose = 0
  #wireFreeAt = 0
  #backFreeAt = 0
  #generation = 0
  #held: Buffer[] | undefined
  /** Answers that wait for what is buffered before them. */
  #asked: Buffer[] = []
  #lagsUntil = 0
  #hear: (bytes: Uint8Array) => void = () => {}

  constructor(
    private readonly clock: VirtualClock,
    private readonly baudRate: number,
    private readonly manners: VirtualManners = {},
  ) {}

  readonly open: OpenPort = async (_settings, listener) => {
    this.#hear = (bytes) => {
      this.clock.stir()
      listener.bytes(bytes)
    }
    const send = (bytes: Uint8Array) => {
      for (let at = 0; at < bytes.length; at += burst) {
        const some = bytes.slice(at, at + burst)
        this.#wireFreeAt =
          Math.max(this.#wireFreeAt, this.clock.now()) + (some.length * 10_000) / this.baudRate
        this.clock.at(this.#wireFreeAt, () => this.#arrive(some))
      }
    }
    return {
      write: send,
      send: async (bytes) => send(bytes),
      discard: () => {},
      dsr: async () => undefined,
      close: () => {},
      gone: new Promise<void>(() => {}),
    }
  }

  /** Off for this long: buffered data and what arrives meanwhile are lost; the line shows a BREAK as a byte 00, twice. */
  cutPower(ms: number): void {
    this.#isOn = false
    this.#generation++
    this.#isPrinting = false
    this.#reader = new EscposReader(epsonTables, true)
    this.#realTime = []
    this.#asked = []
    this.#end()
    this.#hear(Uint8Array.of(0))
    this.clock.at(this.clock.now() + ms, () => {
      this.#isOn = true
      this.#hear(Uint8Array.of(0))
    })
  }
  breakLine(): void {
    this.#hear(Uint8Array.of(0))
  }
  loseBytes(count: number): void {
    this.#lose = count
  }
  holdAnswers(): void {
    this.#held ??= []
  }
  releaseAnswers(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const bytes of held) this.#say(bytes)
  }
  /** What is on the paper now, cut or not. */
  tear(): void {
    this.#end()
  }

  #arrive(bytes: Uint8Array): void {
    if (!this.#isOn) return
    const lost = Math.min(this.#lose, bytes.length)
    this.#lose -= lost
    let buffered: number[] = []
    const take = () => {
      if (buffered.length === 0) return
      this.#reader.push(Buffer.from(buffered))
      buffered = []
      this.#work()
    }
    for (const byte of bytes.subarray(lost)) {
      this.#realTime.push(byte)
      const [first, second, third] = this.#realTime
      if (first === 0x10 && (second === undefined || (second === 0x04 && third === undefined))) continue
      if (first === 0x10 && second === 0x04 && third! >= 1 && third! <= 4) {
        take()
        this.#status(third!)
      } else buffered.push(...this.#realTime)
      this.#realTime = []
    }
    take()
  }

  #status(n: number): void {
    const { status = [0x12, 0x12, 0x12, 0x12], answersInOrder, lagMs } = this.manners
    const answer = Buffer.from([status[n - 1]!])
    if (answersInOrder) {
      this.#asked.push(answer)
      this.#work()
    } else if (lagMs) {
      this.#lagsUntil = Math.max(this.#lagsUntil, this.clock.now() + lagMs())
      this.clock.at(this.#lagsUntil, () => this.#say(answer))
    } else this.#say(answer)
  }

  #work(): void {
    const mine = this.#generation
    while (!this.#isPrinting) {
      const events = this.#reader.step()
      if (!events) {
        for (const answer of this.#asked.splice(0)) this.#say(answer)
        return
      }
      let dots = 0
      for (const event of events) {
        if (event.kind === 'item') {
          this.#open.push(event.item)
          dots +=
            event.item.kind === 'picture'
              ? event.item.rows.length
              : event.item.kind === 'feed'
                ? event.item.dots
                : 30
        } else if (event.kind === 'cut') this.#end()
        else if (event.kind === 'queued-status') this.#answer(Buffer.from([0]))
        else if (event.kind === 'completion')
          this.#answer(Buffer.from([0x37, 0x22, ...Buffer.from(event.id, 'latin1'), 0]))
      }
      if (dots === 0) continue
      this.#isPrinting = true
      this.clock.at(this.clock.now() + this.#msOf(dots), () => {
        if (mine !== this.#generation) return
        this.#isPrinting = false
        this.#work()
      })
    }
  }

  #msOf(dots: number): number {
    return (1000 * dots) / (dotsPerMm * (this.manners.mmPerSecond ?? 150))
  }

  #end(): void {
    if (this.#open.some(({ kind }) => kind !== 'feed')) this.papers.push(this.#open)
    this.#open = []
  }

  #answer(bytes: Buffer): void {
    if (this.#held) this.#held.push(bytes)
    else this.#say(bytes)
  }

  #say(bytes: Buffer): void {
    if (!this.#isOn) return
    const mine = this.#generation
    this.#backFreeAt = Math.max(this.#backFreeAt, this.clock.now()) + (bytes.length * 10_000) / this.baudRate
    this.clock.at(this.#backFreeAt, () => {
      if (mine === this.#generation) this.#hear(bytes)
    })
  }
}
