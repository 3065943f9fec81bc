// The command line of the built program: help and version of every command, and invalid arguments.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { menu } from '../../src/commands/menu.js'
import { checkWords } from '../../src/commands/words.js'
import { stackInSources, stackWithoutData } from '../../src/stack.js'
import { startGateway } from '../peers/gateway.js'

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

t.test('--help and --version of every command print, exit with 0 and start nothing', async (t) => {
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

t.test('an invalid argument is named, with exit code 2, before anything is opened', async (t) => {
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
    [['doctor', '--config', ''], '--config'],
    [['doctor', '--config='], '--config'],
    [['keys', 'revoke'], 'wants ID'],
    [['agencies', 'import', '--dry-run'], 'wants FILE'],
    [['printers', 'set-profile', 'quay-1'], 'wants PROFILE'],
    [['complaints', 'show'], 'wants TICKET'],
    [['complaints', 'answer', '123456'], 'wants WORDS'],
    [['sources', 'try'], 'wants NAME'],
    [['import', '--sheet', 'Trang 1'], 'wants FILE'],
    [['replay'], 'replay wants --since: see'],
    [['keys', '--jsno'], '--jsno'],
    [['keys'], 'create, list, revoke or signing-secret'],
    [['complaints', '--json'], 'list, show, answer, hand-on or erase'],
    [['keys', 'create'], '--agency, --kiosk, --desk or --monitor'],
    [['keys', 'create', '--person', 'Lan'], '--agency, --kiosk, --desk or --monitor'],
    [['report', '--format', 'csv'], '--period, --from or --digest'],
    [['notice', '--agency', 'H45.12'], '--output'],
    [['replay', '--since', '2026-06-01', '--to', 'https://a.example'], '--secret-file'],
    [['complaints', 'hand-on', '261130-001'], '--agency'],
    [['report', '--period', '2026H1', '--period', '2025H2'], '--period is given twice'],
    [['import', 'a.csv', '--dates', 'dmy', '--dates=mdy'], '--dates is given twice'],
    [['check-config', '--config', 'a.yaml', '--config=b.yaml'], '--config is given twice'],
    [['import', 'a.csv', '--errors', ''], '--errors needs a value'],
    [['export', '--output='], '--output needs a value'],
    [['import', 'a.csv', '--dry-run=no'], '--dry-run takes no value'],
  ]
  for (const [words, named] of rows) {
    const { status, stdout, stderr } = run(cwd, ...words)
    t.equal(status, 2, words.join(' '))
    t.equal(stdout, '')
    t.ok(stderr.includes(named), `${words.join(' ')}: ${stderr}`)
  }
  t.equal(existsSync(join(cwd, 'var')), false, 'no data folder was made')
})

t.test('everything the usage shows is accepted', async (t) => {
  const rows: [command: string, words: string[]][] = [
    ['keys', ['create', '--agency', 'H45.12', '--agency=H45.13']],
    ['outbox', ['retry', '1-0', '2-0', '3-0']],
    ['outbox', ['retry', '--all']],
    ['import', ['a.csv', '--map', 'Số hồ sơ=dossierNo', '--dry-run']],
    ['import', ['--dry-run', '--', '-odd-name.csv']],
    ['report', ['--from', '2026-01-01', '--format', 'html', '--output=/tmp/a.html']],
    ['printers', ['test', '--port', '/dev/ttyUSB0', '--slip']],
    ['audit', ['verify', '12:abc']],
    ['complaints', ['answer', '123456', 'Đã', 'giải', 'quyết']],
    ['agencies', ['adopt']],
    ['replay', ['--since', '2026-06-01', '--dry-run']],
    ['import', ['--agency', 'H45.12', 'a.csv']],
    ['import', ['--dates', 'dmy', 'a.csv', '--agency', 'H45.12', '--agency', 'H45.13']],
    ['import', ['a.csv', '--map', 'A=dossierNo', '--map', 'B=-', '--status', 'x=4', '--status', 'y=5']],
    ['import', ['a.csv', '--dates=swapped', '--dry-run', '--dry-run']],
  ]
  for (const [command, words] of rows)
    t.doesNotThrow(() => checkWords(command, menu[command]!.usage, words), words.join(' '))
})

t.test('signals of log rotation change nothing; SIGQUIT ends in order', async (t) => {
  const gateway = await startGateway(t)
  for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) process.kill(gateway.pid, signal)
  t.equal((await fetch(`${gateway.http}/livez`)).status, 200)
  t.equal(await gateway.kill('SIGQUIT'), 0)
  t.notMatch(gateway.output, /debugger/i)
  t.notOk(existsSync(join(gateway.directory, 'data/redis/redis.sock')), 'and leaves no redis-server')
})

t.test('a command ends quietly when its reader closes the pipe', async (t) => {
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

t.test(
  'a failed write is reported in one line; a log that cannot be written does not end the process',
  async (t) => {
    const cwd = t.testdir()
    const inShell = (line: string) => {
      const { status, stderr } = spawnSync('bash', ['-c', line], { cwd, encoding: 'utf8', timeout: 20_000 })
      return { status, stderr }
    }
    const program = `"${process.execPath}" "${main}"`
    const rows: [line: string, status: number, says: RegExp][] = [
      [`${program} --help > /dev/full`, 1, /^the output: no space left on the device\n$/],
      [`${program} --version > /dev/full`, 1, /^the output: no space left on the device\n$/],
      [`${program} check-config --json > /dev/full`, 1, /^the output: no space left on the device\n$/],
      [`${program} nonsense 2> /dev/full`, 2, /^$/],
      [
        `LOG_LEVEL=loud ${program} print-agent --url x --desk x --port x --key-file x`,
        78,
        /^LOG_LEVEL is none of trace/,
      ],
      [`GATEWAY_CONFIG= ${program} check-config`, 78, /^config\/gateway\.yaml: file not found\n$/],
    ]
    for (const [line, status, says] of rows) {
      const ended = inShell(line)
      t.equal(ended.status, status, line)
      t.match(ended.stderr, says, line)
    }

    const gateway = await startGateway(t, { sms: { enabled: false } })
    await gateway.kill('SIGTERM')
    const child = spawn('bash', ['-c', `exec ${program} serve --config "${gateway.configFile}" 2> /dev/full`])
    const ended = once(child, 'close')
    t.teardown(() => child.kill('SIGKILL'))
    const addresses = join(gateway.directory, 'data/listening.json')
    rmSync(addresses, { force: true })
    while (!existsSync(addresses)) await new Promise((resolve) => setTimeout(resolve, 50))
    const { http } = JSON.parse(readFileSync(addresses, 'utf8')) as { http: string }
    for (let nth = 0; nth < 3; nth++)
      t.equal(
        (await fetch(`${http}/v1/dossiers/H45.12-240823-0001`)).status,
        401,
        'each of them a line of log',
      )
    child.kill('SIGTERM')
    t.same(await ended, [0, null])
  },
)

t.test('an argument that names nothing is reported, and not as a fault of the store', async (t) => {
  const gateway = await startGateway(t, {
    sms: { links: [{ name: 'peer', kind: 'http', shortCode: '8188', receive: { secret: 'secret' } }] },
    desks: [{ id: 'quay-1', agency: 'H45.12', name: 'Quầy 1', profile: 'epson-tm-t82' }],
  })
  const strange = join(gateway.directory, 'strange.csv')
  writeFileSync(strange, 'Mã hồ sơ,Trạng thái\nH45.12-260521-0004,Chờ sếp\n')
  const rows: [words: string[], code: number, says: RegExp][] = [
    [['keys', 'list'], 0, /^no keys$/m],
    [['export', '--output', '-'], 0, /^$/m],
    [['report', '--period', '2026H1', '--output=-'], 0, /Các chỉ tiêu chung/],
    [['upward', '--output', '-'], 0, /^\[\{"specversion"/],
    [['import', strange], 1, /say what it means with --status "Chờ sếp=STATE"/],
    [['import', strange, '--status', 'Chờ sếp=processing'], 0, /1 applied/],
    [['outbox', 'retry', 'nope'], 1, /there is no nope/],
    [['outbox', 'retry', '1-1', '99999999999999999999-0'], 1, /there is no 9{20}-0/],
    [['audit', 'verify', 'nope'], 2, /nope is no head/],
    [['audit', 'verify', '12:c2hvcnQ'], 2, /is no head/],
    [['audit', 'verify', `999:${'A'.repeat(43)}`], 1, /is not in the chain/],
    [['printers', 'preview', 'quay-1', '--profile', 'nope'], 2, /'nope' is not in/],
    [['printers', 'set-profile', 'quay-1', 'nope'], 2, /'nope' is not in/],
    [['printers', 'test', '--port', '/dev/null', '--baud', 'fast'], 2, /--baud fast/],
    [['keys', 'revoke', 'nope'], 1, /there is no key nope/],
    [['keys', 'revoke', `dgw_0123456789AB_${'s'.repeat(43)}`], 1, /there is no key 0123456789ab\n$/],
    [['keys', 'create', '--agency', 'H45.12,H45.13'], 2, /--agency once for each/],
    [['keys', 'create', '--agency', 'h45.12'], 0, /^id /m],
    [
      ['keys', 'list'],
      0,
      /^[0-9a-f]{12} {2}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00 {2}live {5}agency H45\.12$/m,
    ],
    [['keys', 'create', '--desk', 'quay-1', '--person', '0905 123 456'], 2, /never a telephone/],
    [['keys', 'create', '--desk', 'quay-1', '--person', '001099012345'], 2, /never a telephone/],
    [['complaints', 'list', '--agency=H99.99'], 2, /H99\.99 is not in the agencies file/],
    [['report', '--period', '2026h3'], 2, /2026h3 is no period/],
    [['report', '--period', '2026h1', '--output', '/nowhere/a.csv'], 2, /--output .*no such file or folder/],
    [['export', '--since', 'today'], 2, /--since today is no time: write/],
    [['import', '/nowhere.csv'], 2, /no such file or folder/],
    [['agencies', 'import', 'package.json'], 2, /package\.json is not a list/],
  ]
  for (const [words, code, says] of rows) {
    const ended = await gateway.command(...words)
    t.equal(ended.code, code, words.join(' '))
    t.match(ended.stdout + ended.stderr, says, words.join(' '))
  }
  t.notOk(existsSync('-'), 'no file of that name')
})

t.test(
  'what a command could not write to its end is not there, and what was there before stays',
  async (t) => {
    const gateway = await startGateway(t)
    const [dossiers, out] = ['a.ndjson', 'out.html'].map((name) => join(gateway.directory, name)) as [
      string,
      string,
    ]
    const lines = Array.from({ length: 9 }, (_, n) => ({
      dossierNo: `H15.01-260105-000${n + 1}`,
      dossierStatus: 'processing',
      eventTime: '2026-01-05T08:00:00+07:00',
    }))
    writeFileSync(dossiers, lines.map((line) => JSON.stringify(line)).join('\n'))
    t.equal((await gateway.command('import', dossiers)).code, 0)
    for (const [words, before, code] of [
      ['report --period 2026h1', 'last month', 2],
      ['notice --agency H15.01', 'last month', 2],
      ['upward', 'last month', 2],
      ['export', undefined, 1],
    ] as const) {
      if (before === undefined) rmSync(out)
      else writeFileSync(out, before)
      const line = `ulimit -f 1; exec "${process.execPath}" "${main}" ${words} --output "${out}" --config "${gateway.configFile}"`
      const { status, stderr } = spawnSync('bash', ['-c', line], {
        cwd: root,
        encoding: 'utf8',
        timeout: 20_000,
      })
      t.equal(status, code, words)
      t.match(stderr, 'the file would be too large', words)
      t.equal(existsSync(out) ? readFileSync(out, 'utf8') : undefined, before, words)
      t.notOk(existsSync(`${out}.part`), words)
    }
    const line = `"${process.execPath}" "${main}" report --period 2026h1 --format csv --output /dev/stdout --config "${gateway.configFile}" | cat`
    const { stdout } = spawnSync('bash', ['-c', line], { cwd: root, encoding: 'utf8', timeout: 20_000 })
    t.match(stdout, 'report from 2026-01-01', 'what is no file is written to')
  },
)

t.test('a stack of the built program names the lines of the sources', (t) => {
  const chunk = join(root, 'dist/chunks/main.cjs')
  const at =
    readFileSync(chunk, 'utf8')
      .split('\n')
      .findIndex((line) => /function helpText\(/.test(line)) + 1
  t.match(
    stackInSources(`Error: no\n    at helpText (${chunk}:${at}:10)`),
    /^Error: no\n {4}at helpText \(\/.*\/src\/commands\/menu\.ts:\d+:\d+\)$/,
  )
  const elsewhere = 'Error: no\n    at x (/a/package/of/its/own.cjs:1:2)\n    at node:fs:3:4'
  t.equal(stackInSources(elsewhere), elsewhere)
  t.end()
})

t.test('what ends the process is told without what it was reading', (t) => {
  const told = (run: () => unknown) => {
    try {
      run()
    } catch (error) {
      return stackWithoutData(error as Error)
    }
    throw new Error('nothing went wrong')
  }
  for (const run of [
    () => JSON.parse('"079203001234'),
    () => JSON.parse('Nguyễn Văn A'),
    () => BigInt('079203001234x'),
    () => Buffer.alloc('0905123456' as never),
    () => Buffer.alloc(8).writeUInt8(905_123_456),
  ]) {
    const stack = told(run)
    t.notMatch(stack, /079203|0905123|905_123|Nguy/)
    t.match(stack, /^\w+.*\n {4}at .*words\.test/s)
  }
  t.match(
    told(() => (undefined as unknown as { a: 1 }).a),
    /^TypeError: Cannot read properties of undefined \(reading 'a'\)\n/,
  )
  t.end()
})

// Another user of this machine, who can read the program but not the store.
const asNobody = (...args: string[]) =>
  spawnSync(process.execPath, [main, ...args], {
    cwd: root,
    uid: 65_534,
    gid: 65_534,
    encoding: 'utf8',
    timeout: 20_000,
  })
const canBeNobody = process.getuid?.() === 0 && asNobody('--version').status === 0
const skip = !canBeNobody && 'needs root, and a clone that everybody may read'

t.test('another user’s store is reported as such, not as a new one', { skip }, async (t) => {
  const gateway = await startGateway(t, { sms: { enabled: false } })
  chmodSync(gateway.directory, 0o755)
  for (const words of [['keys', 'list'], ['audit', 'verify'], ['serve']]) {
    const { status, stderr } = asNobody(...words, '--config', gateway.configFile)
    t.equal(status, 1, words.join(' '))
    t.match(stderr, /^\S*\/data\S*: permission denied; run this as the user of the gateway, or as root\n$/)
  }
})
