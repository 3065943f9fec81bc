// A printer whose answers to DLE EOT take their time, on a simulated clock: what the desk sees of it stays true, and its slips
// come out.
import t from 'tap'
import type { PrinterState } from '../../src/desk/contract.js'
import { slipBytes } from '../../src/desk/escpos/slip.js'
import { Printer } from '../../src/desk/printer/printer.js'
import { openProfiles } from '../../src/desk/profiles.js'
import { slipLines } from '../../src/desk/slip/receipt.js'
import { silentLog } from '../../src/log.js'
import { VirtualClock, type VirtualManners, VirtualPrinter } from '../peers/virtual-printer.js'
import { noticedWithinMs } from './harness.js'
import { printing, sample, words } from './sample.js'

const profiles = openProfiles('config/printers.yaml')
// A thin roll: what DLE EOT 4 says of it would be an open cover, or a printer off line, as the answer to another request.
const thinRoll = [0x12, 0x12, 0x12, 0x1e] as const

function open(name: string, manners: VirtualManners) {
  const profile = profiles.profile(name)
  const lines = slipLines(sample, printing, words, profiles.template('x'), profile.columns)
  const clock = new VirtualClock()
  const peer = new VirtualPrinter(clock, 38_400, manners)
  const settings = { path: 'virtual', baudRate: 38_400, profile, clock, open: peer.open }
  const printer = new Printer(settings, silentLog)
  const states: PrinterState[] = []
  printer.on('state', (state) => states.push(state))
  printer.start()
  return { clock, peer, printer, states, slip: slipBytes(lines, profile) }
}

for (const [label, lags] of [
  ['a quarter of a second', [250]],
  ['0.7 s', [700]],
  ['1 s', [1000]],
  ['1.3 s', [1300]],
  ['now little, now much', [100, 900, 400, 1200, 650]],
] as const)
  for (const profile of ['generic', 'epson-tm-t82', 'xprinter-xp58'])
    t.test(
      `${profile}, answers after ${label}: never unplugged, never another state, one slip`,
      async (t) => {
        let nth = 0
        const lagMs = () => lags[nth++ % lags.length]!
        const { clock, peer, printer, states, slip } = open(profile, { lagMs, status: thinRoll })
        await clock.run(clock.sleep(15_000))
        t.equal(printer.state, 'paper-low')
        const outcome = await clock.run(printer.print(slip, 'AAAA'))
        t.not(outcome.kind, 'failed')
        await clock.run(clock.sleep(15_000))
        peer.tear()
        t.equal(peer.papers.length, 1)
        // Before its first answer it may count as unplugged, or as one that cannot answer.
        const known = states.slice(states.indexOf('paper-low'))
        t.same(known, ['paper-low'])
        const switchedOffAt = clock.now()
        peer.cutPower(3_600_000)
        await clock.run(new Promise((resolve) => printer.on('state', resolve)))
        t.equal(printer.state, 'absent')
        t.ok(clock.now() - switchedOffAt <= noticedWithinMs, `${clock.now() - switchedOffAt} ms`)
        void printer.close()
      },
    )

t.test('a printer that handles requests in print order prints its slip', async (t) => {
  for (const mmPerSecond of [150, 50]) {
    const { clock, peer, printer, states, slip } = open('generic', { answersInOrder: true, mmPerSecond })
    await clock.run(clock.sleep(5000))
    t.not((await clock.run(printer.print(slip, 'AAAA'))).kind, 'failed')
    await clock.run(clock.sleep(15_000))
    peer.tear()
    t.equal(peer.papers.length, 1)
    t.same(states, ['ready'])
    void printer.close()
  }
})
