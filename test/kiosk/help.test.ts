// The guides for people: there, in Vietnamese, one page each, loading nothing from anywhere else.
import { fastify } from 'fastify'
import t from 'tap'
import { helpRoutes } from '../../src/kiosk/help.js'

t.test('citizens and staff have a guide that loads nothing but its own style', async (t) => {
  const server = fastify()
  t.teardown(() => server.close())
  helpRoutes(server)
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
