// The control API of the simulated SMSC: every misbehaviour on demand over HTTP, for scripts and for manual tests.
// README.md has the table; GET /behaviour returns the same rows with the current settings.
import type { IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import smpp from 'smpp'
import { openControl } from './control.js'
import {
  type Behaviour,
  type FakeSmsc,
  honest,
  type Mo,
  type PartsBy,
  partsBy,
  type TextOptions,
} from './fake-smsc.js'
import { hostilePdus } from './hostile-pdus.js'

/** The commands, by row of the fault table. */
const rows: Readonly<Record<string, readonly string[]>> = {
  'S-01 dropped or half-open link': [
    'POST /drop {"how":"end"|"reset"|"unbind"}',
    'PATCH /behaviour {"dropEveryMs":2000}',
    'PATCH /behaviour {"blackHole":true}',
    'PATCH /behaviour {"answersEnquire":false}',
    'PATCH /behaviour {"bindStatus":13}',
  ],
  'S-02 delivered again': [
    'POST /redeliver {"count":1,"sameSequence":false}',
    'PATCH /behaviour {"redeliverAcknowledged":true,"redeliverSameSequence":true}',
  ],
  'S-03 throttled, queue full, system error': [
    'PATCH /behaviour {"throttleShare":0.1,"queueFullShare":0.1,"systemErrorShare":0.1}',
    'PATCH /behaviour {"submitsPerSecond":20}',
    'PATCH /behaviour {"refuseWith":88}',
  ],
  'S-04 submit_sm_resp lost or late': [
    'PATCH /behaviour {"loseResps":1}',
    'PATCH /behaviour {"loseRespShare":0.01}',
    'PATCH /behaviour {"respDelayMs":5000}',
    'PATCH /behaviour {"receipts":"early"}',
  ],
  'S-05 long texts': [
    'POST /text {"from":"84901234567","text":"…","parts":3,"by":"udh8"|"udh16"|"sar"|"payload","order":"shuffled"|"reversed"|[3,1,1,2]}',
    'POST /text {"from":"84901234567","text":"…","parts":3,"by":"udh8","order":[1,3]}',
  ],
  'S-06 hostile bytes': [
    'GET /hostile',
    'POST /hostile {"name":"length 2147483648"}',
    'POST /hostile {"all":true,"byteByByte":true}',
    'POST /text {"from":"84901234567","text":"…","fields":{"data_coding":255,"short_message":{"hex":"00ff"}}}',
    'POST /raw {"hex":"0000000f…"}',
    'POST /enquire {}',
  ],
  'S-07 a robot that answers everything': [
    'PATCH /behaviour {"echoes":true}',
    'PATCH /behaviour {"awayText":"Toi dang ban, se goi lai sau"}',
    'PATCH /behaviour {"awayText":"So cua ban la {n}"}',
  ],
  'S-08 pumping, foreign and alphanumeric senders': [
    'POST /flood {"from":"84901200000","senders":10000,"text":"HS …"}',
    'POST /flood {"from":"12025550000","senders":100,"text":"HS …"}',
    'POST /text {"from":"VIETTEL","text":"HS …","fields":{"source_addr_ton":5,"source_addr_npi":0}}',
  ],
  'S-09 a victim made to be answered': [
    'POST /flood {"from":"84901234567","senders":1,"texts":100,"text":"HS … {n}"}, at each of two simulators',
  ],
  'S-10 outage, then a flood': [
    'PATCH /behaviour {"holdsTexts":true}, POST /flood {"from":"84901200000","senders":50000,"text":"HS …"}, PATCH /behaviour {"holdsTexts":false,"submitsPerSecond":100}',
    'PATCH /behaviour {"refuseWith":88}, POST /flood …, PATCH /behaviour {"refuseWith":0}',
  ],
}

const doors =
  'POST /text /flood /redeliver /drop /hostile /raw /enquire · GET|PATCH /behaviour · GET /hostile /replies?since=n /state'

/** A command that cannot be carried out; its message goes to the caller. */
class Refusal extends Error {}

/** Listens on 127.0.0.1 and resolves with the URL. */
export const openSmscControl = (fake: FakeSmsc, port = 0): Promise<{ url: string; close: () => void }> =>
  openControl(doors, (request) => obey(fake, request), port)

async function obey(fake: FakeSmsc, request: IncomingMessage): Promise<unknown> {
  const url = new URL(request.url ?? '/', 'http://control')
  let json = ''
  for await (const chunk of request) json += chunk
  const body = (json === '' ? {} : JSON.parse(json)) as Record<string, unknown>
  switch (`${request.method} ${url.pathname}`) {
    case 'POST /text':
      return sendText(fake, body)
    case 'POST /flood':
      return flood(fake, body)
    case 'POST /redeliver':
      return { redelivered: fake.redeliver(Number(body.count ?? 1), body.sameSequence === true) }
    case 'POST /drop':
      fake.dropAll(oneOf(['end', 'reset', 'unbind'] as const, body.how ?? 'end', 'how'))
      return {}
    case 'GET /hostile':
      return hostilePdus().map(([name, bytes, losesFraming]) => ({ name, bytes: bytes.length, losesFraming }))
    case 'POST /hostile':
      return sendHostile(fake, body)
    case 'POST /raw':
      fake.sendRaw(Buffer.from(String(body.hex ?? '').replace(/\s/g, ''), 'hex'))
      return {}
    case 'POST /enquire':
      return fake.enquire(Number(body.waitMs ?? 2000))
    case 'GET /behaviour':
      return { ...fake.behaviour, rows }
    case 'PATCH /behaviour':
      return patch(fake, body)
    case 'GET /replies':
      return fake.received
        .slice(Number(url.searchParams.get('since') ?? 0))
        .map(({ udh, ...mt }) => ({ ...mt, ...(udh ? { udh: udh.toString('hex') } : {}) }))
    case 'GET /state':
      return {
        bound: fake.boundCount,
        waiting: fake.waiting,
        received: fake.received.length,
        ...fake.counts,
      }
    default:
      return undefined
  }
}

async function sendText(fake: FakeSmsc, body: Record<string, unknown>): Promise<object> {
  const waitMs = Number(body.waitMs ?? 10_000)
  const from = String(body.from)
  const before = fake.received.length
  const mos = textsOf(fake, from, body)
  const coming = waitMs > 0 ? fake.replyTo(from, waitMs) : undefined
  const patience = new AbortController()
  const taken = await Promise.race([
    Promise.all(mos.map((mo) => mo.taken)).then(() => true),
    delay(Math.max(waitMs, 1), false, { ref: false, signal: patience.signal }),
  ])
  patience.abort()
  // Several numbers in one text, or accents: the other replies and parts follow at once.
  if (taken && (await coming)) await delay(300, undefined, { ref: false })
  const replies = fake.received
    .slice(before)
    .filter((mt) => mt.to === from)
    .map(({ from, text, dataCoding }) => ({ from, text, dataCoding, characters: text.length }))
  return {
    taken,
    bound: fake.boundCount > 0,
    commandStatus: mos.at(-1)?.answers.at(-1),
    reply: replies[0],
    replies,
  }
}

function textsOf(fake: FakeSmsc, from: string, body: Record<string, unknown>): Mo[] {
  const fields = fieldsOf(body.fields ?? {})
  const options: TextOptions = {
    fields,
    ...(body.to === undefined ? {} : { to: String(body.to) }),
    ...(body.sequence === undefined ? {} : { sequence: Number(body.sequence) }),
    ...(body.numbered === undefined ? {} : { isNumbered: body.numbered === true }),
  }
  const text = String(body.text ?? '')
  if (body.parts === undefined) return [fake.text(from, text, options)]
  const parts = Number(body.parts)
  if (!Number.isInteger(parts) || parts < 1 || parts > 255) throw new Refusal('parts: 1 to 255')
  if (text.length / parts > 120)
    throw new Refusal('parts: too few for this text, 120 characters each at most')
  return fake.longText(from, text, {
    ...options,
    parts,
    by: oneOf<PartsBy>(partsBy, body.by ?? 'udh8', 'by'),
    order: orderOf(body.order, parts),
  })
}

function orderOf(order: unknown, parts: number): number[] {
  const straight = Array.from({ length: parts }, (_, at) => at + 1)
  if (Array.isArray(order)) {
    if (order.some((nth) => !straight.includes(nth))) throw new Refusal(`order: numbers from 1 to ${parts}`)
    return order as number[]
  }
  switch (oneOf(['straight', 'reversed', 'shuffled'] as const, order ?? 'straight', 'order')) {
    case 'straight':
      return straight
    case 'reversed':
      return straight.reverse()
    case 'shuffled':
      return straight
        .map((nth) => ({ nth, at: Math.random() }))
        .sort((one, other) => one.at - other.at)
        .map(({ nth }) => nth)
  }
}

/** The fields of a deliver_sm as the `smpp` package names them; bytes as {"hex": "…"}. Tried before they are sent. */
function fieldsOf(given: unknown): Record<string, unknown> {
  const known = smpp as unknown as {
    commands: { deliver_sm: { params: object } }
    tlvs: object
  }
  const fields: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given as object)) {
    if (!Object.hasOwn(known.commands.deliver_sm.params, name) && !Object.hasOwn(known.tlvs, name))
      throw new Refusal(`fields: no ${name} in a deliver_sm`)
    const isHex = typeof value === 'object' && value !== null && 'hex' in value
    fields[name] = isHex ? Buffer.from(String(value.hex).replace(/\s/g, ''), 'hex') : value
  }
  try {
    new smpp.PDU('deliver_sm', { short_message: Buffer.alloc(0), ...fields }).toBuffer()
  } catch (error) {
    throw new Refusal(`fields: ${(error as Error).message}`)
  }
  return fields
}

// Phones with consecutive numbers from `from`, one text each unless more are requested; {n} in the text counts.
function flood(fake: FakeSmsc, body: Record<string, unknown>): object {
  const senders = Number(body.senders ?? 1)
  const texts = Number(body.texts ?? senders)
  const first = String(body.from)
  if (!/^\d{5,15}$/.test(first) || !(senders >= 1) || !(texts <= 1_000_000))
    throw new Refusal(
      'from: the first phone of a row, in digits; senders: how many; texts: at most a million',
    )
  const options = { ...(body.to === undefined ? {} : { to: String(body.to) }) }
  for (let nth = 0; nth < texts; nth++) {
    const from = String(BigInt(first) + BigInt(nth % senders))
    fake.text(from, String(body.text ?? '').replaceAll('{n}', String(nth)), options)
  }
  return { queued: texts, from: first, to: String(BigInt(first) + BigInt(Math.min(senders, texts) - 1)) }
}

async function sendHostile(fake: FakeSmsc, body: Record<string, unknown>): Promise<object> {
  const chosen = hostilePdus().filter(([name]) => body.all === true || name === body.name)
  if (chosen.length === 0) throw new Refusal('name: one of GET /hostile, or "all": true')
  let answered = 0
  for (const [, bytes] of chosen) {
    if (body.byteByByte === true && bytes.length < 400)
      for (const byte of bytes) fake.sendRaw(Buffer.from([byte]))
    else fake.sendRaw(bytes)
    // Before the next one, wait until the gateway has answered, on this link or on a new one.
    if ((await fake.enquire(2500)).answered > 0) answered++
  }
  return {
    sent: chosen.length,
    answeredAfterwards: answered,
    binds: fake.counts.binds,
    nacks: fake.counts.nacks,
  }
}

function patch(fake: FakeSmsc, changes: Record<string, unknown>): Behaviour {
  for (const [name, value] of Object.entries(changes)) {
    if (!Object.hasOwn(honest, name))
      throw new Refusal(`unknown: ${name}; known: ${Object.keys(honest).join(', ')}`)
    const kind = typeof honest[name as keyof Behaviour]
    if (typeof value !== kind) throw new Refusal(`${name}: a ${kind} is needed`)
  }
  fake.behave(changes)
  return fake.behaviour
}

function oneOf<T extends string>(all: readonly T[], value: unknown, name: string): T {
  const found = all.find((one) => one === value)
  if (found === undefined) throw new Refusal(`${name}: ${all.join(', ')}`)
  return found
}
