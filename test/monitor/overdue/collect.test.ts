import t from 'tap'
import type { Dossier } from '../../../src/dossier/dossier.js'
import { openNumbers } from '../../../src/dossier/numbers/numbers.js'
import { inRuns, openCollector, openPast } from '../../../src/monitor/overdue/collect.js'
import { monitorParts } from '../parts.js'

const { truthOf: tellTruth } = monitorParts
const agencies = [
  {
    code: 'H15.12',
    index: 1,
    name: 'Một',
    shortName: 'Mot',
    phone: '',
    address: '',
    aliases: ['000.00.12.H15'],
    patterns: [],
  },
  {
    code: 'H15.50',
    index: 2,
    name: 'Hai',
    shortName: 'Hai',
    phone: '',
    address: '',
    aliases: [],
    patterns: [],
  },
]
const { read } = openNumbers(agencies, { lookupKey: '5a'.repeat(32) })
const now = Date.parse('2026-11-28T08:00:00+07:00')
const noOf = (text: string) => {
  const reading = read(text)
  if (reading.kind !== 'dossierNo') throw new Error(`${text} is ${reading.kind}`)
  return reading.dossierNo
}
const dossier = (number: string, more: Partial<Dossier> = {}): Dossier => ({
  dossierNo: noOf(number),
  dossierStatus: 'processing',
  eventTime: now,
  asOf: now,
  otherNumbers: [],
  history: [],
  ...more,
})
const collect = (dossiers: readonly Dossier[], excused = { units: [] as string[], days: [] as string[] }) => {
  const collector = openCollector(tellTruth, excused, now)
  for (const one of dossiers) collector.take(one)
  return collector.collected()
}
const gapsOf = async (numbers: readonly string[], excused?: { units: string[]; days: string[] }) =>
  [
    ...(
      await collect(
        numbers.map((one) => dossier(one)),
        excused,
      )
    ).values(),
  ].flatMap(({ gaps }) => gaps.filter(openPast(excused ?? { units: [], days: [] }, now)))

t.test('numbers never pushed below the highest of their unit and day are a gap', async (t) => {
  const day = 'H15.12-261127'
  const rows: { label: string; numbers: string[]; missing: string[] }[] = [
    {
      label: '1, 2 and 5 were pushed',
      numbers: [`${day}-0001`, `${day}-0002`, `${day}-0005`],
      missing: ['0003', '0004'],
    },
    { label: 'all were pushed', numbers: [`${day}-0001`, `${day}-0002`], missing: [] },
    { label: 'the first is missing', numbers: [`${day}-0002`], missing: ['0001'] },
    {
      label: 'an office that begins at 361 misses nothing below',
      numbers: [`${day}-0361`, `${day}-0363`],
      missing: ['0362'],
    },
    {
      label: 'other spellings of one sequence',
      numbers: [`${day}-0001`, '000.00.12.H15-261127-0002', 'H15.12-20261127-0003', `${day}-0005`],
      missing: ['0004'],
    },
    {
      label: 'a number that a system has drawn, and those of a ministry, are of no sequence',
      numbers: [`${day}-0001`, `${day}-57312`, `${day}-1800123`, `${day}-0003`, 'H15.50-261127-91204'],
      missing: ['0002'],
    },
    { label: 'today is not over', numbers: ['H15.12-261128-0009'], missing: [] },
    { label: 'old days do not count', numbers: ['H15.12-260701-0009'], missing: [] },
  ]
  for (const { label, numbers, missing } of rows)
    t.strictSame(
      (await gapsOf(numbers)).flatMap((gap) => gap.missing),
      missing,
      label,
    )
})

t.test('units and days that are excused have no gaps', async (t) => {
  const numbers = ['H15.12-261127-0003', 'H15.50-261126-0003']
  t.strictSame(await gapsOf(['000.00.12.H15-261127-0003'], { units: ['H15.12'], days: [] }), [])
  t.strictSame(await gapsOf(['000.00.12.H15-261127-0003'], { units: ['000.00.12.H15'], days: [] }), [])
  t.strictSame(
    (await gapsOf(numbers, { units: ['H15.12'], days: [] })).map(({ series }) => series),
    ['H15.50-261126'],
  )
  t.strictSame(
    (await gapsOf(numbers, { units: [], days: ['2026-11-26'] })).map(({ series }) => series),
    ['H15.12-261127'],
  )
})

t.test('a dossier is listed while it is open and overdue or due soon', async (t) => {
  const at = (text: string) => Date.parse(`${text}+07:00`)
  const listed = (
    await collect([
      dossier('H15.12-261101-0001', { dueAt: at('2026-11-20T00:00:00') }),
      dossier('H15.12-261101-0002', { dueAt: at('2026-11-28T00:00:00') }),
      dossier('H15.12-261101-0003', { dueAt: at('2027-03-01T00:00:00') }),
      dossier('H15.12-261101-0004', { dueAt: at('2026-11-20T00:00:00'), dossierStatus: 'finished' }),
      dossier('H15.12-261101-0005', { dueAt: at('2026-11-20T00:00:00'), dossierStatus: 'supplement' }),
      dossier('H15.12-261101-0006', {
        dueAt: at('2026-11-20T00:00:00'),
        extendedDueAt: at('2026-12-02T00:00:00'),
      }),
    ])
  ).get('H15.12')
  t.strictSame(
    listed?.due.map(({ dossierNo, endsAt }) => [dossierNo.slice(-4), endsAt < now]),
    [
      ['0001', true],
      ['0002', false],
      ['0006', false],
    ],
    'longest overdue first; a day lasts until the office closes',
  )
})

t.test('missing numbers are written as ranges', async (t) => {
  t.strictSame(inRuns(['0003', '0004', '0007', '0009', '0010', '0011']), ['0003–0004', '0007', '0009–0011'])
  t.strictSame(inRuns([]), [])
})
