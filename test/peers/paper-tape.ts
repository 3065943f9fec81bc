// A thermal printer at the far end of a real pseudo-terminal: receives at the speed of the line, has a finite buffer, a paper
// sensor, a cover, completion answers, and misbehaviour (mute, lying, losing completions, being unplugged).
// A pty has no modem lines, so `flow: 'dtr'` is simulated by not reading, which the host sees as back-pressure.
import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Align, EscposReader, epsonTables, type PaperItem, type Tables } from './escpos-reader.js'
import { slipPng, slipText } from './slip-paper.js'

export interface PaperTapeOptions {
  /** Path of the device; left out: one in a temporary folder. */
  link?: string
  /** Every slip is written here as NNN.txt and NNN.png. */
  dir?: string
  widthDots?: number
  /** Speed of the line, 8N1; 0 = unlimited. */
  baudRate?: number
  bufferBytes?: number
  flow?: 'none' | 'xon-xoff' | 'dtr'
  /** Speed of the paper; 0 = unlimited. */
  linesPerSecond?: number
  tables?: Tables
  startsChinese?: boolean
  /** DLE DC4 fn 8 is obeyed. */
  clears?: boolean
  /** Without a cutter a slip ends when nothing more arrives for a while. */
  knife?: boolean
}

export interface Slip {
  number: number
  items: PaperItem[]
  text: string
  /** Ended by its cut (or by silence, on a printer without knife); false: torn off half-way. */
  complete: boolean
  png(): Buffer
}

/** What a person or a fault does to the printer. */
export interface Manners {
  /** `out`, `low`, `full`, or dots left on the roll. */
  paper: 'full' | 'low' | 'out' | number
  coverOpen: boolean
  cutterJam: boolean
  /** A head that is too hot: it waits, and goes on by itself. */
  hot: boolean
  /** Never answers anything. */
  mute: boolean
  /** `ready`: says it is ready whatever is wrong; `done`: reports completion though nothing is printed. */
  lies: 'no' | 'ready' | 'done'
  /** What happens to completion and queued-status answers. */
  completions: 'send' | 'drop' | 'hold'
}

// XOFF goes out while this much is still free.
const xoffRoomBytes = 256
// What the pty, socat and a socket may buffer between the host and us: on a real line these bytes would not be sent yet.
const inFlightBytes = 16 * 1024

export class PaperTape extends EventEmitter {
  readonly slips: Slip[] = []
  readonly complaints: string[] = []
  /** Bytes lost because the buffer was full. */
  overrun = 0
  /** Bytes received since the start, real-time commands included. */
  received = 0
  manners: Manners = {
    paper: 'full',
    coverOpen: false,
    cutterJam: false,
    hot: false,
    mute: false,
    lies: 'no',
    completions: 'send',
  }

  #link: string
  readonly #options: Required<Omit<PaperTapeOptions, 'link' | 'dir'>> & { dir: string | undefined }
  readonly #folder = mkdtempSync(join(tmpdir(), 'paper-'))
  readonly #server: Server
  readonly #reader: EscposReader
  #socat: ChildProcess | undefined
  #host: Socket | undefined
  #plugged = false
  #closed = false
  #wire: Buffer = Buffer.alloc(0)
  #wireSince = 0
  #pulse: NodeJS.Timeout | undefined
  #printing: NodeJS.Timeout | undefined
  #silence: NodeJS.Timeout | undefined
  #realTime: number[] = []
  #held: Buffer[] = []
  #stopped = false
  #automatic = false
  #open: PaperItem[] = []

  constructor(options: PaperTapeOptions = {}) {
    super()
    this.#link = options.link ?? join(this.#folder, 'printer')
    this.#options = {
      dir: options.dir,
      widthDots: options.widthDots ?? 576,
      baudRate: options.baudRate ?? 0,
      bufferBytes: options.bufferBytes ?? 4096,
      flow: options.flow ?? 'none',
      linesPerSecond: options.linesPerSecond ?? 0,
      tables: options.tables ?? epsonTables,
      startsChinese: options.startsChinese ?? true,
      clears: options.clears ?? true,
      knife: options.knife ?? true,
    }
    this.#reader = new EscposReader(this.#options.tables, this.#options.startsChinese)
    this.#server = createServer((socket) => this.#attach(socket))
    if (options.dir) mkdirSync(options.dir, { recursive: true })
  }

  /** The device to open. */
  get path(): string {
    return this.#link
  }

  get plugged(): boolean {
    return this.#plugged
  }

  /** Plugs the device in, under a new name if given. */
  async plug(link?: string): Promise<void> {
    if (link) this.#link = link
    if (!this.#server.listening) {
      this.#server.listen(join(this.#folder, 'line'))
      await once(this.#server, 'listening')
    }
    this.#plugged = true
    await this.#spawn()
  }

  /** Pulls the cable of a USB adapter: the device is gone at once. The printer prints on what it already has. */
  async unplug(): Promise<void> {
    this.#plugged = false
    this.#wire = Buffer.alloc(0)
    this.#host?.destroy()
    const child = this.#socat
    if (child && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    rmSync(this.#link, { force: true })
  }

  /** Stops reading the line, like CTS held low; `thaw` resumes. */
  freeze(): void {
    this.#socat?.kill('SIGSTOP')
  }
  thaw(): void {
    this.#socat?.kill('SIGCONT')
  }

  /** Power-cycles the printer: what was not printed is lost. */
  powerCycle(): void {
    this.#wire = Buffer.alloc(0)
    this.#forget()
  }

  /** Changes how the printer behaves; sends the new state if ASB is enabled. */
  set(manners: Partial<Manners>): void {
    const before = this.#halted()
    this.manners = { ...this.manners, ...manners }
    if (this.#automatic) this.#say(this.#automaticStatus())
    if (before && !this.#halted()) this.#work()
    if (this.manners.completions === 'send') this.release()
  }

  /** Sends the completions that were held back. */
  release(): void {
    for (const bytes of this.#held.splice(0)) this.#say(bytes)
  }

  /** Noise on the line towards the host. */
  say(bytes: Buffer): void {
    this.#say(bytes)
  }

  /** Resolves with slip n (from 1) as soon as it is out. */
  async slip(n: number): Promise<Slip> {
    while (this.slips.length < n) await once(this, 'slip')
    return this.slips[n - 1]!
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#pulse)
    clearTimeout(this.#printing)
    clearTimeout(this.#silence)
    await this.unplug()
    if (this.#server.listening) await new Promise((done) => this.#server.close(done))
    rmSync(this.#folder, { recursive: true, force: true })
  }

  // socat holds the master side of the pty and ends when the last program closes the device, as a pty does; then a new
  // one takes its name, as the same cable in the same socket would.
  async #spawn(): Promise<void> {
    rmSync(this.#link, { force: true })
    const child = spawn(
      'socat',
      [`PTY,raw,echo=0,link=${this.#link}`, `UNIX-CONNECT:${join(this.#folder, 'line')}`],
      { stdio: 'ignore' },
    )
    this.#socat = child
    child.once('exit', () => {
      if (this.#plugged && !this.#closed && this.#socat === child) this.#spawn().catch(() => {})
    })
    await once(this.#server, 'connection')
    this.emit('plugged')
  }

  #attach(socket: Socket): void {
    this.#host = socket
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      if (this.#wire.length === 0) this.#wireSince = performance.now()
      this.#wire = Buffer.concat([this.#wire, bytes])
      // A host that ignores XOFF sends more than what was buffered between us at that moment.
      if (this.#stopped && this.#wire.length > inFlightBytes) this.overrun += bytes.length
      this.#carry()
    })
  }

  // The line: moves bytes to the printer's buffer at its speed, unless flow control stops the host.
  #carry(): void {
    clearTimeout(this.#pulse)
    const { baudRate, bufferBytes, flow } = this.#options
    const room = bufferBytes - this.#reader.waiting
    if (flow === 'dtr') {
      if (room <= 256) this.#host?.pause()
      else this.#host?.resume()
    }
    let count = this.#wire.length
    if (baudRate > 0) {
      // Ten bits a byte: start, eight, stop.
      const passed = performance.now() - this.#wireSince
      count = Math.min(count, Math.floor((passed * baudRate) / 10_000))
      this.#wireSince += (count * 10_000) / baudRate
    }
    if (flow === 'dtr') count = Math.min(count, Math.max(0, room))
    // A stopped line carries nothing; a step, however late, ends where XOFF is due.
    if (flow === 'xon-xoff')
      count = this.#stopped ? 0 : Math.min(count, Math.max(0, room - xoffRoomBytes + 1))
    if (count > 0) {
      const bytes = this.#wire.subarray(0, count)
      this.#wire = this.#wire.subarray(count)
      this.received += count
      this.#arrive(bytes)
    }
    if ((this.#wire.length > 0 || this.#host?.isPaused()) && !this.#closed)
      this.#pulse = setTimeout(() => this.#carry(), 5)
  }

  // Real-time commands are executed on arrival, even inside images and while off line.
  #arrive(bytes: Buffer): void {
    const keep: number[] = []
    for (const byte of bytes) {
      this.#realTime.push(byte)
      const verdict = realTimeCommand(this.#realTime)
      if (verdict === 'more') continue
      const taken = this.#realTime
      this.#realTime = []
      if (verdict === 'none') {
        // The last byte may itself begin a command.
        if (taken.length > 1 && byte === 0x10) this.#realTime = [taken.pop()!]
        keep.push(...taken)
      } else if (verdict === 'status') this.#answerStatus(taken[2]!)
      else if (verdict === 'clear' && this.#options.clears) {
        keep.length = 0
        this.#forget()
        this.#say(Buffer.from([0x37, 0x25, 0x00]))
      }
    }
    const room = Math.max(0, this.#options.bufferBytes - this.#reader.waiting)
    if (keep.length > room && this.#options.baudRate > 0) this.overrun += keep.length - room
    this.#reader.push(Buffer.from(this.#options.baudRate > 0 ? keep.slice(0, room) : keep))
    this.emit('arrived')
    this.#work()
    this.#flow()
  }

  #flow(): void {
    if (this.#options.flow !== 'xon-xoff') return
    const { bufferBytes } = this.#options
    if (!this.#stopped && this.#reader.waiting > bufferBytes - xoffRoomBytes) {
      this.#stopped = true
      this.#say(Buffer.from([0x13]))
    } else if (this.#stopped && (this.#reader.waiting < bufferBytes / 2 || this.#starved())) {
      this.#stopped = false
      this.#say(Buffer.from([0x11]))
    }
  }

  // Nothing to do although bytes are buffered: the rest of an image is still to come.
  #starved(): boolean {
    return this.#printing === undefined && !this.#halted()
  }

  #halted(): boolean {
    const { paper, coverOpen, cutterJam, hot } = this.manners
    return coverOpen || cutterJam || hot || paper === 'out' || (typeof paper === 'number' && paper <= 0)
  }

  // The print head: executes commands until there is nothing to do, or something stops it.
  #work(): void {
    if (this.#printing) return
    while (!this.#halted()) {
      const events = this.#reader.step()
      if (!events) break
      for (const event of events) {
        switch (event.kind) {
          case 'item':
            this.#print(event.item)
            break
          case 'cut':
            this.#finish(true)
            break
          case 'initialise':
            if (this.#open.length > 0) this.#finish(true)
            break
          case 'completion':
            this.#complete(Buffer.from([0x37, 0x22, ...Buffer.from(event.id, 'latin1'), 0x00]))
            break
          case 'queued-status':
            this.#complete(Buffer.from([this.manners.paper === 'low' ? 0x03 : 0x00]))
            break
          case 'automatic-status':
            this.#automatic = event.on
            if (event.on) this.#say(this.#automaticStatus())
            break
          case 'complaint':
            this.complaints.push(event.text)
        }
      }
      const { linesPerSecond } = this.#options
      const dots = events.reduce((sum, event) => sum + (event.kind === 'item' ? dotsOf(event.item) : 0), 0)
      if (linesPerSecond > 0 && dots > 0) {
        this.#printing = setTimeout(
          () => {
            this.#printing = undefined
            this.#work()
            this.#flow()
          },
          (1000 * dots) / (30 * linesPerSecond),
        )
        return
      }
    }
    if (this.manners.lies === 'done' && this.#halted()) this.#lieDone()
  }

  #lieDone(): void {
    for (let events = this.#reader.step(); events; events = this.#reader.step())
      for (const event of events)
        if (event.kind === 'completion')
          this.#complete(Buffer.from([0x37, 0x22, ...Buffer.from(event.id, 'latin1'), 0x00]))
  }

  #print(item: PaperItem): void {
    this.#open.push(item)
    if (typeof this.manners.paper === 'number') {
      this.manners.paper -= dotsOf(item)
      if (this.manners.paper <= 0) {
        this.manners.paper = 'out'
        if (this.#automatic) this.#say(this.#automaticStatus())
        this.emit('paper-out')
      }
    }
    if (!this.#options.knife) this.#listenForSilence()
  }

  #listenForSilence(): void {
    clearTimeout(this.#silence)
    this.#silence = setTimeout(() => {
      if (this.#halted() || this.#stopped || this.#wire.length > 0 || this.#printing) this.#listenForSilence()
      else this.#finish(true)
    }, 400)
  }

  #complete(bytes: Buffer): void {
    if (this.manners.completions === 'send') this.#say(bytes)
    else if (this.manners.completions === 'hold') this.#held.push(bytes)
    this.emit('completion')
  }

  #finish(complete: boolean): void {
    clearTimeout(this.#silence)
    const items = this.#open
    this.#open = []
    if (!items.some((item) => item.kind !== 'feed')) return
    const { widthDots, dir } = this.#options
    const slip: Slip = {
      number: this.slips.length + 1,
      items,
      text: slipText(items, widthDots),
      complete,
      png: () => slipPng(items, widthDots, !complete),
    }
    this.slips.push(slip)
    if (dir) {
      const name = join(dir, String(slip.number).padStart(3, '0'))
      writeFileSync(`${name}.txt`, slip.text)
      writeFileSync(`${name}.png`, slip.png())
    }
    this.emit('slip', slip)
  }

  #forget(): void {
    this.#reader.clear()
    this.#realTime = []
    if (this.#open.length > 0) this.#finish(false)
  }

  #answerStatus(n: number): void {
    const { paper, coverOpen, cutterJam, hot, lies } = this.manners
    const honest = lies !== 'ready'
    const out = honest && (paper === 'out' || (typeof paper === 'number' && paper <= 0))
    const cover = honest && coverOpen
    const error = honest && (cutterJam || hot)
    const answers: Record<number, number> = {
      1: out || cover || error ? 0x08 : 0,
      2: (cover ? 0x04 : 0) | (out ? 0x20 : 0) | (error ? 0x40 : 0),
      3: error ? (cutterJam ? 0x08 : 0) | (hot ? 0x40 : 0) : 0,
      4: (honest && (paper === 'low' || out) ? 0x0c : 0) | (out ? 0x60 : 0),
    }
    this.#say(Buffer.from([0x12 | answers[n]!]))
  }

  #automaticStatus(): Buffer {
    const { paper, coverOpen, cutterJam, hot } = this.manners
    const out = paper === 'out' || (typeof paper === 'number' && paper <= 0)
    return Buffer.from([
      0x10 | (this.#halted() ? 0x08 : 0) | (coverOpen ? 0x20 : 0),
      (cutterJam ? 0x08 : 0) | (hot ? 0x40 : 0),
      (paper === 'low' || out ? 0x03 : 0) | (out ? 0x0c : 0),
      0,
    ])
  }

  #say(bytes: Buffer): void {
    if (!this.manners.mute && this.#plugged) this.#host?.write(bytes)
  }
}

/** A printer that is plugged in and ready. */
export async function openPaperTape(options: PaperTapeOptions = {}): Promise<PaperTape> {
  const tape = new PaperTape(options)
  await tape.plug()
  return tape
}

const dotsOf = (item: PaperItem) =>
  item.kind === 'feed' ? item.dots : item.kind === 'picture' ? item.rows.length : 30

// DLE EOT n, DLE ENQ n, DLE DC4 8 … : complete, could still become one, or not one.
function realTimeCommand(bytes: readonly number[]): 'more' | 'none' | 'status' | 'enquiry' | 'clear' {
  const [first, second, third] = bytes
  if (first !== 0x10) return 'none'
  if (second === undefined) return 'more'
  if (second === 0x04 || second === 0x05) {
    if (third === undefined) return 'more'
    if (second === 0x04) return third >= 1 && third <= 4 ? 'status' : 'none'
    return third <= 2 ? 'enquiry' : 'none'
  }
  if (second !== 0x14) return 'none'
  const wanted = [0x10, 0x14, 0x08, 0x01, 0x03, 0x14, 0x01, 0x06, 0x02, 0x08]
  if (!bytes.every((byte, at) => byte === wanted[at])) return 'none'
  return bytes.length === wanted.length ? 'clear' : 'more'
}

export type { Align, PaperItem }
