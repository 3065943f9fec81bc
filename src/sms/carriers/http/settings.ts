// Settings of an HTTP link. Nothing here has a default: what is left out comes from the preset (presets.ts).
import { oneOf, optionalGroup, optionalText } from '../../../config/slice.js'
import { type Static, Type } from '../../../schema.js'
import { linkKeys } from '../common-settings.js'

const optional = Type.Optional
const field = (description: string) =>
  optional(
    Type.Union([Type.String({ minLength: 1 }), Type.Array(Type.String({ minLength: 1 }))], { description }),
  )
const seconds = (description: string, minimum: number, maximum: number) =>
  optional(Type.Integer({ minimum, maximum, description }))
const words = (description: string) => optional(Type.Record(Type.String(), Type.String(), { description }))
const template = (description: string) =>
  optionalText(`${description}; a template, see src/sms/carriers/http`)

export const presetNames = ['generic', 'esms', 'kannel', 'android'] as const
export type PresetName = (typeof presetNames)[number]

const proofs = ['signature', 'basic', 'token', 'addresses'] as const
const algorithms = [
  'md5',
  'sha1',
  'sha256',
  'sha512',
  'hmac-md5',
  'hmac-sha1',
  'hmac-sha256',
  'hmac-sha512',
] as const
const verdicts = ['taken', 'retry', 'final', 'throttled'] as const
export const numberForms = ['international', 'plus', 'national', 'as-came'] as const

const receive = optionalGroup('how texts come: the peer calls GET or POST /v1/sms/NAME', {
  secret: optionalText('secret of the peer: signature key, password or token; prefer secretFile'),
  secretFile: optionalText('file holding secret'),
  proof: optional(
    oneOf(proofs, 'how the peer authenticates; left out: token, or addresses where there is no secret'),
  ),
  signature: optionalGroup('proof: signature', {
    over: template('what is signed, e.g. "{id}{text}{secret}"'),
    algorithm: optional(oneOf(algorithms, 'hash of it, or HMAC under secret')),
    encoding: optional(oneOf(['hex', 'base64'], 'encoding of the signature')),
    in: field('where the signature is'),
    at: field('where the time of signing is'),
  }),
  username: optionalText('proof: basic, the user name'),
  token: optionalGroup('proof: token, where it is; one of these is enough', {
    header: optionalText('header; for "authorization" the part after Bearer'),
    query: optionalText('query parameter'),
  }),
  allowedAddresses: optional(
    Type.Array(Type.String({ minLength: 1 }), {
      description:
        'addresses and networks (203.0.113.0/24) the peer calls from, in addition to any other proof; empty: all',
    }),
  ),
  replaySeconds: seconds('a call signed longer ago than this is refused; 0 = never', 0, 604_800),
  fields: optionalGroup(
    'where values are in a call: a name, a JSON pointer (/payload/message), an <Element> of XML or header:NAME; or a list of these',
    {
      from: field('phone of the citizen'),
      to: field('number it was sent to; left out: shortCode'),
      text: field('the text'),
      id: field('id of the text at the peer: the same id again is the same text'),
      at: field('when it was sent: seconds or milliseconds since 1970, RFC 3339, or local as yyyyMMddHHmmss'),
      charset: field('charset of the text; left out: UTF-8'),
      partOf: field('for a part of a long text: the reference that all its parts share'),
      part: field('its number, from 1'),
      parts: field('how many there are'),
    },
  ),
  each: optionalText(
    'JSON pointer of the list, if one call brings several texts (/: the body is the list); fields and only are then looked for in each, and in the call where it has none; needs answer: call',
  ),
  only: words('field and value of the calls that are texts; others are acknowledged and ignored'),
  answer: optional(
    oneOf(['response', 'call'], 'the reply travels in the answer to the call, or by a call of ours (send)'),
  ),
  deadlineMs: optional(
    Type.Integer({
      minimum: 100,
      maximum: 60_000,
      description:
        'answer: response; a reply that takes longer goes by send, or without send the peer is asked to retry',
    }),
  ),
  responseTemplate: template('answer: response, the response body'),
  responseHeaders: words('answer: response, further headers; templates'),
  responseType: optionalText('its Content-Type, which also decides how values are escaped'),
  silentTemplate: template('response body when there is no reply; left out: empty'),
  acceptedStatus: optional(
    Type.Integer({
      minimum: 200,
      maximum: 299,
      description: 'status when the reply goes by send, or there is none',
    }),
  ),
  repeatSeconds: seconds('how long the same id means the same text and gets the same answer', 60, 2_592_000),
})

const receipts = optionalGroup('deliveryReceipts: the peer calls GET or POST /v1/sms/NAME/receipts', {
  proof: optional(
    oneOf(['token', 'same'], 'token: by the token in the URL we give it ({callbackUrl}); same: like a text'),
  ),
  id: field('id of the message'),
  state: field('its state'),
  states: words('their state → DELIVRD, UNDELIV, EXPIRED, REJECTD …; others count as UNKNOWN'),
  headers: words('headers of our call that request a receipt; templates'),
})

const send = optionalGroup('how replies and notices leave: a call of ours', {
  url: template('URL of the peer; its host is fixed'),
  method: optional(oneOf(['POST', 'GET', 'PUT'], 'method')),
  headers: words('headers; templates'),
  type: optional(
    oneOf(['json', 'form', 'xml', 'text'], 'format of the body, which decides how values are escaped'),
  ),
  body: template('body'),
  username: optionalText('user name, {username} in templates'),
  secret: optionalText('password or key, {secret} in templates; prefer secretFile'),
  secretFile: optionalText('file holding secret'),
  values: words('more values for templates, by name'),
  numberForm: optional(oneOf(numberForms, 'how a phone is written: 84901…, +84901…, 0901…, or as it came')),
  code: optionalText(
    'where the code of a response is: /JSON/pointer, <Element> of XML, or text (its first word); left out: the HTTP status',
  ),
  outcomes: optional(
    Type.Record(Type.String(), oneOf(verdicts, ''), {
      description: 'code → taken, retry, final or throttled',
    }),
  ),
  otherwise: optional(oneOf(verdicts, 'what any other code means')),
  messageId: optionalText('where the id of the message is, for receipts (as for code); left out: ours'),
  repeatable: optional(
    Type.Boolean({
      description: 'the peer deduplicates by {id}: a call without an answer is repeated',
    }),
  ),
  throughput: optional(Type.Number({ minimum: 0, description: 'calls a second, 0 = no limit' })),
  window: optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'calls outstanding at a time' })),
  timeoutMs: optional(
    Type.Integer({
      minimum: 100,
      maximum: 120_000,
      description: 'wait for an answer before it counts as lost',
    }),
  ),
  notices: optionalGroup(
    'for notices, if a brand name requires registered templates; what is left out is as for replies',
    {
      url: template('address'),
      body: template('body; {template} and the values of the notice in addition to the others'),
      templates: words(
        'situation (e.g. finished, supplement, overdue) → id of the registered template; other: any other',
      ),
    },
  ),
  probe: optionalGroup('what doctor calls to check that the peer answers and knows us; sends no text', {
    url: template('address'),
    method: optional(oneOf(['POST', 'GET', 'PUT'], 'method')),
    body: template('body'),
    to: optionalText('the phone in it, {to}'),
    good: optional(Type.Array(Type.String(), { description: 'codes (or statuses) that mean success' })),
    notices: optional(
      Type.Boolean({
        description: 'the probe checks a text against the registered templates: try notices too',
      }),
    ),
  }),
  receipts,
})

/** Keys of an HTTP link, in addition to those of every link (../common-settings.ts). */
export const httpKeys = {
  ...linkKeys,
  preset: oneOf(presetNames, 'the peer; presets everything below, which may be overridden', 'generic'),
  receive,
  send,
  hints: optionalGroup('billing hint per outcome, {valid} in templates', {
    valid: optionalText('of answers the citizen pays for'),
    invalid: optionalText('of answers that must not be charged'),
  }),
}

export type HttpConfig = Static<ReturnType<typeof Type.Object<typeof httpKeys>>>
export type ReceiveConfig = NonNullable<HttpConfig['receive']>
