// The few pages that belong to no room: the one at `/`, the one for an address that is none, and those of a one-time link.
// Plain files in both languages that load only the stylesheet of the help pages.
import { readFileSync } from 'node:fs'
import type {} from '@fastify/swagger' // gives route schemas their 'hide'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

type Page = 'root' | 'no-page' | 'enrol' | 'link-used' | 'later'

const bodyOf = (page: Page) => readFileSync(new URL(`./pages/${page}.html`, import.meta.url))
const bodies: Record<Page, Buffer> = {
  root: bodyOf('root'),
  'no-page': bodyOf('no-page'),
  enrol: bodyOf('enrol'),
  'link-used': bodyOf('link-used'),
  later: bodyOf('later'),
}

// A form may post to this site only.
const policy =
  "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

/** Sends a page; not cacheable. */
export function sendPage(reply: FastifyReply, status: number, page: Page): FastifyReply {
  return reply
    .code(status)
    .headers({ 'content-security-policy': policy, 'cache-control': 'no-store' })
    .type('text/html; charset=utf-8')
    .send(bodies[page])
}

/** Whether the client is a browser rather than a program. */
export const wantsPage = ({ headers }: FastifyRequest): boolean =>
  headers.accept?.includes('text/html') ?? false

/** Serves `/`. */
export function rootRoute(server: FastifyInstance): void {
  server.get('/', { schema: { hide: true } }, (_request, reply) => sendPage(reply, 200, 'root'))
}
