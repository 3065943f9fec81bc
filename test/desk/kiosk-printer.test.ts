// A slip at a kiosk is for the person who stands there, or for nobody.
import t from 'tap'
import { openKioskPrinter } from '../../src/desk/kiosk-printer.js'
import { dossierNo, openTestDesk, until } from './harness.js'

t.test('out of paper is told at once, and nothing comes out when there is paper again', async (t) => {
  const { room, desk, tape } = await openTestDesk(t)
  const kiosk = openKioskPrinter(room, { 'sanh-1': 'quay-1' })
  await until(async () => (await desk.view()).printer.state === 'ready')
  tape.set({ paper: 'out' })
  await until(async () => (await desk.view()).printer.state === 'no-paper')
  const refused = (await kiosk.print('sanh-1', dossierNo))!
  t.hasStrict(refused, { state: 'cancelled', reason: 'no-paper' })
  t.hasStrict(await kiosk.job('sanh-1', refused.jobId), { state: 'cancelled', reason: 'no-paper' })
  tape.set({ paper: 'full' })
  await until(async () => (await desk.view()).printer.state === 'ready')
  const printed = (await kiosk.print('sanh-1', dossierNo))!
  await until(async () => (await kiosk.job('sanh-1', printed.jobId))!.state === 'confirmed')
  t.equal(tape.slips.length, 1)
})

t.test('a slip that waits when the paper ends, or the visit, dies with it', async (t) => {
  const { room, desk } = await openTestDesk(t, { path: '/dev/none' })
  const kiosk = openKioskPrinter(room, { 'sanh-1': 'quay-2' })
  t.equal(kiosk.has('sanh-2'), false)
  // A desk whose printer was not heard of.
  const waits = (await room.queue.add('quay-1', 'test', 1, 60_000))!
  const beside = openKioskPrinter(room, { 'sanh-1': 'quay-1' })
  t.hasStrict(await beside.job('sanh-1', waits.jobId), { state: 'cancelled', reason: 'printer-absent' })
  const left = (await room.queue.add('quay-1', 'test', 1, 60_000))!
  await beside.cancel('sanh-1', left.jobId)
  t.hasStrict(await desk.job(left.jobId), { state: 'cancelled' })
})

t.test('a kiosk’s slip is wanted for half a minute', async (t) => {
  const { room, desk } = await openTestDesk(t, { profile: 'generic' })
  const kiosk = openKioskPrinter(room, { 'sanh-1': 'quay-1' })
  await until(async () => (await desk.view()).printer.state === 'ready')
  const { createdAt, expiresAt } = (await kiosk.print('sanh-1', dossierNo))!
  t.equal(Date.parse(expiresAt) - Date.parse(createdAt), 30_000)
})
