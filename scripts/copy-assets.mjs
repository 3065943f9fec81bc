// The build step after tsc: copies the files that the program reads beside its code (Lua scripts, data tables).
import { cpSync, readdirSync } from 'node:fs'

for (const entry of readdirSync('src', { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || /\.(ts|md)$/.test(entry.name)) continue
  const from = `${entry.parentPath}/${entry.name}`
  cpSync(from, from.replace(/^src/, 'dist'))
}
