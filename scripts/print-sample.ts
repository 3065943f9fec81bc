// Prints a sample slip in every profile on the simulated printer, and saves the text and an image of each.
// Usage: npm run print:sample -- [--dir var/samples] [--lookup-number DIGITS] [PROFILE …]   (--lookup-number=  for a slip without one)

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { splitCommands } from '../src/desk/escpos/commands.js'
import { Printer } from '../src/desk/printer/printer.js'
import { planSlip } from '../src/desk/printer/slip-plan.js'
import { openProfiles } from '../src/desk/profiles.js'
import { openSlipMaker } from '../src/desk/slip/slip-maker.js'
import { openTruth } from '../src/dossier/truth.js'
import { openWording } from '../src/dossier/wording.js'
import { silentLog } from '../src/log.js'
import { openPaperTape } from '../test/peers/paper-tape.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    dir: { type: 'string', default: 'var/samples' },
    'lookup-number': { type: 'string', default: '482719360518' },
  },
})
const profiles = openProfiles('config/printers.yaml')
const maker = openSlipMaker({
  agencies: [],
  truthOf: openTruth({ dayEnds: '17:00' }),
  profiles,
  words: openWording({ vi: 'config/wording.vi.yaml', en: 'config/wording.en.yaml' }).vi,
  office: { name: '', hotline: '' },
  sms: () => ({ shortCode: '8188', keywordPrefix: '' }),
})
const job = {
  receipt: {
    agency: { code: '000.00.15.H45', name: 'Sở Xây dựng tỉnh Phú Yên', phone: '0257 3841 234' },
    dossierNo: '000.00.15.H45-190521-0003',
    ...(values['lookup-number'] && { lookupNumber: values['lookup-number'] }),
    receivedAt: Date.UTC(2019, 4, 21, 1, 30),
    dueAt: Date.UTC(2019, 5, 4, 10),
  },
  copies: 1,
  reprint: 0,
}
const wanted =
  positionals.length > 0
    ? positionals
    : profiles.names.flatMap((name) => [name, `${name}+cp1258:52`, `${name}+tcvn3:30/31`, `${name}+raster`])
mkdirSync(values.dir, { recursive: true })
process.stdout.write('profile                          bytes  s at 9600  19200  38400\n')
for (const name of wanted) {
  const profile = profiles.profile(name)
  const tape = await openPaperTape({ widthDots: profile.widthDots, knife: profile.cutter !== 'none' })
  const printer = new Printer({ path: tape.path, baudRate: 921_600, profile }, silentLog)
  const ready = new Promise((resolve) => printer.once('state', resolve))
  printer.start()
  await ready
  const bytes = maker.bytes(job, profile)
  await printer.print(bytes, 'SAMP')
  const slip = await tape.slip(1)
  const file = join(values.dir, name.replace(/\W+/g, '-'))
  writeFileSync(`${file}.png`, slip.png())
  writeFileSync(`${file}.txt`, slip.text)
  const total = planSlip(splitCommands(bytes)!, profile.completion, 'SAMP', true).reduce(
    (sum, step) => sum + step.bytes.length,
    0,
  )
  const seconds = [9600, 19200, 38400].map((baud) => ((total * 10) / baud).toFixed(2).padStart(6))
  process.stdout.write(`${name.padEnd(32)} ${String(total).padStart(5)}    ${seconds.join(' ')}\n`)
  await printer.close()
  await tape.close()
}
process.stdout.write(`\nText and pictures are in ${values.dir}.\n`)
