// Whether a folder of a backup holds a key, by the key's fingerprint (src/dossier/store/fingerprint.ts): exit 0 or 1.
//   node held-keys.mjs FOLDER FINGERPRINT
import { createHmac } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const [folder, wanted] = process.argv.slice(2)
const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
  (one) => one.isFile() && !/\.(rdb|aof|manifest)$/.test(one.name),
)
const keys = files.flatMap(
  (one) => readFileSync(join(one.parentPath, one.name), 'utf8').match(/\b[0-9a-f]{64}\b/gi) ?? [],
)
const fingerprintOf = (key) =>
  createHmac('sha256', Buffer.from(key, 'hex')).update('fingerprint').digest('base64url').slice(0, 12)
process.exitCode = keys.some((key) => fingerprintOf(key) === wanted) ? 0 : 1
