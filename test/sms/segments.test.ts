import fc from 'fast-check'
import { SegmentedMessage } from 'sms-segments-calculator'
import t from 'tap'
import { decodeText } from '../../src/sms/decoding.js'
import { joinBodies } from '../../src/sms/pipeline/parts.js'
import {
  type Alphabet,
  encodeGsm,
  gsmLength,
  isPlain,
  plain,
  segmentCount,
  segmentsOf,
} from '../../src/sms/segments.js'

t.test('the GSM alphabet goes out and comes back, extension characters as two septets', async (t) => {
  const all =
    '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà\f^{}\\[~]|€'
  t.equal(decodeText(encodeGsm(all), 0, 'gsm7'), all)
  t.equal(gsmLength('{€}'), 6)
  t.equal(encodeGsm('@_€').toString('hex'), '00111b65')
  t.equal(gsmLength('hồ sơ'), undefined)
})

t.test('data_coding decides the text', async (t) => {
  const rows: [
    label: string,
    hex: string,
    dataCoding: number,
    alphabet: Alphabet,
    text: string | undefined,
  ][] = [
    ['default at a GSM operator', '00 11', 0, 'gsm7', '@_'],
    ['default at an ASCII operator', '40 5f', 0, 'ascii', '@_'],
    ['IA5', '40 5f', 1, 'gsm7', '@_'],
    ['Latin-1', 'e9', 3, 'gsm7', 'é'],
    ['UCS-2', '1ed3 0111', 8, 'gsm7', 'ồđ'],
    ['UCS-2 with a byte-order mark', 'feff 0041', 8, 'gsm7', 'A'],
    ['UCS-2, little-endian after its mark', 'fffe 4100', 8, 'gsm7', 'A'],
    ['UCS-2 with half a character at the end', '0041 00', 8, 'gsm7', 'A'],
    ['class 1, GSM', '41', 0xf1, 'ascii', 'A'],
    ['class 1, UCS-2', '0041', 0x19, 'ascii', 'A'],
    ['8-bit data', '41 01', 4, 'gsm7', undefined],
    ['8-bit data of class 1', '00 ff 1b', 0xff, 'gsm7', undefined],
    ['8-bit data that is a text', '48 53 20 31', 4, 'gsm7', 'HS 1'],
    ['the same under 2', '48 53 20 31', 2, 'gsm7', 'HS 1'],
    ['the same under a class', '48 53 20 31', 0xf4, 'gsm7', 'HS 1'],
    ['UTF-8 as 8-bit data', '68 e1 bb 93', 4, 'gsm7', 'hồ'],
    ['automatic deletion', '41 00 41', 0x40, 'ascii', 'A@A'],
    ['automatic deletion, UCS-2', '0041', 0x48, 'gsm7', 'A'],
    ['message waiting, discard', '41', 0xc8, 'gsm7', 'A'],
    ['message waiting, store', '41', 0xd0, 'gsm7', 'A'],
    ['message waiting, UCS-2', '1ed3', 0xe0, 'gsm7', 'ồ'],
    ['compressed', '9a 8f 02 c1', 0x20, 'gsm7', undefined],
    ['announced as compressed, and a text', '48 53 20 31', 0x20, 'gsm7', 'HS 1'],
    ['UCS-2 under 0', '0048 0053 0020 1ed3', 0, 'gsm7', 'HS ồ'],
    ['UCS-2 under 0, little-endian', '4800 5300 2000 d31e', 0, 'gsm7', 'HS ồ'],
    ['UCS-2 under 0, little-endian, its last NUL taken off', '4800 5300 2000 31', 0, 'gsm7', 'HS 1'],
    ['the same under 8', '4800 5300 2000 31', 8, 'gsm7', 'HS 1'],
    ['UCS-2 under 0 with half a character at the end', '0048 0053 0020 0031 00', 0, 'gsm7', 'HS 1'],
    ['UCS-2 with a mark under 3', 'feff 1ed3 1ebf 1ee7', 3, 'gsm7', 'ồếủ'],
    ['UCS-2 as 8-bit data', '0048 0053 0020 0031', 4, 'gsm7', 'HS 1'],
    ['a few @ in the GSM alphabet', '41 00 42 43 00 44', 0, 'gsm7', 'A@BC@D'],
    ['UTF-8 announced as UCS-2', '68 e1 bb 93 20 73 c6 a1', 8, 'gsm7', 'hồ sơ'],
    ['one byte announced as UCS-2', '3f', 8, 'gsm7', '?'],
    ['lines in ASCII announced as UCS-2', '48 53 20 34 0d 0a 38 32', 8, 'gsm7', 'HS 4\r\n82'],
    ['UTF-8 announced as Latin-1', 'c4 90 4b 20 34', 3, 'gsm7', 'ĐK 4'],
    ['Latin-1 as 8-bit data', '48 e0 20 31 32', 4, 'gsm7', 'Hà 12'],
    ['ended as a modem ends it', '48 53 20 31 32 1a', 4, 'gsm7', 'HS 12\x1a'],
    ['UCS-2, little-endian without a mark', '4800 5300 2000 d31e', 8, 'gsm7', 'HS ồ'],
    ['a picture in UCS-2', 'd83d de00', 8, 'gsm7', '😀'],
    ['ASCII announced as UCS-2', '48 53 20 34 38 32 37', 8, 'gsm7', 'HS 4827'],
    ['a code page announced as UCS-2', '68 f4 20 73 f5 20 34 38 32 37', 8, 'gsm7', 'hô sõ 4827'],
    ['pictures in UCS-2', 'd83d dc4d d83d dc4d', 8, 'gsm7', '👍👍'],
    ['Chinese in UCS-2', '4f60 597d', 8, 'gsm7', '你好'],
    ['packed septets, by configuration', '48 53', 0, 'packed7', 'H&'],
    ['packed septets, seen by themselves', 'c8 29 28 26 bb d1 62', 0, 'gsm7', 'HS 12741'],
    ['packed septets that end on a byte', 'c8 29 28 26 bb d1 00', 0, 'gsm7', 'HS 1274'],
    ['UTF-8 at a GSM operator', '68 e1 bb 93 20 73 c6 a1', 0, 'gsm7', 'hồ sơ'],
    ['filled up with NUL', '48 53 20 31 00 00 00', 0, 'gsm7', 'HS 1'],
    ['filled up with NUL in UCS-2', '0041 0000 0000', 8, 'gsm7', 'A'],
    ['ASCII at a GSM operator', '31 5f 32 7e 33 5c 34 7c 35 5e 36', 0, 'gsm7', '1_2~3\\4|5^6'],
    ['a number in brackets, in ASCII', '48 53 20 5b 48 34 5d', 0, 'gsm7', 'HS [H4]'],
    ['a number in braces, in ASCII', '7b 48 34 7d 2e', 0, 'gsm7', '{H4}.'],
    ['words between the same letters', '5b 48 53 5d 20 5b 34 5d 41', 0, 'gsm7', 'ÄHSÑ Ä4ÑA'],
    ['letters of the GSM alphabet', '5b 5c 41 7c 31 5f', 0, 'gsm7', 'ÄÖAö1§'],
    ['dashes of Windows under Latin-1', '31 96 32 97 33', 3, 'gsm7', '1–2—3'],
    ['the same at a GSM operator', '48 53 20 31 96 32', 0, 'gsm7', 'HS 1–2'],
    ['an escape at the end', '41 1b', 0, 'gsm7', 'A '],
  ]
  for (const [label, hex, dataCoding, alphabet, text] of rows)
    t.equal(decodeText(Buffer.from(hex.replaceAll(' ', ''), 'hex'), dataCoding, alphabet), text, label)
})

t.test('parts that were filled up with NUL join to the text, wherever it was cut', async (t) => {
  const said = 'HS 4827 1936 0518 Ā @'
  for (const [label, bytes, dataCoding, size] of [
    ['GSM', encodeGsm(said.replace('Ā', 'A')), 0, 1],
    ['UCS-2', Buffer.from(said, 'utf16le').swap16(), 8, 2],
    ['UCS-2, little-endian', Buffer.from(said, 'utf16le'), 8, 2],
    ['UCS-2 under 0', Buffer.from(said, 'utf16le').swap16(), 0, 2],
  ] as const)
    for (let at = size; at < bytes.length - size; at += size)
      for (const fill of [0, 1, 2, 10]) {
        const filled = [bytes.subarray(0, at), bytes.subarray(at)].map((part) => ({
          body: Buffer.concat([part, Buffer.alloc(fill)]),
          dataCoding,
        }))
        const text = joinBodies(filled, (body, coding) => decodeText(body, coding, 'gsm7'))
        t.match(text, /^HS 4827 1936 0518 [AĀ] @?$/, `${label}, cut at ${at}, ${fill} more`)
      }
})

t.test('UCS-2 that was cut within a character joins to the text', async (t) => {
  for (const said of ['HS 4827 1936 0518 Ā', 'hồ sơ 4827 1936 0518 tới đâu rồi ạ'])
    for (const dataCoding of [8, 0])
      for (const bytes of [Buffer.from(said, 'utf16le').swap16(), Buffer.from(said, 'utf16le')])
        for (let at = 1; at < bytes.length; at += 2)
          for (const cuts of [[at], [at, Math.min(at + 13, bytes.length)]]) {
            const ends = [...cuts, bytes.length]
            const parts = ends.map((end, nth) => ({
              body: bytes.subarray(ends[nth - 1] ?? 0, end),
              dataCoding,
            }))
            const text = joinBodies(parts, (body, coding) => decodeText(body, coding, 'gsm7'))
            t.equal(
              text,
              said,
              `${bytes[0] === 0 ? 'big' : 'little'}-endian under ${dataCoding}, cut at ${cuts}`,
            )
          }
})

t.test('segments are counted as the calculator other people use counts them', async (t) => {
  const char = fc.constantFrom(...'aA0 .@€{ồđ|^\nÉ', '😀')
  fc.assert(
    fc.property(fc.array(char, { maxLength: 400 }), (chars) => {
      const text = chars.join('')
      if (text === '') return
      const oracle = new SegmentedMessage(text, gsmLength(text) === undefined ? 'UCS-2' : 'GSM-7')
      if (segmentCount(text) !== oracle.segmentsCount)
        throw new Error(`${segmentCount(text)} instead of ${oracle.segmentsCount}`)
    }),
  )
  t.pass()
})

t.test('parts fit 140 octets, keep pairs whole and join to the text again', async (t) => {
  const char = fc.constantFrom(...'a€{ồđ ', '😀')
  fc.assert(
    fc.property(fc.array(char, { minLength: 1, maxLength: 300 }), (chars) => {
      const text = chars.join('')
      const parts = segmentsOf(text, 'gsm7', 7)
      let joined = ''
      for (const part of parts) {
        const bytes = Buffer.from(part.message as Buffer)
        const body = part.hasUdh ? bytes.subarray(6) : bytes
        const octets = part.dataCoding === 8 ? body.length : Math.ceil((body.length * 7) / 8)
        if (octets + (part.hasUdh ? 6 : 0) > 140) throw new Error(`${octets} octets`)
        joined += decodeText(body, part.dataCoding, 'gsm7')
      }
      if (joined !== text) throw new Error('the parts do not join to the text')
    }),
  )
  t.pass()
})

t.test('a plain text is the same bytes at every operator', async (t) => {
  t.equal(plain('Hồ sơ đã xong – mời đến nhận'), 'Ho so da xong - moi den nhan')
  t.equal(plain('ĐƯỜNG'.normalize('NFD')), 'DUONG')
  t.equal(plain('[a] {b} ~ “c” \u0000\u001b x'), '(a) (b) - "c" x')
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => isPlain(plain(text))))
})
