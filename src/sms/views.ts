// The current state of the links of every running gateway, for other processes: each process writes its own every second,
// a reader trusts those of living processes only.
import { type RedisDoor, throwFault } from '../redis/connection.js'
import { holdingLease } from '../redis/instance.js'
import type { LinkView } from './carriers/carrier.js'

/** One link of one gateway. */
export interface LiveLink extends LinkView {
  readonly gateway: string
  /** Questions taken and not yet answered. */
  readonly waiting: number
}

/** Whether replies can leave by it: one half of a transmitter/receiver pair only receives. */
export const canSend = ({ binds }: Pick<LinkView, 'binds'>): boolean =>
  binds.some(({ state, mode }) => state === 'bound' && mode !== 'receiver')

const key = '{sms}:views'

/** Replaces the view of one gateway. Rejects when Redis is away. */
export async function writeViews(
  door: RedisDoor,
  gateway: string,
  links: readonly LiveLink[],
): Promise<void> {
  await door.request.hset(key, gateway, JSON.stringify({ links }))
}

/** Removes the view of a gateway that closes; never rejects. */
export async function dropViews(door: RedisDoor, gateway: string): Promise<void> {
  if (door.isReady()) await door.request.hdel(key, gateway).catch(() => 0)
}

/** Every link of every gateway that is running now. Throws GatewayError redis-unavailable. */
export async function readViews(door: RedisDoor): Promise<LiveLink[]> {
  const live: LiveLink[] = []
  const views = await door.request.hgetall(key).catch(throwFault)
  // By their leases and not by a time in the view: the clocks of two machines may differ by more than a view stays true.
  const living = await holdingLease(door, Object.keys(views))
  for (const [gateway, json] of Object.entries(views))
    if (living.has(gateway)) live.push(...(JSON.parse(json) as { links: LiveLink[] }).links)
    // Left by a process that was killed. One that only stalled writes it again within a second.
    else await door.request.hdel(key, gateway).catch(throwFault)
  return live
}
