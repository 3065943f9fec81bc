// Every way to a Redis, with a user, a password and TLS as operators set them up.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { silentLog } from '../../src/log.js'
import { openMetrics } from '../../src/metrics.js'
import { openRedis } from '../../src/redis/connection.js'
import type { RedisConfig } from '../../src/redis/settings.js'
import { freeClusterPort, type Secured, startCluster, startRedis, startSentinel } from '../peers/redis.js'

t.jobs = 3
const user = { username: 'gateway', password: 'of the servers' }
const asUser = [`user gateway on ">${user.password}" ~* &* +@all`, 'user default off']
const login = ['--user', user.username, '--pass', user.password, '--no-auth-warning']

/** A certificate for 127.0.0.1, and the settings of a server that speaks nothing but TLS. */
function tlsIn(directory: string): { ca: string; secured: Secured } {
  const [ca, key] = [join(directory, 'ca.pem'), join(directory, 'key.pem')]
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const named = ['-days', '2', '-subj', '/CN=redis', '-addext', 'subjectAltName=IP:127.0.0.1']
  execFileSync('openssl', [...made, ...named, '-keyout', key, '-out', ca], { stdio: 'ignore' })
  const lines = (port: number) => [
    'port 0',
    `tls-port ${port}`,
    `tls-cert-file ${ca}`,
    `tls-key-file ${key}`,
    `tls-ca-cert-file ${ca}`,
    'tls-auth-clients no',
    'tls-replication yes',
  ]
  return {
    ca,
    secured: {
      servers: (port) => [...lines(port), 'tls-cluster yes'],
      sentinel: lines,
      cli: ['--tls', '--cacert', ca],
    },
  }
}

const sentinelsOf = async (t: Test, secured: Secured) => {
  const { name, nodes } = await startSentinel(t, 1, 1, secured)
  return { name, nodes: [...nodes] }
}

const rows: Record<string, (t: Test) => Promise<Partial<RedisConfig>>> = {
  'one server, a user': async (t) => ({ url: `unix://${(await startRedis(t, asUser)).socket}`, ...user }),
  'a user in the URL, the password apart': async (t) => {
    const port = await freeClusterPort()
    await startRedis(t, [`port ${port}`, ...asUser])
    return { url: `redis://gateway@127.0.0.1:${port}/0`, password: user.password }
  },
  'a URL with a password that has a % of its own': async (t) => {
    const port = await freeClusterPort()
    await startRedis(t, [`port ${port}`, 'requirepass 50%off'])
    return { url: `redis://:50%off@127.0.0.1:${port}` }
  },
  'a cluster, a user': async (t) => {
    const { nodes } = await startCluster(t, 0, {
      servers: (port) => [`port ${port}`, ...asUser],
      sentinel: () => [],
      cli: login,
    })
    return { cluster: [...nodes], ...user }
  },
  'a cluster, TLS': async (t) => {
    const { ca, secured } = tlsIn(t.testdir())
    return { cluster: [...(await startCluster(t, 0, secured)).nodes], tls: { ca } }
  },
  'Sentinel, a user at the servers': async (t) => ({
    ...user,
    sentinels: await sentinelsOf(t, {
      servers: (port) => [
        `port ${port}`,
        ...asUser,
        `masteruser ${user.username}`,
        `masterauth "${user.password}"`,
      ],
      sentinel: (port) => [
        `port ${port}`,
        `sentinel auth-user dossiers ${user.username}`,
        `sentinel auth-pass dossiers "${user.password}"`,
      ],
      cli: [],
    }),
  }),
  'Sentinel, a password at the sentinels': async (t) => ({
    sentinels: {
      ...(await sentinelsOf(t, {
        servers: (port) => [`port ${port}`],
        sentinel: (port) => [`port ${port}`, 'requirepass theirs'],
        cli: ['-a', 'theirs', '--no-auth-warning'],
      })),
      password: 'theirs',
    },
  }),
  'Sentinel, TLS to all': async (t) => {
    const { ca, secured } = tlsIn(t.testdir())
    return { sentinels: await sentinelsOf(t, secured), tls: { ca } }
  },
}
for (const [label, start] of Object.entries(rows))
  t.test(label, async (t) => {
    const config: RedisConfig = { durability: 'strict', commandTimeoutMs: 2000, ...(await start(t)) }
    const door = await openRedis({ config }, silentLog, openMetrics())
    t.teardown(() => door.close())
    await door.keep(() => door.request.set('{a}b', 'kept'))
    t.equal(await door.request.get('{a}b'), 'kept')
  })
