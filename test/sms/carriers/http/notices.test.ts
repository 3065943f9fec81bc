// Unsolicited texts of an HTTP link, on the built program: notices by a brand name's registered templates, and the
// receipts that the peer sends to the URL it was given.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { startGateway } from '../../../peers/gateway.js'
import { until } from '../../room.js'

const number = '000.00.15.H45-190521-0003'
const secret = 'a secret of the peer and the gateway'
const publicUrl = 'https://tra-cuu.example'

t.test('a notice by its registered template, and its receipt', { timeout: 360_000 }, async (t) => {
  const calls: { path: string; body: Record<string, string> }[] = []
  const peer = createServer(async (asked, answer) => {
    let body = ''
    for await (const chunk of asked) body += chunk
    calls.push({ path: asked.url!, body: JSON.parse(body) })
    answer.setHeader('content-type', 'application/json').end(`{"sid":"M${calls.length}"}`)
  })
  await once(peer.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => peer.close())
  const url = `http://127.0.0.1:${(peer.address() as AddressInfo).port}`
  const gateway = await startGateway(t, {
    http: { publicUrl },
    sms: {
      quietHours: { from: '00:00', to: '00:00' },
      links: [
        {
          name: 'brand',
          kind: 'http',
          shortCode: 'HCC',
          deliveryReceipts: true,
          receive: { secret },
          send: {
            url: `${url}/reply`,
            body: '{"to":"{to}","text":"{text}","dlr":"{callbackUrl}"}',
            messageId: '/sid',
            notices: {
              url: `${url}/notice`,
              body: '{"to":"{to}","template":"{template}","number":"{number}","state":"{state}","agency":"{agency}","dlr":"{callbackUrl}"}',
              templates: { finished: 'T-DONE', other: 'T-ANY' },
            },
            receipts: { id: 'ref', state: 'st', states: { '1': 'DELIVRD' } },
          },
        },
      ],
    },
  })
  const key = await gateway.agencyKey('000.00.15.H45')
  const push = async (dossierStatus: string, eventTime: string) => {
    const answer = await fetch(`${gateway.http}/v1/dossiers/${number}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ dossierStatus, eventTime }),
    })
    t.equal(answer.status, 200)
  }
  await push('processing', '2026-01-05T08:00:00+07:00')
  const asked = new URLSearchParams({ from: '84931000001', text: `DK ${number}`, id: 'd1', token: secret })
  const started = await fetch(`${gateway.http}/v1/sms/brand?${asked}`)
  t.match(await started.text(), /se bao khi/i)

  for (const [nth, [state, template]] of [
    ['supplement', 'T-ANY'],
    ['finished', 'T-DONE'],
  ].entries()) {
    await push(state!, `2026-01-0${6 + nth}T08:00:00+07:00`)
    await until(`${state} is told`, () => calls.length === nth + 1)
    const { path, body } = calls[nth]!
    t.equal(path, '/notice')
    t.match(body, { to: '84931000001', template, number })
    t.ok(body.state && body.agency, JSON.stringify(body))
  }

  const callback = calls[0]!.body.dlr!
  t.ok(callback.startsWith(`${publicUrl}/v1/sms/brand/receipts?token=`), callback)
  t.notMatch(callback, secret, 'the address holds a token of its own')
  const bring = (address: string, ref: string, st: string) =>
    fetch(`${address.replace(publicUrl, gateway.http)}&${new URLSearchParams({ ref, st })}`)
  t.equal((await bring(`${publicUrl}/v1/sms/brand/receipts?token=guessed`, 'M1', '1')).status, 401)
  t.equal((await bring(callback, 'M1', '1')).status, 200)
  t.equal((await bring(callback, 'M2', '9')).status, 200)
  const counted = async (stat: string, count = 1, matched = 'yes') =>
    new RegExp(
      `^gateway_sms_receipts_total\\{bind="brand",stat="${stat}",matched="${matched}"\\} ${count}$`,
      'm',
    ).test(await (await fetch(`${gateway.admin}/metrics`)).text())
  await until('the receipt is counted', () => counted('DELIVRD'))
  await until('and the one that says nothing we know', () => counted('UNKNOWN'))

  const several = await fetch(callback.replace(publicUrl, gateway.http), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ ref: 'N1', st: '1' }, { ref: 'N2', st: '1' }, { st: '1' }]),
  })
  t.equal(several.status, 200)
  await until('each of a call is counted', () => counted('DELIVRD', 2, 'not-yet'))
  t.ok(await counted('DELIVRD', 1, 'no-id'), 'and the one that names no message')
})
