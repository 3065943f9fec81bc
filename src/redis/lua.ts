// Lua scripts as files: `name-KEYS.lua`, where KEYS is the number of keys, or `n` when it varies by call.
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

interface LuaFile {
  readonly name: string
  /** Undefined: varies by call. */
  readonly keys: number | undefined
  readonly source: string
}

const form = /^([a-z]+(?:-[a-z]+)*)-(\d|n)\.lua$/

/** Reads a script; `constants` are Lua statements put before it. Throws when the name lacks the number of keys. */
export function readLua(file: URL, constants = ''): LuaFile {
  const named = form.exec(basename(fileURLToPath(file)))
  if (!named)
    throw new Error(`${file.pathname}: a Lua script is called name-KEYS.lua, for example watch-2.lua`)
  const [, name = '', keys] = named
  return {
    name,
    keys: keys === 'n' ? undefined : Number(keys),
    source: constants + readFileSync(file, 'utf8'),
  }
}
