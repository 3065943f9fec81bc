// An agent beside its own printer, in its own process, with a wrong clock. Alone in its file: if the process draws
// pictures for another test, the printer answers late, and a late answer is no proof.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openPaperTape } from '../peers/paper-tape.js'
import { dossierNo, ended, openRemoteDesk, settingsFor, temporary } from './harness.js'

t.test('P-05: an agent whose clock is hours off prints what is wanted', async (t) => {
  const { desk } = await openRemoteDesk(t)
  const folder = temporary(t)
  writeFileSync(join(folder, 'key'), desk.key)
  for (const hours of [0.25, 7, -7]) {
    const tape = await openPaperTape()
    t.teardown(() => tape.close())
    const offMs = hours * 3_600_000
    const clock = `const Right = Date
      globalThis.Date = class extends Right {
        constructor(...of) { of.length > 0 ? super(...of) : super(Right.now() + ${offMs}) }
        static now() { return Right.now() + ${offMs} }
      }`
    const settings = settingsFor(t, desk, tape)
    const agent = spawn(
      'env',
      [
        ...[
          '-u',
          'NODE_OPTIONS',
          process.execPath,
          '--import',
          `data:text/javascript,${encodeURIComponent(clock)}`,
        ],
        ...[
          'dist/main.js',
          'print-agent',
          '--url',
          desk.url,
          '--desk',
          'quay-1',
          '--key-file',
          join(folder, 'key'),
        ],
        ...[
          '--port',
          tape.path,
          '--baud',
          '115200',
          '--profile',
          settings.profile,
          '--data',
          settings.dataDir,
        ],
        ...['--poll-ms', '100'],
      ],
      { stdio: 'ignore' },
    )
    const jobId = await desk.print(dossierNo)
    t.hasStrict(await ended(desk, jobId), { state: 'confirmed' }, `${hours} h`)
    t.equal(tape.slips.length, 1)
    agent.kill()
    await once(agent, 'exit')
  }
})
