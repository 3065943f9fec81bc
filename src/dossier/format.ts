// Which form the store's records are in, so that no gateway reads what it would take for something else. The form is marked
// once; where the mark is missing (an emptied store that filled again) the newest record of each shard shows it.
import { GatewayError } from '../errors.js'
import { asFault, type RedisDoor } from '../redis/connection.js'
import type { Numbers } from './numbers.js'
import { changeStream, placeOf, shardTags } from './places.js'
import { isFormerForm } from './record.js'

const key = 'dossier-format'
/** Another form altogether: fields that are added to it do not change this (fields.ts, `recordVersion`). */
const form = '3'

/** Marks an empty store; throws GatewayError config-invalid for a store of another form, redis-unavailable when Redis is away. */
export async function requireFormat(
  door: Pick<RedisDoor, 'request'>,
  numbers: Pick<Numbers, 'read'>,
): Promise<void> {
  try {
    const marked = await door.request.get(key)
    if (marked === form) return
    if (marked !== null) throw refusal(`is of form ${marked.slice(0, 20)}, this program's is ${form}`)
    for (const tag of shardTags)
      if (await isFormer(door, numbers, tag)) throw refusal('is of the form before records had a version')
    await door.request.set(key, form)
  } catch (error) {
    throw asFault(error)
  }
}

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
    if (packed) return isFormerForm(packed)
  }
  return false
}

const refusal = (what: string) =>
  new GatewayError(
    'config-invalid',
    `the store ${what}: give this program an empty one (another redis.url or dataDir) and fill it from the agencies' systems`,
    false,
  )
