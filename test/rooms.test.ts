// Who may import whom (the table in DESIGN.md and README "Rooms"). Change both together.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import t from 'tap'

const root = new URL('../', import.meta.url).pathname

// Rooms a room may look to. Files directly under src that hold no room's knowledge are open to all but the byte closets.
const looksTo: Record<string, readonly string[]> = {
  redis: [],
  dossier: ['redis'],
  agency: ['dossier', 'redis'],
  sms: ['dossier', 'redis'],
  desk: ['dossier', 'redis'],
  monitor: ['dossier', 'redis'],
  kiosk: ['dossier'],
  'sms/carriers/smpp/wire': [],
  'desk/escpos': [],
}
const closets = ['sms/carriers/smpp/wire', 'desk/escpos']
const openToAll = ['access', 'config', 'log', 'errors', 'metrics', 'schema', 'validator', 'version', 'web']
// One door for each library.
const doors: Record<string, readonly string[]> = {
  ioredis: ['redis'],
  smpp: ['sms/carriers/smpp/wire'],
  'node-thermal-printer': ['desk/escpos'],
  serialport: ['desk/port.ts'],
  pino: ['log.ts'],
  'prom-client': ['metrics.ts'],
  ajv: ['validator.ts', 'config'],
  '@opentelemetry/api': ['traces.ts'],
  '@opentelemetry/core': ['traces.ts'],
  '@opentelemetry/exporter-trace-otlp-http': ['traces.ts'],
  '@opentelemetry/resources': ['traces.ts'],
  '@opentelemetry/sdk-trace-base': ['traces.ts'],
}
const speakFastify = ['agency', 'kiosk', 'desk', 'monitor']

interface Import {
  readonly file: string
  readonly room: string
  readonly target: string
  readonly typeOnly: boolean
}

const importsOf = (folder: string, kinds: RegExp): Import[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => kinds.test(name))
    .flatMap((name) => {
      const file = join(folder, name)
      const text = readFileSync(join(root, file), 'utf8')
      return [
        ...text.matchAll(
          /^\s*(import|export)\s+(type\s)?[^'"]*?from\s+['"]([^'"]+)['"]|import\(['"]([^'"]+)['"]\)|^import\s+['"]([^'"]+)['"]/gm,
        ),
      ].map((match) => {
        const spec = match[3] ?? match[4] ?? match[5]!
        const target = spec.startsWith('.') ? relative(root, join(root, dirname(file), spec)) : spec
        return { file, room: roomOf(file), target, typeOnly: match[2] !== undefined }
      })
    })

function roomOf(path: string): string {
  const inside = path.replace(/^src\//, '')
  const closet = closets.find((name) => inside.startsWith(`${name}/`))
  if (closet) return closet
  return inside.includes('/') ? inside.slice(0, inside.indexOf('/')) : inside.replace(/\.(ts|js)$/, '')
}

const imports = importsOf('src', /\.ts$/)

t.test('a room looks only where its table says', async (t) => {
  const strays = imports.filter(({ room, target, typeOnly }) => {
    if (!target.startsWith('src/') || !(room in looksTo)) return false
    const to = roomOf(target)
    if (to === room || looksTo[room]!.includes(to)) return false
    if (closets.includes(to) && to.startsWith(`${room}/`)) return false
    if (closets.includes(room)) return true
    if (openToAll.includes(to)) return false
    // Contracts are types that two sides agree on; a type creates no dependence at run time.
    return !(typeOnly && /\/contract\.js$|src\/main\.js$|src\/gateway\.js$/.test(target))
  })
  t.same(
    strays.map(({ file, target }) => `${file} looks to ${target}`),
    [],
    'mend the import, or hand over what is needed in gateway.ts',
  )
})

t.test('each library has one door', async (t) => {
  const strays = imports.filter(({ file, room, target }) => {
    const keepers = doors[target]
    return keepers !== undefined && !keepers.some((keeper) => keeper === room || file === `src/${keeper}`)
  })
  t.same(
    strays.map(({ file, target }) => `${file} imports ${target}`),
    [],
  )
})

t.test('what the program imports is installed without the tools of its makers', async (t) => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  const strays = imports.filter(({ target, typeOnly }) => {
    if (typeOnly || target.startsWith('src/') || target.startsWith('node:')) return false
    const name = target
      .split('/')
      .slice(0, target.startsWith('@') ? 2 : 1)
      .join('/')
    return !Object.hasOwn(dependencies, name)
  })
  t.same(
    strays.map(({ file, target }) => `${file} imports ${target}`),
    [],
    'move the package from devDependencies to dependencies',
  )
})

t.test('Fastify is spoken only at the doors to the web', async (t) => {
  const strays = imports.filter(
    ({ room, target }) =>
      /^(fastify|@fastify\/)/.test(target) && room in looksTo && !speakFastify.includes(room),
  )
  t.same(
    strays.map(({ file }) => file),
    [],
  )
})

t.test('what has a room stands in it: src holds the rooms of the design and no others', async (t) => {
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  )
  t.same(folders.map(({ name }) => name).sort(), [
    'access',
    'agency',
    'commands',
    'config',
    'desk',
    'dossier',
    'kiosk',
    'monitor',
    'redis',
    'sms',
    'web',
  ])
})

t.test('the browser knows contracts alone, and fetches in one place', async (t) => {
  const pages = importsOf('kiosk', /\.(ts|tsx)$/)
  const strays = pages.filter(
    ({ target, typeOnly }) => target.startsWith('src/') && !(typeOnly && /\/contract\.(js|ts)$/.test(target)),
  )
  t.same(
    strays.map(({ file, target }) => `${file} looks to ${target}`),
    [],
  )
})

t.test('the top level is what the design says', async (t) => {
  const allowed = [
    'src',
    'kiosk',
    'config',
    'scripts',
    'test',
    'Dockerfile',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'README.md',
    'LICENSE',
    'compose.yaml',
    'biome.json',
  ]
  const made = ['node_modules', 'dist', 'var']
  const found = readdirSync(root).filter((name) => !name.startsWith('.') && !made.includes(name))
  t.same(
    found.filter((name) => !allowed.includes(name)),
    [],
  )
})
