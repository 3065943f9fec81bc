// The daily extract (decision 03/2018/QĐ-UBND, article 15.6): once a day, at a local time, one of the gateways writes every
// dossier into a file, as `export` does. A file under its final name is whole; old ones are removed. Left out of the
// configuration, there is none.
//
// Whoever holds the lease writes; the day is marked done when the file is there, so a gateway that dies half-way leaves it to
// another. Each writes into its own `directory`: gateways on several machines want a shared one, or only one with `extract`.
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import type { Config } from '../../config/config.js'
import type { Dossier } from '../../dossier/dossier.js'
import { localOffsetMs } from '../../dossier/times.js'
import type { Log } from '../../log.js'
import type { Metrics } from '../../metrics.js'
import type { RedisDoor } from '../../redis/connection.js'
import { exportDossiers } from './export.js'

export interface ExtractDeps {
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
// Renewed at every piece of 64 KiB: a writer that is silent for so long is gone, or its disk is.
const leaseSeconds = 120
const markSeconds = 3 * 86_400
const leaseKey = 'extract:lease'
const dayMs = 86_400_000

export function openExtract(deps: ExtractDeps) {
  const { config, door, instance, log, now = Date.now } = deps
  const directory = isAbsolute(config.directory) ? config.directory : join(deps.dataDir, config.directory)
  const lastDone = deps.metrics.gauge(
    'gateway_extract_last_success_timestamp_seconds',
    'when this gateway last finished a daily extract',
  )
  let running: Promise<void> | undefined
  let isClosing = false

  async function look(): Promise<void> {
    const at = now()
    const local = new Date(at + localOffsetMs).toISOString()
    // Due from its time on until the end of the day: a gateway that was down at 02:00 does it when it is back.
    if (isClosing || local.slice(11, 16) < config.at || !door.isReady()) return
    const day = local.slice(0, 10)
    const mark = `extract:${day}`
    if ((await door.request.exists(mark)) === 1) return
    if ((await door.request.set(leaseKey, instance, 'EX', leaseSeconds, 'NX')) === null) return
    const started = performance.now()
    log.info({ evt: 'extract.started', day }, 'Writing the daily extract')
    try {
      // Another may have finished between our two questions.
      if ((await door.request.exists(mark)) === 1) return
      const { file, dossiers } = await write(day)
      await door.request.set(mark, file, 'EX', markSeconds)
      lastDone.set(at / 1000)
      const removed = await removeOld(directory, day, config.keepDays)
      const tookMs = Math.round(performance.now() - started)
      log.info(
        { evt: 'extract.ended', outcome: 'done', file, dossiers, removed, tookMs },
        'The daily extract is written',
      )
    } catch (error) {
      const outcome = isClosing ? 'given-up' : 'failed'
      log[isClosing ? 'info' : 'error'](
        { evt: 'extract.ended', outcome, day, err: error },
        'The daily extract was not written; it is tried again within minutes',
      )
    } finally {
      if (door.isReady() && (await door.request.get(leaseKey).catch(() => null)) === instance)
        await door.request.del(leaseKey).catch(() => {})
    }
  }

  async function write(day: string): Promise<{ file: string; dossiers: number }> {
    await mkdir(directory, { recursive: true, mode: 0o750 })
    const name = `dossiers-${day}.${config.format}`
    // A name of its own: a writer that was taken for dead may still be at work on the same disk.
    const part = join(directory, `${name}.${instance}.part`)
    const out = await open(part, 'w', 0o640)
    try {
      const dossiers = await pour(out)
      // On disk before it gets its name: after a power cut the name must not stand over an empty file.
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

  async function pour(out: FileHandle): Promise<number> {
    const lines = exportDossiers(deps.walk(), config.format)
    for (;;) {
      const { done, value } = await lines.next()
      if (done) return value
      if (isClosing) throw new Error('the gateway is closing')
      await out.appendFile(value)
      await door.request.set(leaseKey, instance, 'EX', leaseSeconds)
    }
  }

  const lookOnce = () => {
    // Redis may go away at any moment; the next minute looks again.
    running ??= look()
      .catch((error) => {
        log.debug({ evt: 'extract.waiting', err: error }, 'The daily extract waits for Redis')
      })
      .finally(() => {
        running = undefined
      })
    return running
  }
  const timer = setInterval(lookOnce, lookEveryMs)
  timer.unref()
  return {
    look: lookOnce,
    /** Gives up a file that is being written; another gateway, or the next start, writes it. */
    async close(): Promise<void> {
      clearInterval(timer)
      isClosing = true
      await running
    },
  }
}

// Only what has our form of name is ours to remove. A part that was begun on another day is nobody's any more.
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
