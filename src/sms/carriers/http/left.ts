// Whether anything of a call has left us. fetch says of a name server that is silent, of a firewall that drops everything and of a TLS
// handshake that never ends only what it says of a peer that took the call and does not answer: that time is up.
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
