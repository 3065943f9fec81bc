// The `export` command: the store as NDJSON or CSV on standard output or into a file.

import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { Config } from '../../config/config.js'
import type { DossierStore } from '../../dossier/store.js'
import { readLooseTime, timeForms } from '../../dossier/times.js'
import { walkDossiers } from '../../dossier/walk.js'
import { exitCodes, usageError, whyRefused } from '../../errors.js'
import { type ExportFormat, exportDossiers } from './export.js'
import { currentCodes } from './import-command.js'

interface ExportContext {
  readonly args: readonly string[]
  readonly config: Config
  readonly json: boolean
  readonly core: { readonly store: DossierStore }
  print(text: string): void
}

const usage = 'export [--format ndjson|csv] [--agency CODE]… [--since TIME] [--output FILE]'

/** Runs `export`. What goes out has no phone, no watch and no lookup number. */
export async function exportCommand({ args, config, json, core, print }: ExportContext): Promise<number> {
  const { format, agencies, since, output } = readArguments(args, config)
  const dossiers = walkDossiers(core.store, config.agencies, { agencies, since })
  const lines = exportDossiers(dossiers, format)
  const file = output === undefined ? undefined : await create(output)
  let count = 0
  // A reader that has gone (`| head`) is no fault; one that is slow is waited for.
  const reader = new Promise<'gone'>((resolve) => {
    process.stdout.once('error', () => resolve('gone')).once('close', () => resolve('gone'))
  })
  try {
    for (;;) {
      const { done, value } = await lines.next()
      if (done) {
        count = value
        break
      }
      if (file) await file.appendFile(value)
      else if (!process.stdout.write(value)) {
        if ((await Promise.race([once(process.stdout, 'drain'), reader])) === 'gone') return exitCodes.ok
      }
    }
  } finally {
    await file?.close()
  }
  if (output !== undefined)
    print(json ? JSON.stringify({ dossiers: count, output }) : `${count} dossiers written to ${output}`)
  return exitCodes.ok
}

async function create(path: string) {
  try {
    return await open(path, 'wx', 0o640)
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST'
    const why = exists ? 'exists already' : `cannot be written: ${whyRefused(error)}`
    throw usageError(`--output ${path} ${why}`)
  }
}

function readArguments(args: readonly string[], config: Config) {
  const values = (() => {
    try {
      return parseArgs({
        args: [...args],
        options: {
          format: { type: 'string', default: 'ndjson' },
          agency: { type: 'string', multiple: true },
          since: { type: 'string' },
          output: { type: 'string' },
        },
      }).values
    } catch {
      throw usageError(usage)
    }
  })()
  if (values.format !== 'ndjson' && values.format !== 'csv')
    throw usageError(`--format ${values.format} is none of ndjson, csv`)
  const since = values.since === undefined ? undefined : readLooseTime(values.since)
  if (values.since !== undefined && since === undefined)
    throw usageError(`--since ${values.since} is no time: ${timeForms}`)
  return {
    format: values.format as ExportFormat,
    agencies: values.agency ? new Set(currentCodes(values.agency, config)) : undefined,
    since,
    output: values.output,
  }
}
