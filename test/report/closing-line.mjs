// tap's reporter for people and machines: prints what failed and ends with one line, "N passed, N failed[, N skipped]".
// Counts are leaf assertions, the same as tap's own totals; `todo` counts as skipped.
import { Transform } from 'node:stream'
import { Parser } from 'tap-parser'

export default class ClosingLine extends Transform {
  constructor() {
    super()
    this.passed = 0
    this.failed = 0
    this.skipped = 0
    this.path = []
    this.parser = new Parser()
    this.listen(this.parser, [])
  }

  listen(parser, path) {
    parser.on('child', (child) => this.listen(child, [...path, child.name]))
    parser.on('result', (result) => {
      if (result.skip || result.todo) {
        this.skipped++
        if (result.skip) this.push(`skipped: ${[...path, result.name].join(' › ')} (${result.skip})\n`)
      } else if (result.ok) this.passed++
      else {
        this.failed++
        this.push(`\nFAILED: ${[...path, result.name].join(' › ')}\n${describe(result.diag)}\n`)
      }
    })
    // A file, also one of a process that runs several (test/lane-1.ts).
    if (path.length === 0 || (path.length === 1 && path[0].startsWith('test/lane-')))
      parser.on('assert', (assert) => {
        if (!assert.name) return
        this.push(`${assert.ok ? 'ok  ' : 'FAIL'} ${assert.name} (${Math.round(assert.time ?? 0)} ms)\n`)
      })
    parser.on('bailout', (reason) => this.push(`bailed out: ${reason}\n`))
  }

  _transform(chunk, _encoding, done) {
    this.parser.write(chunk)
    done()
  }

  _flush(done) {
    this.parser.end()
    const skipped = this.skipped > 0 ? `, ${this.skipped} skipped` : ''
    this.push(`${this.passed} passed, ${this.failed} failed${skipped}\n`)
    done()
  }
}

function describe(diag) {
  if (!diag) return ''
  const { diff, found, wanted, at, stack, message, signal, exitCode, expired } = diag
  return [
    message,
    diff,
    diff === undefined && found !== undefined
      ? `found: ${JSON.stringify(found)}\nwanted: ${JSON.stringify(wanted)}`
      : undefined,
    at?.fileName ? `at ${at.fileName}:${at.lineNumber}` : undefined,
    stack,
    exitCode || signal || expired ? `ended: exit ${exitCode} signal ${signal} expired ${expired}` : undefined,
  ]
    .filter(Boolean)
    .join('\n')
}
