// The `export` command: the store as NDJSON or CSV on standard output or into a file.

import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { Config } from '../../config/config.js'
import type { DossierStore } from '../../dossier/store/store.js'
import { walkDossiers } from '../../dossier/store/walk.js'
import { readLooseTime, timeForms } from '../../dossier/times.js'
import { exitCodes, usageError, whyRefused } from '../../errors.js'
import { outputFile } from '../../replace-file.js'
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
  // Renamed when complete: `import` would accept half an export without a warning.
  const part = `${output}.part`
  const file = output === undefined ? undefined : await create(output, part)
  let count = 0
  // A reader that closes the pipe (`| head`) is no error; for a slow one the export waits.
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
    await file?.sync()
    if (output !== undefined) await rename(part, output)
  } catch (error) {
    if (file) await rm(part, { force: true })
    throw error
  } finally {
    await file?.close()
  }
  if (output !== undefined)
    print(json ? JSON.stringify({ dossiers: count, output }) : `${count} dossiers written to ${output}`)
  return exitCodes.ok
}

async function create(path: string, part: string) {
  if (existsSync(path)) throw usageError(`--output ${path} exists already`)
  try {
    // Left by a killed export, it may have been readable by others.
    await rm(part, { force: true })
    return await open(part, 'wx', 0o640)
  } catch (error) {
    throw usageError(`--output ${path} cannot be written: ${whyRefused(error)}`)
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
    output: outputFile(values.output),
  }
}
