// HTTP load on plain sockets, leaner than any client library: on a small machine the generator must not be what is
// measured. Keep-alive, one request at a time on each connection, bodies read to their Content-Length.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { cpuSeconds, percentile, type Turn } from './measure.js'

export interface HttpLoad {
  readonly url: string
  readonly connections: number
  readonly seconds: number
  /** The next request, whole. */
  request(): string
  /** First bytes of the expected answer. */
  readonly expect?: string
  /** Processes whose processor time is told. */
  readonly pids: readonly number[]
}

const latenciesKept = 2_000_000

/** Runs the load; rejects when a connection is lost. Each connection has an address of its own, as citizens have. */
export async function httpLoad(load: HttpLoad): Promise<Turn> {
  const { port } = new URL(load.url)
  const expected = load.expect ?? 'HTTP/1.1 200'
  const latencies = new Float64Array(latenciesKept)
  let [done, failed, running] = [0, 0, true]

  const sockets = await Promise.all(
    Array.from({ length: load.connections }, async (_, nth) => {
      const socket = connect({ host: '127.0.0.1', port: Number(port), localAddress: `127.0.0.${nth + 2}` })
      socket.setNoDelay(true)
      await once(socket, 'connect')
      return socket
    }),
  )
  const cpuBefore = cpuSeconds(...load.pids)
  const started = performance.now()
  const until = setTimeout(() => {
    running = false
  }, load.seconds * 1000)
  await Promise.all(sockets.map(talk))
  const seconds = (performance.now() - started) / 1000
  clearTimeout(until)
  const cpu = cpuSeconds(...load.pids) - cpuBefore
  for (const socket of sockets) socket.destroy()
  const kept = latencies.subarray(0, Math.min(done, latenciesKept))
  return {
    perSecond: done / seconds,
    p50Ms: percentile(kept, 0.5),
    p99Ms: percentile(kept, 0.99),
    cpuMicros: (cpu / done) * 1e6,
    failed,
  }

  function talk(socket: Socket): Promise<void> {
    return new Promise((resolve, reject) => {
      let sentAt = 0
      let rest = ''
      const next = () => {
        if (!running) return resolve()
        sentAt = performance.now()
        socket.write(load.request(), 'latin1')
      }
      socket.on('error', reject)
      socket.on('close', () => reject(new Error(`${load.url} hung up`)))
      socket.on('data', (chunk) => {
        const text = rest + chunk.toString('latin1')
        const head = text.indexOf('\r\n\r\n')
        const length = head < 0 ? -1 : lengthOf(text)
        if (head < 0 || text.length < head + 4 + length) {
          rest = text
          return
        }
        rest = ''
        if (done < latenciesKept) latencies[done] = performance.now() - sentAt
        done++
        if (!text.startsWith(expected)) failed++
        next()
      })
      next()
    })
  }
}

function lengthOf(text: string): number {
  const at = text.indexOf('ontent-')
  const colon = text.startsWith('ontent-length', at)
    ? at + 14
    : text.toLowerCase().indexOf('\ncontent-length') + 16
  return Number.parseInt(text.slice(colon, colon + 12), 10)
}
