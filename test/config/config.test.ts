import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import t from 'tap'
import { stringify } from 'yaml'
import { compiledModule } from '../../scripts/compile-schemas.js'
import { loadConfig } from '../../src/config/config.js'
import { parseYaml } from '../../src/config/read-yaml.js'
import { sections } from '../../src/config/sections.js'
import { ajvOptions, checkedSchemas, checker } from '../../src/config/validate.js'
import { Type } from '../../src/schema.js'

const directory = mkdtempSync(join(tmpdir(), 'dgw-config-'))
t.teardown(() => rmSync(directory, { recursive: true }))
let files = 0
const load = (content: unknown, env: NodeJS.ProcessEnv = {}) => {
  const file = join(directory, `${++files}.yaml`)
  writeFileSync(file, typeof content === 'string' || Buffer.isBuffer(content) ? content : stringify(content))
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
    label: 'no prefix that is answered',
    content: { sms: { allowedPrefixes: [] } },
    paths: ['sms.allowedPrefixes'],
  },
  {
    label: 'a link without its short code',
    content: { sms: { links: [{ name: 'a', host: 'b' }] } },
    paths: ['sms.links[0].shortCode'],
  },
  ...['redis.example:6379', '[::1]', 'redis://redis.example', ''].flatMap((host) => [
    {
      label: `a sentinel at '${host}', and none at a port`,
      content: {
        redis: {
          sentinels: {
            name: 'm',
            nodes: [
              { host, port: 26_379 },
              { host: 'a', port: 0 },
            ],
          },
        },
      },
      paths: ['redis.sentinels.nodes[0].host', 'redis.sentinels.nodes[1].port'],
    },
    {
      label: `a node of a cluster at '${host}'`,
      content: { redis: { cluster: [{ host, port: 6379 }] } },
      paths: ['redis.cluster[0].host'],
    },
  ]),
  ...['127.0.0.1:8080', '[::1]', 'http://127.0.0.1', '*', '0.0.0.0/0', '127.0.0.1 '].map((host) => ({
    label: `listeners at '${host}'`,
    content: { http: { host }, admin: { host } },
    paths: ['http.host', 'admin.host'],
  })),
  ...['smsc.example:2775', 'smpp://smsc.example', 'user@smsc.example', '[::1]', ' smsc.example', ''].map(
    (host) => ({
      label: `an SMSC at '${host}'`,
      content: { sms: { links: [{ ...link, host }] } },
      paths: ['sms.links[0].host'],
    }),
  ),
  {
    label: 'a login that SMPP cannot carry',
    content: { sms: { links: [{ ...link, systemId: 'cổng', password: 'mật' }] } },
    paths: ['sms.links[0].systemId', 'sms.links[0].password'],
  },
  { label: 'two links of one name', content: { sms: { links: [link, link] } }, paths: ['sms.links[1].name'] },
  {
    label: 'a desk of an agency that is not there',
    content: { desks: [{ id: 'q', agency: 'H99.99', name: 'Q' }] },
    paths: ['desks[0].agency'],
  },
  {
    label: 'one port, under two names, for two desks',
    content: {
      desks: [
        { id: 'a', agency: 'H15.01', name: 'A', printer: { path: '/dev/tty' } },
        { id: 'b', agency: 'H15.01', name: 'B', printer: { path: '/dev/../dev/tty' } },
      ],
    },
    paths: ['desks[1].printer.path'],
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
    label: 'the password file of a link, and the token file of a source',
    content: {
      sms: { links: [{ ...link, passwordFile: '/nowhere/password' }] },
      sources: [
        {
          name: 's',
          kind: 'opencps',
          url: 'http://peer.example',
          options: { groupId: '1', tokenFile: '/nowhere/t' },
        },
      ],
    },
    paths: ['sms.links[0].passwordFile', 'sources[0].options.tokenFile'],
  },
  {
    label: 'mistakes of every kind beside ones that the schema finds',
    content: {
      http: { port: 'eighty' },
      secrets: { lookupKeyFile: '/nowhere/key' },
      sms: { links: [link, { name: 'a', host: 5 }, 'none'] },
      kiosk: { printers: { lobby: 'quay-9' } },
      sources: [
        'none',
        { name: 's', kind: 'igate', url: 'no address', agencies: ['H99.99'] },
        { name: 'p', kind: 'pigeon', url: 'http://peer.example' },
        { name: 'q', url: 'http://peer.example' },
      ],
      desks: [7, { id: 'q', agency: 'H99.99', name: 'Q' }],
      lookup: { maxTries: 5 },
    },
    paths: [
      'http.port',
      'secrets.lookupKeyFile',
      'sms.links[1].name',
      'sms.links[1].host',
      'sms.links[2]',
      'kiosk.printers.lobby',
      'sources[0]',
      'sources[1].url',
      'sources[1].agencies[0]',
      'sources[1].options.tokenUrl',
      'sources[2].kind',
      'sources[3].kind',
      'desks[0]',
      'desks[1].agency',
      'lookup.maxTries',
    ],
  },
  {
    label: 'nothing where something is needed',
    content: { dataDir: '', http: { host: '' }, wording: { vi: '' } },
    paths: ['dataDir', 'http.host', 'wording.vi'],
  },
  {
    label: 'a prefix that leaves no room for what is said behind it',
    content: { sms: { links: [{ ...link, keywordPrefix: 'DICH VU CONG TINH DAK LAK' }] } },
    paths: ['sms.links[0].keywordPrefix'],
  },
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
      if (result.ok) throw new Error('it was accepted')
      const told = result.problems.map(({ path }) => path)
      for (const path of paths)
        t.ok(path === '*' ? told.length > 0 : told.includes(path), `${path} in ${told.join(', ')}`)
      t.notOk(JSON.stringify(result.problems).includes('"abc"'), 'no secret is echoed')
    })
  }
})

t.test('a mistake is told in the words of who edits the file', async (t) => {
  const utf16 = Buffer.from('\ufeffhttp: { port: 0 }\n', 'utf16le')
  const rows: [label: string, content: unknown, path: string, says: RegExp][] = [
    ['a file of another encoding', utf16, '', /^is UTF-16: save it as UTF-8$/],
    ['a workbook', Buffer.from('PK\x03\x04\x14\0\xff\xff', 'latin1'), '', /^is a workbook .*CSV UTF-8/],
    ['half a letter', Buffer.from([0xe1]), '', /^is not UTF-8 \(line 1\)/],
    [
      'a name in Windows-1258',
      Buffer.from('# a\noffice: { name: "Trung t\xe2m" }\n', 'latin1'),
      '',
      /^is not UTF-8 \(line 2\)/,
    ],
    ['a key twice', 'http: {}\nlog: {}\nhttp: {}\n', '', /line 3, column 1\): duplicated mapping key$/],
    ['a tab', 'sms:\n\tenabled: true\n', '', /line 2, .*tab/],
    ['a password that begins with a star', 'redis: { password: *secret }', '', /: unidentified alias$/],
    ['two documents', 'http: {}\n---\nhttp: {}\n', '', /more than one document/],
    ['another case', { DataDir: '/srv' }, 'DataDir', /was dataDir meant\?/],
    [
      'a key without its unit',
      { sms: { replyMaxAge: 3 } },
      'sms.replyMaxAge',
      /was replyMaxAgeSeconds meant/,
    ],
    [
      'a letter too few',
      { sms: { links: [{ ...link, systmId: 'x' }] } },
      'sms.links[0].systmId',
      /was systemId/,
    ],
    ['another word', { sms: { colour: 3 } }, 'sms.colour', /configuration$/],
    ['a yes', { sms: { enabled: 'yes' } }, 'sms.enabled', /true or false/],
    ['an hour of one digit', { office: { dayEnds: '5:00' } }, 'office.dayEnds', /HH:MM.*"07:00"/],
    [
      'a key without quotes',
      { secrets: { lookupKey: 12 } },
      'secrets.lookupKey',
      /^must be 64 hex digits, in quotes$/,
    ],
    [
      'a prefix as people write it here',
      { sms: { allowedPrefixes: ['84', '09'] } },
      'sms.allowedPrefixes[1]',
      /begin with the country/,
    ],
    ['a list that is none', { desks: { id: 'q' } }, 'desks', /must be a list/],
    [
      'typographic quotes',
      { sms: { links: [{ ...link, password: '“abc”' }] } },
      'sms.links[0].password',
      /typographic/,
    ],
    [
      'a short code between blanks',
      { sms: { links: [{ ...link, shortCode: '8188 ' }] } },
      'sms.links[0].shortCode',
      /digits/,
    ],
    [
      'a password that moves the rest of its address',
      { redis: { url: 'redis://user:secret@x#y@127.0.0.1:6379/0' } },
      'redis.url',
      /belongs in redis\.passwordFile/,
    ],
    ...['sso.example/token', 'https://u:p@sso.example/token'].map(
      (tokenUrl): [string, unknown, string, RegExp] => [
        `a token's address ${tokenUrl}`,
        { sources: [{ name: 'i', kind: 'igate', url: 'https://i.example', options: { tokenUrl } }] },
        'sources[0].options.tokenUrl',
        /is not an http|user or a password.*clientSecretFile/,
      ],
    ),
    [
      'a user in the address of a peer',
      { upward: { to: 'https://u:p@portal.example/', secret: `whsec_${'a'.repeat(32)}` } },
      'upward.to',
      /user or a password/,
    ],
    ['an address without its scheme', { http: { publicUrl: 'hoso.example.vn' } }, 'http.publicUrl', /https:/],
    [
      'an address with a path',
      { http: { publicUrl: 'https://h.vn/kiosk/' } },
      'http.publicUrl',
      /without a path/,
    ],
    ['one port twice', { http: { port: 9464, host: '0.0.0.0' } }, 'admin.port', /same as http\.port/],
    ['a folder', { agencies: directory }, 'agencies', /is a folder/],
    [
      'an empty secret',
      { redis: { url: 'redis://r', passwordFile: '/dev/null' } },
      'redis.passwordFile',
      /is empty/,
    ],
  ]
  for (const [label, content, path, says] of rows) {
    const result = load(content)
    if (result.ok) throw new Error(`${label} was accepted`)
    const told = result.problems.filter((one) => path === '' || one.path === path)
    t.match(told, [{ message: says }], label)
    t.equal(told.length, 1, `${label}: ${JSON.stringify(told)}`)
    t.notMatch(JSON.stringify(result.problems), /secret\b(?!s)/, 'no value is echoed')
  }
})

t.test('a secret file is one line of text', async (t) => {
  const file = join(directory, 'two-lines')
  const withFile = (content: string, encoding?: BufferEncoding) => {
    writeFileSync(file, content, encoding)
    return load({ redis: { url: 'redis://r', passwordFile: file }, secrets: {} })
  }
  for (const [content, encoding] of [
    ['first\nsecond\n', 'utf8'],
    ['\ufeffpassword\r\n', 'utf16le'],
  ] as const)
    t.match(withFile(content, encoding), {
      ok: false,
      problems: [{ path: 'redis.passwordFile', message: /one line/ }],
    })
  t.match(withFile('\ufeffpass word\r\n'), { ok: true, config: { redis: { password: 'pass word' } } })
})

t.test('a phone without quotes is told to want them', async (t) => {
  const result = load({ sms: { links: [{ ...link, shortCode: 901234567 }] } })
  t.match(result, { problems: [{ path: 'sms.links[0].shortCode', message: /in quotes/ }] })
})

t.test('what has the wrong form is told once, not again by those who stumble over it', async (t) => {
  const result = load({
    desks: [{ id: 'q', agency: 5, name: 'Q' }],
    sms: { links: 'none' },
    wording: { vi: 1 },
  })
  if (result.ok) throw new Error('it was accepted')
  t.strictSame(result.problems.map(({ path }) => path).sort(), ['desks[0].agency', 'sms.links', 'wording.vi'])
})

t.test('every agency that is wrong is told, and a desk of one of them is not', async (t) => {
  const file = join(directory, 'agencies.yaml')
  const agency = { code: 'H45.01', index: 1, name: 'One', shortName: 'One', phone: '1' }
  writeFileSync(
    file,
    stringify([
      { ...agency, shortName: 'Một' },
      { ...agency, code: 'H45.02', patterns: ['('] },
      { ...agency, index: 2, aliases: ['H45.02'] },
    ]),
  )
  const desks = [{ id: 'q', agency: 'H45.01', name: 'Q' }]
  const result = load({ agencies: file, desks })
  if (result.ok) throw new Error('it was accepted')
  t.strictSame(result.problems.map(({ path }) => path).sort(), [
    'agencies[0].shortName',
    'agencies[1].index',
    'agencies[1].patterns[0]',
    'agencies[2]',
    'agencies[2]',
  ])
})

t.test(
  'check-config of the built program tells mistakes of every kind at once, and ends with 78',
  async (t) => {
    const wording = join(directory, 'wording.en.yaml')
    writeFileSync(wording, readFileSync('config/wording.en.yaml', 'utf8').replace(/^ {2}withheld:.*$/m, ''))
    const file = join(directory, 'mistaken.yaml')
    writeFileSync(
      file,
      stringify({
        http: { port: 'eighty' },
        wording: { en: wording },
        secrets: { adminKeyFile: '/nowhere/admin.key' },
        desks: [{ id: 'q', agency: 'H45.12', name: 'Q', profile: 'no-such-printer' }],
      }),
    )
    const run = (...words: string[]) =>
      spawnSync(process.execPath, ['dist/main.js', 'check-config', '--config', file, ...words], {
        encoding: 'utf8',
        env: { ...process.env, HTTP__PROT: '1' },
      })
    const paths = ['http.port', 'secrets.adminKeyFile', 'desks[0].profile']
    const told = run()
    t.equal(told.status, 78)
    const lines = told.stderr.split('\n').map((line) => line.slice(0, line.indexOf(':')))
    for (const path of [...paths, 'HTTP__PROT']) t.ok(lines.includes(path), `${path} in ${lines.join(', ')}`)
    t.match(told.stderr, /^wording\.\S*withheld/m)
    const { status, stdout } = run('--json')
    t.equal(status, 78)
    const { ok, problems, notices } = JSON.parse(stdout) as Record<string, { path: string }[]>
    t.equal(ok, false)
    for (const path of paths)
      t.equal(problems!.filter((one) => one.path === path).length, 1, `${path} once, for programs`)
    t.match(notices, [{ path: 'HTTP__PROT' }])
  },
)

t.test('what is valid but doubtful is told by every command for what it is', async (t) => {
  const agencies = join(directory, 'merged.yaml')
  const merged = {
    code: 'H45.02',
    index: 2,
    name: 'Two',
    shortName: 'Two',
    aliases: ['000.00.02.H45', '000.00.09.H45'],
  }
  writeFileSync(agencies, stringify([merged]))
  const file = join(directory, 'doubtful.yaml')
  writeFileSync(file, stringify({ agencies }))
  const { status, stderr } = spawnSync('node', ['dist/main.js', 'check-config', '--config', file], {
    encoding: 'utf8',
    env: { ...process.env, HTTP__PROT: '1' },
  })
  t.equal(status, 0)
  const told = stderr.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
  t.match(told, [{ path: 'HTTP__PROT' }, { path: 'agencies[0].aliases', says: /numbers would collide/ }])
  t.notMatch(told[1].msg, /environment/)
})

t.test('an empty mapping is a whole configuration; an empty file is none', async (t) => {
  for (const nothing of ['', '# only words\n'])
    t.match(load(nothing), { ok: false, problems: [{ message: 'is empty' }] })
  const result = load('{}')
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  const { config } = result
  t.equal(config.http.port, 8080)
  t.equal(config.admin.port, 9464)
  t.equal(config.redis.url, undefined, 'embedded')
  t.equal(config.redis.durability, 'strict')
  t.same(config.sms.allowedPrefixes, ['843', '845', '847', '848', '849'], 'mobile telephones')
  t.equal(config.sms.repliesPerHour, 100_000, 'a ceiling, whoever forgets to set one')
  t.equal(config.sms.perSender.replies, 10)
  t.ok(config.agencies.length >= 12)
})

t.test('every usual address of a Redis is taken', async (t) => {
  for (const url of [
    'redis://r',
    'redis://r:6379/0?family=6',
    'rediss://user:pa%40ss@[::1]:6380/3',
    'redis://:word@10.0.0.1:6379/',
    'unix:///run/redis.sock',
    '/run/redis.sock',
  ])
    t.ok(load({ redis: { url } }).ok, url)
})

t.test('strict is the default of our own Redis, asked for with any other', async (t) => {
  const rows: [redis: Record<string, unknown>, env: NodeJS.ProcessEnv, durability: string][] = [
    [{}, {}, 'strict'],
    [{ durability: 'everysec' }, {}, 'everysec'],
    [{ url: 'redis://r' }, {}, 'everysec'],
    [{}, { REDIS_URL: 'redis://r' }, 'everysec'],
    [{ cluster: [{ host: 'a', port: 1 }] }, {}, 'everysec'],
    [{ sentinels: { name: 'm', nodes: [{ host: 'a', port: 1 }] } }, {}, 'everysec'],
    [{ url: 'redis://r', durability: 'strict' }, {}, 'strict'],
    [{ url: 'redis://r' }, { REDIS__DURABILITY: 'strict' }, 'strict'],
  ]
  for (const [redis, env, durability] of rows) {
    const result = load({ redis }, env)
    t.equal(result.ok && result.config.redis.durability, durability, JSON.stringify([redis, env]))
  }
})

t.test('a section that is left out has what an empty one has, and nothing is wrong with it', async (t) => {
  const ajv = new Ajv({ useDefaults: true, strict: false, discriminator: true, validateFormats: false })
  for (const [name, schema] of Object.entries(sections)) {
    const whole: Record<string, unknown> = {}
    const isRight = ajv.compile(Type.Object({ [name]: schema }))(whole)
    const { value, problems } = checker(name, schema)(undefined)
    t.strictSame({ value, isRight: problems.length === 0 }, { value: whole[name], isRight }, name)
  }
})

t.test(
  'two sources that speak for one agency are noticed where one may give no times of change',
  async (t) => {
    const source = (name: string, kind: 'feed' | 'dvcqg', ...agencies: string[]) => ({
      name,
      kind,
      url: `https://${name}.example`,
      agencies,
      ...(kind === 'dvcqg' ? { options: { madonvi: 'X' } } : {}),
    })
    for (const [label, sources, noticed] of [
      ['the same agency', [source('a', 'feed', '000.00.15.H45'), source('b', 'dvcqg', '000.00.15.H45')], [1]],
      ['all and one', [source('a', 'dvcqg'), source('b', 'feed', '000.00.15.H45')], [1]],
      ['two feeds', [source('a', 'feed'), source('b', 'feed')], []],
      ['one each', [source('a', 'dvcqg', '000.00.15.H45'), source('b', 'dvcqg', 'H45.02')], []],
      ['one source', [source('a', 'dvcqg')], []],
    ] as const) {
      const result = load({ sources })
      t.ok(result.ok, JSON.stringify(result))
      t.same(
        result.notices.map(({ path }) => path),
        noticed.map((nth) => `sources[${nth}].agencies`),
        label,
      )
    }
  },
)

t.test('the shipped file says the defaults', async (t) => {
  const shipped = loadConfig('config/gateway.yaml', {})
  const empty = load('{}')
  if (!shipped.ok || !empty.ok) throw new Error('not read')
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
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  t.equal(result.config.http.port, 8081)
  t.equal(result.config.redis.url, 'redis://r:6379/0')
  t.equal(result.config.log.level, 'warn')
  t.equal(result.config.sms.perSender.replies, 3)
  t.same(result.config.http.trustProxy, ['10.0.0.1'])
})

t.test('text stays text in the environment, whatever YAML would make of it', async (t) => {
  const digits = '7'.repeat(64)
  const result = load('{}', {
    SECRETS__LOOKUPKEY: digits,
    SECRETS__PHONEKEY: `0x${'1'.repeat(62)}`.replace('x', 'e'),
    SECRETS__ADMINKEY: `[${'9'.repeat(40)}]`,
    SECRETS__LOOKUPKEYPREVIOUS: 'null',
    REDIS__PASSWORD: 'true',
    REDIS__DURABILITY: 'everysec',
    HTTP__TRUSTPROXY: 'true',
  })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  const { secrets, redis, http } = result.config
  t.equal(secrets.lookupKey, digits)
  t.equal(secrets.phoneKey, `0e${'1'.repeat(62)}`)
  t.equal(secrets.adminKey, `[${'9'.repeat(40)}]`)
  t.equal(secrets.lookupKeyPrevious, null, 'null is a value of its own here')
  t.equal(redis.password, 'true')
  t.equal(redis.durability, 'everysec')
  t.equal(http.trustProxy, true, 'and a yes is a yes where the schema has one')
  const named = load('{}', { HTTP__TRUSTPROXY: '10.0.0.1' })
  t.equal(named.ok && named.config.http.trustProxy, '10.0.0.1')
})

t.test('keys outside a section are given behind GATEWAY', async (t) => {
  const result = load('{}', {
    GATEWAY__DATADIR: '/srv/x',
    GATEWAY__SANDBOX: 'true',
    GATEWAY__HTTP__PORT: '0',
  })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  t.equal(result.config.dataDir, '/srv/x')
  t.ok(result.config.agencies.some(({ code }) => code === '000.00.00.X00'))
  t.equal(result.config.http.port, 0)
})

t.test('a name in the environment that is near to a key is told, with the key that was meant', async (t) => {
  const result = load('{}', {
    HTTP__PROT: '1',
    SMS__PERSENDER__REPLYS: '3',
    GATEWAY__DATADDIR: '/srv',
    KIOSK__COLOUR: 'red',
    UNRELATED__THING: '1',
    HTTPS__PORT: '1',
    HTTP_PORT: '1',
    SMS_PER_SENDER_REPLIES: '3',
    GATEWAY_DATA_DIR: '/srv',
    GATEWAY_CONFIG: 'gateway.yaml',
    DATA_DIR: '/srv',
    HTTP_PROXY: 'http://proxy',
    REDIS_HOST: 'r',
    LOG_LEVEL: 'warn',
  })
  t.ok(result.ok)
  t.strictSame(
    result.notices.map(({ path, message }) => [path, /was (\S+) meant/.exec(message)?.[1]]),
    [
      ['HTTP__PROT', 'HTTP__PORT'],
      ['SMS__PERSENDER__REPLYS', 'SMS__PERSENDER__REPLIES'],
      ['GATEWAY__DATADDIR', 'GATEWAY__DATADIR'],
      ['KIOSK__COLOUR', undefined],
      ['HTTP_PORT', 'HTTP__PORT'],
      ['SMS_PER_SENDER_REPLIES', 'SMS__PERSENDER__REPLIES'],
      ['GATEWAY_DATA_DIR', 'GATEWAY__DATADIR'],
    ],
  )
})

t.test('a secret may stand in a file', async (t) => {
  const file = join(directory, 'lookup.key')
  writeFileSync(file, `${'ab'.repeat(32)}\n`)
  const result = load({ secrets: { lookupKeyFile: file, lookupKeyPrevious: null } })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  t.equal(result.config.secrets.lookupKey, 'ab'.repeat(32))
  const overridden = load(
    { secrets: { lookupKeyFile: '/nowhere/key', phoneKeyFile: file } },
    { SECRETS__LOOKUPKEY: 'cd'.repeat(32), SECRETS__PHONEKEYFILE: file, SECRETS__PHONEKEY: 'ef'.repeat(32) },
  )
  if (!overridden.ok) throw new Error(JSON.stringify(overridden.problems))
  t.equal(overridden.config.secrets.lookupKey, 'cd'.repeat(32), 'the environment overrides a file of secrets')
  t.equal(overridden.config.secrets.phoneKey, 'ab'.repeat(32), 'but not one that it names itself')
  const short = join(directory, 'password')
  writeFileSync(short, 'secret\n')
  const options = { groupId: '1', tokenFile: short }
  const sources = [{ name: 's', kind: 'opencps', url: 'http://peer.example', options }]
  const given = load({ sms: { links: [{ ...link, passwordFile: short }] }, sources })
  if (!given.ok) throw new Error(JSON.stringify(given.problems))
  t.match(given.config.sms.links[0], { password: 'secret' })
  t.match(given.config.sources[0]?.options, { token: 'secret' })
  const made = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-batch',
  ]
  const pair = spawnSync('openssl', [...made, '-keyout', '-', '-out', '-'], { encoding: 'utf8' }).stdout
  writeFileSync(join(directory, 'peer.pem'), pair)
  const beside = load({
    secrets: { lookupKeyFile: 'lookup.key' },
    http: { tls: { certFile: 'peer.pem', keyFile: 'peer.pem' } },
    redis: { url: 'redis://peer', tls: { ca: 'peer.pem' } },
    sms: { links: [{ ...link, tls: true, tlsCa: 'peer.pem' }] },
  })
  if (!beside.ok) throw new Error(JSON.stringify(beside.problems))
  const pem = join(directory, 'peer.pem')
  t.match(
    beside.config,
    {
      secrets: { lookupKeyFile: file },
      http: { tls: { certFile: pem, keyFile: pem } },
      redis: { tls: { ca: pem } },
      sms: { links: [{ tlsCa: pem }] },
    },
    'a file beside the configuration is found from any working directory',
  )
  const tooLong = join(directory, 'long-password')
  writeFileSync(tooLong, 'a'.repeat(65))
  const long = load({ sms: { links: [{ ...link, passwordFile: tooLong }] } })
  t.match(
    !long.ok && long.problems,
    [{ path: 'sms.links[0].passwordFile' }],
    '64 characters are the most that any SMSC is known to take',
  )
})

t.test('what the build compiles of the schemas says the same as the schemas', (t) => {
  const module: { exports: Record<string, ValidateFunction> } = { exports: {} }
  new Function('exports', 'require', compiledModule())(module.exports, createRequire(import.meta.url))
  const shipped = parseYaml(readFileSync('config/gateway.yaml', 'utf8')) as Record<string, unknown>
  const links = [{ name: 'a', kind: 'smpp', port: 'x' }, { kind: 'pigeon' }, { kind: 'http', name: 7 }, null]
  const values = [
    shipped.sms,
    { links },
    { ...(shipped.sms as object), links },
    [],
    [{ code: 7 }],
    {},
    7,
    'x',
    null,
  ]
  for (const [key, whole] of [...checkedSchemas].filter(([key]) => key in module.exports)) {
    const [name] = Object.keys((whole as { properties?: object }).properties ?? {}) as [string]
    const asWritten = new Ajv(ajvOptions).compile(whole)
    for (const value of [shipped[name], ...values]) {
      const [written, built] = [{ [name]: structuredClone(value) }, { [name]: structuredClone(value) }]
      t.equal(module.exports[key]!(built), asWritten(written), key)
      t.same(module.exports[key]!.errors, asWritten.errors)
      t.same(built, written)
    }
  }
  // Another test of the same process may have a checker of its own.
  for (const key of [...Object.keys(sections), 'agenciesFile', 'printersFile'])
    t.type(module.exports[key], 'function', `${key} is compiled`)
  t.end()
})
