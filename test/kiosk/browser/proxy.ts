// A proxy between page and gateway, and the ways it fails.
import { request as ask, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

/** The proxy: passes requests on, or fails in one of the usual ways. */
export async function openProxy(t: Test, target: string) {
  const proxy = {
    url: '',
    target,
    /** Breaks every connection that is open. */
    cut: () => server.closeAllConnections(),
    mode: 'pass' as 'pass' | 'bad-gateway' | 'portal' | 'frozen' | 'gone',
  }
  const server = createServer((incoming, outgoing) => {
    switch (proxy.mode) {
      case 'pass':
        return void incoming.pipe(
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
      case 'bad-gateway':
        return void outgoing
          .writeHead(502, { 'content-type': 'text/html' })
          .end('<html><h1>502 Bad Gateway</h1><hr>nginx</html>')
      case 'portal':
        return void outgoing
          .writeHead(200, { 'content-type': 'text/html' })
          .end('<html><title>Wi-Fi</title><form>Accept the terms</form></html>')
      case 'frozen':
        return
      case 'gone':
        return void incoming.socket.destroy()
    }
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
