// The control API of a simulated peer: commands over HTTP, as JSON, for scripts and for manual tests.
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Listens on 127.0.0.1 and resolves with the URL. `obey` executes a command and returns the response: undefined for an
 * unknown path (404, with the list of `doors`), an Error for a command that cannot be carried out (400, with its message).
 */
export async function openControl(
  doors: string,
  obey: (request: IncomingMessage) => Promise<unknown>,
  port: number,
): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    const send = (status: number, content: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(content)}\n`)
    obey(request).then(
      (content) => send(content === undefined ? 404 : 200, content ?? { error: doors }),
      (error: Error) => send(400, { error: error instanceof SyntaxError ? 'not JSON' : error.message }),
    )
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
