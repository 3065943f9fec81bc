// The nightly difference: walks a whole source and compares it with the store; writes NDJSON (missing, different, extra,
// and why) and repairs as it goes by applying the source's record, newest wins.
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Dossier, DossierNo } from '../../dossier/dossier.js'
import { localDate, readTime, writeTime } from '../../dossier/times.js'
import type { Log } from '../../log.js'
import type { IntakeResult } from '../intake.js'
import { dateUpdates, differing, type ReadyUpdate } from './dating.js'
import type { Inspect, ReadDossierNo } from './inspect.js'
import type { SourceMetrics } from './metrics.js'
import { unavailable } from './peer.js'
import { type Circle, circleAfter, isStuck, type Repeats, repeatsAfter } from './repeats.js'
import type { SourceConfig } from './settings.js'
import type { Source, SourcePage } from './source.js'

interface DifferenceDeps {
  readonly source: Source
  readonly config: SourceConfig
  readonly inspect: Inspect
  readonly speaksFor: (dossierNo: DossierNo) => boolean
  readonly readDossierNo: ReadDossierNo
  readonly readStored: (dossierNo: DossierNo) => Promise<Dossier | undefined>
  /** Every dossier in the store, for what the source no longer knows. */
  readonly listStored: () => AsyncIterable<Dossier>
  readonly intake: (updates: readonly ReadyUpdate[]) => Promise<readonly IntakeResult[]>
  readonly dataDir: string
  readonly log: Log
  readonly metrics: SourceMetrics
  readonly now: () => number
}

const filesKept = 14
const maxPages = 100_000

/** Walks, compares, repairs, and writes `differences/<source>-<day>.ndjson` under dataDir; returns the file's name. */
export async function writeDifference(deps: DifferenceDeps, signal: AbortSignal): Promise<string> {
  const { config, log, metrics, now } = deps
  const startedAt = now()
  const folder = join(deps.dataDir, 'differences')
  await mkdir(folder, { recursive: true })
  const file = join(folder, `${config.name.replace(/[^\w.-]/g, '_')}-${localDate(startedAt)}.ndjson`)
  const out = await open(`${file}.part`, 'w', 0o640)
  const counts = { same: 0, missing: 0, different: 0, extra: 0, skipped: 0 }
  const seen = new Set<string>()
  log.info({ evt: 'source.difference.started', source: config.name }, 'Comparing the store with this source')
  const run = { seen, counts, out }
  try {
    await compareSource(deps, run, signal)
    await listExtra(deps, run, startedAt, signal)
    await line(out, { summary: counts, source: config.name, at: writeTime(startedAt) })
  } catch (error) {
    await out.close()
    await rm(`${file}.part`, { force: true })
    throw error
  }
  await out.close()
  await rename(`${file}.part`, file)
  await forgetOld(folder, config.name)
  for (const kind of ['missing', 'different', 'extra', 'skipped'] as const)
    metrics.differences.set({ source: config.name, kind }, counts[kind])
  log.info(
    {
      evt: 'source.difference.ended',
      source: config.name,
      outcome: 'ok',
      ...counts,
      tookMs: now() - startedAt,
    },
    'Compared the store with this source',
  )
  return file
}

/** A comparison in progress: the numbers that the source has, the counts, and the file. */
interface Run {
  readonly seen: Set<string>
  readonly counts: { same: number; missing: number; different: number; extra: number; skipped: number }
  readonly out: FileHandle
}

/** Walks the whole source for what the store lacks, or holds with other values. */
async function compareSource(deps: DifferenceDeps, run: Run, signal: AbortSignal): Promise<void> {
  const { source, now } = deps
  let position: string | undefined
  let repeats: Repeats | undefined
  let circle: Circle | undefined
  for (let pages = 0; pages < maxPages; pages++) {
    const askedAt = now()
    const page = await source.page({ signal, ...(position === undefined ? {} : { position }) })
    // Where the protocol itself pages, two pages may look the same.
    if (page.changed) repeats = repeatsAfter(repeats, page)
    if (repeats === undefined || repeats.times === 1) await compareAll(deps, page, askedAt, run)
    if (page.next === undefined || page.next === position || (repeats && isStuck(repeats))) return
    if (!page.changed) circle = circleAfter(circle, page.records.length, page.next)
    if (circle?.isClosed) return
    position = page.next
  }
}

async function compareAll(deps: DifferenceDeps, page: SourcePage, askedAt: number, run: Run): Promise<void> {
  const { config, inspect, metrics } = deps
  const { updates, skipped } = inspect(page.records)
  for (const { reason, dossierNo } of skipped) {
    run.counts.skipped++
    await line(run.out, { kind: 'skipped', reason, ...(dossierNo ? { shape: shape(dossierNo) } : {}) })
  }
  const ready = await dateUpdates(updates, askedAt, deps)
  const mended = ready.length > 0 ? await comparePage(deps, ready, run) : []
  metrics.count(config.name, mended, skipped)
}

/** Walks the store for what the source no longer has. */
async function listExtra(
  deps: DifferenceDeps,
  { seen, counts, out }: Run,
  startedAt: number,
  signal: AbortSignal,
): Promise<void> {
  for await (const dossier of deps.listStored()) {
    if (signal.aborted) throw unavailable('the comparison was given up')
    // A dossier that arrived during the walk is not a difference.
    if (seen.has(dossier.dossierNo.text) || dossier.asOf >= startedAt || !deps.speaksFor(dossier.dossierNo))
      continue
    if (dossier.otherNumbers.some((number) => seen.has(number))) continue
    counts.extra++
    await line(out, {
      kind: 'extra',
      dossierNo: dossier.dossierNo.text,
      reason: 'not-in-source',
      store: brief(dossier),
    })
  }
}

async function comparePage(
  deps: DifferenceDeps,
  updates: readonly ReadyUpdate[],
  { seen, counts, out }: Run,
): Promise<readonly IntakeResult[]> {
  const found: { update: ReadyUpdate; kind: 'missing' | 'different'; reason: string; store?: object }[] = []
  const numbers = updates.map((update) => deps.readDossierNo(update.dossierNo)!)
  const records = await Promise.all(numbers.map(deps.readStored))
  for (const [at, update] of updates.entries()) {
    seen.add(update.dossierNo)
    const stored = records[at]
    if (stored === undefined) {
      counts.missing++
      found.push({ update, kind: 'missing', reason: 'not-in-store' })
      continue
    }
    const fields = differing(update, stored)
    if (fields.length === 0) {
      counts.same++
      continue
    }
    counts.different++
    const newer = (readTime(update.eventTime) ?? 0) > stored.eventTime ? 'source-newer' : 'store-not-older'
    found.push({
      update,
      kind: 'different',
      reason: `${newer}: ${fields.join(', ')}`,
      store: brief(stored),
    })
  }
  const results = found.length > 0 ? await deps.intake(found.map(({ update }) => update)) : []
  for (const [at, { update, kind, reason, store }] of found.entries()) {
    const result = results[at]
    await line(out, {
      kind,
      dossierNo: update.dossierNo,
      reason,
      source: { dossierStatus: update.dossierStatus, eventTime: update.eventTime, dueAt: update.dueAt },
      ...(store ? { store } : {}),
      mended: result !== undefined && 'applied' in result && result.applied,
    })
  }
  return results
}

function brief(dossier: Dossier) {
  return {
    dossierStatus: dossier.dossierStatus,
    eventTime: writeTime(dossier.eventTime),
    ...(dossier.dueAt === undefined ? {} : { dueAt: writeTime(dossier.dueAt) }),
  }
}

// A field meant for a number may hold a name or a phone: only its shape is reported.
function shape(text: string): string {
  return text.slice(0, 40).replace(/\d/g, '9').replace(/\p{L}/gu, 'A')
}

function line(out: FileHandle, value: object): Promise<void> {
  return out.appendFile(`${JSON.stringify(value)}\n`)
}

async function forgetOld(folder: string, name: string): Promise<void> {
  const prefix = `${name.replace(/[^\w.-]/g, '_')}-`
  const files = (await readdir(folder)).filter(
    (file) => file.startsWith(prefix) && /^\d{4}-\d\d-\d\d\.ndjson$/.test(file.slice(prefix.length)),
  )
  for (const file of files.sort().slice(0, -filesKept)) await rm(join(folder, file), { force: true })
}
