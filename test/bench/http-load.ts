// HTTP load on plain sockets, leaner than any client library, so that on a small machine the generator is not the bottleneck.
// Keep-alive, one request at a time on each connection, bodies read to their Content-Length.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { countCpu, type Processes, percentile, type Turn } from './measure.js'

interface HttpLoad extends Processes {
  readonly url: string
  readonly connections: number
  readonly seconds: number
  /** The next request, whole. */
  request(): string
  /** Units of work in one request; left out: one. */
  readonly each?: number
}

const latenciesKept = 2_000_000

let askers = 0
const numbersEach = 4

/** A GET by some citizen; each asks a few times and never again. */
export function citizenGet(path: string): string {
  const citizen = Math.floor(askers++ / numbersEach)
  return `GET ${path} HTTP/1.1\r\nhost: bench\r\nx-forwarded-for: 10.${(citizen >> 16) & 255}.${(citizen >> 8) & 255}.${citizen & 255}\r\n\r\n`
}

/** Runs the load; rejects when a connection is lost. */
export async function httpLoad(load: HttpLoad): Promise<Turn> {
  const { port } = new URL(load.url)
  const each = load.each ?? 1
  const latencies = new Float64Array(latenciesKept)
  let [done, failed, running] = [0, 0, true]

  const sockets = await Promise.all(
    Array.from({ length: load.connections }, async () => {
      const socket = connect({ host: '127.0.0.1', port: Number(port) })
      socket.setNoDelay(true)
      await once(socket, 'connect')
      return socket
    }),
  )
  const cpuOf = countCpu(load)
  const started = performance.now()
  const until = setTimeout(() => {
    running = false
  }, load.seconds * 1000)
  await Promise.all(sockets.map(talk))
  const seconds = (performance.now() - started) / 1000
  clearTimeout(until)
  const cpu = cpuOf(done * each)
  for (const socket of sockets) socket.destroy()
  const kept = latencies.subarray(0, Math.min(done, latenciesKept))
  return {
    perSecond: (done * each) / seconds,
    p50Ms: percentile(kept, 0.5),
    p99Ms: percentile(kept, 0.99),
    ...cpu,
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
        if (!isWhole(text)) {
          rest = text
          return
        }
        rest = ''
        if (done < latenciesKept) latencies[done] = performance.now() - sentAt
        done++
        if (!text.startsWith('HTTP/1.1 200')) failed++
        next()
      })
      next()
    })
  }
}

function isWhole(text: string): boolean {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return false
  const at = text.search(/\ncontent-length: ?/i)
  if (at < 0 || at > head) return text.endsWith('\r\n0\r\n\r\n') // chunked
  return text.length >= head + 4 + Number.parseInt(text.slice(at + 16, at + 28), 10)
}
