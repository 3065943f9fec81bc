// Phone numbers at rest: AES-256-GCM under secrets.phoneKey, a fresh nonce each time. 12 bytes nonce, 16 bytes tag, text.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

export interface Seal {
  seal(plain: string): Buffer
  /** Undefined when the bytes were not sealed under this key. */
  open(sealed: Buffer): string | undefined
}

/** `phoneKey` is 64 hex digits. */
export function openSeal(phoneKey: string): Seal {
  const key = Buffer.from(phoneKey, 'hex')
  // Nonces are drawn in batches: one system call each would be most of the cost.
  let pool = Buffer.alloc(0)
  let at = 0
  const nonce = () => {
    if (at + 12 > pool.length) {
      pool = randomBytes(12 * 256)
      at = 0
    }
    at += 12
    return pool.subarray(at - 12, at)
  }
  return {
    seal(plain) {
      const iv = nonce()
      const cipher = createCipheriv('aes-256-gcm', key, iv)
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return Buffer.concat([iv, cipher.getAuthTag(), body])
    },
    open(sealed) {
      if (sealed.length < 28) return undefined
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12))
        decipher.setAuthTag(sealed.subarray(12, 28))
        return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]).toString('utf8')
      } catch {
        return undefined
      }
    },
  }
}
