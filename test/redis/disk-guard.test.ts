// A full disk under the embedded store: look-ups go on, nothing is acknowledged that is not stored, and it recovers once there
// is room. A real small file system.
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mock } from 'node:test'
import t from 'tap'
import { silentLog } from '../../src/log.js'
import { openDiskGuard } from '../../src/redis/disk-guard.js'
import { startGateway } from '../peers/gateway.js'
import { until } from '../sms/room.js'

t.setTimeout(180_000)
const number = 'H45.12-260521-0003'

t.test('O-15: the data folder is full', async (t) => {
  const mounted = mkdtempSync(join(tmpdir(), 'dgw-full-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', mounted], { stdio: 'ignore' })
  } catch {
    rmSync(mounted, { recursive: true })
    t.pass('skipped', { skip: 'needs root, to mount a small tmpfs' })
    return
  }
  t.teardown(() => {
    execFileSync('umount', ['-l', mounted])
    rmSync(mounted, { recursive: true, force: true })
  })
  const gateway = await startGateway(t, { dataDir: join(mounted, 'data'), sms: { enabled: false } })
  const key = await gateway.agencyKey('H45.12')
  let version = 0
  const put = async () => {
    const answer = await fetch(`${gateway.http}/v1/dossiers/${number}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        dossierStatus: 'processing',
        eventTime: new Date().toISOString(),
        version: ++version,
        publicNote: 'x'.repeat(300),
      }),
    })
    await answer.arrayBuffer()
    return answer.status
  }
  const ask = async () => (await fetch(`${gateway.http}/v1/status/${number}`)).status
  const ready = async () =>
    ((await (await fetch(`${gateway.http}/readyz`)).json()) as { checks: Record<string, string> }).checks.disk
  t.equal(await put(), 200)
  t.equal(await ready(), 'pass')

  const filler = join(mounted, 'filler')
  const full = gateway.waitFor('disk.full')
  try {
    writeFileSync(filler, Buffer.alloc(30_000_000))
  } catch {} // ENOSPC: intended
  // Updates keep arriving before the full disk is noticed.
  let acknowledged = version
  for (let nth = 0; nth < 20; nth++) if ((await put()) === 200) acknowledged = version
  await full
  const asked: number[] = []
  for (let nth = 0; nth < 100; nth++) {
    asked.push(await ask())
    if (nth % 10 === 0) t.equal(await put(), 503, 'an update that cannot be kept is not acknowledged')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  // The server may have exited at the first write, and is restarted at once, read-only.
  t.equal(
    asked.filter((status) => status !== 200).length <= 25,
    true,
    `${asked.filter((status) => status !== 200).length} of 100 not answered`,
  )
  t.same(new Set(asked.slice(-60)), new Set([200]), 'look-ups go on')
  t.equal(await ready(), 'fail', 'and whoever watches is told')
  t.match(await (await fetch(`${gateway.admin}/metrics`)).text(), /^gateway_store_writable 0$/m)
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    await gateway.kill(signal)
    await gateway.start()
    t.equal(await ask(), 200, `started on a full disk after ${signal}, it answers, too`)
    t.equal(await put(), 503)
  }
  t.equal((await gateway.command('keys', 'list')).code, 0, 'and commands that only read find their store')

  const room = gateway.waitFor('disk.has-room')
  rmSync(filler)
  await room
  const deadline = Date.now() + 10_000
  let status = 503
  while (status !== 200 && Date.now() < deadline) status = await put()
  t.equal(status, 200, 'updates are taken again')
  const socket = join(mounted, 'data/redis/redis.sock')
  const setting = (name: string) =>
    execFileSync('redis-cli', ['-s', socket, 'config', 'get', name], { encoding: 'utf8' }).split('\n')[1]
  t.equal(setting('appendfsync'), 'always', 'each on disk before it is acknowledged, as before')
  t.equal(setting('min-replicas-to-write'), '0')

  await gateway.kill('SIGKILL')
  await gateway.start()
  const kept = (await (
    await fetch(`${gateway.http}/v1/dossiers/${number}`, { headers: { authorization: `Bearer ${key}` } })
  ).json()) as { version: number }
  t.ok(kept.version >= acknowledged, 'what was acknowledged is there')
})

t.test('a folder that is moved away under a running gateway is a full disk, and no crash', async (t) => {
  const gateway = await startGateway(t, { sms: { enabled: false } })
  const [folder, away] = [join(gateway.directory, 'data/redis'), join(gateway.directory, 'away')]
  const full = gateway.waitFor('disk.full')
  renameSync(folder, away)
  await full
  t.equal((await fetch(`${gateway.http}/livez`)).status, 200)
  const archive = join(gateway.directory, 'none.tar.gz')
  writeFileSync(archive, '')
  const restore = spawnSync(
    new URL('../../scripts/restore', import.meta.url).pathname,
    [archive, '--data-dir', join(gateway.directory, 'data')],
    { encoding: 'utf8' },
  )
  t.match(restore.stderr, `A gateway (process ${gateway.pid}) uses`, 'nothing is restored under it')
  renameSync(away, folder)
  await gateway.waitFor('disk.has-room', () => true, true)
  t.equal(await gateway.kill('SIGTERM'), 0)
})

t.test('another folder in the place of one that was moved away has no room either', async (t) => {
  const above = mkdtempSync(join(tmpdir(), 'dgw-moved-'))
  t.teardown(() => rmSync(above, { recursive: true, force: true }))
  const [directory, away] = [join(above, 'redis'), join(above, 'away')]
  mkdirSync(directory)
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const socket = join(above, 'none')
  const guard = openDiskGuard({ directory, socket, appendfsync: 'always', log: silentLog })
  t.teardown(() => guard.close())
  const looksUntil = async (isDone: () => boolean) => {
    for (let nth = 0; nth < 200 && !isDone(); nth++) {
      mock.timers.tick(1000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    return guard.isFull
  }
  renameSync(directory, away)
  t.equal(await looksUntil(() => guard.isFull), true)
  mkdirSync(directory)
  t.equal(await looksUntil(() => !guard.isFull), true, 'what is acknowledged would not be in it')
  rmSync(directory, { recursive: true })
  renameSync(away, directory)
  t.equal(await looksUntil(() => !guard.isFull), false)
})

t.test('a server that was just being started when room came is told once it listens', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'dgw-late-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const socket = join(directory, 'late.sock')
  let free = 0
  const disk = () => ({ free, size: 1e9 })
  const guard = openDiskGuard({ directory, socket, appendfsync: 'always', log: silentLog, disk })
  t.teardown(() => guard.close())
  t.equal(guard.isFull, true)
  free = 1e9
  mock.timers.tick(1000)
  t.equal(guard.isFull, false)

  const told: string[] = []
  const server = createServer((line) => {
    line.on('data', (chunk) => {
      told.push(chunk.toString().trim())
      line.write('+OK\r\n')
    })
  }).listen(socket)
  await once(server, 'listening')
  t.teardown(() => server.close())
  const settings = ['CONFIG SET appendfsync always', 'CONFIG SET min-replicas-to-write 0']
  await until('it takes writes', () => {
    mock.timers.tick(1000)
    return told.length >= settings.length
  })
  t.same(told, settings)
  // A look later it knows that the server has them, and does not ask again.
  for (let nth = 0; nth < 20; nth++) {
    mock.timers.tick(1000)
    await new Promise((resolve) => setImmediate(resolve))
  }
  t.same(told, settings)
})

t.test('an append-only folder that is gone is not begun anew: nobody is told "unknown"', async (t) => {
  const gateway = await startGateway(t, { sms: { enabled: false } })
  const [folder, away] = [
    join(gateway.directory, 'data/redis/appendonlydir'),
    join(gateway.directory, 'away'),
  ]
  const status = async () => (await fetch(`${gateway.http}/v1/status/000.00.15.H45-190521-0003`)).status
  t.equal(await status(), 404)
  renameSync(folder, away)
  const refused = gateway.waitFor('redis.not-started')
  const socket = join(gateway.directory, 'data/redis/redis.sock')
  spawnSync('redis-cli', ['-s', socket, 'shutdown', 'nosave'])
  t.match((await refused).err, { message: /is gone, and Redis would begin empty: put it back/ })
  t.equal(await status(), 503)
  const { code, stdout } = await gateway.command('doctor')
  t.equal(code, 1)
  t.match(stdout, /FAIL +append-only file .* is gone/)
  const up = gateway.waitFor('redis.up')
  renameSync(away, folder)
  await up
  t.equal(await status(), 404)

  t.equal(await gateway.kill('SIGTERM'), 0)
  renameSync(folder, away)
  await t.rejects(gateway.start(), /ended with 78[\s\S]*is gone, and Redis would begin empty/)
})
