// An SMSC that sends as fast as allowed: hand-written frames on a plain socket, every text from another phone about another
// dossier. A question counts as answered when a submit_sm to that phone comes back.
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { Teardown } from '../peers/redis.js'
import { countCpu, type Processes, percentile, type Turn } from './measure.js'

interface SmsLoad extends Processes {
  readonly messages: number
  /** Maximum of outstanding deliver_sm. */
  readonly window: number
  /** Questions a second; left out: as fast as the window allows. */
  readonly rate?: number
  /** Send the next question only when the last is answered. */
  readonly oneByOne?: boolean
  /** Text of the nth question. */
  text(nth: number): string
}

// A peer that stops answering ends the turn; missing answers then count as failed.
const silenceMs = 15_000

export class SmscLoad {
  readonly port: number
  private socket: Socket | undefined
  private out: Buffer[] = []
  private asked = 0
  private onBound: (() => void) | undefined
  private onFrame: (frame: Buffer, id: number) => void = () => {}

  private constructor(server: Server) {
    const address = server.address()
    this.port = typeof address === 'object' && address ? address.port : 0
    server.on('connection', (socket) => this.greet(socket))
  }

  static async open(t: Teardown): Promise<SmscLoad> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const smsc = new SmscLoad(server)
    t.teardown(() => {
      smsc.socket?.destroy()
      server.close()
    })
    return smsc
  }

  /** Resolves when somebody is bound. */
  async bound(): Promise<void> {
    if (this.socket) return
    await new Promise<void>((resolve) => {
      this.onBound = resolve
    })
  }

  async run(load: SmsLoad): Promise<Turn> {
    const first = this.asked
    this.asked += load.messages
    const sentAt = new Float64Array(load.messages)
    const latencies = new Float64Array(load.messages)
    let [sent, acknowledged, answered, failed, refused] = [0, 0, 0, 0, 0]
    const cpuOf = countCpu(load)
    const started = performance.now()
    let lastAt = started

    const ask = () => {
      sentAt[sent] = performance.now()
      this.out.push(deliverSm(sent + 1, first + sent, load.text(first + sent)))
      sent++
    }
    const askMore = () => {
      const due = load.rate === undefined ? load.messages : ((performance.now() - started) / 1000) * load.rate
      const most = Math.min(load.messages, Math.ceil(due))
      while (sent < most && sent - acknowledged < load.window && (!load.oneByOne || sent === answered)) ask()
    }
    await new Promise<void>((resolve) => {
      const beat = setInterval(
        () => {
          if (performance.now() - lastAt > silenceMs) finish()
          askMore()
          this.flush()
        },
        load.rate === undefined ? 1000 : 1,
      )
      const finish = () => {
        clearInterval(beat)
        this.onFrame = () => {}
        resolve()
      }
      this.onFrame = (frame, id) => {
        if (id === deliverSmResp) {
          acknowledged++
          if (frame.readUInt32BE(8) !== 0) refused++
        } else if (id === submitSm) {
          const nth = phoneOf(frame) - first
          this.out.push(submitSmResp(frame.readUInt32BE(12)))
          if (nth >= 0 && nth < load.messages && sentAt[nth]! > 0) {
            lastAt = performance.now()
            latencies[answered++] = lastAt - sentAt[nth]!
            sentAt[nth] = 0
          } else failed++
        }
        askMore()
        if (answered + refused >= load.messages) finish()
      }
      askMore()
      this.flush()
    })
    // The remaining work of the last replies (finishing inbox entries) belongs to the turn.
    await new Promise((done) => setTimeout(done, 100))
    const cpu = cpuOf(answered)
    const kept = latencies.subarray(0, answered)
    return {
      perSecond: (answered / (lastAt - started)) * 1000,
      p50Ms: percentile(kept, 0.5),
      p99Ms: percentile(kept, 0.99),
      ...cpu,
      failed: failed + load.messages - answered,
    }
  }

  private greet(socket: Socket): void {
    socket.setNoDelay(true)
    let rest: Buffer | undefined
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      const bytes = rest ? Buffer.concat([rest, chunk]) : chunk
      let at = 0
      while (bytes.length - at >= 16) {
        const length = bytes.readUInt32BE(at)
        if (bytes.length - at < length) break
        this.take(socket, bytes.subarray(at, at + length))
        at += length
      }
      rest = at < bytes.length ? bytes.subarray(at) : undefined
      this.flush()
    })
  }

  private take(socket: Socket, frame: Buffer): void {
    const id = frame.readUInt32BE(4)
    const sequence = frame.readUInt32BE(12)
    if (id === bindTransceiver) {
      this.socket = socket
      this.out.push(header((id | 0x80000000) >>> 0, sequence, Buffer.from('bench\0')))
      setImmediate(() => this.onBound?.())
    } else if (id === enquireLink || id === unbind) this.out.push(header((id | 0x80000000) >>> 0, sequence))
    else this.onFrame(frame, id)
  }

  private flush(): void {
    if (this.out.length === 0 || !this.socket) return
    this.socket.write(this.out.length === 1 ? this.out[0]! : Buffer.concat(this.out))
    this.out = []
  }
}

const bindTransceiver = 0x09
const enquireLink = 0x15
const unbind = 0x06
const submitSm = 0x04
const deliverSmResp = 0x80000005

function header(id: number, sequence: number, body?: Buffer): Buffer {
  const length = 16 + (body?.length ?? 0)
  const frame = Buffer.allocUnsafe(length)
  frame.writeUInt32BE(length, 0)
  frame.writeUInt32BE(id, 4)
  frame.writeUInt32BE(0, 8)
  frame.writeUInt32BE(sequence, 12)
  body?.copy(frame, 16)
  return frame
}

function submitSmResp(sequence: number): Buffer {
  const frame = Buffer.allocUnsafe(26)
  frame.writeUInt32BE(26, 0)
  frame.writeUInt32BE(0x80000004, 4)
  frame.writeUInt32BE(0, 8)
  frame.writeUInt32BE(sequence, 12)
  frame.write(String(100_000_000 + sequence).slice(0, 9), 16, 'latin1')
  frame[25] = 0
  return frame
}

// Phones 84100000000 and up, each asks once.
const firstPhone = 100_000_000

function deliverSm(sequence: number, nth: number, text: string): Buffer {
  const body = `\0\x01\x0184${firstPhone + nth}\0\x01\x018188\0\0\0\0\0\0\0\0\0\0${String.fromCharCode(text.length)}${text}`
  const frame = Buffer.allocUnsafe(16 + body.length)
  frame.writeUInt32BE(frame.length, 0)
  frame.writeUInt32BE(0x05, 4)
  frame.writeUInt32BE(0, 8)
  frame.writeUInt32BE(sequence, 12)
  frame.write(body, 16, 'latin1')
  return frame
}

// service_type, source ton npi address, dest ton npi, address: 84 and nine digits, perhaps with a plus.
function phoneOf(frame: Buffer): number {
  let at = frame.indexOf(0, 16) + 3
  at = frame.indexOf(0, at) + 3
  const end = frame.indexOf(0, at)
  return Number(frame.toString('latin1', end - 9, end)) - firstPhone
}
