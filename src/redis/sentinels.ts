// What the sentinels say: whether a server is certainly the master, and when another one becomes the master.
import { Redis } from 'ioredis'
import type { Config } from '../config/config.js'
import { credentialsOf } from './credentials.js'

export interface Address {
  readonly host: string
  readonly port: number
}

/**
 * `undisputed`: most of the sentinels answer; those with the newest configuration name this server, call it up, and no
 * failover is under way. `disputed`: one of those says otherwise. `unheard`: too few answer to tell.
 */
export type Verdict = 'undisputed' | 'disputed' | 'unheard'

export interface Sentinels {
  /** `address` (ip:port) is compared when a sentinel does not yet know the run_id of a new master. */
  verdict(server: { readonly runId: string; readonly address: string }): Promise<Verdict>
  /** Calls `listener` with each new master, once for every sentinel that announces it. */
  onNewMaster(listener: (master: Address) => void): void
  /** The new master that was announced a moment ago; a sentinel that is asked now may not have heard of it. */
  justAnnounced(): Address | undefined
  /** Settles once every sentinel has answered or refused for the first time. */
  readonly met: Promise<void>
  close(): void
}

// Sentinels are as near as the servers; one that hangs must not delay every write by more.
const patienceMs = 300
// How long an announced master overrides what a sentinel says; sentinels inform each other within a tenth of a second.
const announcedMs = 2000
const retryStrategy = (attempt: number) => Math.min(100 * attempt, 1000)

/** Connects to every configured sentinel, twice: to ask, and to hear announcements. */
export function openSentinels(
  sentinels: NonNullable<Config['redis']['sentinels']>,
  tls: Config['redis']['tls'],
): Sentinels {
  const { name, nodes } = sentinels
  const credentials = credentialsOf(sentinels, tls)
  const listeners = new Set<(master: Address) => void>()
  let announced: { master: Address; at: number } | undefined
  const clients = nodes.flatMap(({ host, port }) => {
    const asked = new Redis({
      ...credentials,
      host,
      port,
      protocol: 2,
      connectTimeout: 2000,
      commandTimeout: patienceMs,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      enableReadyCheck: false,
      autoResendUnfulfilledCommands: false,
      retryStrategy,
    })
    const heard = new Redis({
      ...credentials,
      host,
      port,
      protocol: 2,
      enableReadyCheck: false,
      retryStrategy,
    })
    for (const client of [asked, heard]) client.on('error', () => {}) // a sentinel that is away reconnects by itself
    // A subscription outlives a lost connection; while a sentinel is away it waits.
    heard.subscribe('+promoted-slave', '+switch-master').catch(() => {})
    heard.on('message', (channel: string, message: string) => {
      const master = newMasterIn(channel, message, name)
      if (!master) return
      announced = { master, at: performance.now() }
      for (const listener of listeners) listener(master)
    })
    return [{ asked, heard }]
  })
  const met = clients.map(
    ({ asked }) =>
      new Promise<void>((resolve) => {
        asked.once('ready', resolve).once('close', resolve)
        setTimeout(resolve, patienceMs).unref()
      }),
  )
  return {
    met: Promise.all(met).then(() => {}),
    async verdict(server) {
      const views = await Promise.all(clients.map(({ asked }) => ask(asked, name)))
      return verdictOf(views, server)
    },
    onNewMaster: (listener) => void listeners.add(listener),
    justAnnounced: () =>
      announced && performance.now() - announced.at < announcedMs ? announced.master : undefined,
    close() {
      listeners.clear()
      for (const { asked, heard } of clients) {
        asked.disconnect()
        heard.disconnect()
      }
    },
  }
}

/** What one sentinel says of the master. */
export interface SentinelView {
  /** The master it names to clients: the new one as soon as a failover cannot be undone. */
  readonly address: string
  /** The configuration's epoch: it grows with every failover, and the highest one wins. */
  readonly epoch: number
  /** The server it monitors as the master: during a failover still the former one. */
  readonly watched: { readonly address: string; readonly runId: string; readonly flags: string }
}

/** `views`: one for each configured sentinel, undefined for those that did not answer. */
export function verdictOf(
  views: readonly (SentinelView | undefined)[],
  server: { readonly runId: string; readonly address: string },
): Verdict {
  const answers = views.filter((one) => one !== undefined)
  // The others hear of a failover a moment after the sentinel that led it.
  const newest = Math.max(...answers.map(({ epoch }) => epoch))
  const agree = answers
    .filter(({ epoch }) => epoch === newest)
    .every(({ address, watched }) =>
      address === watched.address
        ? (watched.runId === '' ? address === server.address : watched.runId === server.runId) &&
          !/down|failover_in_progress/.test(watched.flags)
        : address === server.address,
    )
  if (!agree) return 'disputed'
  return answers.length * 2 > views.length ? 'undisputed' : 'unheard'
}

async function ask(client: Redis, name: string): Promise<SentinelView | undefined> {
  try {
    const [flat, named] = (await Promise.all([
      client.call('SENTINEL', 'MASTER', name),
      client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name),
    ])) as [string[], [string, string] | null]
    if (!named) return undefined
    const fields = Object.fromEntries(flat.flatMap((key, at) => (at % 2 === 0 ? [[key, flat[at + 1]!]] : [])))
    return {
      address: named.join(':'),
      epoch: Number(fields['config-epoch']),
      watched: {
        address: `${fields.ip}:${fields.port}`,
        runId: fields.runid ?? '',
        flags: fields.flags ?? '',
      },
    }
  } catch {
    return undefined // away, or it does not know the master
  }
}

/**
 * `+switch-master NAME OLD-IP OLD-PORT IP PORT`; `+promoted-slave slave IP:PORT IP PORT @ NAME IP PORT` comes earlier, by
 * seconds where further replicas have to follow. From then on the sentinel names the new master and cannot go back.
 */
export function newMasterIn(channel: string, message: string, name: string): Address | undefined {
  const words = message.split(' ')
  const [its, host, port] =
    channel === '+switch-master' ? [words[0], words[3], words[4]] : [words[5], words[2], words[3]]
  return its === name && host !== undefined ? { host, port: Number(port) } : undefined
}
