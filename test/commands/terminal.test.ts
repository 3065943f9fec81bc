// Commands print untrusted text; none of it may control the terminal.
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { printable } from '../../src/terminal.js'
import { startGateway } from '../peers/gateway.js'

const run = promisify(execFile)
const main = new URL('../../dist/main.js', import.meta.url).pathname
const steers = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/

t.test('control characters are escaped', (t) => {
  for (const [text, told] of [
    ['a\u001b[31mred', 'a\\u001b[31mred'],
    ['\u009b2J', '\\u009b2J'],
    ['title\u0007\u0008\u007f', 'title\\u0007\\u0008\\u007f'],
    ['over\rwritten', 'over\\u000dwritten'],
    ['abc\u202etxt.exe', 'abc\\u202etxt.exe'],
    ['two\nlines\tand Tiếng Việt', 'two\nlines\tand Tiếng Việt'],
  ] as const)
    t.equal(printable(text), told)
  const json = JSON.stringify({ name: 'a\u009b31m\u001b[0m' })
  t.same(JSON.parse(printable(json)), JSON.parse(json), 'JSON means the same afterwards')
  t.end()
})

t.test(
  'a receiver’s answer, a file’s heading and a wrong argument are printed without control characters',
  async (t) => {
    const gateway = await startGateway(t, { sms: { enabled: false } })
    const key = await gateway.agencyKey('H45.12')
    const put = await fetch(`${gateway.http}/v1/dossiers/H45.12-260521-0003`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ dossierStatus: 'processing', eventTime: '2026-05-22T09:00:00+07:00' }),
    })
    t.equal(put.status, 200)
    const evil = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202e'
    const receiver = createServer((request, response) => {
      request
        .resume()
        .once('end', () =>
          response
            .writeHead(200, { 'content-type': 'application/json' })
            .end(JSON.stringify({ results: [{ error: { code: `no${evil}`, pointer: `/x${evil}` } }] })),
        )
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => receiver.once('listening', resolve))
    t.teardown(() => receiver.close())
    const { port } = receiver.address() as { port: number }
    const secret = join(gateway.directory, 'secret')
    writeFileSync(secret, `whsec_${Buffer.alloc(32, 7).toString('base64')}`)
    const replayed = await gateway.command(
      ...['replay', '--since', '2026-01-01', '--to', `http://127.0.0.1:${port}/`, '--secret-file', secret],
    )
    t.match(replayed.stdout, /refused .*: no\\u001b\]0;owned/)
    const sheet = join(gateway.directory, 'sheet.csv')
    const bent = '\u009b31m\u202e' // what else steers makes the file no text at all
    writeFileSync(sheet, `Số hồ sơ,Trạng thái,Ghi${bent}\nH45.12-260521-0004,${bent},x\n`)
    const imported = await gateway.command('import', sheet)
    const wrong = await run(process.execPath, [main, `no${evil}`]).catch((error: { stderr: string }) => error)
    const told = [replayed.stdout, replayed.stderr, imported.stdout, imported.stderr, wrong.stderr].join('\n')
    t.match(imported.stderr, /H45|columns/)
    t.notMatch(told, steers)
  },
)
