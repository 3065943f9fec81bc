// The control door of a simulated peer: commands over HTTP, as JSON, for scripts and for trying by hand.
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Listens on 127.0.0.1 and gives the address. `obey` carries a command out and answers with what is sent back: undefined is
 * no such door (404, with the `doors` there are), an Error is a command that cannot be carried out (400, with its words).
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
