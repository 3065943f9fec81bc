// The first stage: takes what a carrier delivers. Decides what gets no reply, parses texts into questions, and joins long
// texts from their parts. Nothing is acknowledged to the peer before Redis has stored it.

import { GatewayError } from '../../errors.js'
import type { Log } from '../../log.js'
import type { Instance } from '../../redis/instance.js'
import type { Carrier, Incoming, PartOf, Verdict } from '../carriers/carrier.js'
import type { Conversation, Phone } from '../conversation/conversation.js'
import type { Notice } from '../conversation/speaking.js'
import { mask, openOwnNumbers, type PhoneKeys, readSender, wholeNumber } from '../msisdn.js'
import type { SmsConfig } from '../settings.js'
import type { Ledger, Whole } from './ledger.js'
import { openParts } from './ledger.js'
import type { Arrival, Outbox } from './outbox.js'
import { joinBodies, packPart, unpackPart } from './parts.js'
import { sealText } from './sealed.js'
import { type Asked, type Reason, Text } from './text.js'

interface IntakeDeps {
  readonly carrier: Pick<Carrier, 'name' | 'readText' | 'ended'>
  readonly ledger: Ledger
  readonly outbox: Pick<Outbox, 'bring' | 'size'>
  readonly instance: Pick<Instance, 'id'>
  readonly keys: PhoneKeys
  readonly conversation: Conversation
  /** The numbers of this link; a text to any other is answered from the first. */
  readonly shortCodes: readonly string[]
  settings(): SmsConfig
  isReady(): boolean
  readonly log: Log
}

// Limit of texts in memory; beyond it the SMSC keeps its texts and redelivers them. About 10 MB.
const maxHeld = 20_000

export function openIntake(deps: IntakeDeps) {
  const { carrier, ledger, outbox, keys, conversation } = deps
  let isClosed = false
  // Gives each text of a phone its own millisecond, so that the times tell which came last.
  let moment = { at: 0, texts: new Map<string, number>() }
  function momentOf({ address }: Phone, now: number): number {
    if (moment.at !== now) moment = { at: now, texts: new Map() }
    const before = moment.texts.get(address) ?? 0
    moment.texts.set(address, before + 1)
    return now + before
  }

  const codeAt = openOwnNumbers(deps.shortCodes)
  // The numbers of all links, not only of this one; compiled again after a reload.
  let compiled: { links: SmsConfig['links']; ownAt: (address: string) => string | undefined } | undefined
  function isOwn(links: SmsConfig['links'], address: string): boolean {
    if (compiled?.links !== links)
      compiled = {
        links,
        ownAt: openOwnNumbers(links.flatMap(({ shortCode, shortCodes }) => [shortCode, ...shortCodes])),
      }
    return compiled.ownAt(address) !== undefined
  }

  // Everything that distinguishes one text from another, and nothing that a redelivery may change (sequence number,
  // session, and the spelling of a number where it comes from another node of the peer).
  const markOf = (from: Phone, to: Phone, identity: string) =>
    keys.subject(`${ends(from, to)}\x1f${identity}`)

  // Several nodes of a peer spell the numbers in their own ways: 8188 is 848188 elsewhere.
  const ends = (from: Phone, to: Phone) =>
    `${wholeNumber(from.address)}\x1f${wholeNumber(codeAt(to.address) ?? to.address)}`

  function reasonFor(from: Phone, text: string | undefined): { reason: Reason } | { digits: string } {
    const { allowedPrefixes, links } = deps.settings()
    if (isOwn(links, from.address)) return { reason: 'loop' }
    const sender = readSender(from.address, from.ton, allowedPrefixes)
    if (sender.kind === 'alphanumeric') return { reason: 'alphanumeric' }
    if (sender.kind === 'foreign') return { reason: 'prefix' }
    return text === undefined ? { reason: 'not-text' } : { digits: sender.digits }
  }

  /** The questions of a text, or why it gets no reply. */
  function read(
    from: Phone,
    to: Phone,
    text: string | undefined,
    receivedAt: number,
    name?: string,
  ): { texts: Text[]; reason?: Reason } {
    const judged = reasonFor(from, text)
    const heard = 'digits' in judged && text !== undefined ? conversation.hear(text) : undefined
    const reason = 'reason' in judged ? judged.reason : heard?.silence
    if (reason || !heard || !('digits' in judged) || text === undefined) {
      deps.log.info(
        { evt: 'mo.suppressed', link: carrier.name, from: mask(from.address), reason },
        'MO gets no reply',
      )
      return { texts: [], reason: reason ?? 'not-text' }
    }
    const subject = keys.subject(judged.digits)
    const code = codeAt(to.address)
    // The type of number describes the spelling it came with: 848188 is international, 8188 is not.
    const ton = code?.replace('+', '') === to.address.replace('+', '') ? to.ton : 0
    const asked = { phone: from, subject, to: { ...to, address: code ?? '', ton }, receivedAt }
    const { questions } = heard
    return {
      texts: questions.map((question, nth) =>
        newText({
          question,
          ...asked,
          ...(name !== undefined && { named: { name, nth, of: questions.length } }),
        }),
      ),
    }
  }

  const newText = (asked: Asked) => new Text(Text.newId(deps.instance.id), asked)

  const arrivalOf = (
    row: Omit<Arrival['row'], 'sealed'>,
    texts: readonly Text[],
    answer?: Arrival['answer'],
  ): Arrival => {
    const sealed = texts.map(({ asked }) => sealText(keys, asked))
    return { row: { ...row, sealed }, texts, ...(answer && { answer }) }
  }

  function takeText(incoming: Incoming, now: number): Arrival {
    const { from, to, body, dataCoding, answer, name } = incoming
    const { texts, reason } = read(from, to, carrier.readText(body, dataCoding), momentOf(from, now), name)
    return arrivalOf(seenBy(incoming, incoming.identity, reason), texts, answer)
  }

  const seenBy = (
    { from, to, session, sequence, repeatSeconds }: Incoming,
    identity: string,
    reason?: Reason,
  ) => ({
    mark: markOf(from, to, identity),
    session,
    sequence,
    ...(repeatSeconds !== undefined && { window: repeatSeconds }),
    ...(reason && { reason }),
  })

  function takePart(incoming: Incoming, part: PartOf, now: number): Arrival {
    const { from, to, identity, answer } = incoming
    const { reference, number, total } = part
    const key = ledger.keys.part(keys.subject(`${ends(from, to)}\x1f${reference}\x1f${total}`))
    const due = now + deps.settings().partsTimeoutSeconds * 1000
    return {
      row: {
        ...seenBy(incoming, `${number}\x1f${identity}`),
        part: [key, number, total, due],
        sealed: [keys.seal(packPart(incoming, number, now))],
      },
      texts: [],
      answer,
      whole: (parts) => bringWhole({ key, parts: openParts(parts, keys) }),
    }
  }

  function bringWhole({ key, parts }: Whole): void {
    const kept = parts.map(unpackPart).sort((one, other) => one.number - other.number)
    const first = kept[0]
    if (!first) return
    const text = joinBodies(kept, carrier.readText)
    // The call that delivered the last part still waits; the others were told that they get no reply.
    const { name } = kept.reduce((last, part) => (part.at >= last.at ? part : last))
    const { texts, reason } = read(first.from, first.to, text, Math.min(...kept.map(({ at }) => at)), name)
    if (reason && name !== undefined) carrier.ended?.({ name, nth: 0, of: 1 })
    outbox.bring([
      arrivalOf({ mark: '', session: '-', sequence: 0, parts: key, ...(reason && { reason }) }, texts),
    ])
  }

  return {
    /** Takes the texts of one read. */
    take(batch: readonly Incoming[]): void {
      const now = Date.now()
      const arrivals: Arrival[] = []
      for (const incoming of batch) {
        if (isClosed || !deps.isReady() || outbox.size + arrivals.length > maxHeld) incoming.answer('later')
        else if (incoming.part) arrivals.push(takePart(incoming, incoming.part, now))
        else arrivals.push(takeText(incoming, now))
      }
      if (arrivals.length > 0) outbox.bring(arrivals)
    },
    bringWhole,
    /** A notice: stored once per mark; resolves when it is. */
    notify: (mark: string, notice: Notice, windowSeconds: number): Promise<void> =>
      new Promise((resolve, reject) => {
        const arrival = arrivalOf({ mark, session: '-', sequence: 0, window: windowSeconds, isOurs: true }, [
          newText({ ...notice, to: { address: '', ton: 0, npi: 0 } }),
        ])
        const answer = (verdict: Verdict) =>
          verdict === 'later'
            ? reject(new GatewayError('redis-unavailable', 'a notice was not kept', true))
            : resolve()
        outbox.bring([{ ...arrival, answer }])
      }),
    close(): void {
      isClosed = true
    },
  }
}
