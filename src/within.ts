// A time-out that holds.

/**
 * Runs `work` with a signal that aborts after `ms` or with `parent`; then rejects with a DOMException named TimeoutError
 * or AbortError, whether or not `work` obeys. fetch sometimes does not (node 20): when an answer says that it is gzipped
 * and is not, its body may neither end nor fail, not even by an abort.
 *
 * Not AbortSignal.any over AbortSignal.timeout: in Node 20 nothing references the two, and a garbage-collected time-out never
 * fires.
 */
export async function within<T>(
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  parent?: AbortSignal,
): Promise<T> {
  const controller = new AbortController()
  const { signal } = controller
  const giveUp = () => controller.abort(new DOMException('given up', 'AbortError'))
  const timer = setTimeout(() => controller.abort(new DOMException('too slow', 'TimeoutError')), ms)
  const over = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
  )
  if (parent?.aborted) giveUp()
  parent?.addEventListener('abort', giveUp, { once: true })
  try {
    return await Promise.race([work(signal), over])
  } finally {
    clearTimeout(timer)
    parent?.removeEventListener('abort', giveUp)
  }
}
