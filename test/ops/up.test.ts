// The two commands of the README's first screen: everything starts, and a text gets its reply.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { promisify } from 'node:util'
import t from 'tap'

const root = new URL('../../', import.meta.url).pathname
t.setTimeout(720_000)

t.test('up starts everything, says where it is, and a text is answered', async (t) => {
  // As if another one ran on the ports it takes by itself.
  const first = createServer().on('error', () => {})
  first.listen(9464, '127.0.0.1')
  t.teardown(() => first.close())
  const up = spawn('./scripts/up', ['--port', '0'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let errors = ''
  up.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  t.teardown(async () => {
    if (up.exitCode !== null) return
    up.kill('SIGTERM')
    await once(up, 'exit')
  })
  let card = ''
  for await (const chunk of up.stdout) {
    card += String(chunk)
    if (card.includes('Ctrl-C stops everything')) break
  }
  t.match(card, /The gateway is ready/, errors)
  const [, text] = /\.\/scripts\/text "([^"]+)"/.exec(card) ?? []
  const { stdout } = await promisify(execFile)('./scripts/text', [text!], { cwd: root })
  // Whatever state it is in: somebody may have tried the README's push in this folder before.
  t.match(stdout, /^4827 1936 0518: D.*DT 0262/, 'one reply with the state of the sample dossier')
  const [, kiosk] = /Kiosk\s+(\S+)/.exec(card) ?? []
  t.equal((await fetch(kiosk!)).status, 200)
  const [, metrics] = /Operators\s+(\S+)/.exec(card) ?? []
  t.match(await (await fetch(metrics!)).text(), /gateway_build_info/, 'the other listener moved too')
  const [, command] = /Commands\s+node (.+)/.exec(card) ?? []
  const listed = await promisify(execFile)(process.execPath, command!.split(' '), { cwd: root })
  t.match(listed.stdout, /live {5}desk quay-1/, 'a command as it is written there finds the store')

  up.stdout.resume()
  up.kill('SIGTERM')
  const [code] = up.exitCode === null ? ((await once(up, 'exit')) as [number]) : [up.exitCode]
  t.equal(code, 0, 'and Ctrl-C stops it all')
})
