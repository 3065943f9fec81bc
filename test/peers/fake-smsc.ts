// An SMSC that speaks SMPP v3.4 over real TCP, for tests, `scripts/up` and manual experiments. It behaves correctly by default
// and misbehaves on demand. It queues what it could not deliver and redelivers it, as a real one does. Its codec is the
// `smpp` package, so that the gateway's own PDUs are checked by an independent implementation.
import { type AddressInfo, createServer, type Socket } from 'node:net'
import smpp from 'smpp'
import { seeded } from './chaos.js'
import { openSmscControl } from './smsc-control.js'

/** How it misbehaves. Shares are 0..1 of submit_sm. */
export interface Behaviour {
  /** Cuts every TCP connection at this age, 0 = never. */
  dropEveryMs: number
  /** Reads and never sends: the half-open link. */
  blackHole: boolean
  /** Answers enquire_link. */
  answersEnquire: boolean
  throttleShare: number
  queueFullShare: number
  systemErrorShare: number
  /** Accepts the message, never answers. */
  loseRespShare: number
  /** The same for the next so many; counts down. */
  loseResps: number
  /** Refuses every submit_sm with this status. */
  refuseWith: number
  /** Accepts at most this many submit_sm a second, throttles the rest; 0 = no limit. */
  submitsPerSecond: number
  /** Answers a submit_sm after so long. */
  respDelayMs: number
  /** Ignores a deliver_sm_resp: redelivers everything once. */
  redeliverAcknowledged: boolean
  /** A redelivery keeps its sequence number. */
  redeliverSameSequence: boolean
  /** Delay before a temporarily refused text is redelivered. */
  redeliverAfterMs: number
  /** Every reply comes back as a new text from the same phone. */
  echoes: boolean
  /** Every reply is answered with this text, as by a phone whose owner is away; {n} counts. Empty: no such robot. */
  awayText: string
  /** The form of message ids in delivery receipts; 'early' sends the receipt before the submit_sm_resp. */
  receipts: 'none' | 'hex' | 'decimal' | 'zero-padded' | 'uuid' | 'early'
  /** Answers binds with this status. */
  bindStatus: number
  /** deliver_sm outstanding for each session. */
  window: number
  /** Delivers no texts: they queue up, as during an outage, and come in a burst when it is over. */
  holdsTexts: boolean
  /** Marks each new text with a user_message_reference (TLV 0x0204), which a redelivery keeps. */
  numbersTexts: boolean
}

export const honest: Readonly<Behaviour> = {
  dropEveryMs: 0,
  blackHole: false,
  answersEnquire: true,
  throttleShare: 0,
  queueFullShare: 0,
  systemErrorShare: 0,
  loseRespShare: 0,
  loseResps: 0,
  refuseWith: 0,
  submitsPerSecond: 0,
  respDelayMs: 0,
  redeliverAcknowledged: false,
  redeliverSameSequence: false,
  redeliverAfterMs: 500,
  echoes: false,
  awayText: '',
  receipts: 'none',
  bindStatus: 0,
  window: 100,
  holdsTexts: false,
  numbersTexts: true,
}

/** A text as a phone sent it. */
export interface Mo {
  readonly id: number
  readonly from: string
  /** Resolves when the gateway has accepted it (ESME_ROK); its number of deliveries is in `deliveries`. */
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
  /** Fields of the deliver_sm that differ from a plain text, by the names of the `smpp` package; TLVs too. */
  fields?: Record<string, unknown>
  to?: string
  /** The sequence_number it comes under, and comes again under. */
  sequence?: number
  /** Left out: as the simulator behaves (`numbersTexts`). */
  isNumbered?: boolean
}

/** How a long text is split. */
interface PartsOptions extends TextOptions {
  parts: number
  by: PartsBy
  /** The order in which the parts are sent, by number from 1; one may be left out or sent twice. */
  order?: readonly number[]
}

/** User data header with an 8- or 16-bit reference, SAR TLVs, or SAR TLVs with the text in message_payload. */
export const partsBy = ['udh8', 'udh16', 'sar', 'payload'] as const
export type PartsBy = (typeof partsBy)[number]

export type FakeSmsc = Awaited<ReturnType<typeof startFakeSmsc>>

interface Queued {
  mo: Mo
  fields: Record<string, unknown>
  sequence: number | undefined
  /** Its sequence_number was commanded. */
  keepsSequence: boolean
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
  /** Cut on demand: what still arrives is read, counted and discarded. */
  isCut: boolean
  unanswered: Set<Mt>
  /** Answered lately. */
  answered: Mt[]
  /** Refused lately: to whom, and when. */
  refused: { to: string; at: number }[]
}

// Texts kept for redelivery on demand.
const maxTaken = 10_000

// A peer that does not close its own side of a connection that was cut.
const cutWithinMs = 1000

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
  const lostSubmits = new Map<string, number>()
  const lostTo = (to: string) => lostSubmits.set(to, (lostSubmits.get(to) ?? 0) + 1)
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
    enquireAnswers: 0,
    nacks: 0,
    unbinds: 0,
  }
  let nextId = 1
  let nextPartsReference = 1
  let nextSequence = 1
  // Not from 1: a gateway that outlives this simulator would mistake the next one's first texts for redeliveries.
  let nextReference = Math.floor(Date.now() / 1000) & 0xffff
  let closeControl = () => {}
  const taken: Queued[] = []
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
      isCut: false,
      unanswered: new Set(),
      answered: [],
      refused: [],
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
        if (bind.isCut) cutOff(frame)
        else take(bind, new smpp.PDU(frame))
      }
    })
    if (behaviour.dropEveryMs > 0) after(behaviour.dropEveryMs, () => drop(bind))
  })

  function drop(bind: Bind, how: 'end' | 'reset' = 'end'): void {
    if (bind.isDead) return
    counts.drops++
    if (how === 'reset') bind.socket.resetAndDestroy()
    else {
      bind.isCut = true
      bind.socket.end()
      after(cutWithinMs, () => bind.socket.destroy())
    }
    lose(bind)
  }

  function cutOff(frame: Buffer): void {
    const pdu = new smpp.PDU(frame)
    if (pdu.command !== 'submit_sm') return
    lostTo(String(pdu.destination_addr))
  }

  // Unacknowledged texts go back to the head of the queue, oldest first.
  function lose(bind: Bind): void {
    if (bind.isDead) return
    bind.isDead = true
    binds.delete(bind)
    for (const mt of bind.unanswered) mt.isRespLost = true
    for (const mt of bind.answered) if (Date.now() - mt.respAt < unreadMs) mt.isRespLost = true
    for (const { to, at } of bind.refused) if (Date.now() - at < unreadMs) lostTo(to)
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
      case 'unbind_resp':
        bind.socket.end()
        return
      case 'enquire_link_resp':
        counts.enquireAnswers++
        return
      case 'generic_nack':
        counts.nacks++
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
      taken.push(queued)
      if (taken.length > 2 * maxTaken) taken.splice(0, maxTaken)
      if (behaviour.redeliverAcknowledged && !queued.isAgain) {
        queued.isAgain = true
        // At the head of the queue: a peer that missed an acknowledgement does not wait for hours.
        queue.unshift(queued)
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
    const refuse = (status: number): undefined => {
      bind.refused.push({ to: pdu.destination_addr, at: Date.now() })
      if (bind.refused.length > 10_000) bind.refused.splice(0, 5000)
      answer(bind, pdu, { command_status: status })
    }
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
    if (behaviour.loseResps > 0 || random() < behaviour.loseRespShare) {
      if (behaviour.loseResps > 0) behaviour.loseResps--
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
    if (behaviour.awayText) text(mt.to, behaviour.awayText.replaceAll('{n}', String(id)), { to: mt.from })
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

  function enqueue(fields: Record<string, unknown>, from: string, sequence?: number): Mo {
    let resolve = () => {}
    const taken = new Promise<void>((done) => {
      resolve = done
    })
    const mo: Mo = { id: nextId++, from, taken, deliveries: 0, answers: [] }
    queue.push({ mo, fields, sequence, keepsSequence: sequence !== undefined, resolve, isAgain: false })
    pump()
    return mo
  }

  /** A phone sends a text; queued until a gateway accepts it. */
  function text(
    from: string,
    message: string,
    { fields = {}, to = '8188', sequence, isNumbered }: TextOptions = {},
  ): Mo {
    const { dataCoding, bytes } = encoded(message)
    return enqueue(
      {
        ...addresses(from, to),
        ...newReference(isNumbered),
        data_coding: dataCoding,
        ...(bytes.length > 254
          ? { message_payload: bytes, short_message: Buffer.alloc(0) }
          : { short_message: bytes }),
        ...fields,
      },
      from,
      sequence,
    )
  }

  /** A phone sends a long text: each part is a deliver_sm of its own, all with one reference. */
  function longText(
    from: string,
    message: string,
    { parts, by, order, fields = {}, to = '8188', isNumbered }: PartsOptions,
  ): Mo[] {
    const { dataCoding, bytes } = encoded(message)
    const size = 2 * Math.ceil(bytes.length / parts / 2) // never through the middle of a UCS-2 character
    const reference = newReference(isNumbered)
    const ref = nextPartsReference++ & 0xffff
    return (order ?? Array.from({ length: parts }, (_, at) => at + 1)).map((nth) =>
      enqueue(
        {
          ...addresses(from, to),
          ...reference,
          data_coding: dataCoding,
          ...partFields(by, ref, parts, nth, bytes.subarray((nth - 1) * size, nth * size)),
          ...fields,
        },
        from,
      ),
    )
  }

  const newReference = (isNumbered = behaviour.numbersTexts) =>
    isNumbered ? { user_message_reference: (nextReference = (nextReference + 1) & 0xffff) } : {}

  /** Redelivers the last accepted texts, as an SMSC that missed the deliver_sm_resp. */
  function redeliver(count: number, isSameSequence: boolean): number {
    const again = taken.slice(-count)
    for (const queued of again)
      queue.push({
        ...queued,
        keepsSequence: isSameSequence,
        sequence: isSameSequence ? queued.sequence : undefined,
        isAgain: true,
      })
    pump()
    return again.length
  }

  function pump(): void {
    if (behaviour.blackHole || behaviour.holdsTexts) return
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
        (behaviour.redeliverSameSequence || queued.keepsSequence) &&
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
    /** How many submit_sm to a phone came over a connection that had been cut on command, and were thrown away. */
    lostSubmits,
    text,
    longText,
    redeliver,
    /** Sends raw fields as a deliver_sm. */
    deliver: enqueue,
    behave: (changes: Partial<Behaviour>) => {
      Object.assign(behaviour, changes)
      pump()
    },
    /** Cuts all connections now: by FIN, by RST, or politely by unbind. */
    dropAll: (how: 'end' | 'reset' | 'unbind' = 'end') => {
      for (const bind of [...binds]) {
        if (how === 'unbind') send(bind, new smpp.PDU('unbind', { sequence_number: nextSequence++ }))
        else drop(bind, how)
      }
    },
    /** Writes bytes as they are to every session. */
    sendRaw: (bytes: Buffer) => {
      for (const bind of binds) bind.socket.write(bytes)
    },
    /** Sends enquire_link on every session until one answers. */
    enquire: async (waitMs: number): Promise<{ sessions: number; answered: number }> => {
      const before = counts.enquireAnswers
      const deadline = Date.now() + waitMs
      while (counts.enquireAnswers === before && Date.now() < deadline) {
        for (const bind of binds)
          if (bind.mode) send(bind, new smpp.PDU('enquire_link', { sequence_number: nextSequence++ }))
        const asked = Date.now()
        while (counts.enquireAnswers === before && Date.now() < asked + 200)
          await new Promise((resolve) => setTimeout(resolve, 2))
      }
      return { sessions: fake.boundCount, answered: counts.enquireAnswers - before }
    },
    get boundCount(): number {
      return [...binds].filter((bind) => bind.mode).length
    },
    /** Texts not yet accepted. */
    get waiting(): number {
      let waiting = queue.length
      for (const bind of binds) waiting += bind.outstanding.size
      return waiting
    },
    onReply: (listener: (mt: Mt) => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    /** Waits until `condition` holds, looking at each reply and every 20 ms. */
    until: (what: string, condition: () => boolean, timeoutMs = 60_000) => until(what, condition, timeoutMs),
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
      closeControl()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }

  if (options.control) {
    const control = await openSmscControl(fake, options.controlPort)
    fake.control = control.url
    closeControl = control.close
  }
  return fake
}

/** Polls a condition with a deadline; the error says what was waited for. */
export async function until(what: string, condition: () => boolean, timeoutMs = 60_000): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`timed out waiting until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function addresses(from: string, to: string): Record<string, unknown> {
  return {
    source_addr_ton: 1,
    source_addr_npi: 1,
    source_addr: from,
    dest_addr_ton: 3,
    dest_addr_npi: 0,
    destination_addr: to,
  }
}

// GSM 7-bit (data_coding 0) where its bytes are those of ASCII, else UCS-2.
function encoded(message: string): { dataCoding: number; bytes: Buffer } {
  const isAscii = /^[\x20-\x7e\n\r]*$/.test(message) && !/[@$_[\]{}\\^~|`]/.test(message)
  return isAscii
    ? { dataCoding: 0, bytes: Buffer.from(message, 'latin1') }
    : { dataCoding: 8, bytes: Buffer.from(message, 'utf16le').swap16() }
}

// 3GPP TS 23.040 §9.2.3.24.1 (8-bit reference) and .8 (16-bit); SMPP v3.4 §5.3.2.22-24.
function partFields(
  by: PartsBy,
  ref: number,
  total: number,
  nth: number,
  bytes: Buffer,
): Record<string, unknown> {
  const sar = { sar_msg_ref_num: ref, sar_total_segments: total, sar_segment_seqnum: nth }
  switch (by) {
    case 'udh8':
      return {
        esm_class: 0x40,
        short_message: Buffer.concat([Buffer.from([5, 0, 3, ref & 0xff, total, nth]), bytes]),
      }
    case 'udh16':
      return {
        esm_class: 0x40,
        short_message: Buffer.concat([Buffer.from([6, 8, 4, ref >> 8, ref & 0xff, total, nth]), bytes]),
      }
    case 'sar':
      return { ...sar, short_message: bytes }
    case 'payload':
      return { ...sar, short_message: Buffer.alloc(0), message_payload: bytes }
  }
}
