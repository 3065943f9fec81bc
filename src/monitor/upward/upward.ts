// Once a day one of the gateways writes the previous day's summaries to a file and, where an address is configured,
// posts them there. The day is done when both have succeeded.
import { open, readdir, rename, rm } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import type { Config } from '../../config/config.js'
import { dayMs } from '../../dossier/times.js'
import type { Log } from '../../log.js'
import { makeFolder, whyNotWritable } from '../../make-folder.js'
import type { Metrics } from '../../metrics.js'
import { openOnceADay } from '../../redis/once-a-day.js'
import type { ReportSources } from '../report/read.js'
import { type DailyEvent, eventOf, readSummaries } from './summaries.js'

/** Posts a signed batch; resolves with the reason if it failed. */
export type PostUpward = (events: readonly DailyEvent[]) => Promise<{ readonly failed?: string }>

interface UpwardDeps extends ReportSources {
  readonly config: NonNullable<Config['upward']>
  readonly dataDir: string
  /** `source` of the events. */
  readonly source: string
  readonly instance: string
  /** Left out where no address is configured. */
  readonly post?: PostUpward | undefined
  readonly log: Log
  readonly metrics: Metrics
  readonly now?: () => number
}

// One run retries a batch for some four minutes before it gives up.
const leaseSeconds = 600
const batchSize = 100

/** Posts in batches; resolves with the reason if one failed. */
export async function postAll(
  events: readonly DailyEvent[],
  post: PostUpward,
  onBatch: () => Promise<unknown> = async () => {},
): Promise<string | undefined> {
  for (let at = 0; at < events.length; at += batchSize) {
    const { failed } = await post(events.slice(at, at + batchSize))
    if (failed !== undefined) return failed
    await onBatch()
  }
  return undefined
}

/** Where the summaries are written. */
export const upwardDirectory = ({ directory }: { readonly directory: string }, dataDir: string): string =>
  isAbsolute(directory) ? directory : join(dataDir, directory)

/** Starts the daily summaries; a failure is logged and retried within the day. */
export function openUpward(deps: UpwardDeps) {
  const { config, door, instance, source, log, now = Date.now } = deps
  const directory = upwardDirectory(config, deps.dataDir)
  // Checked at the start too, so that the operator need not wait for the nightly run to learn of it.
  void whyNotWritable(directory).then((why) => {
    if (why === undefined) return
    log.error(
      { evt: 'upward.unwritable', directory, why },
      'The folder of the daily summaries cannot be written; doctor says what to do',
    )
  })
  const lastDone = deps.metrics.gauge(
    'gateway_upward_last_success_timestamp_seconds',
    'when this gateway last finished a daily summary',
  )

  async function sumUp(today: string, renew: () => Promise<unknown>): Promise<string | undefined> {
    const day = new Date(Date.parse(today) - dayMs).toISOString().slice(0, 10)
    const started = performance.now()
    log.info({ evt: 'upward.started', day }, 'Summing up the day before')
    try {
      const events = (await readSummaries(deps, day, now())).map((one) => eventOf(one, source))
      const file = join(directory, `upward-${day}.json`)
      await writeWhole(file, `${JSON.stringify(events)}\n`, instance)
      await renew()
      const failed = deps.post && (await postAll(events, deps.post, renew))
      if (failed !== undefined) throw new Error(`the receiver did not take it: ${failed}`)
      await removeOld(directory, day, config.keepDays)
      lastDone.set(now() / 1000)
      const tookMs = Math.round(performance.now() - started)
      log.info(
        {
          evt: 'upward.ended',
          outcome: 'done',
          file,
          agencies: events.length,
          posted: deps.post !== undefined,
          tookMs,
        },
        'The daily summary is written',
      )
      return file
    } catch (error) {
      log.error(
        { evt: 'upward.ended', outcome: 'failed', day, err: error },
        'The daily summary failed; it is retried within minutes',
      )
      return undefined
    }
  }

  return openOnceADay({ door, log, name: 'upward', at: config.at, instance, leaseSeconds, run: sumUp, now })
}

/** Writes atomically: a file under its final name is complete, even after a power cut. */
async function writeWhole(file: string, text: string, instance: string): Promise<void> {
  makeFolder(join(file, '..'), 0o750)
  const part = `${file}.${instance}.part`
  const out = await open(part, 'w', 0o640)
  try {
    await out.writeFile(text)
    await out.sync()
  } finally {
    await out.close()
  }
  await rename(part, file)
}

async function removeOld(directory: string, day: string, keepDays: number): Promise<void> {
  const first = new Date(Date.parse(day) - (keepDays - 1) * dayMs).toISOString().slice(0, 10)
  for (const name of await readdir(directory)) {
    const its = /^upward-(\d{4}-\d\d-\d\d)\.json/.exec(name)?.[1]
    if (its !== undefined && its < first) await rm(join(directory, name), { force: true })
  }
}
