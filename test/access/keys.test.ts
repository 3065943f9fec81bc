// Keys on a real Redis, known to two gateways.
import t from 'tap'
import { openKeys } from '../../src/access/keys.js'
import { keysCommand } from '../../src/access/keys-command.js'
import type { Config } from '../../src/config/config.js'
import { openDoor } from '../agency/harness.js'

t.test('a revoked key ends within a second, also when the system clock is set back', async (t) => {
  const { door } = await openDoor(t)
  const [here, there] = [openKeys(door), openKeys(door)]
  const { id, key } = await there.create({ kind: 'agency', agencies: ['H45.12'] })
  const request = { headers: { authorization: `Bearer ${key}` } }
  const [wall, monotonic] = [Date.now, performance.now]
  t.teardown(() => {
    Date.now = wall
    performance.now = monotonic
  })
  Date.now = () => wall() + 3_600_000
  t.equal((await here.authenticate(request))?.id, id)
  Date.now = wall
  await there.revoke(id)
  performance.now = () => monotonic.call(performance) + 1001
  t.equal(await here.authenticate(request), undefined)
})

t.test(
  'a link whose host is every address of the machine is not given as if devices could open it',
  async (t) => {
    const rows: [http: Record<string, unknown>, link: RegExp, isHinted: boolean][] = [
      [{ host: '0.0.0.0' }, /^link http:\/\/0\.0\.0\.0:80\/enrol\//, true],
      [{ host: '::' }, /^link http:\/\/\[::\]:80\/enrol\//, true],
      [{ host: '::1', tls: {} }, /^link https:\/\/\[::1\]:80\/enrol\//, false],
      [
        { host: '::', publicUrl: 'https://hoso.example.vn/' },
        /^link https:\/\/hoso\.example\.vn\/enrol\//,
        false,
      ],
    ]
    for (const [http, link, isHinted] of rows) {
      const said: string[] = []
      await keysCommand({
        args: ['create', '--kiosk', 'lobby'],
        config: { http: { port: 80, ...http }, dataDir: '/nonexistent' } as unknown as Config,
        json: false,
        core: {
          keys: { create: async () => ({ id: '1', key: 'k', live: 1 }), createLinkCode: async () => 'code' },
          audit: { record: async () => {} },
          secrets: { phoneKey: '' },
        } as never,
        print: (text) => void said.push(text),
      })
      t.match(said[1], link)
      t.equal(said.join('\n').includes('http.publicUrl'), isHinted, said[1]!)
    }
  },
)
