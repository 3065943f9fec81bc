// A proxy between page and gateway, and the ways it fails.
import { request as ask, createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

const html = { 'content-type': 'text/html' }
const json = { 'content-type': 'application/json' }
// As our own gateway would begin its answer.
const ours = { ...json, 'x-dossier-gateway': '1' }

/** The usual ways to fail. */
export const failures = {
  'bad-gateway': (it) => it.writeHead(502, html).end('<html><h1>502 Bad Gateway</h1><hr>nginx</html>'),
  portal: (it) =>
    it.writeHead(200, html).end('<html><title>Wi-Fi</title><form>Accept the terms</form></html>'),
  'portal elsewhere': (it) => it.writeHead(302, { location: 'http://192.0.2.1/login' }).end(),
  'portal in JSON': (it) => it.writeHead(200, json).end('{"captive":true}'),
  'no route': (it) => it.writeHead(404, json).end('{"message":"no Route matched with those values"}'),
  refused: (it) => it.writeHead(401, json).end('{"error":"unauthorized"}'),
  empty: (it) => it.writeHead(204).end(),
  'breaks off': (it) => it.writeHead(200, { ...ours, 'content-length': 500 }).write('{"', () => it.destroy()),
  stalls: (it) => it.writeHead(200, ours).write('{"'),
  frozen: () => {},
  gone: (it) => it.destroy(),
} satisfies Record<string, (outgoing: ServerResponse) => unknown>
export type Failure = keyof typeof failures

/** The proxy: passes requests on, or fails in one of the usual ways. */
export async function openProxy(t: Test, target: string) {
  const proxy = {
    url: '',
    target,
    /** Breaks every connection that is open. */
    cut: () => server.closeAllConnections(),
    mode: 'pass' as 'pass' | Failure,
  }
  const server = createServer((incoming, outgoing) => {
    const { mode } = proxy
    if (mode !== 'pass') return void failures[mode](outgoing)
    incoming.pipe(
      ask(
        new URL(incoming.url!, proxy.target),
        { method: incoming.method, headers: incoming.headers },
        (reply) => {
          outgoing.writeHead(reply.statusCode!, reply.headers)
          // A stream that is open already fails with the rest.
          reply.on('data', (chunk) => proxy.mode === 'pass' && outgoing.write(chunk))
          reply.on('end', () => outgoing.end())
          outgoing.on('close', () => reply.destroy())
        },
      ).on('error', () => outgoing.destroy()),
    )
  })
  server.listen(0, '127.0.0.1')
  await new Promise((ready) => server.once('listening', ready))
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return proxy
}
