// kill -9 in the middle of a busy minute: what was answered ESME_ROK has its reply, or a recorded reason why not.
import t from 'tap'
import { startFakeSmsc } from '../peers/fake-smsc.js'
import { startGateway } from '../peers/gateway.js'

t.test('200 texts, and the gateway is killed among them', async (t) => {
  const smsc = await startFakeSmsc({ behaviour: { respDelayMs: 20, window: 20 } })
  t.teardown(() => smsc.close())
  const gateway = await startGateway(t, {
    sms: {
      links: [
        {
          name: 'sim',
          host: '127.0.0.1',
          port: smsc.port,
          password: 'secret',
          shortCode: '8188',
          window: 20,
        },
      ],
    },
  })
  const key = await gateway.agencyKey('000.00.15.H45')
  const response = await fetch(`${gateway.http}/v1/dossiers/000.00.15.H45-190521-0003`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ dossierStatus: 'processing', eventTime: new Date().toISOString() }),
  })
  t.equal(response.status, 200)
  await smsc.until('the link is bound', () => smsc.boundCount === 1)

  const phones = Array.from({ length: 200 }, (_, n) => `8490${String(1_000_000 + n)}`)
  const texts = phones.map((phone) => smsc.text(phone, 'HS 000.00.15.H45-190521-0003'))
  await Promise.all(texts.slice(0, 80).map((mo) => mo.taken))
  await gateway.kill('SIGKILL')
  await gateway.start()
  await Promise.all(texts.map((mo) => mo.taken))
  await smsc.until(
    'every phone has its reply',
    () => phones.every((phone) => smsc.received.some((mt) => mt.to === phone)),
    60_000,
  )

  for (const phone of phones) {
    const replies = smsc.received.filter((mt) => mt.to === phone)
    const lost = replies.filter((mt) => mt.isRespLost).length
    // A second reply is lawful only where the answer to the first one cannot have been acted on before the kill.
    if (replies.length > 1 + lost)
      t.fail(`${phone} has ${replies.length} replies, ${lost} of them unanswered`)
  }
  const doubled = smsc.received.length - phones.length
  t.comment(`${doubled} replies were sent twice: their submit_sm_resp had not been acted on`)
  t.ok(doubled <= 20, 'no more than one window of them')
  const dead = await gateway.command('outbox', 'list', '--json')
  t.equal(dead.code, 0)
  t.same(JSON.parse(dead.stdout).dead, [], 'nothing was put aside')
})
