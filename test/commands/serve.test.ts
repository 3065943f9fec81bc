// The gateway in the foreground while it cannot open yet.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startGateway } from '../peers/gateway.js'
import { startRedis } from '../peers/redis.js'

t.setTimeout(60_000)

t.test('a SIGHUP while the gateway waits for Redis is obeyed once it is open', async (t) => {
  const redis = await startRedis(t)
  const gateway = await startGateway(t, { redis: { url: `unix://${redis.socket}` } })
  await gateway.kill('SIGTERM')
  await redis.kill()
  // Without its secrets it tells that it has read its configuration; a store of theirs would be refused.
  rmSync(join(gateway.directory, 'data/secrets.json'))
  rmSync(join(redis.directory, 'appendonlydir'), { recursive: true })
  const hasRead = gateway.waitFor('secrets.made')
  const started = gateway.start()
  await hasRead
  writeFileSync(gateway.configFile, `${readFileSync(gateway.configFile, 'utf8')}log: { level: debug }\n`)
  process.kill(gateway.pid, 'SIGHUP')
  const reloaded = gateway.waitFor('gateway.reloaded')
  await redis.start()
  await started
  const told = await Promise.race([
    reloaded,
    new Promise((done) => setTimeout(done, 5000, 'nothing').unref()),
  ])
  t.match(told, { wantRestart: ['log.level'] })
})
