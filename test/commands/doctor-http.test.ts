// Real faults of links over HTTP, and what `doctor` says to do about each.
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer as createHttp } from 'node:http'
import { createServer } from 'node:net'
import t from 'tap'
import { parse, stringify } from 'yaml'
import type { Finding } from '../../src/commands/doctor/finding.js'
import { tlsCure } from '../../src/commands/doctor/tls-cures.js'
import { openWording } from '../../src/dossier/wording.js'
import { plain } from '../../src/sms/segments.js'
import { type Aggregator, type Behaviour, type PeerPreset, startAggregator } from '../peers/aggregator.js'
import { type GatewayPeer, startGateway } from '../peers/gateway.js'

t.setTimeout(360_000)

type Link = Record<string, unknown> & { send: Record<string, unknown> }

async function look(gateway: GatewayPeer, links: readonly object[]) {
  const config = parse(readFileSync(gateway.configFile, 'utf8'))
  config.sms = { ...config.sms, links }
  writeFileSync(gateway.configFile, stringify(config))
  const { code, stdout } = await gateway.command('doctor', '--json')
  const { findings } = JSON.parse(stdout) as { findings: Finding[] }
  return { code, findings: findings.filter(({ check }) => check.startsWith('sms.links[0]')) }
}

t.test('a TLS handshake that fails has the cure of its reason', async (t) => {
  const rows: readonly [code: string, cure: RegExp | undefined][] = [
    ['ERR_SSL_WRONG_VERSION_NUMBER', /does not speak TLS/],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', /older than 1\.2/],
    ['ERR_SSL_UNSUPPORTED_PROTOCOL', /older than 1\.2/],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', /client certificate/],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', /client certificate/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /another name/],
    ['CERT_HAS_EXPIRED', /has expired/],
    ['CERT_NOT_YET_VALID', /clock/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /not trusted here: set tlsCa/],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /not trusted here: set tlsCa/],
    ['ECONNREFUSED', undefined],
    ['bind-timeout', undefined],
  ]
  for (const [code, cure] of rows)
    if (cure) t.match(tlsCure(code, 'set tlsCa'), cure, code)
    else t.equal(tlsCure(code, 'set tlsCa'), undefined, code)
})

t.test('links over HTTP', async (t) => {
  const peers = new Map<PeerPreset, Aggregator>()
  for (const preset of ['generic', 'esms', 'android'] as const) {
    const peer = await startAggregator({ preset })
    t.teardown(() => peer.close())
    peers.set(preset, peer)
  }
  const [generic, esms, android] = [peers.get('generic')!, peers.get('esms')!, peers.get('android')!]
  const esmsLink = esms.link() as Link
  const androidLink = { ...android.link(), name: 'phone' } as unknown as Link
  androidLink.send = { ...androidLink.send, probe: { url: `${android.url}/3rdparty/v1/webhooks` } }
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const { port: closedPort } = closed.address() as { port: number }
  closed.close()
  const mute = createServer((line) => line.on('error', () => undefined).end()).listen(0, '127.0.0.1')
  await once(mute, 'listening')
  t.teardown(() => mute.close())
  const { port: mutePort } = mute.address() as { port: number }
  const stopped = openWording({ vi: 'config/wording.vi.yaml', en: 'config/wording.en.yaml' }).vi.states
    .stopped.sms
  const gateway = await startGateway(t, { sms: { links: [generic.link()] } })
  generic.attach(gateway.http)

  const rows: {
    label: string
    link: object
    behaviour?: Partial<Behaviour>
    wanted: Partial<Record<keyof Finding, RegExp | string>>
    code?: number
  }[] = [
    {
      label: 'wrong ApiKey or SecretKey',
      link: { ...esmsLink, send: { ...esmsLink.send, secret: 'another' } },
      wanted: { check: 'sms.links[0].send', state: 'fail', says: /refuses us \(101\)/, cure: /SecretKey/ },
    },
    {
      label: 'a wrong password of the phone',
      link: { ...androidLink, send: { ...androidLink.send, secret: 'another' } },
      wanted: {
        check: 'sms.links[0].send',
        state: 'fail',
        says: /HTTP 401/,
        cure: /wrong user name or secret/,
      },
    },
    {
      label: 'a peer that is away',
      link: { ...esmsLink, send: { ...esmsLink.send, url: `http://127.0.0.1:${closedPort}/` } },
      wanted: {
        check: 'sms.links[0].send',
        state: 'fail',
        says: /cannot be reached \(ECONNREFUSED\)/,
        cure: /nothing listens/,
      },
    },
    {
      label: 'a peer without a probe that is away',
      link: generic.link({ send: { url: `http://127.0.0.1:${closedPort}/send?to={to}`, method: 'GET' } }),
      wanted: {
        check: 'sms.links[0].send',
        state: 'fail',
        says: /cannot be reached \(ECONNREFUSED\)/,
        cure: /nothing listens/,
      },
    },
    {
      label: 'http where the peer wants https',
      link: { ...esmsLink, send: { ...esmsLink.send, url: `http://127.0.0.1:${mutePort}/` } },
      wanted: {
        check: 'sms.links[0].send',
        state: 'fail',
        says: /cannot be reached \(\w+\)/,
        cure: /http or https/,
      },
    },
    {
      label: 'https where the peer speaks http',
      link: { ...esmsLink, send: { ...esmsLink.send, url: esms.url.replace('http:', 'https:') } },
      wanted: {
        check: 'sms.links[0].send',
        state: 'fail',
        says: /cannot be reached \(ERR_SSL_WRONG_VERSION_NUMBER\)/,
        cure: /does not speak TLS on this port/,
      },
    },
    {
      label: 'clock skew',
      link: esmsLink,
      behaviour: { clockAheadSeconds: 900 },
      wanted: {
        check: 'sms.links[0].clock',
        state: 'fail',
        says: /(900|899) s ahead of ours/,
        cure: /set-ntp/,
      },
    },
    {
      label: 'a notice that matches no registered template',
      link: esmsLink,
      behaviour: { refuseWords: plain(stopped) },
      wanted: {
        check: 'sms.links[0].notices',
        state: 'fail',
        says: /refuses the notice 'stopped' \(146\)/,
        cure: /register/,
      },
    },
    {
      label: 'a template with an unknown name',
      link: { ...esmsLink, send: { ...esmsLink.send, body: '{"Phone":"{phone}"}' } },
      wanted: { check: 'sms.links[0].send.body', state: 'fail', says: /has no \{phone\}/ },
      code: 78,
    },
    {
      label: 'a link that cannot send',
      link: { ...esmsLink, send: undefined },
      wanted: { check: 'sms.links[0].send', state: 'warn', says: /notices and late replies/ },
      code: 0,
    },
  ]
  for (const { label, link, behaviour = {}, wanted, code = 1 } of rows)
    await t.test(label, async (t) => {
      esms.behave(behaviour)
      const answer = await look(gateway, [link])
      esms.behave(
        Object.fromEntries(Object.keys(behaviour).map((key) => [key, key === 'refuseWords' ? '' : 0])),
      )
      const found = answer.findings.find(({ check, state }) => check === wanted.check && state !== 'ok')
      t.match(found, wanted, JSON.stringify(answer.findings))
      t.equal(answer.code, code)
      t.notMatch(
        JSON.stringify(answer),
        /another|what the gateway sends with|a secret of the peer/,
        'no secret',
      )
    })

  await t.test('a healthy peer gives no finding', async (t) => {
    for (const link of [esmsLink, androidLink, generic.link()]) {
      const { findings, code } = await look(gateway, [link])
      t.same(
        findings.filter(({ state }) => state !== 'ok'),
        [],
      )
      t.equal(code, 0)
    }
  })

  await t.test('results of the peer’s calls: a wrong secret, and clock skew', async (t) => {
    generic.behave({ wrongProof: true })
    await generic.text('84901234567', 'HS 1')
    const { findings } = await look(gateway, [generic.link()])
    t.match(
      findings.find(({ check }) => check === 'sms.links[0].receive'),
      { state: 'fail', says: /1 calls came with a wrong token, 0 with a right one/, cure: /receive\.secret/ },
    )
    generic.behave({ wrongProof: false })

    // The running gateway reloads with the other link, and receives calls signed yesterday.
    await look(gateway, [{ ...esms.link() }])
    process.kill(gateway.pid, 'SIGHUP')
    await gateway.waitFor('http-link.open', ({ preset }) => preset === 'esms', true)
    esms.attach(gateway.http)
    esms.behave({ signedSecondsAgo: 86_400 })
    t.same((await esms.text('84901234567', 'HS 1')).statuses, [403])
    esms.behave({ signedSecondsAgo: 0 })
    const stale = (await look(gateway, [esms.link()])).findings
    t.match(
      stale.find(({ says }) => /signed longer ago/.test(says)),
      { check: 'sms.links[0].receive', state: 'fail', cure: /clock/ },
      JSON.stringify(stale),
    )
  })

  await t.test('calls of the running gateway that are not answered, though the peer is there', async (t) => {
    const resets = createHttp((asked, answer) => {
      if (asked.method === 'HEAD') answer.writeHead(405).end()
      else asked.socket.resetAndDestroy()
    }).listen(0, '127.0.0.1')
    await once(resets, 'listening')
    t.teardown(() => resets.close())
    const { port } = resets.address() as { port: number }
    const link = {
      ...generic.link({ name: 'lossy', send: { url: `http://127.0.0.1:${port}/send` } }),
      receive: { secret: 'a secret of the peer and the gateway', answer: 'call' },
    }
    t.match((await look(gateway, [link])).findings.at(-1), { check: 'sms.links[0].send', state: 'ok' })
    process.kill(gateway.pid, 'SIGHUP')
    await gateway.waitFor('http-link.open', (line) => line.link === 'lossy', true)
    const lost = gateway.waitFor('http-link.lost')
    const query = { from: '84901234568', text: 'HD', token: 'a secret of the peer and the gateway' }
    await fetch(`${gateway.http}/v1/sms/lossy?${new URLSearchParams(query)}`)
    await lost
    const { findings, code } = await look(gateway, [link])
    t.match(findings.at(-1), {
      check: 'sms.links[0].send',
      state: 'fail',
      says: /got no answer/,
      cure: /smsc/,
    })
    t.equal(code, 1)
  })
})
