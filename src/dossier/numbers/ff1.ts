// FF1 of NIST SP 800-38G for decimal strings of one fixed even length and an empty tweak: all a lookup number needs. With
// a fixed length, the first cipher block (P) is constant and the rest (Q) is one block, so a round costs one AES block.
// @noble/ciphers implements the general case at ten times the cost and more; the test compares with it.
import { createCipheriv } from 'node:crypto'

/**
 * A permutation of the decimal strings of one length. Takes many strings at once, as their left and right halves, and
 * overwrites them with the result. Ten calls of the cipher are most of the cost, however many strings there are: a single one
 * takes 12 µs, each of sixteen 1 µs.
 */
export interface Ff1 {
  encrypt(lefts: number[], rights: number[]): void
  decrypt(lefts: number[], rights: number[]): void
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
  let blocks = Buffer.from(start)
  // Q ends in [round][NUM(B), b bytes] (step 6.i); b is 3 for halves of 5 to 7 digits, 4 for 8.
  const roundAt = blockBytes - 1 - (half === 8 ? 4 : 3)
  const last = start.readUInt32BE(12)
  // y = high * 2^32 + low; the factor is reduced to a value near zero, so that its product with high stays below 2^53 for
  // every half.
  const remainder = 2 ** 32 % modulus
  const factor = remainder > modulus / 2 ? remainder - modulus : remainder

  const growTo = (count: number): void => {
    blocks = Buffer.alloc(count * blockBytes)
    for (let at = 0; at < blocks.length; at += blockBytes) blocks.set(start, at)
  }

  // Step 6.iii: R = AES(AES(P) xor Q) of one round, a block for each half.
  const encipher = (round: number, halves: readonly number[]): Buffer => {
    const length = halves.length * blockBytes
    if (length > blocks.length) growTo(halves.length)
    for (let nth = 0, at = 0; at < length; nth++, at += blockBytes) {
      blocks.writeUInt32BE((last ^ halves[nth]!) >>> 0, at + 12)
      blocks[at + roundAt] = (roundAt === 12 ? blocks[at + 12]! : start[roundAt]!) ^ round
    }
    return aes.update(length === blocks.length ? blocks : blocks.subarray(0, length))
  }

  // Step 6.iv: y mod 10^m, where y is the first 8 bytes of R.
  const pad = (enciphered: Buffer, nth: number): number => {
    const at = nth * blockBytes
    const high = enciphered.readUInt32BE(at) % modulus
    return ((high * factor + enciphered.readUInt32BE(at + 4)) % modulus) + modulus
  }

  return {
    encrypt(lefts, rights) {
      for (let round = 0; round < rounds; round++) {
        const enciphered = encipher(round, rights)
        for (let nth = 0; nth < lefts.length; nth++) {
          const next = (lefts[nth]! + pad(enciphered, nth)) % modulus
          lefts[nth] = rights[nth]!
          rights[nth] = next
        }
      }
    },
    decrypt(lefts, rights) {
      for (let round = rounds - 1; round >= 0; round--) {
        const enciphered = encipher(round, lefts)
        for (let nth = 0; nth < lefts.length; nth++) {
          const next = (rights[nth]! - pad(enciphered, nth) + 2 * modulus) % modulus
          rights[nth] = lefts[nth]!
          lefts[nth] = next
        }
      }
    },
  }
}
