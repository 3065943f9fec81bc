// The Node.js version and the machine's clock.
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Check, type Finding, fail, ok } from './finding.js'

export const checkMachine: Check = ({ config }) => [checkNode(), checkClock(config.dataDir)]

/** Node 20.19 is the oldest that runs the dependencies. */
export function checkNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 20 || (major === 20 && minor >= 19)
    ? ok('node', `Node.js ${version}`)
    : fail('node', `Node.js ${version} is too old`, 'install Node.js 20.19 or newer (https://nodejs.org)')
}

/** Detects a clock that was set back: times of answers and expiry are wrong until it catches up. */
function checkClock(dataDir: string, now = Date.now()): Finding {
  const cure = 'set the clock (timedatectl set-ntp true) and restart the gateway'
  // A clock before the time the program was put here suggests an empty battery.
  const builtAt = statSync(new URL('../../../package.json', import.meta.url)).mtimeMs
  const marks = [join(dataDir, 'secrets.json'), join(dataDir, 'listening.json')].filter(existsSync)
  const latest = Math.max(builtAt, ...marks.map((file) => statSync(file).mtimeMs))
  const behind = Math.round((latest - now) / 1000)
  return behind > 5
    ? fail('clock', `the clock is ${behind} s before a file that already exists`, cure)
    : ok('clock', new Date(now).toISOString())
}
