// The core that gateway and commands share: Redis, secrets, the dossier store, API keys and the audit log.
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Audit, openAudit } from './access/audit.js'
import { type Keys, openKeys } from './access/keys.js'
import { openSecrets, type Secrets, secretsFile } from './access/secrets.js'
import type { Config } from './config/config.js'
import { type Numbers, openNumbers } from './dossier/numbers/numbers.js'
import { openSeal, type Seal } from './dossier/seal.js'
import { findContradictions, noteKeys, requireFingerprint } from './dossier/store/fingerprint.js'
import { isMarked, requireFormat } from './dossier/store/format.js'
import { watchStore } from './dossier/store/same-store.js'
import { type DossierStore, openStore } from './dossier/store/store.js'
import { openTruth, type TellTruth } from './dossier/truth.js'
import { GatewayError, whyRefused } from './errors.js'
import type { Log } from './log.js'
import { makeFolder } from './make-folder.js'
import { type Metrics, openMetrics } from './metrics.js'
import { openRedis, type RedisDoor } from './redis/connection.js'
import { type EmbeddedRedis, startEmbedded } from './redis/embedded.js'
import { requireSettings } from './redis/server-settings.js'
import { isEmbedded } from './redis/settings.js'

/** Available to every command, with or without a running gateway. */
export interface Core {
  readonly config: Config
  readonly log: Log
  readonly metrics: Metrics
  readonly secrets: Secrets
  readonly door: RedisDoor
  readonly seal: Seal
  readonly numbers: Numbers
  readonly store: DossierStore
  readonly truthOf: TellTruth
  readonly keys: Keys
  readonly audit: Audit
  /** The embedded Redis, unless the operator runs their own. */
  readonly embedded: EmbeddedRedis | undefined
  close(): Promise<void>
}

/**
 * Opens Redis (embedded, adopted or the operator's) and the core on it. Throws GatewayError redis-unavailable, also when `stop`
 * is aborted before Redis has answered.
 */
export async function openCore(
  config: Config,
  log: Log,
  onLive: 'adopt' | 'refuse',
  stop?: AbortSignal,
): Promise<Core> {
  const metrics = openMetrics()
  try {
    makeFolder(config.dataDir, 0o700)
  } catch (error) {
    const why = `dataDir: ${config.dataDir} cannot be created: ${whyRefused(error)}`
    throw new GatewayError('config-invalid', why, false, error)
  }
  const hadSecrets = existsSync(secretsFile(config))
  const secrets = openSecrets(config, log)
  const embedded = isEmbedded(config.redis)
    ? await startEmbedded({ dataDir: config.dataDir, durability: config.redis.durability, onLive, stop }, log)
    : undefined
  try {
    const door = await openRedis({ socket: embedded?.socket, config: config.redis, stop }, log, metrics)
    const numbers = openNumbers(config.agencies, secrets)
    const kept = { secrets, agencies: config.agencies }
    const mark = async () => {
      await requireFormat(door, numbers)
      return requireFingerprint(door, kept)
    }
    const prints = await (async () => {
      // A gateway checks the server's settings before its first write: a replica, say, would refuse that with a less helpful
      // error.
      if (onLive === 'refuse')
        await requireSettings(door, config.redis.durability, log, embedded !== undefined)
      try {
        return await mark()
      } catch (error) {
        throw hadSecrets ? error : withoutMade(secretsFile(config), error)
      }
    })().catch(async (error) => {
      await door.close()
      throw error
    })
    log.info({ evt: 'store.fingerprint', ...prints }, 'The store belongs to these keys')
    if (embedded) noteKeys(config.dataDir, prints)
    const contradictions = () => findContradictions(door, kept)
    const marks = { isMarked: () => isMarked(door), mark, contradictions }
    const watch = onLive === 'refuse' ? watchStore(door, marks, log) : undefined
    const seal = openSeal(secrets.phoneKey)
    const noteFile = join(config.dataDir, 'audit-head')
    const audit = openAudit(door, secrets.phoneKey, config.retention.auditDays, log, Date.now, noteFile)
    return {
      config,
      log,
      metrics,
      secrets,
      door,
      seal,
      numbers,
      store: openStore({ door, retention: config.retention, seal, log }),
      truthOf: openTruth(config.office),
      keys: openKeys(door),
      audit,
      embedded,
      async close() {
        watch?.close()
        await audit.close()
        await door.close()
        await embedded?.stop()
      },
    }
  } catch (error) {
    await embedded?.stop()
    throw error
  }
}

/**
 * Deletes keys that were generated a moment ago for a store that has other keys: left in place, they would hide that those are
 * lost.
 */
function withoutMade(file: string, error: unknown): unknown {
  if (!(error instanceof GatewayError && error.code === 'config-invalid' && existsSync(file))) return error
  rmSync(file)
  const says = `${file} is gone: restore it from the backup; the keys that were generated in its place are removed`
  return new GatewayError('config-invalid', `${error.message}\n${says}`, false, error)
}
