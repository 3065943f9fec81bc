// The control API of the simulated printer, for `npm run sim:printer` and for manual tests.
//   GET  /state                its state
//   POST /manners {…}          paper (full | low | out | dots left), coverOpen, cutterJam, hot, mute, lies, completions
//   POST /unplug · POST /plug {"link":"/new/name"} · POST /power-cycle · POST /release (held completions)
//   GET  /slips · GET /slips/1.txt · GET /slips/1.png
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Manners, PaperTape } from './paper-tape.js'

/** Listens on 127.0.0.1 and resolves with the URL. */
export async function openPaperTapeControl(
  tape: PaperTape,
  port = 0,
): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    answer(tape, request, response).catch((error: Error) => send(response, 400, { error: error.message }))
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

async function answer(tape: PaperTape, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, name = '', which] = (request.url ?? '/').split('/')
  const did = `${request.method} /${name}`
  switch (did) {
    case 'GET /state':
      break
    case 'POST /manners':
      tape.set((await body(request)) as Partial<Manners>)
      break
    case 'POST /unplug':
      await tape.unplug()
      break
    case 'POST /plug':
      await tape.plug((await body(request)).link as string | undefined)
      break
    case 'POST /power-cycle':
      tape.powerCycle()
      break
    case 'POST /release':
      tape.release()
      break
    case 'GET /slips':
      if (which !== undefined) return sendSlip(tape, which, response)
      return send(
        response,
        200,
        tape.slips.map(({ number, text, complete }) => ({ number, text, complete })),
      )
    default:
      return send(response, 404, { error: 'no such knob' })
  }
  const { path, plugged, manners, overrun, received, complaints } = tape
  send(response, 200, { path, plugged, manners, slips: tape.slips.length, received, overrun, complaints })
}

function sendSlip(tape: PaperTape, which: string, response: ServerResponse): void {
  const [, number, kind] = /^(\d+)\.(png|txt)$/.exec(which) ?? []
  const slip = tape.slips[Number(number) - 1]
  if (slip) {
    response.setHeader('content-type', kind === 'png' ? 'image/png' : 'text/plain; charset=utf-8')
    response.end(kind === 'png' ? slip.png() : slip.text)
  } else send(response, 404, { error: 'no such slip' })
}

async function body(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
}

function send(response: ServerResponse, status: number, content: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(content)}\n`)
}
