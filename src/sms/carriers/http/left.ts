// Whether any byte of a call was sent. fetch reports the same time-out for a silent name server, a firewall that drops packets
// and an unfinished TLS handshake, where nothing was sent, as for a peer that took the call and does not answer.
import { subscribe } from 'node:diagnostics_channel'

/** When (performance.now()) a request was last written to a connection, by origin. */
const writtenAt = new Map<string, number>()
/** Whether this fetch reports what it does at all. */
let isReported = false

subscribe('undici:client:beforeConnect', () => {
  isReported = true
})
subscribe('undici:client:sendHeaders', (message) => {
  const { origin } = (message as { request: { origin?: unknown } }).request
  writtenAt.set(String(origin).replace(/\/$/, ''), performance.now())
})

/** Whether a call to this URL that began then may have left; true as soon as any call to its host did. */
export const mayHaveLeft = (url: string, since: number): boolean =>
  !isReported || (writtenAt.get(new URL(url).origin) ?? Number.NEGATIVE_INFINITY) >= since
