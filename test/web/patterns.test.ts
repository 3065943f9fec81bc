// Every regular expression of the program is checked for ReDoS (recheck): none takes more than linear time on untrusted
// input. Exceptions are named here, with the bound on their input.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { check } from 'recheck'
import t from 'tap'
import ts from 'typescript-5'

t.setTimeout(360_000)
const src = new URL('../../src/', import.meta.url).pathname

interface Pattern {
  readonly where: string
  readonly source: string
  readonly flags: string
}

/** Literals, strings passed to `new RegExp`, and patterns of schemas. */
function patternsOf(file: string): Pattern[] {
  const text = readFileSync(join(src, file), 'utf8')
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const found: Pattern[] = []
  const add = (node: ts.Node, source: string, flags: string) => {
    const { line } = tree.getLineAndCharacterOfPosition(node.getStart())
    found.push({ where: `${file}:${line + 1}`, source, flags })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/')
      add(node, node.text.slice(1, end), node.text.slice(end + 1))
    } else if (
      (ts.isNewExpression(node) || ts.isCallExpression(node)) &&
      node.expression.getText() === 'RegExp' &&
      node.arguments?.[0] &&
      ts.isStringLiteralLike(node.arguments[0])
    ) {
      const flags = node.arguments[1]
      add(node, node.arguments[0].text, flags && ts.isStringLiteralLike(flags) ? flags.text : '')
    } else if (
      ts.isPropertyAssignment(node) &&
      node.name.getText() === 'pattern' &&
      ts.isStringLiteralLike(node.initializer)
    )
      add(node, node.initializer.text, 'u')
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}

const patterns = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .sort()
  .flatMap(patternsOf)

// Quadratic ones whose input is short or our own, each with the bound. Patterns built from variables are not found here.
const bounded: Readonly<Record<string, string>> = {
  '/"[^"]*"|\\\\.|\\[[^\\]]*\\]|_./g': 'a number format, cut to 200 letters',
  '/h.*m|m.*s/i': 'the same',
  '/\\/*$/': 'an address of the configuration',
  '/[^\\d]*\\d+[*#]*/g': 'a telephone of the configuration',
  '/\\s+\\S*$/': 'a short name, cut to 25 letters',
  '/^[("\'[]+|[)"\'\\].,;:!?]+$/g': 'a word of at most 100 letters',
  '/[;,.]+$/': 'a date, cut to 80 letters',
  '/(\\/[^\\s()]+\\.cjs):(\\d+):(\\d+)/g': 'a stack of our own',
  '/[\\p{L}\\p{N} .-]*$/u': 'the last 64 letters of a text',
  '/[\\s\\p{P}]+$/u': 'the same',
  '/[\\s-]*\\p{Nd}+$/u': 'the same',
  '/\\{[^}]*\\}/': 'a key of the store',
  '/\\{([^}]+)\\}/': 'a key of the store',
}

// It bounds its trials by time too, and takes one that ran into that bound on a busy machine for an attack. What is left bounds
// the letters they read, with the same seed each time.
const untimed = {
  timeout: null,
  attackTimeout: null,
  incubationTimeout: null,
  seedingTimeout: null,
} as const

t.test('no pattern is vulnerable to ReDoS', async (t) => {
  t.ok(patterns.length > 200, `${patterns.length} patterns`)
  const seen = new Map<string, Promise<string>>()
  const judge = async ({ source, flags }: Pattern) => {
    const told = await check(source, flags.replace('d', ''), untimed)
    return told.status === 'safe'
      ? ''
      : `${told.status} ${JSON.stringify('complexity' in told ? told.complexity : told.error)}`
  }
  const bad: string[] = []
  for (const pattern of patterns) {
    const key = `/${pattern.source}/${pattern.flags}`
    let verdict = seen.get(key)
    if (!verdict) seen.set(key, (verdict = judge(pattern)))
    const says = await verdict
    if (says && !Object.hasOwn(bounded, key)) bad.push(`${pattern.where} ${key} ${says}`)
  }
  t.same(bad, [], `${seen.size} different ones`)
})
