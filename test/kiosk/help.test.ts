// The guides for people: served, in Vietnamese, one page each, without third-party requests.
import { fastify } from 'fastify'
import t from 'tap'
import type { Config } from '../../src/config/config.js'
import { openWording } from '../../src/dossier/wording.js'
import { helpRoutes } from '../../src/kiosk/help.js'

const config = {
  http: {},
  office: { name: '', address: '', email: '', hotline: '' },
  complaints: {},
  sms: {
    enabled: true,
    links: [
      { shortCode: '8188', pricePerText: '1.000 đ', keywordPrefix: 'HCC PY' },
      { shortCode: '8288', keywordPrefix: '' },
    ],
  },
  agencies: [
    { code: 'H45.01', name: 'Sở A', phone: '0257 1', email: 'a@b.vn', address: '1 <Đường>', aliases: [] },
    { code: 'H45.02', name: 'Sở B', phone: '0257 2', address: '2 Đường', aliases: [], servedBy: 'H45.01' },
    { code: 'H45.03', name: 'Sở C', phone: '0257 3', address: '3 Đường', aliases: ['000.00.03.H45'] },
  ],
} as unknown as Config

const { vi } = openWording({ vi: 'config/wording.vi.yaml', en: 'config/wording.en.yaml' })

t.test('citizens and staff have a guide that loads nothing but its own style', async (t) => {
  const server = fastify()
  t.teardown(() => server.close())
  helpRoutes(server, config, vi)
  for (const [path, word] of [
    ['/help', 'Mã tra cứu'],
    ['/help/staff', 'BẢN IN LẠI'],
  ] as const) {
    const { statusCode, headers, body } = await server.inject(path)
    t.equal(statusCode, 200)
    t.match(headers['content-security-policy'], /default-src 'none'/)
    t.match(body, /<html lang="vi">/)
    t.ok(body.includes(word))
    for (const [, address] of body.matchAll(/(?:href|src)="([^"]+)"/g))
      t.equal((await server.inject(address!)).statusCode, 200, `${address} is served here`)
    t.notMatch(body, /<script|style="/, 'nothing the policy would refuse')
  }
})

t.test('the guide says how to ask here, and whom', async (t) => {
  const server = fastify()
  t.teardown(() => server.close())
  helpRoutes(server, config, vi)
  const { body } = await server.inject('/help')
  for (const words of ['HCC PY HS mã-hồ-sơ', '<kbd>8188</kbd>, 1.000 đ một tin', '<kbd>8288</kbd>', 'a@b.vn'])
    t.ok(body.includes(words), words)
  t.ok(body.includes('1 &lt;Đường&gt;'), 'what people wrote is text')
  t.notMatch(body, /<!-- /)
  t.match(
    (await server.inject('/help?agency=H45.02')).body,
    /0257 1/,
    'an office that closed is answered for',
  )
  t.match((await server.inject('/help?agency=000.00.03.H45')).body, /0257 3/, 'by another spelling')
  const other = fastify()
  t.teardown(() => other.close())
  helpRoutes(other, { ...config, complaints: { agency: '000.00.03.H45' } } as Config, vi)
  t.match((await other.inject('/help')).body, /0257 3/, 'who gets complaints without a number')
})
