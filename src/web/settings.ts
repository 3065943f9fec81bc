// Settings of the two listeners.

import { existsSync } from 'node:fs'
import { group, optionalGroup, optionalText, port, slice, text } from '../config/slice.js'
import { Type } from '../schema.js'

export const webSettings = slice(
  {
    http: group('public listener', {
      host: text('address to listen on', '127.0.0.1'),
      port: port('0 = any free one; logged as evt http.listening', 8080),
      trustProxy: Type.Union([Type.Boolean(), Type.String(), Type.Array(Type.String())], {
        default: false,
        description: 'addresses of the reverse proxies whose X-Forwarded-For is believed',
      }),
      publicUrl: optionalText(
        "address citizens and devices see, e.g. https://hoso.example.vn; left out: the listener's",
      ),
      tls: optionalGroup('serve HTTPS directly', {
        certFile: text('certificate chain, PEM'),
        keyFile: text('private key, PEM'),
      }),
    }),
    admin: group('operator listener: /metrics, /livez, /readyz, /v1/operator', {
      host: text('address to listen on', '127.0.0.1'),
      port: port('0 = any free one', 9464),
    }),
  },
  ({ http }, { isSound, here, add }) => {
    if (!isSound('http.tls') || !http.tls) return
    for (const key of ['certFile', 'keyFile'] as const)
      if (!existsSync(here(http.tls[key]))) add(`http.tls.${key}`, `file not found: ${http.tls[key]}`)
  },
)
