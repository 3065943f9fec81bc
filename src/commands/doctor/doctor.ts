// The `doctor` command: looks at everything the gateway needs and says in plain words what to do. It changes nothing and
// starts nothing, so it may be run before the first start and beside a running gateway alike.
import { spawnSync } from 'node:child_process'
import { openKeys } from '../../access/keys.js'
import type { Config, ConfigProblem, LinkConfig } from '../../config/config.js'
import { testPort } from '../../desk/ports.js'
import { openProfiles } from '../../desk/profiles.js'
import { loadWording } from '../../dossier/wording.js'
import { exitCodes, GatewayError } from '../../errors.js'
import { silentLog } from '../../log.js'
import { openMetrics } from '../../metrics.js'
import { openFreshness } from '../../monitor/freshness.js'
import { openRedis, type RedisDoor } from '../../redis/connection.js'
import { findEmbedded } from '../../redis/embedded.js'
import { judgeSettings, readSettings } from '../../redis/settings.js'
import { type BindTest, testBind } from '../../sms/carriers/smpp/bind-probe.js'
import type { Command, CommandContext } from '../command.js'
import {
  checkCertificate,
  checkClock,
  checkDataDir,
  checkNode,
  checkPorts,
  checkSecrets,
  type Finding,
  fail,
  findRunning,
  ok,
  type Running,
  warn,
} from './machine.js'

/** Runs every check; 0 when nothing fails, 1 otherwise. */
export const doctor: Command = async ({ config, notices, json, print }) => {
  const running = await findRunning(config.dataDir)
  const findings = [
    running ? ok('gateway', `runs as process ${running.pid}`) : ok('gateway', 'does not run on this dataDir'),
    ok('configuration', config.file),
    ...notices.map(({ path, message }) =>
      warn('environment', `${path} ${message}`, 'mend the name, or take it away'),
    ),
    ...checkWording(config),
    checkNode(),
    checkClock(config),
    ...checkDataDir(config),
    checkSecrets(config),
    ...(await checkPorts(config, running)),
    ...checkCertificate(config),
    ...(await checkStore(config)),
    ...(await checkLinks(config, running)),
    ...(await checkPrinters(config, running)),
    ...(await checkSources(config)),
  ]
  return report(findings, { json, print })
}

/** The same answer when the configuration itself is what is wrong. */
export function doctorOnBadConfig(
  problems: readonly ConfigProblem[],
  context: Pick<CommandContext, 'json' | 'print'>,
): number {
  report(
    [
      checkNode(),
      ...problems.map(({ path, message }) => fail(path, message, 'mend this key, then run doctor again')),
    ],
    context,
  )
  return exitCodes.badConfig
}

function report(
  findings: readonly Finding[],
  { json, print }: Pick<CommandContext, 'json' | 'print'>,
): number {
  const failed = findings.filter(({ state }) => state === 'fail').length
  const warned = findings.filter(({ state }) => state === 'warn').length
  if (json) print(JSON.stringify({ ok: failed === 0, findings }))
  else {
    const width = Math.max(...findings.map(({ check }) => check.length))
    for (const { check, state, says, cure } of findings) {
      print(
        `${state === 'ok' ? 'ok  ' : state === 'warn' ? 'warn' : 'FAIL'}  ${check.padEnd(width)}  ${says}`,
      )
      if (cure) print(`      ${' '.repeat(width)}  → ${cure}`)
    }
    print(
      failed + warned === 0
        ? '\nEverything is as it should be.'
        : `\n${failed} to mend, ${warned} to look at.`,
    )
  }
  return failed === 0 ? exitCodes.ok : exitCodes.failed
}

function checkWording({ wording }: Config): Finding[] {
  const loaded = loadWording(wording)
  return loaded.ok
    ? [ok('wording', 'both languages say the same things')]
    : loaded.problems.map(({ path, message }) =>
        fail('wording', `${path}: ${message}`, 'mend the wording file'),
      )
}

async function checkStore(config: Config): Promise<Finding[]> {
  const { redis } = config
  const isForeign = redis.url ?? redis.sentinels ?? redis.cluster
  const socket = isForeign ? undefined : await findEmbedded(config.dataDir)
  if (!isForeign && !socket) return [checkRedisServer()]
  let door: RedisDoor
  try {
    door = await openRedis({ socket, config: redis }, silentLog, openMetrics(), 3000)
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    const cure = /WRONGPASS|NOAUTH/.test(error.message)
      ? 'set redis.passwordFile to the right password'
      : 'start Redis, or mend redis.url; check with: redis-cli -u URL ping'
    return [fail('redis', error.message, cure)]
  }
  try {
    return [
      ...(await checkRedis(door, config)),
      ...(await checkKeys(door, config)),
      ...(await checkFreshness(door, config)),
    ]
  } catch (error) {
    return [
      fail('redis', error instanceof Error ? error.message : 'did not answer', 'look at the log of Redis'),
    ]
  } finally {
    await door.close()
  }
}

// Embedded and not running: what can be known is whether it could be started.
function checkRedisServer(): Finding {
  const { stdout, error } = spawnSync('redis-server', ['--version'], { encoding: 'utf8' })
  const version = /v=([\d.]+)/.exec(stdout ?? '')?.[1]
  if (error || !version)
    return fail(
      'redis',
      'redis-server is not installed, and no redis.url is given',
      'apt-get install redis-server, or set redis.url',
    )
  return Number(version.split('.')[0]) < 7
    ? warn('redis', `redis-server ${version} is older than tested`, 'install Redis 7.0 or newer')
    : ok('redis', `redis-server ${version} is there; the gateway starts it by itself`)
}

async function checkRedis(door: RedisDoor, config: Config): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const settings of await readSettings(door)) {
    const name = `redis ${settings.server}`
    const problems = judgeSettings(settings, config.redis.durability)
    findings.push(
      ...problems.map(({ refuse, says, cure }) => (refuse ? fail(name, says, cure) : warn(name, says, cure))),
    )
    if (problems.length === 0)
      findings.push(
        ok(name, `version ${settings.version}, ${Math.round(settings.usedMemory / 1024 / 1024)} MiB used`),
      )
    if (settings.fsync === undefined)
      findings.push(
        warn(
          name,
          'does not show its settings (CONFIG GET)',
          'set it as config/redis.conf says, or allow this user CONFIG GET',
        ),
      )
  }
  let slowestMs = 0
  for (let nth = 0; nth < 5; nth++) {
    const asked = performance.now()
    await door.request.ping()
    slowestMs = Math.max(slowestMs, performance.now() - asked)
  }
  const lag = `answers within ${slowestMs.toFixed(1)} ms`
  findings.push(
    slowestMs > 100
      ? warn('redis lag', lag, 'look for a slow network, a busy machine, or a disk that is slow to sync')
      : ok('redis lag', lag),
  )
  const [seconds] = await door.request.time()
  const apart = Math.round(Math.abs(Date.now() / 1000 - Number(seconds)))
  if (apart > 5)
    findings.push(
      fail(
        'clock',
        `this machine and Redis are ${apart} s apart`,
        'set both clocks: timedatectl set-ntp true',
      ),
    )
  return findings
}

async function checkKeys(door: RedisDoor, config: Config): Promise<Finding[]> {
  const live = (await openKeys(door).list()).filter(({ revokedAt }) => !revokedAt)
  const findings: Finding[] = []
  const pushing = new Set(live.flatMap(({ grant }) => (grant.kind === 'agency' ? grant.agencies : [])))
  const pulled = new Set(config.sources.flatMap(({ agencies }) => agencies))
  const isPulled = (code: string) =>
    pulled.has(code) || config.sources.some(({ agencies }) => agencies.length === 0)
  const mute = config.agencies.filter(
    ({ code, retired }) => !retired && !pushing.has(code) && !isPulled(code),
  )
  if (mute.length > 0)
    findings.push(
      warn(
        'keys',
        `${mute.length} of ${config.agencies.length} agencies have neither a key nor a source, so nothing is known of their dossiers: ${shortList(mute.map(({ code }) => code))}`,
        `keys create --agency ${mute[0]!.code}`,
      ),
    )
  const byGrant = new Map<string, number>()
  for (const { grant } of live)
    byGrant.set(JSON.stringify(grant), (byGrant.get(JSON.stringify(grant)) ?? 0) + 1)
  for (const [grant, count] of byGrant)
    if (count > 2)
      findings.push(
        warn(
          'keys',
          `${count} live keys for ${grant}`,
          'two are enough for a rotation: keys list, then keys revoke the oldest',
        ),
      )
  for (const { id } of config.desks)
    if (!live.some(({ grant }) => grant.kind === 'desk' && grant.desk === id))
      findings.push(
        warn(
          `desk ${id}`,
          'no browser is enrolled',
          `keys create --desk ${id}, and open the link at the desk`,
        ),
      )
  return findings.length > 0 ? findings : [ok('keys', `${live.length} live`)]
}

async function checkFreshness(door: RedisDoor, { agencies }: Config): Promise<Finding[]> {
  const freshness = await openFreshness({ door, log: silentLog, agencies })
  try {
    return agencies.flatMap(({ code, phone, retired }) => {
      const since = retired ? undefined : freshness.silentSince(code)
      if (since === undefined) return []
      const says = `${code} has not been heard of since ${new Date(since).toISOString()}, longer than its rhythm`
      return [
        warn(
          'freshness',
          says,
          `call the agency (${phone || 'no phone is configured'}); answers say how old the data is`,
        ),
      ]
    })
  } finally {
    await freshness.close()
  }
}

const shortList = (words: readonly string[]) =>
  words.length > 4 ? `${words.slice(0, 4).join(', ')} …` : words.join(', ')

async function checkLinks(config: Config, running: Running | undefined): Promise<Finding[]> {
  if (!config.sms.enabled) return [ok('sms', 'switched off')]
  if (config.sms.links.length === 0)
    return [
      warn(
        'sms',
        'no link is configured, so no text is answered',
        'add one to sms.links, or set sms.enabled: false',
      ),
    ]
  const bound = running ? await boundLinks(running) : new Set<string>()
  return Promise.all(
    config.sms.links.map(async (link, at) => {
      const name = `sms.links[${at}]`
      // A second bind beside the gateway's own could be refused, and would be brought texts for a moment.
      if (bound.has(link.name)) return ok(name, `${link.name} is bound by the running gateway`)
      return judgeBind(name, link, await testBind(link))
    }),
  )
}

async function boundLinks(running: Running): Promise<Set<string>> {
  const metrics = await fetch(`${running.admin}/metrics`, { signal: AbortSignal.timeout(3000) })
    .then((answer) => answer.text())
    .catch(() => '')
  return new Set(
    [...metrics.matchAll(/^gateway_smpp_bound\{bind="(.+)\.\d+[tr]?"\} 1$/gm)].map((match) => match[1]!),
  )
}

const bindCures: Record<string, string> = {
  ESME_RINVPASWD:
    'set password (or its file) to what the operator gave; capitals count, 8 characters at most',
  ESME_RINVSYSID: 'set systemId to the login name the operator gave',
  ESME_RINVSYSTYP: 'set systemType to what the operator gave; some want it empty',
  ESME_RALYBND: 'another program is bound with this login: stop it, or ask the operator for one more bind',
  ESME_RBINDFAIL: "ask the operator whether this machine's address and this bindMode are allowed",
  ECONNREFUSED: 'nothing listens there: check host and port, and whether the VPN to the operator is up',
  ENOTFOUND: 'the host name is not known: check host, and the name server',
  ECONNRESET: 'it hung up: check whether it wants TLS, and whether this address is allowed',
  'closed-by-peer': 'it hung up: check whether it wants TLS, and whether this address is allowed',
  'bind-timeout': 'no answer: check the firewall and the VPN, and whether it wants TLS',
  ETIMEDOUT: 'no answer: check the firewall, the VPN and the route',
}

function judgeBind(name: string, { host, port, tls }: LinkConfig, test: BindTest): Finding {
  const peer = `${host}:${port}${tls ? ' (TLS)' : ''}`
  if (test.kind === 'bound') return ok(name, `${peer} took a bind in ${test.tookMs} ms`)
  const word = test.kind === 'refused' ? test.commandStatus : test.reason
  const cure = /CERT|SSL|TLS/.test(word)
    ? 'its certificate is not trusted here: give the CA in tlsCa'
    : (bindCures[word] ?? 'ask the operator what this means for your login')
  return fail(
    name,
    `${peer} ${test.kind === 'refused' ? 'refuses the bind' : 'cannot be bound'} (${word})`,
    cure,
  )
}

async function checkPrinters(config: Config, running: Running | undefined): Promise<Finding[]> {
  let profiles: ReturnType<typeof openProfiles>
  try {
    profiles = openProfiles(config.printers)
  } catch (error) {
    return [fail('printers', (error as Error).message, 'mend the file of printer profiles')]
  }
  const findings: Finding[] = []
  for (const [at, desk] of config.desks.entries()) {
    const name = `desks[${at}].printer`
    if (!desk.printer) {
      findings.push(ok(name, `${desk.id} is printed for by a print agent elsewhere`))
      continue
    }
    const { path, baudRate, profile } = desk.printer
    try {
      profiles.profile(profile)
    } catch (error) {
      findings.push(fail(`${name}.profile`, (error as Error).message, 'choose one of the known profiles'))
    }
    const problem = await testPort(path, baudRate)
    if (problem === undefined) findings.push(ok(name, `${path} can be opened`))
    else if (problem === 'busy' && running) findings.push(ok(name, `${path} is held by the running gateway`))
    else findings.push(fail(name, `${path} ${portSays[problem]}`, portCures[problem]))
  }
  return findings
}

const portSays = {
  missing: 'is not there',
  permission: 'may not be opened by this user',
  busy: 'is held by another program',
  other: 'is not a serial port',
}
const portCures = {
  missing:
    'plug the printer in and switch it on; ls /dev/serial/by-id/ shows its lasting name for printer.path',
  permission: 'add the user of the gateway to the group dialout: usermod -aG dialout USER, then restart',
  busy: 'find it with: fuser -v PATH; a ModemManager may be switched off for good',
  other: 'give the serial device of the printer, e.g. /dev/serial/by-id/…',
}

async function checkSources(config: Config): Promise<Finding[]> {
  return Promise.all(
    config.sources.map(async ({ url }, at) => {
      try {
        await fetch(url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(5000) })
        return ok(`sources[${at}]`, `${url} answers`)
      } catch (error) {
        const cause = (error as { cause?: { code?: string } }).cause?.code ?? 'no answer within 5 s'
        return fail(
          `sources[${at}]`,
          `${url} cannot be reached (${cause})`,
          'check url, the VPN and the firewall',
        )
      }
    }),
  )
}
