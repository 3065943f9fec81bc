// The core that gateway and commands share: Redis, secrets, the dossier store, API keys and the audit log.
import { join } from 'node:path'
import { type Audit, openAudit } from './access/audit.js'
import { type Keys, openKeys } from './access/keys.js'
import { openSecrets, type Secrets } from './access/secrets.js'
import type { Config } from './config/config.js'
import { requireFingerprint } from './dossier/fingerprint.js'
import { requireFormat } from './dossier/format.js'
import { type Numbers, openNumbers } from './dossier/numbers.js'
import { openSeal, type Seal } from './dossier/seal.js'
import { type DossierStore, openStore } from './dossier/store.js'
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
  const secrets = openSecrets(config, log)
  const embedded = isEmbedded(config.redis)
    ? await startEmbedded({ dataDir: config.dataDir, durability: config.redis.durability, onLive, stop }, log)
    : undefined
  try {
    const door = await openRedis({ socket: embedded?.socket, config: config.redis, stop }, log, metrics)
    const numbers = openNumbers(config.agencies, secrets)
    const prints = await (async () => {
      // A gateway judges the server before it writes: a replica, say, would refuse with less helpful words.
      if (onLive === 'refuse')
        await requireSettings(door, config.redis.durability, log, embedded !== undefined)
      await requireFormat(door, numbers)
      return requireFingerprint(door, { secrets, agencies: config.agencies })
    })().catch(async (error) => {
      await door.close()
      throw error
    })
    log.info({ evt: 'store.fingerprint', ...prints }, 'The store belongs to these keys')
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
      store: openStore({ door, retention: config.retention, seal }),
      truthOf: openTruth(config.office),
      keys: openKeys(door),
      audit,
      embedded,
      async close() {
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
