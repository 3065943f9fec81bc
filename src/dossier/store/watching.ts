// Who watches a dossier: sealed bytes of the caller's beside the record, whose flag turns changes into notices.
import { type RedisDoor, throwFault } from '../../redis/connection.js'
import type { DossierNo } from '../dossier.js'
import { recordConstants } from '../fields.js'
import { placeOf } from './places.js'

/** Methods throw the errors of Redis. */
export function openWatching(door: RedisDoor) {
  const script = door.script(new URL('./watch-2.lua', import.meta.url), recordConstants)

  async function run(no: DossierNo, watcher: string, bytes: Buffer | ''): Promise<boolean> {
    const { record, watchers, field } = placeOf(no)
    return (await script.run([record, watchers], [field, watcher, bytes])) === 1
  }

  /** Adds a watcher. False if there is no such dossier. */
  const watch = (no: DossierNo, watcher: string, bytes: Buffer) => run(no, watcher, bytes)
  const unwatch = (no: DossierNo, watcher: string) => run(no, watcher, '')

  /** Watchers of one dossier: id → the caller's bytes. */
  async function watchers(no: DossierNo): Promise<Record<string, Buffer>> {
    const all = await door.request.hgetallBuffer(placeOf(no).watchers).catch(throwFault)
    return all as Record<string, Buffer>
  }

  /** Whoever watches one dossier watches another instead. Idempotent: what is cut short is done by the next call. */
  async function moveWatchers(from: DossierNo, to: DossierNo): Promise<void> {
    const there = await watchers(to)
    for (const [watcher, bytes] of Object.entries(await watchers(from)))
      if (there[watcher] || (await watch(to, watcher, bytes))) await unwatch(from, watcher)
  }

  return { watch, unwatch, watchers, moveWatchers }
}
