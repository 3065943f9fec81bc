// The certificate of the public listener.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import type { Config } from '../../config/config.js'
import { type Check, type Finding, fail, ok, warn } from './finding.js'

/** The days a certificate has left, whose key it is, and whether browsers take it for `http.publicUrl`. */
export const checkCertificate: Check = ({ config }) => judgeCertificate(config, Date.now())

function judgeCertificate({ http: { tls, publicUrl } }: Config, now: number): Finding[] {
  if (!tls) return []
  const { certFile, keyFile } = tls
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(readFileSync(certFile))
  } catch {
    return [
      fail('http.tls', `${certFile} is not a PEM certificate`, 'give the certificate chain in PEM form'),
    ]
  }
  const findings: Finding[] = []
  try {
    if (!certificate.checkPrivateKey(createPrivateKey(readFileSync(keyFile))))
      findings.push(
        fail(
          'http.tls',
          `${keyFile} is the key of another certificate than ${certFile}`,
          'give the two that belong together',
        ),
      )
  } catch {
    findings.push(
      fail(
        'http.tls',
        `${keyFile} is not a PEM private key, or cannot be read by this user`,
        'give the key in PEM form, without a pass phrase',
      ),
    )
  }
  const host = publicUrl !== undefined && URL.canParse(publicUrl) ? new URL(publicUrl).hostname : undefined
  if (host !== undefined && !isFor(certificate, host))
    findings.push(
      fail(
        'http.tls',
        `the certificate is not for ${host}, the host of http.publicUrl: it names ${certificate.subjectAltName ?? 'nobody'}`,
        'get one for that name, or mend http.publicUrl',
      ),
    )
  const days = Math.floor((Date.parse(certificate.validTo) - now) / 86_400_000)
  if (days < 0)
    findings.push(
      fail('http.tls', `the certificate ended ${-days} days ago`, `renew ${certFile} and restart`),
    )
  else if (days < 21)
    findings.push(warn('http.tls', `the certificate ends in ${days} days`, `renew ${certFile} and restart`))
  if (Date.parse(certificate.validFrom) > now)
    findings.push(
      fail(
        'http.tls',
        `the certificate holds from ${certificate.validFrom} on`,
        'look at the clock, or wait',
      ),
    )
  return findings.length > 0 ? findings : [ok('http.tls', `valid for ${days} days`)]
}

// IPv6 stands in brackets in an address.
function isFor(certificate: X509Certificate, host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '')
  return (isIP(address) === 0 ? certificate.checkHost(host) : certificate.checkIP(address)) !== undefined
}
