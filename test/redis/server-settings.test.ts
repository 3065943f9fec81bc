// What the built gateway does about an operator's Redis without the settings that strict durability needs. Real
// servers, and a real cluster.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import t from 'tap'
import { type Log, silentLog } from '../../src/log.js'
import { openMetrics } from '../../src/metrics.js'
import { openRedis } from '../../src/redis/connection.js'
import { startFaultProxy } from '../peers/fault-proxy.js'
import { startGateway } from '../peers/gateway.js'
import { startCluster, startRedis, type Teardown } from '../peers/redis.js'

t.setTimeout(360_000)

t.test('appendfsync everysec is changed to always, and again after a restart', async (t) => {
  const redis = await startRedis(t, ['appendfsync everysec'])
  const gateway = await startGateway(t, { redis: { url: `unix://${redis.socket}`, durability: 'strict' } })
  const direct = new Redis(redis.socket)
  direct.on('error', () => {})
  t.teardown(() => direct.disconnect())
  const fsync = async () => ((await direct.config('GET', 'appendfsync')) as string[])[1]
  t.match(await gateway.waitFor('redis.fsync-set', undefined, true), { level: 'warn', was: 'everysec' })
  t.equal(await fsync(), 'always')
  const again = gateway.waitFor('redis.fsync-set')
  await redis.kill()
  await redis.start()
  await again
  t.equal(await fsync(), 'always')
})

t.test('a Redis too slow to say how it is set is asked again, and is not thought to hide it', async (t) => {
  const redis = await startRedis(t, ['appendfsync everysec'])
  const proxy = await startFaultProxy(t, { path: redis.socket })
  const its = { url: `redis://${proxy.host}:${proxy.port}`, durability: 'strict', commandTimeoutMs: 300 }
  const slow = { holdsReplyTo: 'appendfsync', holdMs: 700 }
  proxy.set(slow)
  await t.rejects(startGateway(t, { redis: its }), /ended with 69:.*Redis did not answer/s, 'at the start')
  const gateway = await startGateway(t, { redis: its })
  const direct = new Redis(redis.socket)
  direct.on('error', () => {})
  t.teardown(() => direct.disconnect())
  await redis.kill()
  proxy.set(slow)
  const set = gateway.waitFor('redis.fsync-set')
  await redis.start()
  const told = await Promise.race([set, new Promise((done) => setTimeout(done, 8000, 'nothing').unref())])
  t.match(told, { was: 'everysec' }, 'when it is back')
  t.same(await direct.config('GET', 'appendfsync'), ['appendfsync', 'always'])
  t.notMatch(gateway.output, /settings-hidden/)
})

t.test('every node of a cluster is set to appendfsync always', async (t) => {
  const cluster = await startCluster(t)
  const gateway = await startGateway(t, { redis: { cluster: cluster.nodes, durability: 'strict' } })
  const told = gateway.lines.filter(({ evt }) => evt === 'redis.fsync-set')
  const nodes = cluster.nodes.map(({ host, port }) => `${host}:${port}`)
  t.same(told.map(({ server }) => server).sort(), nodes.sort())
})

t.test(
  'if it cannot be changed the gateway refuses and says what to do; without strict it is accepted',
  async (t) => {
    const redis = await startRedis(t, [
      'appendfsync everysec',
      'user default on nopass ~* &* +@all -config|set',
    ])
    const url = `unix://${redis.socket}`
    const started = startGateway(t, { redis: { url, durability: 'strict' } })
    await t.rejects(started, /appendfsync everysec.*allow this user CONFIG SET/)
    await t.rejects(started, /ended with 78/)
    const { lines } = await startGateway(t, { redis: { url } })
    t.same(
      lines.filter(({ evt }) => evt.startsWith('redis.') && evt !== 'redis.up'),
      [],
    )
  },
)

t.test('without strict, eviction and a missing append-only file are logged as errors', async (t) => {
  const redis = await startRedis(t, ['maxmemory-policy allkeys-lru', 'appendonly no'])
  const { lines } = await startGateway(t, { redis: { url: `unix://${redis.socket}` } })
  const loud = lines.filter(({ evt, level }) => evt === 'redis.misconfigured' && level === 'error')
  t.match(loud, [{ cure: /noeviction/ }, { cure: /appendonly yes/ }])
})

t.test('the ACL user proposed in config/redis.conf may do everything a gateway does', async (t) => {
  const [, rights] = /^# user gateway on >password (.+)$/m.exec(readFileSync('config/redis.conf', 'utf8'))!
  const redis = await startRedis(t, [`user default on nopass ${rights}`, 'appendfsync everysec'])
  const gateway = await startGateway(t, { redis: { url: `unix://${redis.socket}`, durability: 'strict' } })
  await gateway.waitFor('redis.fsync-set', undefined, true)
  const number = '000.00.15.H45-190521-0003'
  const put = await fetch(`${gateway.http}/v1/dossiers/${number}`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${await gateway.agencyKey('000.00.15.H45')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ dossierStatus: 'processing', eventTime: '2026-11-20T09:00:00+07:00' }),
  })
  t.equal(put.status, 200)
  t.equal((await fetch(`${gateway.http}/v1/status/${number}`)).status, 200)
  t.equal((await gateway.command('doctor')).code, 0)
  t.notMatch(gateway.output, /NOPERM/)
})

t.test('a Redis that cannot be the store is refused, and said what it is', async (t) => {
  const port = await freePort()
  const redis = await startRedis(t, [
    `port ${port}`,
    'user writer on nopass ~* &* +@all -eval -evalsha',
    'user reader on nopass ~other:* &* +@all',
  ])
  const address = `127.0.0.1:${port}`
  const replica = await startRedis(t, [`replicaof 127.0.0.1 ${port}`])
  const node = await freePort()
  await startRedis(t, [`port ${node}`, 'cluster-enabled yes'])
  const locked = await startSentinel(t, ['requirepass secret', `sentinel monitor a 127.0.0.1 ${port} 1`])
  const named = await startSentinel(t, [`sentinel monitor b 127.0.0.1 ${port} 1`])
  const [alone] = [{ host: '127.0.0.1', port }]
  const rows = [
    ['a database that it does not have', { url: `redis://${address}/99` }, /78:.*database 99.*redis\.url/s],
    ['a replica', { url: `unix://${replica.socket}` }, /78:.*is a replica and takes no writes/s],
    [
      'a user without scripts',
      { url: `redis://writer@${address}` },
      /78:.*Lua scripts.*config\/redis\.conf/s,
    ],
    ['a user of other keys', { url: `redis://reader@${address}` }, /69:.*NOPERM; see the rights/s],
    ['a node of a cluster', { url: `redis://127.0.0.1:${node}` }, /78:.*node of a cluster.*redis\.cluster/s],
    ['no cluster', { cluster: [alone] }, /69:.*it is no cluster: give it as redis\.url/s],
    ['no sentinel', { sentinels: { name: 'a', nodes: [alone] } }, /69:.*no sentinels/s],
    ['a locked sentinel', { sentinels: { name: 'a', nodes: [locked] } }, /69:.*its sentinels say NOAUTH/s],
    ['another master', { sentinels: { name: 'a', nodes: [named] } }, /69:.*no master of this name/s],
  ] as const
  await Promise.all(rows.map(([label, its, says]) => t.rejects(startGateway(t, { redis: its }), says, label)))
  const direct = new Redis(redis.socket)
  t.same(await direct.dbsize(), 0, 'and nothing was written')
  await direct.quit()
})

t.test('a Redis that is full is said to be, in the log and by doctor, until there is room', async (t) => {
  const redis = await startRedis(t)
  const gateway = await startGateway(t, { redis: { url: `unix://${redis.socket}` } })
  const direct = new Redis(redis.socket)
  t.teardown(() => direct.disconnect())
  const missed = gateway.waitFor('instance.lease-missed')
  await direct.config('SET', 'maxmemory', '1')
  t.match(await missed, { level: 'warn', why: /OOM/, msg: /updates and texts are refused/ })
  t.equal((await gateway.command('doctor')).code, 1)
  const ready = async () => {
    const answer = await fetch(`${gateway.http}/readyz`)
    const { checks } = (await answer.json()) as { checks: { redis: string } }
    return `${answer.status} ${checks.redis}`
  }
  let told = await ready()
  while (told === '200 pass') told = await ready()
  t.equal(told, '200 warn', 'look-ups go on, and whoever watches is told')
  const held = gateway.waitFor('instance.lease-held')
  await direct.config('SET', 'maxmemory', '0')
  t.match(await held, { level: 'info' })
  t.equal(await ready(), '200 pass')
})

t.test('why a Redis lets nobody in is logged once, whatever each command is told', async (t) => {
  const port = await freePort()
  await startRedis(t, [`port ${port}`, 'requirepass new'])
  const told: string[] = []
  const log = { ...silentLog, error: ({ why }: { why: string }) => void told.push(why) } as unknown as Log
  const config = {
    url: `redis://:old@127.0.0.1:${port}/3`,
    durability: 'everysec' as const,
    commandTimeoutMs: 2000,
  }
  await t.rejects(openRedis({ config }, log, openMetrics(), 3000), /WRONGPASS|NOAUTH/)
  t.same(told.sort(), ['NOAUTH', 'WRONGPASS'])
})

async function startSentinel(t: Teardown, settings: readonly string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'dgw-sentinel-'))
  const file = join(directory, 'conf')
  const port = await freePort()
  writeFileSync(file, [`port ${port}`, `dir ${directory}`, ...settings, ''].join('\n'))
  const child = spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' })
  t.teardown(async () => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    rmSync(directory, { recursive: true, force: true })
  })
  return { host: '127.0.0.1', port }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await promisify(server.close.bind(server))()
  return port
}
