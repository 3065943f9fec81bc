// How long the files and functions of src are: npm run sizes. A test holds them to the limits below.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript-for-tap'

export const limits = { fileLines: 350, functionLines: 80 } as const

/** What may be longer, and why. */
export const exceptions: Readonly<Record<string, string>> = {
  'src/dossier/store.ts': 'not yet split',
  'src/sms/pipeline/outbox.ts': 'not yet split',
  'src/monitor/report/report.ts': 'not yet split',
  'src/sms/carriers/smpp/wire/session.ts': 'not yet split',
  'src/desk/printer.ts': 'not yet split',
  'src/sms/pipeline/responder.ts': 'not yet split',
  'src/dossier/store.ts:openStore': 'not yet split',
  'src/sms/sms.ts:openSms': 'not yet split',
  'src/sms/pipeline/inbox.ts:openInbox': 'not yet split',
  'src/monitor/report/report.ts:openBook': 'not yet split',
  'src/dossier/lookup.ts:openLookup': 'not yet split',
  'src/redis/journal.ts:openJournal': 'not yet split',
  'src/sms/conversation/watch.ts:openWatches': 'not yet split',
  'src/agency/door.ts:openDoor': 'not yet split',
  'src/dossier/tries.ts:openTries': 'not yet split',
  'src/access/audit.ts:openAudit': 'not yet split',
  'src/access/keys.ts:openKeys': 'not yet split',
  'src/agency/sources/igate.ts:openIgate': 'not yet split',
  'src/agency/intake.ts:openIntake': 'not yet split',
  'src/monitor/report/report.ts:makeReport': 'not yet split',
  'src/monitor/counters.ts:openCounters': 'not yet split',
  'src/agency/files/extract.ts:openExtract': 'not yet split',
  'src/desk/print-loop.ts:runPrintLoop': 'not yet split',
  'src/agency/sources/dvcqg.ts:openDvcqg': 'not yet split',
  'src/redis/connection.ts:openRedis': 'not yet split',
  'src/desk/cloudprnt.ts:cloudPrntRoutes': 'not yet split',
  'src/agency/sources/ask.ts:openAsking': 'not yet split',
  'src/agency/sources/opencps.ts:openOpencps': 'not yet split',
  'src/monitor/monitor.ts:openMonitor': 'not yet split',
  'src/monitor/report/tables.ts:agencies': 'not yet split',
  'src/sms/conversation/conversation.ts:openConversation': 'not yet split',
  'src/desk/cloudprnt-client.ts:openCloudPrnt': 'not yet split',
  'src/web/listener.ts:openListener': 'not yet split',
  'src/kiosk/device.ts:deviceRoutes': 'not yet split',
  'src/desk/desks.ts:openDesks': 'not yet split',
  'src/agency/access.ts:openAccess': 'not yet split',
}

export interface Size {
  /** `src/main.ts`, or `src/main.ts:main` for a function. */
  readonly name: string
  readonly lines: number
}

/** Every file and every named or assigned function under `folder`, longest first. */
export function sizes(root: string, folder = 'src'): { files: Size[]; functions: Size[] } {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|tsx|lua)$/.test(name) && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name))
  const files = names.map((name) => ({ name, text: readFileSync(join(root, name), 'utf8') }))
  const longestFirst = (list: Size[]) => list.sort((one, other) => other.lines - one.lines)
  return {
    files: longestFirst(files.map(({ name, text }) => ({ name, lines: text.trimEnd().split('\n').length }))),
    functions: longestFirst(
      files.filter(({ name }) => !name.endsWith('.lua')).flatMap(({ name, text }) => functionsOf(name, text)),
    ),
  }
}

function functionsOf(file: string, text: string): Size[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const found: Size[] = []
  const visit = (node: ts.Node, around: string) => {
    const name = nameOf(node)
    if (name !== undefined) {
      const first = source.getLineAndCharacterOfPosition(node.getStart()).line
      const last = source.getLineAndCharacterOfPosition(node.end).line
      found.push({ name: `${file}:${around}${name}`, lines: last - first + 1 })
    }
    ts.forEachChild(node, (child) => visit(child, name === undefined ? around : `${around}${name}.`))
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
