// The client address of a request: what proxies write, and the networks around it.
import t from 'tap'
import { silentLog } from '../../src/log.js'
import { clientAddress, networksOf } from '../../src/web/addresses.js'
import { openListener } from '../../src/web/listener/listener.js'

t.test('addresses are grouped by the networks that providers assign', (t) => {
  for (const [address, ...networks] of [
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['0:0:0:0:0:FFFF:cb00:7107', '203.0.113.7'],
    ['::FFFF:a:b', '0.10.0.11'],
    ['::ffff:0:cb00:7107', '0:0:0:0::/64', '0:0:0:0::/56', '0:0:0::/48'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64', '2001:db8:1:0::/56', '2001:db8:1::/48'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64', '2001:db8:1:0::/56', '2001:db8:1::/48'],
    ['2001:0db8:0001:02fe:ffff::', '2001:db8:1:2fe::/64', '2001:db8:1:200::/56', '2001:db8:1::/48'],
    ['2001:DB8:1:2ff::9', '2001:db8:1:2ff::/64', '2001:db8:1:200::/56', '2001:db8:1::/48'],
    ['::1', '0:0:0:0::/64', '0:0:0:0::/56', '0:0:0::/48'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64', 'fe80:0:0:0::/56', 'fe80:0:0::/48'],
  ] as const)
    t.same(networksOf(address), networks, address)
  t.end()
})

t.test('a forwarded address may have a port; junk counts as the proxy itself', (t) => {
  for (const [forwarded, address] of [
    ['198.51.100.7', '198.51.100.7'],
    ['198.51.100.7:54321', '198.51.100.7'],
    ['"198.51.100.7:54321"', '198.51.100.7'],
    ['[2001:db8::7]:443', '2001:db8::7'],
    ['"[2001:db8::7]"', '2001:db8::7'],
    ['2001:db8::7', '2001:db8::7'],
    ['unknown', '10.0.0.1'],
    ['_hidden', '10.0.0.1'],
    ['999.1.1.1', '10.0.0.1'],
    ['1.2.3.4:99999999', '10.0.0.1'],
    [`${'1'.repeat(5000)}:1`, '10.0.0.1'],
    ['', '10.0.0.1'],
  ] as const)
    t.equal(
      clientAddress({ ip: forwarded, socket: { remoteAddress: '10.0.0.1' } } as never),
      address,
      forwarded.slice(0, 40),
    )
  t.end()
})

t.test('every trustProxy that the configuration takes is one of the listener', async (t) => {
  for (const [trustProxy, isTrusted] of [
    [false, false],
    [true, true],
    ['127.0.0.1', true],
    ['10.0.0.1', false],
    [['10.0.0.1', '127.0.0.1'], true],
    ['loopback, 10.0.0.0/8', true],
    ['uniquelocal', false],
    ['0.0.0.0/0', true],
    ['::/0', true],
    [['10.0.0.0/0'], true],
    ['10.0.0.0/08', false],
    ['::ffff:127.0.0.1', true],
    ['fe80::1%eth0', false],
    [[], false],
  ] as const) {
    const http = { host: '127.0.0.1', port: 0, trustProxy: trustProxy as boolean | string | string[] }
    const server = openListener({ http }, silentLog)
    server.get('/', async (request) => request.ip)
    const headers = { 'x-forwarded-for': '198.51.100.7' }
    const { body } = await server.inject({ url: '/', headers, remoteAddress: '127.0.0.1' })
    t.equal(body, isTrusted ? '198.51.100.7' : '127.0.0.1', JSON.stringify(trustProxy))
    await server.close()
  }
})

t.test('proxies one behind another may write each other with a port, as IPv6 or with a zone', async (t) => {
  const client = '198.51.100.7'
  for (const [trustProxy, forwarded, address] of [
    [['127.0.0.1', '10.0.0.1'], `${client}, 10.0.0.1`, client],
    [['127.0.0.1', '10.0.0.1'], `${client}:40112, 10.0.0.1:51000`, `${client}:40112`],
    [['127.0.0.1', '10.0.0.1'], `${client}, ::ffff:10.0.0.1`, client],
    [['127.0.0.1', '10.0.0.1'], `${client}, "[::ffff:10.0.0.1]:51000"`, client],
    ['loopback, uniquelocal', `${client}, 192.168.7.1:51000, 172.31.0.9`, client],
    ['127.0.0.1, 10.0.0.0/8', `${client}, 10.9.8.7:1`, client],
    ['127.0.0.1, ::ffff:10.0.0.0/104', `${client}, 10.9.8.7`, client],
    ['127.0.0.1, 2001:db8:1::/48', `${client}, [2001:db8:1::5]:443`, client],
    ['127.0.0.1, 2001:db8:1::5', `${client}, 2001:db8:1:0::5`, client],
    ['loopback, linklocal', `${client}, fe80::1%eth0`, client],
    // Entries that a client wrote itself come before the address that the proxy saw.
    [['127.0.0.1', '10.0.0.1'], `10.0.0.1, ${client}`, client],
    [['127.0.0.1', '10.0.0.1'], `1.1.1.1, ${client}:1, 10.0.0.1:2`, `${client}:1`],
    [['127.0.0.1', '10.0.0.1'], `${client}, 10.0.0.2:51000`, '10.0.0.2:51000'],
    [['127.0.0.1', '10.0.0.1'], `${client}, unknown`, 'unknown'],
    [['127.0.0.1', '10.0.0.1'], `${client}, 10.0.0.1:999999`, '10.0.0.1:999999'],
  ] as const) {
    const http = { host: '127.0.0.1', port: 0, trustProxy: trustProxy as string | string[] }
    const server = openListener({ http }, silentLog)
    server.get('/', async (request) => request.ip)
    const headers = { 'x-forwarded-for': forwarded }
    const { body } = await server.inject({ url: '/', headers, remoteAddress: '127.0.0.1' })
    t.equal(body, address, `${trustProxy}: ${forwarded}`)
    await server.close()
  }
})
