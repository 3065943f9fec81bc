// One page each for citizens and for staff, to read and to print: plain files beside the code, served under the pages' policy.
import { readFileSync } from 'node:fs'
import type {} from '@fastify/swagger' // gives route schemas their 'hide'
import type { FastifyInstance } from 'fastify'

const files = [
  ['/help', 'citizens.html', 'text/html; charset=utf-8'],
  ['/help/staff', 'staff.html', 'text/html; charset=utf-8'],
  ['/help/help.css', 'help.css', 'text/css; charset=utf-8'],
] as const

/** Serves /help and /help/staff. */
export function helpRoutes(server: FastifyInstance): void {
  for (const [path, file, type] of files) {
    const body = readFileSync(new URL(`./help/${file}`, import.meta.url))
    server.get(path, { schema: { hide: true } }, (_request, reply) =>
      reply
        .headers({
          'content-security-policy':
            "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
          'cache-control': 'no-cache',
        })
        .type(type)
        .send(body),
    )
  }
}
