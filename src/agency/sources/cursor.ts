// How far a source has been read, stored in Redis beside its dossiers: when Redis comes back empty, the cursor is gone
// too, and the next poll is an initial fill. So it is after a change of the peer's address, or of how its records are read: a
// poll for changes would not return records that were skipped until a state was mapped or an agency added.
import { createHash } from 'node:crypto'
import { asFault, type RedisDoor } from '../../redis/connection.js'
import type { Order } from './order.js'
import type { Circle, Repeats } from './repeats.js'

/** A walk through pages in progress; it resumes where it stopped, on any gateway. */
export interface Walk {
  /** Changes since (epoch ms); left out: everything. */
  since?: number
  startedAt: number
  position?: string | undefined
  newest?: number
  seen: number
  /** Whether the peer sorts as asked, as far as this walk has shown. */
  order: Order
  /** The protocol itself gives changes since a moment. */
  isExact?: boolean
  /** After the page before (repeats.ts). */
  repeats?: Repeats
  circle?: Circle
  tally: Tally
}

/** Counts of the records seen, by outcome. */
export interface Tally {
  applied: number
  stale: number
  duplicate: number
  refused: number
  /** Reason → how many were left out. */
  skipped: Record<string, number>
}

export interface CursorState {
  /** When the source had been read from beginning to end for the first time. */
  filledAt?: number
  /** Latest change seen, by the peer's clock. */
  newest?: number
  /** A full walk was sorted by change: a poll may stop at the first page of known records. */
  isSorted?: boolean
  /** Polls since the last whole walk. */
  polls?: number
  /** Local day of the last nightly difference, YYYY-MM-DD. */
  difference?: string | undefined
  /** Fingerprint of the settings that decide what is read. */
  print?: string
  walk?: Walk
}

export interface Cursor {
  read(): Promise<CursorState>
  write(state: CursorState): Promise<void>
}

/**
 * The cursor of the source `name`, whose peer and reading `readAs` describes. Methods throw GatewayError
 * redis-unavailable.
 */
export function openCursor(door: RedisDoor, name: string, readAs: unknown): Cursor {
  const key = `source:{${name}}:cursor`
  const print = createHash('sha256').update(JSON.stringify(readAs)).digest('base64url').slice(0, 16)
  return {
    async read() {
      try {
        const text = await door.request.get(key)
        const state = JSON.parse(text ?? '{}') as CursorState
        return state.print === print ? state : { difference: state.difference }
      } catch (error) {
        throw asFault(error)
      }
    },
    async write(state) {
      try {
        await door.request.set(key, JSON.stringify({ ...state, print }))
      } catch (error) {
        throw asFault(error)
      }
    },
  }
}
