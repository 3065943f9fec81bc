// A slip that the printer holds back, for want of paper: "it will come out by itself" is said as long as it is true.
import { join } from 'node:path'
import t from 'tap'
import { openSlipJournal } from '../../src/desk/printer/slip-journal.js'
import { type DeskClient, dossierNo, ended, openTestDesk, temporary, until } from './harness.js'

const printerIs = (desk: DeskClient, state: string) =>
  until(async () => (await desk.view()).printer.state === state)

for (const [label, profile] of [
  ['asked for its state', 'epson-tm-t82'],
  ['that counts its answers', 'generic'],
] as const)
  t.test(`a printer ${label}, unplugged or switched off while it holds a slip back`, async (t) => {
    const { desk, tape } = await openTestDesk(t, { profile, tape: { clears: false } })
    for (const loseIt of [
      async () => {
        await tape.unplug()
        tape.powerCycle()
        tape.set({ paper: 'full' })
        await printerIs(desk, 'absent')
        await tape.plug()
      },
      async () => {
        tape.set({ mute: true })
        await printerIs(desk, 'absent')
        tape.powerCycle()
        tape.set({ mute: false, paper: 'full' })
      },
    ]) {
      await printerIs(desk, 'ready')
      tape.set({ paper: 200 })
      const jobId = await desk.print(dossierNo)
      t.hasStrict(await ended(desk, jobId), { state: 'unconfirmed', reason: 'no-paper' })
      await loseIt()
      const job = await until(async () => {
        const now = await desk.job(jobId)
        return now.reason === undefined && now
      })
      t.hasStrict(job, { state: 'unconfirmed' }, 'a person is asked whether paper came out')
      await printerIs(desk, 'ready')
      t.hasStrict(await desk.act(jobId, 'reprint'), { status: 200, body: { state: 'queued' } })
      t.hasStrict(await ended(desk, jobId), { state: 'confirmed' })
    }
    t.equal(tape.slips.filter(({ complete }) => complete).length, 2)
  })

t.test('after a restart nobody sees to the rest of a slip that was held back: a person is asked', (t) => {
  const file = join(temporary(t), 'journal')
  const first = openSlipJournal(file)
  for (const [token, outcome] of [
    ['a.0', { kind: 'unconfirmed', reason: 'no-paper' }],
    ['b.0', { kind: 'unconfirmed' }],
    ['c.0', { kind: 'confirmed', by: 'status' }],
  ] as const) {
    first.begin(token, token)
    first.end(token, outcome)
    first.reported(token)
  }
  first.close()
  const second = openSlipJournal(file)
  t.match(second.unreported(), [{ token: 'a.0' }])
  t.equal(second.unreported().length, 1)
  second.close()
  t.end()
})
