// The compose file, checked without docker compose: keys and forms as the compose specification has them (those
// that this file uses; a key beyond them is added here with its form), and everything one part says of another.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import t from 'tap'
import { parse } from 'yaml'

const root = new URL('../../', import.meta.url).pathname
const read = (name: string) => readFileSync(join(root, name), 'utf8')

interface Service {
  image?: string
  build?: string
  environment?: Record<string, string>
  volumes?: string[]
  ports?: string[]
  profiles?: string[]
  healthcheck?: object
  depends_on?: Record<string, { condition: string }>
  read_only?: boolean
  tmpfs?: string[]
  stop_grace_period?: string
}
interface Compose {
  services: Record<string, Service>
  volumes: Record<string, object>
}

const text = { type: 'string', minLength: 1 }
const texts = { type: 'array', items: text, minItems: 1 }
const duration = { type: 'string', pattern: '^(\\d+(h|m|s|ms))+$' }
const closed = (properties: object, required: string[] = []) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})
const service = {
  ...closed({
    image: text,
    build: text,
    command: texts,
    environment: { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } },
    volumes: {
      type: 'array',
      items: { type: 'string', pattern: '^(\\./|/)?[\\w./-]+:/[\\w./-]+(:(ro|rw))?$' },
      uniqueItems: true,
    },
    ports: {
      type: 'array',
      items: { type: 'string', pattern: '^([\\d.]+:)?\\d{1,5}:\\d{1,5}(/(tcp|udp))?$' },
    },
    devices: texts,
    profiles: texts,
    healthcheck: closed(
      {
        test: { type: 'array', items: text, contains: { enum: ['CMD', 'CMD-SHELL', 'NONE'] } },
        interval: duration,
        timeout: duration,
        start_period: duration,
        retries: { type: 'integer', minimum: 1 },
      },
      ['test'],
    ),
    depends_on: {
      type: 'object',
      additionalProperties: closed(
        { condition: { enum: ['service_started', 'service_healthy', 'service_completed_successfully'] } },
        ['condition'],
      ),
    },
    read_only: { type: 'boolean' },
    tmpfs: texts,
    cap_drop: texts,
    security_opt: texts,
    restart: { enum: ['no', 'always', 'on-failure', 'unless-stopped'] },
    stop_grace_period: duration,
  }),
  anyOf: [{ required: ['image'] }, { required: ['build'] }],
}
const schema = closed(
  {
    services: { type: 'object', additionalProperties: service, minProperties: 1 },
    volumes: { type: 'object', additionalProperties: closed({}) },
  },
  ['services'],
)

const compose = parse(read('compose.yaml'), { merge: true }) as Compose
const services = Object.entries(compose.services)
const seconds = (duration = '10s') => Number(/^(\d+)s$/.exec(duration)?.[1])

t.test('every key of the compose file is one, and has its form', async (t) => {
  const check = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema)
  check(compose)
  t.strictSame(
    (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`),
    [],
  )
  for (const [label, change] of [
    ['a misspelt key', { healtcheck: {} }],
    ['a time without its unit', { stop_grace_period: '30' }],
    ['a port that is none', { ports: ['8080:http'] }],
    ['a condition nobody knows', { depends_on: { redis: { condition: 'healthy' } } }],
  ] as const)
    t.notOk(check({ services: { one: { image: 'x', ...change } } }), label)
})

t.test('what a service waits for is there and can become healthy', async (t) => {
  t.strictSame(Object.keys(compose.services).sort(), ['gateway', 'gateway-two', 'redis'])
  const dockerfile = read('Dockerfile')
  for (const [name, { depends_on = {}, profiles = [] }] of services)
    for (const [other, { condition }] of Object.entries(depends_on)) {
      const its = compose.services[other]
      t.ok(its, `${name} waits for ${other}`)
      t.ok(
        (its?.profiles ?? []).every((profile) => profiles.includes(profile)),
        `${other} starts whenever ${name} does`,
      )
      if (condition === 'service_healthy')
        t.ok(
          its?.healthcheck || (its?.build && /^HEALTHCHECK/m.test(dockerfile)),
          `${other} says when it is healthy`,
        )
    }
})

t.test('volumes are declared, and what is handed in from here is here', async (t) => {
  const used = new Set<string>()
  for (const [name, { volumes = [], build }] of services) {
    if (build !== undefined) t.ok(existsSync(join(root, build, 'Dockerfile')), `${name} can be built`)
    for (const volume of volumes) {
      const [source] = volume.split(':')
      if (source!.startsWith('.')) t.ok(existsSync(join(root, source!)), `${name}: ${source}`)
      else used.add(source!)
    }
  }
  t.strictSame([...used].sort(), Object.keys(compose.volumes).sort())
  t.ok(compose.services.redis?.volumes?.includes('store:/data'), 'what Redis keeps survives the container')
})

t.test('a gateway writes only where it may, reaches its Redis, and has time to finish', async (t) => {
  const folders = [...read('Dockerfile').matchAll(/^VOLUME (\S+)$/gm)].map((match) => match[1]!)
  const ports = new Set<string>()
  for (const [name, { build, read_only, volumes = [], tmpfs = [], environment = {}, ...its }] of services) {
    for (const port of its.ports ?? []) {
      const [outside] = port.split(':')
      t.notOk(ports.has(outside!), `${outside} is taken once`)
      ports.add(outside!)
    }
    if (build === undefined) continue
    t.ok(read_only && tmpfs.includes('/tmp'), `${name} is read-only beside /tmp`)
    for (const folder of folders)
      t.ok(
        volumes.some((volume) => volume.endsWith(`:${folder}`)),
        `${name} keeps ${folder}`,
      )
    const host = new URL(environment.REDIS_URL!).hostname
    t.ok(its.depends_on?.[host], `${name} waits for the Redis it is told of`)
    // src/gateway.ts: what is in flight may take 10 s.
    t.ok(seconds(its.stop_grace_period) > 10, `${name} is not killed while it finishes`)
  }
})
