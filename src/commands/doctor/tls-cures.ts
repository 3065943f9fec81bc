// What to do about a TLS handshake with a peer that failed, by the code that Node.js or OpenSSL gives.

// The first that matches counts: ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED is an alert.
const cures: readonly (readonly [codes: RegExp, cure: string])[] = [
  [
    /WRONG_VERSION_NUMBER|UNEXPECTED_MESSAGE|EPROTO/,
    'it does not speak TLS on this port: check the port, and whether it wants TLS at all',
  ],
  [
    /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/,
    'it speaks only TLS older than 1.2, which is refused here: ask the peer for a newer one',
  ],
  [
    /_ALERT_/,
    'it refused the TLS handshake: ask whether it wants a client certificate, or knows this address',
  ],
  [/ALTNAME/, 'its certificate is for another name: give the name in the certificate as host'],
  [/CERT_HAS_EXPIRED/, 'its certificate has expired: tell the peer'],
  [
    /NOT_YET_VALID/,
    "its certificate is not valid yet: check this machine's clock (timedatectl), then tell the peer",
  ],
]

/** `trust`: how an authority is named to us for this peer. undefined: the code is not of TLS. */
export function tlsCure(code: string, trust: string): string | undefined {
  const cure = cures.find(([codes]) => codes.test(code))?.[1]
  if (cure !== undefined) return cure
  if (/CERT|ISSUER|SELF_SIGNED|UNABLE_TO_/.test(code)) return `its certificate is not trusted here: ${trust}`
  return /SSL|TLS/.test(code) ? 'the TLS handshake failed: ask the peer which versions it takes' : undefined
}
