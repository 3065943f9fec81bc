// Denial-of-service attacks by anonymous clients and by holders of one key, on raw sockets. Each resolves when it is over and
// asserts nothing: tests and the soak check how other clients fared meanwhile.
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { cell, workbook } from '../agency/files/workbooks.js'

interface Target {
  /** The public listener. */
  readonly http: string
  /** The id of a live agency key: ids are not secret, senders' logs contain them. */
  readonly keyId: string
}

/** Resolves when a connection is over, however it ended: `once` of node:events would reject with a reset. */
export const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.once('close', () => resolve()))

async function connect(url: string, localAddress?: string): Promise<Socket> {
  const { hostname: host, port } = new URL(url)
  const socket = createConnection({ port: Number(port), host, ...(localAddress ? { localAddress } : {}) })
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** Sends bytes on a new connection and resolves with the status, or 0 when it was cut. */
async function sendRaw(url: string, bytes: string | Buffer): Promise<number> {
  const socket = await connect(url)
  let answer = ''
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString('latin1')
    if (answer.includes('\r\n\r\n')) socket.end()
  })
  const ended = closed(socket)
  socket.write(bytes)
  await ended
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)
}

/** A content type of a word, 15,000 blanks and a quote, fifty at once, on every route that accepts a body. */
export async function blanksInContentType({ http }: Target, rounds = 1): Promise<number[]> {
  const type = `application/json;charset=${' '.repeat(15_000)}"x`
  const heads = [
    'PUT /v1/dossiers/000.00.15.H45-190521-0003',
    'POST /v1/dossiers/bulk',
    'POST /v1/events',
    'POST /v1/desks/quay-1/receipts',
    'POST /v1/desks/quay-1/import',
    'POST /v1/kiosk/heartbeat',
  ]
  const statuses: number[] = []
  for (let round = 0; round < rounds; round++)
    statuses.push(
      ...(await Promise.all(
        Array.from({ length: 50 }, (_, nth) =>
          sendRaw(
            http,
            `${heads[nth % heads.length]} HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: 2\r\n\r\n{}`,
          ),
        ),
      )),
    )
  return statuses
}

/** Sixty signed uploads of 15 MiB whose last byte never arrives. Status 100: held; 0: the connection was cut. */
export async function heldSignedBodies({ http, keyId }: Target, connections = 60): Promise<number[]> {
  const size = 15 * 1024 * 1024
  const head = `POST /v1/dossiers/bulk?keyId=${keyId} HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\nwebhook-id: m1\r\nwebhook-timestamp: ${Math.floor(Date.now() / 1000)}\r\nwebhook-signature: v1,${'A'.repeat(43)}=\r\ncontent-length: ${size}\r\n\r\n`
  const body = Buffer.alloc(size - 1, 'x')
  const held: Socket[] = []
  const statuses = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = await connect(http)
      held.push(socket)
      return new Promise<number>((resolve) => {
        let answer = ''
        socket.on('data', (chunk: Buffer) => {
          answer += chunk.toString('latin1')
          if (answer.includes('\r\n\r\n')) resolve(Number(answer.slice(9, 12)))
        })
        socket.once('close', () => resolve(0))
        socket.write(head)
        // Everything is written and there is no answer half a second later: the gateway holds all but the last byte.
        socket.write(body, () => setTimeout(resolve, 500, 100))
      })
    }),
  )
  for (const socket of held) socket.destroy()
  return statuses
}

/**
 * From each address, as many half bodies without a key as one network may have waiting. Once each is being read or was refused,
 * resolves with a function that closes what is still open.
 */
export async function halfBodies({ http }: Target, addresses: readonly string[]): Promise<() => void> {
  const size = 64 * 1024
  const head = `POST /v1/status HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${size}\r\nexpect: 100-continue\r\n\r\n`
  const half = async (address: string) => {
    const socket = await connect(http, address)
    const seen = Promise.race([closed(socket), once(socket, 'data')])
    socket.write(head)
    await seen
    return socket
  }
  const many = Array.from({ length: (16 * 1024 * 1024) / size })
  const sockets = await Promise.all(addresses.flatMap((address) => many.map(() => half(address))))
  return () => {
    for (const socket of sockets) socket.destroy()
  }
}

/** A thousand requests for an event stream that never end their headers, and a thousand that do, without a key. */
export async function halfStreams({ http }: Target, count = 1000): Promise<void> {
  const lines = await Promise.all(
    Array.from({ length: count }, async (_, nth) => {
      const socket = await connect(http)
      const end = nth % 2 === 0 ? '' : '\r\n'
      socket.write(`GET /v1/desks/quay-1/events HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\n${end}`)
      return socket
    }),
  )
  await new Promise((resolve) => setTimeout(resolve, 500))
  for (const socket of lines) socket.destroy()
}

let made: Record<string, Buffer> | undefined

/** Workbooks of a few kilobytes that expand to gigabytes, or to more cells than there are. */
export const bombFiles = (): Record<string, Buffer> => (made ??= makeBombs())

function makeBombs(): Record<string, Buffer> {
  // In plain letters: with one accent the hundreds of megabytes have two bytes a character.
  const head = `<row r="1">${cell('A1', 'Ma ho so')}${cell('B1', 'Trang thai')}</row>`
  const liar = Buffer.from(workbook(`${head}${' '.repeat(4_000_000)}`))
  for (let at = liar.indexOf('PK\x01\x02'); at >= 0; at = liar.indexOf('PK\x01\x02', at + 46))
    liar.writeUInt32LE(100, at + 24)
  const long = `<c t="inlineStr"><is><t>${'y'.repeat(32_000)}</t></is></c>`
  const longRows = `<row>${long.repeat(500)}</row>`.repeat(10)
  const strings = `<si><t>${'x'.repeat(32_767)}</t></si>`.repeat(3300)
  return {
    'the last cell there can be': Buffer.from(
      workbook(`${head}<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>`),
    ),
    'a cell that cannot be': Buffer.from(workbook(`${head}<row r="3"><c r="ZZZZZZ3"><v>1</v></c></row>`)),
    'a million empty rows': Buffer.from(workbook(`${head}${'<row/>'.repeat(1_000_000)}`)),
    'a directory that lies': liar,
    'strings without end': Buffer.from(workbook(head, strings)),
    'rows of long cells': Buffer.from(workbook(head + longRows)),
  }
}

/** Uploads each of them with `deskKey`. Resolves with the status of each and what was said. */
export async function bombs(
  { http }: Pick<Target, 'http'>,
  deskKey: string,
): Promise<{ label: string; status: number; detail: string; tookMs: number }[]> {
  const answers = []
  for (const [label, bytes] of Object.entries(bombFiles())) {
    const begun = performance.now()
    const answer = await fetch(`${http}/v1/desks/quay-1/import?dryRun=true`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${deskKey}`,
        'content-type': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      },
      body: new Uint8Array(bytes),
    })
    const detail = (await answer.text()).slice(0, 300)
    answers.push({ label, status: answer.status, detail, tookMs: Math.round(performance.now() - begun) })
  }
  return answers
}

/** Lines of one character as one upload, to be stored under an Idempotency-Key. */
export async function linesOfNothing(
  { http }: Pick<Target, 'http'>,
  agencyKey: string,
  lines = 2_000_000,
): Promise<number> {
  const answer = await fetch(`${http}/v1/dossiers/bulk`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${agencyKey}`,
      'content-type': 'application/x-ndjson',
      'idempotency-key': `nothing-${Date.now()}`,
    },
    body: 'x\n'.repeat(lines),
  })
  await answer.arrayBuffer()
  return answer.status
}
