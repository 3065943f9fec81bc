// Printers on this machine's ports.
import { testPort } from '../../desk/printer/port.js'
import { openProfiles } from '../../desk/profiles.js'
import { type Check, type Finding, fail, ok } from './finding.js'

export const checkPrinters: Check = async ({ config, running }) => {
  let profiles: ReturnType<typeof openProfiles>
  try {
    profiles = openProfiles(config.printers)
  } catch (error) {
    return [fail('printers', (error as Error).message, 'correct the file of printer profiles')]
  }
  const findings: Finding[] = []
  for (const [at, desk] of config.desks.entries()) {
    const name = `desks[${at}].printer`
    if (!desk.printer) {
      findings.push(ok(name, `a print agent elsewhere prints for ${desk.id}`))
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
  permission: 'cannot be opened by this user',
  busy: 'is held by another program',
  other: 'is not a serial port',
}
const portCures = {
  missing: 'plug the printer in and switch it on; ls /dev/serial/by-id/ shows a stable name for printer.path',
  permission: 'add the user of the gateway to the group dialout: usermod -aG dialout USER, then restart',
  busy: 'find it with: fuser -v PATH; if it is ModemManager, disable it',
  other: 'set printer.path to the serial device of the printer, e.g. /dev/serial/by-id/…',
}
