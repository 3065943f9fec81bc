// The examples of the room's README, as somebody would copy them: each is a valid configuration, and the links of eSMS
// and the phone answer a text and send a notice with only the file paths and the peer changed.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { type PeerPreset, startAggregator } from '../../../peers/aggregator.js'
import { startGateway } from '../../../peers/gateway.js'
import { configOf } from '../../room.js'

t.setTimeout(360_000)

const folder = mkdtempSync(join(tmpdir(), 'dgw-http-readme-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const readme = readFileSync(new URL('../../../../src/sms/carriers/http/README.md', import.meta.url), 'utf8')

type Link = Record<string, unknown> & { name: string; receive: object; send?: Record<string, unknown> }
/** Every link of the page, with its secrets in a folder of ours. */
const links = [...readme.matchAll(/```yaml\n([^`]*)```/g)].map(([, text]): Link => {
  const here = text!.replace(/\/etc\/dossier-gateway\/([\w.-]+)/g, (_, name: string) => {
    writeFileSync(join(folder, name), `secret in ${name}\n`)
    return join(folder, name)
  })
  const block = parse(here)
  return Array.isArray(block) ? block[0] : block.sms.links[0]
})

t.test('every example passes', async (t) => {
  t.same(
    links.map(({ name }) => name),
    ['aggregator', 'esms', 'kannel', 'phone', 'other'],
  )
  for (const link of links) t.equal(configOf(t, { links: [link] }).sms.links[0]?.name, link.name)
})

for (const [name, preset, path] of [
  ['esms', 'esms', '/MainService.svc/json/SendMultipleMessage_V4_post_json/'],
  ['phone', 'android', '/3rdparty/v1/messages'],
] as const satisfies readonly (readonly [string, PeerPreset, string])[])
  t.test(`${name}: a text, its answer and a notice`, async (t) => {
    const link = links.find((one) => one.name === name)!
    const secretOf = (file: unknown) => readFileSync(String(file), 'utf8').trim()
    const peer = await startAggregator({
      preset,
      linkName: name,
      secret: secretOf((link.receive as { secretFile: string }).secretFile),
      username: String(link.send!.username),
      sendSecret: secretOf(link.send!.secretFile),
    })
    t.teardown(() => peer.close())
    const sms = {
      links: [{ ...link, send: { ...link.send, url: peer.url + path } }],
      quietHours: { from: '00:00', to: '00:00' },
    }
    const gateway = await startGateway(t, { sms })
    peer.attach(gateway.http)
    const number = '000.00.15.H45-190521-0003'
    const key = await gateway.agencyKey('000.00.15.H45')
    const push = async (dossierStatus: string, eventTime: string) => {
      const response = await fetch(`${gateway.http}/v1/dossiers/${number}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ dossierStatus, eventTime }),
      })
      t.equal(response.status, 200)
    }
    await push('processing', '2026-01-05T08:00:00+07:00')
    const phone = '84987654321'
    const asked = await peer.text(phone, `DK ${number}`)
    t.ok(asked.reply ?? (await peer.callTo(phone, 15_000)), 'DK is answered')
    const before = peer.calls.length
    await push('finished', '2026-01-06T08:00:00+07:00')
    const notice = await peer.callTo(phone, 30_000, before)
    t.match(notice?.text, new RegExp(number))
  })
