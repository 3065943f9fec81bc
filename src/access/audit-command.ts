// The `audit` command: verifies the trail, or prints it.
import { exitCodes, usageError } from '../errors.js'
import type { Audit } from './audit.js'

// `seq:hash`, or `0:` for an empty chain. A head cut short by copy and paste is refused here: compared with the chain, it
// would look like tampering.
const headForm = /^(?:0:|[1-9]\d*:[\w-]{43})$/

interface AuditContext {
  readonly args: readonly string[]
  readonly json: boolean
  readonly core: { readonly audit: Audit }
  print(text: string): void
}

/** `audit verify [HEAD]` and `audit export`. */
export async function auditCommand({ args, json, core: { audit }, print }: AuditContext): Promise<number> {
  const [action, noted] = args
  if (action === 'export') {
    for await (const { line, ...entry } of audit.read()) print(JSON.stringify(entry))
    return exitCodes.ok
  }
  if (action !== 'verify') throw usageError('audit verify [HEAD noted earlier]\naudit export')
  if (noted !== undefined && !headForm.test(noted))
    throw usageError(`${noted} is no head: audit verify prints one, a number and 43 letters`)
  const verdict = await audit.verify(noted)
  const isWhole = verdict.problems.length === 0
  if (json) print(JSON.stringify({ ok: isWhole, ...verdict }))
  else {
    print(`${verdict.entries} entries${verdict.from ? ` from ${verdict.from} to ${verdict.to}` : ''}`)
    for (const problem of verdict.problems) print(problem)
    if (isWhole) print('The chain is whole.')
    print(
      `head ${verdict.head}   (keep it elsewhere: audit verify HEAD later proves that nothing up to here was rewritten)`,
    )
  }
  return isWhole ? exitCodes.ok : exitCodes.failed
}
