// Builds the browser's pages: lobby → /kiosk/, desk → /desk/, monitor → /monitor/, all assets under /kiosk/assets/.
// Two small steps follow the bundle: the lobby's service worker is given the list of files that make its shell, and
// every text file gets a .gz and .br beside it, so that the server never compresses anything while it answers.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'

const root = import.meta.dirname
const { version } = JSON.parse(readFileSync(join(root, '../package.json'), 'utf8')) as { version: string }
const build = buildOf()

export default defineConfig({
  root,
  base: '/kiosk/',
  publicDir: false,
  define: { __VERSION__: JSON.stringify(version), __BUILD__: JSON.stringify(build) },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: resolve(root, process.env.SCREENS_DIR ?? '../dist/kiosk/screens'),
    emptyOutDir: true,
    // Chromium of Debian stable and phones of the last years.
    target: ['chrome109', 'safari16', 'firefox115'],
    modulePreload: { polyfill: false },
    // A data: address would need a hole in the content security policy.
    assetsInlineLimit: 0,
    rollupOptions: {
      input: ['lobby', 'desk', 'monitor'].map((page) => join(root, page, 'index.html')),
    },
  },
  plugins: [sections(), uncommented(), serviceWorker(), compressed()],
})

/**
 * Hashes everything that makes up the pages: their sources, what serves them, and the version. A page compares the hash
 * it was built with to the one the gateway serves, and so detects that it is outdated.
 */
function buildOf(): string {
  const hash = createHash('sha256').update(version)
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()
  for (const file of files)
    if (/\.(tsx?|js|css|html|json|svg)$/.test(file)) hash.update(readFileSync(join(root, file)))
  return hash
    .update(readFileSync(join(root, '../src/kiosk/screens.ts')))
    .digest('hex')
    .slice(0, 12)
}

/** `strings/vi.json?lobby` is only the lobby's section, so that a page does not ship the words of another. */
function sections(): Plugin {
  return {
    name: 'sections',
    load(id) {
      const [, file, section] = /^(.*\/strings\/[\w-]+\.json)\?(\w+)$/.exec(id) ?? []
      if (!file || !section) return undefined
      const words = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
      return { code: `export default ${JSON.stringify(words[section])}`, moduleType: 'js' }
    },
  }
}

/** Removes the comments of the pages, which browsers need not load. */
function uncommented(): Plugin {
  return {
    name: 'uncommented',
    transformIndexHtml: (html) => html.replace(/<!--.*?-->\n/gs, ''),
  }
}

/** Writes service-worker.js with the names of the files the lobby's page loads, and the build's own name. */
function serviceWorker(): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    generateBundle(_, bundle) {
      const wanted = new Set<string>()
      const want = (file: string) => {
        const item = bundle[file]
        if (wanted.has(file) || !item) return
        wanted.add(file)
        if (item.type !== 'chunk') return
        for (const next of item.imports) want(next)
        for (const style of item.viteMetadata?.importedCss ?? []) want(style)
      }
      for (const [file, item] of Object.entries(bundle)) {
        if (item.type === 'chunk' && item.facadeModuleId?.endsWith('lobby/index.html')) want(file)
      }
      const files = [...wanted].sort().map((file) => `/kiosk/${file}`)
      const source = readFileSync(join(root, 'lobby/service-worker.js'), 'utf8')
        .replace(/^ *\/\/.*\n/gm, '')
        .replace("'SHELL_NAME'", JSON.stringify(`shell-${build}`))
        .replace("['SHELL_FILES']", JSON.stringify(['/kiosk/', ...files]))
      this.emitFile({ type: 'asset', fileName: 'service-worker.js', source })
      this.emitFile({ type: 'asset', fileName: 'build.txt', source: build })
    },
  }
}

/** A .gz and a .br beside every text file. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    writeBundle({ dir }) {
      for (const entry of readdirSync(dir!, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(js|css|html|svg|json)$/.test(entry.name)) continue
        const file = join(entry.parentPath, entry.name)
        const bytes = readFileSync(file)
        writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }))
        writeFileSync(`${file}.br`, brotliCompressSync(bytes))
      }
    },
  }
}
