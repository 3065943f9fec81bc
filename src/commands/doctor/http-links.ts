// Links over HTTP: whether the peer answers and accepts us, how its calls to the running gateway ended, and whether notices
// match its registered templates.
import { loadWording } from '../../dossier/wording.js'
import { type PeerTest, testPeer } from '../../sms/carriers/http/probe.js'
import { resolve } from '../../sms/carriers/http/resolved.js'
import type { HttpConfig } from '../../sms/carriers/http/settings.js'
import { sampleNotices } from '../../sms/conversation/sample-notices.js'
import { type Finding, fail, ok, type Scene, warn } from './finding.js'
import { tlsCure } from './tls-cures.js'

/** Results of the peer's calls since the gateway started: label `result` of gateway_sms_http_calls_total → count. */
type Calls = ReadonlyMap<string, number>

/** Reads the counters of one link from the text of /metrics. */
function callsOf(metrics: string, link: string): Calls {
  const calls = new Map<string, number>()
  for (const [, bind, result, count] of metrics.matchAll(
    /^gateway_sms_http_calls_total\{bind="([^"]*)",result="([a-z]+)"\} (\d+)$/gm,
  ))
    if (bind === link) calls.set(result!, Number(count))
  return calls
}

/** Checks one link; `metrics` are the running gateway's, if one runs. */
export async function checkHttpLink(
  name: string,
  link: HttpConfig,
  { config }: Pick<Scene, 'config'>,
  metrics: string | undefined,
): Promise<Finding[]> {
  const findings = judgeReceive(name, link, metrics === undefined ? undefined : callsOf(metrics, link.name))
  const test = await testPeer(link)
  findings.push(...judgePeer(name, link, test))
  // A peer that answers this call may still lose the others.
  if (test.kind !== 'unreachable' && metrics?.includes(`gateway_sms_http_up{bind="${link.name}"} 0\n`))
    findings.push(
      fail(
        `${name}.send`,
        `the last calls of the running gateway to ${test.peer} got no answer that it can read`,
        'dossier-gateway smsc tells the last error; ask the peer what became of the calls',
      ),
    )
  if (test.kind === 'answered' && test.isWell && link.send && resolve(link).send?.probe?.notices)
    findings.push(...(await tryNotices(name, link, config)))
  return findings
}

function judgeReceive(name: string, link: HttpConfig, calls: Calls | undefined): Finding[] {
  const { receive } = resolve(link)
  const where = `${name}.receive`
  const findings: Finding[] = []
  const secret = receive.secret ?? ''
  if (secret !== '' && secret.length < 16)
    findings.push(
      warn(
        where,
        `the secret has ${secret.length} characters`,
        'agree on a longer one, 16 or more: the URL is reachable from the internet',
      ),
    )
  if (!calls) return findings
  const count = (result: string) => calls.get(result) ?? 0
  const taken = count('taken') + count('repeated')
  if (count('proof') > 0) {
    const says = `${count('proof')} calls came with a wrong ${proofNames[receive.proof]}, ${taken} with a right one`
    const cure = `compare receive.secret (or its file) with what the peer has, letter for letter${receive.proof === 'signature' ? ', and signature.over with what it signs' : ''}`
    findings.push(taken === 0 ? fail(where, says, cure) : warn(where, says, cure))
  }
  if (count('stale') > 0)
    findings.push(
      fail(
        where,
        `${count('stale')} calls were signed longer ago than receive.replaySeconds (${receive.replaySeconds}) or ahead of our clock`,
        "set this machine's clock (timedatectl set-ntp true), or tell the peer that its clock is wrong",
      ),
    )
  if (count('address') > 0)
    findings.push(
      warn(
        where,
        `${count('address')} calls came from addresses that are not allowed`,
        "if they are the peer's, add its addresses to receive.allowedAddresses; behind a proxy set http.trustProxy",
      ),
    )
  if (count('unreadable') > 0)
    findings.push(
      warn(
        where,
        `${count('unreadable')} calls had no phone or text in the fields that receive.fields names`,
        'compare receive.fields with a call of the peer',
      ),
    )
  if (findings.length === 0)
    findings.push(ok(where, `${link.name}: ${taken} texts received since the gateway started`))
  return findings
}

const proofNames = {
  signature: 'signature',
  basic: 'user name or password',
  token: 'token',
  addresses: 'address',
} as const

// Strict peers refuse a timestamped signature beyond this clock skew.
const skewMs = 120_000

function judgePeer(name: string, link: HttpConfig, test: PeerTest): Finding[] {
  const where = `${name}.send`
  switch (test.kind) {
    case 'no-call':
      return [
        warn(
          where,
          `${link.name} has no send: notices and late replies cannot be sent over it`,
          'add send, if the peer accepts calls from us',
        ),
      ]
    case 'reached':
      return [
        ok(
          where,
          `${test.peer} answers, in ${test.tookMs} ms; whether it knows us is not tried, because send.probe is not set`,
        ),
      ]
    case 'unreachable':
      return [
        fail(
          where,
          `${test.peer} cannot be reached (${test.why})`,
          unreachable[test.why] ?? tlsCure(test.why, trust) ?? 'check send.url, the firewall and the route',
        ),
      ]
    case 'answered': {
      const findings = test.isWell
        ? [ok(where, `${test.peer} answered ${test.code} in ${test.tookMs} ms`)]
        : [fail(where, `${test.peer} refuses us (${test.code})`, refusedCure(link, test.code))]
      if (test.aheadMs !== undefined && Math.abs(test.aheadMs) > skewMs) {
        const seconds = Math.round(Math.abs(test.aheadMs) / 1000)
        findings.push(
          fail(
            `${name}.clock`,
            `the clock of ${test.peer} is ${seconds} s ${test.aheadMs > 0 ? 'ahead of' : 'behind'} ours`,
            "set this machine's clock (timedatectl set-ntp true); if it is right, tell the peer",
          ),
        )
      }
      return findings
    }
  }
}

const trust = 'have it renewed, or name its authority in NODE_EXTRA_CA_CERTS'

const unreachable: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: check the port in send.url, and whether the peer is up',
  ENOTFOUND: 'the host name is not known: check send.url, and the name server',
  EAI_AGAIN: 'the host name is not known: check send.url, and the name server',
  timeout: 'no answer: check the firewall and the route',
  ECONNRESET:
    'it closed the connection: check http or https in send.url, and whether this address is allowed',
  HPE_INVALID_CONSTANT: 'what answers there does not speak HTTP: check host and port in send.url',
}

const statusCures: Readonly<Record<string, string>> = {
  'HTTP 401': 'wrong user name or secret: compare send.username and send.secret with what the peer gave',
  'HTTP 403': 'wrong user name or secret, or this address is not allowed there',
  'HTTP 404': 'there is nothing at this address: check send.url',
  'HTTP 200':
    'this is no answer of the peer, but a page of a proxy or a login: check send.url, and send.code',
  ...Object.fromEntries(
    [301, 302, 303, 307, 308].map((status) => [
      `HTTP ${status}`,
      'it leads elsewhere, and redirects are not followed: put the final address into send.url',
    ]),
  ),
}

// eSMS' own table of codes.
const esmsCures: Readonly<Record<string, string>> = {
  '101': 'wrong ApiKey or SecretKey: compare send.username and send.secret with the account page',
  '103': 'the balance is too low: top it up',
  '104': 'this brand name is not registered: check send.values.brandname',
  '140': "this machine's address is not on their list: give it to your contact there",
  '146': 'the text is not a registered template of this brand name: register it',
}

const refusedCure = ({ preset }: HttpConfig, code: string) =>
  (preset === 'esms' ? esmsCures[code] : undefined) ??
  statusCures[code] ??
  'ask the peer what this means for your account'

async function tryNotices(name: string, link: HttpConfig, config: Scene['config']): Promise<Finding[]> {
  const loaded = loadWording(config.wording)
  if (!loaded.ok) return []
  const findings: Finding[] = []
  for (const { text, notice } of sampleNotices(loaded.wording.vi, link, config.agencies[0])) {
    const test = await testPeer(link, text)
    if (test.kind !== 'answered' || test.isWell) continue
    findings.push(
      fail(
        `${name}.notices`,
        `${test.peer} refuses the notice '${notice?.situation}' (${test.code}): ${text}`,
        refusedCure(link, test.code),
      ),
    )
  }
  return findings.length > 0 ? findings : [ok(`${name}.notices`, 'every kind of notice is accepted')]
}
