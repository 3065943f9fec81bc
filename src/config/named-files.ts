// Files named in the configuration: every reader gets an absolute name, so that all look in the same place.
import { isRecord } from './validate.js'

/** Makes the value of every key such as `keyFile`, `ca` and `tlsCa` in `value` absolute, in place. */
export function locateFiles(value: unknown, here: (name: string) => string): void {
  if (Array.isArray(value)) for (const entry of value) locateFiles(entry, here)
  if (!isRecord(value)) return
  for (const [key, inner] of Object.entries(value))
    if (typeof inner === 'string' && /(?:File|Ca|^ca)$/.test(key)) value[key] = here(inner)
    else locateFiles(inner, here)
}
