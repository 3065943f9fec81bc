// What is done whenever Redis is ready again must not be lost to one slow answer: a server that was slow is not ready a second
// time.
import { GatewayError } from '../errors.js'

const againMs = 1000

/**
 * Each call of the result begins `task`, one at a time. A task that rejects with a GatewayError is repeated after a second, unless
 * Redis is away by then: it is called when Redis is ready again.
 */
export function untilDone(task: () => Promise<void>, isReady: () => boolean): () => void {
  let last: Promise<void> = Promise.resolve()
  let again: NodeJS.Timeout | undefined
  const begin = () => {
    clearTimeout(again)
    last = last.then(task).catch((error) => {
      if (!(error instanceof GatewayError)) throw error
      clearTimeout(again)
      again = setTimeout(() => isReady() && begin(), againMs).unref()
    })
  }
  return begin
}
