// A Redis that answers, but too late, once: whichever command it is, this is Redis's outage and not our mistake. Nobody is told
// of a bug, and the exit code is the one on which a service manager starts again.
import t from 'tap'
import { startFaultProxy } from '../peers/fault-proxy.js'
import { startGateway } from '../peers/gateway.js'
import { startRedis } from '../peers/redis.js'

t.setTimeout(120_000)

const link = { name: 'a', host: '127.0.0.1', port: 1, systemId: 'x', password: 'y', shortCode: '8188' }

/** What is run, and what is in the command whose reply comes late. */
const rows = [
  ['outbox list', '{sms:a}:dead'],
  ['outbox list', '{sms:a}:reasons'],
  ['outbox list', '{sms:a}:holders'],
  ['smsc', '{sms}:views'],
  ['serve', 'maxmemory-policy'],
  ['serve', '{sms-languages}:changes'],
] as const

t.test('one late reply of Redis is an outage, in the gateway and in every command', async (t) => {
  const redis = await startRedis(t)
  const proxy = await startFaultProxy(t, { path: redis.socket })
  const url = `redis://${proxy.host}:${proxy.port}`
  const gateway = await startGateway(t, { redis: { url, commandTimeoutMs: 300 }, sms: { links: [link] } })
  await gateway.kill('SIGTERM')
  for (const [command, holdsReplyTo] of rows) {
    const label = `${command}, ${holdsReplyTo}`
    proxy.set({ holdsReplyTo, holdMs: 700 })
    if (command === 'serve') {
      await t.rejects(gateway.start(), /ended with 69:.*Redis did not answer/s, label)
      continue
    }
    const { code, stderr } = await gateway.command(...command.split(' '))
    t.equal(code, 69, label)
    t.equal(
      stderr.split('\n').find((line) => !line.startsWith('{')),
      'Redis did not answer',
      label,
    )
  }
  t.notMatch(gateway.output, /A bug in this program/)
})
