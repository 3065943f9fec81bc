// The links. An SMPP link is either bound by the running gateway, or bound here once as configured; for HTTP see http-links.ts.

import { type BindTest, testBind } from '../../sms/carriers/smpp/bind-probe.js'
import type { SmppConfig } from '../../sms/carriers/smpp/settings.js'
import { type Check, type Finding, fail, ok, warn } from './finding.js'
import { checkHttpLink } from './http-links.js'
import type { Running } from './running.js'
import { tlsCure } from './tls-cures.js'

export const checkLinks: Check = async (scene) => {
  const { config, running } = scene
  if (!config.sms.enabled) return [ok('sms', 'switched off')]
  if (config.sms.links.length === 0)
    return [
      warn(
        'sms',
        'no link is configured, so no text is answered',
        'add one to sms.links, or set sms.enabled: false',
      ),
    ]
  const metrics = running ? await metricsOf(running) : undefined
  const sessions = sessionsIn(metrics ?? '')
  const findings = await Promise.all(
    config.sms.links.map(async (link, at) => {
      const name = `sms.links[${at}]`
      if (link.kind === 'http') return checkHttpLink(name, link, scene, metrics)
      // A second bind beside the gateway's own could be refused, and would briefly be sent texts.
      const its = sessions.filter(({ bind }) => bind.replace(/\.\d+[tr]?$/, '') === link.name)
      if (its.some(({ isBound }) => isBound)) return [judgeSessions(name, link.name, its)]
      return [judgeBind(name, link, await testBind(link))]
    }),
  )
  return findings.flat()
}

const metricsOf = (running: Running): Promise<string> =>
  fetch(`${running.admin}/metrics`, { signal: AbortSignal.timeout(3000) })
    .then((answer) => answer.text())
    .catch(() => '')

interface SmppSession {
  readonly bind: string
  readonly isBound: boolean
}

const sessionsIn = (metrics: string): SmppSession[] =>
  [...metrics.matchAll(/^gateway_smpp_bound\{bind="(.+)"\} ([01])$/gm)].map(([, bind, value]) => ({
    bind: bind!,
    isBound: value === '1',
  }))

function judgeSessions(name: string, link: string, sessions: readonly SmppSession[]): Finding {
  const lost = sessions.filter(({ isBound }) => !isBound).map(({ bind }) => bind)
  if (lost.length === 0) return ok(name, `${link} is bound by the running gateway`)
  return fail(
    name,
    `of the sessions of ${link}, ${lost.join(', ')} ${lost.length === 1 ? 'is' : 'are'} not bound`,
    'dossier-gateway smsc tells the last error; ask the operator whether that many binds, and this bindMode, are allowed',
  )
}

const bindCures: Record<string, string> = {
  ESME_RINVPASWD:
    'set password (or its file) to what the operator gave; capitals count, 8 characters at most',
  ESME_RINVSYSID: 'set systemId to the login name the operator gave',
  ESME_RINVSYSTYP: 'set systemType to what the operator gave; some want it empty',
  ESME_RALYBND: 'another program is bound with this login: stop it, or ask the operator for one more bind',
  ESME_RBINDFAIL: "ask the operator whether this machine's address and this bindMode are allowed",
  ECONNREFUSED: 'nothing listens there: check host and port, and whether the VPN to the operator is up',
  ENOTFOUND: 'the host name is not known: check host, and the name server',
  ECONNRESET: 'it closed the connection: check whether it wants TLS, and whether this address is allowed',
  'closed-by-peer':
    'it closed the connection: check whether it wants TLS, and whether this address is allowed',
  'bind-timeout': 'no answer: check the firewall and the VPN, and whether it wants TLS',
  EACCES: 'this user may not read the file of tlsCa: give it the rights, or run doctor as the gateway does',
  ETIMEDOUT: 'no answer: check the firewall, the VPN and the route',
}

function judgeBind(name: string, { host, port, tls }: SmppConfig, test: BindTest): Finding {
  const peer = `${host}:${port}${tls ? ' (TLS)' : ''}`
  if (test.kind === 'bound') return ok(name, `${peer} accepted a bind in ${test.tookMs} ms`)
  const word = test.kind === 'refused' ? test.commandStatus : test.reason
  const cure =
    bindCures[word] ??
    tlsCure(word, 'set tlsCa to its CA') ??
    'ask the operator what this means for your login'
  return fail(
    name,
    `${peer} ${test.kind === 'refused' ? 'refuses the bind' : 'cannot be bound'} (${word})`,
    cure,
  )
}
