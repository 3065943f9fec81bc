// Kannel from Debian: bearerbox bound to the SMSC, smsbox asking a small local server for every text.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { end } from '../child.js'
import type { Stage } from '../stage.js'

interface Kannel {
  readonly pids: readonly number[]
}

/** True when both boxes are installed. */
export const hasKannel = () => ['bearerbox', 'smsbox'].every((box) => spawnSync('which', [box]).status === 0)

const body = 'HS 000.00.15.H45-190521-0003: dang giai quyet. Hen tra 15/06/2024. DT 02573841000'
const answer = `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: ${body.length}\r\n\r\n${body}`

export async function startKannel(stage: Stage, smscPort: number): Promise<Kannel> {
  const server = createServer((socket: Socket) => {
    socket.setNoDelay(true)
    socket.on('error', () => {})
    let rest = ''
    socket.on('data', (chunk) => {
      const parts = (rest + chunk.toString('latin1')).split('\r\n\r\n')
      rest = parts.pop()!
      if (parts.length > 0) socket.write(answer.repeat(parts.length), 'latin1')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  stage.teardown(() => server.close())
  const [admin, smsbox, sendsms] = await Promise.all([freePort(), freePort(), freePort()])
  const file = join(stage.folder(), 'kannel.conf')
  writeFileSync(
    file,
    `group = core
admin-port = ${admin}
admin-password = bench
smsbox-port = ${smsbox}
box-allow-ip = "127.0.0.1"
log-level = 3

group = smsc
smsc = smpp
host = 127.0.0.1
port = ${smscPort}
transceiver-mode = true
smsc-username = kannel
smsc-password = secret
system-type = ""
max-pending-submits = 100

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = ${sendsms}
global-sender = 8188
log-level = 3

group = sms-service
keyword = default
catch-all = yes
max-messages = 1
get-url = "http://127.0.0.1:${(server.address() as { port: number }).port}/?text=%a"
`,
  )
  const start = (box: string) => {
    const child = spawn(box, ['-v', '3', file], { stdio: 'ignore' })
    stage.teardown(() => end(child))
    return child.pid!
  }
  const pids = [start('bearerbox')]
  await new Promise((done) => setTimeout(done, 1500)) // bearerbox does not report when it listens
  pids.push(start('smsbox'))
  await new Promise((done) => setTimeout(done, 1500))
  return { pids }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await new Promise((done) => server.close(done))
  return port
}
