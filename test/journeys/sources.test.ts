// From a one-stop system that never pushes to a citizen's answer, and what is said while that system or Redis is away;
// files in and out beside the running gateway.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { stringify } from 'yaml'
import { loadConfig } from '../../src/config/config.js'
import { startGateway } from '../peers/gateway.js'
import { startFeed } from '../peers/sources/feed.js'
import { agencies } from '../peers/sources/gateway-side.js'
import { canaries, peerAgencies, populate } from '../peers/sources/population.js'

t.test('a pulled dossier is answered; away is said as away; files go in and out', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'dgw-files-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  const agenciesFile = join(directory, 'agencies.yaml')
  writeFileSync(agenciesFile, stringify(agencies))
  const dossiers = populate(2000, Date.now())
  const held = dossiers.splice(0, 30)
  const peer = await startFeed(t, dossiers)
  const gateway = await startGateway(t, {
    agencies: agenciesFile,
    sources: [
      {
        name: 'one-stop',
        kind: 'feed',
        url: peer.url,
        agencies: peerAgencies,
        clientSecret: peer.token,
        pollSeconds: 3600,
        readThroughMs: 800,
      },
    ],
  })
  await gateway.waitFor('source.fill.ended', () => true, true)
  const ask = async (no: string) => {
    const response = await fetch(`${gateway.http}/v1/status/${no}`)
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  const until = async (no: string, status: number) => {
    for (const end = Date.now() + 30_000; ; ) {
      const answer = await ask(no)
      if (answer.status === status || Date.now() > end) return answer
      await new Promise((resolve) => setTimeout(resolve, 1000))
    }
  }

  t.equal((await ask(dossiers[7]!.no)).status, 200, 'filled from the source')
  t.equal((await ask(held[0]!.no)).status, 404, 'nobody knows it')
  peer.dossiers.push(...held)
  t.equal((await ask(held[1]!.no)).status, 200, 'what no poll has brought is asked for')

  await peer.server.stop()
  const away = await ask(held[2]!.no)
  t.equal(away.status, 503, 'a source that is away makes no "unknown"')
  t.ok(away.headers.get('retry-after'))
  t.match(JSON.parse(away.text), { code: 'unavailable' })
  t.equal((await ask(dossiers[7]!.no)).status, 200, 'what is known is answered all the same')

  const socket = join(gateway.directory, 'data/redis/redis.sock')
  t.equal(spawnSync('redis-cli', ['-s', socket, 'flushall']).status, 0)
  t.equal((await ask(dossiers[8]!.no)).status, 503, 'a store that was lost does not say unknown')
  await peer.server.start()
  t.equal(
    (await until(dossiers[8]!.no, 200)).status,
    200,
    'and has it again as soon as the source can be asked',
  )

  // The next start finds no position and fills again.
  const filled = gateway.waitFor('source.fill.ended')
  await gateway.kill('SIGKILL')
  await gateway.start()
  await filled
  t.equal((await ask(dossiers[9]!.no)).status, 200)

  const file = join(directory, 'them.csv')
  writeFileSync(
    file,
    `Mã hồ sơ;Chủ hồ sơ;Trạng thái;Ngày hẹn trả\nH45.30-260105-0001;${canaries[0]};Đang xử lý;20/12/2026\nH45.30-269905-0002;${canaries[0]};4;\n`,
  )
  const taken = await gateway.command('import', file, '--errors', join(directory, 'sai.csv'))
  t.equal(taken.code, 1, 'one line was not taken in')
  t.match(taken.stdout, /2 lines read, 1 applied/)
  t.match(taken.stderr, /line 3: unreadable \/dossierNo/)
  t.equal((await ask('H45.30-260105-0001')).status, 200, 'a file is taken in beside a running gateway')

  const exported = await gateway.command('export')
  t.equal(exported.code, 0)
  t.equal(exported.stdout.trim().split('\n').length, 2001)
  const csv = join(directory, 'ra.csv')
  t.equal((await gateway.command('export', '--format', 'csv', '--agency', 'H45.30', '--output', csv)).code, 0)
  t.equal(readFileSync(csv, 'utf8').trim().split('\n').length, 2)

  const everything = gateway.output + exported.stdout + taken.stdout + taken.stderr
  for (const canary of canaries) t.notOk(everything.includes(canary), 'nobody’s name or number is anywhere')
})

t.test('what is wrong with a source is said with its place', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'dgw-files-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  const file = join(directory, 'gateway.yaml')
  writeFileSync(
    file,
    stringify({
      sources: [
        { name: 'a', kind: 'igate', url: 'ftp://x', agencies: ['X99'], statuses: { 3: 11, 4: 'ignore' } },
        { name: 'b', kind: 'dvcqg', url: 'https://x' },
      ],
    }),
  )
  const loaded = loadConfig(file, {})
  t.same(loaded.ok ? [] : loaded.problems.map(({ path }) => path).sort(), [
    'sources[0].agencies[0]',
    'sources[0].options.tokenUrl',
    'sources[0].statuses.3',
    'sources[0].url',
    'sources[1].options.madonvi',
  ])
})
