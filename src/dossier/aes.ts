// The AES block cipher (FIPS 197), encryption of single blocks alone: what FF1 asks for ten times a lookup number. A call
// into node:crypto costs four times what its sixteen bytes do, and libraries in JavaScript keep tables of a megabyte for
// speed on long texts; four tables of 256 words stay in the nearest cache, and a number takes some 5 µs. Tables are indexed
// by secret bytes, so whoever shares our processor's cache could time them: who can do that is on the machine already.
// test/dossier/numbers.test.ts compares it with node:crypto.

const [sbox, t0, t1, t2, t3] = makeTables()

export type AesKey = Uint32Array

/** The round keys of a key of 16, 24 or 32 bytes (§5.2), as little-endian words. */
export function expandKey(key: Uint8Array): AesKey {
  if (![16, 24, 32].includes(key.length)) throw new RangeError('an AES key has 16, 24 or 32 bytes')
  const own = key.length / 4
  const words = new Uint32Array(4 * (own + 7))
  const view = new DataView(key.buffer, key.byteOffset, key.length)
  for (let at = 0; at < own; at++) words[at] = view.getUint32(4 * at, true)
  for (let at = own, round = 1; at < words.length; at++) {
    let word = words[at - 1]!
    if (at % own === 0) {
      word = substitute((word >>> 8) | (word << 24)) ^ round
      round = (round << 1) ^ (round & 0x80 ? 0x11b : 0)
    } else if (own === 8 && at % own === 4) word = substitute(word)
    words[at] = words[at - own]! ^ word
  }
  return words
}

/** Encrypts one block, given and left in `block` as four little-endian words (§5.1). */
export function encryptBlock(key: AesKey, block: Uint32Array | Int32Array): void {
  let a = block[0]! ^ key[0]!
  let b = block[1]! ^ key[1]!
  let c = block[2]! ^ key[2]!
  let d = block[3]! ^ key[3]!
  let at = 4
  for (const last = key.length - 4; at < last; at += 4) {
    const e = t0[a & 255]! ^ t1[(b >>> 8) & 255]! ^ t2[(c >>> 16) & 255]! ^ t3[d >>> 24]! ^ key[at]!
    const f = t0[b & 255]! ^ t1[(c >>> 8) & 255]! ^ t2[(d >>> 16) & 255]! ^ t3[a >>> 24]! ^ key[at + 1]!
    const g = t0[c & 255]! ^ t1[(d >>> 8) & 255]! ^ t2[(a >>> 16) & 255]! ^ t3[b >>> 24]! ^ key[at + 2]!
    const h = t0[d & 255]! ^ t1[(a >>> 8) & 255]! ^ t2[(b >>> 16) & 255]! ^ t3[c >>> 24]! ^ key[at + 3]!
    a = e
    b = f
    c = g
    d = h
  }
  block[0] = lastRound(a, b, c, d) ^ key[at]!
  block[1] = lastRound(b, c, d, a) ^ key[at + 1]!
  block[2] = lastRound(c, d, a, b) ^ key[at + 2]!
  block[3] = lastRound(d, a, b, c) ^ key[at + 3]!
}

const lastRound = (a: number, b: number, c: number, d: number) =>
  sbox[a & 255]! | (sbox[(b >>> 8) & 255]! << 8) | (sbox[(c >>> 16) & 255]! << 16) | (sbox[d >>> 24]! << 24)

const substitute = (word: number) => lastRound(word, word, word, word)

// §5.1.1 and §5.1.3: the substitution, and substitution with the mixing of a column, one table for each row of the state.
function makeTables(): [Uint8Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array] {
  const box = new Uint8Array(256)
  const mixed = [0, 1, 2, 3].map(() => new Uint32Array(256))
  const turned = (byte: number, by: number) => ((byte << by) | (byte >>> (8 - by))) & 255
  const double = (byte: number) => ((byte << 1) ^ (byte & 0x80 ? 0x11b : 0)) & 255
  // p walks over all bytes by multiplying with 3, q is its inverse by dividing.
  let [p, q] = [1, 1]
  do {
    p ^= double(p)
    for (const by of [1, 2, 4]) q ^= q << by
    q = (q & 255) ^ (q & 0x80 ? 0x09 : 0)
    box[p] = q ^ turned(q, 1) ^ turned(q, 2) ^ turned(q, 3) ^ turned(q, 4) ^ 0x63
  } while (p !== 1)
  box[0] = 0x63
  for (let byte = 0; byte < 256; byte++) {
    const s = box[byte]!
    const column = double(s) | (s << 8) | (s << 16) | ((double(s) ^ s) << 24)
    mixed.forEach((table, row) => {
      table[byte] = row === 0 ? column : (column << (8 * row)) | (column >>> (32 - 8 * row))
    })
  }
  return [box, mixed[0]!, mixed[1]!, mixed[2]!, mixed[3]!]
}
