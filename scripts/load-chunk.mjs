// Loads the chunks of the bundled program. Beside each lies what V8 has compiled of it (scripts/bundle.mjs): a third of the time
// of a start. Another version of Node compiles anew.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { Script } from 'node:vm'

// V8 learns at which allocation sites objects live long, and allocates those in the old generation at once. Building the
// routes misleads it about sites that every request uses: dead requests then keep later ones alive until the old generation
// is swept, scavenges take ten times as long, and memory swings by a hundred MiB. Which sites it picks varies from start to
// start (V8 11.3, node 20). Compiled code is only accepted under the flags it was made with.
setFlagsFromString('--no-allocation-site-pretenuring')

const folder = join(import.meta.dirname, 'chunks')
const require = createRequire(import.meta.url)
const modules = new Map()
const scripts = new Map()

/** The exports of a chunk. */
export function loadChunk(name) {
  const known = modules.get(name)
  if (known) return known.exports
  const filename = join(folder, name)
  const script = new Script(
    // They are in ASCII: a byte a character, here and in V8.
    `(function (exports, require, module, __filename, __dirname) {\n${readFileSync(filename, 'latin1')}\n})`,
    {
      filename,
      lineOffset: -1,
      cachedData: compiled(filename),
    },
  )
  scripts.set(filename, script)
  const module = { exports: {} }
  modules.set(name, module)
  try {
    script.runInThisContext()(module.exports, requireFrom, module, filename, folder)
  } catch (error) {
    modules.delete(name)
    throw error
  }
  return module.exports
}

const requireFrom = (id) => (id.startsWith('./') ? loadChunk(id.slice(2)) : require(id))

function compiled(filename) {
  try {
    return readFileSync(`${filename}.v8`)
  } catch {
    return undefined // the build is about to make it
  }
}

/** Keeps what V8 has compiled so far of the chunks that are loaded. */
export function keepCompiled() {
  for (const [filename, script] of scripts) writeFileSync(`${filename}.v8`, script.createCachedData())
}
