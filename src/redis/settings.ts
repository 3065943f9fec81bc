// Whether a Redis keeps what it is given: eviction, append-only file, version, memory, last write. A store that evicts
// forgets dossiers without a word, so the gateway does not start on one (REQUIREMENTS F-07).
import { Redis as Client } from 'ioredis'
import type { Config } from '../config.js'
import { GatewayError } from '../errors.js'
import type { Log } from '../log.js'
import type { RedisDoor } from './connection.js'

/** What one server says of itself. Left out: it would not say (hosted servers hide CONFIG). */
export interface ServerSettings {
  readonly server: string
  readonly version: string
  readonly policy?: string
  readonly appendOnly?: boolean
  readonly fsync?: string
  readonly maxMemory: number
  readonly usedMemory: number
  readonly lastWriteFailed: boolean
  readonly isReadOnly: boolean
}

/** One thing found wrong. `refuse`: the promise of `durability` cannot be kept on such a server. */
export interface SettingsProblem {
  readonly refuse: boolean
  readonly says: string
  readonly cure: string
}

/** Asks every server the door leads to. */
export async function readSettings(door: RedisDoor): Promise<ServerSettings[]> {
  const servers = door.request instanceof Client ? [door.request] : door.request.nodes('master')
  return Promise.all(
    servers.map(async (server) => {
      const info = parseInfo(await server.info())
      const config = await readConfig(server)
      return {
        server: server.options.path ?? `${server.options.host}:${server.options.port}`,
        version: info.get('redis_version') ?? '',
        policy: config?.get('maxmemory-policy'),
        appendOnly: config?.has('appendonly') ? config.get('appendonly') === 'yes' : undefined,
        fsync: config?.get('appendfsync'),
        maxMemory: Number(info.get('maxmemory') ?? 0),
        usedMemory: Number(info.get('used_memory') ?? 0),
        lastWriteFailed: info.get('aof_last_write_status') === 'err',
        isReadOnly: info.get('role') === 'slave',
      }
    }),
  )
}

/** What is wrong with one server, worst first. */
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
      false,
      `may lose the last second of acknowledged work (appendfsync ${fsync}) although durability is strict`,
      'set appendfsync always in redis.conf, or redis.durability: everysec if that second may go',
    )
  // 6.2: GETDEL and XAUTOCLAIM; 7.0 is the oldest this is tested with.
  if (olderThan(version, 6, 2)) add(true, `is version ${version}`, 'install Redis 7.0 or newer')
  else if (olderThan(version, 7, 0))
    add(false, `is version ${version}, older than tested`, 'install Redis 7.0 or newer')
  if (settings.isReadOnly)
    add(true, 'is a replica and takes no writes', 'give the master in redis.url, or redis.sentinels')
  if (settings.lastWriteFailed)
    add(false, 'could not write its append-only file', 'look for a full or failing disk under its dir')
  if (maxMemory > 0 && usedMemory > 0.85 * maxMemory)
    add(
      false,
      `uses ${Math.round((100 * usedMemory) / maxMemory)} % of maxmemory; full, it refuses every update`,
      'raise maxmemory in redis.conf, or shorten retention.closedDays',
    )
  return problems
}

/** At the start of a gateway: refuses what breaks a promise, says the rest loudly. Throws redis-misconfigured. */
export async function requireSettings(
  door: RedisDoor,
  durability: Config['redis']['durability'],
  log: Log,
): Promise<void> {
  const refusals: string[] = []
  for (const settings of await readSettings(door)) {
    if (settings.policy === undefined)
      log.warn(
        { evt: 'redis.settings-hidden', server: settings.server },
        'Redis does not show its settings; make sure of appendonly yes and maxmemory-policy noeviction',
      )
    for (const { refuse, says, cure } of judgeSettings(settings, durability)) {
      if (refuse) refusals.push(`Redis ${settings.server} ${says}: ${cure}`)
      else
        log.error(
          { evt: 'redis.misconfigured', server: settings.server, says, cure },
          'Redis is not set as the promises need it',
        )
    }
  }
  if (refusals.length > 0) throw new GatewayError('redis-misconfigured', refusals.join('\n'), false)
}

async function readConfig(server: Client): Promise<Map<string, string> | undefined> {
  try {
    const flat = (await server.config('GET', 'maxmemory-policy', 'appendonly', 'appendfsync')) as string[]
    return new Map(flat.flatMap((key, at) => (at % 2 === 0 ? [[key, flat[at + 1]!] as const] : [])))
  } catch {
    return undefined // forbidden or renamed: said by the caller
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
