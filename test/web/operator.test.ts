// What an operator with curl can see and do on the admin listener of the built gateway, and who cannot.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import t from 'tap'
import { parse, stringify } from 'yaml'
import { startFakeSmsc } from '../peers/fake-smsc.js'
import { startGateway } from '../peers/gateway.js'

const adminKey = 'correct-horse-battery-staple-of-operators'
// Those that alerts look at: a link that is gone must not be in them.
const linkGauges = /^gateway_(smpp_bound|sms_http_up)\{bind="([^"]+)"\}/gm
const number = '000.00.15.H45-190521-0003'

t.test('the operator routes', async (t) => {
  const smsc = await startFakeSmsc({ behaviour: { refuseWith: 0x0b } })
  t.teardown(() => smsc.close())
  const gateway = await startGateway(t, {
    secrets: { adminKey },
    sms: {
      links: [{ name: 'smsc-a', host: '127.0.0.1', port: smsc.port, password: 'secret', shortCode: '8188' }],
    },
    desks: [{ id: 'quay-1', agency: '000.00.15.H45', name: 'Quầy 1' }],
  })
  await smsc.until('the link is bound', () => smsc.boundCount === 1)
  const authorization = `Bearer ${adminKey}`
  const get = (path: string) => fetch(`${gateway.admin}/v1/operator${path}`, { headers: { authorization } })
  const post = (path: string) =>
    fetch(`${gateway.admin}/v1/operator${path}`, { method: 'POST', headers: { authorization } })
  const outbox = async () =>
    (await (await get('/outbox')).json()) as { dead: { id: string; from: string; reason: string }[] }

  await t.test(
    'nothing is answered without the key, and nothing of it is on the public listener',
    async (t) => {
      const answers = new Set<string>()
      for (const [method, path] of [
        ['GET', '/links'],
        ['GET', '/printers'],
        ['GET', '/outbox'],
        ['POST', '/outbox/1-1/retry'],
        ['POST', '/reload'],
        ['GET', '/no-such-route'],
      ] as const) {
        for (const given of [undefined, 'Bearer', `Bearer ${adminKey}x`, adminKey, `Basic ${adminKey}`]) {
          const headers: Record<string, string> = given ? { authorization: given } : {}
          const answer = await fetch(`${gateway.admin}/v1/operator${path}`, { method, headers })
          t.equal(answer.status, 401, `${method} ${path} ${given ?? 'no key'}`)
          t.equal(answer.headers.get('www-authenticate'), 'Bearer')
          answers.add((await answer.text()).replace(/"instance":"[^"]*"/, ''))
        }
        const outside = await fetch(`${gateway.http}/v1/operator${path}`, {
          method,
          headers: { authorization },
        })
        t.equal(outside.status, 404, `${path} is not public`)
      }
      t.equal(answers.size, 1, 'every refusal reads the same')
      const described = await (await fetch(`${gateway.http}/openapi.json`)).text()
      t.notMatch(described, /operator/)
      t.equal((await get('/no-such-route')).status, 404)
    },
  )

  await t.test('links and printers as the commands print them', async (t) => {
    for (;;) {
      const { links, notBound } = (await (await get('/links')).json()) as { links: unknown[]; notBound: [] }
      if (links.length === 0) {
        await new Promise((resolve) => setImmediate(resolve)) // each gateway writes its view every second
        continue
      }
      t.match(links, [{ link: 'smsc-a', binds: [{ state: 'bound' }] }])
      t.same(notBound, [])
      break
    }
    const printers = await get('/printers')
    t.equal(printers.headers.get('cache-control'), 'no-store')
    t.match(await printers.json(), [{ desk: 'quay-1', state: 'absent', open: 0 }])
  })

  await t.test('a reply that could not be sent is shown masked, and requeued', async (t) => {
    t.same((await outbox()).dead, [])
    const buried = gateway.waitFor('mo.rejected')
    await smsc.text('84901234567', `HS ${number}`).taken
    await buried
    let dead = (await outbox()).dead
    while (dead.length === 0) ({ dead } = await outbox())
    t.match(dead, [{ reason: 'rejected', from: /^84\*+67$/ }])
    smsc.behave({ refuseWith: 0 })
    const reply = smsc.replyTo('84901234567')
    const retried = await post(`/outbox/${dead[0]!.id}/retry`)
    t.equal(retried.status, 200)
    t.same(await retried.json(), { revived: 1, missing: [] })
    t.ok((await reply)?.text)
    t.equal((await post(`/outbox/${dead[0]!.id}/retry`)).status, 404, 'it is not there twice')
    t.equal((await post('/outbox/--all/retry')).status, 404)
    t.match((await gateway.command('audit', 'export')).stdout, /outbox\.retry/)
  })

  await t.test('reload is SIGHUP with an answer', async (t) => {
    const good = readFileSync(gateway.configFile, 'utf8')
    const reloaded = gateway.waitFor('gateway.reloaded')
    const answer = await post('/reload')
    t.equal(answer.status, 200)
    t.same(await answer.json(), { ok: true, problems: [], wantRestart: [] })
    await reloaded
    const config = parse(good) as { sms: { links: { window: number; shortCode: string }[] } }
    config.sms.links[0]!.window = 0
    writeFileSync(
      gateway.configFile,
      stringify({ ...config, desks: [{ id: 'q', agency: 'H99.9', name: 'Q' }] }),
    )
    const refused = await post('/reload')
    t.equal(refused.status, 409)
    t.match(refused.headers.get('content-type'), /^application\/problem\+json/)
    const { code, problems } = (await refused.json()) as { code: string; problems: { path: string }[] }
    t.equal(code, 'not-reloaded')
    t.same(problems.map(({ path }) => path).sort(), ['desks[0].agency', 'sms.links[0].window'])
    t.equal(smsc.boundCount, 1, 'the last good one stays')
    const agencies = join(gateway.directory, 'agencies.yaml')
    writeFileSync(
      agencies,
      `${readFileSync('config/agencies.yaml', 'utf8')}\n- { code: H45.99, name: Xã Mới, shortName: Xa Moi, phone: 0257 000 0199, address: Xã Mới }\n`,
    )
    for (const [changed, wantRestart] of [
      [{ http: { host: '127.0.0.1', port: 8099 } }, ['http.port']],
      [{ agencies }, ['agencies']],
      [{ desks: [] }, ['desks']],
      [
        { kiosk: { idleSeconds: 61 }, retention: { closedDays: 731 } },
        ['retention.closedDays', 'kiosk.idleSeconds'],
      ],
      [{ sms: { ...config.sms, links: [], replyMaxAgeSeconds: 600 } }, []],
      [{}, []],
    ] as const) {
      writeFileSync(gateway.configFile, stringify({ ...(parse(good) as object), ...changed }))
      const told = gateway.waitFor('gateway.reloaded')
      t.same(await (await post('/reload')).json(), { ok: true, problems: [], wantRestart })
      t.same((await told).wantRestart ?? [], wantRestart)
    }
  })

  await t.test('what is told of the links is what they are after it', async (t) => {
    const config = parse(readFileSync(gateway.configFile, 'utf8')) as {
      sms: { links: Record<string, unknown>[] }
    }
    const [link] = config.sms.links
    const withLinks = async (...links: object[]) => {
      writeFileSync(gateway.configFile, stringify({ ...config, sms: { links } }))
      t.match(await (await post('/reload')).json(), { ok: true, wantRestart: [] })
    }
    const told = async () => ({
      help: /<kbd>(\d+)<\/kbd>/.exec(await (await fetch(`${gateway.http}/help`)).text())?.[1],
      kiosk: (
        (await (await fetch(`${gateway.http}/v1/kiosk/setup`)).json()) as { sms?: { shortCode: string } }
      ).sms?.shortCode,
      ready: ((await (await fetch(`${gateway.http}/readyz`)).json()) as { checks: { sms?: string } }).checks
        .sms,
      gauges: [...(await (await fetch(`${gateway.admin}/metrics`)).text()).matchAll(linkGauges)]
        .map(([, name, bind]) => `${name} ${bind}`)
        .sort(),
    })
    const bound = (bind: string) => gateway.waitFor('smsc.bound', (line) => line.bind === bind)
    const first = bound('first.1')
    await withLinks({ ...link, name: 'first', shortCode: '8199' })
    await first
    t.same(await told(), { help: '8199', kiosk: '8199', ready: 'pass', gauges: ['smpp_bound first.1'] })

    await withLinks()
    t.same(await told(), { help: undefined, kiosk: undefined, ready: undefined, gauges: [] })

    const lost = gateway.waitFor('smsc.lost')
    await withLinks(
      { ...link, name: 'gone', port: 1, shortCode: '8299' },
      {
        name: 'peer',
        kind: 'http',
        shortCode: '8399',
        receive: { secret: 'secret' },
        send: { url: 'http://127.0.0.1:9/' },
      },
    )
    await lost
    t.same(await told(), {
      help: '8299',
      kiosk: '8299',
      ready: 'warn',
      gauges: ['smpp_bound gone.1', 'sms_http_up peer'],
    })
    const second = bound('smsc-a.2')
    await withLinks({ ...link, binds: 2 })
    await second
    const alone = bound('smsc-a.1')
    await withLinks({ ...link })
    await alone
    t.same((await told()).gauges, ['smpp_bound smsc-a.1'], 'nothing is left of what is no more')
  })
})

t.test(
  'files that the configuration names: a renewed certificate is shown, and half of a file refused',
  async (t) => {
    const directory = t.testdir({
      'printers.yaml': readFileSync('config/printers.yaml', 'utf8'),
      'holidays.yaml': readFileSync('config/holidays.yaml', 'utf8'),
    })
    const [certFile, keyFile] = [join(directory, 'cert.pem'), join(directory, 'key.pem')]
    const renew = (name: string) => {
      const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
      execFileSync('openssl', [...made, '-subj', `/CN=${name}`, '-keyout', keyFile, '-out', certFile], {
        stdio: 'ignore',
      })
    }
    renew('first')
    const gateway = await startGateway(t, {
      http: { host: '127.0.0.1', port: 0, tls: { certFile, keyFile } },
      printers: join(directory, 'printers.yaml'),
      complaints: { holidays: join(directory, 'holidays.yaml') },
      sms: { enabled: false },
      secrets: { adminKey },
    })
    const shown = async () => {
      const { hostname: host, port } = new URL(gateway.http)
      const socket = connect({ host, port: Number(port), rejectUnauthorized: false })
      await once(socket, 'secureConnect')
      const { CN } = socket.getPeerCertificate().subject
      socket.destroy()
      return CN
    }
    const reload = async () => {
      const answer = await fetch(`${gateway.admin}/v1/operator/reload`, {
        method: 'POST',
        headers: { authorization: `Bearer ${adminKey}` },
      })
      return (await answer.json()) as {
        problems: { path: string; message: string }[]
        wantRestart?: string[]
      }
    }
    t.equal(await shown(), 'first')
    const kept = readFileSync(keyFile)
    renew('second')
    const key = readFileSync(keyFile)
    writeFileSync(keyFile, kept)
    t.match(await reload(), {
      problems: [{ path: 'http.tls.keyFile', message: /key of another certificate/ }],
    })
    t.equal(await shown(), 'first')
    writeFileSync(keyFile, key)
    t.match(await reload(), { ok: true, wantRestart: [] })
    t.equal(await shown(), 'second')

    for (const [name, key, half] of [
      ['printers.yaml', 'printers', 900],
      ['holidays.yaml', 'complaints.holidays', 0],
    ] as const) {
      const file = join(directory, name)
      const whole = readFileSync(file, 'utf8')
      writeFileSync(file, whole.slice(0, half))
      t.match(await reload(), { problems: [{ path: key }] }, `half of ${name}`)
      writeFileSync(file, `${whole}\n# looked at\n`)
      t.match(await reload(), { ok: true, wantRestart: [key] })
      writeFileSync(file, whole)
      t.match(await reload(), { ok: true, wantRestart: [] })
    }
  },
)
