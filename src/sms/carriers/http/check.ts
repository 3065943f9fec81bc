// Cross-checks of a link's settings: contradictions are reported at start, with the path of the key, before a citizen
// hits them.
import { presets } from './presets.js'
import { isNetwork } from './proof.js'
import { resolve, sendKeysOf } from './resolved.js'
import type { HttpConfig, ReceiveConfig } from './settings.js'
import { type Context, contextOf, readTemplate } from './template.js'

interface LinkProblem {
  /** Within the link, e.g. `send.body`. */
  readonly path: string
  readonly message: string
}

const common = ['id', 'text', 'from', 'to', 'valid', 'unicode', 'coding']
const ofCalls = [...common, 'question', 'receipts', 'callbackUrl', 'username', 'secret', 'basic']
const ofNotices = ['template', 'number', 'state', 'date', 'agency', 'phone']
const signed = ['from', 'to', 'text', 'id', 'at', 'secret', 'body', 'method', 'path']

/** `publicUrl`: http.publicUrl. */
export function checkHttpLink(config: HttpConfig, publicUrl: string | undefined): LinkProblem[] {
  const problems: LinkProblem[] = []
  const add = (path: string, message: string) => void problems.push({ path, message })
  checkReceive(config, add)
  if (config.send) checkSend(config, publicUrl, add)
  else if ((config.receive?.answer ?? presets[config.preset].receive?.answer) === 'call')
    add('send', 'is missing: replies go by a call of ours (receive.answer: call)')
  else if (config.deliveryReceipts)
    add('deliveryReceipts', 'is for replies sent by a call of ours, and send is missing')
  return problems
}

type Add = (path: string, message: string) => void

function checkReceive(config: HttpConfig, add: Add): void {
  const { receive } = resolve(config)
  const hasSecret = receive.secret !== undefined || receive.secretFile !== undefined
  const { allowedAddresses = [] } = receive
  if (receive.proof === 'addresses' && allowedAddresses.length === 0)
    add('receive', 'anybody could submit texts: give secretFile (with proof), or allowedAddresses')
  if (receive.proof !== 'addresses' && !hasSecret)
    add('receive.secretFile', `is missing: proof ${receive.proof} needs it`)
  if (receive.proof === 'basic' && !receive.username)
    add('receive.username', 'is missing: proof basic needs it')
  if (receive.proof === 'signature') checkSignature(receive.signature ?? {}, add)
  if (receive.each !== undefined && !receive.each.startsWith('/'))
    add('receive.each', 'is no JSON pointer, such as /results')
  if (receive.each !== undefined && receive.answer === 'response')
    add('receive.each', 'needs answer: call; a response to several texts has room for one reply')
  allowedAddresses.forEach((address, at) => {
    if (!isNetwork(address))
      add(`receive.allowedAddresses[${at}]`, `'${address}' is not an address or network`)
  })
  const { responseType = '', responseTemplate, silentTemplate, responseHeaders = {} } = config.receive ?? {}
  const type = responseType || (presets[config.preset].receive?.responseType ?? '')
  checkTemplate('receive.responseTemplate', responseTemplate, contextOf(type), common, add)
  checkTemplate('receive.silentTemplate', silentTemplate, contextOf(type), common, add)
  for (const [name, value] of Object.entries(responseHeaders))
    checkTemplate(`receive.responseHeaders.${name}`, value, 'header', common, add)
}

function checkSignature({ over, algorithm }: NonNullable<ReceiveConfig['signature']>, add: Add): void {
  const path = 'receive.signature.over'
  if (!over) {
    add(path, 'is missing: what is signed, e.g. "{id}{text}{secret}"')
    return
  }
  for (const name of readTemplate(over, 'text').names)
    if (!signed.includes(name) && !/^(field|header):./.test(name))
      add(path, `has no {${name}}: ${signed.join(', ')}; a further field of the call is {field:${name}}`)
  if (!over.includes('{secret}') && !algorithm?.startsWith('hmac-'))
    add(path, 'has no {secret}, so anybody could sign: only an HMAC is keyed by itself')
}

function checkSend(config: HttpConfig, publicUrl: string | undefined, add: Add): void {
  const send = sendKeysOf(config)
  const names = [...ofCalls, ...Object.keys(send.values ?? {})]
  const noticeNames = [...names, ...ofNotices]
  const context: Context = send.type ?? 'json'
  const { notices, probe, receipts } = send
  checkUrl('send.url', send.url, names, add)
  checkTemplate('send.body', send.body, context, names, add)
  for (const [name, value] of Object.entries({ ...send.headers, ...receipts?.headers }))
    checkTemplate(`send.headers.${name}`, value, 'header', names, add)
  if (notices?.url !== undefined) checkUrl('send.notices.url', notices.url, noticeNames, add)
  checkTemplate('send.notices.body', notices?.body, context, noticeNames, add)
  if (probe?.url !== undefined) checkUrl('send.probe.url', probe.url, names, add)
  checkTemplate('send.probe.body', probe?.body, context, names, add)
  if (send.secret === undefined && send.secretFile === undefined && usesSecret(send))
    add('send.secretFile', 'is missing: what is sent has {secret}')
  if (!config.deliveryReceipts || receipts?.proof === 'same') return
  if (publicUrl === undefined) add('deliveryReceipts', 'needs http.publicUrl: the peer is told where to call')
}

const usesSecret = ({ url = '', body = '', headers = {} }: ReturnType<typeof sendKeysOf>) =>
  [url, body, ...Object.values(headers)].some((text) => /\{(secret|basic)\}/.test(text))

function checkUrl(path: string, url: string | undefined, names: readonly string[], add: Add): void {
  if (!url) {
    add(path, 'is missing: the URL to call')
    return
  }
  // The host must not depend on any value: fill the template with two different ones and compare.
  const template = readTemplate(url, 'form')
  const origins = ['a', 'b.example/'].map((value) => {
    const filled = template.fill(Object.fromEntries(template.names.map((name) => [name, value])))
    return URL.canParse(filled) ? new URL(filled).origin : undefined
  })
  if (!/^https?:\/\/[^{}/]+(\/|\?|$)/i.test(url) || origins[0] === undefined || origins[0] !== origins[1])
    add(path, 'must begin with http:// or https:// and a host that no value can change')
  else if (/^\w+:\/\/[^/?#]*@/.test(url))
    add(
      path,
      'has a user or a password in it, which is never sent so: give send.headers: { authorization: Basic {basic} }',
    )
  else checkTemplate(path, url, 'form', names, add)
}

function checkTemplate(
  path: string,
  text: string | undefined,
  context: Context,
  names: readonly string[],
  add: Add,
): void {
  if (text === undefined) return
  const template = readTemplate(text, context)
  const unknown = template.names.filter((name) => !names.includes(name))
  for (const name of unknown)
    add(
      path,
      `has no {${name}}: there are ${names.join(', ')}${path.startsWith('send') ? ', and what send.values says' : ''}`,
    )
  if (context !== 'json' || unknown.length > 0) return
  // With a quote and a backslash in every value, or a number where the placeholder is unquoted.
  const sample = (name: string) =>
    ['unicode', 'coding'].includes(name) ? '0' : name === 'receipts' ? 'true' : '"\\'
  try {
    JSON.parse(template.fill(Object.fromEntries(template.names.map((name) => [name, sample(name)]))))
  } catch {
    add(path, 'is not JSON once filled in: put values in quotes, as in {"text":"{text}"}')
  }
}
