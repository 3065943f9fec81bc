// The certificate of the public listener.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import type { Config } from '../../config/config.js'
import { type Check, type Finding, fail, ok, warn } from './finding.js'

/** How long the certificate is valid, whether the key matches it, and whether it covers `http.publicUrl`. */
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
          'configure a key and certificate that belong together',
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
        'get one for that name, or correct http.publicUrl',
      ),
    )
  const days = Math.floor((Date.parse(certificate.validTo) - now) / 86_400_000)
  if (days < 0)
    findings.push(
      fail('http.tls', `the certificate expired ${-days} days ago`, `renew ${certFile} and restart`),
    )
  else if (days < 21)
    findings.push(
      warn('http.tls', `the certificate expires in ${days} days`, `renew ${certFile} and restart`),
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
