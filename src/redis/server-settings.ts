// Whether a Redis is safe as the store: eviction, append-only file, version, memory, last write. A store that evicts
// loses dossiers silently, so a gateway with strict durability does not start on one.
import { Redis as Client } from 'ioredis'
import type { Config } from '../config/config.js'
import { GatewayError } from '../errors.js'
import type { Log } from '../log.js'
import { type RedisDoor, throwFault } from './connection.js'
import { untilDone } from './until-done.js'

/** What one server reports. A field is left out when the server hides it (hosted servers hide CONFIG). */
interface ServerSettings {
  readonly server: string
  readonly version: string
  readonly policy?: string | undefined
  readonly appendOnly?: boolean
  readonly fsync?: string | undefined
  /** It refused our change of `fsync`. */
  readonly fsyncIsFixed?: boolean
  readonly maxMemory: number
  readonly usedMemory: number
  readonly lastWriteFailed: boolean
  readonly isReadOnly: boolean
  /** It is a node of a cluster, but configured as a single server. */
  readonly isClusterNode: boolean
  /** The configured number of the database, if the server did not let us select it: we would write in database 0. */
  readonly refusedDatabase?: number | undefined
  readonly forbidsScripts: boolean
  /** The error with which it currently refuses every write: OOM, MISCONF, NOREPLICAS … */
  readonly refusesWrites?: string | undefined
}

/**
 * One problem. `refuse`: `durability` cannot be guaranteed on such a server. `standsStill`: updates are refused until it is
 * solved, but a gateway starts, because it can answer look-ups.
 */
interface SettingsProblem {
  readonly refuse: boolean
  readonly standsStill?: boolean
  readonly says: string
  readonly cure: string
}

/** Reads the settings of every master. */
export async function readSettings(door: RedisDoor): Promise<ServerSettings[]> {
  return Promise.all(serversOf(door, 'master').map((server) => readServer(server, door.isCluster)))
}

const serversOf = ({ request }: RedisDoor, role: 'master' | 'all') =>
  request instanceof Client ? [request] : request.nodes(role)

const nameOf = ({ options }: Client) => options.path ?? `${options.host}:${options.port}`

async function readServer(server: Client, asCluster: boolean): Promise<ServerSettings> {
  const info = parseInfo(await server.info())
  const { db = 0 } = server.options
  const config = await readConfig(server)
  // Hosted servers hide CONFIG; INFO has these two as well.
  const appendOnly = config?.get('appendonly') ?? (info.get('aof_enabled') === '1' ? 'yes' : 'no')
  return {
    server: nameOf(server),
    version: info.get('redis_version') ?? '',
    policy: config?.get('maxmemory-policy') ?? info.get('maxmemory_policy'),
    appendOnly: appendOnly === 'yes',
    fsync: config?.get('appendfsync'),
    maxMemory: Number(info.get('maxmemory') ?? 0),
    usedMemory: Number(info.get('used_memory') ?? 0),
    lastWriteFailed: info.get('aof_last_write_status') === 'err',
    isReadOnly: info.get('role') === 'slave',
    isClusterNode: !asCluster && info.get('cluster_enabled') === '1',
    refusedDatabase: db === 0 || (await isTaken(server.select(db))) ? undefined : db,
    forbidsScripts: !(await isTaken(server.eval('return 1', 0))),
    refusesWrites: await writeRefusal(server),
  }
}

/**
 * The error with which the server refuses writes: this script declares that it may write, and writes nothing. 7.0 and later
 * only.
 */
async function writeRefusal(server: Client): Promise<string | undefined> {
  try {
    await server.eval('#!lua\nreturn 1', 0)
    return undefined
  } catch (error) {
    return /^(?:OOM|MISCONF|NOREPLICAS)(?= )/.exec((error as Error).message)?.[0]
  }
}

/**
 * Whether the server accepts a command: not when the user's rights (NOPERM) or its form (ERR) forbid it. Throws when Redis is
 * away.
 */
const isTaken = (reply: Promise<unknown>): Promise<boolean> =>
  reply.then(
    () => true,
    (error: Error) => {
      if (!/^[A-Z]{3,} /.test(error.message)) throw error
      return !isForbidden(error)
    },
  )

const isForbidden = ({ message }: Error) => /^(?:NOPERM|ERR) /.test(message)

/** The problems of one server, worst first. */
export function judgeSettings(
  settings: ServerSettings,
  durability: Config['redis']['durability'],
): SettingsProblem[] {
  const { policy, appendOnly, fsync, version, maxMemory, usedMemory } = settings
  const problems: SettingsProblem[] = []
  const strict = durability === 'strict'
  const add = (refuse: boolean, says: string, cure: string) => problems.push({ refuse, says, cure })
  if (policy !== undefined && policy !== 'noeviction')
    add(
      strict,
      `forgets dossiers when memory is short (maxmemory-policy ${policy})`,
      'set maxmemory-policy noeviction in redis.conf',
    )
  if (appendOnly === false)
    add(strict, 'loses everything at a power cut (appendonly no)', 'set appendonly yes in redis.conf')
  else if (strict && fsync !== undefined && fsync !== 'always')
    add(
      settings.fsyncIsFixed === true,
      `may lose the last second of acknowledged work (appendfsync ${fsync}) although durability is strict`,
      'set appendfsync always in redis.conf or allow this user CONFIG SET, or set redis.durability: everysec if that second may go',
    )
  // 6.2 added GETDEL and XAUTOCLAIM; 7.0 is the oldest version tested.
  if (olderThan(version, 6, 2)) add(true, `is version ${version}`, 'install Redis 7.0 or newer')
  else if (olderThan(version, 7, 0))
    add(false, `is version ${version}, older than tested`, 'install Redis 7.0 or newer')
  if (settings.isReadOnly)
    add(true, 'is a replica and takes no writes', 'give the master in redis.url, or redis.sentinels')
  if (settings.isClusterNode)
    add(true, 'is a node of a cluster, and holds only a part', 'list the nodes in redis.cluster')
  if (settings.refusedDatabase !== undefined)
    add(
      true,
      `does not let us use its database ${settings.refusedDatabase}`,
      'give the number of one that it has in redis.url, or raise databases in redis.conf',
    )
  if (settings.forbidsScripts)
    add(true, 'forbids its user the Lua scripts that every write is', 'give the rights of config/redis.conf')
  const blocked = settings.refusesWrites && writesRefused[settings.refusesWrites]
  if (blocked) problems.push({ refuse: false, standsStill: true, ...blocked })
  if (settings.lastWriteFailed && settings.refusesWrites !== 'MISCONF')
    add(false, 'could not write its append-only file', atItsDisk)
  if (maxMemory > 0 && usedMemory > 0.85 * maxMemory && settings.refusesWrites !== 'OOM')
    add(
      false,
      `uses ${Math.round((100 * usedMemory) / maxMemory)} % of maxmemory; full, it refuses every update`,
      withMemory,
    )
  return problems
}

const atItsDisk = 'look for a full or failing disk under its dir'
const withMemory = 'raise maxmemory in redis.conf, or shorten retention.closedDays'
const writesRefused: Readonly<Record<string, { readonly says: string; readonly cure: string }>> = {
  OOM: { says: 'is full (maxmemory) and refuses every update and text', cure: withMemory },
  MISCONF: { says: 'cannot save to its disk and refuses every update and text', cure: atItsDisk },
  NOREPLICAS: {
    says: 'has fewer replicas than its min-replicas-to-write, and refuses every update and text',
    cure: 'start its replicas, or lower min-replicas-to-write in redis.conf',
  },
}

/**
 * At the start of a gateway: fixes `appendfsync` where allowed, refuses settings that break `durability`, and logs the rest as
 * errors. In strict it checks again whenever a server comes back. Throws redis-misconfigured.
 */
export async function requireSettings(
  door: RedisDoor,
  durability: Config['redis']['durability'],
  log: Log,
  /** The embedded server needs no check: only we set it (disk-guard.ts). */
  isOurs = false,
): Promise<void> {
  if (isOurs) return
  const refusals = await mendAndJudge(door, durability, log).catch(throwFault)
  if (refusals.length > 0) throw new GatewayError('redis-misconfigured', refusals.join('\n'), false)
  if (durability !== 'strict') return
  // A restart forgets CONFIG SET, and a promoted replica never had it. Until it is set again, a moment later, the server writes
  // as its own file says: a power cut in that moment may lose the last second.
  const look = async () => {
    for (const says of await mendAndJudge(door, durability, log).catch(throwFault))
      log.error({ evt: 'redis.misconfigured', says }, unlikePromised)
  }
  door.onServerReady(untilDone(look, door.isReady))
}

const unlikePromised = 'The settings of Redis do not give the configured durability'

/** Logs the lesser problems; returns those that are reasons to refuse. */
async function mendAndJudge(
  door: RedisDoor,
  durability: Config['redis']['durability'],
  log: Log,
): Promise<string[]> {
  // Replicas too: any of them may become the master.
  const fixed = durability === 'strict' ? await syncAlways(serversOf(door, 'all'), log) : new Set<string>()
  const refusals: string[] = []
  for (const found of await readSettings(door)) {
    const settings = { ...found, fsyncIsFixed: fixed.has(found.server) }
    if (settings.fsync === undefined)
      log.warn(
        { evt: 'redis.settings-hidden', server: settings.server },
        durability === 'strict'
          ? 'Redis hides its settings; make sure that appendfsync is always'
          : 'Redis hides its settings; make sure that appendfsync is everysec',
      )
    for (const { refuse, says, cure } of judgeSettings(settings, durability)) {
      if (refuse) refusals.push(`Redis ${settings.server} ${says}: ${cure}`)
      else log.error({ evt: 'redis.misconfigured', server: settings.server, says, cure }, unlikePromised)
    }
  }
  return refusals
}

/** Sets appendfsync always where needed; returns the servers that refused. */
async function syncAlways(servers: readonly Client[], log: Log): Promise<Set<string>> {
  const fixed = new Set<string>()
  await Promise.all(
    servers.map(async (server) => {
      // readSettings throws for a master that does not answer; a replica is set when it is ready again.
      const was = (await readConfig(server).catch(() => undefined))?.get('appendfsync')
      if (was === undefined || was === 'always') return
      try {
        await server.config('SET', 'appendfsync', 'always')
        log.warn(
          { evt: 'redis.fsync-set', server: nameOf(server), was, now: 'always' },
          'Redis did not sync every write to disk, which strict durability needs; it does now, until its next restart',
        )
      } catch (error) {
        if (!isForbidden(error as Error)) throw error
        fixed.add(nameOf(server)) // or renamed
      }
    }),
  )
  return fixed
}

/** Undefined when the server hides its settings. Throws when it does not answer. */
async function readConfig(server: Client): Promise<Map<string, string> | undefined> {
  try {
    const flat = (await server.config('GET', 'maxmemory-policy', 'appendonly', 'appendfsync')) as string[]
    return new Map(flat.flatMap((key, at) => (at % 2 === 0 ? [[key, flat[at + 1]!] as const] : [])))
  } catch (error) {
    if (isForbidden(error as Error)) return undefined // or renamed; the caller reports it
    throw error
  }
}

function parseInfo(text: string): Map<string, string> {
  return new Map(
    text
      .split('\r\n')
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  )
}

function olderThan(version: string, major: number, minor: number): boolean {
  const [ours = 0, ourMinor = 0] = version.split('.').map(Number)
  return ours < major || (ours === major && ourMinor < minor)
}
