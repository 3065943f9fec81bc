// A call that failed: whether the peer may have it. If not, the reply is tried as long as it lives, and never counts as sent.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import t from 'tap'
import { callPeer } from '../../../../src/sms/carriers/http/caller.js'
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
  t.same(await call('http'), { failed: 'timeout', mayBeOut: true }, 'on a connection that stood')
})
