// The base of all source simulators: a real HTTP server that can be slow, hang, send garbage, restart on the same port.
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Teardown } from '../redis.js'

interface Reply {
  status?: number
  json?: unknown
  text?: string
  headers?: Record<string, string>
}

export interface PeerServer {
  readonly url: string
  /** Delay of every response. */
  latencyMs: number
  /** Instead of answering: stay silent, send HTML, send endlessly, drop the connection, HTTP 502, or 429 for two seconds. */
  fault: 'none' | 'silent' | 'html' | 'endless' | 'cut' | 'error' | 'busy' | 'redirect'
  /** Requests answered or not, as `METHOD path`. */
  readonly requests: string[]
  /** Called with the running number of each request before it is answered. */
  onRequest: (count: number) => void
  /** Drops every connection and stops listening. */
  stop(): Promise<void>
  /** Listens again on the same port. */
  start(): Promise<void>
  /** Clears what a restart would lose (sessions, tokens). */
  onRestart: () => void
}

export async function startServer(
  t: Teardown,
  answer: (request: IncomingMessage, url: URL, body: string) => Reply,
): Promise<PeerServer> {
  const sockets = new Set<Socket>()
  let server: Server | undefined
  let port = 0
  const handle = createHandler()

  function createHandler() {
    return (request: IncomingMessage, response: import('node:http').ServerResponse) => {
      const url = new URL(request.url ?? '/', 'http://peer')
      peer.onRequest(peer.requests.push(`${request.method} ${url.pathname}`))
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const send = () => {
          if (response.destroyed) return
          switch (peer.fault) {
            case 'silent':
              return
            case 'cut':
              return void response.socket?.destroy()
            case 'html':
              response.writeHead(200, { 'content-type': 'text/html' })
              return void response.end('<html>Đang bảo trì</html>')
            case 'error':
              response.writeHead(502)
              return void response.end('Bad Gateway')
            case 'busy':
              response.writeHead(429, { 'retry-after': '2' })
              return void response.end()
            case 'redirect':
              response.writeHead(302, { location: 'http://127.0.0.1:9/elsewhere' })
              return void response.end()
            case 'endless': {
              response.writeHead(200, { 'content-type': 'application/json' })
              const pour = () => {
                while (!response.destroyed && response.write(' '.repeat(65_536)));
              }
              response.on('drain', pour)
              return pour()
            }
          }
          const reply = answer(request, url, Buffer.concat(chunks).toString('utf8'))
          response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers })
          response.end(reply.text ?? (reply.json === undefined ? '' : JSON.stringify(reply.json)))
        }
        if (peer.latencyMs > 0) setTimeout(send, peer.latencyMs).unref()
        else send()
      })
    }
  }

  const peer: PeerServer = {
    url: '',
    latencyMs: 0,
    fault: 'none',
    requests: [],
    onRestart: () => {},
    onRequest: () => {},
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server?.close(resolve))
      server = undefined
    },
    async start() {
      peer.onRestart()
      server = createServer(handle)
      server.on('connection', (socket) => {
        sockets.add(socket)
        socket.on('close', () => sockets.delete(socket))
      })
      await new Promise<void>((resolve) => server!.listen(port, '127.0.0.1', resolve))
      port = (server.address() as AddressInfo).port
    },
  }
  await peer.start()
  Object.assign(peer, { url: `http://127.0.0.1:${port}` })
  t.teardown(async () => {
    if (server) await peer.stop()
  })
  return peer
}
