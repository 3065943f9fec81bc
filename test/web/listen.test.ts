// What binding a listener says, and whether the service manager should try again: 69 when the address may be had later, 78 when
// not.
import { once } from 'node:events'
import { chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { GatewayError } from '../../src/errors.js'
import { silentLog } from '../../src/log.js'
import { listen, noteAddresses } from '../../src/web/listener/listen.js'

/** A server that cannot be bound, for the system error `code`. */
const failing = (code: string) =>
  ({ listen: () => Promise.reject(Object.assign(new Error(code), { code })) }) as unknown as FastifyInstance

t.test('an address that may be had later is no mistake of the configuration', async (t) => {
  const rows: [code: string, fault: string, says: RegExp][] = [
    ['EADDRINUSE', 'address-unavailable', /^http\.port: .*already in use/],
    ['EADDRNOTAVAIL', 'address-unavailable', /^http\.host: .*not an address of this machine/],
    ['ENOTFOUND', 'address-unavailable', /^http\.host: .*not a name/],
    ['EAI_AGAIN', 'address-unavailable', /^http\.host: .*cannot be looked up now/],
    ['EACCES', 'config-invalid', /^http\.port: .*may not be used/],
    ['EAFNOSUPPORT', 'config-invalid', /^http\.host: .*cannot be used/],
  ]
  for (const [code, fault, message] of rows)
    await t.rejects(
      listen(failing(code), { host: 'h', port: 80 }, silentLog, 'http.listening', 'http'),
      { code: fault, message },
      code,
    )
})

t.test('a port that another program holds', async (t) => {
  const holder = createTcpServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  t.teardown(() => holder.close())
  const { port } = holder.address() as AddressInfo
  const server = createServer()
  const asFastify = {
    server,
    listen: (at: object) =>
      new Promise((resolve, reject) => server.once('error', reject).listen(at, () => resolve(''))),
  } as unknown as FastifyInstance
  await t.rejects(listen(asFastify, { host: '127.0.0.1', port }, silentLog, 'admin.listening', 'http'), {
    constructor: GatewayError,
    code: 'address-unavailable',
    message: `admin.port: 127.0.0.1:${port} is already in use`,
  })
})

t.test("addresses are noted, also where another user's note lies", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'dgw-listen-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  const file = join(directory, 'listening.json')
  writeFileSync(file, '{}', { mode: 0o444 })
  if (process.getuid?.() === 0) chownSync(file, 65_534, 65_534)
  const { ino } = statSync(file)
  noteAddresses(directory, { pid: 1 }, silentLog)
  t.equal(readFileSync(file, 'utf8'), '{"pid":1}\n')
  t.not(statSync(file).ino, ino, 'replaced, not written over: that may be forbidden')
})
