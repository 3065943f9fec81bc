// Work that one of the gateways does once a day, from a local time on. The holder of a lease does it and marks the day when it
// is done, so when a gateway dies half-way another takes over.
import type { Log } from '../log.js'
import type { RedisDoor } from './connection.js'

interface OnceADayDeps {
  readonly door: RedisDoor
  readonly log: Log
  /** Prefix of its keys, `<name>:lease` and `<name>:YYYY-MM-DD`, and of its log events. */
  readonly name: string
  /** Local time, `HH:MM`. Due from then to the end of the day: a gateway that was down does it when it is back. */
  readonly at: string
  /** Id of this process. */
  readonly instance: string
  /** A worker that has not renewed the lease for this long counts as gone. */
  readonly leaseSeconds: number
  /** Does the work of a local day (`YYYY-MM-DD`); resolves with the value of its mark, or undefined when it failed. */
  run(day: string, renew: () => Promise<unknown>): Promise<string | undefined>
  readonly now?: () => number
}

const lookEveryMs = 60_000
const markSeconds = 3 * 86_400
// Vietnam keeps +07:00 all year.
const localOffsetMs = 7 * 3_600_000

/** Looks once a minute whether the work is due and nobody else's. */
export function openOnceADay({
  door,
  log,
  name,
  at,
  instance,
  leaseSeconds,
  run,
  now = Date.now,
}: OnceADayDeps) {
  const leaseKey = `${name}:lease`
  let running: Promise<void> | undefined
  let isClosing = false

  async function look(): Promise<void> {
    const local = new Date(now() + localOffsetMs).toISOString()
    if (isClosing || local.slice(11, 16) < at || !door.isReady()) return
    const day = local.slice(0, 10)
    const mark = `${name}:${day}`
    if ((await door.request.exists(mark)) === 1) return
    if ((await door.request.set(leaseKey, instance, 'EX', leaseSeconds, 'NX')) === null) return
    try {
      // Another gateway may have finished between the check and the lease.
      if ((await door.request.exists(mark)) === 1) return
      const done = await run(day, () => door.request.set(leaseKey, instance, 'EX', leaseSeconds))
      if (done !== undefined) await door.request.set(mark, done, 'EX', markSeconds)
    } finally {
      if (door.isReady() && (await door.request.get(leaseKey).catch(() => null)) === instance)
        await door.request.del(leaseKey).catch(() => {})
    }
  }

  const lookOnce = () => {
    // Redis may go away at any moment; retried in a minute.
    running ??= look()
      .catch((error) => {
        log.debug({ evt: `${name}.waiting`, err: error }, 'Daily work waits for Redis')
      })
      .finally(() => {
        running = undefined
      })
    return running
  }
  const timer = setInterval(lookOnce, lookEveryMs)
  timer.unref()
  return {
    look: lookOnce,
    isClosing: () => isClosing,
    async close(): Promise<void> {
      clearInterval(timer)
      isClosing = true
      await running
    },
  }
}
