// The pages' files: built by vite, compressed at build, sent with headers under which a page can reach its own origin and
// nothing else. No page may be cached, framed, or learn its referrer.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'

const builtDir = fileURLToPath(new URL('./screens', import.meta.url))

// 'self' alone: no inline script or style, no data: address, no form, no frame, no plugin.
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const headers = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=()',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
  // no-store also keeps the page out of the back-forward cache.
  'cache-control': 'no-store',
}

/** Names the build that is served: a page learns from it that it is outdated. */
export const pageHeader = 'x-dossier-page'

const pages = [
  { path: '/kiosk/', file: 'lobby' },
  { path: '/kiosk/selftest', file: 'lobby' },
  { path: '/desk/', file: 'desk' },
  { path: '/monitor/', file: 'monitor' },
]

/** The name of the build in `dir`, which its pages compare with their own. */
export function pageBuild(dir = builtDir): string {
  if (!existsSync(dir)) throw new Error(`the pages are not built (${dir} is missing): npm run build`)
  return readFileSync(join(dir, 'build.txt'), 'utf8').trim()
}

/** Serves the pages from `dir`; left out: where the build puts them. */
export async function screenFiles(app: FastifyInstance, dir = builtDir): Promise<void> {
  const pageHeaders = { ...headers, [pageHeader]: pageBuild(dir) }
  for (const { path, file } of pages) {
    const html = readFileSync(join(dir, file, 'index.html'))
    const send = (reply: FastifyReply) =>
      reply.headers(pageHeaders).type('text/html; charset=utf-8').send(html)
    app.get(path, { schema: { hide: true } }, (_, reply) => send(reply))
    if (path.endsWith('/'))
      app.get(path.slice(0, -1), { schema: { hide: true } }, (_, reply) => reply.redirect(path, 308))
  }
  // The service worker's path is above the pages it serves, and it must never be outdated.
  const worker = readFileSync(join(dir, 'service-worker.js'))
  app.get('/kiosk/service-worker.js', { schema: { hide: true } }, (_, reply) =>
    reply
      .headers({ ...pageHeaders, 'cache-control': 'no-cache' })
      .type('text/javascript; charset=utf-8')
      .send(worker),
  )
  await app.register(fastifyStatic, {
    root: join(dir, 'assets'),
    prefix: '/kiosk/assets/',
    dotfiles: 'deny',
    preCompressed: true,
    index: false,
    decorateReply: false,
    // The names carry a hash of the content.
    immutable: true,
    maxAge: '365d',
    setHeaders: (reply) => {
      // A worker obeys the policy of its own script: under that of data it could open no event stream.
      reply.header('content-security-policy', contentSecurityPolicy)
      reply.header('x-content-type-options', 'nosniff')
      reply.header('cross-origin-resource-policy', 'same-origin')
    },
  })
}
