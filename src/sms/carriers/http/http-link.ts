// One link over HTTP. Each call of the peer is a text or a part of one; replies leave in the responses or by calls of
// ours. proof.ts authenticates calls, call.ts parses them, caller.ts makes ours.
import type {
  Carrier,
  CarrierDeps,
  Incoming,
  KeptAnswer,
  LinkView,
  Named,
  Outcome,
  Outgoing,
} from '../carrier.js'
import { type Answer, type Asked, again, openWriter, toAll, type Writer } from './answer.js'
import type { Call, CallHead } from './call.js'
import { Caller } from './caller.js'
import { openProof, type Proof } from './proof.js'
import { idOf, isBrief, readText, type Text } from './read-text.js'
import { openReceiptDoor, type ReceiptDoor } from './receipt-door.js'
import { openRefusals, type Refusals } from './refusals.js'
import { type HttpLinkSettings, resolve } from './resolved.js'
import { type Said, wholeOf } from './said.js'
import type { HttpConfig } from './settings.js'
import { hostOf, valuesOf } from './values.js'
import { openWaiting, type Waiter } from './waiting.js'

type OnGone = (then: () => void) => void

// Each is a connection, its request and a timer: some 10 KiB.
const maxWaiting = 5000
const lookAgainMs = 250
const closeMs = 3000

export class HttpLink implements Carrier {
  readonly name: string
  readonly window: number
  readonly settings: HttpLinkSettings
  private readonly writer: Writer
  private readonly proof: Proof
  private readonly receipts: ReceiptDoor
  private readonly caller: Caller | undefined
  private readonly waiting = openWaiting<Said>()
  /** Names of the texts whose answers are being stored at this moment. */
  private readonly settling = new Set<string>()
  private readonly count: (result: string) => void
  private readonly refusals: Refusals
  private readonly answersInResponse: boolean
  private isClosing = false
  private since = ''
  private received = 0
  private answered = 0

  constructor(
    readonly config: HttpConfig,
    private readonly deps: CarrierDeps,
  ) {
    this.settings = resolve(config)
    const { name, receive, send } = this.settings
    this.name = name
    this.answersInResponse = receive.answer === 'response'
    this.window = this.answersInResponse ? maxWaiting : (send?.window ?? 1)
    this.writer = openWriter(this.settings)
    this.proof = openProof(receive)
    this.receipts = openReceiptDoor(this.settings, deps)
    const calls = deps.metrics.counter(
      'gateway_sms_http_calls_total',
      'calls of peers over HTTP, by what became of them',
      ['bind', 'result'],
    )
    for (const result of ['taken', 'address', 'proof', 'stale'] as const) calls.inc({ bind: name, result }, 0)
    this.count = (result) => calls.inc({ bind: name, result })
    this.refusals = openRefusals(name, deps.log, this.count)
    const { log, metrics } = deps
    this.caller = send && new Caller(send, { name, log, metrics, room: () => deps.room() })
  }

  open(): void {
    this.since = new Date().toISOString()
    const { receive, send } = this.settings
    const { preset } = this.config
    this.deps.log.info(
      { evt: 'http-link.open', link: this.name, preset, answer: receive.answer, sends: send !== undefined },
      'A link over HTTP is open',
    )
    this.deps.room()
  }

  /** Texts can come whenever the peer calls; only replies can be reported as blocked. */
  get state(): 'pass' | 'warn' | 'fail' {
    if (!this.caller || this.caller.isReachable) return 'pass'
    return this.answersInResponse ? 'warn' : 'fail'
  }

  get credit(): number {
    if (!this.answersInResponse) return this.caller?.credit ?? 0
    // Without calls of ours, a reply that no caller waits for is kept until the peer retries.
    return this.caller ? this.waiting.size + this.caller.credit : maxWaiting
  }

  /** Answers in responses are stored and repeated; repeated calls are deduplicated by the peer, if it can. */
  get takesOnce(): boolean {
    return this.answersInResponse || this.settings.send?.repeatable === true
  }

  get sendsUnasked(): boolean {
    return this.caller !== undefined
  }

  readText = (body: Buffer): string => body.toString('utf8')

  shareWith(gateways: number): void {
    this.caller?.shareWith(gateways)
  }

  /** Before the body is read: whether the call may be the peer's. */
  admit(head: CallHead, address: string, isReceipt: boolean): Answer | undefined {
    return this.refusals.of(
      isReceipt ? this.receipts.ofHead(head, address) : this.proof.ofHead(head, address),
    )
  }

  /** A delivery receipt. */
  takeReceipt(call: Call): Answer {
    const refusal = this.refusals.of(this.receipts.ofCall(call))
    if (refusal) return refusal
    this.count('receipt')
    return this.receipts.take(call)
  }

  /** A text, or several. `onGone` calls back when the caller has disconnected. */
  async take(call: Call, onGone: OnGone): Promise<Answer> {
    const { each } = this.settings.receive
    const refusal = this.refusals.of(this.proof.ofCall(call))
    if (refusal) return refusal
    if (each === undefined) return this.takeOne(call, onGone)
    const calls = call.each(each)
    if (!calls) return this.refusals.unreadable(call, each)
    return toAll(await Promise.all(calls.map((one) => this.takeOne(one, onGone)))) ?? this.writer.accepted()
  }

  private async takeOne(call: Call, onGone: OnGone): Promise<Answer> {
    const { receive } = this.settings
    for (const [place, value] of Object.entries(receive.only ?? {}))
      if (call.at(place) !== value) return this.done('other', this.writer.accepted())
    const text = readText(call, receive)
    if ('field' in text) return this.refusals.unreadable(call, text.field)
    if (this.isClosing || this.waiting.size >= maxWaiting) return this.done('later', again)
    this.received++
    const asked = {
      from: text.from.address,
      to: text.to.address || this.settings.shortCode,
      id: idOf(text.name),
    }
    return this.answersInResponse ? this.ask(text, asked, onGone) : this.keep(text)
  }

  // The reply goes by a call of ours: the peer waits only until the text is stored.
  private keep(text: Text): Promise<Answer> {
    return new Promise((resolve) => {
      this.deps.deliver([
        {
          ...text,
          answer: (verdict) =>
            resolve(
              verdict === 'later'
                ? this.done('later', again)
                : this.done(verdict === 'seen' ? 'repeated' : 'taken', this.writer.accepted()),
            ),
        },
      ])
    })
  }

  // The reply travels in the response: a redelivery of the same text gets the first answer.
  private async ask(text: Text, asked: Asked, onGone: OnGone): Promise<Answer> {
    const { deadlineMs } = this.settings.receive
    let lookAgain: NodeJS.Timeout | undefined
    let isOver = false
    let result = 'taken'
    const said = await new Promise<Said>((resolve) => {
      const finish = (said: Said) => {
        isOver = true
        resolve(said)
      }
      const waiter: Waiter<Said> = { name: text.name, answer: finish }
      const leave = (said: Said) => {
        this.waiting.leave(waiter)
        finish(said)
      }
      this.waiting.add(waiter, deadlineMs, () => void this.partly(text.name).then(leave))
      onGone(() => leave({ kind: 'silent' }))
      const answer: Incoming['answer'] = (verdict) => {
        if (verdict === 'later') leave({ kind: 'later' })
        else if (verdict === 'silent') {
          this.remember({ name: text.name, nth: 0, of: 1 }, { by: 'none', text: '', isValid: false })
          leave({ kind: 'silent' })
        }
        // A disconnected caller needs no answer.
        else if (verdict === 'seen' && !isOver) {
          result = 'repeated'
          // Another process may have it: poll for its answer.
          const look = () => void this.finishIfWhole(text.name)
          look()
          lookAgain = setInterval(look, lookAgainMs)
        }
      }
      this.deps.deliver([{ ...text, answer }])
    })
    clearInterval(lookAgain)
    return this.say(said, asked, result)
  }

  private say(said: Said, asked: Asked, result: string): Answer {
    switch (said.kind) {
      case 'later':
        return this.done('later', again)
      case 'silent':
        return this.done(result, this.writer.accepted(asked))
      case 'said':
        this.answered++
        return this.done(result, this.writer.said(asked, said))
    }
  }

  // Time is up: send what is ready; the rest goes by a call of ours, or the peer retries for it.
  private async partly(name: string): Promise<Said> {
    while (this.settling.has(name)) await later(lookAgainMs / 10)
    const there = await this.deps.answers.read(name).catch(() => [])
    const said = wholeOf(there.flatMap((one) => one ?? []))
    if (said.kind === 'said' || this.caller) return said
    return { kind: 'later' }
  }

  private async finishIfWhole(name: string): Promise<void> {
    const there = await this.deps.answers.read(name).catch(() => [])
    if (there.length > 0 && there.every((one) => one !== undefined))
      this.waiting.finish(name, wholeOf(there as KeptAnswer[]))
  }

  private remember(question: Named, answer: KeptAnswer): void {
    // Redis may be away: then the redelivery waits in vain and is retried.
    this.deps.answers
      .keep(question, answer, this.keptSeconds(question))
      .then(() => this.finishIfWhole(question.name))
      .catch(() => undefined)
  }

  // As long as the text is remembered, and no longer: after that the same id is another text.
  private keptSeconds({ name }: Named): number {
    return isBrief(name) ? this.deps.duplicateWindowSeconds() : this.settings.receive.repeatSeconds
  }

  ended(question: Named): void {
    if (this.answersInResponse) this.remember(question, { by: 'none', text: '', isValid: false })
  }

  send(reply: Outgoing, done: (outcome: Outcome) => void): void {
    if (this.answersInResponse && reply.question) void this.answer(reply, reply.question, done)
    else void this.callOut(reply, done)
  }

  // Stored before it is sent: a redelivery gets the same answer, after any crash.
  private async answer(reply: Outgoing, question: Named, done: (outcome: Outcome) => void): Promise<void> {
    const { name } = question
    const { text, isValid } = reply
    const by = this.waiting.has(name) || !this.caller ? 'response' : 'call'
    this.settling.add(name)
    const kept = await this.deps.answers
      .keep(question, { by, text, isValid }, this.keptSeconds(question))
      .catch(() => undefined)
    this.settling.delete(name)
    if (!kept) done({ kind: 'unsent' })
    else if (kept.by === 'call')
      await this.callOut({ ...reply, text: kept.text, isValid: kept.isValid }, done)
    else if (kept.by === 'response') {
      if (question.of === 1) this.waiting.finish(name, wholeOf([kept]))
      else await this.finishIfWhole(name)
      done({ kind: 'taken' })
    }
    // The peer's call has been answered as without a reply: the first part of a text whose other parts never came.
    else if (this.caller) await this.callOut(reply, done)
    else done({ kind: 'refused', how: 'final', status: 'nobody waits' })
  }

  private async callOut(reply: Outgoing, done: (outcome: Outcome) => void): Promise<void> {
    const { send } = this.settings
    if (!this.caller || !send) return done({ kind: 'refused', how: 'final', status: 'no send' })
    if (this.isClosing) return done({ kind: 'unsent' })
    // Two calls without an answer: a second reply is a nuisance, a third would be a fault.
    if (reply.attempts >= 2 && !send.repeatable) return done({ kind: 'lost' })
    if (this.caller.credit < 1) {
      // This reply got its slot for a caller that waited; that caller has left.
      return done({ kind: 'refused', how: 'throttled', status: 'busy' })
    }
    const { outcome, messageId } = await this.caller.call(
      reply.notice ? send.notice : send.reply,
      valuesOf(this.settings, this.receipts.callbackUrl, reply),
      this.receipts.headers,
      reply.refusals,
    )
    if (outcome.kind === 'taken') this.deps.accepted(messageId ?? reply.id)
    done(outcome)
  }

  private done(result: string, answer: Answer): Answer {
    this.count(result)
    return answer
  }

  /** Stops accepting texts; waits until pending ones are answered and our calls are done, or the time is up. */
  async close(): Promise<void> {
    this.isClosing = true
    const deadline = performance.now() + closeMs
    while ((this.waiting.size > 0 || (this.caller?.calling ?? 0) > 0) && performance.now() < deadline)
      await later(20)
    for (const { name } of this.waiting.all()) this.waiting.finish(name, { kind: 'later' })
    this.caller?.close()
  }

  view(): LinkView {
    const { send, shortCode, receive } = this.settings
    const perSecond = this.caller?.perSecond ?? Number.POSITIVE_INFINITY
    const { lastError } = this.caller ?? {}
    return {
      link: this.name,
      kind: 'http',
      peer: send ? hostOf(send) : this.config.preset,
      shortCode,
      window: this.window,
      throughput: Number.isFinite(perSecond) ? Math.round(perSecond * 10) / 10 : null,
      received: this.received,
      sent: this.answered + (this.caller?.sent ?? 0),
      throttled: this.caller?.throttled ?? 0,
      binds: [
        {
          bind: this.name,
          mode: `${this.config.preset}, answers by ${receive.answer}`,
          state: this.isClosing ? 'closed' : this.state === 'fail' ? 'waiting' : 'bound',
          ...(this.since ? { boundSince: this.since } : {}),
          inFlight: this.waiting.size + (this.caller?.calling ?? 0),
          ...(lastError ? { lastError } : {}),
        },
      ],
    }
  }
}

const later = (ms: number) => new Promise<void>((done) => setTimeout(done, ms))
