// Whether the store is still the one that the gateway was started on. Behind the same address another server may come back: one
// without the data, or one that belongs to another installation.
import type { Log } from '../../log.js'
import type { RedisDoor } from '../../redis/connection.js'
import { untilDone } from '../../redis/until-done.js'

interface StoreMarks {
  /** Whether the store bears the marks of a store of this program. */
  isMarked(): Promise<boolean>
  /** Marks it, as at the start. */
  mark(): Promise<unknown>
  /** What contradicts our configuration, in sentences. */
  contradictions(): Promise<readonly string[]>
}

const lookEveryMs = 60_000

/**
 * Looks whenever a server is ready again, and once a minute, because a FLUSHALL closes no connection. Logs what became of the
 * store; an empty one is marked as ours.
 */
export function watchStore(
  door: Pick<RedisDoor, 'onServerReady' | 'isReady'>,
  { isMarked, mark, contradictions }: StoreMarks,
  log: Log,
  everyMs = lookEveryMs,
) {
  let told = ''
  const look = untilDone(async () => {
    if (!(await isMarked())) {
      await mark()
      log.error(
        { evt: 'store.emptied' },
        'Redis has lost the data: dossiers, keys of agencies and devices, watches and complaints are gone. If this is the wrong server, put the right one back; else stop the gateway and restore the backup',
      )
      return
    }
    const found = await contradictions()
    const isNew = found.join() !== told
    told = found.join()
    for (const says of isNew ? found : [])
      log.error(
        { evt: 'store.replaced', says },
        'Redis came back with the store of another installation. Stop the gateway, and put the right Redis at its address; started on this one, it refuses (78)',
      )
  }, door.isReady)
  door.onServerReady(look)
  const timer = setInterval(() => door.isReady() && look(), everyMs)
  timer.unref()
  return { close: () => clearInterval(timer) }
}
