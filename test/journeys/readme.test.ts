// Every command in the README is run as it stands there, against a gateway that runs; what is not run here is named with
// the test that runs it, or with what it would need.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startGateway } from '../peers/gateway.js'

const root = new URL('../../', import.meta.url).pathname
const readme = readFileSync(join(root, 'README.md'), 'utf8')

const elsewhere: Record<string, string> = {
  './scripts/up': 'test/ops/up.test.ts',
  './scripts/test': 'is what runs this',
  './scripts/text "HS 4827 1936 0518"': 'test/ops/up.test.ts',
  'sudo ./scripts/install': 'test/ops/install.test.ts',
  'sudo systemctl status dossier-gateway':
    'needs systemd as process 1; the unit is verified in test/ops/install.test.ts',
  'sudo systemctl restart dossier-gateway': 'needs systemd as process 1',
  'sudo systemctl reload dossier-gateway': 'needs systemd as process 1; SIGHUP is test/sms/commands.test.ts',
  'ls -l /dev/serial/by-id/': 'needs a serial device',
  'dossier-gateway printers test quay-1': 'test/desk/agent.test.ts',
  'docker compose up -d --build':
    'needs a container engine; the file and the build steps are run in test/ops/install.test.ts',
  'docker compose --profile two up -d': 'needs a container engine',
  'npm ci --ignore-scripts --no-audit --no-fund': 'scripts/test has done it (need_packages)',
  'npm run build': 'scripts/test has done it (need_build)',
}

/** The commands of the README's sh blocks, continued lines joined, comments left out. */
const commands = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
  .flatMap(([, block]) => block!.replace(/\\\n/g, ' ').split('\n'))
  .map((line) => line.replace(/\s+#\s.*$/, '').trim())
  .filter((line) => line !== '' && !line.startsWith('#'))

// Some thirty programs start one after another.
t.setTimeout(900_000)

t.test('every command of the README works', { timeout: 720_000 }, async (t) => {
  const gateway = await startGateway(t, {
    sandbox: true,
    desks: [{ id: 'quay-1', agency: 'H45.12', name: 'Quầy 1' }],
  })
  const KEY = await gateway.agencyKey('H45.12')
  const { adminKey: ADMIN_KEY } = JSON.parse(
    readFileSync(join(gateway.directory, 'data/secrets.json'), 'utf8'),
  ) as { adminKey: string }
  // What the installer puts on the PATH.
  const bin = t.testdir({
    'dossier-gateway': `#!/bin/sh\nexec "${process.execPath}" "${root}dist/main.js" "$@"\n`,
  })
  chmodSync(join(bin, 'dossier-gateway'), 0o755)
  for (const command of commands) {
    if (Object.hasOwn(elsewhere, command)) continue
    const here = command
      .replaceAll('http://127.0.0.1:8080', gateway.http)
      .replaceAll('http://127.0.0.1:9464', gateway.admin)
    const child = spawn('bash', ['-c', here], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        PATH: `${bin}:${process.env.PATH}`,
        GATEWAY_CONFIG: gateway.configFile,
        KEY,
        ADMIN_KEY,
      },
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString()
      })
    const [code] = (await once(child, 'close')) as [number]
    t.equal(code, 0, `${command}\n${code === 0 ? '' : said.slice(-500)}`)
    t.ok(said.trim() !== '', 'and it says something')
  }
})

t.test('each number of the sandbox answers as its table says', async (t) => {
  const gateway = await startGateway(t, { sandbox: true })
  const ask = async (sequence: string) => {
    const response = await fetch(`${gateway.http}/v1/status/000.00.00.X00-260101-${sequence}`)
    const { dossierStatus, overdue, code } = (await response.json()) as Record<string, unknown>
    return {
      status: response.status,
      dossierStatus,
      overdue,
      code,
      wait: response.headers.get('retry-after'),
    }
  }
  const states = ['submitted', 'accepted', 'refused', 'processing', 'supplement', 'payment', 'withdrawn']
  for (const [at, dossierStatus] of [...states, 'stopped', 'finished', 'returned'].entries())
    t.match(await ask(String(at + 1).padStart(4, '0')), { status: 200, dossierStatus })
  t.match(await ask('0011'), { status: 200, dossierStatus: 'processing', overdue: true })
  t.match(await ask('0200'), { status: 200, dossierStatus: 'processing' })
  t.match(await ask('0429'), { status: 429, wait: '60' })
  t.match(await ask('0503'), { status: 503, wait: /\d+/ })
  t.match(await ask('9999'), { status: 404 })
  const setup = await (await fetch(`${gateway.http}/v1/kiosk/setup`)).text()
  t.notMatch(setup, /000\.00\.00\.X00/, 'citizens do not see the agency')
})

t.test('what is not run here is run elsewhere, or says what it needs', async (t) => {
  for (const [command, reason] of Object.entries(elsewhere)) {
    t.ok(commands.includes(command), `the README still says: ${command}`)
    if (reason.startsWith('test/')) t.ok(existsSync(join(root, reason.split(' ')[0]!)), reason)
  }
})

t.test('every command and every file the README names is there', async (t) => {
  const child = spawn(process.execPath, [join(root, 'dist/main.js'), 'help'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let menu = ''
  child.stdout.on('data', (chunk: Buffer) => {
    menu += chunk.toString()
  })
  await once(child, 'close')
  for (const [, name] of readme.matchAll(/^(?:node dist\/main\.js|dossier-gateway) ([a-z-]+)/gm))
    t.match(menu, new RegExp(`^ {2}${name} `, 'm'), `${name} is on the menu`)
  for (const [, path] of readme.matchAll(/\]\(((?!http)[^)#]+)\)/g))
    t.ok(existsSync(join(root, path!)), `${path} is there`)
})
