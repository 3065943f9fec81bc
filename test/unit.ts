// The fast lane: every test that needs no Redis, no socket's peer, no built program and no browser, in one process.
// npm run test:unit
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import t from 'tap'

t.setTimeout(120_000)

const here = dirname(new URL(import.meta.url).pathname)
// What makes a test slow: other processes and the peers that start them; or it says itself that it needs longer.
const slow =
  /\{ timeout: |from '(node:child_process|node:net|playwright-core|jsqr)'|dist\/main\.js|import\('playwright/

const isSlow = (file: string, seen = new Set<string>()): boolean => {
  if (seen.has(file) || !file.startsWith(here)) return false
  seen.add(file)
  const text = readFileSync(file, 'utf8')
  return (
    slow.test(text) ||
    [...text.matchAll(/from '(\.[^']+)\.(?:js|ts)'/g)].some(([, path]) =>
      isSlow(`${resolve(dirname(file), path!)}.ts`, seen),
    )
  )
}

const files = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join(here, name))
  .filter((file) => !isSlow(file))
  .sort()
for (const file of files) await import(file)
process.stderr.write(`${files.length} files\n`)
