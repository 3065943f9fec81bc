// Who may import whom (README "Rooms" is compared with this table).
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import t from 'tap'

const root = new URL('../', import.meta.url).pathname

// What each room may look to at run time. The rooms themselves are read off the tree: a folder that is missing here fails.
const base = [
  'config',
  'csv',
  'data-owner',
  'errors',
  'live',
  'log',
  'make-folder',
  'metrics',
  'replace-file',
  'schema',
  'terminal',
  'validator',
  'version',
  'within',
  'workbook',
]
const looksTo: Record<string, readonly string[]> = {
  redis: [],
  dossier: ['redis'],
  access: ['dossier', 'redis', 'web'],
  web: ['access', 'dossier'],
  agency: ['access', 'dossier', 'redis', 'web'],
  complaints: ['access', 'dossier', 'redis', 'web'],
  sms: ['access', 'dossier', 'redis', 'web'],
  desk: ['access', 'dossier', 'redis', 'web'],
  monitor: ['access', 'complaints', 'dossier', 'redis', 'web'],
  kiosk: ['access', 'dossier', 'web'],
  // Composes what the rooms say of their own settings.
  config: ['settings'],
  // Commands stand above the rooms, as the wiring does.
  commands: [
    'access',
    'agency',
    'complaints',
    'core',
    'desk',
    'dossier',
    'gateway',
    'kiosk',
    'monitor',
    'redis',
    'sms',
    'traces',
    'web',
  ],
  'sms/carriers/smpp/wire': [],
  'desk/escpos': [],
}
const closets = ['sms/carriers/smpp/wire', 'desk/escpos']
// Files at the root that hold no room's knowledge: open to all but the byte closets.
const rootFiles = [
  'closing',
  'core',
  'csv',
  'data-owner',
  'errors',
  'gateway',
  'live',
  'log',
  'main',
  'make-folder',
  'metrics',
  'replace-file',
  'schema',
  'stack',
  'terminal',
  'traces',
  'validator',
  'version',
  'within',
  'workbook',
]
const rootLooksTo: Record<string, readonly string[]> = {
  core: ['access', 'dossier', 'redis'],
  closing: [],
  csv: [],
  'data-owner': [],
  errors: [],
  live: [],
  log: [],
  'make-folder': [],
  metrics: [],
  'replace-file': [],
  schema: [],
  stack: [],
  terminal: [],
  traces: [],
  validator: [],
  version: [],
  within: [],
  workbook: [],
}
// One door for each library.
const doors: Record<string, readonly string[]> = {
  ioredis: ['redis'],
  smpp: ['sms/carriers/smpp/wire'],
  'node-thermal-printer': ['desk/escpos'],
  serialport: ['desk/printer/port.ts'],
  pino: ['log.ts'],
  'prom-client': ['metrics.ts'],
  ajv: ['validator.ts', 'config'],
  '@opentelemetry/api': ['traces.ts'],
  '@opentelemetry/core': ['traces.ts'],
  '@opentelemetry/exporter-trace-otlp-http': ['traces.ts'],
  '@opentelemetry/resources': ['traces.ts'],
  '@opentelemetry/sdk-trace-base': ['traces.ts'],
}
const speakFastify = ['access', 'agency', 'complaints', 'kiosk', 'desk', 'monitor', 'sms', 'traces', 'web']

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
// The agencies file is read with the configuration, and is the dossier room's.
const configReads = ['src/dossier/agencies-file.js', 'src/dossier/agency.js', 'src/log.js']

// Strongly connected parts (Tarjan), each as the list of its files.
function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const seen = new Map<string, { index: number; low: number; onStack: boolean }>()
  const stack: string[] = []
  const circles: string[][] = []
  const visit = (file: string) => {
    const mine = { index: seen.size, low: seen.size, onStack: true }
    seen.set(file, mine)
    stack.push(file)
    for (const next of graph.get(file) ?? []) {
      const theirs = seen.get(next) ?? visit(next)
      if (theirs.onStack) mine.low = Math.min(mine.low, theirs.low)
    }
    if (mine.low !== mine.index) return mine
    const circle = stack.splice(stack.indexOf(file))
    for (const one of circle) seen.get(one)!.onStack = false
    if (circle.length > 1 || graph.get(file)?.includes(file)) circles.push(circle)
    return mine
  }
  for (const file of graph.keys()) if (!seen.has(file)) visit(file)
  return circles
}

const foldersOf = (folder: string) =>
  readdirSync(join(root, folder), { withFileTypes: true }).filter((entry) => entry.isDirectory())

t.test('every folder of src is a room with a place in the table and a README', async (t) => {
  const rooms = foldersOf('src').map(({ name }) => name)
  t.same(
    [...rooms, ...closets].filter((room) => !(room in looksTo)),
    [],
    'say in looksTo what the room may look to',
  )
  t.same(
    Object.keys(looksTo).filter((room) => !rooms.includes(room) && !closets.includes(room)),
    [],
    'the table names a room that is not in the tree',
  )
  t.same(
    rooms.filter((room) => !existsSync(join(root, 'src', room, 'README.md'))),
    [],
    'write its README: what comes in, what goes out, what can go wrong',
  )
})

t.test('at the root of src stand the wiring and what no room owns, and nothing else', async (t) => {
  const loose = readdirSync(join(root, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map(({ name }) => name.replace(/\.ts$/, ''))
  t.same(
    loose.filter((name) => !rootFiles.includes(name)),
    [],
    'move it into the room it belongs to',
  )
})

t.test('a room looks only where its table says', async (t) => {
  const strays = imports.filter(({ room, target, typeOnly }) => {
    const allowed = looksTo[room] ?? rootLooksTo[room]
    if (!target.startsWith('src/') || !allowed) return false
    const to = roomOf(target)
    if (to === room || allowed.includes(to)) return false
    if (closets.includes(to) && to.startsWith(`${room}/`)) return false
    if (closets.includes(room)) return true
    if (base.includes(to)) return false
    // Documentation is made of what the rooms say of their addresses.
    if (room === 'web' && /\/(contract|schemas)\.js$/.test(target)) return false
    if (room === 'config' && (/\/settings\.js$/.test(target) || configReads.includes(target))) return false
    // A type creates no dependence at run time: contracts are agreed on by two sides, and a command is told what it is given.
    return !(typeOnly && /\/contract\.js$|commands\/command\.js$|src\/core\.js$/.test(target))
  })
  t.same(
    strays.map(({ file, target }) => `${file} looks to ${target}`),
    [],
    'mend the import, or hand over what is needed in gateway.ts',
  )
})

t.test('no file of src imports itself by way of others, types included', async (t) => {
  const graph = new Map<string, string[]>()
  for (const { file, target } of imports)
    if (target.startsWith('src/'))
      graph.set(file, [...(graph.get(file) ?? []), target.replace(/\.js$/, '.ts')])
  t.same(circlesOf(graph), [], 'move the type that ties them to a file of its own')
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
      /^(fastify|@fastify\/)/.test(target) &&
      (room in looksTo || room in rootLooksTo) &&
      !speakFastify.includes(room),
  )
  t.same(
    strays.map(({ file }) => file),
    [],
  )
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

t.test('what a file exports, another imports', async (t) => {
  const files = ['src', 'kiosk', 'scripts', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|tsx|mjs)$/.test(name))
      .map((name) => join(folder, name)),
  )
  const texts = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]))
  const used = new Set<string>()
  for (const [file, text] of texts)
    for (const [, names, fixed, late] of text.matchAll(
      /(?:import|export)\s[^'"]*?\{([^}]*)\}\s+from\s+['"](\.[^'"]+)['"]|import\(\s*['"](\.[^'"]+)['"]/g,
    )) {
      const target = relative(root, join(root, dirname(file), fixed ?? late!)).replace(/\.js$/, '.ts')
      // What is imported late may be named anywhere in the file.
      for (const [name] of (late === undefined ? names! : text).matchAll(/\w+/g))
        used.add(`${target} ${name}`)
    }
  const checked = [...texts].filter(([file]) => /^(src|kiosk|test)\/.*\.tsx?$/.test(file))
  const unused = checked.flatMap(([file, text]) =>
    [...text.matchAll(/^export (?:async )?(?:const|function\*?|class|interface|type) (\w+)/gm)]
      .map(([, name]) => `${file} ${name}`)
      .filter((one) => !used.has(one)),
  )
  t.same(unused, [], 'take `export` off it, or the whole of it out')
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

t.test('comments and READMEs name only files that are in the tree', async (t) => {
  const folders = ['config', 'kiosk', 'scripts', 'src', 'test']
  const files = [
    ...readdirSync(root).filter((name) => /^\w.*\.\w+$/.test(name)),
    ...folders.flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        join(folder, name),
      ),
    ),
  ]
  const isThere = (name: string) => files.some((file) => file === name || file.endsWith(`/${name}`))
  // Names of files that the reader is to make, or that stand for a form.
  const invented = ['src/zalo/zalo.ts', 'NEW.ts', 'name-KEYS.lua']
  const strays = files
    .filter((file) => /\.(ts|tsx|lua|mjs|md)$/.test(file) && !file.startsWith('test/fixtures/'))
    .flatMap((file) => {
      const isProse = file.endsWith('.md')
      const lines = readFileSync(join(root, file), 'utf8').split('\n')
      const text = lines.filter((line) => isProse || /^\s*(\/\/|\/?\*|--)|\s\/\/ /.test(line)).join('\n')
      const named = [...text.matchAll(/(?<![\w.*…-])(?:[\w-]+\/)*[\w-]+\.(?:ts|tsx|lua|mjs)\b/g)].map(
        ([name]) => name,
      )
      const paths = isProse ? [...text.matchAll(/`((?:config|kiosk|scripts|src|test)\/[\w./-]+?)\/?`/g)] : []
      return [
        ...named.filter((name) => !isThere(name)),
        ...paths.map(([, path]) => path!).filter((path) => !isThere(path) && !isThere(`${path}.test.ts`)),
      ]
        .filter((name) => !invented.includes(name))
        .map((name) => `${file} names ${name}`)
    })
  t.same(strays, [], 'say where it is now, or state the fact itself')
})

t.test('the README says the same', async (t) => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const rows = [...readme.matchAll(/^\| \[`src\/([\w-]+)`\][^|]*\|[^|]*\| ([^|]*) \|$/gm)]
  const inWords: Record<string, readonly string[]> = { nothing: [], 'only settings': ['settings'] }
  for (const [, room, words] of rows) {
    if (words === 'every room') continue
    t.same(inWords[words!] ?? words!.split(', '), looksTo[room!], room!)
  }
  const told = rows.map(([, room]) => room!).sort()
  t.same(
    told,
    Object.keys(looksTo)
      .filter((room) => !room.includes('/'))
      .sort(),
    'every room is there',
  )
})
