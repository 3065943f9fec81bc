// The build step for the program: bundles src and the packages it imports into dist/chunks, a chunk for each command, with the
// code that V8 has compiled of each beside it; copies the files that the program reads beside its code (Lua scripts, data tables).
// Four hundred modules in as many files were half of the time of every start.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { rolldown } from 'rolldown'

const root = join(import.meta.dirname, '..')
const [src, dist] = [join(root, 'src'), join(root, 'dist')]

/** What is started by its address: the program, and the worker threads. Each stays at its place under dist. */
const entries = ['main', 'agency/files/worker', 'monitor/tables-worker']

// smpp assigns to a variable that it does not declare, serialport has native code: they stay in node_modules.
const external = /^(smpp|serialport)$/

const chunks = join(dist, 'chunks')

// A module reads files by its own place: that which it would have under dist, for ours; in node_modules, for a package's.
const ownPlace = {
  name: 'own-place',
  transform(code, id) {
    const isOurs = id.startsWith(src)
    const at = JSON.stringify(
      relative(chunks, isOurs ? join(dist, relative(src, id).replace(/\.ts$/, '.js')) : dirname(id)),
    )
    const placed = isOurs
      ? code.replaceAll('import.meta.url', `new URL(${at}, import.meta.url).href`)
      : code.replace(/\b__dirname\b/g, `require('node:path').join(__dirname, ${at})`)
    return placed === code ? undefined : { code: placed, map: null }
  },
}

rmSync(dist, { recursive: true, force: true })
const compiled = await compileSchemas()
const bundle = await rolldown({
  input: Object.fromEntries(entries.map((name) => [name.replaceAll('/', '-'), join(src, `${name}.ts`)])),
  platform: 'node',
  external,
  plugins: [
    ownPlace,
    {
      name: 'compiled-schemas',
      resolveId: (id) => (id === './compiled.js' ? compiled : undefined),
    },
  ],
})
await bundle.write({
  dir: chunks,
  format: 'cjs',
  dynamicImportInCjs: false,
  sourcemap: true,
  sourcemapExcludeSources: true,
  entryFileNames: '[name].cjs',
  chunkFileNames: '[name]-[hash].cjs',
  comments: { legal: false },
})

for (const name of readdirSync(chunks))
  if (name.endsWith('.cjs')) {
    const file = join(chunks, name)
    writeFileSync(file, inAscii(readFileSync(file, 'utf8')))
  }

rmSync(dirname(compiled), { recursive: true })
cpSync(join(import.meta.dirname, 'load-chunk.mjs'), join(dist, 'load-chunk.mjs'))
for (const name of entries) {
  const file = join(dist, `${name}.js`)
  mkdirSync(dirname(file), { recursive: true })
  const loader = relative(dirname(file), join(dist, 'load-chunk.mjs'))
  writeFileSync(
    file,
    `#!/usr/bin/env node
import { loadChunk } from '${loader.startsWith('.') ? loader : `./${loader}`}'
loadChunk('${name.replaceAll('/', '-')}.cjs')
`,
  )
}
for (const entry of readdirSync(src, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || /\.(ts|md)$/.test(entry.name)) continue
  const from = join(entry.parentPath, entry.name)
  cpSync(from, join(dist, relative(src, from)))
}

// Without the environment: what the builder runs with it is not what is built. A configuration with mistakes (78) will do.
const { status } = spawnSync(
  process.execPath,
  [join(import.meta.dirname, 'compile-chunks.mjs'), 'check-config'],
  { cwd: root, env: {}, stdio: ['ignore', 'ignore', 'inherit'] },
)
process.exitCode = status === 78 ? 0 : (status ?? 1)

/**
 * The same program in ASCII. One accent makes V8 keep the whole of a chunk with two bytes a character. A backslash before such a
 * letter means the letter itself.
 */
function inAscii(code) {
  return code.replace(/(\\*)([^\0-\x7f])/g, (_, slashes, unit) => {
    const kept = slashes.length % 2 === 0 ? slashes : slashes.slice(1)
    return `${kept}\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** Compiles the schemas of the configuration (compile-schemas.ts), and returns the file of their validators. */
async function compileSchemas() {
  const made = join(dist, 'made')
  const compiling = await rolldown({
    input: join(import.meta.dirname, 'compile-schemas.ts'),
    platform: 'node',
    external: /^[^./]/,
  })
  await compiling.write({ dir: made, format: 'esm', entryFileNames: 'compiling.mjs' })
  const { compiledModule } = await import(join(made, 'compiling.mjs'))
  const file = join(made, 'compiled.cjs')
  writeFileSync(file, compiledModule())
  return file
}
