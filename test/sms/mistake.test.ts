// A bug of ours while wording one reply: that question becomes a dead letter, everybody else is answered.
import t from 'tap'
import type { Words } from '../../src/dossier/wording.js'
import { silentLog } from '../../src/log.js'
import { startFakeSmsc } from '../peers/fake-smsc.js'
import { startRedis } from '../peers/redis.js'
import { linkTo, openRoom, until } from './room.js'

t.test('a mistake in wording one text costs that one only, and is logged as an error', async (t) => {
  const redis = await startRedis(t)
  const fake = await startFakeSmsc()
  t.teardown(() => fake.close())
  const errors: unknown[] = []
  const log = Object.assign(Object.create(silentLog), {
    error: (entry: { evt: string }) => errors.push(entry.evt),
  })
  const room = await openRoom(t, redis, { links: [linkTo(fake)] }, { log })
  const number = '000.00.15.H45-190521-0003'
  await room.dossier(number)
  await fake.until('the link is bound', () => fake.boundCount === 1)

  const { pieces } = room.words.vi
  const broken: Words['pieces'] = (key) => {
    if (key === 'sms.asOf') throw new Error('a mistake')
    return pieces(key)
  }
  Object.assign(room.words.vi, { pieces: broken })
  // In one read of the link, so that they are worded together.
  const helped = fake.replyTo('84902000002')
  const asked = [fake.text('84902000001', `HS ${number}`), fake.text('84902000002', 'HD')]
  await Promise.all(asked.map(({ taken }) => taken))
  t.match((await helped)?.text, /^Soan HS/)
  await until(
    'it is recorded',
    async () => (await room.counted('gateway_sms_suppressed_total', { reason: 'mistake' })) === 1,
  )
  t.same(errors, ['mo.mistake'])
  t.notOk(fake.received.some(({ to }) => to === '84902000001'))

  Object.assign(room.words.vi, { pieces })
  const answered = fake.replyTo('84902000003')
  fake.text('84902000003', `HS ${number}`)
  t.match((await answered)?.text, /Dang xu ly/)
})
