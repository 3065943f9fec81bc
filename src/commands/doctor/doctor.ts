// The `doctor` command: checks everything the gateway needs and says in plain words what to do. It changes nothing and
// starts nothing, so it can run before the first start and beside a running gateway.
import type { ConfigProblem } from '../../config/slice.js'
import { exitCodes } from '../../errors.js'
import type { Command, CommandContext } from '../command.js'
import { checkAppendOnly } from './append-only.js'
import { checkCertificate } from './certificate.js'
import { checkDataDir } from './data-dir.js'
import { checkExtract } from './extract.js'
import { type Check, type Finding, fail, ok, type Scene, warn } from './finding.js'
import { checkFingerprint } from './fingerprint.js'
import { checkFreshness } from './freshness.js'
import { checkHolidays } from './holidays.js'
import { checkKeys } from './keys.js'
import { checkLinks } from './links.js'
import { checkListeners } from './listeners.js'
import { checkMachine, checkNode } from './machine.js'
import { checkOwners } from './owners.js'
import { checkPrinters } from './printers.js'
import { checkReadiness } from './readiness.js'
import { findRunning } from './running.js'
import { checkSecrets } from './secrets.js'
import { checkSerialRivals } from './serial-rivals.js'
import { checkSources, checkUnread } from './sources.js'
import { checkRedis, openStoreToLook } from './store.js'
import { checkWording } from './wording.js'

const checkConfiguration: Check = ({ config, notices, running }) => [
  running ? ok('gateway', `runs as process ${running.pid}`) : ok('gateway', 'does not run on this dataDir'),
  ok('configuration', config.file),
  ...notices.map(({ path, message }) =>
    warn('environment', `${path} ${message}`, 'correct the name, or remove it'),
  ),
]

// In the order of the report. A new check is a file of its own and a line here.
const checks: readonly Check[] = [
  checkConfiguration,
  checkReadiness,
  checkWording,
  checkHolidays,
  checkMachine,
  checkDataDir,
  checkOwners,
  checkSecrets,
  checkListeners,
  checkCertificate,
  checkAppendOnly,
  checkRedis,
  checkFingerprint,
  checkExtract,
  checkKeys,
  checkFreshness,
  checkLinks,
  checkPrinters,
  checkSerialRivals,
  checkSources,
  checkUnread,
]

/** Runs every check; 0 when nothing fails, 1 otherwise. */
export const doctor: Command = async ({ config, notices, json, print }) => {
  const running = await findRunning(config.dataDir)
  const store = await openStoreToLook(config)
  const scene: Scene = { config, notices, running, store }
  const findings: Finding[] = []
  try {
    for (const check of checks) findings.push(...(await check(scene)))
  } finally {
    if ('door' in store) await store.door.close()
  }
  return report(findings, { json, print })
}

/** The report when the configuration itself is invalid. */
export function doctorOnBadConfig(
  problems: readonly ConfigProblem[],
  context: Pick<CommandContext, 'json' | 'print'>,
): number {
  report([checkNode(), ...problems.map(({ path, message }) => fail(path, message, cureOf(path)))], context)
  return exitCodes.badConfig
}

// A problem of the whole file bears its name.
const cureOf = (path: string) =>
  path.includes('/')
    ? 'mend this file, or name another with --config, then run doctor again'
    : 'mend this key, then run doctor again'

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
    print(failed + warned === 0 ? '\nNo problems found.' : `\n${failed} to fix, ${warned} to look at.`)
  }
  return failed === 0 ? exitCodes.ok : exitCodes.failed
}
