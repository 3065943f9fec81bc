// Texts that come by themselves, over the built program: asked for with DK or left by the agency, each comes once, by day, in
// one segment; what was undone in the night does not come; and none is lost or doubled by kill -9.
import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { parse, stringify } from 'yaml'
import { startFakeSmsc } from '../peers/fake-smsc.js'
import { startGateway } from '../peers/gateway.js'

t.setTimeout(540_000)

/** `HH:MM` in Vietnam, so many hours from now. */
const clock = (hours: number) => new Date(Date.now() + (7 + hours) * 3_600_000).toISOString().slice(11, 16)
const december = (date: number) => `2030-12-${String(date).padStart(2, '0')}T00:00:00+07:00`
const never = { from: '00:00', to: '00:00' }

t.test('notices', async (t) => {
  const smsc = await startFakeSmsc()
  t.teardown(() => smsc.close())
  const gateway = await startGateway(t, {
    sms: {
      quietHours: { from: clock(-2), to: clock(2) },
      links: [{ name: 'sim', host: '127.0.0.1', port: smsc.port, password: 'secret', shortCode: '8188' }],
    },
  })
  const setHours = async (quietHours: { from: string; to: string }) => {
    const config = parse(readFileSync(gateway.configFile, 'utf8'))
    writeFileSync(gateway.configFile, stringify({ ...config, sms: { ...config.sms, quietHours } }))
    const read = gateway.waitFor('gateway.reloaded')
    process.kill(gateway.pid, 'SIGHUP')
    await read
  }
  const bound = () => smsc.until('the link is bound', () => smsc.boundCount === 1)
  const key = await gateway.agencyKey('000.00.15.H45')
  let updates = 0
  const began = Date.now() - 3_600_000
  const push = async (nth: number, update: Record<string, unknown>) => {
    const response = await fetch(`${gateway.http}/v1/dossiers/${numberOf(nth)}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ eventTime: new Date(began + ++updates * 1000).toISOString(), ...update }),
    })
    t.match(await response.json(), { applied: true }, JSON.stringify(update))
  }
  const numberOf = (nth: number) => `000.00.15.H45-190521-${String(nth).padStart(4, '0')}`
  const phoneOf = (nth: number) => `8490123450${nth}`
  const noticesOf = (nth: number) =>
    smsc.received.filter(({ to, text }) => to === phoneOf(nth) && text.startsWith('Thong bao'))
  const comes = (nth: number, what: RegExp) =>
    smsc.until(`a notice of ${nth} says ${what}`, () => noticesOf(nth).some(({ text }) => what.test(text)))
  const watch = async (nth: number) => {
    await push(nth, { dossierStatus: 'submitted', ...(nth === agencys ? { contact } : {}) })
    if (nth === agencys) return
    const coming = smsc.replyTo(phoneOf(nth))
    await smsc.text(phoneOf(nth), `DK ${numberOf(nth)}`).taken
    t.match((await coming)?.text, /se bao khi/i)
  }
  const [accepted, undone, movedTwice, overdue, supplement, ready, agencys, killed] = [
    0, 1, 2, 3, 4, 5, 6, 7,
  ] as const
  const contact = { phone: phoneOf(agencys), notify: true }

  await bound()
  for (let nth = 0; nth <= killed; nth++) await watch(nth)

  await t.test('at night nothing comes, whatever happens', async (t) => {
    await push(accepted, { dossierStatus: 'accepted', dueAt: december(5), returnBy: 'counter' })
    await push(undone, { dossierStatus: 'supplement', publicNote: 'Thiếu ảnh' })
    await push(undone, { dossierStatus: 'processing' })
    await push(movedTwice, { dossierStatus: 'processing', dueAt: december(5) })
    await push(movedTwice, { dossierStatus: 'processing', dueAt: december(5), extendedDueAt: december(10) })
    await push(movedTwice, { dossierStatus: 'processing', dueAt: december(5), extendedDueAt: december(15) })
    await push(overdue, { dossierStatus: 'processing', dueAt: new Date(Date.now() + 2000).toISOString() })
    await push(supplement, { dossierStatus: 'supplement', filedBy: 'online' })
    await push(ready, { dossierStatus: 'finished', returnBy: 'post' })
    await push(agencys, { dossierStatus: 'finished' })
    await gateway.kill('SIGKILL')
    await gateway.start()
    await bound()
    const coming = smsc.replyTo(phoneOf(accepted))
    await smsc.text(phoneOf(accepted), 'HD').taken
    t.match((await coming)?.text, /DK/, 'a question is answered at night too')
    for (let nth = 0; nth <= killed; nth++) t.same(noticesOf(nth), [], `nothing to ${nth}`)
  })

  await t.test('by day each comes once, in one segment, as things are now', async (t) => {
    await setHours(never)
    await comes(accepted, /Da tiep nhan.*05\/12\/2030.*mang giay hen/i)
    await comes(movedTwice, /15\/12\/2030 \(truoc 05\/12\/2030\), xin loi/i)
    await comes(overdue, /qua hen .*xin loi/i)
    await comes(supplement, /bo sung giay to tren Cong Dich vu cong/i)
    await comes(ready, /buu dien/i)
    await comes(agencys, /Da co ket qua/i)
    for (const nth of [accepted, movedTwice, overdue, supplement, ready, agencys]) {
      t.equal(noticesOf(nth).length, 1, `one to ${nth}`)
      t.ok(noticesOf(nth).every(({ udh, text }) => udh === undefined && text.length <= 160))
    }
  })

  await t.test('what was undone meanwhile has not come, and what follows does', async (t) => {
    await push(undone, { dossierStatus: 'finished' })
    await comes(undone, /Da co ket qua/i)
    t.equal(noticesOf(undone).length, 1)
  })

  await t.test('a date that passed is told once, however often the agency writes after it', async (t) => {
    await push(overdue, { dossierStatus: 'processing', publicNote: 'Đang chờ xác minh' })
    await push(overdue, { dossierStatus: 'finished' })
    await comes(overdue, /Da co ket qua/i)
    t.equal(noticesOf(overdue).length, 2)
  })

  await t.test(
    'killed when an update was just acknowledged, and when its notice was just sent',
    async (t) => {
      await push(killed, { dossierStatus: 'accepted', dueAt: december(5) })
      await gateway.kill('SIGKILL')
      await gateway.start()
      await comes(killed, /Da tiep nhan/i)
      smsc.behave({ respDelayMs: 1000 })
      await push(killed, { dossierStatus: 'supplement' })
      await comes(killed, /Can bo sung/i)
      await gateway.kill('SIGKILL')
      smsc.behave({ respDelayMs: 0 })
      await gateway.start()
      await push(killed, { dossierStatus: 'finished' })
      await comes(killed, /Da co ket qua/i)
      const lost = noticesOf(killed).filter(({ isRespLost }) => isRespLost).length
      t.ok(
        noticesOf(killed).length <= 3 + lost,
        'a second one only where the SMSC had not answered the first',
      )
      t.equal(new Set(noticesOf(killed).map(({ text }) => text)).size, 3)
    },
  )
})
