// Module hooks of the tests: TypeScript is transpiled once and kept, a file for each of the sources; what tap imports by name is resolved
// to what stands in for it here.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'

const domain = new URL('./domain.mjs', import.meta.url).href
const lane = new URL('./lane.ts', import.meta.url).href
const kept = fileURLToPath(new URL('../../node_modules/.cache/transpiled/', import.meta.url))
const hash = (text) => createHash('sha256').update(text).digest('base64url')

export function resolve(specifier, context, next) {
  if (specifier === 'async-hook-domain') return { url: domain, format: 'module', shortCircuit: true }
  if (specifier === 'tap' && context.parentURL?.endsWith('.test.ts?lane'))
    return { url: lane, format: 'module', shortCircuit: true }
  if (specifier.startsWith('.') && /\.tsx?(\?lane)?$/.test(context.parentURL ?? ''))
    for (const source of [specifier, specifier.replace(/\.js$/, '.ts'), specifier.replace(/\.js$/, '.tsx')]) {
      const url = new URL(source, context.parentURL)
      if (/\.tsx?$/.test(source) && existsSync(url))
        return { url: url.href, format: 'module', shortCircuit: true }
    }
  return next(specifier, context)
}

export async function load(url, context, next) {
  if (/^file:.*\.tsx?(\?lane)?$/.test(url))
    return { format: 'module', source: await transpiled(url), shortCircuit: true }
  // The hooks of tap, which come next, look for mocks and note what is covered; there are none, and nothing is.
  if (context.format === 'module' && url.startsWith('file:'))
    return { format: 'module', source: readFileSync(new URL(url)), shortCircuit: true }
  return next(url, context)
}

async function transpiled(url) {
  const file = fileURLToPath(url)
  const text = readFileSync(file, 'utf8')
  const at = kept + hash(file)
  const head = `//${hash(text)}\n`
  try {
    const before = readFileSync(at, 'utf8')
    if (before.startsWith(head)) return before
  } catch {} // not transpiled yet
  const { transform } = await import('esbuild')
  const { code } = await transform(text, {
    loader: file.endsWith('x') ? 'tsx' : 'ts',
    format: 'esm',
    target: 'node20',
    sourcefile: pathToFileURL(file).href,
    sourcemap: 'inline',
    sourcesContent: false,
    banner: head.trimEnd(),
    tsconfigRaw: {
      compilerOptions: { verbatimModuleSyntax: true, jsx: 'react-jsx', jsxImportSource: 'preact' },
    },
  })
  mkdirSync(kept, { recursive: true })
  // Several processes may do the same at once.
  writeFileSync(`${at}.${process.pid}`, code)
  renameSync(`${at}.${process.pid}`, at)
  return code
}
