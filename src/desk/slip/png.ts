// A bitmap as a PNG of one bit a dot: black on white, no more than the signature, IHDR, IDAT and IEND. Encoders of the
// registry write eight bits a dot and more, which a receipt printer has to unpack in its small memory.
import { crc32, deflateSync } from 'node:zlib'
import type { Bitmap } from '../escpos/raster.js'

/** The bytes of the PNG file. */
export function pngOf(bitmap: Bitmap): Buffer {
  const width = bitmap[0]?.length ?? 0
  const rowBytes = 1 + Math.ceil(width / 8)
  // Greyscale: 1 is white. Each row begins with its filter, 0: none.
  const data = Buffer.alloc(rowBytes * bitmap.length)
  bitmap.forEach((row, y) => {
    data.fill(0xff, y * rowBytes + 1, (y + 1) * rowBytes)
    row.forEach((dot, x) => {
      if (dot) data[y * rowBytes + 1 + (x >> 3)]! &= ~(0x80 >> (x & 7))
    })
  })
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(bitmap.length, 4)
  header[8] = 1
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(data)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const ends = Buffer.alloc(8)
  ends.writeUInt32BE(data.length, 0)
  ends.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)])
}
