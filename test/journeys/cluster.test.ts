// Two gateways on a Redis Cluster of three: every interface works, and what one gateway receives the other answers.
import t from 'tap'
import { startFakeSmsc } from '../peers/fake-smsc.js'
import { startGateway } from '../peers/gateway.js'
import { openPaperTape, type Slip } from '../peers/paper-tape.js'
import { startCluster } from '../peers/redis.js'

const dossierNo = 'H45.12-261119-0007'

t.test('two gateways on a cluster are one service', async (t) => {
  const cluster = await startCluster(t)
  const smsc = await startFakeSmsc()
  t.teardown(() => smsc.close())
  const printer = await openPaperTape()
  t.teardown(() => printer.close())
  const secrets = { lookupKey: 'a1'.repeat(32), phoneKey: 'b2'.repeat(32), adminKey: 'c3'.repeat(32) }
  const redis = { cluster: cluster.nodes, durability: 'everysec' }
  const desk = { id: 'quay-1', agency: 'H45.12', name: 'Quầy 1' }
  const serial = { path: printer.path, baudRate: 38_400, profile: 'epson-tm-t82' }
  const one = await startGateway(t, { redis, secrets, desks: [{ ...desk, printer: serial }] })
  const two = await startGateway(t, {
    redis,
    secrets,
    desks: [desk],
    sms: {
      links: [{ name: 'sim', host: '127.0.0.1', port: smsc.port, password: 'secret', shortCode: '8188' }],
    },
  })
  await smsc.until('the link is bound', () => smsc.boundCount === 1)
  const key = await one.agencyKey('H45.12', 'H45.01')

  const lines = Array.from({ length: 300 }, (_, n) =>
    JSON.stringify({
      dossierNo: `H45.12-2611${String(1 + (n % 20)).padStart(2, '0')}-${String(1 + n).padStart(4, '0')}`,
      dossierStatus: 'processing',
      eventTime: '2026-11-20T09:00:00+07:00',
      otherNumbers: [`H45.01-2611${String(1 + (n % 20)).padStart(2, '0')}-${String(1 + n).padStart(4, '0')}`],
    }),
  )
  const bulk = await fetch(`${one.http}/v1/dossiers/bulk`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
    body: lines.join('\n'),
  })
  const told = (await bulk.text()).trim().split('\n')
  const summary = JSON.parse(told.at(-1)!)
  t.match(summary, { summary: { lines: 300, applied: 300, failed: 0 } })

  const put = await fetch(`${two.http}/v1/dossiers/${dossierNo}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      dossierStatus: 'supplement',
      eventTime: '2026-11-23T09:00:00+07:00',
      publicNote: 'Mang sổ',
    }),
  })
  t.equal(put.status, 200)
  const { lookupNumber } = (await put.json()) as { lookupNumber: string }

  for (const gateway of [one, two]) {
    const answer = await (await fetch(`${gateway.http}/v1/status/${lookupNumber}`)).json()
    t.match(answer, { level: 'full', dossierStatus: 'supplement', publicNote: 'Mang sổ' })
    t.equal(
      (await fetch(`${gateway.http}/v1/status/H45.01-261108-0008`)).status,
      200,
      'by another national code',
    )
  }
  const reply = smsc.replyTo('84901234567', 20_000)
  await smsc.text('84901234567', `HS ${lookupNumber}`).taken
  t.match((await reply)?.text, /Can bo sung giay to/)

  const made = JSON.parse((await two.command('keys', 'create', '--desk', 'quay-1', '--json')).stdout) as {
    key: string
  }
  const slip = new Promise<Slip>((resolve) => printer.once('slip', resolve))
  const receipt = await fetch(`${two.http}/v1/desks/quay-1/receipts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${made.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ dossierNo }),
  })
  t.equal(receipt.status, 202)
  t.match(
    (await slip).text,
    new RegExp(dossierNo.replaceAll('.', '\\.')),
    'asked of one gateway, printed by the other',
  )
  const erased = await fetch(`${one.http}/v1/dossiers/${dossierNo}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${key}` },
  })
  t.equal(erased.status, 204)
  t.equal((await fetch(`${two.http}/v1/status/${lookupNumber}`)).status, 404)
  t.notMatch(one.output + two.output, /CROSSSLOT|MOVED/)
})
