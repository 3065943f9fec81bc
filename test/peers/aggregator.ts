// An aggregator over HTTP: delivers texts as the peers of our presets do, each with its own authentication, retries until
// answered, and accepts our calls. It behaves correctly by default.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

export const peerPresets = ['generic', 'esms', 'kannel', 'android'] as const
export type PeerPreset = (typeof peerPresets)[number]

export interface Behaviour {
  /** Texts are signed with another secret. */
  wrongProof: boolean
  /** Texts carry a signature this many seconds old. */
  signedSecondsAgo: number
  /** How many of the gateway's next responses are lost; the text is then redelivered. */
  loseAnswers: number
  /** Every text is redelivered this many times, answered or not. */
  repeats: number
  /** Delay of responses to our calls. */
  delayMs: number
  /** How many of the next calls are accepted with their response lost. */
  loseResponses: number
  /** Share of calls refused as too fast. */
  throttleShare: number
  /** Calls are refused with this code (an HTTP status, or CodeResult of esms); empty: not. */
  refuseWith: string
  /** Calls whose text contains these words are refused as no registered template (esms: 146). */
  refuseWords: string
  /** The clock in responses is this many seconds ahead. */
  clockAheadSeconds: number
  /** Calls are answered with an unrelated HTML page. */
  garbage: boolean
  /** Calls are answered with a redirect. */
  redirectTo: string
}

export const honest: Behaviour = {
  wrongProof: false,
  signedSecondsAgo: 0,
  loseAnswers: 0,
  repeats: 0,
  delayMs: 0,
  loseResponses: 0,
  throttleShare: 0,
  refuseWith: '',
  refuseWords: '',
  clockAheadSeconds: 0,
  garbage: false,
  redirectTo: '',
}

/** A text as delivered, and the responses. */
interface Brought {
  readonly id: string
  /** Status of each delivery; 0: the response was lost. */
  readonly statuses: number[]
  /** The reply in the last response, if any. */
  reply: string | undefined
}

/** A call of the gateway. */
interface CallOfOurs {
  readonly id: string
  readonly to: string
  readonly text: string
  readonly code: string
}

interface TextOptions {
  readonly id?: string
  readonly to?: string
  /** Further fields of the call. */
  readonly fields?: Readonly<Record<string, string>>
}

export type Aggregator = Awaited<ReturnType<typeof startAggregator>>

// A text is retried every tenth of a second until accepted, for a minute: longer than a gateway needs to restart.
const timesBrought = 600
const againAfterMs = 100

export async function startAggregator({
  preset = 'generic' as PeerPreset,
  secret = 'a secret of the peer and the gateway',
  username = 'gateway',
  sendSecret = 'what the gateway sends with',
  port = 0,
  linkName = 'aggregator',
} = {}) {
  const behaviour: Behaviour = { ...honest }
  const form = forms[preset]
  const calls: CallOfOurs[] = []
  const seen = new Map<string, CallOfOurs>()
  const listeners = new Set<() => void>()
  let gateway = ''
  let count = 0
  let throttled = 0

  const server = createServer((asked, answer) => void serve(asked, answer).catch(() => answer.destroy()))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function serve(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of asked) body += chunk
    await delay(behaviour.delayMs)
    const say = (status: number, text: string, headers: Record<string, string> = {}) =>
      answer.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(text)
    answer.setHeader('date', new Date(Date.now() + behaviour.clockAheadSeconds * 1000).toUTCString())
    if (behaviour.redirectTo) return void say(302, '', { location: behaviour.redirectTo })
    if (behaviour.garbage) return void say(200, '<html><body>Đăng nhập để tiếp tục</body></html>')
    if (asked.method === 'HEAD') return void say(405, '')
    if (asked.method === 'GET') {
      const isKnown = asked.headers.authorization === `Basic ${basic(username, sendSecret)}`
      return void say(isKnown ? 200 : 401, '[]')
    }
    const call = form.readCall(body, asked.headers)
    if (!sameText(call.secret, form.secretOf(username, sendSecret)))
      return void form.answer(say, form.codes.unknown, '')
    if (behaviour.refuseWith) return void form.answer(say, behaviour.refuseWith, '')
    if (behaviour.refuseWords && call.text.includes(behaviour.refuseWords))
      return void form.answer(say, form.codes.unregistered, '')
    if (call.isProbe) return void form.answer(say, form.codes.probed, '')
    throttled += behaviour.throttleShare
    if (throttled >= 1) {
      throttled--
      return void say(429, 'slow down', { 'retry-after': '1' })
    }
    const before = seen.get(call.id)
    if (before && form.codes.again) return void form.answer(say, form.codes.again, before.id)
    const taken = { id: call.id, to: call.to, text: call.text, code: form.codes.taken }
    seen.set(call.id, taken)
    calls.push(taken)
    for (const listener of listeners) listener()
    if (behaviour.loseResponses > 0) {
      behaviour.loseResponses--
      answer.destroy()
      return
    }
    form.answer(say, form.codes.taken, call.id)
  }

  /** Delivers a text once. Status 0: the response was lost. */
  function bring(head: string, body: string | undefined, headers: Record<string, string>) {
    return new Promise<{ status: number; body: string }>((resolve) => {
      const target = new URL(head, gateway)
      const loses = behaviour.loseAnswers > 0
      if (loses) behaviour.loseAnswers--
      const asking = request(target, { method: body === undefined ? 'GET' : 'POST', headers }, (answer) => {
        if (loses) {
          asking.destroy()
          resolve({ status: 0, body: '' })
          return
        }
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (chunk: string) => {
          text += chunk
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }))
        answer.on('error', () => resolve({ status: 0, body: '' }))
      })
      asking.on('error', () => resolve({ status: 0, body: '' }))
      asking.end(body)
    })
  }

  /** A citizen's text: retried until it is answered, as this peer does. */
  async function text(from: string, words: string, options: TextOptions = {}): Promise<Brought> {
    const id = options.id ?? `m${Date.now().toString(36)}-${count++}`
    const brought: Brought = { id, statuses: [], reply: undefined }
    let extra = behaviour.repeats
    for (let nth = 0; nth < timesBrought; nth++) {
      const call = form.bring(
        { from, to: options.to ?? '8188', text: words, id, fields: options.fields ?? {} },
        behaviour.wrongProof ? `not ${secret}` : secret,
        Date.now() - behaviour.signedSecondsAgo * 1000,
      )
      const { status, body } = await bring(`/v1/sms/${linkName}${call.query}`, call.body, call.headers)
      brought.statuses.push(status)
      if (status >= 200 && status < 300) {
        brought.reply = form.readReply(body)
        if (extra-- <= 0) break
      } else if (status >= 400 && status < 500) break
      else await delay(againAfterMs)
    }
    return brought
  }

  return {
    preset,
    url,
    behaviour,
    calls,
    text,
    behave: (changes: Partial<Behaviour>) => void Object.assign(behaviour, changes),
    /** Where texts are delivered, e.g. http://127.0.0.1:8080. */
    attach(address: string): void {
      gateway = address
    },
    get isAttached() {
      return gateway !== ''
    },
    /** The gateway's call to this phone, if it comes in time. */
    async callTo(phone: string, waitMs: number, since = 0): Promise<CallOfOurs | undefined> {
      const found = () => calls.slice(since).find(({ to }) => to.replace('+', '') === phone.replace('+', ''))
      const deadline = Date.now() + waitMs
      while (!found() && Date.now() < deadline)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(done, Math.max(1, deadline - Date.now()))
          function done() {
            clearTimeout(timer)
            listeners.delete(done)
            resolve()
          }
          listeners.add(done)
        })
      return found()
    },
    /** The link that a gateway needs for this peer. */
    link: (changes: Record<string, unknown> = {}) => ({
      name: linkName,
      kind: 'http',
      preset,
      shortCode: '8188',
      receive: { ...form.receive, secret },
      send: { url: url + form.path, username, secret: sendSecret, ...form.send },
      ...changes,
    }),
    async close(): Promise<void> {
      server.close()
      server.closeAllConnections()
      await once(server, 'close').catch(() => undefined)
    },
  }
}

const basic = (user: string, secret: string) => Buffer.from(`${user}:${secret}`).toString('base64')

function sameText(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}

interface Mo {
  readonly from: string
  readonly to: string
  readonly text: string
  readonly id: string
  readonly fields: Readonly<Record<string, string>>
}

type Say = (status: number, text: string, headers?: Record<string, string>) => unknown

/** One peer's protocol, from its own documentation, not from ours. */
interface Form {
  readonly path: string
  readonly receive: Record<string, unknown>
  readonly send: Record<string, unknown>
  readonly codes: { taken: string; again: string; unknown: string; probed: string; unregistered: string }
  bring(mo: Mo, secret: string, at: number): { query: string; body?: string; headers: Record<string, string> }
  readReply(body: string): string | undefined
  secretOf(username: string, secret: string): string
  readCall(
    body: string,
    headers: IncomingMessage['headers'],
  ): { secret: string; id: string; to: string; text: string; isProbe: boolean }
  answer(say: Say, code: string, id: string): void
}

/** `yyyyMMddHHmmss`, Vietnam time. */
const portalTime = (at: number) => new Date(at + 7 * 3_600_000).toISOString().slice(0, 19).replace(/\D/g, '')
const query = (fields: Record<string, string>) => `?${new URLSearchParams(fields)}`
const said = (body: string) => (body === '' ? undefined : body)

const forms: Readonly<Record<PeerPreset, Form>> = {
  generic: {
    path: '/send',
    receive: {},
    send: { headers: { authorization: 'Bearer {secret}' }, repeatable: true, outcomes: { '409': 'taken' } },
    codes: { taken: '202', again: '409', unknown: '401', probed: '202', unregistered: '422' },
    bring: ({ fields, ...mo }, secret) => ({
      query: '',
      body: JSON.stringify({ ...mo, ...fields }),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
    }),
    readReply: said,
    secretOf: (_username, secret) => `Bearer ${secret}`,
    readCall(body, { authorization = '' }) {
      const { id, to, text } = JSON.parse(body)
      return { secret: authorization, id, to, text, isProbe: false }
    },
    answer: (say, code) => say(Number(code), ''),
  },

  esms: {
    path: '/MainService.svc/json/SendMultipleMessage_V4_post_json/',
    receive: {},
    send: { values: { brandname: 'HANHCHINH' } },
    codes: { taken: '100', again: '124', unknown: '101', probed: '100', unregistered: '146' },
    bring({ from, to, text, id, fields }, secret, at) {
      const receiverTime = portalTime(at)
      const cpid = 'cp1'
      const sign = createHash('md5')
        .update(cpid + id + text + receiverTime + secret, 'utf8')
        .digest('base64')
      const keyword = text.split(' ')[0] ?? ''
      const call = {
        sender: from,
        content: text,
        serviceNumber: to,
        keyword,
        sign,
        cpid,
        smsid: id,
        receiverTime,
      }
      return { query: query({ ...call, ...fields }), headers: {} }
    },
    readReply: (body) =>
      /<Message>([^<]*)<\/Message>/
        .exec(body)?.[1]
        ?.replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&quot;', '"')
        .replaceAll('&apos;', "'")
        .replaceAll('&amp;', '&'),
    secretOf: (username, secret) => `${username}/${secret}`,
    readCall(body) {
      const call = JSON.parse(body)
      return {
        secret: `${call.ApiKey}/${call.SecretKey}`,
        id: call.RequestId,
        to: call.Phone,
        text: call.Content,
        isProbe: call.Sandbox === '1',
      }
    },
    answer: (say, code, id) =>
      say(200, JSON.stringify({ CodeResult: code, CountRegenerate: 0, SMSID: `esms-${id}` }), {
        'content-type': 'application/json',
      }),
  },

  kannel: {
    path: '/cgi-bin/sendsms',
    receive: {},
    send: {},
    codes: { taken: '202', again: '', unknown: '403', probed: '400', unregistered: '400' },
    bring: ({ from, to, text, id, fields }, secret, at) => ({
      query: query({
        token: secret,
        from,
        to,
        text,
        id,
        at: String(Math.floor(at / 1000)),
        ...fields,
      }),
      headers: {},
    }),
    readReply: said,
    secretOf: (username, secret) => `${username}/${secret}`,
    readCall(body, headers) {
      const to = String(headers['x-kannel-to'] ?? '')
      return {
        secret: `${headers['x-kannel-username']}/${headers['x-kannel-password']}`,
        id: `${to} ${body}`,
        to,
        text: body,
        isProbe: to === '',
      }
    },
    answer: (say, code) => say(Number(code), code === '202' ? '0: Accepted for delivery' : 'refused'),
  },

  android: {
    path: '/3rdparty/v1/messages',
    receive: {},
    send: {},
    codes: { taken: '202', again: '409', unknown: '401', probed: '200', unregistered: '400' },
    bring({ from, text, id, fields }, secret, at) {
      const body = JSON.stringify({
        deviceId: 'ffffffffceb0b1db0000018e937c815b',
        event: 'sms:received',
        id,
        payload: {
          messageId: createHash('md5').update(text).digest('hex').slice(0, 8),
          message: text,
          phoneNumber: `+${from}`,
          simNumber: 1,
          receivedAt: new Date(at).toISOString(),
          ...fields,
        },
        webhookId: 'w1',
      })
      const timestamp = String(Math.floor(at / 1000))
      const signature = createHmac('sha256', secret)
        .update(body + timestamp)
        .digest('hex')
      return {
        query: '',
        body,
        headers: { 'content-type': 'application/json', 'x-signature': signature, 'x-timestamp': timestamp },
      }
    },
    readReply: () => undefined,
    secretOf: (username, secret) => `Basic ${basic(username, secret)}`,
    readCall(body, { authorization = '' }) {
      const { id, phoneNumbers, textMessage } = JSON.parse(body)
      return { secret: authorization, id, to: phoneNumbers[0], text: textMessage.text, isProbe: false }
    },
    answer: (say, code, id) =>
      say(Number(code), JSON.stringify({ id, state: 'Pending' }), { 'content-type': 'application/json' }),
  },
}
