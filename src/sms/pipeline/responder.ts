// One link's answering machine: texts come in, are taken durably and acknowledged, and go to the outbox as questions;
// when the outbox has room the question is looked up and worded here. Nothing is acknowledged that is not kept.
import { setTimeout as delay } from 'node:timers/promises'
import type { Config } from '../../config/config.js'
import type { DossierStore } from '../../dossier/store.js'
import { GatewayError } from '../../errors.js'
import type { Log } from '../../log.js'
import type { Metrics } from '../../metrics.js'
import type { Incoming, SmscLink } from '../carriers/smpp/smsc-link.js'
import { commandStatus } from '../carriers/smpp/wire/command-status.js'
import type { DeliverSm } from '../carriers/smpp/wire/pdu.js'
import type { Conversation, Speaker } from '../conversation/conversation.js'
import { mask, type PhoneKeys, readSender } from '../msisdn.js'
import { decodeText } from '../segments.js'
import { wordsHash } from './caps.js'
import type { Arrival, Held, Inbox, Reason } from './inbox.js'
import type { Outbox, Wording } from './outbox.js'
import { bodyOf, joinParts, type Part, readPart } from './parts.js'

export interface ResponderDeps {
  readonly config: Config['sms']
  readonly link: Pick<SmscLink, 'name' | 'config' | 'isBound'>
  readonly inbox: Inbox
  readonly outbox: Outbox
  readonly keys: PhoneKeys
  readonly conversation: Conversation
  /** Reads places of the dossiers. */
  readonly fetch: DossierStore['fetch']
  /** Delivery receipts of this link. */
  receipt(deliverSm: DeliverSm): void
  isReady(): boolean
  readonly log: Log
  readonly metrics: Metrics
}

// Held in memory at a time; beyond it the SMSC keeps its texts (ESME_RX_T_APPN) and brings them again. About 10 MB.
const maxHeld = 20_000

// SMPP v3.4 §5.2.12, esm_class bits 5..2: 0000 is a citizen's MO, 0001 a dlr; the others we acknowledge and drop.
const messageType = 0x3c
const isReceipt = 0x04

export class Responder {
  private isAdoptDue = true
  private isClosed = false
  private isAccepting = false
  private waiting: Incoming[] = []
  private arrivals: Arrival[] = []
  private readonly received
  private readonly ownNumbers: ReadonlySet<string>

  constructor(private readonly deps: ResponderDeps) {
    this.received = deps.metrics.counter('gateway_sms_received_total', 'texts received', ['bind'])
    this.ownNumbers = new Set(deps.config.links.map(({ shortCode }) => shortCode.replace(/^\+/, '')))
  }

  /** Takes the deliver_sm of one read. */
  take(batch: readonly Incoming[]): void {
    const now = Date.now()
    const waiting: Incoming[] = []
    const arrivals: Arrival[] = []
    for (const incoming of batch) {
      const { deliverSm, session } = incoming
      const type = deliverSm.esmClass & messageType
      if (type !== 0) {
        if (type === isReceipt) this.deps.receipt(deliverSm)
        session.acknowledge(deliverSm.sequence, commandStatus.ESME_ROK)
      } else if (
        this.isClosed ||
        !this.deps.isReady() ||
        this.deps.outbox.size + this.waiting.length > maxHeld
      ) {
        session.acknowledge(deliverSm.sequence, commandStatus.ESME_RX_T_APPN)
      } else {
        const part = readPart(deliverSm)
        if (part) void this.takePart(incoming, part, now)
        else {
          waiting.push(incoming)
          const { dataCoding } = deliverSm
          arrivals.push(
            this.arrival(
              deliverSm,
              decodeText(bodyOf(deliverSm), dataCoding, this.deps.link.config.defaultAlphabet),
              this.markOf(deliverSm, deliverSm.message),
              now,
            ),
          )
        }
      }
    }
    if (arrivals.length === 0) return
    this.waiting.push(...waiting)
    this.arrivals.push(...arrivals)
    if (!this.isAccepting) void this.acceptAll()
  }

  /** What has to be looked at every second: what others left, what we were handed unknowingly, parts that are overdue. */
  async tend(now: number): Promise<void> {
    const { inbox, outbox, link } = this.deps
    if (this.isClosed || !this.deps.isReady()) return
    await outbox.settle()
    if (this.isAdoptDue) {
      this.isAdoptDue = false
      try {
        outbox.offer(await inbox.adoptOwn((id) => outbox.has(id)))
      } catch (error) {
        this.isAdoptDue = true
        throw error
      }
    }
    if (link.isBound && outbox.size < maxHeld) outbox.offer(await inbox.adoptOthers())
    for (const { key, parts } of await inbox.overdueParts(now))
      await this.joined(key, parts.map(unpackPart), now)
    outbox.pump()
  }

  /** Looks up and words questions whose replies are about to leave: one round trip for all. */
  async word(helds: readonly Held[]): Promise<Wording[]> {
    const plans = helds.map((held) => this.deps.conversation.plan(held.question, this.speakerOf(held)))
    const found = await this.deps.fetch(plans.flatMap(({ places }) => places))
    let at = 0
    return plans.map(({ delayMs, places, word }, nth): Wording => {
      const its = found.slice(at, (at += places.length))
      return this.orMistake(helds[nth]!, () =>
        delayMs > 0 ? delay(delayMs).then(() => word(its)) : word(its),
      )
    })
  }

  // Our own mistake in wording one reply costs that one only: it is told as an error and goes to the dead letters, from
  // where an operator can revive it once the mistake is mended.
  private orMistake(held: Held, word: () => Wording): Wording {
    const mistaken = (error: unknown) => {
      if (error instanceof GatewayError) throw error
      this.deps.log.error(
        { evt: 'mo.mistake', link: this.deps.link.name, from: mask(held.phone.address), err: error },
        'A reply could not be worded: a mistake of ours',
      )
      return 'mistake' as const
    }
    try {
      const worded = word()
      return worded instanceof Promise ? worded.catch(mistaken) : worded
    } catch (error) {
      return mistaken(error)
    }
  }

  private speakerOf({ phone, subject, receivedAt }: Held): Speaker {
    const { name, config } = this.deps.link
    return { phone, subject, receivedAt, link: name, shortCode: config.shortCode }
  }

  close(): void {
    this.isClosed = true
  }

  // One call at a time: what comes meanwhile goes together in the next, so that a rush costs few calls and a single text
  // waits for none.
  private async acceptAll(): Promise<void> {
    this.isAccepting = true
    while (this.arrivals.length > 0) {
      await this.deps.outbox.calm()
      const { waiting, arrivals } = this
      this.waiting = []
      this.arrivals = []
      await this.accept(waiting, arrivals)
    }
    this.isAccepting = false
  }

  private async accept(waiting: readonly Incoming[], arrivals: readonly Arrival[]): Promise<void> {
    let taken: (Held[] | undefined)[]
    try {
      taken = await this.acceptEach(waiting, arrivals)
    } catch {
      // Perhaps it was kept and only the answer was lost: then it comes again as a duplicate, and `tend` finds the entry.
      this.isAdoptDue = true
      for (const { deliverSm, session } of waiting)
        session.acknowledge(deliverSm.sequence, commandStatus.ESME_RX_T_APPN)
      return
    }
    for (const { deliverSm, session } of waiting)
      session.acknowledge(deliverSm.sequence, commandStatus.ESME_ROK)
    this.received.inc({ bind: this.deps.link.name }, waiting.length)
    const helds: Held[] = []
    for (const one of taken) if (one) helds.push(...one)
    this.deps.outbox.offer(helds)
  }

  // One call for each session; a link nearly always has but one.
  private async acceptEach(
    waiting: readonly Incoming[],
    arrivals: readonly Arrival[],
  ): Promise<(Held[] | undefined)[]> {
    const first = waiting[0]!.session.id
    if (waiting.every(({ session }) => session.id === first))
      return this.deps.inbox.accept(arrivals, { session: first })
    const places = new Map<string, number[]>()
    waiting.forEach(({ session }, at) => {
      const its = places.get(session.id)
      if (its) its.push(at)
      else places.set(session.id, [at])
    })
    const taken: (Held[] | undefined)[] = new Array(arrivals.length)
    await Promise.all(
      [...places].map(async ([session, its]) => {
        const helds = await this.deps.inbox.accept(
          its.map((at) => arrivals[at]!),
          { session },
        )
        its.forEach((at, nth) => (taken[at] = helds[nth]))
      }),
    )
    return taken
  }

  private async takePart({ deliverSm, session }: Incoming, part: Part, now: number): Promise<void> {
    const whole = this.deps.keys.subject(
      `${deliverSm.source}\x1f${deliverSm.dest}\x1f${part.reference}\x1f${part.total}`,
    )
    let all: { key: string; parts: Buffer[] } | undefined
    try {
      all = await this.deps.inbox.keepPart(
        whole,
        this.markOf(deliverSm, deliverSm.message),
        { number: part.number, total: part.total, bytes: packPart(deliverSm, part, now) },
        now,
      )
    } catch {
      session.acknowledge(deliverSm.sequence, commandStatus.ESME_RX_T_APPN)
      return
    }
    // Each part is kept by now; should joining them fail, `tend` does it when their time is up.
    session.acknowledge(deliverSm.sequence, commandStatus.ESME_ROK)
    this.received.inc({ bind: this.deps.link.name })
    if (all) await this.joined(all.key, all.parts.map(unpackPart), now).catch(() => undefined)
  }

  private async joined(key: string, kept: readonly KeptPart[], now: number): Promise<void> {
    const first = kept[0]
    if (!first) return
    const parts = kept.map(({ part }) => part)
    const text = joinParts(parts, this.deps.link.config.defaultAlphabet)
    const mark = this.markOf(first.deliverSm, Buffer.from(`${key}\x1f${text}`))
    const arrival = {
      ...this.arrival(first.deliverSm, text, mark, Math.min(...kept.map(({ at }) => at), now)),
      parts: key,
    }
    const [taken = []] = await this.deps.inbox.accept([arrival])
    this.deps.outbox.offer(taken)
  }

  private arrival(deliverSm: DeliverSm, text: string | undefined, mark: string, now: number): Arrival {
    const sender = readSender(deliverSm.source, deliverSm.sourceTon, this.deps.config.allowedPrefixes)
    const reason: Reason | undefined = this.ownNumbers.has(deliverSm.source.replace(/^\+/, ''))
      ? 'loop'
      : sender.kind === 'alphanumeric'
        ? 'alphanumeric'
        : sender.kind === 'foreign'
          ? 'prefix'
          : text === undefined
            ? 'not-text'
            : undefined
    if (reason || sender.kind !== 'phone' || text === undefined) {
      this.deps.log.info(
        { evt: 'mo.suppressed', link: this.deps.link.name, from: mask(deliverSm.source), reason },
        'MO gets no reply',
      )
      return { mark, sequence: deliverSm.sequence, reason: reason ?? 'not-text', asked: [] }
    }
    const { questions, silence } = this.deps.conversation.hear(text)
    if (silence) return { mark, sequence: deliverSm.sequence, reason: silence, asked: [] }
    const subject = this.deps.keys.subject(sender.digits)
    const textHash = wordsHash(text)
    return {
      mark,
      sequence: deliverSm.sequence,
      asked: questions.map((question) => ({
        question,
        phone: { address: deliverSm.source, ton: deliverSm.sourceTon, npi: deliverSm.sourceNpi },
        subject,
        toTon: deliverSm.destTon,
        toNpi: deliverSm.destNpi,
        textHash,
        receivedAt: now,
      })),
    }
  }

  // Everything that tells one text from another, and nothing that a redelivery may change (sequence number, session).
  private markOf(deliverSm: DeliverSm, message: Buffer): string {
    const { source, dest, dataCoding, esmClass, tlvs } = deliverSm
    const identity = tlvs
      ? `${tlvs.sarRef}/${tlvs.sarTotal}/${tlvs.sarNumber}/${tlvs.userMessageReference}`
      : ''
    return this.deps.keys.subject(
      `${source}\x1f${dest}\x1f${dataCoding}\x1f${esmClass}\x1f${identity}\x1f${message.toString('latin1')}`,
    )
  }
}

// A part is kept with the addresses of its text: whichever gateway joins them can answer.
interface KeptPart {
  readonly part: Part
  readonly deliverSm: DeliverSm
  readonly at: number
}

function packPart(deliverSm: DeliverSm, part: Part, now: number): Buffer {
  const { source, sourceTon, sourceNpi, dest, destTon, destNpi } = deliverSm
  const head = JSON.stringify([
    source,
    sourceTon,
    sourceNpi,
    dest,
    destTon,
    destNpi,
    part.reference,
    part.number,
    part.total,
    part.dataCoding,
    now,
  ])
  return Buffer.concat([Buffer.from(`${head}\n`), part.body])
}

function unpackPart(bytes: Buffer): KeptPart {
  const end = bytes.indexOf(0x0a)
  const [source, sourceTon, sourceNpi, dest, destTon, destNpi, reference, number, total, dataCoding, at] =
    JSON.parse(bytes.toString('utf8', 0, end)) as [
      string,
      number,
      number,
      string,
      number,
      number,
      string,
      number,
      number,
      number,
      number,
    ]
  const body = bytes.subarray(end + 1)
  return {
    part: { reference, number, total, dataCoding, body },
    deliverSm: {
      sequence: 0,
      source,
      sourceTon,
      sourceNpi,
      dest,
      destTon,
      destNpi,
      esmClass: 0,
      dataCoding,
      message: body,
      tlvs: undefined,
    },
    at,
  }
}
