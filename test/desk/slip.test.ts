// The slip: its content and layout, and that every profile's bytes produce that text on paper.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import iconv from 'iconv-lite'
import jsqr from 'jsqr'
import { PNG } from 'pngjs'
import t from 'tap'
import { type CodePage, encodeLine } from '../../src/desk/escpos/code-pages.js'
import { splitCommands } from '../../src/desk/escpos/commands.js'
import { canDraw, drawLine, rasterImage } from '../../src/desk/escpos/raster.js'
import { type SlipLine, slipBytes } from '../../src/desk/escpos/slip.js'
import { StatusReader } from '../../src/desk/escpos/status.js'
import { foldAscii, printable, vietnameseLetters } from '../../src/desk/escpos/vietnamese.js'
import { planSlip } from '../../src/desk/printer/slip-plan.js'
import { checkProfiles, openProfiles, type Profile } from '../../src/desk/profiles.js'
import {
  type Printing,
  previewSlip,
  type Receipt,
  slipBlocks,
  slipLines,
} from '../../src/desk/slip/receipt.js'
import { openSlipMaker } from '../../src/desk/slip/slip-maker.js'
import { groupDigits } from '../../src/dossier/numbers/lookup-number.js'
import { openTruth } from '../../src/dossier/truth.js'
import { EscposReader, epsonTables, type PaperItem } from '../peers/escpos-reader.js'
import { slipPng, slipText } from '../peers/slip-paper.js'
import { printing, sample, wording, words } from './sample.js'

const profiles = openProfiles('config/printers.yaml')
const everyProfile = [
  ...profiles.names,
  ...profiles.names.flatMap((name) => [
    `${name}+cp1258:52`,
    `${name}+tcvn3:30/31`,
    `${name}+viscii:53`,
    `${name}+raster`,
  ]),
].map((name) => profiles.profile(name))

function print(profile: Profile, receipt: Receipt = sample, how: Printing = printing): Buffer {
  const template = profiles.template(receipt.agency.code)
  return slipBytes(slipLines(receipt, how, words, template, profile.columns), profile)
}

// The simulator's interpreter alone, without a line to it: every byte at once.
function onPaper(bytes: Buffer): { items: PaperItem[]; cuts: number; complaints: string[]; left: number } {
  const reader = new EscposReader(epsonTables, true)
  reader.push(bytes)
  const paper = { items: [] as PaperItem[], cuts: 0, complaints: [] as string[], left: 0 }
  for (let events = reader.step(); events; events = reader.step())
    for (const event of events) {
      if (event.kind === 'item') paper.items.push(event.item)
      else if (event.kind === 'cut') paper.cuts++
      else if (event.kind === 'complaint') paper.complaints.push(event.text)
    }
  paper.left = reader.waiting
  return paper
}

function readQr(png: Buffer): string | undefined {
  const image = PNG.sync.read(png)
  // jsqr is CommonJS with a `default` of its own.
  const decode = jsqr as unknown as { default?: typeof jsqr.default } & typeof jsqr.default
  return (decode.default ?? decode)(new Uint8ClampedArray(image.data), image.width, image.height)?.data
}

t.test('the alphabet has 146 letters and folds to plain ones', async (t) => {
  t.equal(new Set(vietnameseLetters).size, 146)
  const plain = new Set([...'aeiouydAEIOUYD'])
  for (const letter of vietnameseLetters) {
    t.ok(plain.has(foldAscii(letter)), `${letter} folds to ${foldAscii(letter)}`)
    t.equal(foldAscii(letter.normalize('NFD')), foldAscii(letter))
  }
})

t.test('every letter of a code page is the same letter to an independent decoder', async (t) => {
  const table: { page: CodePage; decoder: string; missing: string }[] = [
    { page: 'cp1258', decoder: 'windows1258', missing: '' },
    { page: 'tcvn3', decoder: 'tcvn', missing: '' },
    { page: 'viscii', decoder: 'viscii', missing: 'ẪẲẴỴỶỸ' },
  ]
  for (const { page, decoder, missing } of table) {
    const refused: string[] = []
    for (const letter of vietnameseLetters) {
      const runs = encodeLine(letter, page, true)
      if (!runs) {
        refused.push(letter)
        continue
      }
      const read = runs.map((run) => {
        for (const byte of run.bytes) t.ok(byte >= 0x20, `${page} ${letter} is no control byte`)
        const text = iconv.decode(run.bytes, decoder)
        return run.table === 'capitals' ? text.toUpperCase() : text
      })
      t.equal(read.join('').normalize('NFC'), letter, `${page} ${letter}`)
    }
    t.equal(refused.sort().join(''), [...missing].sort().join(''), `${page} refuses what it would misprint`)
  }
  t.equal(encodeLine('Ế', 'tcvn3', false), undefined, 'no capital with a tone without the second table')
})

t.test('every letter drawn as a picture is recognised from a heavier cut of the font', async (t) => {
  t.ok(canDraw(vietnameseLetters.join('')))
  for (let at = 0; at < vietnameseLetters.length; at += 30) {
    const line = vietnameseLetters.slice(at, at + 30).join('')
    const { items } = onPaper(rasterImage(drawLine(line)))
    t.equal(slipText(items, 576).trim(), line)
  }
})

t.test('every profile prints every letter, or folds it, and never a question mark', async (t) => {
  const lines: SlipLine[] = []
  for (let at = 0; at < vietnameseLetters.length; at += 16)
    lines.push({ kind: 'text', text: vietnameseLetters.slice(at, at + 16).join('') })
  const whole = vietnameseLetters.join('')
  for (const profile of everyProfile) {
    const { items, complaints } = onPaper(slipBytes(lines, profile))
    t.strictSame(complaints, [], profile.name)
    const read = slipText(items, profile.widthDots).replace(/\s/g, '')
    t.equal(read, profile.text === 'ascii' ? foldAscii(whole) : whole, profile.name)
  }
})

t.test('text from outside cannot speak to the printer', async (t) => {
  const rows = [
    { label: 'reset and cut', text: 'A\x1b@\x1dV\0B', prints: 'A @ V B' },
    { label: 'status question', text: 'Hồ\x10\x04\x01sơ', prints: 'Hồ sơ' },
    { label: 'C1', text: 'a\x9b31mb', prints: 'a 31mb' },
    { label: 'line breaks', text: 'một\r\nhai\u2028ba', prints: 'một hai ba' },
    { label: 'NFD', text: 'Phường'.normalize('NFD'), prints: 'Phường' },
    { label: 'emoji', text: 'Đã xong ✅🎉', prints: 'Đã xong' },
    { label: 'typography', text: '“Sổ đỏ” – 50 m²…', prints: '"Sổ đỏ" - 50 m2...' },
    { label: 'other accents', text: 'Müller Škoda', prints: 'Muller Skoda' },
    { label: 'full width', text: 'Ｈ４５', prints: 'H45' },
    { label: 'bidi and zero width', text: 'a\u202eb\u200bc', prints: 'abc' },
    { label: 'a real question mark', text: 'Xong?', prints: 'Xong?' },
    { label: 'nothing left', text: '✅', prints: '' },
  ]
  for (const { label, text, prints } of rows) t.equal(printable(text), prints, label)
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 120 }),
      fc.constantFrom(...everyProfile),
      (text, profile) => {
        const bytes = print(profile, { ...sample, agency: { ...sample.agency, name: text } })
        const { complaints, cuts, left } = onPaper(bytes)
        return (
          complaints.length === 0 &&
          left === 0 &&
          cuts === (profile.cutter === 'none' ? 0 : 1) &&
          splitCommands(bytes) !== undefined &&
          // U+FE56 and its like are question marks that somebody wrote.
          (text.normalize('NFKD').includes('?') || !previewSlip([{ kind: 'text', text }], 48).includes('?'))
        )
      },
    ),
    { numRuns: 300 },
  )
})

t.test('a slip says everything, in each profile and width, and its QR reads back', async (t) => {
  for (const profile of everyProfile) {
    const { items, cuts, complaints } = onPaper(print(profile))
    t.strictSame(complaints, [], profile.name)
    t.equal(cuts, profile.cutter === 'none' ? 0 : 1)
    const said = slipText(items, profile.widthDots).replace(/\s+/g, ' ')
    const expected = [
      sample.agency.name,
      'Không thay giấy hẹn',
      'Mã tra cứu',
      '4827 1936 0518',
      'Mã hồ sơ 000.00.15.H45-190521-0003',
      'Nhận 21/05/2019',
      'Hẹn trả 04/06/2019',
      'Soạn: HS 4827 1936 0518 gửi 8188',
      words('rule').split(',')[0]!,
      'ĐT 0257 3841 234',
      'Liên 1',
      '08:42 21/05/2019',
    ]
    for (const line of expected)
      t.ok(said.includes(profile.text === 'ascii' ? foldAscii(line) : line), `${profile.name}: ${line}`)
    t.notMatch(said, /\?|IN LẠI|IN LAI/)
    for (const item of items)
      if (item.kind === 'line')
        t.ok(item.text.length * item.wide * 12 <= profile.widthDots, `${profile.name}: ${item.text} fits`)
    t.equal(readQr(slipPng(items, profile.widthDots, false)), '482719360518', profile.name)
  }
})

t.test('a number without lookup number stands in the QR code itself', async (t) => {
  const { lookupNumber: _, ...older } = sample
  const profile = profiles.profile('generic-58')
  const { items } = onPaper(print(profile, older))
  t.equal(readQr(slipPng(items, profile.widthDots, false)), '000.00.15.H45-190521-0003')
  const said = slipText(items, profile.widthDots).replace(/\s+/g, ' ')
  t.match(said, 'Soạn: HS 000.00.15.H45-190521-0003 gửi 8188')
  t.notMatch(said, 'Mã tra cứu')
})

t.test('copies are numbered and cut apart, a reprint says so, a moved date is shown', async (t) => {
  const profile = profiles.profile('epson-tm-t82+tcvn3:30/31')
  const moved = { ...sample, extendedDueAt: Date.UTC(2019, 5, 11) }
  const { items, cuts } = onPaper(print(profile, moved, { ...printing, copies: 2, reprint: 1 }))
  const said = slipText(items, profile.widthDots)
  t.equal(cuts, 2)
  t.equal(said.match(/BẢN IN LẠI/g)?.length, 2)
  t.match(said, 'Liên 1/2')
  t.match(said, 'Liên 2/2')
  t.match(said, 'Hẹn lại 11/06/2019')
})

t.test(
  'the office that gives it out stands at its head, and what a text costs beside where it goes',
  async (t) => {
    for (const name of ['epson-tm-t82+tcvn3:30/31', 'generic-58']) {
      const profile = profiles.profile(name)
      const office = 'Trung tâm Phục vụ hành chính công'
      const sms = { shortCode: '8188', keywordPrefix: 'HCC PY', price: '1.000 đ' }
      const { items } = onPaper(print(profile, sample, { ...printing, office, sms }))
      const said = slipText(items, profile.widthDots).replace(/\s+/g, ' ').trim()
      const fold = profile.text === 'ascii' ? foldAscii : (text: string) => text
      t.ok(said.startsWith(fold(`${office} PHIẾU TRA CỨU`)), said)
      t.ok(said.includes(fold('Soạn: HCC PY HS 4827 1936 0518 gửi 8188 (1.000 đ/tin)')), said)
    }
  },
)

t.test('at every width each number has its name, and none is torn by a line’s end', async (t) => {
  const phones = ['(0257) 384 1505', '384 1506', '0905 123 456']
  const phone = phones.join(' - ')
  for (const columns of [32, 42, 48])
    for (const digits of ['482719360518', '4827193605182749'])
      for (const keywordPrefix of ['', 'HCC PY', 'HCC DAK LAK']) {
        const receipt = { ...sample, lookupNumber: digits, agency: { ...sample.agency, phone } }
        const sms = { shortCode: '8188', keywordPrefix, price: '1.000 đ' }
        const lines = previewSlip(
          slipLines(receipt, { ...printing, sms }, words, slipBlocks, columns),
          columns,
        )
        const label = `${columns} columns, ${digits}, ${keywordPrefix}`
        const number = `HS ${groupDigits(digits)}`
        // Half of the text to send looks like the whole.
        const text = `${keywordPrefix} ${number}`.trim()
        for (const whole of [
          'Mã tra cứu\n',
          text.length <= columns ? text : number,
          'gửi 8188',
          '(1.000 đ/tin)',
          ...phones,
        ])
          t.ok(lines.includes(whole), `${label}: ${whole.trim()}`)
        t.ok(Math.max(...lines.split('\n').map((line) => line.length)) <= columns, `${label}: fits`)
      }
})

t.test('no syllable of an office’s name stands alone on the last line', async (t) => {
  for (const name of [
    'Trung tâm Phục vụ hành chính công tỉnh Đắk Lắk',
    'Chi nhánh Văn phòng Đăng ký đất đai khu vực Sông Cầu, Đồng Xuân và Tuy An',
    'UBND xã Ea Súp',
    'Bộ phận Tiếp nhận và Trả kết quả Ủy ban nhân dân phường Bình Kiến',
    'Trungtâmphụcvụhànhchính công tỉnh Đắk Lắk',
    '',
  ])
    for (const columns of [32, 42, 48]) {
      const set = (office: string) =>
        previewSlip(slipLines(sample, { ...printing, office }, words, ['office'], columns), columns).split(
          '\n',
        )
      const lines = set(name).map((line) => line.trim())
      t.equal(lines.join(' ').trim().replace(/-+$/, '').trim(), name.normalize('NFC'))
      const names = lines.filter((line) => /\p{L}/u.test(line))
      t.ok(
        names.every((line) => line.length <= columns),
        `${columns}: fits`,
      )
      t.ok(names.length < 2 || names.at(-1)!.includes(' '), `${columns}: ${names.join(' / ')}`)
    }
})

t.test('the number to text is that of the links as they are when it is printed', async (t) => {
  let shortCode: string | undefined = '8188'
  const maker = openSlipMaker({
    agencies: [],
    profiles,
    truthOf: openTruth({ dayEnds: '17:00' }),
    words: wording.vi,
    office: { name: '', hotline: '' },
    sms: () => (shortCode === undefined ? undefined : { shortCode, keywordPrefix: '' }),
  })
  const said = () =>
    maker
      .text({ receipt: sample, copies: 1, reprint: 0 }, profiles.profile('epson-tm-t82'))
      .replace(/\s+/g, ' ')
  t.match(said(), 'gửi 8188')
  shortCode = '8199'
  t.match(said(), 'gửi 8199')
  shortCode = undefined
  t.notMatch(said(), 'Soạn')
})

t.test('an agency may set its own blocks and lines', async (t) => {
  const lines = slipLines(
    sample,
    printing,
    words,
    ['number', { text: 'Trả kết quả tại quầy 5', bold: true }],
    32,
  )
  t.match(previewSlip(lines, 32), '     Trả kết quả tại quầy 5')
  t.notMatch(previewSlip(lines, 32), 'Mã hồ sơ')
})

/** A slip's bytes, with the status requests between its commands. */
const costOf = (profile: Profile, bytes: Buffer) =>
  planSlip(splitCommands(bytes)!, profile.completion, 'MARK', true).reduce(
    (sum, step) => sum + step.bytes.length,
    0,
  )

t.test('a slip with its QR costs at most 420 bytes in text mode, and the line of a reprint', async (t) => {
  for (const suffix of ['+ascii', '+cp1258:52', '+tcvn3:30/31', '+viscii:53'])
    for (const reprint of [0, 1]) {
      const profile = profiles.profile(`epson-tm-t82${suffix}`)
      const cost = costOf(profile, print(profile, sample, { ...printing, reprint }))
      t.ok(cost <= 420 + 26 * reprint, `${suffix}, reprint ${reprint}: ${cost}`)
    }
})

t.test('the table of bytes and seconds in the README is what slips cost', async (t) => {
  const rows = readFileSync('src/desk/README.md', 'utf8').matchAll(
    /^\|[^|]*`(\+[^`]+)`[^|]*\| ([\d,]+) \| ([\d.]+) s \| ([\d.]+) s \| ([\d.]+) s \|$/gm,
  )
  let count = 0
  for (const [, name, bytes, ...seconds] of rows) {
    const profile = profiles.profile(`epson-tm-t82${name}`)
    const length = costOf(profile, print(profile))
    t.equal(Number(bytes!.replace(',', '')), length, `${name}`)
    const digits = (text: string) => text.split('.')[1]!.length
    t.same(
      seconds,
      [9600, 19_200, 38_400].map((baud, nth) => ((length * 10) / baud).toFixed(digits(seconds[nth]!))),
      `${name} takes`,
    )
    count++
  }
  t.ok(count >= 3, 'the table is there')
})

t.test('bytes and text stay as they were looked at', async (t) => {
  for (const name of ['epson-tm-t82+ascii', 'generic-58+ascii', 'epson-tm-t88+cp1258:52']) {
    const profile = profiles.profile(name)
    const bytes = print(profile)
    const file = `test/fixtures/receipts/${name.replace(/\W/g, '-')}`
    const hex = `${splitCommands(bytes)!
      .map((part) => part.toString('hex').replace(/(..)(?=.)/g, '$1 '))
      .join('\n')}\n`
    const text = slipText(onPaper(bytes).items, profile.widthDots)
    if (!existsSync(`${file}.hex`)) {
      writeFileSync(`${file}.hex`, hex)
      writeFileSync(`${file}.txt`, text)
    }
    t.equal(
      hex,
      readFileSync(`${file}.hex`, 'utf8'),
      `delete ${file}.* and look at the new ones if this is meant`,
    )
    t.equal(text, readFileSync(`${file}.txt`, 'utf8'))
  }
})

t.test('pictures never hold a real-time command', async () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 4, maxLength: 200 }),
      fc.integer({ min: 0, max: 196 }),
      fc.constantFrom(4, 5, 0x14),
      (noise, at, command) => {
        noise.set([0x10, command], Math.min(at, noise.length - 2))
        const dots = [...noise].flatMap((byte) =>
          Array.from({ length: 8 }, (_, bit) => ((byte >> (7 - bit)) & 1) === 1),
        )
        const data = rasterImage([dots]).subarray(8)
        return (
          !data.some((byte, i) => byte === 0x10 && [4, 5, 0x14].includes(data[i + 1]!)) &&
          data.at(-1) !== 0x10
        )
      },
    ),
    { numRuns: 500 },
  )
})

t.test('what the printer says is read whole, byte by byte and split anywhere', async (t) => {
  const said = Buffer.from(
    '12 11 37 22 41 30 30 31 00 10 00 03 00 16 13 00 37 25 00 ff 1a'.replace(/ /g, ''),
    'hex',
  )
  const meant = [
    { kind: 'real-time', byte: 0x12 },
    { kind: 'xon' },
    { kind: 'completion', id: 'A001' },
    { kind: 'automatic', bytes: [0x10, 0, 3, 0] },
    { kind: 'real-time', byte: 0x16 },
    { kind: 'xoff' },
    { kind: 'queued', byte: 0 },
    { kind: 'cleared' },
    { kind: 'noise', byte: 0xff },
    { kind: 'real-time', byte: 0x1a },
  ]
  t.strictSame(new StatusReader().feed(said), meant)
  for (let cut = 0; cut <= said.length; cut++) {
    const reader = new StatusReader()
    t.strictSame([...reader.feed(said.subarray(0, cut)), ...reader.feed(said.subarray(cut))], meant)
  }
  const slow = new StatusReader()
  t.strictSame(
    [...said].flatMap((byte) => slow.feed(Buffer.from([byte]))),
    meant,
  )
})

t.test('flow control in the middle of a response leaves both whole', async (t) => {
  for (const [label, bytes, meant] of [
    ['a completion', '37 22 41 11 30 30 31 13 00', ['xon', 'xoff', 'completion']],
    ['an automatic status', '10 00 13 03 00', ['xoff', 'automatic']],
    ['a cleared buffer', '37 11 25 00', ['xon', 'cleared']],
  ] as const)
    t.strictSame(
      new StatusReader().feed(Buffer.from(bytes.replace(/ /g, ''), 'hex')).map(({ kind }) => kind),
      meant,
      label,
    )
})

t.test('a mistake in printers.yaml is told as one in gateway.yaml is', async (t) => {
  const shipped = readFileSync('config/printers.yaml', 'utf8')
  const mistakes: [instead: string, typed: string, says: string][] = [
    ['columns:', 'column:', 'generic-58.column is not a key of this configuration; was columns meant?'],
    ['columns: 32', 'columns: wide', 'generic-58.columns must be a whole number'],
    ['cutter: none', 'cutter: nune', 'cutter is not one of the values allowed here: none, partial, full'],
    [', raster]', ', rester]', 'proof[7] must be raster, cp1258:52, viscii:52 or tcvn3:30/31'],
    [
      'qr, dossierNo',
      'qr, dossierno',
      'slips.default[6] is not one of the values allowed here: office, title',
    ],
    [shipped, '', 'is empty'],
  ]
  const file = join(t.testdir(), 'printers.yaml')
  for (const [instead, typed, says] of mistakes) {
    writeFileSync(
      file,
      shipped.replace(instead, () => typed),
    )
    const [problem] = checkProfiles({ desks: [], printers: file })
    t.match(problem, { path: 'printers' })
    t.ok(problem?.message.includes(says), problem?.message ?? says)
  }
  writeFileSync(file, shipped.replace('columns: 32', 'columns:'))
  t.same(checkProfiles({ desks: [], printers: file }), [], 'a key without a value is one that is left out')
})

t.test('a profile that is not known is refused with the ones that are', async (t) => {
  t.throws(() => profiles.profile('epson'), { code: 'config-invalid', message: /known: generic, generic-58/ })
  t.throws(() => profiles.profile('generic+cp1259:3'), { code: 'config-invalid' })
  t.throws(() => profiles.profile('__proto__'), { code: 'config-invalid' })
  const desk = { id: 'quay-1', agency: 'x', name: 'x', jobExpirySeconds: 600 }
  const desks = [
    { ...desk, printer: { path: 'x', baudRate: 9600, profile: 'epson' } },
    { ...desk, profile: 'star' },
  ]
  t.match(checkProfiles({ desks, printers: 'config/printers.yaml' }), [
    { path: 'desks[0].printer.profile', message: /known: generic/ },
    { path: 'desks[1].profile' },
  ])
  t.match(checkProfiles({ desks, printers: 'config/gateway.yaml' }), [{ path: 'printers' }])
  t.match(checkProfiles({ desks, printers: '/nowhere' }), [{ path: 'printers' }])
  t.match(profiles.profile('xprinter-xp80+tcvn3:27/28'), { text: 'tcvn3', codePage: 27, capitalsPage: 28 })
})
