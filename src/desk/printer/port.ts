// The one door to serialport: opens a port, carries bytes both ways, reports when it is gone; and inspects ports from
// outside: which exist, and whether this user can open one now.
// A new SerialPort object per connection: serialport 13 reopens one that failed while writing into a dead stream. Reading
// is always on: without it an unplugged port stays "open" until the next write.
import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { type PortListener, Unmarker } from './unmarker.js'

interface PortSettings {
  readonly path: string
  readonly baudRate: number
  readonly parity?: 'none' | 'even' | 'odd'
  /** RTS/CTS, obeyed by the system. */
  readonly rtscts: boolean
}

/** Why a port could not be opened. */
const portProblems = ['missing', 'permission', 'busy', 'other'] as const
export type PortProblem = (typeof portProblems)[number]

/** An open port. After `gone` writes are accepted and do nothing. */
export interface SerialLine {
  write(bytes: Uint8Array): void
  /** Resolves when the bytes have left the program. */
  send(bytes: Uint8Array): Promise<void>
  /** Discards bytes not yet taken, so that they cannot come out later. */
  discard(): void
  close(): void
  /** Whether we see the other side's DTR on our DSR; undefined for a port without that line, such as a pty. */
  dsr(): Promise<boolean | undefined>
  /** Closed, unplugged, or lost. */
  readonly gone: Promise<void>
}

/** Opens a port. */
export type OpenPort = (settings: PortSettings, listener: PortListener) => Promise<SerialLine | PortProblem>

/** Opens a serial port, 8 data bits and 1 stop bit; resolves with the problem when it cannot be opened. */
export const openPort: OpenPort = (settings, listener) => openMarked(settings, listener, stty)

/** As `openPort`; `setFlags` runs stty with flags on a device, and resolves with whether it could. */
export async function openMarked(
  { path, baudRate, parity = 'none', rtscts }: PortSettings,
  listener: PortListener,
  setFlags: (path: string, flags: readonly string[]) => Promise<boolean>,
): Promise<SerialLine | PortProblem> {
  // Loaded with the first printer: a gateway without one need not hold it.
  const { SerialPort } = await import('serialport')
  const port = new SerialPort({ path, baudRate, parity, rtscts, autoOpen: false })
  // Closing with bytes pending emits an error that nobody waits for.
  port.on('error', () => {})
  const fault = await new Promise<Error | null>((resolve) => port.open(resolve))
  if (fault) return problemOf(fault)
  const gone = new Promise<void>((resolve) => port.once('close', () => resolve()))
  if (await setFlags(path, marksFaults)) {
    const unmarker = new Unmarker(listener)
    port.on('data', (bytes: Buffer) => unmarker.feed(bytes))
  } else port.on('data', (bytes: Buffer) => listener.bytes(bytes))
  const left = oneAtATime(() => new Promise((resolve) => port.drain(() => resolve())))
  return {
    write: (bytes) => void port.write(Buffer.from(bytes)),
    send: (bytes) => new Promise((resolve) => port.write(Buffer.from(bytes), () => resolve(left()))),
    discard: () => port.flush(() => {}),
    dsr: () => new Promise((resolve) => port.get((error, lines) => resolve(error ? undefined : lines?.dsr))),
    close() {
      if (port.isOpen) port.close(() => {})
    },
    gone,
  }
}

// tcdrain(3) holds one of the four threads of this process for as long as a printer holds CTS low. What is written while one
// waits has left when the next one returns.
function oneAtATime(run: () => Promise<void>): () => Promise<void> {
  let last = Promise.resolve()
  let next: Promise<void> | undefined
  return () => {
    next ??= last.then(() => {
      next = undefined
      last = run()
      return last
    })
    return next
  }
}

// serialport opens with IGNPAR, which turns a BREAK into a byte 00, the answer of a printer with paper to GS r, and drops
// garbled bytes. termios(3) PARMRK marks both instead. stty opens the device itself: given our descriptor it would leave
// it blocking, and every read would hold one of four threads.
const marksFaults = ['-ignpar', '-ignbrk', '-brkint', 'inpck', 'parmrk']

const stty = (path: string, flags: readonly string[]): Promise<boolean> =>
  new Promise((resolve) => execFile('stty', ['-F', path, ...flags], (fault) => resolve(fault === null)))

/** Opens and closes the port. Undefined: it is available. */
export async function testPort(path: string, baudRate: number): Promise<PortProblem | undefined> {
  const line = await openPort({ path, baudRate, rtscts: false }, { bytes() {}, fault() {} })
  if (typeof line === 'string') return line
  line.close()
  await line.gone
  return undefined
}

/** Serial ports of this machine; without udev (containers) read from the folder of stable names. */
export async function listPorts(): Promise<{ path: string; maker?: string }[]> {
  try {
    const { SerialPort } = await import('serialport')
    const ports = await SerialPort.list()
    return ports.map(({ path, manufacturer }) => ({ path, ...(manufacturer ? { maker: manufacturer } : {}) }))
  } catch {
    const names = await readdir('/dev/serial/by-id').catch(() => [])
    return names.map((name) => ({ path: `/dev/serial/by-id/${name}` }))
  }
}

/** What to do about a port that cannot be opened. */
export const portCures: Record<PortProblem, string> = {
  missing: 'there is no such device: is the cable plugged in and the printer on? See printers list',
  permission: "this user may not open it: add the user to the group 'dialout' and log in again",
  busy: 'another program holds it; a running gateway or print agent does so itself',
  other: 'the system refused to open it as a serial port',
}

// serialport passes on the system's message, not its error number.
function problemOf(fault: Error): PortProblem {
  if (/no such file|ENOENT|not found/i.test(fault.message)) return 'missing'
  if (/permission|EACCES|EPERM/i.test(fault.message)) return 'permission'
  if (/lock|busy|EBUSY|temporarily unavailable/i.test(fault.message)) return 'busy'
  return 'other'
}
