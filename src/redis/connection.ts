// The one door to ioredis. Its connection fails fast (a citizen is waiting) and comes back by itself after an outage.
import { readFileSync } from 'node:fs'
import { Redis as Client, Cluster, type ClusterOptions, type RedisOptions } from 'ioredis'
import type { Config } from '../config/config.js'
import { GatewayError } from '../errors.js'
import type { Log } from '../log.js'
import type { Metrics } from '../metrics.js'
import { readLua } from './lua.js'

export type RedisClient = Client | Cluster
export type Arg = string | number | Buffer
export type Pipeline = ReturnType<Client['pipeline']>
/** One reply of an executed pipeline: an error or a value. */
export type Reply = [error: Error | null, value: unknown]

/** A Lua script: `run` sends EVALSHA (ioredis heals NOSCRIPT), `queue` adds it to a pipeline. Strings come back as bytes. */
export interface Script {
  run(keys: readonly string[], args: readonly Arg[]): Promise<unknown>
  queue(pipeline: Pipeline, keys: readonly string[], args: readonly Arg[]): void
}

/** Commands sent in one go. Every `add` queues exactly one command on the key it names. */
export interface Batch {
  add(key: string, queue: (pipeline: Pipeline) => void): void
  readonly size: number
  /** Replies in the order of `add`, each an error or a value; never rejects. */
  exec(): Promise<Reply[]>
}

export interface RedisDoor {
  /**
   * For anybody who waits: a command fails at once when Redis is away, and after `redis.commandTimeoutMs` when it hangs.
   * Nothing is queued, and nothing is sent twice (LIBRARIES.md §4, "Failure semantics").
   */
  readonly request: RedisClient
  /**
   * Defines the Lua script of a file `name-KEYS.lua`, with `constants` (Lua statements) before it; on a cluster its keys
   * must share a hash tag. Throws for a second file of the same name.
   */
  script(file: URL, constants?: string): Script
  /** Commands that travel together: one explicit pipeline, or on a cluster one for each hash tag. */
  batch(): Batch
  /** The one server that holds a key, for commands without a key of their own such as SCAN. */
  serverOf(key: string): Promise<Client>
  readonly isCluster: boolean
  isReady(): boolean
  onReadyChange(listener: (isReady: boolean) => void): () => void
  /** Calls whenever a server takes commands again: after an outage, a restart or a failover, and when a node joins. */
  onServerReady(listener: () => void): void
  close(): Promise<void>
}

export interface RedisTarget {
  /** Unix socket of the embedded server; left out, the configuration's own target is used. */
  readonly socket?: string
  readonly config: Config['redis']
}

// About 1 s between attempts at most: the promise is "all back within 5 s of its return".
const retryStrategy = (attempt: number) =>
  Math.min(50 * 2 ** Math.min(attempt, 5), 1000) + Math.floor(Math.random() * 100)

/** Opens the door. Resolves when Redis answered once; throws GatewayError redis-unavailable after `waitMs` without. */
export async function openRedis(
  target: RedisTarget,
  log: Log,
  metrics: Metrics,
  waitMs = 15_000,
): Promise<RedisDoor> {
  const up = metrics.gauge('gateway_redis_up', '1 while Redis answers')
  // One observation for each script and each pipeline, half a microsecond: single commands are few beside them.
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

  // RESP2: with RESP3 the shape of a reply depends on whether a command was called by its name or by call().
  const shared: RedisOptions = {
    protocol: 2,
    autoResendUnfulfilledCommands: false,
    connectTimeout: 2000,
    retryStrategy,
    reconnectOnError: onFailover(),
  }
  const request = connect(target, {
    ...shared,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    commandTimeout: target.config.commandTimeoutMs,
  })
  request.on('error', () => {}) // the state change below tells it once; ioredis tells it at every attempt
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
  await firstReady(request, waitMs)
  setReady(true)
  request.on('ready', () => setReady(true))
  const scripts = new Map<string, string>()
  const returned = new Set<() => void>()
  const comeBack = () => {
    for (const listener of returned) listener()
  }
  request.on('ready', comeBack)
  // A cluster is ready once; its nodes come and go, and connect when they are first needed.
  if (request instanceof Cluster) request.on('+node', (node: Client) => node.on('ready', comeBack))

  return {
    request,
    isCluster: request instanceof Cluster,
    script: (file, constants) => defineScript(request, took, scripts, file, constants),
    batch: () => (request instanceof Cluster ? taggedBatch(request, took) : plainBatch(request, took)),
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
      listeners.clear()
      returned.clear()
      request.removeAllListeners('close').removeAllListeners('end')
      // quit() waits for replies still due; from a server that is gone none will come.
      if (ready)
        await Promise.race([
          request.quit().catch(() => {}),
          new Promise((done) => setTimeout(done, 1000).unref()),
        ])
      request.disconnect()
    },
  }
}

/** Any failure of a command, as the fault the rooms know: `redis-unavailable` (retryable) or `redis-refused` (our mistake). */
export function asFault(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError)
    throw error
  return isOurMistake(error)
    ? new GatewayError('redis-refused', 'Redis refused a command', false, error)
    : new GatewayError('redis-unavailable', 'Redis did not answer', true, error)
}

// An error reply begins with an upper-case word. OOM, READONLY, MISCONF, LOADING, CLUSTERDOWN … pass by themselves or by
// the operator's hand and count as "away" for whoever asks; these few are our own mistakes.
function isOurMistake(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^(WRONGTYPE|ERR|CROSSSLOT)\b/.test(error.message) &&
    !/unavailable/i.test(error.message)
  )
}

// After a failover the old master answers READONLY: leave it, find the new one, send the command again. It was refused,
// so nothing is counted twice. A master that is read-only for good is not left at every write, or reads would suffer too.
const leaveEveryMs = 5000
function onFailover(): (error: Error) => 2 | false {
  let leftAt = 0
  return ({ message }) => {
    if (!message.startsWith('READONLY') || Date.now() - leftAt < leaveEveryMs) return false
    leftAt = Date.now()
    return 2
  }
}

function connect({ socket, config }: RedisTarget, options: RedisOptions): RedisClient {
  if (socket !== undefined) return new Client({ ...options, path: socket })
  const { username, password, tls } = config
  // A password alone would go to the default user, whatever user the address names: ioredis lets options win over the URL.
  const named = username ?? userOf(config.url)
  const credentials = {
    ...(named === undefined ? {} : { username: named }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls: tls.ca === undefined ? {} : { ca: readFileSync(tls.ca) } }),
  }
  if (config.sentinels)
    return new Client({
      ...options,
      ...credentials,
      sentinels: config.sentinels.nodes,
      name: config.sentinels.name,
      sentinelRetryStrategy: retryStrategy,
      // When Sentinel names another master, the connection to the former one is given up at once: what it would still
      // acknowledge is lost with it.
      failoverDetector: true,
    })
  if (config.cluster) {
    const clusterOptions: ClusterOptions = {
      redisOptions: { ...options, ...credentials },
      enableOfflineQueue: options.enableOfflineQueue ?? true,
      clusterRetryStrategy: retryStrategy,
      slotsRefreshTimeout: 2000,
      slotsRefreshInterval: 5000,
      retryDelayOnFailover: 100,
      retryDelayOnClusterDown: 200,
      // Somebody waits: a node that is gone is asked for a second, not for as long as an election may take.
      ...(options.enableOfflineQueue === false ? { maxRedirections: 4 } : {}),
    }
    return new Cluster(config.cluster, clusterOptions)
  }
  const url = config.url ?? 'redis://127.0.0.1:6379/0'
  if (url.startsWith('/')) return new Client({ ...options, ...credentials, path: url })
  if (url.startsWith('unix://'))
    return new Client({ ...options, ...credentials, path: url.slice('unix://'.length) })
  return new Client(url, { ...options, ...credentials })
}

/** The user that an address names: redis://gateway@host. */
function userOf(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined
  return decodeURIComponent(new URL(url).username) || undefined
}

function firstReady(client: RedisClient, waitMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let why = ''
    client.on('error', (error: NodeJS.ErrnoException) => {
      // ECONNREFUSED, WRONGPASS, NOAUTH, LOADING: the one word that says what to do.
      why = error.code ?? /^[A-Z]{4,}/.exec(error.message)?.[0] ?? why
    })
    const timer = setTimeout(() => {
      client.disconnect()
      const told = why ? ` (${why})` : ''
      reject(
        new GatewayError('redis-unavailable', `Redis did not answer within ${waitMs / 1000} s${told}`, true),
      )
    }, waitMs)
    client.once('ready', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

function plainBatch(client: Client, took: Took): Batch {
  const pipeline = client.pipeline()
  let size = 0
  return {
    add(_key, queue) {
      queue(pipeline)
      size++
    },
    get size() {
      return size
    },
    exec: () => (size === 0 ? Promise.resolve([]) : run(pipeline, size, took)),
  }
}

// ioredis wants all keys of a pipeline on one node; keys with one tag always are.
function taggedBatch(client: Cluster, took: Took): Batch {
  const groups = new Map<string, { pipeline: Pipeline; places: number[] }>()
  let size = 0
  return {
    add(key, queue) {
      const tag = /\{([^}]+)\}/.exec(key)?.[1] ?? key
      let group = groups.get(tag)
      if (!group) groups.set(tag, (group = { pipeline: client.pipeline() as Pipeline, places: [] }))
      queue(group.pipeline)
      group.places.push(size++)
    },
    get size() {
      return size
    },
    async exec() {
      const replies: Reply[] = new Array(size)
      await Promise.all(
        [...groups.values()].map(async ({ pipeline, places }) => {
          const part = await run(pipeline, places.length, took)
          places.forEach((place, nth) => (replies[place] = part[nth]!))
        }),
      )
      return replies
    },
  }
}

async function run(pipeline: Pipeline, size: number, took: Took): Promise<Reply[]> {
  const started = performance.now()
  try {
    return ((await pipeline.exec()) ?? []) as Reply[]
  } catch (error) {
    return Array.from({ length: size }, (): Reply => [error as Error, undefined])
  } finally {
    took.observe((performance.now() - started) / 1000)
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
  // Journals define theirs once for each stream.
  if ((defined.get(name) ?? file.href) !== file.href)
    throw new Error(`two Lua scripts are called ${name}: ${defined.get(name)} and ${file.href}`)
  defined.set(name, file.href)
  // A name of its own: `watch` is a command of Redis.
  client.defineCommand(`script:${name}`, keys === undefined ? { lua } : { lua, numberOfKeys: keys })
  const counted = (given: readonly string[]) => {
    if (keys === undefined) return [given.length, ...given]
    if (given.length !== keys) throw new Error(`${name}-${keys}.lua was called with ${given.length} keys`)
    return given
  }
  type Command = (...args: Arg[]) => Promise<unknown>
  const command = `script:${name}Buffer`
  return {
    async run(scriptKeys, args) {
      const all = counted(scriptKeys)
      const started = performance.now()
      try {
        return await (client as unknown as Record<string, Command>)[command]!(...all, ...args)
      } catch (error) {
        throw asFault(error)
      } finally {
        took.observe((performance.now() - started) / 1000)
      }
    },
    queue(pipeline, scriptKeys, args) {
      ;(pipeline as unknown as Record<string, Command>)[command]!(...counted(scriptKeys), ...args)
    },
  }
}
