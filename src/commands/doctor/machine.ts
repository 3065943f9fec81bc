// What `doctor` looks at on the machine itself: Node, clock, disk, data folder, secrets, ports, certificate. Each check
// says what it found and, when something is wrong, what to do.
import { X509Certificate } from 'node:crypto'
import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import type { Config } from '../../config/config.js'

export interface Finding {
  /** What was looked at, e.g. `redis`, `sms.links[0]`, `desks[1].printer`. */
  readonly check: string
  readonly state: 'ok' | 'warn' | 'fail'
  readonly says: string
  /** What to do about it. */
  readonly cure?: string
}

export const ok = (check: string, says: string): Finding => ({ check, state: 'ok', says })
export const warn = (check: string, says: string, cure: string): Finding => ({
  check,
  state: 'warn',
  says,
  cure,
})
export const fail = (check: string, says: string, cure: string): Finding => ({
  check,
  state: 'fail',
  says,
  cure,
})

/** A gateway that runs on this configuration. */
export interface Running {
  readonly pid: number
  readonly http: string
  readonly admin: string
}

/** The gateway that runs on this dataDir, by what it wrote down and by whether it answers. */
export async function findRunning(dataDir: string): Promise<Running | undefined> {
  try {
    const running = JSON.parse(readFileSync(join(dataDir, 'listening.json'), 'utf8')) as Running
    process.kill(running.pid, 0)
    const answer = await fetch(`${running.admin}/livez`, { signal: AbortSignal.timeout(2000) })
    return answer.ok ? running : undefined
  } catch {
    return undefined
  }
}

/** Node 20.19 is the oldest that runs the dependencies. */
export function checkNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 20 || (major === 20 && minor >= 19)
    ? ok('node', `Node.js ${version}`)
    : fail('node', `Node.js ${version} is too old`, 'install Node.js 20.19 or newer (https://nodejs.org)')
}

/** A clock that stood later before has been set back: times of answers and of expiry are wrong until it catches up. */
export function checkClock(config: Config, now = Date.now()): Finding {
  const cure = 'set the clock (timedatectl set-ntp true) and restart the gateway'
  // The program was built in the past; a clock before that has lost its battery.
  const builtAt = statSync(new URL(import.meta.url)).mtimeMs
  const marks = [join(config.dataDir, 'secrets.json'), join(config.dataDir, 'listening.json')].filter(
    existsSync,
  )
  const latest = Math.max(builtAt, ...marks.map((file) => statSync(file).mtimeMs))
  const behind = Math.round((latest - now) / 1000)
  return behind > 5
    ? fail('clock', `the clock stands ${behind} s before a file that was already written`, cure)
    : ok('clock', new Date(now).toISOString())
}

const mebibyte = 1024 * 1024

/** The data folder: can it be written, is there room, does it belong to whoever runs this? */
export function checkDataDir({ dataDir }: Config): Finding[] {
  let place = dataDir
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place)
  const stat = statSync(place)
  if (!stat.isDirectory())
    return [
      fail(
        'dataDir',
        `${place} is a file, so ${dataDir} cannot be made`,
        'give another dataDir, or move the file away',
      ),
    ]
  const findings: Finding[] = []
  const { uid, username } = userInfo()
  try {
    accessSync(place, constants.W_OK)
    findings.push(ok('dataDir', place === dataDir ? dataDir : `${dataDir} will be made at the first start`))
  } catch {
    findings.push(
      fail(
        'dataDir',
        `${username} may not write in ${place}`,
        `run as its owner, or: chown -R ${username} ${dataDir}`,
      ),
    )
  }
  if (place === dataDir && stat.uid !== uid)
    findings.push(
      warn(
        'user',
        `${dataDir} belongs to another user than ${username}, who runs this`,
        'run doctor as the user of the gateway (sudo -u dossier-gateway …): permissions are judged for whoever runs it',
      ),
    )
  findings.push(judgeDisk(place, statfsSync(place)))
  return findings
}

/** Free space as the user sees it. */
export function judgeDisk(place: string, disk: { bavail: number; blocks: number; bsize: number }): Finding {
  const free = (disk.bavail * disk.bsize) / mebibyte
  const share = disk.blocks > 0 ? disk.bavail / disk.blocks : 1
  const says = `${Math.round(free)} MiB free at ${place}`
  const cure = 'free some space, or move dataDir to a larger disk: a full disk refuses every update'
  if (free < 200) return fail('disk', says, cure)
  return free < 1024 || share < 0.05 ? warn('disk', says, cure) : ok('disk', says)
}

/** Keys the gateway made itself must stay, and stay private. */
export function checkSecrets(config: Config): Finding {
  const { lookupKey, phoneKey, adminKey } = config.secrets
  if (lookupKey && phoneKey && adminKey) return ok('secrets', 'given by the configuration')
  const file = join(config.dataDir, 'secrets.json')
  if (!existsSync(file))
    return existsSync(join(config.dataDir, 'redis/appendonlydir'))
      ? fail(
          'secrets',
          `${file} is gone but there is data: every printed lookup number would become void`,
          'restore secrets.json from the backup before the gateway starts',
        )
      : ok('secrets', `will be made at the first start, in ${file}`)
  return (statSync(file).mode & 0o077) !== 0
    ? fail('secrets', `${file} can be read by other users`, `chmod 600 ${file}`)
    : ok('secrets', `${file}; keep a backup`)
}

/** Whether both listeners can listen, or do. */
export async function checkPorts(config: Config, running: Running | undefined): Promise<Finding[]> {
  const listeners = [
    ['http', config.http, running?.http],
    ['admin', config.admin, running?.admin],
  ] as const
  const findings: Finding[] = []
  for (const [name, { host, port }, url] of listeners) {
    if (url) {
      findings.push(ok(`${name}.port`, `the gateway listens on ${url}`))
      continue
    }
    const code = await tryListen(host, port)
    const where = `${host}:${port}`
    if (code === undefined) findings.push(ok(`${name}.port`, `${where} is free`))
    else if (code === 'EADDRINUSE')
      findings.push(
        fail(
          `${name}.port`,
          `another program listens on ${where}`,
          `stop it (ss -ltnp 'sport = :${port}' names it) or change ${name}.port`,
        ),
      )
    else if (code === 'EACCES')
      findings.push(
        fail(
          `${name}.port`,
          `this user may not listen on ${where}`,
          `choose a port above 1023, or a reverse proxy in front`,
        ),
      )
    else
      findings.push(
        fail(
          `${name}.host`,
          `${host} is not an address of this machine (${code})`,
          `set ${name}.host to one of this machine's, e.g. 127.0.0.1`,
        ),
      )
  }
  if (!isLoopback(config.admin.host))
    findings.push(
      warn(
        'admin.host',
        `metrics can be read by whoever reaches ${config.admin.host}`,
        'set admin.host to 127.0.0.1, or close it with a firewall',
      ),
    )
  if (!isLoopback(config.http.host) && !config.http.tls && !config.http.publicUrl?.startsWith('https:'))
    findings.push(
      warn(
        'http.tls',
        'numbers and device cookies cross the network in the clear',
        'set http.tls, or put a reverse proxy with TLS in front and say so in http.publicUrl',
      ),
    )
  return findings
}

const isLoopback = (host: string) => /^(127\.|localhost$|::1$)/.test(host)

function tryListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'))
    server.listen(port, host, () => server.close(() => resolve(undefined)))
  })
}

/** The days a certificate has left. */
export function checkCertificate(config: Config, now = Date.now()): Finding[] {
  if (!config.http.tls) return []
  const { certFile } = config.http.tls
  try {
    const until = Date.parse(new X509Certificate(readFileSync(certFile)).validTo)
    const days = Math.floor((until - now) / 86_400_000)
    if (days < 0)
      return [fail('http.tls', `the certificate ended ${-days} days ago`, `renew ${certFile} and restart`)]
    return [
      days < 21
        ? warn('http.tls', `the certificate ends in ${days} days`, `renew ${certFile} and restart`)
        : ok('http.tls', `valid for ${days} days`),
    ]
  } catch {
    return [
      fail('http.tls', `${certFile} is not a PEM certificate`, 'give the certificate chain in PEM form'),
    ]
  }
}
