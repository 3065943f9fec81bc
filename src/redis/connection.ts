// The room's interface: commands, scripts and batches on a connection that fails fast (a citizen is waiting) and reconnects.
import { Redis as Client, Cluster } from 'ioredis'
import { GatewayError } from '../errors.js'
import type { Log } from '../log.js'
import type { Metrics } from '../metrics.js'
import { connect, follow, keepPulse, keepTrying, type RedisClient, type RedisTarget } from './client.js'
import { readLua } from './lua.js'
import { type Keep, keepOnMaster, keepOnReplicas } from './replicas.js'
import { openSentinels } from './sentinels.js'
import { replicasOf } from './settings.js'

export type Arg = string | number | Buffer
/** One reply of a batch: an error or a value. */
export type Reply = [error: Error | null, value: unknown]

/**
 * A Lua script, sent as EVALSHA (ioredis handles NOSCRIPT); strings are returned as Buffers. `run` measures the time and
 * rejects with a GatewayError; `send` is for a batch.
 */
export interface Script {
  run(keys: readonly string[], args: readonly Arg[]): Promise<unknown>
  send(keys: readonly string[], args: readonly Arg[]): Promise<unknown>
}

/** Commands sent together. */
export interface Batch {
  /** `send` sends one command on the door's `request`, when the batch is executed. */
  add(send: () => Promise<unknown>): void
  readonly size: number
  /** Replies in the order of `add`, each an error or a value; never rejects. */
  exec(): Promise<Reply[]>
}

export interface RedisDoor {
  /**
   * For requests: a command fails at once when Redis is away, and after `redis.commandTimeoutMs` when it hangs.
   * Nothing is queued offline, and nothing is sent twice.
   */
  readonly request: RedisClient
  /**
   * Defines the Lua script of a file `name-KEYS.lua`, with `constants` (Lua statements) before it; on a cluster its keys
   * must share a hash tag. Throws for a second file of the same name.
   */
  script(file: URL, constants?: string): Script
  /** A batch of commands, which on a cluster may be for several servers. */
  batch(): Batch
  /** Runs a write that is acknowledged to a client: resolves once the configured replicas have it. */
  readonly keep: Keep
  /** The server that holds a key, for commands without a key such as SCAN. */
  serverOf(key: string): Promise<Client>
  readonly isCluster: boolean
  isReady(): boolean
  onReadyChange(listener: (isReady: boolean) => void): () => void
  /** Calls `listener` whenever a server is ready again: after an outage, restart or failover, and when a node joins. */
  onServerReady(listener: () => void): void
  close(): Promise<void>
}

/** Connects. Resolves when Redis has answered once; throws GatewayError redis-unavailable after `waitMs`. */
export async function openRedis(
  target: RedisTarget,
  log: Log,
  metrics: Metrics,
  waitMs = 15_000,
): Promise<RedisDoor> {
  const up = metrics.gauge('gateway_redis_up', '1 while Redis answers')
  // One observation (0.5 µs) for each script and batch; single commands are too few to matter.
  const took = metrics
    .histogram(
      'gateway_redis_command_duration_seconds',
      'one round trip to Redis: a script, or commands that travel together',
      [],
      [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5],
    )
    .labels()
  const listeners = new Set<(isReady: boolean) => void>()
  let ready = false

  const sentinels = target.config.sentinels && openSentinels(target.config.sentinels, target.config.tls)
  const request = connect(target, sentinels)
  const replicas = target.socket === undefined ? replicasOf(target.config) : 0
  const asker = replicas > 0 ? connect(target, sentinels) : undefined
  asker?.on('error', () => {})
  tellRefusals(request, () => ready, log)
  const setReady = (now: boolean) => {
    if (now === ready) return
    ready = now
    up.set(now ? 1 : 0)
    if (now) log.info({ evt: 'redis.up' }, 'Redis answers')
    else log.error({ evt: 'redis.down' }, 'Redis is away; every channel says "unavailable" until it is back')
    for (const listener of listeners) listener(now)
  }
  request.on('close', () => setReady(false))
  request.on('end', () => setReady(false))
  up.set(0)
  try {
    const first = (client: RedisClient) => firstReady(client, whichRedis(target), waitMs, target.stop)
    await Promise.all([first(request), asker && first(asker), sentinels?.met])
  } catch (error) {
    sentinels?.close()
    request.disconnect()
    asker?.disconnect()
    throw error
  }
  setReady(true)
  request.on('ready', () => setReady(true))
  const watched = target.config.sentinels ? [request, ...(asker ? [asker] : [])] : []
  const unwatch = [...watched.map(keepTrying), keepPulse(request)]
  sentinels?.onNewMaster((master) => {
    for (const client of watched) follow(client, master)
  })
  const scripts = new Map<string, string>()
  const returned = new Set<() => void>()
  const comeBack = () => {
    for (const listener of returned) listener()
  }
  request.on('ready', comeBack)
  // A Cluster emits `ready` once; its nodes come and go, and connect when first needed.
  if (request instanceof Cluster) request.on('+node', (node: Client) => node.on('ready', comeBack))

  return {
    request,
    isCluster: request instanceof Cluster,
    keep:
      asker instanceof Client && request instanceof Client
        ? keepOnReplicas(request, asker, replicas, sentinels?.verdict)
        : keepOnMaster,
    script: (file, constants) => defineScript(request, took, scripts, file, constants),
    batch: () => openBatch(request, took),
    async serverOf(key) {
      if (request instanceof Client) return request
      try {
        const slot = Number(await request.cluster('KEYSLOT', key))
        const name = request.slots[slot]?.[0]
        const node = request.nodes('master').find(({ options }) => `${options.host}:${options.port}` === name)
        if (node) return node
      } catch (error) {
        throw asFault(error)
      }
      throw new GatewayError('redis-unavailable', 'no server of the cluster holds this key', true)
    },
    isReady: () => ready,
    onReadyChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    onServerReady: (listener) => void returned.add(listener),
    async close() {
      for (const end of unwatch) end()
      sentinels?.close()
      listeners.clear()
      returned.clear()
      request.removeAllListeners('close').removeAllListeners('end')
      // quit() waits for outstanding replies, which never come from a server that is gone.
      if (ready)
        await Promise.race([
          request.quit().catch(() => {}),
          new Promise((done) => setTimeout(done, 1000).unref()),
        ])
      request.disconnect()
      asker?.disconnect()
    },
  }
}

/** Maps a failed command to a GatewayError: `redis-unavailable` (retryable) or `redis-refused` (our mistake). */
export function asFault(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError)
    throw error
  return isOurMistake(error)
    ? new GatewayError('redis-refused', 'Redis refused a command', false, error)
    : new GatewayError('redis-unavailable', whyAway(error), true, error)
}

/** What `catch` of a command is given: throws its error as a GatewayError. */
export function throwFault(error: unknown): never {
  throw asFault(error)
}

/** The first word of an error reply (OOM, READONLY, NOREPLICAS …) alone: the rest may quote the command's arguments. */
export function whyAway(error: unknown): string {
  const [word] = /^[A-Z]{3,}(?= )/.exec(error instanceof Error ? error.message : '') ?? []
  if (word === 'NOPERM') return 'Redis refuses this to its user: NOPERM; see the rights in config/redis.conf'
  return word === undefined ? 'Redis did not answer' : `Redis refuses this for now: ${word}`
}

// An error reply begins with an upper-case word. OOM, READONLY, MISCONF, LOADING, CLUSTERDOWN … pass by themselves or need
// the operator, and count as "away"; these few are our own mistakes.
function isOurMistake(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^(WRONGTYPE|ERR|CROSSSLOT)\b/.test(error.message) &&
    !/unavailable/i.test(error.message)
  )
}

/** How errors name this Redis: the configuration key, and the address without its password. */
function whichRedis({ socket, config: { url, sentinels, cluster } }: RedisTarget): string {
  if (socket !== undefined) return 'The embedded Redis'
  if (sentinels ?? cluster) return `Redis of redis.${sentinels ? 'sentinels' : 'cluster'}`
  const at = url !== undefined && URL.canParse(url) ? new URL(url) : undefined
  return `Redis at redis.url (${at?.host || at?.pathname || url})`
}

interface ConnectError extends NodeJS.ErrnoException {
  /** With a cluster: the error of the node that was asked last. */
  readonly lastNodeError?: ConnectError
}

// Errors that show that the server is of another kind than the one configured.
const mistaken = [
  [/cluster support disabled/, 'it is no cluster: give it as redis.url'],
  [/unknown command 'sentinel'/i, 'its nodes are no sentinels'],
  [/No such master/, 'its sentinels know no master of this name'],
  [/RESP type/, 'what listens there is no Redis'],
] as const

/** ECONNREFUSED, WRONGPASS, NOAUTH, LOADING: the word that tells the operator what to fix. */
function reasonOf({ code, message, lastNodeError }: ConnectError): string | undefined {
  if (lastNodeError !== undefined) return reasonOf(lastNodeError)
  const [, ofSentinel] = /^All sentinels .*? Last error: (.*)$/s.exec(message) ?? []
  const word = code ?? /^[A-Z]{4,}/.exec(ofSentinel ?? message)?.[0]
  if (word === undefined) return mistaken.find(([pattern]) => pattern.test(message))?.[1]
  return ofSentinel === undefined ? word : `its sentinels say ${word}`
}

// A password, a right or a certificate that was changed: no waiting brings Redis back.
const refusals = /^(WRONGPASS|NOAUTH|NOPERM|CERT_|ERR_TLS_|DEPTH_|SELF_SIGNED_|UNABLE_TO_)/

/**
 * Logs each reason for which a reachable server refuses us once. ioredis reports every attempt, and in each attempt every
 * command (WRONGPASS for AUTH, then NOAUTH for SELECT). An outage is logged elsewhere.
 */
function tellRefusals(client: RedisClient, wasReady: () => boolean, log: Log): void {
  const told = new Set<string>()
  client.on('ready', () => told.clear())
  client.on('error', (error: ConnectError) => {
    const why = reasonOf(error)
    if (why === undefined || told.has(why) || !refusals.test(why) || wasReady()) return
    told.add(why)
    log.error({ evt: 'redis.refused', why }, 'Redis refuses this gateway: correct redis.*, then restart')
  })
}

function firstReady(client: RedisClient, its: string, waitMs: number, stop?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let why = ''
    const fail = (message: string) => {
      client.disconnect()
      reject(new GatewayError('redis-unavailable', message, true))
    }
    client.on('error', (error: ConnectError) => {
      why = reasonOf(error) ?? why
    })
    const timer = setTimeout(
      () => fail(`${its} did not answer within ${waitMs / 1000} s${why ? `: ${why}` : ''}`),
      waitMs,
    )
    const onStop = () => {
      clearTimeout(timer)
      fail(`stopped before ${its} answered`)
    }
    stop?.addEventListener('abort', onStop, { once: true })
    client.once('ready', () => {
      clearTimeout(timer)
      stop?.removeEventListener('abort', onStop)
      resolve()
    })
  })
}

// Not an ioredis pipeline: ioredis defines every script as a method on each new pipeline, which costs more than most of the
// commands (25 µs of 33; ioredis 6.0).
function openBatch(client: RedisClient, took: Took): Batch {
  const sends: (() => Promise<unknown>)[] = []
  return {
    add: (send) => void sends.push(send),
    get size() {
      return sends.length
    },
    async exec() {
      if (sends.length === 0) return []
      const started = performance.now()
      const replies = await Promise.all(together(client, sends))
      took.observe((performance.now() - started) / 1000)
      return replies
    },
  }
}

/** Sends commands with one write to each server. */
function together(client: RedisClient, sends: readonly (() => Promise<unknown>)[]): Promise<Reply>[] {
  const servers = sends.length === 1 ? [] : client instanceof Cluster ? client.nodes('all') : [client]
  // A node of a cluster that has not been needed yet has no stream.
  const streams = servers.flatMap(({ stream }) => stream ?? [])
  for (const stream of streams) stream.cork()
  try {
    return sends.map((send) =>
      send().then(
        (value): Reply => [null, value],
        (error: Error): Reply => [error, undefined],
      ),
    )
  } finally {
    for (const stream of streams) stream.uncork()
  }
}

type Took = { observe(seconds: number): void }

function defineScript(
  client: RedisClient,
  took: Took,
  defined: Map<string, string>,
  file: URL,
  constants?: string,
): Script {
  const { name, keys, source: lua } = readLua(file, constants)
  // The same file may be defined again: journals do so for each stream.
  if ((defined.get(name) ?? file.href) !== file.href)
    throw new Error(`two Lua scripts are called ${name}: ${defined.get(name)} and ${file.href}`)
  defined.set(name, file.href)
  // Prefixed, because a script's name may be a Redis command (`watch`).
  client.defineCommand(`script:${name}`, keys === undefined ? { lua } : { lua, numberOfKeys: keys })
  const counted = (given: readonly string[]) => {
    if (keys === undefined) return [given.length, ...given]
    if (given.length !== keys) throw new Error(`${name}-${keys}.lua was called with ${given.length} keys`)
    return given
  }
  type Command = (...args: Arg[]) => Promise<unknown>
  const command = `script:${name}Buffer`
  const send: Script['send'] = (scriptKeys, args) =>
    (client as unknown as Record<string, Command>)[command]!(...counted(scriptKeys), ...args)
  return {
    send,
    async run(scriptKeys, args) {
      const started = performance.now()
      const reply = send(scriptKeys, args)
      try {
        return await reply
      } catch (error) {
        throw asFault(error)
      } finally {
        took.observe((performance.now() - started) / 1000)
      }
    },
  }
}
