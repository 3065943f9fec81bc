// The cost of a responder that only journals: its own frames on a plain socket, XADD before the response, GET, XDEL.
// plain-responder.ts PORT REDIS_SOCKET; prints "bound" on stdout.
import { connect } from 'node:net'
import { Redis } from 'ioredis'

const redis = new Redis({ path: process.argv[3]! })
await redis.set(
  'bench:answer',
  'HS 000.00.15.H45-190521-0003: dang giai quyet. Hen tra 15/06/2024. DT 02573841000',
)
const socket = connect({ port: Number(process.argv[2]), host: '127.0.0.1' })
socket.setNoDelay(true)
const frame = (id: number, sequence: number, body: string) => {
  const out = Buffer.allocUnsafe(16 + body.length)
  out.writeUInt32BE(out.length, 0)
  out.writeUInt32BE(id, 4)
  out.writeUInt32BE(0, 8)
  out.writeUInt32BE(sequence, 12)
  out.write(body, 16, 'latin1')
  return out
}
socket.write(frame(0x09, 1, 'plain\0secret\0\0\x34\0\0\0'))

let rest: Buffer = Buffer.alloc(0)
let sequence = 1
let done: string[] = []
let waiting: Buffer[] = []
let isAsking = false

async function answer(): Promise<void> {
  isAsking = true
  while (waiting.length > 0) {
    const texts = waiting
    waiting = []
    const pipeline = redis.pipeline()
    if (done.length > 0) pipeline.xdel('bench:inbox', ...done)
    done = []
    for (const text of texts) {
      pipeline.xadd('bench:inbox', '*', 'q', text)
      pipeline.get('bench:answer')
    }
    const replies = (await pipeline.exec())!.slice(-2 * texts.length)
    const out: Buffer[] = []
    texts.forEach((text, nth) => {
      done.push(String(replies[2 * nth]![1]))
      const from = text.toString('latin1', 19, text.indexOf(0, 19))
      const said = String(replies[2 * nth + 1]![1])
      out.push(frame(0x80000005, text.readUInt32BE(12), '\0'))
      out.push(
        frame(
          0x04,
          ++sequence,
          `\0\0\x008188\0\x01\x01${from}\0\0\0\0\0\0\0\0\0\0${String.fromCharCode(said.length)}${said}`,
        ),
      )
    })
    socket.write(Buffer.concat(out))
  }
  isAsking = false
}

socket.on('data', (chunk: Buffer) => {
  rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
  let at = 0
  while (rest.length - at >= 16 && rest.length - at >= rest.readUInt32BE(at)) {
    const pdu = rest.subarray(at, at + rest.readUInt32BE(at))
    at += pdu.length
    const id = pdu.readUInt32BE(4)
    if (id === 0x80000009) process.stdout.write('bound\n')
    else if (id === 0x05) waiting.push(pdu)
    else if (id === 0x15) socket.write(frame(0x80000015, pdu.readUInt32BE(12), ''))
  }
  rest = rest.subarray(at)
  if (!isAsking && waiting.length > 0) void answer()
})
