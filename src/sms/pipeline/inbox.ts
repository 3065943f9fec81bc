// What was asked, kept durably until it is answered or has a recorded reason why not. One stream for each link, shared by
// every gateway that has the link bound; a text seen twice within the window is one text. At rest nothing of it can be
// read without the phone key, and nothing is left once it is done.
import type { Batch, RedisDoor } from '../../redis/connection.js'
import type { Instance } from '../../redis/instance.js'
import { type Entry, type Journal, openJournal } from '../../redis/journal.js'
import type { Phone } from '../conversation/conversation.js'
import type { Action, Language, Question, Silence } from '../conversation/inquiry.js'
import type { PhoneKeys } from '../msisdn.js'

/** Why a text got no reply. Counted durably, link by link. */
export type Reason =
  | 'duplicate'
  | 'capped'
  | 'loop'
  | 'ceiling'
  | 'prefix'
  | 'alphanumeric'
  | 'not-text'
  | 'expired'
  | 'rejected'
  | 'outcome-unknown'
  | 'unreadable-entry'
  | 'mistake'
  | Silence

/** A question that has been taken and not yet answered. */
export interface Held {
  readonly id: string
  readonly question: Question
  readonly phone: Phone
  /** Keyed hash of the number: what caps and the limiter count by. */
  readonly subject: string
  /** TON and NPI of the address the text was sent to: the reply's source has the same unless configured. */
  readonly toTon: number
  readonly toNpi: number
  /** Hash of the text, to notice our own replies coming back. */
  readonly textHash: string
  readonly receivedAt: number
  /** Submits whose outcome is not known. */
  unknownAttempts: number
  /** Submits refused for a time. */
  refusals: number
  /** The caps have counted this reply. */
  isCounted?: boolean
  /** A reply in parts of which some have been taken: the text stays what it was. */
  started?: { readonly text: string; readonly taken: Set<number> }
}

/** A text to take in. */
export interface Arrival {
  /** Identifies the text within the duplicate window. */
  readonly mark: string
  /** Left out: it is not to be answered, for this reason. */
  readonly reason?: Reason
  readonly asked: readonly Asked[]
  /** Key of the parts it was joined from, to be erased with it. */
  readonly parts?: string
  /** Of the deliver_sm; left out for what did not come as one. */
  readonly sequence?: number
}

export type Asked = Omit<Held, 'id' | 'unknownAttempts' | 'refusals' | 'isCounted' | 'started'>

export type Inbox = Awaited<ReturnType<typeof openInbox>>

export interface InboxOptions {
  readonly link: string
  readonly keys: PhoneKeys
  readonly duplicateWindowSeconds: number
  readonly partsTimeoutSeconds: number
}

// An SMSC that was acknowledged on a session it still uses does not deliver again: what comes after this time under a new
// sequence number is the citizen, who wants to know anew. Shorter than anybody waits for an answer, longer than an SMSC
// needs to read ours.
const repeatAfterMs = 10_000

/** Opens the inbox of a link. Methods throw GatewayError redis-unavailable when Redis is away. */
export async function openInbox(
  door: RedisDoor,
  instance: Instance,
  { link, keys, duplicateWindowSeconds, partsTimeoutSeconds }: InboxOptions,
) {
  const tag = `{sms:${link}}`
  const stream = `${tag}:inbox`
  const reasons = `${tag}:reasons`
  const deadlines = `${tag}:parts`
  const marks = `${tag}:d:`
  const journal: Journal = await openJournal(door, instance, { stream })
  const acceptScript = door.script(new URL('./accept-3.lua', import.meta.url))
  const partScript = door.script(new URL('./part-2.lua', import.meta.url))
  const permitScript = door.script(new URL('./permit-1.lua', import.meta.url))

  const toHeld = (id: string, sealed: Buffer, attempts: number): Held | undefined => {
    const plain = keys.open(sealed)
    const asked = plain && unpack(plain)
    return asked && { id, ...asked, unknownAttempts: attempts - 1, refusals: 0, isCounted: attempts > 1 }
  }

  const toHelds = async (entries: readonly Entry[]): Promise<Held[]> => {
    const helds: Held[] = []
    for (const entry of entries) {
      const held = entry.fields.q && toHeld(entry.id, entry.fields.q, entry.attempts)
      // Sealed with another key, or not by us: nobody can answer it, and it must not come back for ever.
      if (held) helds.push(held)
      else await journal.deadLetter(entry, 'unreadable-entry')
    }
    return helds
  }

  const queueAttempts = (batch: Batch, helds: readonly Held[], more: number) => {
    const times = helds.map(({ id }) => Number(id.slice(0, id.indexOf('-'))))
    const args: (string | number)[] = [journal.group, instance.id, Math.min(...times), Math.max(...times)]
    for (const { id, unknownAttempts } of helds) args.push(id, unknownAttempts + more)
    batch.add(stream, (pipeline) => permitScript.queue(pipeline, [stream], args))
  }

  return {
    link,

    /**
     * Takes the texts of one tick. For each: undefined when it was seen before, else what is now held (nothing for texts
     * that are not to be answered). `session`: by which they came, so that its repeats can be told from redeliveries.
     */
    async accept(
      arrivals: readonly Arrival[],
      { windowSeconds = duplicateWindowSeconds, session = '-', now = Date.now() } = {},
    ): Promise<(Held[] | undefined)[]> {
      const args: (string | number | Buffer)[] = [
        journal.group,
        instance.id,
        windowSeconds,
        marks,
        session,
        now,
        repeatAfterMs,
      ]
      for (const { mark, reason, asked, parts, sequence = 0 } of arrivals) {
        const count = asked.length
        args.push(mark, sequence, reason || parts ? `${count}|${reason ?? ''}|${parts ?? ''}` : count)
        for (const one of asked) args.push(keys.seal(pack(one)))
      }
      const reply = (await acceptScript.run([stream, reasons, deadlines], args)) as (Buffer | null)[]
      return arrivals.map(({ asked }, nth): Held[] | undefined => {
        const ids = reply[nth]
        if (!ids) return undefined
        if (asked.length === 0) return []
        return ids
          .toString('latin1')
          .split(' ')
          .map((id, at) => ({ id, ...asked[at]!, unknownAttempts: 0, refusals: 0 }))
      })
    },

    /** Keeps a part of a long text; resolves with all of them once the last has come. */
    async keepPart(
      whole: string,
      mark: string,
      part: { number: number; total: number; bytes: Buffer },
      now: number,
    ): Promise<{ key: string; parts: Buffer[] } | undefined> {
      const key = `${tag}:part:${whole}`
      const reply = await partScript.run(
        [key, deadlines],
        [
          marks + mark,
          duplicateWindowSeconds,
          part.number,
          part.total,
          now + partsTimeoutSeconds * 1000,
          keys.seal(part.bytes),
        ],
      )
      return Array.isArray(reply) ? { key, parts: openParts(reply as Buffer[], keys) } : undefined
    },

    /** Texts whose missing parts will not be waited for any longer. */
    async overdueParts(now: number): Promise<{ key: string; parts: Buffer[] }[]> {
      const due = await door.request.zrangebyscore(deadlines, 0, now, 'LIMIT', 0, 50)
      const wholes = []
      for (const key of due) {
        const parts = openParts((await hgetall(door, key)) as Buffer[], keys)
        if (parts.length > 0) wholes.push({ key, parts })
        else await door.request.zrem(deadlines, key)
      }
      return wholes
    },

    /**
     * Queues "these are about to leave"; the reply says of each whether it may (1) and has its attempt on record then.
     */
    queuePermit(batch: Batch, helds: readonly Held[]): void {
      // Counter 1 is "taken"; every attempt whose outcome is not known adds one, and so does the one about to be made.
      queueAttempts(batch, helds, 2)
    },

    /** Takes the last attempt off the record: the SMSC has said that it did not take these. */
    async notTaken(helds: readonly Held[]): Promise<void> {
      const batch = door.batch()
      queueAttempts(batch, helds, 1)
      await batch.exec()
    },

    /** Queues the end of entries: answered, or for a reason. Every reply without an error means it is written. */
    queueDone(batch: Batch, ended: ReadonlyMap<Reason | 'answered', readonly string[]>): void {
      journal.queueDone(batch, ended.size === 1 ? [...ended.values()][0]! : [...ended.values()].flat())
      for (const [reason, ids] of ended)
        batch.add(reasons, (pipeline) => pipeline.hincrby(reasons, reason, ids.length))
    },

    /** Ends an entry for a reason an operator may want to look at; it can be tried again. */
    async bury(id: string, reason: Reason): Promise<void> {
      const [entry] = (await xrange(door, stream, id)) as [Buffer, Buffer[]][]
      if (!entry) return
      await journal.deadLetter({ id, fields: { q: entry[1][1]! } }, reason)
      await door.request.hincrby(reasons, reason, 1)
    },

    /** New entries nobody took (put back by an operator) and those of gateways that are gone. */
    async adoptOthers(): Promise<Held[]> {
      return toHelds([...(await journal.read(200)), ...(await journal.reclaim())])
    },

    /** Entries that are ours by the stream but not by `isHeld`: the reply to an accept was lost on its way. */
    async adoptOwn(isHeld: (id: string) => boolean): Promise<Held[]> {
      const entries: Entry[] = []
      let from = '-'
      for (;;) {
        const page = await journal.pending(from, 1000)
        for (const { id, attempts } of page) {
          if (isHeld(id)) continue
          const [entry] = (await xrange(door, stream, id)) as [Buffer, Buffer[]][]
          if (entry) entries.push({ id, fields: { q: entry[1][1]! }, attempts })
        }
        if (page.length < 1000) return toHelds(entries)
        from = `(${page.at(-1)!.id}`
      }
    },

    /** How many texts had no reply, by reason, and how many were answered; since the link exists. */
    async reasons(): Promise<Record<string, number>> {
      const counts = await door.request.hgetall(reasons)
      return Object.fromEntries(Object.entries(counts).map(([reason, count]) => [reason, Number(count)]))
    },

    /** Dead letters with what may be shown of them: never a number. */
    async dead(count: number) {
      return (await journal.deadEntries(count)).map(({ id, reason, fields }) => {
        const held = fields.q && toHeld(id, fields.q, 1)
        return {
          id,
          link,
          reason,
          at: new Date(Number(id.split('-')[0])).toISOString(),
          ...(held ? { action: held.question.action, phone: held.phone.address } : {}),
        }
      })
    },
    revive: (id: string) => journal.revive(id),
    dropDeadBefore: (epochMs: number) => journal.dropDeadBefore(epochMs),
    depth: () => journal.depth(),
  }
}

const hgetall = (door: RedisDoor, key: string) => door.request.callBuffer('HGETALL', key)
const xrange = (door: RedisDoor, stream: string, id: string) =>
  door.request.callBuffer('XRANGE', stream, id, id)

function openParts(flat: readonly Buffer[], keys: PhoneKeys): Buffer[] {
  const parts: Buffer[] = []
  for (let at = 1; at < flat.length; at += 2) {
    const plain = keys.open(flat[at]!)
    if (plain) parts.push(plain)
  }
  return parts
}

// One line of fields: cheaper than JSON by half, and there is one a text.
const separator = '\x1f'

function pack(asked: Asked): Buffer {
  const { question, phone } = asked
  return Buffer.from(
    `1${separator}${question.action}${separator}${question.language ?? ''}${question.keepsLanguage ? '!' : ''}${separator}${question.accents ? 1 : 0}${separator}${phone.address}${separator}${phone.ton}${separator}${phone.npi}${separator}${asked.toTon}${separator}${asked.toNpi}${separator}${asked.receivedAt}${separator}${asked.textHash}${separator}${asked.subject}${separator}${question.number ?? ''}`,
  )
}

function unpack(bytes: Buffer): Asked | undefined {
  const [
    version,
    action,
    language,
    accents,
    address,
    ton,
    npi,
    toTon,
    toNpi,
    receivedAt,
    textHash,
    subject,
    ...rest
  ] = bytes.toString().split(separator)
  if (version !== '1' || subject === undefined) return undefined
  const number = rest.join(separator)
  return {
    question: {
      action: action as Action,
      ...(language === '' ? {} : { language: language!.slice(0, 2) as Language }),
      ...(language!.endsWith('!') ? { keepsLanguage: true } : {}),
      accents: accents === '1',
      ...(number === '' ? {} : { number }),
    },
    phone: { address: address!, ton: Number(ton), npi: Number(npi) },
    subject,
    toTon: Number(toTon),
    toNpi: Number(toNpi),
    textHash: textHash!,
    receivedAt: Number(receivedAt),
  }
}
