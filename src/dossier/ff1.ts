// FF1 of NIST SP 800-38G for decimal strings of one fixed even length and an empty tweak: all a lookup number needs. With
// a fixed length, the first cipher block (P) is constant and the rest (Q) is one block, so a round costs one AES block.
// @noble/ciphers implements the general case at ten times the cost; the test compares with it.
import { createCipheriv } from 'node:crypto'

/** A permutation of the decimal strings of one length, taken and returned as [left half, right half]. */
export interface Ff1 {
  encrypt(left: number, right: number): readonly [left: number, right: number]
  decrypt(left: number, right: number): readonly [left: number, right: number]
}

const rounds = 10
const blockBytes = 16

/**
 * FF1, radix 10, tweak empty, over AES under `key` (16, 24 or 32 bytes), for strings of `digits` digits. For all of these
 * lengths d is 8 and Q one block (§5.2, steps 3, 4 and 6.i).
 */
export function openFf1(key: Uint8Array, digits: 10 | 12 | 14 | 16): Ff1 {
  const half = digits / 2
  const modulus = 10 ** half
  // Without padding ECB has no state between blocks, so one cipher serves all; creating one costs more than a number.
  const aes = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false)
  // Step 5: [1][2][1][radix, 3 bytes][10][u][n, 4 bytes][t, 4 bytes].
  const p = Buffer.alloc(blockBytes)
  p.set([1, 2, 1, 0, 0, 10, rounds, half])
  p.writeUInt32BE(digits, 8)
  const start = aes.update(p)
  const block = Buffer.from(start)
  // Q ends in [round][NUM(B), b bytes] (step 6.i); b is 3 for halves of 5 to 7 digits, 4 for 8.
  const roundAt = blockBytes - 1 - (half === 8 ? 4 : 3)
  const last = start.readUInt32BE(12)
  // y = high * 2^32 + low; the factor is reduced to a value near zero, so that its product with high stays below 2^53 for
  // every half.
  const remainder = 2 ** 32 % modulus
  const factor = remainder > modulus / 2 ? remainder - modulus : remainder

  // Steps 6.i to 6.iv for one round: y mod 10^m, where y is the first 8 bytes of AES(AES(P) xor Q).
  const pad = (round: number, b: number): number => {
    block.writeUInt32BE((last ^ b) >>> 0, 12)
    block[roundAt] = (roundAt === 12 ? block[12]! : start[roundAt]!) ^ round
    const y = aes.update(block)
    return (((y.readUInt32BE(0) % modulus) * factor + y.readUInt32BE(4)) % modulus) + modulus
  }

  return {
    encrypt(left, right) {
      let a = left
      let b = right
      for (let round = 0; round < rounds; round++) {
        const c = (a + pad(round, b)) % modulus
        a = b
        b = c
      }
      return [a, b]
    },
    decrypt(left, right) {
      let a = left
      let b = right
      for (let round = rounds - 1; round >= 0; round--) {
        const c = (b - pad(round, a) + 2 * modulus) % modulus
        b = a
        a = c
      }
      return [a, b]
    },
  }
}
