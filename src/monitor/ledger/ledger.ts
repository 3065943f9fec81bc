// Figures of dossiers by agency and day, and the lists of due dossiers and missing numbers. One gateway counts the whole store
// in the morning and keeps the result in Redis. A reader brings it up to date from the change streams, so that the answer is
// current and nobody waits for a scan.
import { createHash } from 'node:crypto'
import type { Agency } from '../../dossier/agency.js'
import type { Snapshots } from '../../dossier/store/snapshot.js'
import { dayMs, startOfDay } from '../../dossier/times.js'
import type { TellTruth } from '../../dossier/truth.js'
import { type Log, silentLog } from '../../log.js'
import type { RedisDoor } from '../../redis/connection.js'
import { openCounted } from '../counted.js'
import type { Excused } from '../overdue/collect.js'
import { type Book, fillBook, keepsMs } from './book.js'
import { type Span, spanOf } from './cells.js'
import { type Asked, loadedFrom, openKeptBook } from './kept.js'
import { type Standing, standingOf } from './standing.js'

interface LedgerDeps {
  readonly door: RedisDoor
  readonly log?: Log
  readonly snapshots: Snapshots
  readonly agencies: readonly Agency[]
  readonly truthOf: TellTruth
  readonly excused: Excused
  readonly now?: () => number
}

export type Ledger = ReturnType<typeof openLedger>

// Reports compare with the year before, so a little over two years back; and dossiers may be dated ahead.
const daysBack = 801
const daysAhead = 366
// Up to this age, bringing a count up to date costs less than counting again.
const freshMs = 6 * 3_600_000
const manyChanges = 2000
const firstWaitMs = 1500
// The clocks of two gateways differ by less than this.
const clockMs = 60_000
const countTries = 3
const noDays: Span = { from: 0, until: 0 }

/** Opens the ledger. It counts only when somebody asks, or in the morning. */
export function openLedger(deps: LedgerDeps) {
  const { door, log = silentLog, snapshots, agencies, truthOf, now = Date.now } = deps
  const closedDays = Math.floor(keptMs(snapshots) / dayMs)
  const excused = { ...deps.excused, backDays: closedDays }
  const { sequences, expiresAt } = snapshots
  const kept = openKeptBook(door, printOf(deps))
  const standings = { truthOf, excused, sequences, highest: kept.highest }
  const bookDeps = { agencies, truthOf, excused, expiresAt }
  const counted = openCounted({
    door,
    log,
    key: 'mon:census',
    freshMs,
    now,
    async count(at) {
      await kept.keep(await countWhole(at))
      return { at }
    },
  })

  async function countWhole(at: number): Promise<Book> {
    const span = {
      from: startOfDay(at) - daysBack * dayMs,
      until: startOfDay(at) + daysAhead * dayMs,
    }
    for (let tries = 0; tries < countTries; tries++) {
      const snapshot = await snapshots.take(at)
      const book = await fillBook(bookDeps, snapshot, at, span)
      if (snapshot.isWhole()) return book
    }
    throw new Error('dossiers were erased during every attempt to count the store')
  }

  const wantedOf = ({ days, lists }: Asked) => ({
    span: days === undefined || days.length === 0 ? noDays : spanOf({ from: days[0]!, to: days.at(-1)! }),
    wanted: new Set(lists),
  })

  /**
   * The figures at `at`, from the last count and the changes since, and whether that count is old. When the changes cannot be
   * followed, `former` instead: it makes the figures as of the count itself. Undefined: no usable count.
   */
  async function readKept(asked: Asked, at: number) {
    const loaded = await kept.load(asked)
    if (!loaded) return undefined
    const { head } = loaded
    const { span, wanted } = wantedOf(asked)
    if (span !== noDays && (span.from < head.span.from || span.until > head.span.until)) return undefined
    const former = () => standingOf(standings, loaded, [], { span, wanted }, head.at)
    if (at < head.at - clockMs || at >= head.at + keepsMs) return { former }
    const moment = Math.max(at, head.at)
    const changed = await snapshots.since(head.mark, head.at, moment)
    const standing = changed && (await standingOf(standings, loaded, changed, { span, wanted }, moment))
    return standing ? { standing, isOld: at - head.at > freshMs || changed.length > manyChanges } : { former }
  }

  return {
    /** For how many days closed dossiers are kept: figures of days before lack those that were deleted since. */
    closedDays,

    /**
     * The current figures; the figures as of the last count when too much has changed since; undefined when the first count is
     * not done within a short wait. Throws when Redis is away.
     */
    async look(asked: Asked): Promise<Standing | undefined> {
      const found = await readKept(asked, now())
      if (found?.standing) {
        if (found.isOld) void counted.again(0)
        return found.standing
      }
      await counted.again(firstWaitMs)
      const next = await readKept(asked, now())
      return next?.standing ?? next?.former?.()
    },

    /** The figures at `at` (epoch ms), if need be from a scan of the whole store. Throws when Redis is away. */
    async count(asked: Asked, at = now()): Promise<Standing> {
      const standing = (await readKept(asked, at))?.standing
      if (standing) return standing
      const { span, wanted } = wantedOf(asked)
      const loaded = await loadedFrom(await fillBook(bookDeps, await snapshots.take(at), at, span), asked)
      return (await standingOf(standings, loaded, [], { span, wanted }, at))!
    },

    /** Counts again when the last count is old, and waits for it. */
    renew: counted.renew,
    close: counted.close,
  }
}

/** How long closed dossiers are kept. */
const keptMs = ({ expiresAt }: Snapshots) => expiresAt({ dossierStatus: 'returned', eventTime: 0 })!

/** Fingerprint of the configuration a count depends on; a count made under another one is not used. */
function printOf({ agencies, truthOf, excused, snapshots }: LedgerDeps): string {
  const codes = agencies.map(({ code, aliases, exact }) => [code, aliases, exact ?? false])
  const midnight = startOfDay(0)
  const dayEnds = truthOf({ dossierStatus: 'processing', eventTime: 0, asOf: 0, dueAt: midnight }, 0).endsAt
  return createHash('sha256')
    .update(JSON.stringify([codes, excused, dayEnds, keptMs(snapshots)]))
    .digest('base64url')
}
