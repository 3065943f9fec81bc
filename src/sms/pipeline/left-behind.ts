// Cleans up after links that were removed from the configuration: texts that nobody will answer, and dead letters. The names of
// all links are kept in Redis, because a restarted gateway does not know those it had before.
import type { Log } from '../../log.js'
import type { Metrics } from '../../metrics.js'
import { type RedisDoor, throwFault } from '../../redis/connection.js'
import type { Instance } from '../../redis/instance.js'
import { isOurs } from '../conversation/inquiry.js'
import type { Notice } from '../conversation/speaking.js'
import type { PhoneKeys } from '../msisdn.js'
import { readViews } from '../views.js'
import { openLedger } from './ledger.js'
import { openTell } from './tell.js'
import type { Text } from './text.js'

const key = '{sms}:links'

interface LeftBehindDeps {
  readonly door: RedisDoor
  readonly instance: Instance
  readonly keys: PhoneKeys
  readonly log: Log
  readonly metrics: Metrics
  /** Sends a text of ours over any link, once for each mark; false when none can. */
  send(mark: string, notice: Notice): Promise<boolean>
}

export function openLeftBehind({ door, instance, keys, log, metrics, send }: LeftBehindDeps) {
  // A notice or an office's answer need not leave by the link that somebody once texted to; a reply does.
  async function become(text: Text): Promise<'kept' | 'passed-on' | 'ends'> {
    const { question, phone, subject, receivedAt } = text.asked
    if (!isOurs(question) || text.attempts > 1 || text.isOlderThan(0, Date.now())) return 'ends'
    return (await send(`l:${text.id}`, { question, phone, subject, receivedAt })) ? 'passed-on' : 'kept'
  }

  /** Notes the links of this gateway. Throws GatewayError redis-unavailable. */
  async function note(own: readonly string[]): Promise<void> {
    if (own.length > 0) await door.request.sadd(key, ...own).catch(throwFault)
  }

  return {
    note,
    /**
     * Notes the links of this gateway. On links that no gateway has, ends texts received before `textsBefore` and dead letters
     * from before `deadBefore` (epoch ms); younger ones stay, because the link's gateway may be restarting. Throws GatewayError
     * redis-unavailable.
     */
    async tend(own: readonly string[], textsBefore: number, deadBefore: number): Promise<void> {
      await note(own)
      const live = new Set([...own, ...(await readViews(door)).map(({ link }) => link)])
      for (const link of await door.request.smembers(key)) {
        if (live.has(link)) continue
        const ledger = openLedger(door, instance, link, keys)
        const tell = openTell(link, log, metrics)
        for (const text of await ledger.endOlder(textsBefore, become)) tell.ended(text, 'expired')
        await ledger.dropDeadBefore(deadBefore)
        if (await ledger.isEmpty()) await door.request.srem(key, link)
      }
    },
  }
}
