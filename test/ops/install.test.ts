// What an operator installs: the folder that image and installer share, the installer, the compose file, backup and restore.
import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import t from 'tap'
import { parse } from 'yaml'
import { silentLog } from '../../src/log.js'
import { openMetrics } from '../../src/metrics.js'
import { openRedis } from '../../src/redis/connection.js'
import { judgeSettings, readSettings } from '../../src/redis/server-settings.js'
import { storeSettings } from '../../src/redis/store-settings.js'
import { startGateway } from '../peers/gateway.js'
import { freeClusterPort, startRedis, type Teardown } from '../peers/redis.js'

const root = new URL('../../', import.meta.url).pathname
t.setTimeout(900_000)
const run = promisify(execFile)

function folder(t: Teardown): string {
  const directory = mkdtempSync(join(tmpdir(), 'dgw-ops-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Starts what was installed and resolves with its address. */
async function startInstalled(t: Teardown, app: string, config: string): Promise<string> {
  const child = spawn(process.execPath, ['dist/main.js', 'serve', '--config', config], {
    cwd: app,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HTTP__PORT: '0', ADMIN__PORT: '0' },
  })
  t.teardown(async () => {
    if (child.exitCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  })
  let said = ''
  for await (const chunk of child.stderr) {
    said += String(chunk)
    const [, url] = /"http\.listening".*?"url":"([^"]+)"/.exec(said) ?? []
    if (url && said.includes('gateway.ready')) return url
  }
  throw new Error(said)
}

t.test(
  'the installer fills a folder from which a gateway starts without the tools of its makers',
  { timeout: 720_000 },
  async (t) => {
    const prefix = folder(t)
    // As a hardened root's shell would run it.
    const install = () =>
      run('bash', ['-c', 'umask 077; exec scripts/install'], {
        cwd: root,
        env: { ...process.env, PREFIX: prefix, DIST: join(root, 'dist') },
      })
    await install()
    const app = join(prefix, 'opt/dossier-gateway')
    t.notOk(existsSync(join(app, 'node_modules/typescript')), 'no development package is installed')
    const config = join(prefix, 'etc/dossier-gateway/gateway.yaml')
    const url = await startInstalled(t, app, config)
    t.equal((await fetch(`${url}/livez`)).status, 200)
    t.equal((await fetch(`${url}/kiosk/`)).status, 200, 'the pages are part of it')
    t.ok(existsSync(join(prefix, 'var/lib/dossier-gateway/secrets.json')), 'data goes where data belongs')

    const cli = (...args: string[]) =>
      run(join(prefix, 'usr/local/bin/dossier-gateway'), args, { cwd: folder(t) })
    const made = JSON.parse((await cli('keys', 'create', '--agency', 'H45.12', '--json')).stdout) as {
      key: string
    }
    const pushed = await fetch(`${url}/v1/dossiers/H45.12-240823-0001`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${made.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ dossierStatus: 'processing', eventTime: '2024-08-23T09:00:00+07:00' }),
    })
    t.equal(
      pushed.status,
      200,
      'a key made by the installed command, called from anywhere, opens the installed gateway',
    )
    const units = join(prefix, 'etc/systemd/system')
    for (const [unit, starts] of [
      ['kiosk.service', 'scripts/kiosk'],
      ['dossier-gateway.service', 'dist/main.js'],
      ['dossier-print-agent.service', 'dist/main.js'],
    ] as const) {
      t.match(readFileSync(join(units, unit), 'utf8'), new RegExp(`^ExecStart=.*${starts} `, 'm'))
      t.ok(existsSync(join(app, starts)), `what ${unit} starts is there`)
      const said = readFileSync(join(units, unit), 'utf8')
      t.match(said, /^\[Unit\]\n(?:.+\n)*StartLimitIntervalSec=0$/m, `${unit} is started again for ever`)
      for (const [, document] of said.matchAll(/^Documentation=file:(.*)$/gm))
        t.ok(existsSync(join(prefix, document!)), `${document} is there`)
    }
    t.notOk(existsSync(join(app, 'config/gateway.yaml')), 'the settings are elsewhere, and not for everybody')
    const { stdout: closed } = await run('find', [app, '-not', '-type', 'l', '-not', '-perm', '-o+r'])
    t.equal(closed, '', "the gateway's user can read all of its program")
    const agent = readFileSync(join(units, 'dossier-print-agent.service'), 'utf8')
    const options = (/^ExecStart=(?:.*\\\n)*.*/m.exec(agent)?.[0].match(/--[a-z-]+/g) ?? []).sort()
    const { stdout: usage } = await cli('print-agent', '--help')
    t.ok(options.length > 5)
    for (const option of options) t.match(usage, option, `print-agent knows ${option} of its unit`)

    // What else may be in the way of the command on the PATH.
    const env = join(prefix, 'etc/dossier-gateway/env')
    writeFileSync(env, 'GATEWAY__DATADIR="/srv/of the unit"\n')
    const places = async () =>
      JSON.parse((await cli('check-config', '--json')).stdout) as { dataDir: string; file: string }
    t.hasStrict(
      await places(),
      { dataDir: '/srv/of the unit', file: config },
      'it has the environment of the unit',
    )
    rmSync(env)
    const other = join(folder(t), 'other.yaml')
    writeFileSync(other, readFileSync(config))
    const elsewhere = (file: string, ...args: string[]) =>
      run(join(prefix, 'usr/local/bin/dossier-gateway'), args, {
        cwd: folder(t),
        env: { ...process.env, GATEWAY_CONFIG: file },
      })
    t.match((await elsewhere(other, 'check-config')).stdout, other, 'GATEWAY_CONFIG names another one')
    await t.rejects(elsewhere('/nonexistent', 'keys', 'list'), /may not read \/nonexistent: sudo/)
    for (const words of [['--version'], ['keys', 'create', '--help'], ['help']])
      await t.resolves(elsewhere('/nonexistent', ...words), words.join(' '))
    const paths = join(prefix, 'etc/systemd/system/dossier-gateway.service.d/paths.conf')
    t.notMatch(readFileSync(paths, 'utf8'), /^ReadWritePaths/m, 'nothing outside its data is written')

    const archives = folder(t)
    const archive = (await run(join(app, 'scripts/backup'), [archives, '--config', config])).stdout.trim()
    const { stdout: packed } = await run('tar', ['-tzf', archive])
    for (const name of ['redis.rdb', 'secrets.json', 'config/gateway.yaml', 'config/agencies.yaml'])
      t.match(packed, name)
    t.match(
      (await run(join(app, 'scripts/restore'), [archive, '--check'])).stdout,
      /can be restored: \d+ keys/,
    )

    writeFileSync(
      config,
      `${readFileSync(config, 'utf8')}\nextract: { at: "02:00", directory: /srv/dossiers }\nupward: { directory: /srv/upward }\n`,
    )
    const before = statSync(config).mtimeMs
    // As the version before shipped it, and as somebody changed it.
    const etc = (name: string) => join(prefix, 'etc/dossier-gateway', name)
    for (const file of [join(app, 'config/wording.vi.yaml'), etc('wording.vi.yaml'), etc('holidays.yaml')])
      appendFileSync(file, '# other\n')
    mkdirSync(etc('tls'), { mode: 0o755 })
    symlinkSync('/nonexistent/key.pem', etc('key.pem'))
    await install()
    t.equal(statSync(etc('tls')).mode & 0o777, 0o755, "somebody's folder beside the settings stays as it was")
    t.equal(statSync(config).mode & 0o777, 0o640)
    t.notMatch(
      readFileSync(etc('wording.vi.yaml'), 'utf8'),
      '# other',
      'a file that nobody changed is renewed',
    )
    t.match(readFileSync(etc('holidays.yaml'), 'utf8'), '# other', 'and one that somebody changed is not')
    t.equal(statSync(config).mtimeMs, before, 'a second run upgrades the code and leaves the settings alone')
    t.match(
      readFileSync(paths, 'utf8'),
      /^ReadWritePaths=-\/srv\/dossiers\nReadWritePaths=-\/srv\/upward$/m,
      'the unit allows what the configuration asks for',
    )
    t.ok(existsSync(`${app}.old/dist/main.js`), 'and keeps the version before')
  },
)

t.test('no secret beside the settings gets into what everybody may read', async (t) => {
  const [tree, target, tools] = [folder(t), join(folder(t), 'app'), folder(t)]
  for (const name of ['scripts', 'config', 'LICENSE', 'README.md', 'package.json', 'package-lock.json'])
    await run('cp', ['-R', join(root, name), tree])
  for (const name of ['src', 'kiosk', 'dist']) mkdirSync(join(tree, name))
  for (const name of ['src', 'kiosk']) writeFileSync(join(tree, name, 'README.md'), '')
  for (const name of ['esms.key', 'esms-secret']) writeFileSync(join(tree, 'config', name), 'secret')
  writeFileSync(join(tools, 'npm'), '#!/bin/sh\nmkdir -p node_modules\n', { mode: 0o755 })
  await run(join(tree, 'scripts/build-image-root'), [target], {
    env: { ...process.env, DIST: 'dist', PATH: `${tools}:${process.env.PATH}` },
  })
  t.same(readdirSync(join(target, 'config')), readdirSync(join(root, 'config')))
})

t.test('a backup of an empty store, or without the keys, is refused', async (t) => {
  const directory = folder(t)
  const config = join(directory, 'gateway.yaml')
  const configured = (keys: string) =>
    writeFileSync(
      config,
      `dataDir: ${directory}/data\nagencies: ${root}config/agencies.yaml\nsecrets: { ${keys} }\n`,
    )
  const backup = () => run(join(root, 'scripts/backup'), [join(directory, 'archives'), '--config', config])
  configured('')
  await t.rejects(backup(), /holds no store/)
  const key = join(directory, 'lookup.key')
  writeFileSync(key, 'ab'.repeat(32))
  configured(`lookupKeyFile: ${key}`)
  const main = join(root, 'dist/main.js')
  await run(process.execPath, [main, 'keys', 'create', '--kiosk', 'lobby', '--config', config])
  const { stdout } = await run('tar', ['-tzf', (await backup()).stdout.trim()])
  t.match(stdout, 'config/lookup.key', 'a key that a file gives is in it')
  t.match(stdout, 'config/agencies.yaml')

  const tools = folder(t)
  const full = '#!/bin/bash\necho half >"$4"; echo "gzip: stdout: No space left on device" >&2; exit 2\n'
  writeFileSync(join(tools, 'tar'), full, { mode: 0o755 })
  const onFull = run(join(root, 'scripts/backup'), [join(directory, 'full'), '--config', config], {
    env: { ...process.env, PATH: `${tools}:${process.env.PATH}` },
  })
  await t.rejects(onFull, { code: 1, stderr: /No space.*cannot be written; nothing of it is kept/s })
  t.same(readdirSync(join(directory, 'full')), [], 'a full disk is not filled further')
  await t.rejects(run(join(root, 'scripts/restore'), [directory, '--check']), /is a folder/)
})

t.test('a backup holds the keys of its store, wherever they are given', async (t) => {
  const directory = folder(t)
  const config = join(directory, 'gateway.yaml')
  const [lookupKey, phoneKey] = ['ab'.repeat(32), 'cd'.repeat(32)]
  for (const [name, key] of [
    ['lookup', lookupKey],
    ['phone', phoneKey],
  ] as const) {
    mkdirSync(join(directory, name))
    writeFileSync(join(directory, name, 'key'), key)
  }
  const configured = (keys: string) =>
    writeFileSync(
      config,
      `dataDir: ${directory}/data\nagencies: ${root}config/agencies.yaml\nsecrets: { ${keys} }\n`,
    )
  const script = (name: string, args: string[], env: Record<string, string> = {}) =>
    run(join(root, 'scripts', name), args, { env: { ...process.env, ...env } })
  const backup = async (env?: Record<string, string>) =>
    (await script('backup', [join(directory, 'archives'), '--config', config], env)).stdout.trim()
  const check = (archive: string) => script('restore', [archive, '--check'])

  configured('lookupKeyFile: lookup/key, phoneKeyFile: phone/key')
  const main = join(root, 'dist/main.js')
  await run(process.execPath, [main, 'keys', 'create', '--kiosk', 'lobby', '--config', config])
  const both = await backup()
  await check(both)
  configured('')
  await t.rejects(backup(), /The lookupKey of this store \(.*\) is in no file/)
  await check(await backup({ SECRETS__LOOKUPKEY: lookupKey, GATEWAY__SECRETS__PHONEKEY: phoneKey }))

  const changed = async (label: string, change: (unpacked: string) => void, says: RegExp) => {
    const unpacked = folder(t)
    await run('tar', ['-C', unpacked, '-xzf', both])
    change(unpacked)
    const archive = join(directory, 'changed.tar.gz')
    await run('tar', ['-C', unpacked, '-czf', archive, '.'])
    await t.rejects(check(archive), says, label)
  }
  await changed(
    'one of the keys is missing',
    (at) => rmSync(join(at, 'config/phone-key')),
    /the phoneKey of its store/,
  )
  await changed(
    'a key of another store',
    (at) => writeFileSync(join(at, 'config/key'), 'ef'.repeat(32)),
    /the lookupKey of its store/,
  )
  const rdb = (at: string) => join(at, 'redis.rdb')
  await changed(
    'a snapshot of a newer Redis',
    (at) => writeFileSync(rdb(at), `REDIS0099${readFileSync(rdb(at), 'latin1').slice(9)}`, 'latin1'),
    /Redis could not read the backup/,
  )
  // The disk is full: before the archive is unpacked, and when Redis writes its files.
  const target = join(directory, 'restored')
  const onFullDisk = async (tool: string, body: string, says: RegExp) => {
    const tools = folder(t)
    writeFileSync(join(tools, tool), `#!/bin/bash\n${body}\n`, { mode: 0o755 })
    const restored = script('restore', [both, '--into', target], { PATH: `${tools}:${process.env.PATH}` })
    await t.rejects(restored, { code: 1, stderr: says }, tool)
    t.same(readdirSync(target), [], 'nothing is left of it')
  }
  const noRoom = /There is no room for the store in .*restored; .* may well be sound/
  await onFullDisk('tar', 'echo "tar: x: Cannot write: No space left on device" >&2; exit 2', noRoom)
  const { stdout: cli } = await run('which', ['redis-cli'])
  await onFullDisk(
    'redis-cli',
    `case "$*" in *persistence*) printf 'aof_rewrite_scheduled:1\\naof_last_bgrewrite_status:err\\n' ;; *) exec ${cli.trim()} "$@" ;; esac`,
    /Redis could not write its files in .*restored/,
  )
  await changed('no snapshot', (at) => rmSync(rdb(at)), /is not a backup of this program/)
  await t.rejects(check(config), /is damaged, or no backup/)
})

t.test(
  'a backup of a Redis of its own signs in as the gateway does, and shows nobody the password',
  async (t) => {
    const directory = folder(t)
    const [config, word, port] = [join(directory, 'gateway.yaml'), 'p%ss & word', await freeClusterPort()]
    writeFileSync(join(directory, 'word'), `${word}\n`)
    const [, rights] =
      /^# user gateway on >password (.*)$/m.exec(readFileSync('config/redis.conf', 'utf8')) ?? []
    await startRedis(t, [`port ${port}`, `user gateway on ">${word}" ${rights}`, 'user default off'])
    const configured = (url: string, more = '') =>
      writeFileSync(
        config,
        `dataDir: ${directory}/data\nagencies: ${root}config/agencies.yaml\nredis: { url: '${url}'${more} }\n`,
      )
    const main = join(root, 'dist/main.js')
    const backup = async (...args: string[]) =>
      run(join(root, 'scripts/backup'), [join(directory, 'archives'), '--config', config, ...args])
    const address = `127.0.0.1:${port}/0`
    configured(`redis://gateway@${address}`, `, passwordFile: ${directory}/word`)
    await t.rejects(backup(), /store of redis:\S+ is empty/)
    await run(process.execPath, [main, 'keys', 'create', '--kiosk', 'lobby', '--config', config])
    const { stdout, stderr } = await backup()
    t.equal(stderr, '')
    t.match((await run(join(root, 'scripts/restore'), [stdout.trim(), '--check'])).stdout, /can be restored/)
    t.ok(await backup('--redis', `redis://${address}`), 'an address that is given has the credentials, too')

    const inUrl = `redis://gateway:${encodeURIComponent(word)}@${address}`
    configured(inUrl)
    t.ok(await backup())
    const checked = await run(process.execPath, [main, 'check-config', '--json', '--config', config])
    t.match(JSON.parse(checked.stdout), { redis: `redis://${address}`, redisUser: 'gateway' })
    t.notMatch(checked.stdout, encodeURIComponent(word))
    const told = (await backup('--redis', inUrl.replace('%20', '')).catch((error: unknown) => error)) as Error
    t.match(told, { code: 69, stderr: /^The store of redis:\/\/127\S+ cannot be read: .*WRONGPASS/ })
    await t.rejects(backup('--redis', '10.0.0.1'), { code: 2, stderr: /no address of a Redis/ })
  },
)

t.test('the commands read a systemd environment file as systemd does', async (t) => {
  const file = join(folder(t), 'env')
  const rows: [line: string, value: string][] = [
    ['A=plain', 'plain'],
    ['A=pa$HOME&ss`id`;x', 'pa$HOME&ss`id`;x'],
    ['A="two words"', 'two words'],
    ["A='#8188'", '#8188'],
    ['A=two words#not a comment', 'two words#not a comment'],
    ['  A=indented  ', 'indented'],
    ['A==', '='],
    ['# A=no\n; A=no\nexport A=no\nA=last', 'last'],
  ]
  for (const [line, value] of rows) {
    writeFileSync(file, line)
    const { stdout } = await run('sh', [
      '-ec',
      `. ${root}scripts/environment; read_environment ${file}; printenv A`,
    ])
    t.equal(stdout, `${value}\n`, line)
  }
})

t.test('the gateway is confined', (t) => {
  const { stdout, error } = spawnSync(
    'systemd-analyze',
    ['security', '--offline=true', join(root, 'scripts/systemd/dossier-gateway.service')],
    { encoding: 'utf8' },
  )
  const [, exposure] = /exposure level for \S+: ([\d.]+)/.exec(stdout ?? '') ?? []
  if (error || exposure === undefined) t.pass('skipped', { skip: 'needs systemd-analyze 250 or newer' })
  else t.ok(Number(exposure) <= 3, `exposure ${exposure}`)
  t.end()
})

t.test('the service files are what systemd understands', async (t) => {
  const units = [join(root, 'scripts/systemd/dossier-gateway.service')]
  const { status, stderr, error } = spawnSync('systemd-analyze', ['verify', ...units], { encoding: 'utf8' })
  if (error) return void t.pass('skipped', { skip: 'needs systemd-analyze' })
  const complaints = stderr.split('\n').filter((line) => line.includes('dossier-gateway.service:'))
  // The program it names is not installed on a machine that only runs tests.
  t.same(
    complaints.filter((line) => !/is not executable|not-found/.test(line)),
    [],
  )
  t.ok(status === 0 || complaints.length > 0 || stderr !== '')
})

interface Compose {
  services: Record<
    string,
    { command?: string[]; volumes?: string[]; profiles?: string[]; stop_grace_period?: string }
  >
}

t.test('docker compose itself reads the compose file', async (t) => {
  const ways = [['docker', 'compose'], ['docker-compose']].filter(
    ([program, ...args]) => spawnSync(program!, [...args, 'version']).status === 0,
  )
  if (ways.length === 0)
    return void t.pass('skipped', {
      skip: 'needs docker compose or docker-compose (no engine has to run); compose.test.ts looks without them',
    })
  const [program, ...args] = ways[0]!
  const checked = spawnSync(
    program!,
    [...args, '-f', join(root, 'compose.yaml'), '--profile', 'two', 'config'],
    {
      encoding: 'utf8',
    },
  )
  t.equal(checked.status, 0, checked.stderr)
  t.match(parse(checked.stdout), { services: { redis: {}, gateway: {}, 'gateway-two': {} } })
})

t.test('config/redis.conf and the compose file set a Redis as the promises need it', async (t) => {
  const compose = parse(readFileSync(join(root, 'compose.yaml'), 'utf8'), { merge: true }) as Compose
  const { command, volumes } = compose.services.redis!
  const inside = command![1]!
  t.ok(volumes!.includes(`./config/redis.conf:${inside}:ro`), 'compose hands it in')
  const file = join(root, 'config/redis.conf')
  const said = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  t.same(
    said.sort(),
    Object.entries(storeSettings('strict'))
      .map((words) => words.join(' '))
      .sort(),
    'what the embedded server is started with; change both together',
  )
  const directory = folder(t)
  const socket = join(directory, 's')
  const server = spawn(command![0]!, [file, '--port', '0', '--unixsocket', socket, '--dir', directory], {
    stdio: 'ignore',
  })
  t.teardown(async () => {
    server.kill('SIGKILL')
    await once(server, 'exit')
  })
  const config = { url: `unix://${socket}`, durability: 'strict' as const, commandTimeoutMs: 2000 }
  const door = await openRedis({ config }, silentLog, openMetrics())
  t.teardown(() => door.close())
  for (const settings of await readSettings(door)) t.same(judgeSettings(settings, 'strict'), [])
})

t.test(
  'a backup taken beside a running gateway comes back on another machine, keys and numbers included',
  { timeout: 360_000 },
  async (t) => {
    const gateway = await startGateway(t)
    const data = join(gateway.directory, 'data')
    const key = await gateway.agencyKey('H45.12')
    const redis = new Redis(join(data, 'redis/redis.sock'))
    for (let nth = 0; nth < 500; nth++) await redis.hset('{backup}:probe', `field-${nth}`, 'x'.repeat(100))
    const size = await redis.dbsize()
    await redis.quit()

    const archives = folder(t)
    const { stdout, stderr } = await run(join(root, 'scripts/backup'), [archives, '--data-dir', data])
    const archive = stdout.trim()
    t.equal(stderr, '', 'a good night sends no mail but the name of the archive')
    t.equal(statSync(archive).mode & 0o777, 0o600, 'nobody else may read the archive')

    const elsewhere = join(folder(t), 'data')
    const restore = (...args: string[]) => run(join(root, 'scripts/restore'), [archive, ...args])
    t.match((await restore('--data-dir', elsewhere)).stdout, /keys restored/)
    await t.rejects(
      restore('--data-dir', elsewhere),
      /Nothing is overwritten.*redis .*secrets.json/,
      'what is there is never overwritten',
    )
    t.equal(
      readFileSync(join(elsewhere, 'secrets.json'), 'utf8'),
      readFileSync(join(data, 'secrets.json'), 'utf8'),
    )

    const configured = folder(t)
    writeFileSync(
      join(configured, 'gateway.yaml'),
      `dataDir: ${configured}/data\nagencies: ${root}config/agencies.yaml\n`,
    )
    t.match(
      (await restore('--config', join(configured, 'gateway.yaml'))).stdout,
      new RegExp(`keys restored into ${configured}/data/redis`),
      'or where a configuration says',
    )

    const other = await startGateway(t, { dataDir: elsewhere })
    const restored = new Redis(join(elsewhere, 'redis/redis.sock'))
    t.equal(await restored.hlen('{backup}:probe'), 500)
    t.ok((await restored.dbsize()) >= size - 1, 'all but the lease of the gateway that ran')
    const listed = JSON.parse((await other.command('keys', 'list', '--json')).stdout) as { id: string }[]
    t.same(
      listed.map(({ id }) => id),
      [key.split('_')[1]],
      'the key of the agency is known again',
    )
    restored.disconnect()
    await other.kill('SIGTERM')

    const stopped = await run(join(root, 'scripts/backup'), [archives, '--data-dir', elsewhere])
    t.ok(existsSync(stopped.stdout.trim()), 'and a backup without a running gateway works too')
    const own = folder(t)
    t.match((await restore('--into', own)).stdout, /keys restored/)
    t.ok(existsSync(join(own, 'appendonlydir')), 'a Redis of your own gets its append-only folder')

    const file = join(configured, 'relative.yaml')
    writeFileSync(file, `dataDir: ./data\nagencies: ${root}config/agencies.yaml\n`)
    const inFolder = (folder: string, words: string) =>
      run('bash', ['-c', `cd ${folder} && ${root}scripts/${words}`])
    const { stdout: fromThere } = await inFolder(configured, `backup --config=relative.yaml ${archives}`)
    t.match((await inFolder(own, `restore ${fromThere.trim()} --check`)).stdout, /can be restored/)
    await t.rejects(
      inFolder(own, `backup ${archives} --config ${file}`),
      new RegExp(`${own}/data .dataDir of ${file}. holds no store`),
      'a relative dataDir is of the folder one is in, as for the gateway',
    )
    for (const words of [`backup ${archives} --confg ${file}`, `restore ${archive} --check --foo`, 'backup'])
      await t.rejects(inFolder(own, words), /unknown option --(confg|foo)|^Command failed.*\n?usage/s)
  },
)
