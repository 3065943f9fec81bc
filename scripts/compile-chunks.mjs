// The build's last step: loads every chunk, runs the command given as arguments, and keeps what V8 has compiled by then.
import { readdirSync } from 'node:fs'
import { keepCompiled, loadChunk } from '../dist/load-chunk.mjs'

const entries = /^(main|.*-worker)\.cjs$/
process.on('exit', keepCompiled)
for (const name of readdirSync(new URL('../dist/chunks/', import.meta.url)))
  if (name.endsWith('.cjs') && !entries.test(name)) loadChunk(name)
await import('../dist/main.js')
