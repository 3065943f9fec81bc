// One TCP or TLS connection to an SMSC from connect to close: bind, window, response time-outs, enquire_link with a miss
// limit, flow control, one corked write per tick. It knows bytes and time; reconnecting, pacing and content belong to the
// link. It reports by callbacks and never throws for anything a peer can send.
import { randomBytes } from 'node:crypto'
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { commandStatus, reactionTo } from './command-status.js'
import { Framer } from './framer.js'
import type { Patience } from './patience.js'
import {
  type BindMode,
  commandId,
  type DeliverSm,
  decodeDataSm,
  decodeDeliverSm,
  deliverSmRespBytes,
  encodeBind,
  messageIdOf,
  type SubmitSm,
  submitSmBytes,
  writeDeliverSmResp,
  writeHeader,
  writeSubmitSm,
} from './pdu.js'

interface SessionOptions {
  readonly host: string
  readonly port: number
  /** Finds the addresses of `host`; left out: as the system gives them. */
  readonly lookup?: LookupFunction
  /** Set for TLS. */
  readonly tls?: ConnectionOptions | undefined
  readonly mode: BindMode
  readonly systemId: string
  readonly password: string
  readonly systemType: string
  /** Outstanding submit_sm. */
  readonly window: number
  /** How many submit_sm to send one at a time before the window opens: those that the previous session left in doubt. */
  readonly oneByOne: number
  readonly enquireLinkIntervalMs: number
  readonly responseTimeoutMs: number
  /** For the response to a submit_sm. */
  readonly patience: Patience
}

/** Why a session ended, in one word; `cause` may say more. */
export type CloseReason =
  | 'closed-by-us'
  | 'closed-by-peer'
  | 'connect-failed'
  | 'bind-refused'
  | 'bind-timeout'
  | 'framing-lost'
  | 'half-frame'
  | 'silent'
  | 'mute'
  | 'write-stalled'
  | 'unbound'
  | 'rebind'

/**
 * Outcome of one submit_sm. `lost`: it may have been accepted. `unsent`: never written, or written to a session that
 * broke before it had answered any. `unheard`: no answer in time, on a session that has never answered one.
 */
export type SubmitOutcome =
  | { readonly kind: 'answered'; readonly commandStatus: number; readonly messageId: string }
  | { readonly kind: 'lost' }
  | { readonly kind: 'unsent' }
  | { readonly kind: 'unheard' }

interface SessionHandler {
  bound(): void
  /** The deliver_sm of one read, in order. Each must be answered by `acknowledge`. */
  deliver(batch: DeliverSm[]): void
  /** Window credit was returned, or a response has shown that the peer is alive. */
  credit(): void
  /** A PDU that was refused, or that nobody waits for; `what` is a fixed word. */
  oddPdu(what: 'malformed' | 'unknown-command' | 'oversize' | 'stray-response'): void
  enquireLinkRtt(ms: number): void
  /** The peer answered our enquire_link, but with a status that blames the session. */
  blamed(): void
  closed(reason: CloseReason, status: number | undefined, cause: unknown): void
}

// 16 KiB: one tick's acknowledgements and replies for a full window fit; a larger tick takes another buffer.
const outBytes = 16_384
// Back-pressure: while the peer leaves more of our output than this unread, we do not read its input.
const writableHighBytes = 1 << 20
// Reading stops when this many deliver_sm await their acknowledgement (Redis answers in under a millisecond).
const unacknowledgedHigh = 2000
// This many consecutive submit_sm time-outs without any response: the peer accepts and never answers.
const muteAfter = 3
const enquireMissLimit = 2
// How many timed-out submits are remembered to match late responses.
const maxGivenUp = 1000
// Time-outs use the monotonic clock, so that setting the system clock cannot make a submit in flight look lost.
const now = () => performance.now()

interface Outstanding {
  readonly sentAt: number
  readonly done: (outcome: SubmitOutcome) => void
}

/** Connects when constructed; ends once, and is then replaced by a new one. */
export class Session {
  /** Unique among all sessions of all processes. */
  readonly id = randomBytes(9).toString('base64url')
  private readonly socket: Socket
  private readonly framer: Framer
  private readonly outstanding = new Map<number, Outstanding>()
  /** submit_sm given up, by sequence number: when they were sent. */
  private readonly givenUp = new Map<number, number>()
  private readonly timer: NodeJS.Timeout
  private state: 'connecting' | 'binding' | 'bound' | 'unbinding' | 'closed' = 'connecting'
  private sequence = 1
  private out: Buffer = Buffer.allocUnsafe(outBytes)
  private outLength = 0
  private isFlushDue = false
  private batch: DeliverSm[] = []
  private hasNewCredit = false
  /** Sequence number of the peer's unbind, once it has sent one. */
  private unbindSequence: number | undefined
  private unacknowledged = 0
  private isPaused = false
  private lastReadAt = now()
  /** When the PDU began that is incomplete; 0 when none is. */
  private partialSince = 0
  private stalledSince = 0
  private enquireSentAt = 0
  private enquireSequence = 0
  private missed = 0
  private lostInARow = 0
  /** Outstanding submit_sm allowed so far; grows to `window` (slow start, see `settle`). */
  private opened = 1
  /** A text was acknowledged or a reply accepted. A bind alone does not count: some peers accept it and hang up. */
  hasCarried = false
  /** submit_sm that got a response, of any status. */
  answered = 0
  private readonly openedAt = now()
  /** Epoch ms of the bind; 0 before. */
  boundSince = 0

  constructor(
    private readonly options: SessionOptions,
    private readonly handler: SessionHandler,
  ) {
    const { host, port, lookup } = options
    this.socket = options.tls
      ? connectTls({
          host,
          port,
          ...(lookup && { lookup }),
          servername: isIP(host) === 0 ? host : '',
          ...options.tls,
        })
      : connectTcp({ host, port, ...(lookup && { lookup }) })
    // Two small writes per message: without this, Nagle and delayed acknowledgement cost 40 ms a window.
    this.socket.setNoDelay(true)
    this.framer = new Framer({
      frame: (frame) => this.take(frame),
      oversize: (id, sequence) => {
        this.handler.oddPdu('oversize')
        if (id < 0x80000000) this.header(commandId.genericNack, commandStatus.ESME_RINVCMDLEN, sequence)
      },
    })
    this.socket.on(options.tls ? 'secureConnect' : 'connect', () => this.bind())
    this.socket.on('data', (chunk: Buffer) => this.read(chunk))
    this.socket.on('drain', () => this.relax())
    this.socket.on('error', (cause) =>
      this.end(this.state === 'connecting' ? 'connect-failed' : 'closed-by-peer', undefined, cause),
    )
    this.socket.on('close', () => this.end('closed-by-peer'))
    const beatMs = Math.max(
      20,
      Math.min(1000, Math.floor(Math.min(options.enquireLinkIntervalMs, options.responseTimeoutMs) / 4)),
    )
    this.timer = setInterval(() => this.beat(now()), beatMs)
  }

  get isBound(): boolean {
    return this.state === 'bound'
  }

  /** submit_sm that may be sent now. */
  get credit(): number {
    if (this.state !== 'bound' || this.options.mode === 'receiver' || !this.socket.writable) return 0
    if (this.socket.writableLength > writableHighBytes) return 0
    return Math.max(0, Math.min(this.opened, this.options.window) - this.outstanding.size)
  }

  get inFlight(): number {
    return this.outstanding.size
  }

  /** Queues a submit_sm into this tick's write. `done` is called exactly once. */
  submit(sm: SubmitSm, done: (outcome: SubmitOutcome) => void): void {
    // After a reset the state is still 'bound' until the socket reports its close.
    if (this.state !== 'bound' || !this.socket.writable) {
      done({ kind: 'unsent' })
      return
    }
    const sequence = this.nextSequence()
    this.reserve(submitSmBytes(sm))
    this.outLength = writeSubmitSm(this.out, this.outLength, sequence, sm)
    this.outstanding.set(sequence, { sentAt: now(), done })
  }

  /** Answers a deliver_sm (or data_sm) of this session. */
  acknowledge({ sequence, isDataSm }: Pick<DeliverSm, 'sequence' | 'isDataSm'>, status: number): void {
    this.unacknowledged--
    if (this.state === 'closed') return
    this.hasCarried = true
    this.reserve(deliverSmRespBytes)
    this.outLength = writeDeliverSmResp(this.out, this.outLength, sequence, status, isDataSm)
    if (this.isPaused) this.relax()
    this.leaveIfUnbound()
  }

  /** Unbinds politely; the peer has one response time-out, two seconds at most, to respond. */
  unbind(): void {
    if (this.state === 'closed' || this.state === 'unbinding') return
    if (this.state !== 'bound') {
      this.end('closed-by-us')
      return
    }
    this.state = 'unbinding'
    this.header(commandId.unbind, 0, this.nextSequence())
    setTimeout(() => this.end('closed-by-us'), this.unbindPatienceMs).unref()
  }

  private get unbindPatienceMs(): number {
    return Math.min(2000, this.options.responseTimeoutMs)
  }

  // A peer that unbinds still answers what it accepted before. Closing earlier would make the next session send those replies
  // again.
  private leaveIfUnbound(): void {
    if (this.unbindSequence === undefined || this.state !== 'unbinding') return
    if (this.outstanding.size === 0 && this.unacknowledged === 0) this.agreeToUnbind(this.unbindSequence)
  }

  private agreeToUnbind(sequence: number): void {
    if (this.state === 'closed') return
    this.header(commandId.unbindResp, 0, sequence)
    this.flush()
    this.end('unbound')
  }

  /** Ends it at once; outstanding submit_sm are reported as lost. */
  destroy(reason: CloseReason = 'closed-by-us'): void {
    this.end(reason)
  }

  private bind(): void {
    if (this.state !== 'connecting') return // connected just after we gave up
    this.state = 'binding'
    this.lastReadAt = now()
    this.write(encodeBind(this.options.mode, this.nextSequence(), this.options))
  }

  private read(chunk: Buffer): void {
    this.lastReadAt = now()
    this.missed = 0
    const { count } = this.framer
    const isFramed = this.framer.push(chunk)
    if (!this.framer.isMidFrame) this.partialSince = 0
    else if (this.framer.count > count || this.partialSince === 0) this.partialSince = this.lastReadAt
    if (this.batch.length > 0) {
      const batch = this.batch
      this.batch = []
      // The same read held what ended the session: these cannot be acknowledged, so the SMSC redelivers them.
      if (this.isEnded()) return
      this.unacknowledged += batch.length
      this.handler.deliver(batch)
    }
    // Reported once for all responses of one read, so that the replies they make room for leave in one write.
    if (this.hasNewCredit) {
      this.hasNewCredit = false
      this.handler.credit()
    }
    this.leaveIfUnbound()
    if (!isFramed && this.state !== 'closed') {
      // Framing is lost: tell the peer, and rebind.
      this.header(commandId.genericNack, commandStatus.ESME_RINVCMDLEN, 0)
      this.flush()
      this.end('framing-lost')
      return
    }
    if (
      !this.isPaused &&
      (this.unacknowledged > unacknowledgedHigh || this.socket.writableLength > writableHighBytes)
    ) {
      this.isPaused = true
      this.socket.pause()
    }
  }

  // Via a method: handling a frame may end the session, which the compiler cannot see.
  private isEnded(): boolean {
    return this.state === 'closed'
  }

  private relax(): void {
    this.stalledSince = 0
    if (this.isPaused && this.unacknowledged < unacknowledgedHigh / 2 && this.socket.writableLength === 0) {
      this.isPaused = false
      this.partialSince &&= now()
      this.socket.resume()
    }
    if (this.state === 'bound') this.handler.credit()
  }

  private take(frame: Buffer): void {
    const id = frame.readUInt32BE(4)
    const status = frame.readUInt32BE(8)
    const sequence = frame.readUInt32BE(12)
    switch (id) {
      case commandId.deliverSm:
      case commandId.dataSm: {
        const isDataSm = id === commandId.dataSm
        // Some SMSCs deliver their backlog before they answer the bind. Refused as temporary, it is redelivered afterwards.
        if (this.state !== 'bound' && this.state !== 'unbinding') {
          this.reserve(deliverSmRespBytes)
          this.outLength = writeDeliverSmResp(
            this.out,
            this.outLength,
            sequence,
            commandStatus.ESME_RX_T_APPN,
            isDataSm,
          )
          return
        }
        const deliverSm = isDataSm ? decodeDataSm(frame) : decodeDeliverSm(frame)
        if (deliverSm) this.batch.push(deliverSm)
        else {
          this.handler.oddPdu('malformed')
          this.reserve(deliverSmRespBytes)
          this.outLength = writeDeliverSmResp(
            this.out,
            this.outLength,
            sequence,
            commandStatus.ESME_RX_P_APPN,
            isDataSm,
          )
        }
        return
      }
      case commandId.submitSmResp:
      case commandId.submitMultiResp: // some SMSCs respond with this one; its body begins with a message_id, too
      case commandId.dataSmResp:
        this.settle(sequence, { kind: 'answered', commandStatus: status, messageId: messageIdOf(frame) })
        return
      case commandId.enquireLink:
        this.header(commandId.enquireLinkResp, 0, sequence)
        return
      case commandId.enquireLinkResp:
        this.enquireAnswered(status)
        return
      case commandId.bindReceiverResp:
      case commandId.bindTransmitterResp:
      case commandId.bindTransceiverResp:
        this.bindAnswered(status)
        return
      case commandId.unbind:
        this.unbindSequence = sequence
        if (this.state === 'bound')
          setTimeout(() => this.agreeToUnbind(sequence), this.unbindPatienceMs).unref()
        this.state = 'unbinding'
        return
      case commandId.unbindResp:
        // Without an unbind of ours it means nothing: the session ends when the peer ends it.
        if (this.state === 'unbinding') this.end('closed-by-us')
        else this.handler.oddPdu('stray-response')
        return
      case commandId.genericNack:
        if (this.state === 'binding') this.bindAnswered(status || commandStatus.ESME_RSYSERR)
        else if (this.enquireSentAt > 0 && sequence === this.enquireSequence) this.enquireAnswered(status)
        else
          this.settle(sequence, {
            kind: 'answered',
            commandStatus: status || commandStatus.ESME_RUNKNOWNERR, // a nack is never a success
            messageId: '',
          })
        return
      case commandId.alertNotification:
        return // §4.12: has no response
      default:
        this.handler.oddPdu(id >= 0x80000000 ? 'stray-response' : 'unknown-command')
        // A response to nothing must not be answered: two peers nacking each other would never stop.
        if (id < 0x80000000) this.header(commandId.genericNack, commandStatus.ESME_RINVCMDID, sequence)
    }
  }

  // A peer that has forgotten the session (it was restarted behind a load balancer) still answers, and brings no text.
  private enquireAnswered(status: number): void {
    if (this.enquireSentAt === 0) return
    this.handler.enquireLinkRtt(now() - this.enquireSentAt)
    this.enquireSentAt = 0
    if (this.state === 'bound' && reactionTo(status) === 'rebind') this.handler.blamed()
  }

  private bindAnswered(status: number): void {
    if (this.state !== 'binding') return
    if (status !== commandStatus.ESME_ROK) {
      this.end('bind-refused', status)
      return
    }
    this.state = 'bound'
    this.boundSince = Date.now()
    this.handler.bound()
  }

  private settle(sequence: number, outcome: SubmitOutcome): void {
    const waiting = this.outstanding.get(sequence)
    const sentAt = waiting?.sentAt ?? this.givenUp.get(sequence)
    if (sentAt !== undefined) {
      this.lostInARow = 0
      if (outcome.kind === 'answered' && outcome.commandStatus === commandStatus.ESME_ROK)
        this.hasCarried = true
      this.options.patience.answered(now() - sentAt)
    }
    if (!waiting) {
      this.givenUp.delete(sequence)
      this.handler.oddPdu('stray-response') // also a response that came after its time-out
      return
    }
    this.outstanding.delete(sequence)
    // Slow start: from the second on, each response admits one more, which doubles the window every round trip. There are never
    // more in flight than have been answered. If a peer breaks every session after so many submits, the next session can
    // therefore clear all replies left in doubt before it reaches the point where this one broke.
    if (++this.answered >= Math.max(2, this.options.oneByOne))
      this.opened = Math.min(this.opened + 1, this.options.window)
    waiting.done(outcome)
    this.hasNewCredit = true
  }

  // One timer per session checks everything that can be late.
  private beat(now: number): void {
    const { responseTimeoutMs, enquireLinkIntervalMs, patience } = this.options
    if (this.state === 'connecting' || this.state === 'binding') {
      if (now - this.openedAt > responseTimeoutMs) {
        this.end(this.state === 'connecting' ? 'connect-failed' : 'bind-timeout')
      }
      return
    }
    // Even if bytes still arrive: after a wrong length they are taken for the body of this PDU, and never answered.
    if (this.partialSince > 0 && now - this.partialSince > responseTimeoutMs && !this.isPaused) {
      this.end('half-frame')
      return
    }
    if (this.socket.writableLength > 0) {
      this.stalledSince ||= now
      if (now - this.stalledSince > responseTimeoutMs) {
        this.end('write-stalled')
        return
      }
    } else this.stalledSince = 0
    for (const [sequence, waiting] of this.outstanding) {
      // They are in the order sent and wait equally long: the first that is still in time ends the search.
      if (now - waiting.sentAt <= patience.ms) break
      this.outstanding.delete(sequence)
      if (this.givenUp.size < maxGivenUp) this.givenUp.set(sequence, waiting.sentAt)
      this.lostInARow++
      waiting.done({ kind: this.answered > 0 ? 'lost' : 'unheard' })
    }
    const maxLost = this.answered > 0 ? Math.max(muteAfter, Math.min(this.opened, 10)) : 1
    if (this.lostInARow >= maxLost) {
      if (this.answered === 0) patience.unanswered()
      if (this.unbindSequence === undefined) this.end('mute')
      else this.agreeToUnbind(this.unbindSequence)
      return
    }
    this.leaveIfUnbound()
    if (this.state !== 'bound' || this.isPaused) return
    if (now - this.lastReadAt >= enquireLinkIntervalMs * (this.missed + 1)) {
      if (this.missed >= enquireMissLimit) {
        this.end('silent')
        return
      }
      this.missed++
      this.enquireSentAt = now
      this.enquireSequence = this.nextSequence()
      this.header(commandId.enquireLink, 0, this.enquireSequence)
    }
  }

  private header(id: number, status: number, sequence: number): void {
    this.reserve(16)
    this.outLength = writeHeader(this.out, this.outLength, 16, id, status, sequence)
  }

  private write(bytes: Buffer): void {
    this.reserve(bytes.length)
    this.outLength += bytes.copy(this.out, this.outLength)
  }

  // All output of one tick leaves in one write.
  private reserve(bytes: number): void {
    if (this.outLength + bytes > this.out.length) this.flush()
    if (!this.isFlushDue) {
      this.isFlushDue = true
      process.nextTick(() => {
        this.isFlushDue = false
        this.flush()
      })
    }
  }

  private flush(): void {
    if (this.outLength === 0) return
    if (!this.socket.writable) {
      this.outLength = 0 // nobody reads it any more, and the buffer must not overflow
      return
    }
    this.socket.write(this.out.subarray(0, this.outLength))
    // The socket may still hold the old bytes: use up the rest of the buffer before taking a new one.
    this.out =
      this.out.length - this.outLength >= 2048
        ? this.out.subarray(this.outLength)
        : Buffer.allocUnsafe(outBytes)
    this.outLength = 0
  }

  private nextSequence(): number {
    const sequence = this.sequence
    // §3.2: 0x00000001 to 0x7FFFFFFF
    this.sequence = sequence >= 0x7fffffff ? 1 : sequence + 1
    return sequence
  }

  private end(reason: CloseReason, status?: number, cause?: unknown): void {
    if (this.state === 'closed') return
    this.state = 'closed'
    clearInterval(this.timer)
    this.framer.stop()
    // The last output (an unbind_resp, a nack) is still sent, but a peer that does not read it gets only a second.
    this.flush()
    this.socket.destroySoon()
    setTimeout(() => this.socket.destroy(), 1000).unref()
    const lost = [...this.outstanding.values()]
    this.handler.closed(reason, status, cause)
    this.outstanding.clear()
    const kind = this.answered > 0 ? 'lost' : 'unsent'
    for (const waiting of lost) waiting.done({ kind })
  }
}
