// Who owns a data folder: the store starts again after its former owner, however that one ended, never beside a living one.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import t from 'tap'
import { silentLog } from '../../src/log.js'
import { startEmbedded } from '../../src/redis/embedded.js'

const statOf = (pid: number) => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { state, ticks: fields[18]! }
}

t.test(
  'a zombie process does not own the data folder',
  { skip: process.platform !== 'linux' && 'reads /proc' },
  async (t) => {
    // A zombie, whose parent never waits for it: what a container without an init keeps of its first gateway.
    const parent = spawn('bash', ['-c', 'exec 3<&0; (read -r <&3) & echo $!; exec sleep 60'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    t.teardown(() => parent.kill('SIGKILL'))
    const [said] = (await once(parent.stdout, 'data')) as [Buffer]
    const zombie = Number(said.toString())
    while (readFileSync(`/proc/${parent.pid}/comm`, 'utf8') !== 'sleep\n')
      await new Promise((resolve) => setTimeout(resolve, 10))
    parent.stdin.end()
    while (statOf(zombie).state !== 'Z') await new Promise((resolve) => setTimeout(resolve, 10))
    const living = parent.pid!
    const { ticks } = statOf(living)

    const rows: [label: string, owner: string | undefined, starts: boolean][] = [
      ['nobody', undefined, true],
      ['one that has ended and was not buried', `${zombie} ${statOf(zombie).ticks}`, true],
      ['another program that has its number now', `${living} ${Number(ticks) - 1}`, true],
      ['a number that nobody has', '4194303 1', true],
      ['a file that the power was cut under', '', true],
      ['what is no number', 'dossier', true],
      ['one that lives', `${living} ${ticks}`, false],
    ]
    for (const [label, owner, starts] of rows)
      await t.test(label, async (t) => {
        const dataDir = t.testdir()
        mkdirSync(join(dataDir, 'redis'))
        const lock = join(dataDir, 'redis/owner.pid')
        if (owner === '') writeFileSync(lock, '')
        else if (owner !== undefined) symlinkSync(owner, lock)
        const start = startEmbedded({ dataDir, durability: 'strict', onLive: 'refuse' }, silentLog)
        if (!starts) return void (await t.rejects(start, { message: /already runs .* another gateway/ }))
        const store = await start
        t.equal(readlinkSync(lock).split(' ')[0], `${process.pid}`)
        await store.stop()
      })
  },
)

t.test('data without its manifest is refused, not begun anew over it', async (t) => {
  const dataDir = t.testdir()
  const start = () => startEmbedded({ dataDir, durability: 'strict', onLive: 'refuse' }, silentLog)
  const first = await start()
  const redis = new Redis(first.socket)
  await redis.set('kept', 'x'.repeat(2000))
  redis.disconnect()
  await first.stop()
  const folder = join(dataDir, 'redis/appendonlydir')
  const manifest = join(folder, 'appendonly.aof.manifest')
  const whole = readFileSync(manifest)
  rmSync(manifest)
  await t.rejects(start(), { code: 'redis-misconfigured', message: /no manifest.*restore the backup/ })
  writeFileSync(manifest, '')
  await t.rejects(start(), { message: /manifest is empty/ })
  writeFileSync(manifest, whole)
  await (await start()).stop()

  // As a kill during the first start leaves them.
  rmSync(manifest)
  for (const name of readdirSync(folder)) writeFileSync(join(folder, name), '')
  const fresh = await start()
  await fresh.stop()
})

t.test('a data folder may have any name that the system allows', async (t) => {
  const root = t.testdir()
  for (const name of ['dữ liệu của tỉnh', '100% "thật"', 'a\\b', "l'Hà Nội", 'two\nlines', '# $HOME *']) {
    const dataDir = join(root, name)
    mkdirSync(join(dataDir, 'redis'), { recursive: true })
    const store = await startEmbedded({ dataDir, durability: 'strict', onLive: 'refuse' }, silentLog)
    await store.stop()
    t.ok(existsSync(join(dataDir, 'redis/appendonlydir')), name)
  }
})

t.test('a server that ends at once says why', async (t) => {
  const start = (dataDir: string) =>
    startEmbedded({ dataDir, durability: 'strict', onLive: 'refuse' }, silentLog)

  await t.test('the data are of a newer version', async (t) => {
    const dataDir = t.testdir()
    await (await start(dataDir)).stop()
    const folder = join(dataDir, 'redis/appendonlydir')
    const base = join(folder, readdirSync(folder).find((one) => one.endsWith('.rdb'))!)
    const bytes = readFileSync(base)
    bytes.write('REDIS0099')
    writeFileSync(base, bytes)
    await t.rejects(start(dataDir), { message: /newer redis-server wrote these data .*99.*not.* damaged/ })
  })

  await t.test('it is too old for our settings', async (t) => {
    // What Redis 6.0 of Ubuntu 22.04 writes, to its standard error.
    const bin = t.testdir({
      'redis-server': `#!/bin/sh
echo "1:C 30 Nov 2026 07:09:30.695 # Reading config from stdin"
printf '\\n*** FATAL CONFIG FILE ERROR (Redis 6.0.16) ***\\nReading the configuration file, at line 9\\n' >&2
printf ">>> 'hash-max-listpack-value 256'\\nBad directive or wrong number of arguments\\n" >&2
exit 1
`,
    })
    chmodSync(join(bin, 'redis-server'), 0o755)
    const path = process.env.PATH
    t.teardown(() => {
      process.env.PATH = path
    })
    process.env.PATH = `${bin}:${path}`
    await t.rejects(start(bin), {
      message: /6\.0\.16 refuses 'hash-max-listpack-value 256' .*install Redis 7\.0/,
    })
  })
})

t.test('stopped while the server loads its data, it waits for its end and leaves nothing', async (t) => {
  const dataDir = t.testdir()
  const stop = new AbortController()
  const start = startEmbedded(
    { dataDir, durability: 'strict', onLive: 'refuse', stop: stop.signal },
    silentLog,
  )
  stop.abort()
  await t.rejects(start, { message: /stopped before/ })
  t.notOk(readdirSync(join(dataDir, 'redis')).includes('owner.pid'), 'the folder is free')
  t.notOk(existsSync(join(dataDir, 'redis/redis.sock')), 'no server is left')
})

t.test('SIGTERM ends a gateway, and Ctrl-C a command, that still waits for a Redis', async (t) => {
  const mute = createServer(() => {}).listen(0, '127.0.0.1')
  await once(mute, 'listening')
  t.teardown(() => mute.close())
  const { port } = mute.address() as AddressInfo
  const directory = t.testdir()
  const file = join(directory, 'gateway.yaml')
  writeFileSync(
    file,
    `dataDir: ${directory}/data\nredis: { url: "redis://user:secret@127.0.0.1:${port}/0" }\n`,
  )
  const rows: [command: string[], signal: NodeJS.Signals, code: number][] = [
    [['serve'], 'SIGTERM', 0],
    [['keys', 'list'], 'SIGINT', 69],
  ]
  for (const [command, signal, code] of rows) {
    const met = once(mute, 'connection')
    const child = spawn(process.execPath, ['dist/main.js', ...command, '--config', file])
    t.teardown(() => child.kill('SIGKILL'))
    let said = ''
    child.stderr.on('data', (chunk) => {
      said += chunk
    })
    const ended = once(child, 'exit')
    const [socket] = (await met) as [Socket]
    socket.on('error', () => {})
    child.kill(signal)
    t.equal((await ended)[0], code, command.join(' '))
    t.match(said, code === 0 ? /"gateway.closed"/ : `Redis at redis.url (127.0.0.1:${port})`)
    t.notMatch(said, /secret@|:secret/)
  }
})
