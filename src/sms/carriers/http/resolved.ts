// A link over HTTP with its settings resolved: the configuration merged over its preset, templates parsed, and every
// contradiction reported with the path of its key.
import { isRecord } from '../../../config/validate.js'
import { presets } from './presets.js'
import type { HttpConfig } from './settings.js'
import { type Context, contextOf, readTemplate, type Template } from './template.js'

type Filled<T, K extends keyof T> = Omit<T, K> & { readonly [key in K]-?: NonNullable<T[key]> }
type ReceiveKeys = NonNullable<HttpConfig['receive']>
type SendKeys = NonNullable<HttpConfig['send']>

export type Receive = Filled<
  ReceiveKeys,
  'fields' | 'answer' | 'deadlineMs' | 'acceptedStatus' | 'repeatSeconds' | 'replaySeconds' | 'token'
> & {
  readonly proof: NonNullable<ReceiveKeys['proof']>
  readonly response: Written
  readonly silent: Written | undefined
}

/** A document to send: its templates, with the names they may use. */
export interface Written {
  readonly contentType: string
  readonly body: Template
  readonly headers: readonly (readonly [name: string, value: Template])[]
}

export interface CallForm {
  readonly url: Template
  readonly method: string
  readonly headers: readonly (readonly [name: string, value: Template])[]
  readonly body: Template | undefined
}

export type Send = Filled<
  SendKeys,
  'numberForm' | 'otherwise' | 'repeatable' | 'throughput' | 'window' | 'timeoutMs' | 'url' | 'receipts'
> & {
  readonly outcomes: Readonly<Record<string, NonNullable<SendKeys['otherwise']>>>
  readonly reply: CallForm
  readonly notice: CallForm
  readonly trial: (CallForm & { readonly good: readonly string[] }) | undefined
  /** A call that carries nothing, to see whether the peer answers. */
  readonly knock: CallForm
}

export interface HttpLinkSettings {
  readonly name: string
  readonly shortCode: string
  readonly deliveryReceipts: boolean
  readonly hints: { readonly valid: string; readonly invalid: string }
  readonly receive: Receive
  /** Left out: replies travel in responses only, and there are no notices. */
  readonly send: Send | undefined
}

/** The settings of a link with its preset under them. */
export function resolve(config: HttpConfig): HttpLinkSettings {
  const { receive, send, hints } = laidOver(presetFor(config), pick(config)) as Required<
    ReturnType<typeof pick>
  >
  // Sending needs settings of the link's own: a preset knows how, but not with which credentials.
  const isSending = config.send !== undefined
  return {
    name: config.name,
    shortCode: config.shortCode,
    deliveryReceipts: config.deliveryReceipts,
    hints: { valid: hints?.valid ?? '', invalid: hints?.invalid ?? '' },
    receive: receiveOf(receive!),
    send: isSending ? sendOf(send!) : undefined,
  }
}

/** What a link and its preset configure for sending. */
export const sendKeysOf = (config: HttpConfig): SendKeys =>
  laidOver(presetFor(config), { send: config.send }).send as SendKeys

/**
 * The preset; without its probe where that calls the preset's own host, and the link another: user and password are not that
 * host's.
 */
function presetFor({ preset, send }: HttpConfig): Tree {
  const its = laidOver(presets.generic, presets[preset])
  const { url, probe } = presets[preset].send ?? {}
  if (probe?.url === undefined || send?.probe || hostIn(send?.url ?? url) === hostIn(url)) return its
  return { ...its, send: { ...presets.generic.send, ...presets[preset].send, probe: undefined } }
}

const hostIn = (url = '') => /^https?:\/\/([^/?#{]+)/i.exec(url)?.[1]?.toLowerCase()

const pick = ({ receive, send, hints }: HttpConfig) => ({ receive, send, hints })

function receiveOf(keys: ReceiveKeys): Receive {
  const contentType = keys.responseType ?? ''
  const context = contextOf(contentType)
  const headers = templatesOf(keys.responseHeaders)
  const written = (template: string) => ({ contentType, headers, body: readTemplate(template, context) })
  return {
    ...(keys as Receive),
    proof: keys.proof ?? (keys.secret !== undefined || keys.secretFile !== undefined ? 'token' : 'addresses'),
    response: written(keys.responseTemplate ?? ''),
    silent: keys.silentTemplate === undefined ? undefined : written(keys.silentTemplate),
  }
}

/** The Content-Type of each form of body, unless the headers name one. */
const contentTypes = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  xml: 'application/xml; charset=utf-8',
  text: 'text/plain; charset=utf-8',
} as const

function sendOf(keys: SendKeys): Send {
  const type = keys.type ?? 'json'
  const named = new Map(
    Object.entries(keys.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  )
  if (!named.has('content-type')) named.set('content-type', contentTypes[type])
  const context: Context = type
  const form = (url: string, method: string, body: string | undefined): CallForm => ({
    url: readTemplate(url, 'form'),
    method,
    headers: templatesOf(Object.fromEntries(named)),
    body: method === 'GET' || body === undefined ? undefined : readTemplate(body, context),
  })
  const { url = '', method = 'POST', body, notices, probe } = keys
  return {
    ...(keys as Send),
    outcomes: keys.outcomes ?? {},
    reply: form(url, method, body),
    notice: form(notices?.url ?? url, method, notices?.body ?? body),
    trial: probe && {
      ...form(probe.url ?? url, probe.method ?? method, probe.body ?? body),
      good: probe.good ?? [],
    },
    knock: {
      // Its path, because a proxy in front may have nothing at any other; of a path with values in it, what stands before.
      url: readTemplate(fixedPath(url), 'form'),
      method: 'HEAD',
      headers: [],
      body: undefined,
    },
  }
}

/** Templates of headers, by lower-case name. */
export const templatesOf = (headers: Readonly<Record<string, string>> | undefined) =>
  Object.entries(headers ?? {}).map(
    ([name, value]) => [name.toLowerCase(), readTemplate(value, 'header')] as const,
  )

type Tree = { readonly [key: string]: unknown }

/** `over` merged over `under`: mappings are merged, everything else is replaced. */
function laidOver(under: Tree, over: Tree): Tree {
  const joined: Record<string, unknown> = { ...under }
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue
    const below = joined[key]
    joined[key] = isRecord(value) && isRecord(below) ? laidOver(below, value) : value
  }
  return joined
}

function fixedPath(url: string): string {
  const path = url.replace(/[?#].*$/s, '')
  const value = path.indexOf('{')
  return value < 0 ? path : path.slice(0, path.lastIndexOf('/', value) + 1)
}
