// Records of a peer that could not be parsed, counted by reason and word for a week, so that `doctor` can name the mapping to
// add. Words of states are a peer's own vocabulary; numbers of dossiers and values of fields are not kept.
import { withoutLongNumbers } from '../../dossier/numbers/personal.js'
import { asFault, type RedisDoor } from '../../redis/connection.js'

interface Unread {
  readonly reason: string
  /** Of an unknown state: the peer's word for it. */
  readonly word: string
  /** Epoch ms. */
  readonly lastAt: number
}

const keptMs = 7 * 86_400_000
const maxKept = 100
const againMs = 60_000
const place = (source: string) => `source:{${source}}:unread`

export type NoteUnread = (skipped: readonly { reason: string; word?: string }[]) => void

/** Notes unreadable records of one source. Never rejects: losing a note is harmless. */
export function openUnread(door: RedisDoor, source: string, now: () => number): NoteUnread {
  const noted = new Map<string, number>()
  return (skipped) => {
    for (const { reason, word = '' } of skipped) {
      const field = `${reason} ${withoutLongNumbers(word)}`
      if (now() - (noted.get(field) ?? 0) < againMs || (!noted.has(field) && noted.size >= maxKept)) continue
      noted.set(field, now())
      door.request.hset(place(source), field, String(now())).catch(() => {})
    }
  }
}

/** What a source had within the last week that could not be read, the latest first. */
export async function readUnread(door: RedisDoor, source: string, now: number): Promise<Unread[]> {
  try {
    const kept = await door.request.hgetall(place(source))
    return Object.entries(kept)
      .map(([field, at]) => {
        const space = field.indexOf(' ')
        return { reason: field.slice(0, space), word: field.slice(space + 1), lastAt: Number(at) }
      })
      .filter(({ lastAt }) => now - lastAt < keptMs)
      .sort((a, b) => b.lastAt - a.lastAt)
  } catch (error) {
    throw asFault(error)
  }
}
