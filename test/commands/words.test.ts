// The command line itself: help and version of every command, and words that no command has. On the built program.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { menu } from '../../src/commands/menu.js'
import { checkWords } from '../../src/commands/words.js'

const root = new URL('../../', import.meta.url).pathname
const main = join(root, 'dist/main.js')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

function run(cwd: string, ...args: string[]) {
  const env = { ...process.env, GATEWAY_CONFIG: join(cwd, 'gateway.yaml') }
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 20_000,
  })
  return { status, stdout, stderr }
}

t.test('--help and --version of every command print, end with 0 and start nothing', async (t) => {
  const cwd = t.testdir()
  for (const name of [...Object.keys(menu), undefined]) {
    const words = name === undefined ? [] : [name]
    const help = run(cwd, ...words, '--help')
    t.match(help, { status: 0, stdout: new RegExp(`usage: dossier-gateway ${name ?? '<command>'}`) })
    t.equal(help.stderr, '')
  }
  for (const words of [[], ['serve'], ['keys', 'create'], ['print-agent']])
    t.strictSame(run(cwd, ...words, '--version'), { status: 0, stdout: `${version}\n`, stderr: '' })
  t.equal(existsSync(join(cwd, 'var')), false, 'no data folder was made')
})

t.test('what a command does not have is named, with exit code 2, before anything is opened', async (t) => {
  const cwd = t.testdir()
  const rows: [words: string[], named: string][] = [
    [['check-config', '--jsno'], '--jsno'],
    [['serve', '--prot=8081'], '--prot'],
    [['doctor', 'now'], '"now"'],
    [['serv'], '"serv"'],
    [['serv', '--help'], '"serv"'],
    [['--jsno'], '--jsno'],
    [['keys', 'creat', '--agency', 'H45.12'], '"creat"'],
    [['keys', 'list', '--agency', 'H45.12'], '--agency'],
    [['keys', 'create', '--agency'], '--agency'],
    [['report', '--period', '2026H1', '--fromat', 'csv'], '--fromat'],
    [['import', 'a.csv', 'b.csv'], '"b.csv"'],
    [['smsc', '-x'], '-x'],
    [['doctor', '--config'], '--config'],
  ]
  for (const [words, named] of rows) {
    const { status, stdout, stderr } = run(cwd, ...words)
    t.equal(status, 2, words.join(' '))
    t.equal(stdout, '')
    t.ok(stderr.includes(named), `${words.join(' ')}: ${stderr}`)
  }
})

t.test('what the usage shows is taken', async (t) => {
  const rows: [command: string, words: string[]][] = [
    ['keys', ['create', '--agency', 'H45.12', '--agency=H45.13']],
    ['outbox', ['retry', '1-0', '2-0', '3-0']],
    ['outbox', ['retry', '--all']],
    ['import', ['a.csv', '--map', 'Số hồ sơ=dossierNo', '--dry-run']],
    ['import', ['--dry-run', '--', '-odd-name.csv']],
    ['report', ['--from', '2026-01-01', '--format', 'html', '--output=/tmp/a.html']],
    ['printers', ['test', '--port', '/dev/ttyUSB0', '--slip']],
    ['audit', ['verify', '12:abc']],
  ]
  for (const [command, words] of rows)
    t.doesNotThrow(() => checkWords(command, menu[command]!.usage, words), words.join(' '))
})

t.test('a reader who has seen enough ends the command quietly', async (t) => {
  const cwd = t.testdir()
  writeFileSync(
    join(cwd, 'gateway.yaml'),
    `agencies: ${root}config/agencies.yaml\nprinters: ${root}config/printers.yaml
wording: { vi: ${root}config/wording.vi.yaml, en: ${root}config/wording.en.yaml }\n`,
  )
  const child = spawn(
    'bash',
    ['-c', `"${process.execPath}" "${main}" doctor | head -n 1; exit \${PIPESTATUS[0]}`],
    {
      cwd,
      env: { ...process.env, GATEWAY_CONFIG: join(cwd, 'gateway.yaml') },
    },
  )
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const [code] = await once(child, 'close')
  t.equal(said, '')
  t.ok(code === 0 || code === 1, `doctor's own verdict: ${code}`)
})
