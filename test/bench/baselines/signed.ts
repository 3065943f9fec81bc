// A minimal responder to signed texts over HTTP: Fastify, the same signature check, a fixed XML answer, nothing stored.
// Runs as its own process: signed.ts SECRET; prints its URL on stdout.
import { createHash, timingSafeEqual } from 'node:crypto'
import fastify from 'fastify'

const secret = process.argv[2]!
const server = fastify()
server.get<{ Querystring: Record<string, string> }>('/v1/sms/:link', async (request, reply) => {
  const { cpid = '', smsid = '', content = '', receiverTime = '', sign = '', sender = '' } = request.query
  const right = createHash('md5')
    .update(cpid + smsid + content + receiverTime + secret)
    .digest()
  const given = Buffer.from(sign.replaceAll(' ', '+'), 'base64')
  if (given.length !== right.length || !timingSafeEqual(given, right)) return reply.code(401).send()
  return reply
    .type('application/xml; charset=utf-8')
    .send(
      `<ClientResponse><Message>${content}</Message><Smsid>${smsid}</Smsid><Receiver>${sender}</Receiver></ClientResponse>`,
    )
})
process.stdout.write(`${await server.listen({ port: 0, host: '127.0.0.1' })}\n`)
process.once('SIGTERM', () => void server.close().then(() => process.exit(0)))
