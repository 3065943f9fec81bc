// The certificate of the public listener and its key, read from their files and compared with each other.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { whyRefused } from '../../errors.js'

/** Absolute paths of PEM files. */
export interface CertificateFiles {
  readonly certFile: string
  readonly keyFile: string
}

type Certificate =
  | { readonly cert: Buffer; readonly key: Buffer; readonly certificate: X509Certificate }
  | { readonly wrong: keyof CertificateFiles; readonly why: string }

/** The pair; or which of the files is wrong, and why in words for operators. */
export function readCertificate({ certFile, keyFile }: CertificateFiles): Certificate {
  let cert: Buffer
  let key: Buffer
  try {
    cert = readFileSync(certFile)
  } catch (error) {
    return { wrong: 'certFile', why: `${certFile}: ${whyRefused(error)}` }
  }
  try {
    key = readFileSync(keyFile)
  } catch (error) {
    return { wrong: 'keyFile', why: `${keyFile}: ${whyRefused(error)}` }
  }
  let certificate: X509Certificate
  let secret: KeyObject
  try {
    certificate = new X509Certificate(cert)
  } catch {
    return { wrong: 'certFile', why: `${certFile} is not a certificate in PEM form` }
  }
  try {
    secret = createPrivateKey(key)
  } catch {
    return { wrong: 'keyFile', why: `${keyFile} is not a private key in PEM form without a pass phrase` }
  }
  if (!certificate.checkPrivateKey(secret))
    return { wrong: 'keyFile', why: `${keyFile} is the key of another certificate than ${certFile}` }
  try {
    // The listener is stricter than the parser: it accepts no DER, and reads the whole chain.
    createSecureContext({ cert, key })
  } catch (error) {
    const [, why = 'it cannot be read'] = /::(.*)/.exec((error as Error).message) ?? []
    return { wrong: 'certFile', why: `${certFile} is no chain in PEM form for a listener: ${why}` }
  }
  return { cert, key, certificate }
}
