// An SMSC scripted by a test: its answer to a bind and to each submit_sm, and the bytes it sends. Its codec is the
// `smpp` package. For named behaviours use fake-smsc.ts.
import { type AddressInfo, createServer, type Socket } from 'node:net'
import smpp from 'smpp'
import type { Teardown } from './redis.js'

// biome-ignore lint/suspicious/noExplicitAny: the package's PDU is a bag of fields
type Pdu = any

interface Submit {
  readonly to: string
  readonly from: string
  /** Its type of number. */
  readonly ton: number
  readonly text: string
  /** Counted from 1 over all sessions, and within its session. */
  readonly nth: number
  readonly nthOfSession: number
  readonly at: number
  readonly socket: Socket
  answer(status: number, command?: string): void
}

interface Script {
  /** Status of a bind; a bind of its mode may be refused while another is taken. */
  bind?(mode: string, nth: number, socket: Socket): number | undefined
  submit?(submit: Submit): void
  /** Status of the response to an enquire_link, and its command. */
  enquire?(socket: Socket): { status: number; command?: string }
}

export type ScriptedSmsc = Awaited<ReturnType<typeof startScriptedSmsc>>

export async function startScriptedSmsc(t: Teardown, script: Script = {}) {
  const sockets = new Set<Socket>()
  const bound = new Set<Socket>()
  const submits: Submit[] = []
  const bindsAt: number[] = []
  const answers = new Map<number, (status: number, command: string) => void>()
  let sequence = 1000

  const server = createServer((socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      sockets.delete(socket)
      bound.delete(socket)
    })
    let rest = Buffer.alloc(0)
    let ofSession = 0
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk])
      while (rest.length >= 16 && rest.length >= rest.readUInt32BE(0)) {
        const frame = rest.subarray(0, rest.readUInt32BE(0))
        rest = rest.subarray(frame.length)
        if (!socket.destroyed) take(new smpp.PDU(frame))
      }
    })
    const write = (command: string, fields: object) => {
      if (!socket.destroyed) socket.write(new smpp.PDU(command, fields as never).toBuffer())
    }
    function take(pdu: Pdu): void {
      const sequence_number = pdu.sequence_number
      const { command } = pdu as { command: string }
      if (command.startsWith('bind_') && !command.endsWith('_resp')) {
        bindsAt.push(Date.now())
        const status = script.bind?.(command.slice(5), bindsAt.length, socket) ?? 0
        write(`${command}_resp`, { sequence_number, command_status: status })
        if (status === 0 && command !== 'bind_transmitter') bound.add(socket)
      } else if (command === 'submit_sm') {
        const { message } = pdu.short_message as { message: string | Buffer }
        const submit: Submit = {
          to: pdu.destination_addr,
          from: pdu.source_addr,
          ton: pdu.source_addr_ton,
          text: message.toString(),
          nth: submits.length + 1,
          nthOfSession: ++ofSession,
          at: Date.now(),
          socket,
          answer: (status, as = 'submit_sm_resp') =>
            write(as, { sequence_number, command_status: status, message_id: String(submits.length) }),
        }
        submits.push(submit)
        if (script.submit) script.submit(submit)
        else submit.answer(0)
      } else if (command === 'enquire_link') {
        const { status, command: as = 'enquire_link_resp' } = script.enquire?.(socket) ?? { status: 0 }
        write(as, { sequence_number, command_status: status })
      } else if (command === 'unbind') write(`${command}_resp`, { sequence_number })
      else answers.get(sequence_number)?.(pdu.command_status, command)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    port: (server.address() as AddressInfo).port,
    submits,
    bindsAt,
    get boundCount() {
      return bound.size
    },
    to: (phone: string) => submits.filter(({ to }) => to === phone),
    /**
     * Sends a PDU on the newest session that receives texts; resolves with the response's status and command, `closed` if its
     * session ends first.
     */
    bring(command: string, fields: Record<string, unknown>): Promise<{ status: number; command: string }> {
      const sequence_number = ++sequence
      const frame = new smpp.PDU(command, { ...fields, sequence_number }).toBuffer()
      return this.bringRaw(frame, sequence_number)
    },
    bringRaw(frame: Buffer, sequence_number: number): Promise<{ status: number; command: string }> {
      const socket = [...bound].at(-1)!
      return new Promise((resolve) => {
        answers.set(sequence_number, (status, command) => resolve({ status, command }))
        socket.once('close', () => resolve({ status: -1, command: 'closed' }))
        socket.write(frame)
      })
    },
    /** A citizen's text; redelivered while it is refused temporarily or its session is gone. */
    async text(from: string, text: string, fields: Record<string, unknown> = {}): Promise<void> {
      for (;;) {
        while (bound.size === 0) await new Promise((resolve) => setTimeout(resolve, 10))
        const { status } = await this.bring('deliver_sm', {
          source_addr_ton: 1,
          source_addr_npi: 1,
          source_addr: from,
          destination_addr: '8188',
          short_message: Buffer.from(text, 'latin1'),
          ...fields,
        })
        if (status === 0) return
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
  }
}
