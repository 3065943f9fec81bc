// Settings of the two listeners.

import { isIP } from 'node:net'
import { group, hostForm, optionalGroup, optionalText, port, slice, text } from '../config/slice.js'
import { Type } from '../schema.js'
import { networkNames } from './addresses.js'
import { readCertificate } from './listener/certificate.js'

const listenHost = Type.String({ ...hostForm, default: '127.0.0.1', description: 'address to listen on' })

export const webSettings = slice(
  {
    http: group('public listener', {
      host: listenHost,
      port: port('0 = any free one; logged as evt http.listening', 8080),
      trustProxy: Type.Union([Type.Boolean(), Type.String(), Type.Array(Type.String())], {
        default: false,
        description: 'addresses of the reverse proxies whose X-Forwarded-For is trusted',
      }),
      publicUrl: optionalText(
        "URL for citizens and devices, e.g. https://hoso.example.vn; left out: the listener's",
        {
          pattern: '^https?://[^\\s/?#@]+/?$',
          form: 'https:// or http:// and a name, without a path, such as https://hoso.example.vn',
        },
      ),
      tls: optionalGroup('serve HTTPS directly', {
        certFile: text('certificate chain, PEM'),
        keyFile: text('private key, PEM'),
      }),
    }),
    admin: group('operator listener: /metrics, /livez, /readyz, /v1/operator', {
      host: listenHost,
      port: port('0 = any free one', 9464),
    }),
  },
  ({ http, admin }, { isSound, here, add }) => {
    if (isSound('http') && isSound('admin') && http.port !== 0 && http.port === admin.port)
      if (http.host === admin.host || [http.host, admin.host].some(isEveryAddress))
        add('admin.port', 'is the same as http.port: give each listener its own')
    if (isSound('http.trustProxy'))
      for (const one of proxiesOf(http.trustProxy))
        if (!isProxy(one))
          add('http.trustProxy', `${one} is no address, network or one of ${networkNames.join(', ')}`)
    if (!isSound('http.tls') || !http.tls) return
    const { certFile, keyFile } = http.tls
    const read = readCertificate({ certFile: here(certFile), keyFile: here(keyFile) })
    if ('wrong' in read) add(`http.tls.${read.wrong}`, read.why)
  },
)

const isEveryAddress = (host: string) => host === '0.0.0.0' || host === '::'

type TrustProxy = boolean | string | readonly string[]

/** The addresses, networks and names of networks in `http.trustProxy`. */
export const proxiesOf = (given: TrustProxy): readonly string[] =>
  typeof given === 'boolean'
    ? []
    : (typeof given === 'string' ? given.split(',') : given).map((one) => one.trim())

function isProxy(one: string): boolean {
  if (networkNames.includes(one)) return true
  const [address = '', bits, more] = one.split('/')
  const version = isIP(address)
  return (
    version !== 0 &&
    more === undefined &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)))
  )
}

/** Whether X-Forwarded-For is trusted from any address, so that clients can forge theirs and escape rate limits. */
export const trustsEverybody = (given: TrustProxy): boolean =>
  given === true || proxiesOf(given).some((one) => /\/0+$/.test(one))
