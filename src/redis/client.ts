// Connections to Redis: one server, the master that Sentinel names, or a cluster.
import { Redis as Client, Cluster, type ClusterOptions, type RedisOptions } from 'ioredis'
import type { Config } from '../config/config.js'
import { credentialsOf } from './credentials.js'
import type { Address, Sentinels } from './sentinels.js'

export type RedisClient = Client | Cluster

export interface RedisTarget {
  /** Unix socket of the embedded server; left out, the configuration's own target is used. */
  readonly socket?: string | undefined
  readonly config: Config['redis']
  /** Ends the wait for the first answer. */
  readonly stop?: AbortSignal | undefined
}

// The first attempt at once: after a failover the new master is there already. Then at most about 1 s between attempts:
// everything must be back within 5 s of Redis's return.
const retryStrategy = (attempt: number) =>
  attempt === 1
    ? Math.floor(Math.random() * 10)
    : Math.min(50 * 2 ** Math.min(attempt, 5), 1000) + Math.floor(Math.random() * 100)

// After a failover the old master answers READONLY: reconnect to the new one and resend the command. It was refused, so it
// cannot run twice. At most one reconnect in five seconds: if a server stays read-only, reads must not suffer.
const leaveEveryMs = 5000
function onFailover(): (error: Error) => 2 | false {
  let leftAt = Number.NEGATIVE_INFINITY
  return ({ message }) => {
    if (!message.startsWith('READONLY') || performance.now() - leftAt < leaveEveryMs) return false
    leftAt = performance.now()
    return 2
  }
}

/** A connection that fails fast when Redis is away, queues nothing offline, and reconnects by itself. */
export function connect({ socket, config }: RedisTarget, sentinels?: Sentinels): RedisClient {
  // RESP2: with RESP3 the shape of a reply depends on whether a command was called by its name or by call().
  const options = {
    protocol: 2,
    autoResendUnfulfilledCommands: false,
    connectTimeout: 2000,
    retryStrategy,
    reconnectOnError: onFailover(),
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    commandTimeout: config.commandTimeoutMs,
  } satisfies RedisOptions
  if (socket !== undefined) return new Client({ ...options, path: socket })
  const { tls } = config
  const { url, ...inUrl } = partedUrl(config.url ?? 'redis://127.0.0.1:6379/0')
  const { username = inUrl.username, password = inUrl.password } = config
  const credentials = credentialsOf({ username, password }, tls)
  if (config.sentinels) {
    const its = credentialsOf(config.sentinels, tls)
    return new Client({
      ...options,
      ...credentials,
      sentinels: config.sentinels.nodes,
      name: config.sentinels.name,
      ...(its.username === undefined ? {} : { sentinelUsername: its.username }),
      ...(its.password === undefined ? {} : { sentinelPassword: its.password }),
      // sentinelTLS encrypts only the connections to the sentinels; enableTLSForSentinelMode those to the servers.
      ...(its.tls === undefined ? {} : { sentinelTLS: its.tls, enableTLSForSentinelMode: true }),
      sentinelRetryStrategy: retryStrategy,
      // ioredis asks the first sentinel that answers; it may not have heard yet of the master that another sentinel announced.
      natMap: () => sentinels?.justAnnounced() ?? null,
    })
  }
  if (config.cluster) {
    const clusterOptions = {
      redisOptions: { ...options, ...credentials },
      enableOfflineQueue: false,
      clusterRetryStrategy: retryStrategy,
      slotsRefreshTimeout: 2000,
      slotsRefreshInterval: 5000,
      retryDelayOnFailover: 100,
      retryDelayOnClusterDown: 200,
      // A request is waiting: retry a node that is gone for one second, not for the length of an election.
      maxRedirections: 4,
    } satisfies ClusterOptions
    return new Cluster(config.cluster, clusterOptions)
  }
  if (url.startsWith('/')) return new Client({ ...options, ...credentials, path: url })
  if (url.startsWith('unix://'))
    return new Client({ ...options, ...credentials, path: url.slice('unix://'.length) })
  return new Client(url, { ...options, ...credentials })
}

/**
 * Splits the credentials off a URL. ioredis prefers those of the URL to its options: for redis://gateway@host it would send an
 * empty password instead of the one in redis.passwordFile.
 */
export function partedUrl(given: string): { url: string; username?: string; password?: string } {
  if (!URL.canParse(given)) return { url: given }
  const at = new URL(given)
  const [username, password] = [decoded(at.username), decoded(at.password)]
  if (username === '' && password === '') return { url: given }
  at.username = at.password = ''
  return { url: at.href, ...(username ? { username } : {}), ...(password ? { password } : {}) }
}

/** A user or password that is not valid percent-encoding is taken literally. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * Leaves a former master as soon as a sentinel announces a new one, because writes it still accepts would be lost. The other
 * sentinels announce the same master a moment later; a connection to it is kept. (A connection still being made finds it by
 * itself.)
 */
export function follow(client: RedisClient, { host, port }: Address): void {
  if (!(client instanceof Client) || client.status !== 'ready') return
  const { remoteAddress, remotePort } = client.stream as { remoteAddress?: string; remotePort?: number }
  if (remoteAddress?.replace(/^::ffff:/, '') !== host || remotePort !== port) client.disconnect(true)
}

const lookEveryMs = 1000
const maxConnectingMs = 10_000
// One ping may wait behind a long command. Two without a reply mean that the server hangs or the network drops packets.
const maxUnanswered = 2

/**
 * Pings a server once a second, and drops the connection when two pings in a row get no reply within the command time-out. TCP
 * alone would treat such a connection as healthy for as long as it retransmits. Returns a function that stops the pings.
 */
export function keepPulse(client: RedisClient): () => void {
  if (!(client instanceof Client)) return () => {}
  let isAsked = false
  let unanswered = 0
  const timer = setInterval(async () => {
    if (isAsked || client.status !== 'ready') return
    isAsked = true
    // An error reply is a reply.
    const failed = await client.ping().then(
      () => false,
      (error: Error) => error.message === 'Command timed out',
    )
    isAsked = false
    unanswered = failed ? unanswered + 1 : 0
    if (unanswered < maxUnanswered) return
    unanswered = 0
    if (client.status === 'ready') client.disconnect(true)
  }, lookEveryMs)
  timer.unref()
  return () => clearInterval(timer)
}

/**
 * Reconnects to Sentinel's master when ioredis has given up: a failover during a connection attempt makes it end or hang.
 * Returns a function that stops the watch.
 */
export function keepTrying(client: RedisClient): () => void {
  if (!(client instanceof Client)) return () => {}
  let readyAt = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    if (client.status === 'ready') readyAt = now
    else if (client.status === 'end')
      client.connect().catch(() => {}) // still away; retried on the next tick
    else if (now - readyAt > maxConnectingMs) {
      readyAt = now
      client.disconnect(true)
    }
  }, lookEveryMs)
  timer.unref()
  return () => clearInterval(timer)
}
