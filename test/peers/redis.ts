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

export interface ClusterPeer {
  readonly nodes: readonly { host: string; port: number }[]
  killNode(at: number): Promise<void>
  /** A planned failover of a master to its replica, as before maintenance. Resolves when it was requested. */
  handOver(at: number): Promise<void>
}

/** Three masters of a real Redis Cluster on free ports, each with so many replicas behind them. */
export async function startCluster(t: Teardown, replicas: 0 | 1 = 0): Promise<ClusterPeer> {
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
        `port ${port}`,
        'bind 127.0.0.1',
        'cluster-enabled yes',
        'cluster-announce-ip 127.0.0.1',
        'cluster-config-file nodes.conf',
        'cluster-node-timeout 2000',
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

export interface SentinelPeer {
  readonly nodes: readonly { host: string; port: number }[]
  /** Name of the master. */
  readonly name: string
  killMaster(): Promise<void>
  /** A planned failover, as before maintenance. Resolves when it was requested. */
  handOver(): Promise<void>
}

/** A master, a replica and one real sentinel that fails over after a second of silence. */
export async function startSentinel(t: Teardown): Promise<SentinelPeer> {
  const directory = mkdtempSync(join(tmpdir(), 'dgw-sentinel-'))
  const { mkdirSync, writeFileSync } = await import('node:fs')
  const home = (name: string) => {
    const path = join(directory, name)
    mkdirSync(path)
    return path
  }
  const [master, replica, sentinel] = [
    await freeClusterPort(),
    await freeClusterPort(),
    await freeClusterPort(),
  ]
  const settings = (port: number) => [
    `port ${port}`,
    'bind 127.0.0.1',
    'appendonly yes',
    'appendfsync always',
    'save ""',
    'repl-diskless-sync-delay 0',
  ]
  const children = [await launch(home('master'), settings(master))]
  children.push(await launch(home('replica'), [...settings(replica), `replicaof 127.0.0.1 ${master}`]))
  const file = join(home('sentinel'), 'sentinel.conf')
  writeFileSync(
    file,
    [
      `port ${sentinel}`,
      'bind 127.0.0.1',
      `sentinel monitor dossiers 127.0.0.1 ${master} 1`,
      'sentinel down-after-milliseconds dossiers 1000',
      'sentinel failover-timeout dossiers 5000',
      '',
    ].join('\n'),
  )
  children.push(spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' }))
  t.teardown(async () => {
    for (const child of children) child.kill('SIGKILL')
    await Promise.all(
      children.map((child) =>
        child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined,
      ),
    )
    rmSync(directory, { recursive: true, force: true })
  })
  // Until the sentinel knows the replica it cannot fail over.
  const knows = () =>
    execFileSync('redis-cli', ['-p', String(sentinel), 'sentinel', 'replicas', 'dossiers'], {
      encoding: 'utf8',
    }).includes('runid')
  const isReady = () => {
    try {
      return knows()
    } catch {
      return false // it does not listen yet
    }
  }
  while (!isReady()) await new Promise((resolve) => setTimeout(resolve, 100))
  return {
    nodes: [{ host: '127.0.0.1', port: sentinel }],
    name: 'dossiers',
    async killMaster() {
      children[0]!.kill('SIGKILL')
      await once(children[0]!, 'exit')
    },
    async handOver() {
      // Refused until the sentinel knows the replica.
      for (;;) {
        const said = execFileSync('redis-cli', ['-p', String(sentinel), 'sentinel', 'failover', 'dossiers'], {
          encoding: 'utf8',
        })
        if (said.trim() === 'OK') return
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
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
async function freeClusterPort(): Promise<number> {
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
