// Real redis-servers for tests: private, on a Unix socket (or free ports for a cluster), each in its own folder.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface Teardown {
  teardown(fn: () => unknown): void
}

export interface RedisPeer {
  readonly socket: string
  readonly directory: string
  /** Kills it at once, like a power cut. */
  kill(): Promise<void>
  /** Starts it again on the same data. */
  start(): Promise<void>
  /** SIGSTOP / SIGCONT: hangs without closing anything. */
  pause(): void
  resume(): void
}

/** A private redis-server with append-only file and `appendfsync always` unless told otherwise. */
export async function startRedis(t: Teardown, extra: readonly string[] = []): Promise<RedisPeer> {
  const directory = mkdtempSync(join(tmpdir(), 'dgw-redis-'))
  const socket = join(directory, 's')
  let child: ChildProcess | undefined
  const start = async () => {
    child = await launch(directory, [
      'port 0',
      `unixsocket ${socket}`,
      'appendonly yes',
      'appendfsync always',
      'save ""',
      'maxmemory-policy noeviction',
      'hash-max-listpack-value 256',
      ...extra,
    ])
  }
  const kill = async () => {
    if (child && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }
  await start()
  t.teardown(async () => {
    await kill()
    rmSync(directory, { recursive: true, force: true })
  })
  return {
    socket,
    directory,
    start,
    kill,
    pause: () => child?.kill('SIGSTOP'),
    resume: () => child?.kill('SIGCONT'),
  }
}

interface ClusterPeer {
  readonly nodes: readonly { host: string; port: number }[]
  killNode(at: number): Promise<void>
  /** A planned failover of a master to its replica, as before maintenance. Resolves when it was requested. */
  handOver(at: number): Promise<void>
}

/** How servers are reached other than openly: `servers` and `sentinel` take the place of the line `port`. */
export interface Secured {
  servers(port: number): string[]
  sentinel(port: number): string[]
  /** Arguments of redis-cli. */
  readonly cli: readonly string[]
}

const open: Secured = {
  servers: (port) => [`port ${port}`],
  sentinel: (port) => [`port ${port}`],
  cli: [],
}

/** Three masters of a real Redis Cluster on free ports, each with so many replicas behind them. */
export async function startCluster(
  t: Teardown,
  replicas: 0 | 1 = 0,
  secured: Secured = open,
): Promise<ClusterPeer> {
  const directory = mkdtempSync(join(tmpdir(), 'dgw-cluster-'))
  const nodes: { host: string; port: number }[] = []
  const children: ChildProcess[] = []
  const { mkdirSync } = await import('node:fs')
  for (let at = 0; at < 3 * (1 + replicas); at++) {
    const port = await freeClusterPort()
    const home = join(directory, String(at))
    mkdirSync(home)
    children.push(
      await launch(home, [
        ...secured.servers(port),
        'bind 127.0.0.1',
        'cluster-enabled yes',
        'cluster-announce-ip 127.0.0.1',
        'cluster-config-file nodes.conf',
        'cluster-node-timeout 2000',
        'repl-diskless-sync-delay 0',
        'appendonly yes',
        'appendfsync everysec',
        'save ""',
        'hash-max-listpack-value 256',
      ]),
    )
    nodes.push({ host: '127.0.0.1', port })
  }
  t.teardown(async () => {
    for (const child of children) child.kill('SIGKILL')
    await Promise.all(
      children.map((child) =>
        child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined,
      ),
    )
    rmSync(directory, { recursive: true, force: true })
  })
  const create = spawn(
    'redis-cli',
    [
      ...secured.cli,
      '--cluster',
      'create',
      ...nodes.map(({ host, port }) => `${host}:${port}`),
      '--cluster-replicas',
      String(replicas),
      '--cluster-yes',
    ],
    { stdio: 'ignore' },
  )
  const [code] = await once(create, 'exit')
  if (code !== 0) throw new Error(`redis-cli --cluster create ended with ${code}`)
  // A replica that has never had its master's data is not elected.
  for (const { port } of nodes.slice(3)) await untilSynced(port, secured)
  return {
    nodes,
    async killNode(at) {
      children[at]!.kill('SIGKILL')
      await once(children[at]!, 'exit')
    },
    async handOver(at) {
      const cli = (port: number, ...words: string[]) =>
        execFileSync('redis-cli', ['-p', String(port), ...words], { encoding: 'utf8' })
      const id = cli(nodes[at]!.port, 'cluster', 'myid').trim()
      const [, replica] = /127\.0\.0\.1:(\d+)/.exec(cli(nodes[at]!.port, 'cluster', 'replicas', id)) ?? []
      cli(Number(replica), 'cluster', 'failover')
    },
  }
}

async function untilSynced(port: number, { cli }: Secured): Promise<void> {
  const words = ['-p', String(port), ...cli, 'info', 'replication']
  while (!execFileSync('redis-cli', words, { encoding: 'utf8' }).includes('master_link_status:up'))
    await new Promise((resolve) => setTimeout(resolve, 50))
}

interface SentinelPeer {
  readonly nodes: readonly { host: string; port: number }[]
  /** Name of the master. */
  readonly name: string
  killMaster(): Promise<void>
  /** A planned failover, as before maintenance. Resolves when it was requested. */
  handOver(): Promise<void>
}

/** A master with replicas, and real sentinels that fail over after a second of silence. */
export async function startSentinel(
  t: Teardown,
  replicas = 1,
  sentinels = 1,
  secured: Secured = open,
): Promise<SentinelPeer> {
  const directory = mkdtempSync(join(tmpdir(), 'dgw-sentinel-'))
  const { mkdirSync, writeFileSync } = await import('node:fs')
  const home = (name: string) => {
    const path = join(directory, name)
    mkdirSync(path)
    return path
  }
  const children: ChildProcess[] = []
  t.teardown(async () => {
    for (const child of children) child.kill('SIGKILL')
    await Promise.all(
      children.map((child) =>
        child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined,
      ),
    )
    rmSync(directory, { recursive: true, force: true })
  })
  const master = await freeClusterPort()
  for (let nth = 0; nth <= replicas; nth++) {
    const port = nth === 0 ? master : await freeClusterPort()
    children.push(
      await launch(home(`server-${nth}`), [
        ...secured.servers(port),
        'bind 127.0.0.1',
        'appendonly yes',
        'appendfsync always',
        'save ""',
        'repl-diskless-sync-delay 0',
        ...(nth === 0 ? [] : [`replicaof 127.0.0.1 ${master}`]),
      ]),
    )
  }
  const nodes: { host: string; port: number }[] = []
  for (let nth = 0; nth < sentinels; nth++) {
    const port = await freeClusterPort()
    const file = join(home(`sentinel-${nth}`), 'sentinel.conf')
    writeFileSync(
      file,
      [
        'bind 127.0.0.1',
        `sentinel monitor dossiers 127.0.0.1 ${master} ${Math.floor(sentinels / 2) + 1}`,
        'sentinel down-after-milliseconds dossiers 1000',
        'sentinel failover-timeout dossiers 5000',
        ...secured.sentinel(port),
        '',
      ].join('\n'),
    )
    children.push(spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' }))
    nodes.push({ host: '127.0.0.1', port })
  }
  const ask = (port: number, ...words: string[]) =>
    execFileSync('redis-cli', [...secured.cli, '-p', String(port), 'sentinel', ...words, 'dossiers'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  const countOf = (told: string) => told.match(/^runid\n\w{40}$/gm)?.length ?? 0
  // Until a sentinel knows the replicas and the others it cannot fail over.
  const isReady = ({ port }: { port: number }) => {
    try {
      return countOf(ask(port, 'replicas')) === replicas && countOf(ask(port, 'sentinels')) === sentinels - 1
    } catch {
      return false // it does not listen yet
    }
  }
  while (!nodes.every(isReady)) await new Promise((resolve) => setTimeout(resolve, 100))
  return {
    nodes,
    name: 'dossiers',
    async killMaster() {
      children[0]!.kill('SIGKILL')
      await once(children[0]!, 'exit')
    },
    async handOver() {
      // Refused while no replica is good enough.
      while (ask(nodes[0]!.port, 'failover').trim() !== 'OK')
        await new Promise((resolve) => setTimeout(resolve, 100))
    },
  }
}

async function launch(directory: string, lines: readonly string[]): Promise<ChildProcess> {
  const child = spawn('redis-server', ['-'], { cwd: directory, stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin!.end([...lines, `dir ${directory}`, ''].join('\n'))
  const said: string[] = []
  const output = createInterface({ input: child.stdout! })
  return new Promise((resolve, reject) => {
    output.on('line', (line) => {
      said.push(line)
      if (/ready to accept connections/i.test(line)) resolve(child)
    })
    output.once('close', () => reject(new Error(`redis-server did not start:\n${said.join('\n')}`)))
  })
}

// The cluster bus listens on port + 10000, so the port must leave room for it.
export async function freeClusterPort(): Promise<number> {
  for (;;) {
    const port = await new Promise<number>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const address = server.address()
        server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
      })
    })
    if (port > 1024 && port < 55_000) return port
  }
}
