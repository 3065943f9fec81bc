// Complaints in Redis, all under one hash tag: a province has at most a few hundred a day. The citizen's words and phone are
// one encrypted value; ticket, agency, dates and state are stored in the clear.
import { createHmac } from 'node:crypto'
import { type Agency, answeringAgencies } from '../dossier/agency.js'
import { withoutIdentityNumbers } from '../dossier/numbers/personal.js'
import type { Seal } from '../dossier/seal.js'
import { dayMs, localDate } from '../dossier/times.js'
import { asFault, type RedisDoor, throwFault } from '../redis/connection.js'
import type {
  Complainant,
  ComplaintState,
  ComplaintTaker,
  NewComplaint,
  Reply,
  Standing,
  Taken,
} from './contract.js'
import { readFigures } from './figures.js'
import { complaintKey, openKey, prefix, receivedKey } from './keys.js'
import { endOf, type Holidays, workingDayAfter } from './working-days.js'

interface ComplaintsConfig {
  readonly workingDays: number
  readonly perSender: number
  readonly perDay: number
  readonly keptDays: number
  readonly agency?: string | undefined
}

interface ComplaintsDeps {
  readonly door: RedisDoor
  readonly seal: Seal
  readonly config: ComplaintsConfig
  readonly holidays: Holidays
  readonly agencies: readonly Agency[]
  /** 64 hex digits: keys the one-way hash that detects the same words from the same phone. */
  readonly phoneKey: string
  /** The queue of outgoing answers; left out where none are sent. */
  readonly replies?: RepliesJournal | undefined
  readonly now?: () => number
}

/** The part of redis/journal.ts used here. */
interface RepliesJournal {
  read(count: number): Promise<{ id: string; fields: Record<string, Buffer> }[]>
  reclaim(): Promise<{ id: string; fields: Record<string, Buffer> }[]>
  done(ids: readonly string[]): Promise<void>
}

// A list shows the answers of the last 30 days. Complaints are indexed by receipt, and few wait longer than a month for an
// answer, so those received in the last 60 are searched.
const shownAnsweredDays = 30
const lookedBackDays = 60

/** The encrypted part: what the citizen wrote, and the answer. */
interface Content {
  readonly v: 1
  readonly words: string
  readonly dossierNo?: string | undefined
  readonly complainant: Complainant
  readonly answer?: string
}

export interface Complaint {
  readonly ticket: string
  readonly agency: string
  readonly state: ComplaintState
  readonly receivedAt: number
  /** The end of its due day. */
  readonly dueAt: number
  readonly isOverdue: boolean
  readonly words?: string | undefined
  readonly dossierNo?: string | undefined
  readonly answer?: string | undefined
  readonly handedOnFrom?: string | undefined
  readonly answeredAt?: number | undefined
}

/** The result of answering, handing on or erasing; a state means that it does not allow the action. */
export type Moved = 'done' | 'unknown' | ComplaintState

const pageSize = 500

export type Complaints = ReturnType<typeof openComplaints>

/** Methods throw GatewayError redis-unavailable when Redis is away. */
export function openComplaints(deps: ComplaintsDeps) {
  const { door, seal, config, agencies } = deps
  const now = deps.now ?? Date.now
  const hash = (text: string) =>
    createHmac('sha256', deps.phoneKey).update(text).digest('base64url').slice(0, 22)
  const waiting: { id: string; fields: Record<string, Buffer> }[] = []
  const takeScript = door.script(new URL('./take-1.lua', import.meta.url))
  const moveScript = door.script(new URL('./move-1.lua', import.meta.url))
  const byCode = new Map(
    agencies.flatMap((agency) => [agency.code, ...agency.aliases].map((code) => [code, agency] as const)),
  )
  const answering = answeringAgencies(agencies)
  const standard = (config.agency && byCode.get(config.agency)) || agencies[0]

  // The office that answers for a closed one gets its complaints.
  function officeFor(code: string | undefined): Agency {
    const agency = (code && byCode.get(code)) || standard
    if (!agency) throw new Error('there is no agency')
    return answering.get(agency.code) ?? agency
  }

  /** Whether `office` (undefined: any) is the one that answers for the complaint's agency. */
  const answersFor = (office: string | undefined, agency: string) =>
    office === undefined || officeFor(agency).code === office

  const contentOf = (sealed: Buffer | undefined): Content | undefined => {
    const plain = sealed && seal.open(sealed)
    return plain === undefined ? undefined : (JSON.parse(plain) as Content)
  }

  async function raw(ticket: string): Promise<Map<string, Buffer> | undefined> {
    const flat = (await door.request
      .callBuffer('HGETALL', complaintKey(ticket))
      .catch(throwFault)) as Buffer[]
    if (flat.length === 0) return undefined
    const fields = new Map<string, Buffer>()
    for (let at = 0; at + 1 < flat.length; at += 2) fields.set(flat[at]!.toString(), flat[at + 1]!)
    return fields
  }

  function complaintOf(ticket: string, fields: Map<string, Buffer>): Complaint {
    const text = (name: string) => fields.get(name)?.toString()
    const content = contentOf(fields.get('sealed'))
    const dueAt = Number(text('due'))
    const answered = text('answered')
    const state = text('state') as ComplaintState
    return {
      ticket,
      agency: text('agency')!,
      state,
      receivedAt: Number(text('received')),
      dueAt,
      // A complaint erased without an answer still counts as overdue if it was.
      isOverdue: (state === 'open' || text('was') === 'open') && Number(text('erased') ?? now()) > dueAt,
      words: content?.words,
      dossierNo: content?.dossierNo,
      answer: content?.answer,
      handedOnFrom: text('from'),
      answeredAt: answered === undefined ? undefined : Number(answered),
    }
  }

  async function read(ticket: string): Promise<Complaint | undefined> {
    const fields = isTicket(ticket) ? await raw(ticket) : undefined
    return fields && complaintOf(ticket, fields)
  }

  /** A complaint with its content, if it is this phone's. */
  async function ofPhone(ticket: string, subject: string): Promise<Complaint | undefined> {
    const fields = isTicket(ticket) ? await raw(ticket) : undefined
    const isIts = fields && contentOf(fields.get('sealed'))?.complainant.subject === subject
    return isIts ? complaintOf(ticket, fields) : undefined
  }

  // A complaint that names an earlier ticket of the same phone goes to the office that has that ticket.
  async function officeOf({ agency, former, complainant }: NewComplaint): Promise<Agency> {
    return officeFor(agency ?? (former && (await ofPhone(former, complainant.subject))?.agency))
  }

  async function move(
    ticket: string,
    act: string,
    office: string | undefined,
    more: string | Buffer,
  ): Promise<Moved> {
    const agency = (await read(ticket))?.agency
    if (agency === undefined || !answersFor(office, agency)) return 'unknown'
    const said = await moveScript.run([openKey], [prefix, ticket, act, agency, now(), more])
    return String(said) as Moved
  }

  /** Every complaint received in a period, oldest first. */
  async function* receivedBetween(from: number, to: number): AsyncGenerator<Complaint> {
    for (let at = 0; ; at += pageSize) {
      const tickets = await door.request
        .zrangebyscore(receivedKey, from, `(${to}`, 'LIMIT', at, pageSize)
        .catch(throwFault)
      for (const ticket of tickets) {
        const complaint = await read(ticket)
        if (complaint) yield complaint
      }
      if (tickets.length < pageSize) return
    }
  }

  return {
    officeFor,

    async take(given: NewComplaint): Promise<Taken> {
      const { dossierNo, complainant, receivedAt } = given
      const words = withoutIdentityNumbers(given.words)
      const office = await officeOf(given)
      const dueDay = workingDayAfter(receivedAt, config.workingDays, deps.holidays)
      const content: Content = { v: 1, words, dossierNo, complainant }
      const day = localDate(receivedAt).slice(2).replaceAll('-', '')
      const said = String(
        await takeScript.run(
          [openKey],
          [
            prefix,
            hash(`${complainant.subject} ${words}`),
            complainant.subject,
            day,
            config.perSender,
            config.perDay,
            receivedAt,
            endOf(dueDay),
            dueDay,
            office.code,
            seal.seal(JSON.stringify(content)),
          ],
        ),
      )
      if (said === 'silent') return { kind: 'silent' }
      const [kind, ticket = '', itsDueDay = '', code] = said.split(' ')
      if (kind === 'taken') return { kind, ticket, dueDay: itsDueDay, office: officeFor(code) }
      return { kind: 'capped', office }
    },

    async replyOf(ticket: string): Promise<Reply | undefined> {
      const content = contentOf((await raw(ticket))?.get('sealed'))
      if (content?.answer === undefined) return undefined
      return { ticket, answer: content.answer, complainant: content.complainant }
    },

    async standingOf(ticket: string, subject: string): Promise<Standing | undefined> {
      const its = await ofPhone(ticket, subject)
      if (!its) return undefined
      const reply = await this.replyOf(ticket)
      if (reply) return { kind: 'answered', ...reply }
      const { dueAt, isOverdue } = its
      const office = officeFor(its.agency)
      return { kind: 'taken', ticket, dueDay: localDate(dueAt - 1), office, isOverdue }
    },

    async tendReplies(send: (reply: Reply) => Promise<boolean>): Promise<void> {
      const { replies } = deps
      if (!replies) return
      waiting.push(...(await replies.read(50)), ...(await replies.reclaim()))
      // After an error of Redis, or without a link to send over, the rest is retried by the next call.
      while (waiting.length > 0) {
        const { id, fields } = waiting[0]!
        const reply = await this.replyOf(fields.t?.toString() ?? '')
        if (reply && !(await send(reply))) return
        await replies.done([id])
        waiting.shift()
      }
    },

    read,

    /** The complaints of an office (or all): open ones by due day, then those answered in the last 30 days, newest first. */
    async list(office: string | undefined): Promise<Complaint[]> {
      const isIts = (one: Complaint | undefined): one is Complaint =>
        one !== undefined && answersFor(office, one.agency)
      const open: Complaint[] = []
      for (const ticket of await door.request.zrange(openKey, '0', '-1').catch(throwFault)) {
        const complaint = await read(ticket)
        if (isIts(complaint)) open.push(complaint)
      }
      const answered: Complaint[] = []
      for await (const one of receivedBetween(now() - lookedBackDays * dayMs, Number.MAX_SAFE_INTEGER))
        if (isIts(one) && one.state === 'answered' && now() - one.answeredAt! < shownAnsweredDays * dayMs)
          answered.push(one)
      return [...open, ...answered.sort((one, other) => other.answeredAt! - one.answeredAt!)]
    },

    /**
     * Stores an answer and queues it for SMS. For `answer`, `handOn` and `erase` a complaint of another office is `unknown`.
     */
    async answer(ticket: string, office: string | undefined, answer: string): Promise<Moved> {
      const kept = await read(ticket)
      if (!kept || !answersFor(office, kept.agency)) return 'unknown'
      // An erased complaint has no phone left to answer to.
      if (kept.state !== 'open') return kept.state
      const content = contentOf((await raw(ticket))?.get('sealed'))
      if (!content) return 'unknown'
      return move(ticket, 'answer', office, seal.seal(JSON.stringify({ ...content, answer })))
    },
    /** Hands it to the office that answers for another agency; its due day stays. */
    handOn: (ticket: string, office: string | undefined, to: string) =>
      move(ticket, 'hand-on', office, officeFor(to).code),
    /** Erases the content; the figures stay. */
    erase: (ticket: string, office: string | undefined) => move(ticket, 'erase', office, ''),

    /** Figures by agency of complaints received in a period, as of now. */
    figures: (from: number, to: number) => readFigures(door, from, to, now()),

    /** How many are open now, and how many of them overdue. */
    async standing(): Promise<{ open: number; overdue: number }> {
      try {
        const [open, overdue] = await Promise.all([
          door.request.zcard(openKey),
          door.request.zcount(openKey, '-inf', `(${now()}`),
        ])
        return { open, overdue }
      } catch (error) {
        throw asFault(error)
      }
    },

    /** Deletes complaints past retention. */
    async forgetOld(): Promise<void> {
      const before = now() - config.keptDays * dayMs
      const old = await door.request.zrangebyscore(receivedKey, '-inf', before, 'LIMIT', 0, pageSize)
      for (const ticket of old) {
        await door.request.del(complaintKey(ticket))
        await door.request.zrem(openKey, ticket)
        await door.request.zrem(receivedKey, ticket)
      }
    },
  } satisfies ComplaintTaker & Record<string, unknown>
}

const isTicket = (text: string) => /^\d{6}-\d{3,5}$/.test(text)
