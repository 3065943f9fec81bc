// Lengths of the files and functions of src: npm run sizes. A test enforces the limits below.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript-5'

/**
 * Lines of a file, and lines of a function without the named functions nested in it, which are measured by themselves. (A
 * function that returns an object of methods is read method by method, like a class.)
 */
export const limits = { fileLines: 350, functionLines: 80 } as const

/** Exceptions, with the reason. */
export const exceptions: Readonly<Record<string, string>> = {
  'src/sms/carriers/smpp/wire/session.ts':
    'one state machine: its timers, window and states are read together',
  'src/monitor/report/tables.ts': 'every table of a report in the words it is printed in',
}

interface Size {
  /** `src/main.ts`, or `src/main.ts:main` for a function. */
  readonly name: string
  readonly lines: number
}

/** Every file under `folder`, and every function in files longer than the limit of a function; longest first. */
export function sizes(root: string, folder = 'src'): { files: Size[]; functions: Size[] } {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|tsx|lua)$/.test(name) && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name))
  const files = names.map((name) => ({ name, text: readFileSync(join(root, name), 'utf8') }))
  const longestFirst = (list: Size[]) => list.sort((one, other) => other.lines - one.lines)
  return {
    files: longestFirst(files.map(({ name, text }) => ({ name, lines: linesOf(text) }))),
    functions: longestFirst(
      files
        .filter(({ name, text }) => !name.endsWith('.lua') && linesOf(text) > limits.functionLines)
        .flatMap(({ name, text }) => functionsOf(name, text)),
    ),
  }
}

const linesOf = (text: string) => text.trimEnd().split('\n').length

function functionsOf(file: string, text: string): Size[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const found: Size[] = []
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line
  /** Visits a node; returns the number of lines in named functions within it. */
  const visit = (node: ts.Node, around: string): number => {
    const name = nameOf(node)
    let held = 0
    ts.forEachChild(node, (child) => {
      held += visit(child, name === undefined ? around : `${around}${name}.`)
    })
    if (name === undefined) return held
    const whole = lineOf(node.end) - lineOf(node.getStart()) + 1
    found.push({ name: `${file}:${around}${name}`, lines: whole - held })
    return name === '' ? held : whole
  }
  visit(source, '')
  return found
}

function nameOf(node: ts.Node): string | undefined {
  if (!ts.isFunctionLike(node) || !('body' in node) || !node.body) return undefined
  if (ts.isConstructorDeclaration(node)) return 'constructor'
  if (node.name) return node.name.getText()
  const { parent } = node
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent))
    return parent.name.getText()
  return ''
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { files, functions } = sizes('.')
  for (const [title, list, most] of [
    ['files', files, limits.fileLines],
    ['functions', functions, limits.functionLines],
  ] as const) {
    process.stdout.write(`longest ${title} (limit ${most} lines)\n`)
    for (const { name, lines } of list.slice(0, 15))
      process.stdout.write(`  ${String(lines).padStart(4)}  ${name}${lines > most ? '  ←' : ''}\n`)
  }
}
