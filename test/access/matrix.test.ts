// Every route with every credential. The expected statuses are in test/fixtures/access/matrix.txt, generated from the gateway's
// OpenAPI document; a route missing from the table fails the test.
// MATRIX=write regenerates the table; review the diff before committing it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import t from 'tap'
import { startGateway } from '../peers/gateway.js'

t.setTimeout(270_000)
const root = new URL('../../', import.meta.url).pathname
const file = join(root, 'test/fixtures/access/matrix.txt')

const desk = { id: 'quay-1', agency: '000.00.15.H45', name: 'Quầy 1', profile: 'epson-tm-t82' }
const parameters: Record<string, string> = {
  dossierNo: '000.00.15.H45-190521-0003',
  number: '000.00.15.H45-190521-0003',
  desk: 'quay-1',
  jobId: 'jnone',
  ticket: '123456',
  link: 'none',
  code: 'A'.repeat(24),
  id: '1-1',
  kind: 'desk',
}

// Bodies for routes that validate the request before they check the credential.
const bodies: Readonly<Record<string, object>> = {
  'POST /v1/desks/{desk}/receipts': { dossierNo: '000.00.15.H45-190521-0003' },
  'PUT /v1/desks/{desk}/profile': { line: 1 },
  'POST /v1/kiosk/heartbeat': { version: '1' },
  'POST /v1/kiosk/receipts': { number: '000.00.15.H45-190521-0003' },
  'POST /v1/kiosk/satisfaction': { agency: 'H45.12', mood: 3 },
  'POST /v1/status': { number: '000.00.15.H45-190521-0003' },
}
const queries: Readonly<Record<string, string>> = {
  'GET /v1/desks/{desk}/preview': 'number=000.00.15.H45-190521-0003',
  'GET /v1/device': 'kind=desk',
}
const contentTypes: Readonly<Record<string, string>> = { 'POST /v1/events': 'application/cloudevents+json' }

// Not in the OpenAPI document: pages, and routes for pages and machines.
const hidden: readonly string[] = [
  'GET /',
  'GET /enrol/{code}',
  'POST /enrol/{code}',
  'GET /help',
  'GET /help/staff',
  'GET /help/help.css',
  'GET /kiosk/',
  'GET /desk/',
  'GET /monitor/',
  'GET /kiosk/service-worker.js',
  'GET /v1/kiosk/setup',
  'GET /v1/device',
  'POST /v1/kiosk/satisfaction',
  'POST /v1/kiosk/heartbeat',
  'POST /v1/kiosk/receipts',
  'POST /v1/kiosk/printer-test',
  'GET /v1/kiosk/receipts/{jobId}',
  'POST /v1/kiosk/receipts/{jobId}/cancel',
  'GET /livez',
  'GET /readyz',
  'GET /openapi.json',
]
const operators: readonly string[] = [
  'GET /v1/operator/links',
  'GET /v1/operator/printers',
  'GET /v1/operator/outbox',
  'POST /v1/operator/outbox/{id}/retry',
  'POST /v1/operator/reload',
  'GET /metrics',
]

interface Operation {
  readonly requestBody?: { readonly content?: Readonly<Record<string, unknown>> }
}
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

t.test('every route answers every credential as the table says', async (t) => {
  const adminKey = 'the-key-of-the-operator-0123456789'
  const gateway = await startGateway(t, {
    // Each request has its own client address, so that the limits on wrong keys do not interfere.
    http: { host: '127.0.0.1', port: 0, trustProxy: '127.0.0.1' },
    desks: [desk, { ...desk, id: 'quay-2', agency: 'H45.12' }],
    secrets: { adminKey },
    lookup: { freeTries: 10_000, maxTries: 10_000, maxMisses: 10_000, maxBlockMisses: 10_000 },
  })
  const make = async (...args: string[]) => {
    const { code, stdout, stderr } = await gateway.command('keys', 'create', ...args, '--json')
    if (code !== 0) throw new Error(stderr)
    return JSON.parse(stdout) as { id: string; key: string }
  }
  const [own, other, revoked, ownDesk, otherDesk, kiosk, leader, ownLeader] = await Promise.all([
    make('--agency', desk.agency),
    make('--agency', 'H45.12'),
    make('--agency', desk.agency),
    make('--desk', 'quay-1'),
    make('--desk', 'quay-2'),
    make('--kiosk', 'sanh-1'),
    make('--monitor', 'tinh'),
    make('--monitor', 'so', '--agency', 'H45.12'),
  ])
  await gateway.command('keys', 'revoke', revoked.id)
  const { stdout } = await gateway.command('keys', 'signing-secret', own.id, '--json')
  const { secret } = JSON.parse(stdout) as { secret: string }
  const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
  const cookie = (kind: string, key: string) => ({ cookie: `dossier_${kind}=${key}` })

  type Credential = (body: string) => { headers: Record<string, string>; query?: string }
  const credentials: Readonly<Record<string, Credential>> = {
    nobody: () => ({ headers: {} }),
    'wrong key': () => ({ headers: bearer(`dgw_0123456789ab_${'A'.repeat(43)}`) }),
    revoked: () => ({ headers: bearer(revoked.key) }),
    agency: () => ({ headers: bearer(own.key) }),
    'other agency': () => ({ headers: bearer(other.key) }),
    signature: (body) => {
      const at = new Date()
      const id = `msg_${Math.random()}`
      const headers = {
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': new Webhook(secret).sign(id, at, body),
      }
      return { headers, query: `keyId=${own.id}` }
    },
    desk: () => ({ headers: cookie('desk', ownDesk.key) }),
    'desk key': () => ({ headers: bearer(ownDesk.key) }),
    'other desk': () => ({ headers: cookie('desk', otherDesk.key) }),
    kiosk: () => ({ headers: cookie('kiosk', kiosk.key) }),
    leader: () => ({ headers: cookie('monitor', leader.key) }),
    'one leader': () => ({ headers: cookie('monitor', ownLeader.key) }),
    operator: () => ({ headers: bearer(adminKey) }),
  }

  const described = (await (await fetch(`${gateway.http}/openapi.json`)).json()) as Description
  const fromDescription = Object.entries(described.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const routes = [...fromDescription, ...hidden].sort()

  let asked = 0
  const statusOf = async (base: string, route: string, credential: Credential): Promise<number> => {
    const [method = '', path = ''] = route.split(' ')
    const content = described.paths[path]?.[method.toLowerCase()]?.requestBody?.content
    const hasBody = method !== 'GET' && method !== 'DELETE'
    const body = hasBody ? JSON.stringify(bodies[route] ?? {}) : ''
    const { headers, query } = credential(body)
    const asks = [query, queries[route]].filter((one) => one !== undefined).join('&')
    const type = contentTypes[route] ?? Object.keys(content ?? {})[0] ?? 'application/json'
    const address = path.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(parameters[name] ?? 'none'))
    const stop = new AbortController()
    const answer = await fetch(`${base}${address}${asks && `?${asks}`}`, {
      method,
      redirect: 'manual',
      signal: stop.signal,
      headers: {
        ...headers,
        ...(hasBody ? { 'content-type': type } : {}),
        'x-forwarded-for': `10.1.${asked >> 8}.${asked++ & 255}`,
      },
      ...(hasBody ? { body } : {}),
    })
    const { status } = answer
    stop.abort()
    return status
  }
  const rowsOf = async (base: string, some: readonly string[]) => {
    const rows: string[] = []
    for (const route of some) {
      const statuses: number[] = []
      for (const credential of Object.values(credentials))
        statuses.push(await statusOf(base, route, credential))
      rows.push(`${route.padEnd(52)} ${statuses.join(' ')}`)
    }
    return rows
  }
  const table = [
    `# ${Object.keys(credentials).join(' · ')}`,
    '',
    ...(await rowsOf(gateway.http, routes)),
    '',
    '# on the listener of operators',
    ...(await rowsOf(gateway.admin, operators)),
    '',
    '# the same on the public listener',
    ...(await rowsOf(gateway.http, operators)),
    '',
  ]
  if (process.env.MATRIX === 'write') writeFileSync(file, table.join('\n'))
  const wanted = readFileSync(file, 'utf8').split('\n')
  for (const row of table) {
    if (row === '' || row.startsWith('#')) continue
    const route = row.slice(0, 52).trimEnd()
    const its = wanted.filter((line) => line.slice(0, 52).trimEnd() === route)
    if (its.length === 0) t.fail(`${route} is in no row: look whom it lets in, then MATRIX=write`)
    else
      t.ok(
        its.includes(row),
        `${route}\n is ${row.slice(52)}\n not ${its.map((line) => line.slice(52)).join(' or ')}`,
      )
  }
  t.equal(table.length, wanted.length, 'the table has no row of an address that is gone')
  t.notMatch(gateway.output, /"level":"(error|fatal)"/, 'nothing of this was our own mistake')

  await t.test('no route in the sources is missing from it', async (t) => {
    const known = new Set(
      [...routes, ...operators].map((route) =>
        route.slice(route.indexOf(' ') + 1).replaceAll(/\{\w+\}/g, ':'),
      ),
    )
    const prefixes = ['', '/v1/operator']
    for (const name of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts')) continue
      const text = readFileSync(join(root, 'src', name), 'utf8')
      for (const [, path = ''] of text.matchAll(
        /\.(?:get|post|put|patch|delete|all)\(\s*['`](\/[^'`]*)['`]\s*,/g,
      )) {
        const bare = path.replaceAll(/:\w+/g, ':')
        // `…/receipts/:jobId/${act}` stands for several.
        const shape = new RegExp(
          `^${bare.replaceAll(/[.?*+^()[\]\\|]/g, '\\$&').replaceAll(/\$\{[^}]*\}/g, '[^/]+')}$`,
        )
        t.ok(
          prefixes.some((prefix) =>
            [...known].some((one) => one.startsWith(prefix) && shape.test(one.slice(prefix.length))),
          ),
          `${name}: ${path}`,
        )
      }
    }
  })
})
