import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { stringify } from 'yaml'
import { loadConfig } from '../src/config.js'

const directory = mkdtempSync(join(tmpdir(), 'dgw-config-'))
t.teardown(() => rmSync(directory, { recursive: true }))
let files = 0
const load = (content: unknown, env: NodeJS.ProcessEnv = {}) => {
  const file = join(directory, `${++files}.yaml`)
  writeFileSync(file, typeof content === 'string' ? content : stringify(content))
  return loadConfig(file, env)
}
const link = { name: 'a', host: 'smsc.example', shortCode: '8188' }

const mistakes: { label: string; content: unknown; env?: NodeJS.ProcessEnv; paths: string[] }[] = [
  { label: 'a port that is no number', content: { http: { port: 'eighty' } }, paths: ['http.port'] },
  {
    label: 'an unknown key, named with its place',
    content: { sms: { replyMaxAgeSecond: 5 } },
    paths: ['sms.replyMaxAgeSecond'],
  },
  {
    label: 'a value outside its choices',
    content: { redis: { durability: 'sometimes' } },
    paths: ['redis.durability'],
  },
  {
    label: 'a link without its short code',
    content: { sms: { links: [{ name: 'a', host: 'b' }] } },
    paths: ['sms.links[0].shortCode'],
  },
  { label: 'two links of one name', content: { sms: { links: [link, link] } }, paths: ['sms.links[1].name'] },
  {
    label: 'a desk of an agency that is not there',
    content: { desks: [{ id: 'q', agency: 'H99.99', name: 'Q' }] },
    paths: ['desks[0].agency'],
  },
  { label: 'a file that is not there', content: { agencies: '/nowhere/agencies.yaml' }, paths: ['agencies'] },
  {
    label: 'a secret of the wrong form',
    content: { secrets: { lookupKey: 'abc' } },
    paths: ['secrets.lookupKey'],
  },
  {
    label: 'a secret file that is not there',
    content: { secrets: { lookupKeyFile: '/nowhere/key' } },
    paths: ['secrets.lookupKeyFile'],
  },
  { label: 'a mistake made in the environment', content: {}, env: { HTTP__PORT: 'x' }, paths: ['http.port'] },
  {
    label: 'two ways to Redis',
    content: { redis: { url: 'redis://a', cluster: [{ host: 'a', port: 1 }] } },
    paths: ['redis'],
  },
  {
    label: 'everything at once',
    content: {
      http: { port: -1 },
      redis: { durability: 1 },
      kiosk: { idleSeconds: 'long' },
      desks: [{ id: 'Q!', agency: 'H99', name: '' }],
    },
    paths: [
      'http.port',
      'redis.durability',
      'kiosk.idleSeconds',
      'desks[0].id',
      'desks[0].name',
      'desks[0].agency',
    ],
  },
  { label: 'no YAML at all', content: 'http: [', paths: ['*'] },
  { label: 'a list where keys belong', content: '- a', paths: ['*'] },
]

t.test('every mistake is told at once with the path of its key', async (t) => {
  for (const { label, content, env, paths } of mistakes) {
    await t.test(label, async (t) => {
      const result = load(content, env)
      if (result.ok) return t.fail('it was accepted')
      const told = result.problems.map(({ path }) => path)
      for (const path of paths)
        t.ok(path === '*' ? told.length > 0 : told.includes(path), `${path} in ${told.join(', ')}`)
      t.notOk(JSON.stringify(result.problems).includes('"abc"'), 'no secret is echoed')
    })
  }
})

t.test('an empty file is a whole configuration', async (t) => {
  const result = load('')
  if (!result.ok) return t.fail(JSON.stringify(result.problems))
  const { config } = result
  t.equal(config.http.port, 8080)
  t.equal(config.admin.port, 9464)
  t.equal(config.redis.url, undefined, 'embedded')
  t.equal(config.redis.durability, 'strict')
  t.same(config.sms.allowedPrefixes, ['84'])
  t.equal(config.sms.perSender.replies, 10)
  t.ok(config.agencies.length >= 12)
})

t.test('the shipped file says the defaults', async (t) => {
  const shipped = loadConfig('config/gateway.yaml', {})
  const empty = load('')
  if (!shipped.ok || !empty.ok) return t.fail('not read')
  t.same({ ...shipped.config, file: '' }, { ...empty.config, file: '' })
})

t.test('the environment overrides, in shouting and in short forms', async (t) => {
  const result = load(
    { http: { port: 1 } },
    {
      PORT: '8081',
      REDIS_URL: 'redis://r:6379/0',
      LOG_LEVEL: 'warn',
      SMS__PERSENDER__REPLIES: '3',
      HTTP__TRUSTPROXY: '["10.0.0.1"]',
      UNRELATED__THING: '1',
    },
  )
  t.same(result.notices, [], 'what is not ours is not spoken of')
  if (!result.ok) return t.fail(JSON.stringify(result.problems))
  t.equal(result.config.http.port, 8081)
  t.equal(result.config.redis.url, 'redis://r:6379/0')
  t.equal(result.config.log.level, 'warn')
  t.equal(result.config.sms.perSender.replies, 3)
  t.same(result.config.http.trustProxy, ['10.0.0.1'])
})

t.test('text stays text in the environment, whatever YAML would make of it', async (t) => {
  const digits = '7'.repeat(64)
  const result = load('', {
    SECRETS__LOOKUPKEY: digits,
    SECRETS__PHONEKEY: `0x${'1'.repeat(62)}`.replace('x', 'e'),
    SECRETS__ADMINKEY: `[${'9'.repeat(40)}]`,
    SECRETS__LOOKUPKEYPREVIOUS: 'null',
    REDIS__PASSWORD: 'true',
    REDIS__DURABILITY: 'everysec',
    HTTP__TRUSTPROXY: 'true',
  })
  if (!result.ok) return t.fail(JSON.stringify(result.problems))
  const { secrets, redis, http } = result.config
  t.equal(secrets.lookupKey, digits)
  t.equal(secrets.phoneKey, `0e${'1'.repeat(62)}`)
  t.equal(secrets.adminKey, `[${'9'.repeat(40)}]`)
  t.equal(secrets.lookupKeyPrevious, null, 'null is a value of its own here')
  t.equal(redis.password, 'true')
  t.equal(redis.durability, 'everysec')
  t.equal(http.trustProxy, true, 'and a yes is a yes where the schema has one')
  const named = load('', { HTTP__TRUSTPROXY: '10.0.0.1' })
  t.equal(named.ok && named.config.http.trustProxy, '10.0.0.1')
})

t.test('keys outside a section are given behind GATEWAY', async (t) => {
  const result = load('', { GATEWAY__DATADIR: '/srv/x', GATEWAY__SANDBOX: 'true', GATEWAY__HTTP__PORT: '0' })
  if (!result.ok) return t.fail(JSON.stringify(result.problems))
  t.equal(result.config.dataDir, '/srv/x')
  t.ok(result.config.agencies.some(({ code }) => code === '000.00.00.X00'))
  t.equal(result.config.http.port, 0)
})

t.test('a name in the environment that is near to a key is told, with the key that was meant', async (t) => {
  const result = load('', {
    HTTP__PROT: '1',
    SMS__PERSENDER__REPLYS: '3',
    GATEWAY__DATADDIR: '/srv',
    KIOSK__COLOUR: 'red',
    UNRELATED__THING: '1',
    HTTPS__PORT: '1',
  })
  t.ok(result.ok)
  t.strictSame(
    result.notices.map(({ path, message }) => [path, /was (\S+) meant/.exec(message)?.[1]]),
    [
      ['HTTP__PROT', 'HTTP__PORT'],
      ['SMS__PERSENDER__REPLYS', 'SMS__PERSENDER__REPLIES'],
      ['GATEWAY__DATADDIR', 'GATEWAY__DATADIR'],
      ['KIOSK__COLOUR', undefined],
    ],
  )
})

t.test('a secret may stand in a file', async (t) => {
  const file = join(directory, 'lookup.key')
  writeFileSync(file, `${'ab'.repeat(32)}\n`)
  const result = load({ secrets: { lookupKeyFile: file, lookupKeyPrevious: null } })
  if (!result.ok) return t.fail(JSON.stringify(result.problems))
  t.equal(result.config.secrets.lookupKey, 'ab'.repeat(32))
})
