// The control API of the aggregator: texts and every misbehaviour on demand over HTTP, for scripts and for manual tests.
// See README.md; GET /behaviour returns the current settings.
import type { IncomingMessage } from 'node:http'
import { type Aggregator, honest } from './aggregator.js'
import { openControl } from './control.js'

const doors = 'POST /text /attach · GET|PATCH /behaviour · GET /calls?since=n /link /state'

/** A command that cannot be carried out; its message goes to the caller. */
class Refusal extends Error {}

/** Listens on 127.0.0.1 and resolves with the URL. */
export const openAggregatorControl = (
  peer: Aggregator,
  port = 0,
): Promise<{ url: string; close: () => void }> => openControl(doors, (request) => obey(peer, request), port)

async function obey(peer: Aggregator, request: IncomingMessage): Promise<unknown> {
  const url = new URL(request.url ?? '/', 'http://control')
  let json = ''
  for await (const chunk of request) json += chunk
  const body = (json === '' ? {} : JSON.parse(json)) as Record<string, unknown>
  switch (`${request.method} ${url.pathname}`) {
    case 'POST /attach':
      peer.attach(String(body.gateway))
      return {}
    case 'POST /text':
      return sendText(peer, body)
    case 'GET /behaviour':
      return peer.behaviour
    case 'PATCH /behaviour':
      return patch(peer, body)
    case 'GET /calls':
      return peer.calls.slice(Number(url.searchParams.get('since') ?? 0))
    case 'GET /link':
      return peer.link()
    case 'GET /state':
      return { preset: peer.preset, attached: peer.isAttached, calls: peer.calls.length }
    default:
      return undefined
  }
}

/** Answers like the simulated SMSC, so that scripts/text works with both. */
async function sendText(peer: Aggregator, body: Record<string, unknown>): Promise<object> {
  if (!peer.isAttached) return { taken: false, bound: false, replies: [] }
  const from = String(body.from)
  const since = peer.calls.length
  const brought = await peer.text(from, String(body.text ?? ''), {
    ...(body.id === undefined ? {} : { id: String(body.id) }),
    ...(body.to === undefined ? {} : { to: String(body.to) }),
    ...(body.fields === undefined ? {} : { fields: body.fields as Record<string, string> }),
  })
  const taken = brought.statuses.some((status) => status >= 200 && status < 300)
  const called =
    taken && brought.reply === undefined
      ? await peer.callTo(from, Number(body.waitMs ?? 10_000), since)
      : undefined
  const text = brought.reply ?? called?.text
  const replies =
    text === undefined ? [] : text.split('\n').map((one) => ({ text: one, characters: one.length }))
  return { taken, bound: true, statuses: brought.statuses, id: brought.id, reply: replies[0], replies }
}

function patch(peer: Aggregator, changes: Record<string, unknown>): object {
  for (const [name, value] of Object.entries(changes)) {
    if (!Object.hasOwn(honest, name))
      throw new Refusal(`unknown: ${name}; known: ${Object.keys(honest).join(', ')}`)
    const kind = typeof honest[name as keyof typeof honest]
    if (typeof value !== kind) throw new Refusal(`${name}: a ${kind} is needed`)
  }
  peer.behave(changes)
  return peer.behaviour
}
