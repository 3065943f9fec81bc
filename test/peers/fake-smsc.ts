// An SMSC that speaks SMPP v3.4 over real TCP, for tests, for `scripts/up` and for whoever wants to see a promise kept:
// honest by default, misbehaving on command. It keeps what it has not been able to deliver and brings it again, as a
// real one does. Its codec is the `smpp` package, so that the gateway's hand-laid PDUs are read by somebody else's eyes.
import { createServer as createHttp } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import smpp from 'smpp'

/** How it misbehaves. Shares are 0..1 of submit_sm. */
export interface Behaviour {
  /** Cuts every TCP connection at this age, 0 = never. */
  dropEveryMs: number
  /** Reads and says nothing at all: the half-open link. */
  blackHole: boolean
  /** Answers enquire_link. */
  answersEnquire: boolean
  throttleShare: number
  queueFullShare: number
  systemErrorShare: number
  /** Takes the message, never answers. */
  loseRespShare: number
  /** Refuses every submit_sm with this status. */
  refuseWith: number
  /** Takes at most so many submit_sm a second, throttles the rest; 0 = no limit. */
  submitsPerSecond: number
  /** Answers a submit_sm after so long. */
  respDelayMs: number
  /** Does not believe a deliver_sm_resp: brings everything once more. */
  redeliverAcknowledged: boolean
  /** A redelivery carries the sequence number it had before. */
  redeliverSameSequence: boolean
  /** A text refused temporarily comes again after so long. */
  redeliverAfterMs: number
  /** Every reply comes back as a new text from the same phone. */
  echoes: boolean
  /** The form of message ids in delivery receipts; 'early' sends the receipt before the submit_sm_resp. */
  receipts: 'none' | 'hex' | 'decimal' | 'zero-padded' | 'uuid' | 'early'
  /** Answers binds with this status. */
  bindStatus: number
  /** deliver_sm outstanding for each session. */
  window: number
}

const honest: Behaviour = {
  dropEveryMs: 0,
  blackHole: false,
  answersEnquire: true,
  throttleShare: 0,
  queueFullShare: 0,
  systemErrorShare: 0,
  loseRespShare: 0,
  refuseWith: 0,
  submitsPerSecond: 0,
  respDelayMs: 0,
  redeliverAcknowledged: false,
  redeliverSameSequence: false,
  redeliverAfterMs: 500,
  echoes: false,
  receipts: 'none',
  bindStatus: 0,
  window: 100,
}

/** A text as a phone sent it. */
export interface Mo {
  readonly id: number
  readonly from: string
  /** Resolves when the gateway has taken it (ESME_ROK); its number of deliveries is in `deliveries`. */
  readonly taken: Promise<void>
  deliveries: number
  /** command_status values it was answered with, in order. */
  readonly answers: number[]
}

/** A reply that reached the phone. */
export interface Mt {
  readonly to: string
  readonly from: string
  readonly text: string
  readonly dataCoding: number
  /** User data header, when the reply came in parts. */
  readonly udh: Buffer | undefined
  readonly bytes: number
  readonly serviceType: string
  readonly tlvs: Readonly<Record<string, unknown>>
  readonly at: number
  /** The submit_sm_resp of this one was withheld on command, or the link was cut before the gateway can have acted on it. */
  isRespLost: boolean
  respAt: number
}

export interface TextOptions {
  /** Fields of the deliver_sm that differ from a plain text. */
  fields?: Record<string, unknown>
  to?: string
}

export type FakeSmsc = Awaited<ReturnType<typeof startFakeSmsc>>

interface Queued {
  mo: Mo
  fields: Record<string, unknown>
  sequence: number | undefined
  resolve: () => void
  isAgain: boolean
}

interface Bind {
  socket: Socket
  mode: 'transceiver' | 'transmitter' | 'receiver' | undefined
  rest: Buffer
  outstanding: Map<number, Queued>
  out: Buffer[]
  openedAt: number
  isDead: boolean
  unanswered: Set<Mt>
  /** Answered lately. */
  answered: Mt[]
}

// A response written this shortly before the connection broke may never have been read, or not acted on.
const unreadMs = 300

/** Starts it on a free port (or `port`); `control` adds an HTTP control port for scripts. */
export async function startFakeSmsc(
  options: {
    port?: number
    control?: boolean
    controlPort?: number
    seed?: number
    behaviour?: Partial<Behaviour>
  } = {},
) {
  const behaviour: Behaviour = { ...honest, ...options.behaviour }
  const random = seeded(options.seed ?? 1)
  const binds = new Set<Bind>()
  const queue: Queued[] = []
  const received: Mt[] = []
  const listeners = new Set<(mt: Mt) => void>()
  const counts = {
    submits: 0,
    throttled: 0,
    queueFull: 0,
    systemErrors: 0,
    lostResponses: 0,
    drops: 0,
    binds: 0,
    receipts: 0,
    enquires: 0,
    unbinds: 0,
  }
  let nextId = 1
  let nextSequence = 1
  let second = 0
  let thisSecond = 0
  const timers = new Set<NodeJS.Timeout>()
  const after = (ms: number, act: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      act()
    }, ms)
    timers.add(timer)
  }

  const server = createServer((socket) => {
    const bind: Bind = {
      socket,
      mode: undefined,
      rest: Buffer.alloc(0),
      outstanding: new Map(),
      out: [],
      openedAt: Date.now(),
      isDead: false,
      unanswered: new Set(),
      answered: [],
    }
    binds.add(bind)
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    socket.on('close', () => lose(bind))
    socket.on('data', (chunk: Buffer) => {
      if (behaviour.blackHole) return
      bind.rest = bind.rest.length ? Buffer.concat([bind.rest, chunk]) : chunk
      while (bind.rest.length >= 16) {
        const length = bind.rest.readUInt32BE(0)
        if (length < 16 || length > 16_384) {
          socket.destroy()
          return
        }
        if (bind.rest.length < length) return
        const frame = bind.rest.subarray(0, length)
        bind.rest = bind.rest.subarray(length)
        take(bind, new smpp.PDU(frame))
      }
    })
    if (behaviour.dropEveryMs > 0) after(behaviour.dropEveryMs, () => drop(bind))
  })

  function drop(bind: Bind): void {
    if (bind.isDead) return
    counts.drops++
    bind.socket.destroy()
    lose(bind)
  }

  // What was not acknowledged goes back to the head of the queue, oldest first.
  function lose(bind: Bind): void {
    if (bind.isDead) return
    bind.isDead = true
    binds.delete(bind)
    for (const mt of bind.unanswered) mt.isRespLost = true
    for (const mt of bind.answered) if (Date.now() - mt.respAt < unreadMs) mt.isRespLost = true
    const again = [...bind.outstanding.values()]
    for (const queued of again) queued.isAgain = true
    bind.outstanding.clear()
    queue.unshift(...again)
    pump()
  }

  function send(bind: Bind, pdu: { toBuffer(): Buffer }): void {
    if (bind.isDead) return
    if (bind.out.length === 0) {
      process.nextTick(() => {
        const bytes = Buffer.concat(bind.out)
        bind.out = []
        if (!bind.isDead) bind.socket.write(bytes)
      })
    }
    bind.out.push(pdu.toBuffer())
  }

  function answer(
    bind: Bind,
    pdu: { command: string; sequence_number: number },
    fields: Record<string, unknown> = {},
  ): void {
    send(bind, new smpp.PDU(`${pdu.command}_resp`, { sequence_number: pdu.sequence_number, ...fields }))
  }

  // biome-ignore lint/suspicious/noExplicitAny: the package's PDU is a bag of fields
  function take(bind: Bind, pdu: any): void {
    switch (pdu.command as string) {
      case 'bind_transceiver':
      case 'bind_transmitter':
      case 'bind_receiver':
        if (behaviour.bindStatus !== 0) {
          answer(bind, pdu, { command_status: behaviour.bindStatus })
          return
        }
        bind.mode = pdu.command.slice(5)
        counts.binds++
        answer(bind, pdu, { system_id: 'fake-smsc' })
        pump()
        return
      case 'enquire_link':
        counts.enquires++
        if (behaviour.answersEnquire) answer(bind, pdu)
        return
      case 'unbind':
        counts.unbinds++
        answer(bind, pdu)
        process.nextTick(() => bind.socket.end())
        return
      case 'deliver_sm_resp':
        delivered(bind, pdu.sequence_number, pdu.command_status)
        return
      case 'submit_sm':
        submitted(bind, pdu)
        return
      case 'enquire_link_resp':
      case 'generic_nack':
      case 'unbind_resp':
        return
      default:
        send(bind, new smpp.PDU('generic_nack', { command_status: 3, sequence_number: pdu.sequence_number }))
    }
  }

  function delivered(bind: Bind, sequence: number, status: number): void {
    const queued = bind.outstanding.get(sequence)
    if (!queued) return
    bind.outstanding.delete(sequence)
    queued.mo.answers.push(status)
    if (status === 0) {
      queued.resolve()
      if (behaviour.redeliverAcknowledged && !queued.isAgain) {
        queued.isAgain = true
        queue.push(queued)
      }
    } else if (status === 0x64 || status === 0x08 || status === 0x58 || status === 0x14) {
      queued.isAgain = true
      after(behaviour.redeliverAfterMs, () => {
        queue.push(queued)
        pump()
      })
    } else queued.resolve()
    pump()
  }

  // biome-ignore lint/suspicious/noExplicitAny: the package's PDU is a bag of fields
  function submitted(bind: Bind, pdu: any): undefined {
    counts.submits++
    const refuse = (status: number): undefined => void answer(bind, pdu, { command_status: status })
    const now = Math.floor(Date.now() / 1000)
    if (now !== second) {
      second = now
      thisSecond = 0
    }
    if (behaviour.refuseWith !== 0) return refuse(behaviour.refuseWith)
    if (behaviour.submitsPerSecond > 0 && thisSecond >= behaviour.submitsPerSecond) {
      counts.throttled++
      return refuse(0x58)
    }
    if (random() < behaviour.throttleShare) {
      counts.throttled++
      return refuse(0x58)
    }
    if (random() < behaviour.queueFullShare) {
      counts.queueFull++
      return refuse(0x14)
    }
    if (random() < behaviour.systemErrorShare) {
      counts.systemErrors++
      return refuse(0x08)
    }
    thisSecond++
    const { udh, message } = pdu.short_message as { udh?: Buffer[]; message: string | Buffer }
    const id = nextId++
    const mt: Mt = {
      to: pdu.destination_addr,
      from: pdu.source_addr,
      text: typeof message === 'string' ? message : message.toString('latin1'),
      dataCoding: pdu.data_coding,
      udh: udh?.[0],
      bytes: typeof message === 'string' ? message.length : message.length,
      serviceType: pdu.service_type,
      tlvs: Object.fromEntries(Object.entries(pdu).filter(([key]) => /^\d+$/.test(key))),
      at: Date.now(),
      isRespLost: false,
      respAt: 0,
    }
    received.push(mt)
    const receipt = behaviour.receipts !== 'none' && pdu.registered_delivery === 1
    if (receipt && behaviour.receipts === 'early') sendReceipt(id, pdu)
    if (random() < behaviour.loseRespShare) {
      counts.lostResponses++
      mt.isRespLost = true
    } else {
      bind.unanswered.add(mt)
      const respond = () => {
        bind.unanswered.delete(mt)
        mt.respAt = Date.now()
        bind.answered.push(mt)
        if (bind.answered.length > 10_000) bind.answered.splice(0, 5000)
        answer(bind, pdu, { message_id: idForResp(id) })
        if (receipt && behaviour.receipts !== 'early') sendReceipt(id, pdu)
      }
      const delayMs =
        receipt && behaviour.receipts === 'early'
          ? Math.max(30, behaviour.respDelayMs)
          : behaviour.respDelayMs
      if (delayMs > 0) after(delayMs, respond)
      else respond()
    }
    if (behaviour.echoes) text(mt.to, mt.text, { to: mt.from })
    for (const listener of listeners) listener(mt)
  }

  const uuids = new Map<number, string>()
  function idForResp(id: number): string {
    const big = 0x10a0000 + id
    switch (behaviour.receipts) {
      case 'uuid': {
        const uuid = `5f0c1e9a-0000-4000-8000-${big.toString(16).padStart(12, '0')}`
        uuids.set(id, uuid)
        return uuid
      }
      case 'decimal':
        return big.toString(16).toUpperCase()
      case 'hex':
        return String(big)
      default:
        return String(big)
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: the package's PDU is a bag of fields
  function sendReceipt(id: number, pdu: any): void {
    const big = 0x10a0000 + id
    const shown =
      behaviour.receipts === 'hex'
        ? big.toString(16).toUpperCase()
        : behaviour.receipts === 'zero-padded'
          ? String(big).padStart(16, '0')
          : behaviour.receipts === 'uuid'
            ? uuids.get(id)!.toUpperCase()
            : String(big)
    counts.receipts++
    enqueue(
      {
        source_addr: pdu.destination_addr,
        destination_addr: pdu.source_addr,
        esm_class: 0x04,
        short_message: Buffer.from(
          `id:${shown} sub:001 dlvrd:001 submit date:2611240300 done date:2611240300 stat:DELIVRD err:000 text:`,
        ),
      },
      pdu.destination_addr,
    )
  }

  function enqueue(fields: Record<string, unknown>, from: string): Mo {
    let resolve = () => {}
    const taken = new Promise<void>((done) => {
      resolve = done
    })
    const mo: Mo = { id: nextId++, from, taken, deliveries: 0, answers: [] }
    queue.push({ mo, fields, sequence: undefined, resolve, isAgain: false })
    pump()
    return mo
  }

  /** A phone sends a text; kept until a gateway takes it. */
  function text(from: string, message: string, { fields = {}, to = '8188' }: TextOptions = {}): Mo {
    const isAscii = /^[\x20-\x7e\n\r]*$/.test(message) && !/[@$_[\]{}\\^~|`]/.test(message)
    const bytes = isAscii ? Buffer.from(message, 'latin1') : Buffer.from(message, 'utf16le').swap16()
    return enqueue(
      {
        source_addr_ton: 1,
        source_addr_npi: 1,
        source_addr: from,
        dest_addr_ton: 3,
        dest_addr_npi: 0,
        destination_addr: to,
        data_coding: isAscii ? 0 : 8,
        ...(bytes.length > 254
          ? { message_payload: bytes, short_message: Buffer.alloc(0) }
          : { short_message: bytes }),
        ...fields,
      },
      from,
    )
  }

  function pump(): void {
    if (behaviour.blackHole) return
    for (;;) {
      if (queue.length === 0) return
      let best: Bind | undefined
      for (const bind of binds) {
        if (!bind.mode || bind.mode === 'transmitter' || bind.outstanding.size >= behaviour.window) continue
        if (!best || bind.outstanding.size < best.outstanding.size) best = bind
      }
      if (!best) return
      const queued = queue.shift()!
      const sequence =
        queued.sequence !== undefined &&
        behaviour.redeliverSameSequence &&
        !best.outstanding.has(queued.sequence)
          ? queued.sequence
          : nextSequence++
      queued.sequence = sequence
      queued.mo.deliveries++
      best.outstanding.set(sequence, queued)
      send(best, new smpp.PDU('deliver_sm', { ...queued.fields, sequence_number: sequence }))
    }
  }

  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const fake = {
    port: (server.address() as AddressInfo).port,
    control: undefined as string | undefined,
    behaviour,
    counts,
    /** Every submit_sm taken, in order. */
    received,
    text,
    /** Sends raw fields as a deliver_sm. */
    deliver: enqueue,
    behave: (changes: Partial<Behaviour>) => {
      Object.assign(behaviour, changes)
      pump()
    },
    /** Cuts all connections now. */
    dropAll: () => {
      for (const bind of [...binds]) drop(bind)
    },
    /** Writes bytes as they are to every session. */
    sendRaw: (bytes: Buffer) => {
      for (const bind of binds) bind.socket.write(bytes)
    },
    get boundCount() {
      return [...binds].filter((bind) => bind.mode).length
    },
    /** Texts not yet taken. */
    get waiting() {
      let waiting = queue.length
      for (const bind of binds) waiting += bind.outstanding.size
      return waiting
    },
    onReply: (listener: (mt: Mt) => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    /** Waits until `condition` holds, looking at each reply and every 20 ms. */
    until: (what: string, condition: () => boolean, timeoutMs = 20_000) => until(what, condition, timeoutMs),
    /** The next reply to this phone, or undefined when none comes in time. */
    replyTo: (phone: string, timeoutMs = 10_000): Promise<Mt | undefined> =>
      new Promise((resolve) => {
        const timer = setTimeout(() => finish(undefined), timeoutMs)
        const finish = (mt: Mt | undefined) => {
          clearTimeout(timer)
          listeners.delete(listener)
          resolve(mt)
        }
        const listener = (mt: Mt) => {
          if (mt.to === phone) finish(mt)
        }
        listeners.add(listener)
      }),
    close: async () => {
      for (const timer of timers) clearTimeout(timer)
      for (const bind of binds) bind.socket.destroy()
      http?.close()
      http?.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }

  // POST /text {from, text, to?, waitMs?} · GET /replies?since=n · GET|PATCH /behaviour · POST /drop · GET /state
  const http = options.control
    ? createHttp(async (request, response) => {
        const reply = (status: number, body: unknown) => {
          response.writeHead(status, { 'content-type': 'application/json' })
          response.end(`${JSON.stringify(body)}\n`)
        }
        try {
          const url = new URL(request.url ?? '/', 'http://control')
          const chunks: Buffer[] = []
          for await (const chunk of request) chunks.push(chunk as Buffer)
          const body = chunks.length ? JSON.parse(Buffer.concat(chunks).toString()) : {}
          switch (`${request.method} ${url.pathname}`) {
            case 'POST /text': {
              const waitMs = Number(body.waitMs ?? 10_000)
              const from = String(body.from)
              const before = received.length
              const coming = waitMs > 0 ? fake.replyTo(from, waitMs) : undefined
              const mo = text(from, String(body.text), body.to ? { to: String(body.to) } : {})
              const timer = new Promise<false>((resolve) => after(Math.max(waitMs, 1), () => resolve(false)))
              const taken = await Promise.race([mo.taken.then(() => true as const), timer])
              // Several numbers in one text, or accents: the other replies and parts follow at once.
              if (taken && (await coming)) await new Promise<void>((resolve) => after(300, resolve))
              const replies = received
                .slice(before)
                .filter((mt) => mt.to === from)
                .map((mt) => ({
                  from: mt.from,
                  text: mt.text,
                  dataCoding: mt.dataCoding,
                  characters: mt.text.length,
                }))
              return reply(200, {
                taken,
                bound: fake.boundCount > 0,
                commandStatus: mo.answers.at(-1),
                reply: replies[0],
                replies,
              })
            }
            case 'GET /replies':
              return reply(
                200,
                received.slice(Number(url.searchParams.get('since') ?? 0)).map(({ udh: _, ...mt }) => mt),
              )
            case 'GET /behaviour':
              return reply(200, behaviour)
            case 'PATCH /behaviour': {
              const unknown = Object.keys(body).filter((key) => !(key in honest))
              if (unknown.length)
                return reply(400, { error: `unknown: ${unknown.join(', ')}`, known: Object.keys(honest) })
              fake.behave(body)
              return reply(200, behaviour)
            }
            case 'POST /drop':
              fake.dropAll()
              return reply(200, {})
            case 'POST /raw':
              fake.sendRaw(Buffer.from(String(body.hex ?? '').replace(/\s/g, ''), 'hex'))
              return reply(200, {})
            case 'GET /state':
              return reply(200, {
                bound: fake.boundCount,
                waiting: fake.waiting,
                received: received.length,
                ...counts,
              })
            default:
              return reply(404, {
                error:
                  'POST /text · GET /replies · GET|PATCH /behaviour · POST /drop · POST /raw · GET /state',
              })
          }
        } catch {
          reply(400, { error: 'not JSON' })
        }
      })
    : undefined
  if (http) {
    await new Promise<void>((resolve) => http.listen(options.controlPort ?? 0, '127.0.0.1', resolve))
    fake.control = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  }
  return fake
}

/** Polls a condition with a deadline; the error says what was waited for. */
export async function until(what: string, condition: () => boolean, timeoutMs = 20_000): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`timed out waiting until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

// mulberry32: the same faults in the same order for the same seed.
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
