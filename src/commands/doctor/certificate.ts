// The certificate of the public listener.
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Config } from '../../config/config.js'
import { type Check, type Finding, fail, ok, warn } from './finding.js'

/** The days a certificate has left. */
export const checkCertificate: Check = ({ config }) => judgeCertificate(config, Date.now())

function judgeCertificate(config: Config, now: number): Finding[] {
  if (!config.http.tls) return []
  const { certFile } = config.http.tls
  try {
    const until = Date.parse(new X509Certificate(readFileSync(certFile)).validTo)
    const days = Math.floor((until - now) / 86_400_000)
    if (days < 0)
      return [fail('http.tls', `the certificate ended ${-days} days ago`, `renew ${certFile} and restart`)]
    return [
      days < 21
        ? warn('http.tls', `the certificate ends in ${days} days`, `renew ${certFile} and restart`)
        : ok('http.tls', `valid for ${days} days`),
    ]
  } catch {
    return [
      fail('http.tls', `${certFile} is not a PEM certificate`, 'give the certificate chain in PEM form'),
    ]
  }
}
