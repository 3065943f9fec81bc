// Programs that probe every serial port they find, and device names shared by two adapters. Both can make a printer print
// garbage now and then, and neither shows in the configuration.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Check, type Finding, warn } from './finding.js'

const rivals: Record<string, string> = {
  ModemManager:
    'it sends modem commands to serial adapters when they are plugged in: systemctl disable --now ModemManager, or a udev rule with ENV{ID_MM_DEVICE_IGNORE}="1"',
  brltty:
    'it claims USB serial adapters as Braille displays: apt-get remove brltty, or systemctl mask brltty',
}

export const checkSerialRivals: Check = ({ config }) =>
  findSerialRivals(config.desks.flatMap(({ printer }) => (printer ? [printer.path] : [])))

/** `paths`: the configured ports. Tests pass their own `proc` and `dev`. */
export async function findSerialRivals(
  paths: readonly string[],
  proc = '/proc',
  dev = '/dev',
): Promise<Finding[]> {
  if (paths.length === 0) return []
  const findings: Finding[] = []
  const running = new Set<string>()
  for (const pid of await list(proc))
    if (/^\d+$/.test(pid))
      running.add((await readFile(join(proc, pid, 'comm'), 'utf8').catch(() => '')).trim())
  for (const [name, cure] of Object.entries(rivals))
    if (running.has(name)) findings.push(warn('serial ports', `${name} runs beside the printers`, cure))
  // Adapters without a unique serial number share one name in by-id; by-path tells them apart.
  const byId = (await list(join(dev, 'serial/by-id'))).length
  const byPath = (await list(join(dev, 'serial/by-path'))).filter((name) => !name.includes('usbv2')).length
  const shared = paths.filter((path) => path.startsWith(join(dev, 'serial/by-id/')))
  if (byPath > byId && shared.length > 0)
    findings.push(
      warn(
        'serial ports',
        `${byPath} adapters have ${byId} names in ${join(dev, 'serial/by-id')}: two share one, and ${shared.join(', ')} may be either`,
        `use their names by USB socket: ls -l ${join(dev, 'serial/by-path')}`,
      ),
    )
  return findings
}

const list = (folder: string) => readdir(folder).catch(() => [] as string[])
