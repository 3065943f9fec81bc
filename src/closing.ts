// Shutdown: closes what was opened in reverse order, within a time budget.
import type { Log } from './log.js'

// Shutdown must end within 10 s: HTTP 3 s, SMS window 3 s, slip 2 s, Redis 1 s, and 1 s to spare.
const closeBudgetMs = 10_000

export interface Closing {
  /** Registers `room` to be closed, and returns it. */
  opened<T extends { close(): unknown }>(name: string, room: T): T
  /** Closes everything. A room that fails to close is logged and does not stop the others. */
  close(): Promise<void>
}

/** The list of what is to be closed, empty at first. */
export function openClosing(log: Log): Closing {
  const rooms: { name: string; room: { close(): unknown } }[] = []
  return {
    opened(name, room) {
      rooms.push({ name, room })
      return room
    },
    async close() {
      const watchdog = setTimeout(() => {
        log.error(
          { evt: 'gateway.stuck' },
          'Shutdown took too long, so the process ends at once; journalled work resumes at the next start',
        )
        process.exit(1)
      }, closeBudgetMs)
      for (const { name, room } of rooms.splice(0).reverse()) {
        try {
          await room.close()
        } catch (error) {
          log.warn(
            { evt: 'gateway.close-failed', room: name, err: error },
            'A part of the gateway did not close cleanly; work in flight resumes at the next start',
          )
        }
      }
      clearTimeout(watchdog)
    },
  }
}
