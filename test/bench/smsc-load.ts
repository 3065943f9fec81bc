// An SMSC that does nothing but load: hand-laid frames on a bare socket, so that what is measured is the responder.
// `inFlight` texts are out at a time; a text is out until its reply has come.
import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface LoadResult {
  readonly replies: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly refused: number
}

export interface Load {
  readonly port: number
  /** Resolves when a responder is bound. */
  readonly bound: Promise<void>
  /** Sends `count` texts, `inFlight` at a time (or `perSecond` of them, evenly), and waits for all replies. */
  run(count: number, inFlight: number, perSecond?: number): Promise<LoadResult>
  close(): void
}

/** `textOf` is the text of the nth message; each comes from a phone of its own. */
export async function startLoad(textOf: (nth: number) => string): Promise<Load> {
  let socket: Socket | undefined
  let nextPhone = 0
  let sentAt = new Map<string, number>()
  let latencies: number[] = []
  let refused = 0
  let pump = () => {}
  let setBound = () => {}
  const bound = new Promise<void>((resolve) => {
    setBound = resolve
  })

  const server = createServer((peer) => {
    socket = peer
    peer.setNoDelay(true)
    peer.on('error', () => undefined)
    let rest: Buffer | undefined
    peer.on('data', (chunk: Buffer) => {
      const bytes = rest ? Buffer.concat([rest, chunk]) : chunk
      rest = undefined
      let at = 0
      const out: Buffer[] = []
      while (bytes.length - at >= 16) {
        const length = bytes.readUInt32BE(at)
        if (bytes.length - at < length) break
        const id = bytes.readUInt32BE(at + 4)
        const sequence = bytes.readUInt32BE(at + 12)
        if (id === 0x00000004) {
          out.push(frame(0x80000004, sequence, Buffer.from('1\0')))
          replied(destinationOf(bytes, at))
        } else if (id === 0x80000005) {
          if (bytes.readUInt32BE(at + 8) !== 0) refused++
        } else if (id === 0x00000009) {
          out.push(frame(0x80000009, sequence, Buffer.from('load\0')))
          setBound()
        } else if (id === 0x00000015) out.push(frame(0x80000015, sequence, Buffer.alloc(0)))
        else if (id === 0x00000006) out.push(frame(0x80000006, sequence, Buffer.alloc(0)))
        at += length
      }
      if (at < bytes.length) rest = bytes.subarray(at)
      if (out.length > 0) peer.write(Buffer.concat(out))
      pump()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  function replied(phone: string): void {
    const since = sentAt.get(phone)
    if (since === undefined) return
    sentAt.delete(phone)
    latencies.push(performance.now() - since)
  }

  function send(count: number): void {
    const frames: Buffer[] = []
    const now = performance.now()
    for (let nth = 0; nth < count; nth++) {
      const phone = `849${String(10_000_000 + (nextPhone % 80_000_000))}`
      frames.push(deliverSm(nextPhone + 1, phone, textOf(nextPhone)))
      sentAt.set(phone, now)
      nextPhone++
    }
    socket!.write(Buffer.concat(frames))
  }

  return {
    port: (server.address() as AddressInfo).port,
    bound,
    async run(count, inFlight, perSecond = 0) {
      sentAt = new Map()
      latencies = []
      refused = 0
      let sent = 0
      const began = performance.now()
      await new Promise<void>((resolve) => {
        let timer: NodeJS.Timeout | undefined
        pump = () => {
          if (latencies.length >= count) {
            clearInterval(timer)
            pump = () => {}
            resolve()
            return
          }
          const due = perSecond
            ? Math.floor(((performance.now() - began) / 1000) * perSecond) - sent
            : inFlight
          const room = Math.min(count - sent, due, inFlight - sentAt.size)
          if (room > 0) {
            sent += room
            send(room)
          }
        }
        if (perSecond) timer = setInterval(pump, 2)
        pump()
      })
      const seconds = (performance.now() - began) / 1000
      const sorted = [...latencies].sort((one, other) => one - other)
      const at = (share: number) =>
        sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
      return {
        replies: sorted.length,
        perSecond: Math.round(sorted.length / seconds),
        p50Ms: Math.round(at(0.5) * 1000) / 1000,
        p99Ms: Math.round(at(0.99) * 1000) / 1000,
        refused,
      }
    },
    close() {
      socket?.destroy()
      server.close()
    },
  }
}

function frame(id: number, sequence: number, body: Buffer): Buffer {
  const bytes = Buffer.alloc(16 + body.length)
  bytes.writeUInt32BE(bytes.length, 0)
  bytes.writeUInt32BE(id, 4)
  bytes.writeUInt32BE(sequence, 12)
  body.copy(bytes, 16)
  return bytes
}

function deliverSm(sequence: number, phone: string, text: string): Buffer {
  const body = Buffer.from(
    `\0\x01\x01${phone}\0\x03\x008188\0\0\0\0\0\0\0\0\0\0${String.fromCharCode(text.length)}${text}`,
    'latin1',
  )
  return frame(0x00000005, sequence, body)
}

// service_type, source (ton, npi, string), destination (ton, npi, string)
function destinationOf(bytes: Buffer, begin: number): string {
  let at = bytes.indexOf(0, begin + 16) + 3
  at = bytes.indexOf(0, at) + 3
  return bytes.toString('latin1', at, bytes.indexOf(0, at))
}
