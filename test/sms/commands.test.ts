// What an operator can do beside a running gateway: inspect its links, retry dead letters, change links, stop it.
import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { parse, stringify } from 'yaml'
import { startFakeSmsc } from '../peers/fake-smsc.js'
import { startGateway } from '../peers/gateway.js'
import { startRedis } from '../peers/redis.js'
import { linkTo, lookupKey, openRoom, phoneKey, until } from './room.js'

const number = '000.00.15.H45-190521-0003'

t.test('beside a running gateway', async (t) => {
  const redis = await startRedis(t)
  const fake = await startFakeSmsc({ behaviour: { refuseWith: 0x0b } })
  t.teardown(() => fake.close())
  const room = await openRoom(t, redis, { links: [] })
  await room.dossier(number)
  const gateway = await startGateway(t, {
    redis: { url: `unix://${redis.socket}` },
    secrets: { lookupKey, phoneKey },
    sms: { links: [linkTo(fake)] },
    log: { level: 'trace' },
  })
  await fake.until('it is bound', () => fake.boundCount === 1)

  await t.test('smsc shows the links', async (t) => {
    await until('the view is there', async () => (await room.door.request.hlen('{sms}:views')) === 1)
    const { code, stdout } = await gateway.command('smsc')
    t.equal(code, 0)
    t.match(stdout, /^smsc-a {2}127\.0\.0\.1:\d+ {2}short code 8188 {2}window 50 {2}no limit/)
    t.match(stdout, /smsc-a\.1 {2}transceiver {2}bound since 20/)
    t.match(JSON.parse((await gateway.command('smsc', '--json')).stdout), {
      notBound: [],
      links: [{ link: 'smsc-a' }],
    })
  })

  await t.test('outbox shows what the SMSC would not take, and tries it again', async (t) => {
    await fake.text('84901234567', `HS ${number}`).taken
    await until('it is a dead letter', async () => (await room.ledger().dead(10)).length === 1)
    const list = await gateway.command('outbox', 'list')
    t.match(list.stdout, /rejected {2}ask {2}84\*+67/)
    fake.behave({ refuseWith: 0 })
    const reply = fake.replyTo('84901234567', 60_000)
    const retry = await gateway.command('outbox', 'retry', '--all')
    t.match(retry, { code: 0, stdout: /^1 put back/ })
    t.match((await reply)?.text, /Dang xu ly/)
    t.equal((await gateway.command('outbox', 'retry', '1-1')).code, 1)
    t.equal((await gateway.command('outbox')).code, 2)
  })

  await t.test('SIGHUP takes over changed links, and a mistake changes nothing', async (t) => {
    const config = parse(readFileSync(gateway.configFile, 'utf8'))
    config.sms.links[0].shortCode = '9999'
    writeFileSync(gateway.configFile, stringify(config))
    const reloaded = gateway.waitFor('gateway.reloaded')
    process.kill(gateway.pid, 'SIGHUP')
    await reloaded
    await fake.until('it is bound anew', () => fake.counts.unbinds === 1 && fake.boundCount === 1)
    const reply = fake.replyTo('84901234568')
    fake.text('84901234568', `HS ${number}`)
    t.equal((await reply)?.from, '9999')
    config.sms.links[0].window = 0
    writeFileSync(gateway.configFile, stringify(config))
    const refused = gateway.waitFor('gateway.not-reloaded')
    process.kill(gateway.pid, 'SIGHUP')
    await refused
    t.equal(fake.boundCount, 1)
  })

  await t.test(
    'it unbinds when it is stopped, and no log line at any level held a phone number',
    async (t) => {
      t.equal(await gateway.kill('SIGTERM'), 0)
      t.equal(fake.counts.unbinds, 2)
      t.match(gateway.output, /mo\.answered/)
      t.notMatch(gateway.output, /84901234|0901234/)
    },
  )
})
