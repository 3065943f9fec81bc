// Two dozen manners of a peer that is broken or hostile, one after another: an adapter answers each with an error in words or
// with records, in bounded time and memory, and the event loop stays free. The peer speaks from a thread of its own.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { openFeed } from '../../../src/agency/sources/feed.js'
import { openOpencps } from '../../../src/agency/sources/opencps.js'
import type { Source } from '../../../src/agency/sources/source.js'
import { GatewayError } from '../../../src/errors.js'
import { sourceConfig } from '../../peers/sources/gateway-side.js'
import { peerAgencies } from '../../peers/sources/population.js'

const peer = `
const { createServer } = require('node:net')
const { gzipSync } = require('node:zlib')
const { parentPort } = require('node:worker_threads')
const record = '{"dossierNo":"H45.12-260105-0001","dossierStatus":"processing","eventTime":"2026-01-05T08:00:00+07:00","modifiedDate":"05/01/2026 08:00:00"}'
const list = (items) => '{"items":[' + items + '],"data":[' + items + '],"total":1}'
const head = (length, more = '') => 'HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\n' + more + 'content-length: ' + length + '\\r\\n\\r\\n'
const whole = (body, more) => (socket) => {
  const bytes = Buffer.from(body)
  socket.write(head(bytes.length, more))
  socket.end(bytes)
}
const million = 1000000
const drip = (text) => (socket) => {
  let at = 0
  const timer = setInterval(() => { if (at >= text.length) at = 0; socket.write(text[at++]) }, 20)
  socket.on('close', () => clearInterval(timer))
}
const pour = (begin, piece) => (socket) => {
  socket.write(begin)
  const go = () => { while (!socket.destroyed && socket.write(piece)); }
  socket.on('drain', go)
  go()
}
const manners = {
  honest: whole(list(record)),
  silent: () => {},
  'cut at once': (socket) => socket.destroy(),
  'cut in the head': (socket) => socket.end('HTTP/1.1 200 O'),
  'cut in the body': (socket) => socket.end(head(5000) + list(record).slice(0, 60)),
  'letter by letter': drip('HTTP/1.1 200 OK\\r\\nx-slow: and slower\\r\\n'),
  'heads without end': pour('HTTP/1.1 200 OK\\r\\n', 'x-more: ' + 'y'.repeat(8000) + '\\r\\n'),
  'a body without end': pour('HTTP/1.1 200 OK\\r\\ntransfer-encoding: chunked\\r\\n\\r\\n', '10000\\r\\n' + ' '.repeat(65536) + '\\r\\n'),
  'interim answers without end': pour('', 'HTTP/1.1 102 Processing\\r\\n\\r\\n'.repeat(500)),
  'more than announced': (socket) => socket.end(head(10) + list(record)),
  'no HTTP': (socket) => socket.end('hello\\r\\n'),
  TLS: (socket) => socket.end(Buffer.from([22, 3, 3, 0, 40, ...Array(40).fill(1)])),
  HTML: whole('<html><body>Bảo trì</body></html>'),
  'a redirect to itself': (socket) => socket.end('HTTP/1.1 302 Found\\r\\nlocation: /\\r\\ncontent-length: 0\\r\\n\\r\\n'),
  'a packed bomb': whole(gzipSync(Buffer.alloc(400 * million, 32), { level: 9 }), 'content-encoding: gzip\\r\\n'),
  'a packing that is none': whole('not packed', 'content-encoding: gzip\\r\\n'),
  'eight million brackets': whole('['.repeat(8 * million) + ']'.repeat(8 * million)),
  'brackets never closed': whole('['.repeat(16 * million)),
  'five million empty records': whole(list(Array(2 * million).fill('{}').join())),
  'a million names': whole('{' + Array.from({ length: million }, (_, nth) => '"k' + nth + '":1').join() + '}'),
  'numbers by the million': whole(list(Array(3 * million).fill('1').join())),
  'one word of 15 MB': whole(list('{"dossierNo":"' + '\\\\u0048'.repeat(1200000) + '"}')),
  'names of the language': whole(list('{"__proto__":{"dossierNo":"x"},"constructor":{"prototype":1},"dossierNo":{"toString":1}}')),
  'bytes that are no UTF-8': whole(Buffer.concat([Buffer.from('{"items":["'), Buffer.alloc(1000, 0xff), Buffer.from('"]}')])),
  NULs: whole(Buffer.alloc(100000)),
  'a word that asks for pages without end': whole(list(record).replace('"total":1', '"total":1e308,"next":"' + 'n'.repeat(100000) + '"')),
}
const server = createServer((socket) => {
  socket.on('error', () => {})
  socket.once('data', (asked) => manners[decodeURIComponent(/^[A-Z]+ [/]([^/]+)/.exec(String(asked))[1])](socket))
})
server.listen(0, '127.0.0.1', () => parentPort.postMessage({ port: server.address().port, names: Object.keys(manners) }))
`

// What was measured is printed; the bound leaves room for a machine that has other things to do.
const maxStallMs = 1500
const maxMiB = 300

t.test('whatever a peer does, nobody else waits for it', async (t) => {
  const worker = new Worker(peer, { eval: true })
  t.teardown(() => worker.terminate())
  const { port, names } = await new Promise<{ port: number; names: string[] }>((resolve) =>
    worker.once('message', resolve),
  )
  const common = {
    name: 'vendor',
    agencies: peerAgencies,
    pollSeconds: 1,
    clientSecret: 'secret',
    readThroughMs: 400,
  }
  const options = { requestTimeoutMs: 1500 }
  const signal = new AbortController().signal
  const kinds: Record<string, (url: string) => Source> = {
    feed: (url) => openFeed(sourceConfig({ ...common, kind: 'feed', url, options })),
    opencps: (url) =>
      openOpencps(
        sourceConfig({ ...common, kind: 'opencps', url, options: { ...options, groupId: '1', token: 'x' } }),
      ),
  }
  let worst = { name: '', ms: 0 }
  const delays = monitorEventLoopDelay({ resolution: 5 })
  for (const name of names)
    for (const [kind, open] of Object.entries(kinds)) {
      const source = open(`http://127.0.0.1:${port}/${encodeURIComponent(name)}`)
      const before = process.memoryUsage.rss()
      delays.reset()
      delays.enable()
      const ended = await source.page({ signal }).catch((error: unknown) => error)
      delays.disable()
      const ms = delays.max / 1e6
      const risen = (process.memoryUsage.rss() - before) / 2 ** 20
      if (ended instanceof Error) t.type(ended, GatewayError, `${kind}, ${name}: ${ended.message}`)
      else
        t.ok(
          (ended as { records: unknown[] }).records.length <= 5000,
          `${kind}, ${name}: taken for what it holds`,
        )
      t.ok(ms < maxStallMs, `${ms} ms`)
      t.ok(risen < maxMiB, `${risen} MiB`)
      t.comment(`${kind}, ${name}: longest stall ${ms.toFixed(0)} ms, +${risen.toFixed(0)} MiB`)
      if (ms > worst.ms) worst = { name: `${kind}, ${name}`, ms }
    }
  t.comment(`the longest of all: ${worst.ms.toFixed(0)} ms, ${worst.name}`)
  t.match(await kinds.feed!(`http://127.0.0.1:${port}/honest`).page({ signal }), {
    records: [{ update: {} }],
  })
})
