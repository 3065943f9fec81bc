// A slip under every fault at every 50 ms, for every shipped profile at three speeds: never confirmed unless an
// interpreter that shares no code with the encoder saw all of it; and a healthy slip is confirmed wherever the printer
// can. On a simulated clock. SWEEP=full tries every 50 ms, in some three minutes; otherwise every 150 ms, and
// four moments of a picture.
import t from 'tap'
import { splitCommands } from '../../src/desk/escpos/commands.js'
import { slipBytes } from '../../src/desk/escpos/slip.js'
import { Printer } from '../../src/desk/printer/printer.js'
import type { PrintOutcome } from '../../src/desk/printer/printing.js'
import { planSlip } from '../../src/desk/printer/slip-plan.js'
import { openProfiles, type Profile } from '../../src/desk/profiles.js'
import { slipLines } from '../../src/desk/slip/receipt.js'
import { silentLog } from '../../src/log.js'
import { EscposReader, epsonTables, type PaperItem } from '../peers/escpos-reader.js'
import { VirtualClock, VirtualPrinter } from '../peers/virtual-printer.js'
import { printing, sample, words } from './sample.js'

t.setTimeout(1_800_000)

const profiles = openProfiles('config/printers.yaml')
const speeds = [9600, 38_400, 115_200]
const only = process.env.SWEEP_PROFILES?.split(',')

/** The slip of a profile: its bytes, and what the interpreter sees of them when all arrive. */
function slipOf(profile: Profile): { bytes: Buffer; whole: string } {
  const lines = slipLines(sample, printing, words, profiles.template('x'), profile.columns)
  const bytes = slipBytes(lines, profile)
  return { bytes, whole: wholeOf(bytes) }
}

function wholeOf(bytes: Buffer): string {
  const reader = new EscposReader(epsonTables, true)
  reader.push(bytes)
  const items: PaperItem[] = []
  for (let events = reader.step(); events; events = reader.step())
    for (const event of events) if (event.kind === 'item') items.push(event.item)
  return inkOf(items)
}

// Everything that leaves ink, and where; blank feeds do not tell a whole slip from a broken one.
const inkOf = (items: readonly PaperItem[]) =>
  JSON.stringify(
    items
      .filter(({ kind }) => kind !== 'feed')
      .map((item) => (item.kind === 'picture' ? item.rows.map((row) => row.toString('hex')) : item)),
  )

type Fault = (printer: VirtualPrinter) => void
const faults: Record<string, Fault> = {
  'power cut 0.5 s': (printer) => printer.cutPower(500),
  'power cut 2 s': (printer) => printer.cutPower(2000),
  'power cut 4 s': (printer) => printer.cutPower(4000),
  BREAK: (printer) => printer.breakLine(),
  '100 bytes lost': (printer) => printer.loseBytes(100),
  '300 bytes lost': (printer) => printer.loseBytes(300),
  'late answers of the slip before, and 100 bytes lost': (printer) => {
    printer.releaseAnswers()
    printer.loseBytes(100)
  },
}

async function tryOne(
  profile: Profile,
  { bytes, whole }: ReturnType<typeof slipOf>,
  baudRate: number,
  fault?: { name: string; atMs: number },
): Promise<{ outcome: PrintOutcome; isWhole: boolean }> {
  const clock = new VirtualClock()
  const peer = new VirtualPrinter(clock, baudRate)
  const printer = new Printer(
    { path: 'virtual', baudRate, profile, clock, open: peer.open, timing: { confirmMs: 3000 } },
    silentLog,
  )
  printer.start()
  await clock.run(
    (async () => {
      while (printer.state === 'absent') await clock.sleep(20)
    })(),
  )
  if (fault?.name.startsWith('late')) {
    peer.holdAnswers()
    await clock.run(printer.print(bytes, 'AAAA'))
    peer.tear()
  }
  const before = peer.papers.length
  const asked = printer.print(bytes, 'BBBB')
  if (fault) clock.at(clock.now() + fault.atMs, () => faults[fault.name]!(peer))
  const outcome = await clock.run(asked)
  // An unlimited line: what the printer still holds may come out before we look.
  await clock.run(clock.sleep(5000))
  peer.tear()
  // Beside what a slip before left on the same strip.
  const isWhole = peer.papers.slice(before).some((items) => inkOf(items).includes(whole.slice(1, -1)))
  void printer.close()
  return { outcome, isWhole }
}

let slips = 0
let confirmed = 0
for (const name of profiles.names.filter((name) => !only || only.includes(name))) {
  const profile = profiles.profile(name)
  const slip = slipOf(profile)
  for (const baudRate of speeds)
    t.test(`${name} at ${baudRate}`, async (t) => {
      const healthy = await tryOne(profile, slip, baudRate)
      t.ok(healthy.isWhole)
      const by = profile.completion === 'process-id' ? 'completion' : 'status'
      t.same(
        healthy.outcome,
        profile.completion === 'none' ? { kind: 'unconfirmed' } : { kind: 'confirmed', by },
      )
      const steps = planSlip(splitCommands(slip.bytes)!, profile.completion, 'MARK', true)
      const lastsMs = (steps.reduce((sum, step) => sum + step.bytes.length, 128) * 10_000) / baudRate + 700
      const few = profile.text === 'raster' ? lastsMs / 3 : 150
      const strideMs = process.env.SWEEP === 'full' ? 50 : Math.ceil(few)
      const wrong: string[] = []
      for (const fault of Object.keys(faults))
        for (let atMs = 0; atMs <= lastsMs; atMs += strideMs) {
          const { outcome, isWhole } = await tryOne(profile, slip, baudRate, { name: fault, atMs })
          slips++
          if (outcome.kind === 'confirmed') confirmed++
          if (outcome.kind === 'confirmed' && !isWhole) wrong.push(`${fault} at ${atMs} ms`)
        }
      t.same(wrong, [], 'confirmed without a whole slip')
    })
}
t.test('figures', async (t) => t.comment(`${slips} slips under a fault, ${confirmed} of them confirmed`))
