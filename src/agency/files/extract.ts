// The daily extract (decision 03/2018/QĐ-UBND, article 15.6): once a day, at a local time, one of the gateways writes every
// dossier into a file, as `export` does. A file under its final name is whole; old ones are removed. Without `extract` in the
// configuration no file is written.
//
// Each gateway writes into its own `directory`: gateways on several machines want a shared one, or only one with `extract`.
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import type { Config } from '../../config/config.js'
import type { Dossier } from '../../dossier/dossier.js'
import { dayMs } from '../../dossier/times.js'
import type { Log } from '../../log.js'
import { makeFolder, whyNotWritable } from '../../make-folder.js'
import type { Metrics } from '../../metrics.js'
import type { RedisDoor } from '../../redis/connection.js'
import { openOnceADay } from '../../redis/once-a-day.js'
import { exportDossiers } from './export.js'

interface ExtractDeps {
  readonly config: NonNullable<Config['extract']>
  readonly dataDir: string
  readonly door: RedisDoor
  /** Name of this process among the gateways. */
  readonly instance: string
  /** Every dossier once. */
  readonly walk: () => AsyncIterable<Dossier>
  readonly log: Log
  readonly metrics: Metrics
  readonly now?: () => number
}

const lookEveryMs = 60_000
// Renewed with every 64 KiB: a writer silent for this long is dead, or its disk is.
const leaseSeconds = 120

/** Where the extract is written. */
export const extractDirectory = ({ directory }: { readonly directory: string }, dataDir: string): string =>
  isAbsolute(directory) ? directory : join(dataDir, directory)

/** Starts the daily extract; its work never rejects, a failure is logged and retried. */
export function openExtract(deps: ExtractDeps) {
  const { config, door, instance, log, now = Date.now } = deps
  const directory = extractDirectory(config, deps.dataDir)
  const lastDone = deps.metrics.gauge(
    'gateway_extract_last_success_timestamp_seconds',
    'when this gateway last finished a daily extract',
  )
  const writable = deps.metrics.gauge(
    'gateway_extract_writable',
    'whether the folder of the daily extract can be written',
  )
  let whyNot: string | undefined
  /** At start and every minute, so that a folder that cannot be written is noticed before two in the morning. Logs changes. */
  async function tryFolder(): Promise<void> {
    const was = whyNot
    whyNot = await whyNotWritable(directory)
    writable.set(whyNot === undefined ? 1 : 0)
    if (whyNot !== undefined && whyNot !== was)
      log.error(
        { evt: 'extract.unwritable', directory, why: whyNot },
        'The folder of the daily extract cannot be written; doctor says what to do',
      )
    if (whyNot === undefined && was !== undefined)
      log.info({ evt: 'extract.writable', directory }, 'The folder of the daily extract can be written again')
  }
  void tryFolder()
  const looking = setInterval(() => void tryFolder(), lookEveryMs)
  looking.unref()
  const daily = openOnceADay({ door, log, name: 'extract', at: config.at, instance, leaseSeconds, run, now })

  async function run(day: string, renew: () => Promise<unknown>): Promise<string | undefined> {
    const started = performance.now()
    log.info({ evt: 'extract.started', day }, 'Writing the daily extract')
    try {
      const { file, dossiers } = await write(day, renew)
      lastDone.set(now() / 1000)
      const removed = await removeOld(directory, day, config.keepDays)
      const tookMs = Math.round(performance.now() - started)
      log.info(
        { evt: 'extract.ended', outcome: 'done', file, dossiers, removed, tookMs },
        'The daily extract is written',
      )
      return file
    } catch (error) {
      const outcome = daily.isClosing() ? 'given-up' : 'failed'
      log[daily.isClosing() ? 'info' : 'error'](
        { evt: 'extract.ended', outcome, day, err: error },
        'The daily extract was not written; it is tried again within minutes',
      )
      return undefined
    }
  }

  async function write(
    day: string,
    renew: () => Promise<unknown>,
  ): Promise<{ file: string; dossiers: number }> {
    makeFolder(directory, 0o750)
    const name = `dossiers-${day}.${config.format}`
    // A unique name: a writer presumed dead may still be writing to the same disk.
    const part = join(directory, `${name}.${instance}.part`)
    const out = await open(part, 'w', 0o640)
    try {
      const dossiers = await pour(out, renew)
      // Synced before it is renamed: after a power cut the final name must not point to an empty file.
      await out.sync()
      await out.close()
      await rename(part, join(directory, name))
      return { file: join(directory, name), dossiers }
    } catch (error) {
      await out.close().catch(() => {})
      await rm(part, { force: true })
      throw error
    }
  }

  async function pour(out: FileHandle, renew: () => Promise<unknown>): Promise<number> {
    const lines = exportDossiers(deps.walk(), config.format)
    for (;;) {
      const { done, value } = await lines.next()
      if (done) return value
      if (daily.isClosing()) throw new Error('the gateway is closing')
      await out.appendFile(value)
      await renew()
    }
  }

  return {
    look: daily.look,
    /** Whether the next extract can be written where it belongs. */
    state: (): 'pass' | 'fail' => (whyNot === undefined ? 'pass' : 'fail'),
    /** Aborts a file being written; another gateway, or the next start, writes it. */
    async close(): Promise<void> {
      clearInterval(looking)
      await daily.close()
    },
  }
}

// Only files named like ours may be removed. A part file from another day is abandoned.
async function removeOld(directory: string, day: string, keepDays: number): Promise<number> {
  // The extract of today is the first of those that are kept.
  const first = new Date(Date.parse(day) - (keepDays - 1) * dayMs).toISOString().slice(0, 10)
  let removed = 0
  for (const name of await readdir(directory)) {
    const [, its, part] = /^dossiers-(\d{4}-\d\d-\d\d)\.(?:ndjson|csv)(\.[\da-z-]+\.part)?$/.exec(name) ?? []
    if (its === undefined || (part === undefined ? its >= first : its === day)) continue
    await rm(join(directory, name), { force: true })
    removed++
  }
  return removed
}
