// Whether the store is still the one that the gateway was started on. Behind the same address another server may come back: one
// without the data, or one that belongs to another installation.
import type { Log } from '../../log.js'
import type { RedisDoor } from '../../redis/connection.js'

interface StoreMarks {
  /** Whether the store bears the marks of a store of this program. */
  isMarked(): Promise<boolean>
  /** Marks it, as at the start. */
  mark(): Promise<unknown>
  /** What contradicts our configuration, in sentences. */
  contradictions(): Promise<readonly string[]>
}

/** Looks whenever a server is ready again, and logs what became of the store. An empty one is marked as ours. */
export function watchStore(
  door: Pick<RedisDoor, 'onServerReady'>,
  { isMarked, mark, contradictions }: StoreMarks,
  log: Log,
): void {
  async function look(): Promise<void> {
    if (!(await isMarked())) {
      await mark()
      log.error(
        { evt: 'store.emptied' },
        'Redis came back without the data: dossiers, keys of agencies and devices, watches and complaints are gone. If this is the wrong server, put the right one back; else stop the gateway and restore the backup',
      )
      return
    }
    for (const says of await contradictions())
      log.error(
        { evt: 'store.replaced', says },
        'Redis came back with the store of another installation. Stop the gateway, and put the right Redis at its address; started on this one, it refuses (78)',
      )
  }
  door.onServerReady(look)
}
