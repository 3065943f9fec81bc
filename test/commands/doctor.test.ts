// Real faults, one at a time, and what `doctor` says to do about each.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { SerialPort } from 'serialport'
import t from 'tap'
import { stringify } from 'yaml'
import { judgeDisk, judgeInodes } from '../../src/commands/doctor/data-dir.js'
import type { Finding } from '../../src/commands/doctor/finding.js'
import { judgeHolidays } from '../../src/commands/doctor/holidays.js'
import { checkNode } from '../../src/commands/doctor/machine.js'
import { judgeSettings } from '../../src/redis/server-settings.js'
import { startFakeSmsc } from '../peers/fake-smsc.js'
import { startGateway } from '../peers/gateway.js'
import { startRedis, type Teardown } from '../peers/redis.js'
import { startScriptedSmsc } from '../peers/scripted-smsc.js'

const root = new URL('../../', import.meta.url).pathname

interface Answer {
  code: number
  findings: Finding[]
  stderr: string
}

function folder(t: Teardown): string {
  const directory = mkdtempSync(join(tmpdir(), 'dgw-doctor-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

async function run(
  directory: string,
  config: Record<string, unknown>,
  command = 'doctor',
  env: Record<string, string> = {},
  words: readonly string[] = [],
  user: { uid?: number; gid?: number } = {},
): Promise<Answer> {
  const file = join(directory, 'gateway.yaml')
  writeFileSync(
    file,
    stringify({ http: { port: 0 }, admin: { port: 0 }, dataDir: join(directory, 'data'), ...config }),
  )
  const child = spawn(
    process.execPath,
    [join(root, 'dist/main.js'), command, ...words, '--json', '--config', file],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      ...user,
    },
  )
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  const [code] = (await once(child, 'close')) as [number]
  const { findings = [] } = stdout === '' ? {} : (JSON.parse(stdout) as { findings?: Finding[] })
  return { code, findings, stderr }
}

const link = (port: number) => ({ name: 'smsc-a', host: '127.0.0.1', port, shortCode: '8188', password: 'x' })
const deskAt = (path: string, profile = 'epson-tm-t82') => ({
  id: 'quay-1',
  agency: 'H45.12',
  name: 'Quầy 1',
  printer: { path, profile },
})

/** A certificate for a name, with its key. */
function certificate(directory: string, name: string): { certFile: string; keyFile: string } {
  const [certFile, keyFile] = [join(directory, `${name}.crt`), join(directory, `${name}.key`)]
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-days', '90', '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`],
      ...['-keyout', keyFile, '-out', certFile],
    ],
    { stdio: 'ignore' },
  )
  return { certFile, keyFile }
}

interface Fault {
  readonly label: string
  /** Causes the fault and returns the configuration to check. */
  plant(t: Teardown, directory: string): Promise<Record<string, unknown>> | Record<string, unknown>
  readonly check: RegExp
  readonly says: RegExp
  readonly cure: RegExp
  readonly env?: Record<string, string>
  readonly code?: number
  readonly state?: Finding['state']
}

const redisSet =
  (...settings: [string, string][]) =>
  async (t: Teardown) => {
    const redis = await startRedis(t)
    const client = new Redis(redis.socket)
    for (const [key, value] of settings) await client.config('SET', key, value)
    await client.quit()
    return { redis: { url: `unix://${redis.socket}`, durability: 'strict' } }
  }

/** A Redis whose maxmemory is `share` of what it uses. */
const redisWithMemory = (share: number) => async (t: Teardown) => {
  const redis = await startRedis(t)
  const client = new Redis(redis.socket)
  // Much beside what connections use.
  await client.setrange('filler', 30_000_000, 'x')
  const [, used] = /used_memory:(\d+)/.exec(await client.info('memory'))!
  await client.config('SET', 'maxmemory', String(Math.round(share * Number(used))))
  await client.quit()
  return { redis: { url: `unix://${redis.socket}`, durability: 'strict' } }
}

const sourceThatSays =
  (status: string, body = '') =>
  async (t: Teardown) => {
    const server = createServer((socket) =>
      socket
        .on('error', () => {})
        .once('data', () =>
          socket.end(`HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\n\r\n${body}`),
        ),
    ).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => server.close())
    const { port } = server.address() as { port: number }
    const source = { name: 'igate', kind: 'feed', url: `http://127.0.0.1:${port}/`, clientSecret: 'x' }
    return { sources: [source] }
  }

const faults: Fault[] = [
  {
    label: 'an agency that was taken off the list and still pushes',
    plant: async (t, directory) => {
      const redis = await startRedis(t)
      const config = { redis: { url: `unix://${redis.socket}` } }
      await run(directory, config, 'keys', {}, ['create', '--agency', 'H45.12'])
      const agencies = join(directory, 'left.yaml')
      writeFileSync(agencies, stringify([{ code: 'H45.01', index: 1, name: 'One', shortName: 'One' }]))
      return { ...config, agencies }
    },
    check: /^keys$/,
    says: /live keys name H45\.12, which no entry/,
    cure: /put the entry back/,
    state: 'warn',
    code: 0,
  },
  {
    label: 'a key that does not exist in the configuration',
    plant: () => ({ sms: { replyMaxAge: 5 } }),
    check: /^sms\.replyMaxAge$/,
    says: /not a key/,
    cure: /mend this key/,
    code: 78,
  },
  {
    label: 'a wording file that lacks a sentence',
    plant(_t, directory) {
      const broken = readFileSync(join(root, 'config/wording.en.yaml'), 'utf8').replace(
        /^ {2}withheld:.*$/m,
        '',
      )
      writeFileSync(join(directory, 'en.yaml'), broken)
      return { wording: { en: join(directory, 'en.yaml') } }
    },
    check: /^wording$/,
    says: /withheld/,
    cure: /wording file/,
  },
  {
    label: 'Redis away',
    plant: (_t, directory) => ({ redis: { url: `unix://${directory}/nobody` } }),
    check: /^redis$/,
    says: /did not answer.*ENOENT/,
    cure: /start Redis/,
  },
  {
    label: 'Redis with a password that is not configured',
    plant: redisSet(['requirepass', 'open sesame']),
    check: /^redis$/,
    says: /NOAUTH/,
    cure: /passwordFile/,
  },
  {
    label: 'another program where Redis should be',
    async plant(t) {
      const server = createServer((socket) =>
        socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'),
      )
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      t.teardown(() => server.close())
      return { redis: { url: `redis://127.0.0.1:${(server.address() as { port: number }).port}` } }
    },
    check: /^redis$/,
    says: /no Redis/,
    cure: /redis\.url/,
  },
  {
    label: 'a store of a newer version of this program',
    async plant(t) {
      const redis = await startRedis(t)
      const client = new Redis(redis.socket)
      await client.set('dossier-format', '99')
      await client.quit()
      return { redis: { url: `unix://${redis.socket}`, durability: 'strict' } }
    },
    check: /^store$/,
    says: /format 99.*newer version.*install that version again/,
    cure: /does not start on this store/,
  },
  {
    label: 'Redis that evicts',
    plant: redisSet(['maxmemory-policy', 'allkeys-lru']),
    check: /^redis \//,
    says: /forgets dossiers/,
    cure: /maxmemory-policy noeviction/,
  },
  {
    label: 'Redis without an append-only file',
    plant: redisSet(['appendonly', 'no']),
    check: /^redis \//,
    says: /appendonly no/,
    cure: /appendonly yes/,
  },
  {
    label: 'Redis nearly full',
    plant: redisWithMemory(1.05),
    check: /^redis \//,
    says: /% of maxmemory/,
    cure: /raise maxmemory/,
    state: 'warn',
    code: 0,
  },
  {
    label: 'Redis that is full',
    plant: redisWithMemory(0.9),
    check: /^redis \//,
    says: /^is full \(maxmemory\) and refuses every update/,
    cure: /raise maxmemory/,
  },
  {
    label: 'Redis that waits for replicas',
    plant: redisSet(['min-replicas-to-write', '1']),
    check: /^redis \//,
    says: /fewer replicas than its min-replicas-to-write/,
    cure: /start its replicas/,
  },
  {
    label: 'Redis that cannot write its snapshots',
    async plant(t) {
      const redis = await startRedis(t, ['save 3600 1'])
      const client = new Redis(redis.socket)
      // Renamed onto a folder, the snapshot cannot be put in its place.
      mkdirSync(join(((await client.config('GET', 'dir')) as string[])[1]!, 'dump.rdb/in-the-way'), {
        recursive: true,
      })
      await client.bgsave()
      while (!/rdb_last_bgsave_status:err/.test(await client.info('persistence'))) {}
      await client.quit()
      return { redis: { url: `unix://${redis.socket}` } }
    },
    check: /^redis \//,
    says: /cannot save to its disk and refuses every update/,
    cure: /full or failing disk/,
  },
  {
    label: 'no redis-server on the machine and no redis.url',
    plant: () => ({}),
    env: { PATH: '/nowhere' },
    check: /^redis$/,
    says: /not installed/,
    cure: /apt-get install redis-server/,
  },
  {
    label: 'a port taken by another program',
    async plant(t) {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      t.teardown(() => server.close())
      return { http: { port: (server.address() as { port: number }).port } }
    },
    check: /^http\.port$/,
    says: /another program listens/,
    cure: /ss -ltnp/,
  },
  {
    label: 'an address of another machine',
    plant: () => ({ http: { host: '192.0.2.1', port: 8080 } }),
    check: /^http\.host$/,
    says: /not an address of this machine/,
    cure: /127\.0\.0\.1/,
  },
  {
    label: 'nothing listens at the address of the SMSC',
    plant: () => ({ sms: { links: [link(1)] } }),
    check: /^sms\.links\[0\]$/,
    says: /ECONNREFUSED/,
    cure: /host and port/,
  },
  {
    label: 'a wrong password at the SMSC',
    async plant(t) {
      const fake = await startFakeSmsc({ behaviour: { bindStatus: 0x0e } })
      t.teardown(() => fake.close())
      return { sms: { links: [link(fake.port)] } }
    },
    check: /^sms\.links\[0\]$/,
    says: /ESME_RINVPASWD/,
    cure: /set password/,
  },
  {
    label: 'a printer that is not plugged in',
    plant: (_t, directory) => ({ desks: [deskAt(join(directory, 'ttyUSB0'))] }),
    check: /^desks\[0\]\.printer$/,
    says: /not there/,
    cure: /plug the printer in/,
  },
  {
    label: 'a printer path that is not a serial port',
    plant(_t, directory) {
      writeFileSync(join(directory, 'ttyUSB0'), '')
      return { desks: [deskAt(join(directory, 'ttyUSB0'))] }
    },
    check: /^desks\[0\]\.printer$/,
    says: /not a serial port/,
    cure: /serial device/,
  },
  {
    label: 'a printer held by another program',
    async plant(t, directory) {
      const path = join(directory, 'tty')
      const cable = spawn('socat', ['-d', '-d', `pty,raw,echo=0,link=${path}`, 'pty,raw,echo=0'], {
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      t.teardown(() => cable.kill())
      for await (const chunk of cable.stderr) if (/starting data transfer/.test(String(chunk))) break
      cable.stderr.resume()
      const holder = new SerialPort({ path, baudRate: 38_400, autoOpen: false })
      await new Promise<void>((resolve, reject) =>
        holder.open((fault) => (fault ? reject(fault) : resolve())),
      )
      t.teardown(() => new Promise((resolve) => holder.close(resolve)))
      return { desks: [deskAt(path)] }
    },
    check: /^desks\[0\]\.printer$/,
    says: /held by another program/,
    cure: /fuser/,
  },
  {
    label: 'a printer profile that does not exist',
    plant: () => ({ desks: [deskAt('/dev/null', 'epson-tm-t99')] }),
    check: /^desks\[0\]\.printer\.profile$/,
    says: /epson-tm-t99.*known: generic/,
    cure: /known profiles/,
  },
  {
    label: 'secrets that others may read',
    plant(_t, directory) {
      mkdirSync(join(directory, 'data'))
      writeFileSync(join(directory, 'data/secrets.json'), '{}', { mode: 0o644 })
      return {}
    },
    check: /^secrets$/,
    says: /read by other users/,
    cure: /chmod 600/,
  },
  {
    label: 'secrets gone while the data is there',
    plant(_t, directory) {
      mkdirSync(join(directory, 'data/redis/appendonlydir'), { recursive: true })
      return {}
    },
    check: /^secrets$/,
    says: /is gone/,
    cure: /restore secrets\.json/,
  },
  {
    label: 'a clock that was set back',
    plant(_t, directory) {
      mkdirSync(join(directory, 'data'))
      const file = join(directory, 'data/secrets.json')
      writeFileSync(file, '{}', { mode: 0o600 })
      const tomorrow = Date.now() / 1000 + 86_400
      utimesSync(file, tomorrow, tomorrow)
      return {}
    },
    check: /^clock$/,
    says: /before a file/,
    cure: /set-ntp/,
  },
  {
    label: 'a data folder that cannot be created',
    plant(_t, directory) {
      writeFileSync(join(directory, 'file'), '')
      return { dataDir: join(directory, 'file/data') }
    },
    check: /^dataDir$/,
    says: /is a file/,
    cure: /another dataDir/,
  },
  {
    label: 'a data folder on a disk that is not mounted',
    plant(_t, directory) {
      symlinkSync('/nowhere/data', join(directory, 'linked'))
      return { dataDir: join(directory, 'linked') }
    },
    check: /^dataDir$/,
    says: /a link to nothing/,
    cure: /mount/,
  },
  {
    label: 'an agency that fell silent',
    async plant(t) {
      const redis = await startRedis(t)
      const client = new Redis(redis.socket)
      const last = Date.now() - 30 * 86_400_000
      await client.hset('mon:pulse', 'H15.60', JSON.stringify({ last, gaps: [] }))
      await client.quit()
      return { redis: { url: `unix://${redis.socket}`, durability: 'strict' } }
    },
    check: /^freshness$/,
    says: /H15\.60 has not been heard of/,
    cure: /call the agency/,
    state: 'warn',
    code: 0,
  },
  {
    label: 'a TLS key of another certificate',
    plant(_t, directory) {
      const [one, other] = [certificate(directory, 'one'), certificate(directory, 'other')]
      return { http: { port: 0, tls: { certFile: one.certFile, keyFile: other.keyFile } } }
    },
    check: /^http\.tls\.keyFile$/,
    says: /key of another certificate/,
    cure: /mend this key/,
    code: 78,
  },
  {
    label: 'a certificate in DER form',
    plant(_t, directory) {
      const { certFile, keyFile } = certificate(directory, 'one')
      const der = join(directory, 'one.der')
      execFileSync('openssl', ['x509', '-in', certFile, '-outform', 'der', '-out', der])
      return { http: { port: 0, tls: { certFile: der, keyFile } } }
    },
    check: /^http\.tls\.certFile$/,
    says: /PEM form/,
    cure: /mend this key/,
    code: 78,
  },
  {
    label: 'a certificate whose chain is damaged',
    plant(_t, directory) {
      const { certFile, keyFile } = certificate(directory, 'one')
      const pem = readFileSync(certFile, 'utf8')
      writeFileSync(certFile, pem + pem.replace('\nMII', '\n%%%'))
      return { http: { port: 0, tls: { certFile, keyFile } } }
    },
    check: /^http\.tls\.certFile$/,
    says: /chain in PEM form/,
    cure: /mend this key/,
    code: 78,
  },
  {
    label: 'a certificate for another name',
    plant: (_t, directory) => ({
      http: {
        port: 0,
        publicUrl: 'https://hoso.example.vn',
        tls: certificate(directory, 'other.example.vn'),
      },
    }),
    check: /^http\.tls$/,
    says: /not for hoso\.example\.vn.*other\.example\.vn/,
    cure: /publicUrl/,
  },
  {
    label: 'secrets that cannot be read',
    plant(_t, directory) {
      mkdirSync(join(directory, 'data'))
      writeFileSync(join(directory, 'data/secrets.json'), '{"lookupKey":"ab', { mode: 0o600 })
      return {}
    },
    check: /^secrets$/,
    says: /secrets\.json cannot be read/,
    cure: /backup/,
  },
  {
    label: 'secrets with an invalid key',
    plant(_t, directory) {
      mkdirSync(join(directory, 'data'))
      const kept = { lookupKey: 'ab'.repeat(31), phoneKey: 'ab'.repeat(32), adminKey: 'x'.repeat(40) }
      writeFileSync(join(directory, 'data/secrets.json'), JSON.stringify(kept), { mode: 0o600 })
      return {}
    },
    check: /^secrets$/,
    says: /secrets\.json cannot be read/,
    cure: /backup/,
  },
  {
    label: 'a damaged append-only file',
    async plant(_t, directory) {
      // A store as a gateway leaves it, with foreign bytes in the middle.
      const made = await run(directory, {}, 'keys', {}, ['create', '--kiosk', 'sanh'])
      if (made.code !== 0) throw new Error(made.stderr)
      const folder = join(directory, 'data/redis/appendonlydir')
      const name = readdirSync(folder).find((one) => one.endsWith('.incr.aof'))!
      const bytes = readFileSync(join(folder, name))
      bytes.fill(0x7e, 20, 60)
      writeFileSync(join(folder, name), bytes)
      return {}
    },
    check: /^append-only file$/,
    says: /damaged/,
    cure: /redis-check-aof --fix/,
  },
  {
    label: 'an append-only file of a newer redis-server',
    async plant(_t, directory) {
      const made = await run(directory, {}, 'keys', {}, ['create', '--kiosk', 'sanh'])
      if (made.code !== 0) throw new Error(made.stderr)
      const folder = join(directory, 'data/redis/appendonlydir')
      const name = readdirSync(folder).find((one) => one.endsWith('.rdb'))!
      const bytes = readFileSync(join(folder, name))
      bytes.write('REDIS0099')
      writeFileSync(join(folder, name), bytes)
      return {}
    },
    check: /^append-only file$/,
    says: /newer redis-server .*nothing is damaged/,
    cure: /^redis-server --version/,
  },
  {
    label: 'a path for the extract that cannot be a folder',
    plant(_t, directory) {
      writeFileSync(join(directory, 'file'), '')
      return { extract: { at: '02:00', directory: join(directory, 'file/extracts') } }
    },
    check: /^extract$/,
    says: /ENOTDIR/,
    cure: /scripts\/install/,
  },
  {
    label: 'a path for the summaries that cannot be a folder',
    plant(_t, directory) {
      writeFileSync(join(directory, 'file'), '')
      return { upward: { directory: join(directory, 'file/upward') } }
    },
    check: /^upward$/,
    says: /ENOTDIR/,
    cure: /scripts\/install/,
  },
  {
    label: 'a proxy list that trusts everybody',
    plant: () => ({ http: { port: 0, trustProxy: '0.0.0.0/0' } }),
    check: /^http\.trustProxy$/,
    says: /X-Forwarded-For/,
    cure: /reverse proxies/,
    state: 'warn',
    code: 0,
  },
  {
    label: 'a proxy that is not an address',
    plant: () => ({ http: { port: 0, trustProxy: ['10.0.0.5', 'proxy.example'] } }),
    check: /^http\.trustProxy$/,
    says: /proxy\.example is no address/,
    cure: /mend this key/,
    code: 78,
  },
  {
    label: 'a source that cannot be reached',
    plant: () => ({ sources: [{ name: 'igate', kind: 'feed', url: 'http://127.0.0.1:1/feed?key=word' }] }),
    check: /^sources\[0\]$/,
    // The query may have a key in it.
    says: /^http:\/\/127\.0\.0\.1:1\/feed: .*(ECONNREFUSED|cannot be reached)/,
    cure: /VPN/,
  },
  {
    label: 'a source that does not know our secret',
    plant: sourceThatSays('401 Unauthorized'),
    check: /^sources\[0\]$/,
    says: /HTTP 401/,
    cure: /clientSecret/,
  },
  {
    label: 'a source that moved',
    plant: sourceThatSays('301 Moved Permanently\r\nlocation: https://elsewhere.example/'),
    check: /^sources\[0\]$/,
    says: /redirects \(HTTP 301\)/,
    cure: /check url/,
  },
  {
    label: 'a source that shows a page to log in',
    plant: sourceThatSays('200 OK', '<html><form>'),
    check: /^sources\[0\]$/,
    says: /not JSON/,
    cure: /sources try/,
  },
]

t.test('each fault is found, with its cure', { timeout: 360_000, jobs: 3 }, async (t) => {
  await Promise.all(
    faults.map(({ label, plant, check, says, cure, env, code = 1, state = 'fail' }) =>
      t.test(label, { buffered: true }, async (t) => {
        const directory = folder(t)
        const answer = await run(directory, await plant(t, directory), 'doctor', env)
        const found = answer.findings.find((finding) => finding.state === state && check.test(finding.check))
        const complaints = answer.findings.filter((finding) => finding.state !== 'ok')
        t.match(found, { says, cure }, JSON.stringify(complaints))
        t.equal(answer.code, code)
      }),
    ),
  )
})

t.test('a file of the store that is not of its user is not called damaged', async (t) => {
  const directory = folder(t)
  const made = await run(directory, {}, 'keys', {}, ['create', '--kiosk', 'sanh'])
  if (made.code !== 0) throw new Error(made.stderr)
  const store = join(directory, 'data/redis/appendonlydir')
  const file = join(store, readdirSync(store).find((one) => one.endsWith('.incr.aof'))!)
  const isRoot = process.getuid?.() === 0
  const nobody = isRoot ? { uid: 65_534, gid: 65_534 } : {}
  if (isRoot) execFileSync('chown', ['-R', '65534:65534', directory])
  if (isRoot) execFileSync('chown', ['0:0', file])
  chmodSync(file, isRoot ? 0o600 : 0)
  const readDoctor = async (user: typeof nobody) => {
    const { code, findings } = await run(directory, {}, 'doctor', {}, [], user)
    t.equal(code, 1)
    t.match(
      findings.find(({ check }) => check === 'owner'),
      {
        state: 'fail',
        says: /^redis\/appendonlydir\/\S+ in \S+ cannot be read/,
        cure: /^chown -R --reference=/,
      },
    )
    return findings.find(({ check }) => check === 'append-only file')
  }
  const found = await readDoctor(nobody)
  t.match(found, { state: 'fail', says: /cannot be read \(EACCES\)/, cure: /must belong/ })
  if (isRoot) t.match(await readDoctor({}), { state: 'ok' }, 'root is told, who may read it')
})

t.test('a healthy machine gives no finding, and nothing is created or started', async (t) => {
  const directory = folder(t)
  const fake = await startFakeSmsc({})
  t.teardown(() => fake.close())
  const { code, findings } = await run(directory, { sms: { links: [link(fake.port)] } })
  t.same(
    findings.filter(({ state }) => state !== 'ok'),
    [],
  )
  t.equal(code, 0)
  t.notOk(existsSync(join(directory, 'data')), 'the data folder belongs to the first start')
})

t.test('beside a running gateway its own ports and links are not reported as taken', async (t) => {
  const fake = await startFakeSmsc({})
  t.teardown(() => fake.close())
  const gateway = await startGateway(t, { sms: { links: [link(fake.port)] } })
  await gateway.waitFor('smsc.bound', undefined, true)
  await gateway.agencyKey('H45.12')
  const { code, stdout } = await gateway.command('doctor', '--json')
  const { findings } = JSON.parse(stdout) as { findings: Finding[] }
  t.equal(code, 0)
  t.match(
    findings.find(({ check }) => check === 'http.port'),
    { state: 'ok', says: new RegExp(gateway.http) },
  )
  t.match(
    findings.find(({ check }) => check === 'sms.links[0]'),
    { state: 'ok', says: /bound by the running gateway/ },
  )
  t.match(
    findings.filter(({ state }) => state !== 'ok'),
    [{ check: 'keys', cure: /keys create --agency/ }],
    'agencies that nobody speaks for are named, and nothing else',
  )
})

t.test('a gateway that runs with a former password is not called healthy', async (t) => {
  const redis = await startRedis(t, ['requirepass old'])
  const client = new Redis(redis.socket, { password: 'old' })
  t.teardown(() => client.disconnect())
  const url = `unix://${redis.socket}`
  const gateway = await startGateway(t, { redis: { url, password: 'old' } })
  await client.config('SET', 'requirepass', 'new')
  await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
  t.match(await gateway.waitFor('redis.refused', undefined, true), { level: 'error', why: 'WRONGPASS' })
  const { code, findings } = await run(folder(t), {
    dataDir: join(gateway.directory, 'data'),
    redis: { url, password: 'new' },
  })
  t.equal(code, 1)
  t.match(
    findings.filter(({ check }) => check.startsWith('gateway')),
    [{ says: /runs as process/ }, { check: 'gateway redis', state: 'fail', cure: /restart/ }],
  )
  t.match(
    findings.filter(({ check, state }) => check.startsWith('redis') && state === 'fail'),
    [],
  )
})

t.test('beside a running gateway half of a link is told', async (t) => {
  const peer = await startScriptedSmsc(t, { bind: (mode) => (mode === 'transmitter' ? 0x0d : 0) })
  const gateway = await startGateway(t, { sms: { links: [{ ...link(peer.port), bindMode: 'split' }] } })
  await gateway.waitFor('smsc.bound', undefined, true)
  const { code, stdout } = await gateway.command('doctor', '--json')
  const { findings } = JSON.parse(stdout) as { findings: Finding[] }
  t.match(
    findings.find(({ check }) => check === 'sms.links[0]'),
    { state: 'fail', says: /\.1t is not bound$/, cure: /smsc tells the last error/ },
  )
  t.equal(code, 1)
})

t.test(
  'with strict durability a gateway does not start on a Redis that evicts; otherwise it logs an error',
  async (t) => {
    const redis = await startRedis(t)
    const client = new Redis(redis.socket)
    t.teardown(() => client.disconnect())
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru')
    const url = `unix://${redis.socket}`
    const refused = await run(folder(t), { redis: { url, durability: 'strict' } }, 'serve')
    t.equal(refused.code, 78)
    t.match(refused.stderr, /maxmemory-policy noeviction/)
    const gateway = await startGateway(t, { redis: { url } })
    t.match(await gateway.waitFor('redis.misconfigured', undefined, true), {
      level: 'error',
      cure: /noeviction/,
    })
  },
)

t.test('a configuration that is not there is no key to mend', async (t) => {
  const { stdout } = await new Promise<{ stdout: string }>((resolve) =>
    execFile(
      process.execPath,
      [join(root, 'dist/main.js'), 'doctor', '--config', join(folder(t), 'gone.yaml')],
      (_fault, stdout) => resolve({ stdout }),
    ),
  )
  t.match(stdout, /file not found\s+→ mend this file, or name another with --config/)
})

t.test('faults that cannot be caused here are judged from given numbers', async (t) => {
  t.match(checkNode('18.20.4'), { state: 'fail', cure: /20\.19/ })
  t.match(checkNode('20.18.0'), { state: 'fail' })
  t.match(checkNode('22.0.0'), { state: 'ok' })
  const gib = 2 ** 30
  t.match(judgeDisk('/', { bavail: 100, blocks: 1e6, bsize: 2 ** 20 }), { state: 'fail', cure: /full disk/ })
  t.match(judgeDisk('/', { bavail: 2, blocks: 100, bsize: gib }), { state: 'warn' })
  t.match(judgeDisk('/', { bavail: 50, blocks: 100, bsize: gib }), { state: 'ok' })
  const holidays = join(root, 'config/holidays.yaml')
  t.match(judgeHolidays(holidays, Date.parse('2026-11-28T00:00:00Z')), { state: 'ok' })
  t.match(judgeHolidays(holidays, Date.parse('2027-11-15T00:00:00Z')), {
    state: 'warn',
    says: /ends on 2027-12-31/,
    cure: /next year/,
  })
  t.match(judgeHolidays(holidays, Date.parse('2028-01-01T00:00:00Z')), { state: 'warn', says: /ended on/ })
  t.match(judgeInodes('/', { files: 1e6, ffree: 12 }), [{ state: 'fail', cure: /df -i/ }])
  t.match(judgeInodes('/', { files: 1e6, ffree: 900 }), [{ state: 'warn' }])
  t.same(judgeInodes('/', { files: 1e6, ffree: 5e5 }), [])
  t.same(judgeInodes('/', { files: 0, ffree: 0 }), [], 'a file system that counts none')
  const good = {
    server: 's',
    version: '7.0.15',
    policy: 'noeviction',
    appendOnly: true,
    fsync: 'always',
    maxMemory: 0,
    usedMemory: 1,
    lastWriteFailed: false,
    isReadOnly: false,
    isClusterNode: false,
    forbidsScripts: false,
  }
  t.same(judgeSettings(good, 'strict'), [])
  t.match(judgeSettings({ ...good, version: '6.0.16' }, 'strict'), [{ refuse: true, says: /6\.0\.16/ }])
  t.match(judgeSettings({ ...good, isReadOnly: true }, 'everysec'), [{ refuse: true, says: /replica/ }])
  t.match(judgeSettings({ ...good, lastWriteFailed: true }, 'strict'), [{ cure: /disk/ }])
  t.match(judgeSettings({ ...good, fsync: 'everysec' }, 'strict'), [{ refuse: false, cure: /everysec/ }])
  t.match(judgeSettings({ ...good, fsync: 'everysec', fsyncIsFixed: true }, 'strict'), [{ refuse: true }])
  t.same(judgeSettings({ ...good, fsync: 'everysec' }, 'everysec'), [])
})
