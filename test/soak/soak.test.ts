// The short form of `npm run soak`: every kind of fault about once, and the books must balance.
import t from 'tap'
import { debts, printed } from './ledger.js'
import { runSoak } from './soak.js'

t.test(
  'half a minute of bad luck leaves every acknowledgement accounted for',
  { timeout: 450_000 },
  async (t) => {
    const ledger = await runSoak(t, { seconds: 25, seed: 7, pauseMs: { fromMs: 300, toMs: 1200 } })
    t.comment(printed(ledger))
    t.same(debts(ledger), [])
    t.ok(ledger.updates.acknowledged > 100, 'agencies were busy')
    t.ok(ledger.texts.answered > 20, 'phones were answered')
    t.ok(ledger.watches.changes > 0, 'watchers were due notices')
    t.ok(ledger.lookups.byKiosk > 20, 'kiosks were asked')
    t.ok(ledger.source.changes > 10, 'the one-stop system went on working')
    t.ok(ledger.slips.jobs > 3, 'slips were asked for')
    t.ok(Object.keys(ledger.faults).length >= 5, 'and there were faults')
  },
)
