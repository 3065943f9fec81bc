// Who owns a data folder: the store starts again after whoever held it before, however that one ended, and beside a living owner
// not at all.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { silentLog } from '../../src/log.js'
import { startEmbedded } from '../../src/redis/embedded.js'

const statOf = (pid: number) => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { state, ticks: fields[18]! }
}

t.test('whose the data folder is', { skip: process.platform !== 'linux' && 'reads /proc' }, async (t) => {
  // A child that has ended and whose parent never asks: what a container without an init keeps of its first gateway.
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
      if (owner !== undefined) writeFileSync(join(dataDir, 'redis/owner.pid'), owner)
      const start = startEmbedded({ dataDir, durability: 'strict', onLive: 'refuse' }, silentLog)
      if (!starts) return void (await t.rejects(start, { message: /another gateway .* already runs/ }))
      const store = await start
      t.equal(readFileSync(join(dataDir, 'redis/owner.pid'), 'utf8').split(' ')[0], `${process.pid}`)
      await store.stop()
    })
})
