// FF1 of NIST SP 800-38G for decimal strings of one fixed even length and an empty tweak: all a lookup number needs.
// With the length fixed, the first cipher block (P) never changes, and the rest (Q) is one block, so a round is one AES
// block. @noble/ciphers has FF1 for the general case at more than twenty times the price; the test compares with it.
import { encryptBlock, expandKey } from './aes.js'

/** A permutation of the decimal strings of one length, given and returned as [left half, right half]. */
export interface Ff1 {
  encrypt(left: number, right: number): readonly [left: number, right: number]
  decrypt(left: number, right: number): readonly [left: number, right: number]
}

const rounds = 10

/**
 * FF1, radix 10, tweak empty, over AES under `key` (16, 24 or 32 bytes), for strings of `digits` digits. Halves of 5 to 7
 * digits share b = 3 and d = 8 (§5.2, steps 3 and 4), which is what the byte layout below is written for.
 */
export function openFf1(key: Uint8Array, digits: 10 | 12 | 14): Ff1 {
  const half = digits / 2
  const modulus = 10 ** half
  const aes = expandKey(key)
  // Words are little-endian, as the cipher wants them. Step 5: [1][2][1][radix, 3 bytes][10][u][n, 4 bytes][t, 4 bytes].
  const p = Int32Array.of(0x00010201, (half << 24) | 0x000a0a00, digits << 24, 0)
  encryptBlock(aes, p)
  const r = new Int32Array(4)

  // Steps 6.i to 6.iv for one round: y mod 10^m, where y is the first 8 bytes of AES(AES(P) xor Q).
  // Q = 12 zero bytes, the round, NUM(B) in 3 bytes: all of it in the last word.
  const pad = (round: number, b: number): number => {
    r.set(p)
    r[3]! ^= (swap(b) & 0xffffff00) | round
    encryptBlock(aes, r)
    const high = swap(r[0]!) >>> 0
    const low = swap(r[1]!) >>> 0
    // Exact in doubles: high < 2^32 and 2^32 mod 10^m < 2^20 for m ≤ 6; for m = 7 the factor is reduced first.
    return ((((high % modulus) * (2 ** 32 % modulus)) % modulus) + low) % modulus
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
        const c = (b - pad(round, a) + modulus) % modulus
        b = a
        a = c
      }
      return [a, b]
    },
  }
}

/** The bytes of a word in the other order. */
function swap(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)
}
