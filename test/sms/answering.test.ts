import t from 'tap'
import { startFakeSmsc } from '../peers/fake-smsc.js'
import { startRedis } from '../peers/redis.js'
import { linkTo, openRoom } from './room.js'

const processing = { dossierStatus: 'processing', dueAt: Date.parse('2030-12-05T10:00:00+07:00') } as const

t.test('a text is answered', async (t) => {
  const redis = await startRedis(t)
  const fake = await startFakeSmsc()
  t.teardown(() => fake.close())
  const room = await openRoom(t, redis, {
    links: [linkTo(fake)],
    perSender: { identical: 100, replies: 1000, perDay: 10000 },
  })
  await fake.until('the link is bound', () => fake.boundCount === 1)
  const { no, lookupNumber } = await room.dossier('000.00.15.H45-190521-0003', processing)

  const ask = async (text: string, from = '84901234567', options = {}) => {
    const coming = fake.replyTo(from)
    const mo = fake.text(from, text, options)
    await mo.taken
    return (await coming)?.text
  }

  await t.test('by either number, with number, state, date, age and phone in one segment', async (t) => {
    const reply = await ask(`HS ${no.text}`)
    t.match(
      reply,
      new RegExp(
        `^${no.text.replaceAll('.', '\\.')}: Dang xu ly\\. hen tra 05/12/2030\\. Luc \\d\\d:\\d\\d \\d\\d/\\d\\d\\. DT `,
      ),
    )
    t.ok(reply!.length <= 160)
    t.match(await ask(lookupNumber), /^\d{4} \d{4} \d{4}: Dang xu ly/)
    t.match(await ask(`EN ${lookupNumber}`), /In progress\. due 05\/12\/2030\. As of /)
  })
})
