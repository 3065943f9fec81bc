// Work that one of the gateways does once a day, from a local time on. Whoever holds the lease does it; the day is marked when
// it is done, so a gateway that dies half-way leaves it to another.
import type { Log } from '../log.js'
import type { RedisDoor } from './connection.js'

export interface OnceADayDeps {
  readonly door: RedisDoor
  readonly log: Log
  /** Names its keys, `<name>:lease` and `<name>:YYYY-MM-DD`, and its log lines. */
  readonly name: string
  /** Local time, `HH:MM`. Due from then until the end of the day: a gateway that was down then does it when it is back. */
  readonly at: string
  /** Name of this process among the gateways. */
  readonly instance: string
  /** A worker that does not renew for so long is gone. */
  readonly leaseSeconds: number
  /** Does the work of a local day (`YYYY-MM-DD`); resolves with what to write at its mark, undefined when it was not done. */
  run(day: string, renew: () => Promise<unknown>): Promise<string | undefined>
  readonly now?: () => number
}

const lookEveryMs = 60_000
const markSeconds = 3 * 86_400
// Vietnam keeps +07:00 all year.
const localOffsetMs = 7 * 3_600_000

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
      // Another may have finished between our two questions.
      if ((await door.request.exists(mark)) === 1) return
      const done = await run(day, () => door.request.set(leaseKey, instance, 'EX', leaseSeconds))
      if (done !== undefined) await door.request.set(mark, done, 'EX', markSeconds)
    } finally {
      if (door.isReady() && (await door.request.get(leaseKey).catch(() => null)) === instance)
        await door.request.del(leaseKey).catch(() => {})
    }
  }

  const lookOnce = () => {
    // Redis may go away at any moment; the next minute looks again.
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
