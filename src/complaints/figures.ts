// Counts complaints without decrypting any: agency, dates and state are stored in the clear.
import { asFault, type RedisDoor } from '../redis/connection.js'
import type { ComplaintFigures } from './contract.js'
import { complaintKey, openKey, receivedKey } from './keys.js'

const pageSize = 500

/** A complaint without its content. Times are epoch ms; `dueAt` is the end of its last day. */
export interface OpenComplaint {
  readonly ticket: string
  readonly agency: string
  readonly receivedAt: number
  readonly dueAt: number
  readonly isOverdue: boolean
}

interface Standing extends OpenComplaint {
  readonly isOpen: boolean
  /** Past its due day without an answer, or erased in that state. */
  readonly isOverdue: boolean
  readonly answered: 'in-time' | 'late' | undefined
}

/** Figures by agency of complaints received from `from` until `to` (epoch ms), as of `now`. */
export async function readFigures(
  door: RedisDoor,
  from: number,
  to: number,
  now: number,
): Promise<Map<string, ComplaintFigures>> {
  const figures = new Map<string, { -readonly [F in keyof ComplaintFigures]: number }>()
  try {
    for (let at = 0; ; at += pageSize) {
      const tickets = await door.request.zrangebyscore(receivedKey, from, `(${to}`, 'LIMIT', at, pageSize)
      for (const one of await readEach(door, tickets, now)) {
        const its = figures.get(one.agency) ?? {
          taken: 0,
          open: 0,
          overdue: 0,
          answeredInTime: 0,
          answeredLate: 0,
        }
        figures.set(one.agency, its)
        its.taken++
        if (one.isOpen) its.open++
        if (one.isOverdue) its.overdue++
        if (one.answered === 'in-time') its.answeredInTime++
        if (one.answered === 'late') its.answeredLate++
      }
      if (tickets.length < pageSize) return figures
    }
  } catch (error) {
    throw asFault(error)
  }
}

/** Open complaints, and how many of them are overdue, by agency. */
export async function readWaiting(
  door: RedisDoor,
  now: number,
): Promise<Map<string, { open: number; overdue: number }>> {
  const waiting = new Map<string, { open: number; overdue: number }>()
  for (const { agency, isOverdue } of await readOpen(door, now)) {
    const its = waiting.get(agency) ?? { open: 0, overdue: 0 }
    waiting.set(agency, { open: its.open + 1, overdue: its.overdue + (isOverdue ? 1 : 0) })
  }
  return waiting
}

/** Every open complaint, soonest due first, without its content. */
export async function readOpen(door: RedisDoor, now: number): Promise<OpenComplaint[]> {
  try {
    const tickets = await door.request.zrange(openKey, '0', '-1')
    return (await readEach(door, tickets, now)).sort((one, other) => one.dueAt - other.dueAt)
  } catch (error) {
    throw asFault(error)
  }
}

const fields = ['agency', 'state', 'received', 'due', 'answered', 'was', 'erased'] as const

async function readEach(door: RedisDoor, tickets: readonly string[], now: number): Promise<Standing[]> {
  const batch = door.batch()
  for (const ticket of tickets) batch.add(() => door.request.hmget(complaintKey(ticket), ...fields))
  const standing: Standing[] = []
  for (const [nth, [error, value]] of (await batch.exec()).entries()) {
    if (error) throw error
    const [agency, state, received, due, answered, was, erased] = value as (string | null)[]
    if (!agency) continue
    const isUnanswered = state === 'open' || was === 'open'
    standing.push({
      ticket: tickets[nth]!,
      agency,
      receivedAt: Number(received),
      dueAt: Number(due),
      isOpen: state === 'open',
      isOverdue: isUnanswered && Number(erased ?? now) > Number(due),
      answered: answered == null ? undefined : Number(answered) <= Number(due) ? 'in-time' : 'late',
    })
  }
  return standing
}
