// From observations of a printer to its published state: the whole table.
import t from 'tap'
import { type PrinterState, printerStates } from '../../src/desk/contract.js'
import type { PrinterCondition } from '../../src/desk/escpos/status.js'
import {
  heard,
  missed,
  obstacles,
  type Sighting,
  stateOf,
  unseen,
} from '../../src/desk/printer/printer-state.js'

const well: PrinterCondition = {
  offline: false,
  coverOpen: false,
  paperOut: false,
  paperLow: false,
  error: false,
  recovers: false,
}
const opened: Sighting = { ...unseen, open: true, status: 'real-time' }
const says = (condition: Partial<PrinterCondition>, times = 1): Sighting => {
  let seen = opened
  for (let n = 0; n < times; n++) seen = heard(seen, { ...well, ...condition })
  return seen
}

const rows: [label: string, seen: Sighting, state: PrinterState | undefined][] = [
  ['no port', { ...says({}), open: false }, 'absent'],
  ['just opened', opened, undefined],
  ['one that is never asked', { ...opened, status: 'none' }, 'unknown'],
  ['all well', says({}), 'ready'],
  ['thin roll', says({ paperLow: true }), 'paper-low'],
  ['paper out', says({ offline: true, paperOut: true, paperLow: true }), 'no-paper'],
  ['cover open', says({ offline: true, coverOpen: true }), 'cover-open'],
  ['cover open and no paper', says({ offline: true, coverOpen: true, paperOut: true }), 'cover-open'],
  ['knife jammed', says({ offline: true, error: true }), 'error'],
  ['knife jammed and no paper', says({ offline: true, error: true, paperOut: true }), 'no-paper'],
  ['off line without a cause, once', says({ offline: true }), undefined],
  ['off line without a cause, twice', says({ offline: true }, 2), 'error'],
  ['off line without a cause, then well', heard(says({ offline: true }), well), 'ready'],
  ['one lost answer', missed(says({})), undefined],
  ['silent after it spoke', missed(missed(says({}))), 'absent'],
  ['silent after it spoke, may be one that cannot', missed(missed({ ...says({}), status: 'try' })), 'absent'],
  ['never spoke, may be one that cannot', missed(missed({ ...opened, status: 'try' })), 'unknown'],
  ['never spoke, and should', missed(missed(opened)), 'absent'],
  ['speaks again', heard(missed(missed(says({}))), well), 'ready'],
  [
    'status told by itself ends a silence',
    heard(missed(missed(opened)), { ...well, coverOpen: true }),
    'cover-open',
  ],
]
for (const [label, seen, state] of rows)
  t.test(label, async (t) => {
    t.equal(stateOf(seen), state)
  })

t.test('every state is reached by a row, and has its obstacle or none', async (t) => {
  t.same(new Set(rows.map(([, , state]) => state).filter(Boolean)), new Set(printerStates))
  t.same(
    printerStates.filter((state) => obstacles[state] === undefined),
    ['ready', 'paper-low', 'unknown'],
  )
})
