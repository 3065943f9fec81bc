// The format of a store's records, so that no gateway misreads another format. It is marked once; where the mark is
// missing (the store was emptied and filled again) the newest record of each shard reveals it.
import { GatewayError } from '../../errors.js'
import { asFault, type RedisDoor, throwFault } from '../../redis/connection.js'
import type { Numbers } from '../numbers/numbers.js'
import { changeStream, placeOf, shardTags } from './places.js'
import { isOtherFormat } from './record.js'

const key = 'dossier-format'
/** An incompatible format; adding fields does not change it (fields.ts, `recordVersion`). */
const form = '3'

/**
 * Marks an empty store; throws GatewayError config-invalid for a store of another format, redis-unavailable when Redis is
 * away.
 */
export async function requireFormat(
  door: Pick<RedisDoor, 'request'>,
  numbers: Pick<Numbers, 'read'>,
): Promise<void> {
  try {
    const marked = await door.request.get(key)
    if (marked === form) return
    if (marked !== null) throw refusal(unlike(marked))
    for (const tag of shardTags)
      if (await isFormer(door, numbers, tag))
        throw refusal(`the store has the format from before records had a version: ${beginAnew}`)
    await door.request.set(key, form)
  } catch (error) {
    throw asFault(error)
  }
}

/** Whether the store bears a mark of its format: false for one that was emptied. */
export async function isMarked(door: Pick<RedisDoor, 'request'>): Promise<boolean> {
  return (await door.request.exists(key).catch(throwFault)) === 1
}

/** Why this program refuses a store that is marked with another format; undefined when it is not. Changes nothing. */
export async function otherFormat(door: Pick<RedisDoor, 'request'>): Promise<string | undefined> {
  try {
    const marked = await door.request.get(key)
    return marked === null || marked === form ? undefined : unlike(marked)
  } catch (error) {
    throw asFault(error)
  }
}

const beginAnew =
  "give this program an empty one (another redis.url or dataDir) and fill it from the agencies' systems"

/** Why a store is refused. One that a newer version wrote is not lost: that version reads it again. */
const unlike = (marked: string) =>
  `the store has format ${marked.slice(0, 20)}, this program's is ${form}: ${
    Number(marked) > Number(form)
      ? 'a newer version of this program has written it; install that version again, or restore a backup from before it'
      : beginAnew
  }`

async function isFormer(
  door: Pick<RedisDoor, 'request'>,
  numbers: Pick<Numbers, 'read'>,
  tag: string,
): Promise<boolean> {
  for (const [, [, change = '']] of await door.request.xrevrange(changeStream(tag), '+', '-', 'COUNT', 10)) {
    const reading = numbers.read(change.split(' ').slice(3).join(' '))
    if (reading.kind !== 'dossierNo') continue
    const { record, field } = placeOf(reading.dossierNo)
    const packed = await door.request.hgetBuffer(record, field)
    if (packed) return isOtherFormat(packed)
  }
  return false
}

const refusal = (says: string) => new GatewayError('config-invalid', says, false)
