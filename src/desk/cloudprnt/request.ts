// What CloudPRNT clients send, however their firmware writes it. A request that is refused is a slip that never comes out, so
// everything that can mean only one thing is read as that.
import type { FastifyRequest } from 'fastify'
import { type Poll, printerStates } from '../contract.js'

/** The query of a request, as `readQuery` returns it. */
export interface Query {
  mac?: string
  uid?: string
  type?: string
  token?: string
  code?: string
  delete?: string
}

/** Normalises a request: the key becomes a Bearer token, the cookie goes, the query is parsed, and the body is JSON. */
export function readRequest(request: FastifyRequest): void {
  const { headers } = request
  // A browser's cookie opens nothing here, because another site's page could make the browser fetch, and so use up, a slip.
  delete headers.cookie
  // A poll is JSON; some firmware calls it text, or leaves the type out or empty.
  headers['content-type'] = 'application/json'
  const key = keyOfBasic(headers.authorization)
  if (key !== undefined) headers.authorization = `Bearer ${key}`
  request.query = readQuery(request.query as Record<string, unknown>)
}

/** The key in a Basic header: the password, or the user name if there is no password. Stock printers know Basic only. */
function keyOfBasic(authorization = ''): string | undefined {
  const [, basic] = /^Basic +(\S+)$/i.exec(authorization) ?? []
  if (basic === undefined) return undefined
  const [user = '', ...password] = Buffer.from(basic, 'base64').toString().split(':')
  return (password.join(':').trim() || user).trim()
}

/** The parameters by lower-case name; of a repeated one the first counts. */
function readQuery(given: Record<string, unknown>): Query {
  const query: Record<string, string> = {}
  for (const [name, values] of Object.entries(given)) query[name.toLowerCase()] ??= String([values].flat()[0])
  const token = readToken(query.token)
  if (token === undefined) delete query.token
  else query.token = token
  return query
}

/** Whether a text is a value; not what firmware prints for one that it does not have, with or without quotation marks. */
export const isGiven = (text: string): boolean => !/^\W*(?:(?:null|nil|none|undefined)\W*)?$/i.test(text)

/** A token in quotes, in capitals, or encoded twice; undefined for none. One that is not ours stays as it is. */
function readToken(token = ''): string | undefined {
  if (!isGiven(token)) return undefined
  const [, own] = /^\W*([0-9a-f]{12}(?:(?:\.|%2e)\d{1,9}){1,2})\W*$/i.exec(token) ?? []
  return own === undefined ? token : own.toLowerCase().replaceAll('%2e', '.')
}

/** A poll's fields; a value of a kind that the guide does not know counts as left out. Throws SyntaxError. */
export function readPoll(body: string): unknown {
  // Control characters are nothing but blanks in JSON, and firmware written in C also sends the zero that ends its text.
  const text = body.replace(/[\u0000-\u001f\ufeff]+/g, ' ').trim()
  const poll: unknown = text === '' ? {} : (JSON.parse(text) ?? {})
  if (typeof poll !== 'object' || Array.isArray(poll)) return poll
  const { statusCode, printerMAC, uniqueID, printingInProgress, printerState, canConfirm } = poll as Poll
  return {
    statusCode: scalar(statusCode),
    printerMAC: scalar(printerMAC),
    uniqueID: scalar(uniqueID),
    printingInProgress: scalar(printingInProgress),
    printerState: printerStates.find((one) => one === printerState) ?? null,
    canConfirm: typeof canConfirm === 'boolean' ? canConfirm : null,
  } satisfies Poll
}

const scalar = (value: Poll['statusCode']) =>
  typeof value === 'object' || value === undefined ? null : value
