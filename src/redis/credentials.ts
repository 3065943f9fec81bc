// The gateway's credentials at a Redis or a sentinel.
import { readFileSync } from 'node:fs'
import type { Config } from '../config/config.js'

/** User, password and TLS as ioredis takes them; what is not set is left out. */
export function credentialsOf(
  { username, password }: { readonly username?: string | undefined; readonly password?: string | undefined },
  tls: Config['redis']['tls'],
) {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls: tls.ca === undefined ? {} : { ca: readFileSync(tls.ca) } }),
  }
}
