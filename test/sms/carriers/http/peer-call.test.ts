// A call that failed: whether the peer may have it. If not, the reply is tried as long as it lives, and never counts as sent.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { silentLog } from '../../../../src/log.js'
import { openMetrics } from '../../../../src/metrics.js'
import { Caller } from '../../../../src/sms/carriers/http/caller.js'
import { callPeer } from '../../../../src/sms/carriers/http/peer-call.js'
import { resolve } from '../../../../src/sms/carriers/http/resolved.js'
import type { HttpConfig } from '../../../../src/sms/carriers/http/settings.js'
import { readTemplate } from '../../../../src/sms/carriers/http/template.js'

t.test('a call is out once it has been written, and not while a connection is being made', async (t) => {
  const lines = new Set<Socket>()
  let isAnswering = false
  const peer = createServer((line) => {
    lines.add(line.on('error', () => undefined))
    line.on('data', () => isAnswering && line.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'))
  })
  await once(peer.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    for (const line of lines) line.destroy()
    peer.close()
  })
  const { port } = peer.address() as AddressInfo
  const call = (scheme: string) =>
    callPeer(
      {
        url: readTemplate(`${scheme}://127.0.0.1:${port}/send?to={to}`, 'form'),
        method: 'POST',
        headers: [],
        body: readTemplate('{text}', 'text'),
      },
      { to: '84901234567', text: 'x' },
      500,
    )
  t.same(await call('https'), { failed: 'timeout', mayBeOut: false }, 'it takes the line and no handshake')
  t.same(await call('http'), { failed: 'timeout', mayBeOut: true }, 'it takes the call and does not answer')
  t.same(await call('https'), { failed: 'timeout', mayBeOut: false }, 'what left before was another call')
  isAnswering = true
  t.match(await call('http'), { status: 200, body: 'ok' })
  isAnswering = false
  t.same(await call('http'), { failed: 'timeout', mayBeOut: true }, 'and whatever it answered before')
})

/** A peer that reads each request whole, up to its empty line and the few bytes after it. */
async function listen(
  t: Test,
  served: (line: Socket, method: string, head: string) => void,
): Promise<string> {
  const lines = new Set<Socket>()
  const peer = createServer((line) => {
    lines.add(line.on('error', () => undefined))
    line.on('data', (chunk) => served(line, String(chunk).split(' ')[0]!, String(chunk)))
  })
  await once(peer.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    for (const line of lines) line.destroy()
    peer.close()
  })
  return `http://127.0.0.1:${(peer.address() as AddressInfo).port}`
}

t.test('what a response has said holds, though its body does not end as announced', async (t) => {
  const said = '{"code":"0"}'
  const rows: readonly [label: string, head: string, body: string, isCut: boolean, expected: object][] = [
    ['no length, and kept open', '', said, false, { status: 202, body: said }],
    ['chunks without an end', 'transfer-encoding: chunked\r\n', `c\r\n${said}\r\n`, false, { body: said }],
    ['shorter than it says, and cut', 'content-length: 500\r\n', said, true, { status: 202, body: said }],
    ['shorter than it says, and kept', 'content-length: 500\r\n', said, false, { status: 202, body: said }],
    [
      'called packed, and not',
      'content-encoding: gzip\r\ncontent-length: 12\r\n',
      said,
      false,
      { status: 202 },
    ],
  ]
  for (const [label, head, body, isCut, expected] of rows) {
    const url = await listen(t, (line) => {
      line.write(`HTTP/1.1 202 Accepted\r\n${head}\r\n${body}`, () => isCut && line.end())
    })
    const form = { url: readTemplate(`${url}/send`, 'form'), method: 'POST', headers: [], body: undefined }
    t.match(await callPeer(form, {}, 500), expected, label)
  }
  const url = await listen(t, (line) => line.end('HTTP/1.1 20'))
  const form = { url: readTemplate(`${url}/send`, 'form'), method: 'POST', headers: [], body: undefined }
  t.match(await callPeer(form, {}, 500), { mayBeOut: true }, 'one that did not begin is none')
  let asked = ''
  const plain = await listen(t, (line, _, head) => {
    asked = head
    line.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
  })
  await callPeer({ ...form, url: readTemplate(`${plain}/send`, 'form') }, {}, 500)
  t.match(asked, /^accept-encoding: identity\r$/im, 'and none is asked for packed')
})

t.test('a response that breaks the rules of HTTP is one', async (t) => {
  const said = '{"code":"0"}'
  const well = `HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n${said}`
  const packed = gzipSync(said)
  const rows: readonly [label: string, response: string | Buffer, isEnded?: boolean][] = [
    ['an unasked 100 before it', `HTTP/1.1 100 Continue\r\n\r\n${well}`],
    ['two of them', `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n${well}`],
    ['102 before it', `HTTP/1.1 102 Processing\r\n\r\n${well}`],
    ['LF alone', well.replaceAll('\r', '')],
    ['a blank before a colon', well.replace('length:', 'length :')],
    ['a control character in a header', well.replace('OK\r\n', 'OK\r\nx-from: a\x01b\r\n')],
    ['a warning among its headers', well.replace('OK\r\n', 'OK\r\nPHP Warning  in send.php\r\n')],
    ['two lengths', well.replace('OK\r\n', 'OK\r\ncontent-length: 12\r\n')],
    [
      'a length and chunks',
      well
        .replace('OK\r\n', 'OK\r\ntransfer-encoding: chunked\r\n')
        .replace(said, `c\r\n${said}\r\n0\r\n\r\n`),
    ],
    ['a padded chunk', `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0c  \r\n${said}\r\n0\r\n\r\n`],
    ['no reason, no length', `HTTP/1.0 200\r\n\r\n${said}`, true],
    [
      'packed, unasked',
      Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n'), packed]),
      true,
    ],
    [
      'in UTF-16',
      Buffer.concat([
        Buffer.from('HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-16\r\n\r\n'),
        Buffer.from(`\ufeff${said}`, 'utf16le'),
      ]),
      true,
    ],
  ]
  for (const [label, response, isEnded] of rows) {
    const url = await listen(t, (line) => void line.write(response, () => isEnded && line.end()))
    const form = { url: readTemplate(`${url}/send`, 'form'), method: 'POST', headers: [], body: undefined }
    t.match(await callPeer(form, {}, 5000), { status: 200, body: said }, label)
  }
  const url = await listen(t, (line) => void line.end('OK 0\r\n'))
  const form = { url: readTemplate(`${url}/send`, 'form'), method: 'POST', headers: [], body: undefined }
  t.match(await callPeer(form, {}, 5000), { failed: 'HPE_INVALID_CONSTANT', mayBeOut: true }, 'no HTTP')
})

t.test('no call is lost on a connection that the peer closes after the last one', async (t) => {
  const lines = new Set<Socket>()
  const url = await listen(t, (line) => {
    lines.add(line)
    // Without a word of it: the response is read before the end of the connection is.
    line.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
  })
  const form = { url: readTemplate(`${url}/send`, 'form'), method: 'POST', headers: [], body: undefined }
  for (let nth = 0; nth < 20; nth++) t.match(await callPeer(form, {}, 5000), { status: 200 })
  t.equal(lines.size, 20)
})

t.test('a peer that resets calls is asked without a text whether it answers again', async (t) => {
  const methods: string[] = []
  let resets = 2
  const url = await listen(t, (line, method, head) => {
    methods.push(`${method} ${head.split(' ')[1]}`)
    if (resets-- > 0) line.resetAndDestroy()
    else line.write('HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\n\r\n')
  })
  const config = {
    name: 'peer',
    kind: 'http',
    preset: 'generic',
    shortCode: '8188',
    deliveryReceipts: false,
    receive: { secret: 'a secret of the peer' },
    send: { url: `${url}/sms/{to}/send?text={text}`, method: 'GET', timeoutMs: 1000 },
  } as unknown as HttpConfig
  let answered = () => {}
  const again = new Promise<void>((done) => {
    answered = done
  })
  const send = resolve(config).send!
  const caller: Caller = new Caller(send, {
    name: 'peer',
    log: silentLog,
    metrics: openMetrics(),
    room: () => void (caller.credit > 0 && methods.length > 1 && answered()),
  })
  t.teardown(() => caller.close())
  t.match(await caller.call(send.reply, { to: '84901234567', text: 'x' }), { outcome: { kind: 'lost' } })
  t.equal(caller.credit, 0)
  await again
  t.same(methods, ['GET /sms/84901234567/send?text=x', 'HEAD /sms/', 'HEAD /sms/'])
  t.equal(caller.credit, 1, 'then one text is tried')
})
