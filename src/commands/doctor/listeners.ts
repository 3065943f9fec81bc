// The ports of the two listeners, and what they expose.
import { createServer } from 'node:net'
import { trustsEverybody } from '../../web/settings.js'
import { type Check, type Finding, fail, ok, warn } from './finding.js'

/** Whether both ports are free, or held by the running gateway. */
export const checkListeners: Check = async ({ config, running }) => {
  const listeners = [
    ['http', config.http, running?.http],
    ['admin', config.admin, running?.admin],
  ] as const
  const findings: Finding[] = []
  for (const [name, { host, port }, url] of listeners) {
    if (url) {
      findings.push(ok(`${name}.port`, `the gateway listens on ${url}`))
      continue
    }
    const code = await tryListen(host, port)
    const where = `${host}:${port}`
    if (code === undefined) findings.push(ok(`${name}.port`, `${where} is free`))
    else if (code === 'EADDRINUSE')
      findings.push(
        fail(
          `${name}.port`,
          `another program listens on ${where}`,
          `stop it (ss -ltnp 'sport = :${port}' names it) or change ${name}.port`,
        ),
      )
    else if (code === 'EACCES')
      findings.push(
        fail(
          `${name}.port`,
          `this user may not listen on ${where}`,
          `choose a port above 1023, or put a reverse proxy in front`,
        ),
      )
    else
      findings.push(
        fail(
          `${name}.host`,
          `${host} is not an address of this machine (${code})`,
          `set ${name}.host to one of this machine's, e.g. 127.0.0.1`,
        ),
      )
  }
  if (!isLoopback(config.admin.host))
    findings.push(
      warn(
        'admin.host',
        `anyone who reaches ${config.admin.host} can read the metrics`,
        'set admin.host to 127.0.0.1, or close it with a firewall',
      ),
    )
  if (!isLoopback(config.http.host) && !config.http.tls && !config.http.publicUrl?.startsWith('https:'))
    findings.push(
      warn(
        'http.tls',
        'numbers and device cookies cross the network in the clear',
        'set http.tls, or put a reverse proxy with TLS in front and set http.publicUrl to its https address',
      ),
    )
  if (trustsEverybody(config.http.trustProxy))
    findings.push(
      warn(
        'http.trustProxy',
        'every address counts as a proxy, so anyone who forges X-Forwarded-For escapes the rate limits',
        'list only the addresses of your reverse proxies',
      ),
    )
  return findings
}

const isLoopback = (host: string) => /^(127\.|localhost$|::1$)/.test(host)

function tryListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'))
    server.listen(port, host, () => server.close(() => resolve(undefined)))
  })
}
