// The routes that peers call: /v1/sms/NAME for texts, /v1/sms/NAME/receipts for delivery receipts. Open to the world:
// what can be checked without the body is checked before reading it.
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { clientAddress } from '../../../web/addresses.js'
import { readContentType } from '../../../web/content-type.js'
import { sendProblem } from '../../../web/problem.js'
import { bytesOf, sendWhole } from '../../../web/whole-answer.js'
import type { Answer } from './answer.js'
import { Call, type CallHead } from './call.js'
import type { HttpLink } from './http-link.js'

// A long text of ten segments, percent-encoded, is some 10 KiB.
const bodyLimit = 32 * 1024
// The same text in a multipart form is not encoded: 3 KiB, and some 100 bytes for each of its fields. Parsing 8 KiB takes 3 ms.
const multipartLimit = 8 * 1024

/** `linkNamed` returns the current link of that name; links change while running. */
export function httpCarrierRoutes(linkNamed: (name: string) => HttpLink | undefined): FastifyPluginAsync {
  return async (app: FastifyInstance) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (request: FastifyRequest, body: Buffer) =>
      unpacked(request.headers['content-encoding'], body),
    )
    const schema = { hide: true } as const
    // People type the address into their aggregator's form, some with a slash at the end.
    const addresses = [false, true].flatMap((isReceipt) => ['', '/'].map((slash) => ({ isReceipt, slash })))
    for (const { isReceipt, slash } of addresses) {
      app.route<{ Params: { link: string } }>({
        method: ['GET', 'POST'],
        url: isReceipt ? `/v1/sms/:link/receipts${slash}` : `/v1/sms/:link${slash}`,
        // Fastify would answer a HEAD by running the GET handler, which takes a text.
        exposeHeadRoute: false,
        schema,
        config: { unpacksGzip: true },
        bodyLimit,
        onRequest(request, reply, done) {
          const link = linkNamed(request.params.link)
          if (!link) return void sendProblem(request, reply, 404, 'no-such-address')
          // Bodies are recognised by their content: Fastify must not refuse one for an invalid Content-Type (`json`).
          if (!readContentType(request.headers['content-type'])) delete request.raw.headers['content-type']
          const refusal = link.admit(headOf(request), clientAddress(request), isReceipt)
          if (!refusal) return done()
          // A refused body is not read: the connection closes after the response.
          if (request.method !== 'GET') reply.header('connection', 'close')
          send(request, reply, refusal)
        },
        async handler(request, reply) {
          const link = linkNamed(request.params.link)
          if (!link) return sendProblem(request, reply, 404, 'no-such-address')
          const body = Buffer.isBuffer(request.body) ? request.body : undefined
          const call = new Call(headOf(request), body, await partsOf(request.headers['content-type'], body))
          if (isReceipt) return send(request, reply, link.takeReceipt(call))
          return send(request, reply, await link.take(call, (then) => void reply.raw.once('close', then)))
        },
      })
    }
  }
}

// A proxy may unpack a body and leave its header.
async function unpacked(encoding: string | undefined, body: Buffer): Promise<Buffer> {
  if (encoding === undefined || body.length < 2 || body.readUInt16BE(0) !== gzipMark) return body
  return promisify(gunzip)(body, { maxOutputLength: bodyLimit }).catch((error) => {
    const isLarge = (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE'
    throw Object.assign(new Error('the body cannot be unpacked'), { statusCode: isLarge ? 413 : 400 })
  })
}
// RFC 1952 §2.3.1
const gzipMark = 0x1f8b

// The fields of a multipart body, which browsers' forms and PHP's curl send, as a urlencoded form. undefined for any other
// body, also for one that is announced as multipart and is not.
async function partsOf(contentType: string | undefined, body: Buffer | undefined) {
  if (!body || body.length > multipartLimit || !/^multipart\/form-data\b/i.test(contentType ?? ''))
    return undefined
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType! } })
    .formData()
    .catch(() => undefined)
  if (!form) return undefined
  return String(
    new URLSearchParams([...form].filter((pair): pair is [string, string] => typeof pair[1] === 'string')),
  )
}

function headOf({ method, raw }: FastifyRequest): CallHead {
  const [path = '', query = ''] = splitOnce(raw.url ?? '')
  return { method, path, query, headers: raw.headers }
}

function splitOnce(url: string): [string, string] {
  const at = url.indexOf('?')
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)]
}

function send(request: FastifyRequest, reply: FastifyReply, answer: Answer): FastifyReply {
  const { status, problem, field, headers = {}, body = '' } = answer
  if (problem !== undefined)
    return sendProblem(request, reply, status, problem, {
      ...(field === undefined ? {} : { errors: [{ pointer: field, code: 'required' }] }),
    })
  const { 'content-type': contentType = 'text/plain; charset=utf-8', ...rest } = headers
  return sendWhole(
    reply.header('cache-control', 'no-store').headers(rest),
    status,
    contentType,
    bytesOf(body),
  )
}
