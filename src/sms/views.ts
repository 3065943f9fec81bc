// The current state of the links of every running gateway, for other processes: each process writes its own every second,
// a reader trusts fresh ones only.
import { type RedisDoor, throwFault } from '../redis/connection.js'
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
const freshMs = 5000

/** Replaces the view of one gateway. Rejects when Redis is away. */
export async function writeViews(
  door: RedisDoor,
  gateway: string,
  links: readonly LiveLink[],
): Promise<void> {
  await door.request.hset(key, gateway, JSON.stringify({ at: Date.now(), links }))
}

/** Removes the view of a gateway that closes; never rejects. */
export async function dropViews(door: RedisDoor, gateway: string): Promise<void> {
  if (door.isReady()) await door.request.hdel(key, gateway).catch(() => 0)
}

/** Every link of every gateway that is running now. Throws GatewayError redis-unavailable. */
export async function readViews(door: RedisDoor): Promise<LiveLink[]> {
  const live: LiveLink[] = []
  const views = await door.request.hgetall(key).catch(throwFault)
  for (const [gateway, json] of Object.entries(views)) {
    const { at, links } = JSON.parse(json) as { at: number; links: LiveLink[] }
    if (Date.now() - at < freshMs) live.push(...links)
    // Left by a process that was killed. Removed only after an hour: a gateway whose clock is some minutes off must not remove
    // the view of a live one.
    else if (Date.now() - at > 3_600_000) await door.request.hdel(key, gateway).catch(throwFault)
  }
  return live
}
