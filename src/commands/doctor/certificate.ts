// The certificate of the public listener.
import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { Config } from '../../config/config.js'
import { dayMs } from '../../dossier/times.js'
import { readCertificate } from '../../web/listener/certificate.js'
import { type Check, type Finding, fail, ok, warn } from './finding.js'

/** How long the certificate is valid, whether the key matches it, and whether it covers `http.publicUrl`. */
export const checkCertificate: Check = ({ config }) => judgeCertificate(config, Date.now())

function judgeCertificate({ http: { tls, publicUrl } }: Config, now: number): Finding[] {
  if (!tls) return []
  const { certFile } = tls
  const read = readCertificate(tls)
  if ('wrong' in read)
    return [fail(`http.tls.${read.wrong}`, read.why, 'give both in PEM form, without a pass phrase')]
  const { certificate } = read
  const findings: Finding[] = []
  const host = publicUrl !== undefined && URL.canParse(publicUrl) ? new URL(publicUrl).hostname : undefined
  if (host !== undefined && !isFor(certificate, host))
    findings.push(
      fail(
        'http.tls',
        `the certificate is not for ${host}, the host of http.publicUrl: it names ${certificate.subjectAltName ?? 'nobody'}`,
        'get one for that name, or correct http.publicUrl',
      ),
    )
  const days = Math.floor((Date.parse(certificate.validTo) - now) / dayMs)
  if (days < 0)
    findings.push(
      fail(
        'http.tls',
        `the certificate expired ${-days} days ago`,
        `renew ${certFile} and reload the gateway`,
      ),
    )
  else if (days < 21)
    findings.push(
      warn('http.tls', `the certificate expires in ${days} days`, `renew ${certFile} and reload the gateway`),
    )
  if (Date.parse(certificate.validFrom) > now)
    findings.push(
      fail(
        'http.tls',
        `the certificate is not valid before ${certificate.validFrom}`,
        'check the clock, or wait',
      ),
    )
  return findings.length > 0 ? findings : [ok('http.tls', `valid for ${days} days`)]
}

// In a URL an IPv6 address is in brackets.
function isFor(certificate: X509Certificate, host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '')
  return (isIP(address) === 0 ? certificate.checkHost(host) : certificate.checkIP(address)) !== undefined
}
