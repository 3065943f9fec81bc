import { FF1 } from '@noble/ciphers/ff1.js'
import fc from 'fast-check'
import t from 'tap'
import { dayOfYymmdd, yymmddOfDay } from '../../src/dossier/days.js'
import { openFf1 } from '../../src/dossier/numbers/ff1.js'
import { groupDigits } from '../../src/dossier/numbers/lookup-number.js'
import { openNumbers } from '../../src/dossier/numbers/numbers.js'
import { agency } from './sample-agency.js'

const agencies = [
  agency('000.00.15.H45', 1),
  agency('H45.12', 2, { aliases: ['000.00.12.H45', '000.12.00.H45'] }),
  agency('H45.12.03', 3),
  agency('09.H44', 4),
  agency('H55.242', 5),
  agency('H21', 6),
  agency('H45.99', 7, { patterns: ['\\d{5}\\.G/20\\d\\d/\\d{5}', '\\d{11}', 'TT[0-9A-F]{12}'] }),
  agency('000.00.16.G04', 8),
  agency('K57.01', 9),
  agency('H45.98', 10, { patterns: ['\\d{11}', 'BN\\d{6}'] }),
]
const key = '6c'.repeat(32)
const older = '1f'.repeat(32)
const now = Date.parse('2026-06-01T08:00:00+07:00')
const numbers = openNumbers(agencies, { lookupKey: key, lookupKeyPrevious: older }, () => now)

const noOf = (text: string) => {
  const reading = numbers.read(text)
  if (reading.kind === 'unreadable') throw new Error(`${text}: ${reading.reason}`)
  return reading.dossierNo
}
/** `=NO` a dossier number, `#NO` a lookup number of it, `?reason` or `?reason>suggestion`. */
const short = (text: string) => {
  const reading = numbers.read(text)
  if (reading.kind === 'dossierNo') return `=${reading.dossierNo.text}`
  if (reading.kind === 'lookupNumber') return `#${reading.dossierNo.text}`
  return `?${reading.reason}${reading.suggestion ? `>${reading.suggestion}` : ''}`
}

t.test('FF1 gives what NIST and another implementation give', async (t) => {
  const whole = '2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94'
  // NIST SP 800-38G, FF1 samples 1, 4 and 7: radix 10, empty tweak.
  for (const [label, hex, cipherText] of [
    ['AES-128', whole.slice(0, 32), '2433477484'],
    ['AES-192', whole.slice(0, 48), '2830668132'],
    ['AES-256', whole, '6657667009'],
  ] as const) {
    const ff1 = openFf1(Buffer.from(hex, 'hex'), 10)
    const [lefts, rights] = [[1234], [56789]]
    ff1.encrypt(lefts, rights)
    t.equal(String(lefts[0]).padStart(5, '0') + String(rights[0]).padStart(5, '0'), cipherText, label)
    ff1.decrypt(lefts, rights)
    t.same([lefts, rights], [[1234], [56789]], `${label} back`)
  }
  for (const digits of [10, 12, 14, 16] as const) {
    const half = digits / 2
    const text = (value: number) => String(value).padStart(half, '0')
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.array(fc.tuple(fc.nat(10 ** half - 1), fc.nat(10 ** half - 1)), { minLength: 1, maxLength: 5 }),
        (secret, pairs) => {
          const ff1 = openFf1(secret, digits)
          const theirs = FF1(10, secret)
          // One alone, then all at once, in one cipher: none may leave anything for the next.
          return [pairs.slice(0, 1), pairs].every((some) => {
            const [lefts, rights] = [some.map(([a]) => a), some.map(([, b]) => b)]
            ff1.encrypt(lefts, rights)
            return some.every(
              ([a, b], nth) =>
                text(lefts[nth]!) + text(rights[nth]!) ===
                theirs.encrypt([...(text(a) + text(b))].map(Number)).join(''),
            )
          })
        },
      ),
      { numRuns: 30 },
    )
  }
})

const slip = (text: string) => numbers.lookupNumberOf(noOf(text))!
const legal = '000.00.15.H45-190521-0003'
const newer = 'H45.12-240823-0001'
const digits = slip(legal)
const [d1, d2, d3] = [digits.slice(0, 4), digits.slice(4, 8), digits.slice(8)]
const beneath = openNumbers(agencies, { lookupKey: older }, () => now).lookupNumberOf(noOf(newer))!
const wide = (text: string) =>
  text.replace(/[!-~]/g, (char) => String.fromCharCode(char.charCodeAt(0) + 0xfee0))
const wrong = digits.slice(0, 11) + ((Number(digits[11]) + 1) % 10)

const digitWords = 'khong mot hai ba bon nam sau bay tam chin'.split(' ')
const aloud = [...digits].map((digit) => digitWords[Number(digit)]).join(' ')

const spellings: [label: string, text: string, reading: string][] = [
  ['the legal form', '000.00.15.H45-190521-0003', `=${legal}`],
  ['small letters', '000.00.15.h45-190521-0003', `=${legal}`],
  ['blanks around', '   000.00.15.H45-190521-0003  ', `=${legal}`],
  ['a new line at the end', '000.00.15.H45-190521-0003\r\n', `=${legal}`],
  ['wrapped over two lines', '000.00.15.H45-\n190521-0003', `=${legal}`],
  ['dots for hyphens', '000.00.15.H45.190521.0003', `=${legal}`],
  ['blanks for everything', '000 00 15 H45 190521 0003', `=${legal}`],
  ['hyphens for dots', '000-00-15-H45-190521-0003', `=${legal}`],
  ['underscores', '000_00_15_H45_190521_0003', `=${legal}`],
  ['slashes', '000.00.15.H45/190521/0003', `=${legal}`],
  ['backslashes', '000.00.15.H45\\190521\\0003', `=${legal}`],
  ['commas for dots', '000,00,15,H45-190521-0003', `=${legal}`],
  ['no separators at all', '0000015H451905210003', `=${legal}`],
  ['no dots', '0000015H45-190521-0003', `=${legal}`],
  ['no hyphens', '000.00.15.H451905210003', `=${legal}`],
  ['one hyphen missing', '000.00.15.H45190521-0003', `=${legal}`],
  ['the other hyphen missing', '000.00.15.H45-1905210003', `=${legal}`],
  ['doubled dots', '000..00..15..H45--190521--0003', `=${legal}`],
  ['blank, hyphen, blank', '000.00.15.H45 - 190521 - 0003', `=${legal}`],
  ['dots and blanks', '000. 00. 15. H45 - 190521-0003', `=${legal}`],
  ['a tab', '000.00.15.H45\t190521\t0003', `=${legal}`],
  ['a blank after H', '000.00.15.H 45-190521-0003', `=${legal}`],
  ['figure dash', '000.00.15.H45‒190521‒0003', `=${legal}`],
  ['en dash', '000.00.15.H45–190521–0003', `=${legal}`],
  ['em dash', '000.00.15.H45—190521—0003', `=${legal}`],
  ['horizontal bar', '000.00.15.H45―190521―0003', `=${legal}`],
  ['hyphen U+2010', '000.00.15.H45‐190521‐0003', `=${legal}`],
  ['non-breaking hyphen', '000.00.15.H45‑190521‑0003', `=${legal}`],
  ['minus', '000.00.15.H45−190521−0003', `=${legal}`],
  ['small hyphen', '000.00.15.H45﹣190521﹣0003', `=${legal}`],
  ['full-width hyphen', '000.00.15.H45－190521－0003', `=${legal}`],
  ['tilde', '000.00.15.H45~190521~0003', `=${legal}`],
  ['middle dots', '000·00·15·H45-190521-0003', `=${legal}`],
  ['bullets', '000•00•15•H45-190521-0003', `=${legal}`],
  ['ideographic full stops', '000。00。15。H45-190521-0003', `=${legal}`],
  ['one-dot leaders', '000․00․15․H45-190521-0003', `=${legal}`],
  ['full width', wide(legal), `=${legal}`],
  ['full width, small', wide('000.00.15.h45-190521-0003'), `=${legal}`],
  ['ideographic blanks', '000.00.15.H45　190521　0003', `=${legal}`],
  ['no-break blanks', '000.00.15.H45 190521 0003', `=${legal}`],
  ['narrow blanks', '000.00.15.H45 190521 0003', `=${legal}`],
  ['zero-width blanks inside', '000.00.15.H45\u200b-190521-\u200b0003', `=${legal}`],
  ['a soft hyphen inside', '000.00.15.H45-1905\u00ad21-0003', `=${legal}`],
  ['a byte order mark', '\ufeff000.00.15.H45-190521-0003', `=${legal}`],
  ['direction marks', '\u202d000.00.15.H45-190521-0003\u202c', `=${legal}`],
  ['mathematical digits', '𝟎𝟎𝟎.𝟎𝟎.𝟏𝟓.H45-190521-0003', `=${legal}`],
  ['O for 0', 'OOO.OO.15.H45-19O521-OOO3', `=${legal}`],
  ['small o for 0', 'ooo.oo.15.h45-19o521-ooo3', `=${legal}`],
  ['I for 1', '000.00.I5.H45-I9052I-0003', `=${legal}`],
  ['small l for 1', '000.00.l5.H45-l9052l-0003', `=${legal}`],
  ['O and l together', 'OOO.OO.l5.H45-l9O52l-OOO3', `=${legal}`],
  ['a date in pairs', '000.00.15.H45-19.05.21-0003', `=${legal}`],
  ['a date in pairs with blanks', '000.00.15.H45 19 05 21 0003', `=${legal}`],
  ['a date in pairs with dashes', '000.00.15.H45-19-05-21-0003', `=${legal}`],
  [
    'with slashes it may be people’s order',
    '000.00.15.H45-19/05/21-0003',
    '?bad-date>000.00.15.H45-210519-0003',
  ],
  ['label HS', 'HS 000.00.15.H45-190521-0003', `=${legal}`],
  ['label HS glued', 'HS000.00.15.H45-190521-0003', `=${legal}`],
  ['label in words', 'Mã hồ sơ: 000.00.15.H45-190521-0003', `=${legal}`],
  ['label decomposed', 'Mã hồ sơ: 000.00.15.H45-190521-0003'.normalize('NFD'), `=${legal}`],
  ['label without accents', 'ma ho so 000.00.15.H45-190521-0003', `=${legal}`],
  ['label in capitals', 'MÃ HỒ SƠ SỐ 000.00.15.H45-190521-0003', `=${legal}`],
  ['label in English', 'Dossier No. 000.00.15.H45-190521-0003', `=${legal}`],
  ['label with a number sign', 'HS #000.00.15.H45-190521-0003', `=${legal}`],
  ['in quotes', '"000.00.15.H45-190521-0003"', `=${legal}`],
  ['in brackets', '(000.00.15.H45-190521-0003)', `=${legal}`],
  ['a full stop behind', '000.00.15.H45-190521-0003.', `=${legal}`],
  ['a question mark behind', '000.00.15.H45-190521-0003?', `=${legal}`],
  ['words behind', '000.00.15.H45-190521-0003 xong chưa ạ', `=${legal}`],
  ['a word glued on', '000.00.15.H45-190521-0003nhe', `=${legal}`],
  ['a word beginning with O glued on', '000.00.15.H45-190521-0003oi', `=${legal}`],
  ['a sentence around', 'Cho tôi hỏi hồ sơ 000.00.15.H45-190521-0003 đến đâu rồi?', `=${legal}`],
  ['a number of the list in front', '2) 000.00.15.H45-190521-0003', `=${legal}`],
  ['twice the same', '000.00.15.H45-190521-0003 000.00.15.H45-190521-0003', `=${legal}`],
  ['an address', 'https://example.vn/tra-cuu?mhs=000.00.15.H45-190521-0003', `=${legal}`],
  ['Đ in the words', 'ĐỀ NGHỊ XEM 000.00.15.H45-190521-0003', `=${legal}`],
  ['the newer form', 'H45.12-240823-0001', `=${newer}`],
  ['newer, small', 'h45.12-240823-0001', `=${newer}`],
  ['newer, no separators', 'H45122408230001', `=${newer}`],
  ['newer, no separators, small', 'h45122408230001', `=${newer}`],
  ['newer, blanks', 'h45 12 240823 0001', `=${newer}`],
  ['newer, dots', 'H45.12.240823.0001', `=${newer}`],
  ['newer, hyphens', 'H45-12-240823-0001', `=${newer}`],
  ['newer, no dot', 'H4512-240823-0001', `=${newer}`],
  ['newer, full width', wide(newer), `=${newer}`],
  ['newer, I for 1', 'H45.I2-240823-000I', `=${newer}`],
  ['newer, label', 'hs H45.12-240823-0001', `=${newer}`],
  ['newer, label glued', 'HSH45.12-240823-0001', `=${newer}`],
  ['newer, list number', '1.H45.12-240823-0001', `=${newer}`],
  ['newer, a small number in front', 'ho so thu 2 H45.12-240823-0001', `=${newer}`],
  ['newer, two digits in front', 'phong 12 H45.12-240823-0001', `=${newer}`],
  ['newer, a phone number in front', '0903123456 H45.12-240823-0001', `=${newer}`],
  ['newer, a phone number behind', 'H45.12-240823-0001 goi 0903123456', `=${newer}`],
  ['newer, an age behind a comma', 'H45.12-240823-0001, 63 tuoi', `=${newer}`],
  ['three levels', 'H45.12.03-240823-0001', '=H45.12.03-240823-0001'],
  ['three levels, blanks', 'h45 12 03 240823 0001', '=H45.12.03-240823-0001'],
  ['three levels, no separators', 'H4512032408230001', '=H45.12.03-240823-0001'],
  ['a three-digit second level', 'H55.242-231027-0361', '=H55.242-231027-0361'],
  ['a three-digit second level, glued', 'H552422310270361', '=H55.242-231027-0361'],
  ['a province alone', 'H21-220914-0011', '=H21-220914-0011'],
  ['a ministry', '000.00.16.G04-220405-0008', '=000.00.16.G04-220405-0008'],
  ['a ministry with dots', '000.00.16.G04.220405.0008', '=000.00.16.G04-220405-0008'],
  ["a people's council", 'K57.01-240101-0001', '=K57.01-240101-0001'],
  ['a short old code, five digits', '09.H44.181214.00108', '=09.H44-181214-00108'],
  ['a short old code, blanks', '09 H44 181214 00108', '=09.H44-181214-00108'],
  ["a people's council nobody has", 'K57.02-240101-0001', '?unknown-agency'],
  ['six digits', 'H45.12-240823-123456', '=H45.12-240823-123456'],
  ['five digits', 'H45.12-240823-10000', '=H45.12-240823-10000'],
  ['sequence nought', 'H45.12-240823-0000', '=H45.12-240823-0000'],
  ['a leap day', 'H45.12-240229-0001', '=H45.12-240229-0001'],
  ['the first day there is', 'H45.12-150101-0001', '=H45.12-150101-0001'],
  ['an old alias', '000.00.12.H45-190521-0003', '=000.00.12.H45-190521-0003'],
  ['an old alias, no separators', '0000012H451905210003', '=000.00.12.H45-190521-0003'],
  ['another old alias', '000.12.00.H45-190521-0003', '=000.12.00.H45-190521-0003'],
  ['lookup number', digits, `#${legal}`],
  ['lookup number, grouped', `${d1} ${d2} ${d3}`, `#${legal}`],
  ['lookup number, hyphens', `${d1}-${d2}-${d3}`, `#${legal}`],
  ['lookup number, dots', `${d1}.${d2}.${d3}`, `#${legal}`],
  ['lookup number, en dashes', `${d1}–${d2}–${d3}`, `#${legal}`],
  ['lookup number, blanks everywhere', [...digits].join(' '), `#${legal}`],
  ['lookup number, threes', digits.replace(/(...)/g, '$1 '), `#${legal}`],
  ['lookup number, sixes', digits.replace(/(......)/g, '$1 '), `#${legal}`],
  ['lookup number, full width', wide(digits), `#${legal}`],
  ['lookup number, O for 0 and l for 1', digits.replace(/0/g, 'O').replace(/1/g, 'l'), `#${legal}`],
  ['lookup number, label', `HS ${d1} ${d2} ${d3}`, `#${legal}`],
  ['lookup number, label glued', `HS${digits}`, `#${legal}`],
  ['lookup number, label in words', `Mã tra cứu: ${d1} ${d2} ${d3}`, `#${legal}`],
  ['lookup number, label behind', `${digits} HS`, `#${legal}`],
  ['lookup number, a word glued on', `${digits}nhe`, `#${legal}`],
  ['lookup number, oi glued on', `${digits}oi`, `#${legal}`],
  ['lookup number, a small number in front', `so 2 ${d1} ${d2} ${d3}`, `#${legal}`],
  ['lookup number, a small number behind', `${d1} ${d2} ${d3} 2 lan`, `#${legal}`],
  ['lookup number in an address', `http://example.vn/${digits}`, `#${legal}`],
  ['lookup number over two lines', `${d1} ${d2}\n${d3}`, `#${legal}`],
  ['lookup number under the previous key', beneath, `#${newer}`],
  ['both numbers of one dossier', `${legal} ${d1} ${d2} ${d3}`, `#${legal}`],
  ['both, the other way round', `${d1} ${d2} ${d3} ${legal}`, `#${legal}`],
  ['social insurance', '04486.G/2019/08708', '=04486.G/2019/08708'],
  ['social insurance, small', 'bh 04486.g/2019/08708', '=04486.G/2019/08708'],
  ['a pattern with letters', 'TT250C8DDF4C1E', '=TT250C8DDF4C1E'],
  ['a pattern behind a label', 'số biên nhận: bn123456.', '=BN123456'],
  ['a pattern behind a colon', 'SBN:BN123456', '=BN123456'],
  [
    'a pattern in brackets among a hundred letters',
    `${'('.repeat(46)}BN123456${')'.repeat(46)}`,
    '=BN123456',
  ],
  ['among a hundred and one', `${'('.repeat(46)}BN123456${')'.repeat(47)}`, '?incomplete'],
  ['a pattern as the thirty-second word', `${'tôi '.repeat(31)}BN123456`, '=BN123456'],
  ['as the thirty-third', `${'tôi '.repeat(32)}BN123456`, '?incomplete'],
  ['a pattern beside a number said aloud', `BN123456 ${aloud}`, `#${legal}`],
  [
    'two near misses: the one that can be mended',
    'H45.12-241323-0001 H45.12-240823-1',
    '?incomplete>H45.12-240823-0001',
  ],
  [
    'two that can be mended: the first',
    'H45.12-310824-0001 H45.12-300824-0002',
    '?bad-date>H45.12-240831-0001',
  ],
  ['a whole text of 256 letters', legal.padEnd(256, ' x'), `=${legal}`],
  ['and of 257', legal.padEnd(257, ' x'), '?too-long'],
  ['a pattern two agencies share', '00673810079', '?incomplete'],
  ['nothing', '', '?empty'],
  ['blanks', ' \t\n', '?empty'],
  ['only marks', '?!..--', '?empty'],
  ['only zero-width', '\u200b\u200d', '?empty'],
  ['words', 'xin chao', '?no-number'],
  ['words with accents', 'Hồ sơ của tôi đâu', '?no-number'],
  ['other writing', '我的档案', '?no-number'],
  ['HS alone', 'HS', '?no-number'],
  ['a procedure code', '2.000815.000.00.00.H55', '?procedure-code'],
  ['a procedure code of our own agency', '2.000815.000.00.15.H45', '?procedure-code'],
  ['a procedure code with a label', 'Mã TTHC: 1.011442.000.00.00.H38', '?procedure-code'],
  ['a short procedure code', '1.011442', '?procedure-code'],
  ['a procedure code with blanks', '1 011442 000 00 00 H38', '?procedure-code'],
  ['a procedure code beside the number', `2.000815.000.00.15.H45 ${newer}`, `=${newer}`],
  ['month 13', 'H45.12-241323-0001', '?bad-date'],
  ['day 32', 'H45.12-240832-0001', '?bad-date'],
  ['30 February', 'H45.12-240230-0001', '?bad-date'],
  ['29 February of no leap year', 'H45.12-230229-0001', '?bad-date'],
  ['month nought', 'H45.12-240023-0001', '?bad-date'],
  ['before there were such numbers', 'H45.12-140823-0001', '?bad-date>H45.12-230814-0001'],
  ['the day after tomorrow', 'H45.12-260603-0001', '?bad-date'],
  ['tomorrow is still possible', 'H45.12-260602-0001', '=H45.12-260602-0001'],
  ['day first', 'H45.12-310824-0001', '?bad-date>H45.12-240831-0001'],
  ['the century written out', 'H45.12-20240823-0001', '=H45.12-20240823-0001'],
  ['a bad date in an alias', '000.00.12.H45-310519-0003', '?bad-date>000.00.12.H45-190531-0003'],
  ['a sequence too short', 'H45.12-240823-1', '?incomplete>H45.12-240823-0001'],
  ['seven digits', 'H45.12-240823-1234567', '=H45.12-240823-1234567'],
  ['a sequence too long', 'H45.12-240823-12345678', '?too-long'],
  ['no sequence', 'H45.12-240823', '?incomplete'],
  ['no date', 'H45.12', '?incomplete'],
  ['no agency', '240823-0001', '?incomplete'],
  ['a few digits', '0003', '?incomplete'],
  ['eleven digits of twelve', digits.slice(0, 11).replace(/^(....)/, '$1 '), '?incomplete'],
  ['thirteen digits', `${digits}7`, '?too-long'],
  ['twelve digits no slip carries', wrong, '?mistyped'],
  ['the same, grouped', groupDigits(wrong), '?mistyped'],
  ['another province’s', 'H99.01-240823-0001', '?elsewhere'],
  ['another province’s old code', '000.00.88.H77-190521-0003', '?elsewhere'],
  ['another province’s old code, blanks', '000 00 88 H77 190521 0003', '?elsewhere'],
  ['another province’s old code, no separators', '0000088H771905210003', '?elsewhere'],
  ['unknown, ending in a known province', '000.00.88.H21-190521-0003', '?unknown-agency'],
  ['the same with blanks', '000 00 88 H21 190521 0003', '?unknown-agency'],
  ['the same without separators', '0000088H211905210003', '?unknown-agency'],
  ['a unit below what we know', 'H21.65-220914-0011', '=H21.65-220914-0011'],
  ['a unit below, with a letter', 'H45.12.A7-240823-0001', '=H45.12.A7-240823-0001'],
  ['two digits swapped in the agency', '000.00.51.H45-190521-0003', '?unknown-agency'],
  ['one digit wrong in the agency', '000.00.25.H45-190521-0003', '?unknown-agency'],
  ['a word in O, I and L in front', 'lo oi 000.00.15.H45-190521-0003', `=${legal}`],
  ['unknown, with O and I', 'OOO.OO.I8.H21-190521-0003', '?unknown-agency'],
  ['one digit missing in the agency', '00.00.15.H45-190521-0003', `?unknown-agency>${legal}`],
  ['two different numbers', `${newer} ${legal}`, '?too-long'],
  ['a whole page', 'H45.12-240823-0001 '.repeat(60), '?too-long'],
]

t.test(`${spellings.length} spellings are read as they are meant`, async (t) => {
  t.ok(spellings.length >= 150)
  for (const [label, text, reading] of spellings) t.equal(short(text), reading, label)
})

t.test('numbers are found inside a sentence, each once and in order', async (t) => {
  const found = (text: string, max = 3) =>
    numbers.find(text, max).map((one) => (one.kind === 'unreadable' ? `?${one.reason}` : one.dossierNo.text))
  t.same(found(`HS ${newer} va ${legal}`), [newer, legal])
  t.same(found(`HS ${digits} va ${newer}`), [legal, newer])
  t.same(found(`${newer},${legal};${digits}`), [newer, legal])
  t.same(found(`${d1} ${d2} ${d3} ${groupDigits(beneath)}`), [legal, newer])
  t.same(found(`${d1} ${d2} ${d3} ${groupDigits(wrong)}`), [legal, '?mistyped'])
  t.same(found(`${newer} H45.12-241323-0001`), [newer, '?bad-date'])
  t.same(found(`${newer} goi 0903123456 phong 12`), [newer], 'a phone number is no number to answer')
  t.same(found(`${newer} ${newer} ${newer}`), [newer])
  t.same(found(`${newer} H45.12-240823-0002 H45.12-240823-0003 H45.12-240823-0004`), [
    newer,
    'H45.12-240823-0002',
    'H45.12-240823-0003',
  ])
  t.same(found(`${newer} ${legal}`, 1), [newer])
  t.same(found('cho hoi 2 ho so'), [], 'a small number alone is noise')
  t.same(found('xin chao'), [])
  t.same(found('H45.12-240823'), ['?incomplete'])
  t.same(found(`TTHC 2.000815.000.00.15.H45 HS ${newer}`), ['?procedure-code', newer])
})

const anyNo = fc
  .record({
    agency: fc.constantFrom(...agencies),
    day: fc.integer({ min: 0, max: dayOfYymmdd(260601) }),
    sequence: fc.oneof(
      fc.nat(9999).map((value) => String(value).padStart(4, '0')),
      fc.integer({ min: 10_000, max: 999_999 }).map(String),
    ),
  })
  .map(({ agency, day, sequence }) => ({ agency, text: `${agency.code}-${yymmddOfDay(day)}-${sequence}` }))

t.test('whatever is written, reading keeps its promises', async (t) => {
  fc.assert(
    fc.property(anyNo, ({ agency, text }) => {
      const dossierNo = noOf(text)
      return dossierNo.text === text && dossierNo.agency === agency.code && noOf(dossierNo.text).text === text
    }),
    { numRuns: 2000 },
  )
  t.pass('a valid number is read as itself')

  const gaps = fc.constantFrom('', '-', '.', ' ', ' - ', '--', '–', '/', '\u200b')
  fc.assert(
    fc.property(anyNo, gaps, gaps, gaps, fc.boolean(), ({ agency, text }, dot, first, second, isSmall) => {
      const [code, date, sequence] = text.split(/-/) as [string, string, string]
      const spelt = code.replaceAll('.', dot) + first + date + second + sequence
      const reading = numbers.read(isSmall ? spelt.toLowerCase() : spelt)
      return (
        reading.kind === 'unreadable' ||
        (reading.dossierNo.agency === agency.code && reading.dossierNo.text === text)
      )
    }),
    { numRuns: 5000 },
  )
  t.pass("no spelling of a valid number is ever read as another agency's, or as another dossier")

  fc.assert(
    fc.property(anyNo, ({ text }) => {
      const dossierNo = noOf(text)
      const lookup = numbers.lookupNumberOf(dossierNo)
      if (lookup === undefined) return false
      const reading = numbers.read(groupDigits(lookup))
      return (
        /^[1-9](?:\d{11}|\d{15})$/.test(lookup) &&
        reading.kind === 'lookupNumber' &&
        reading.dossierNo.text === text
      )
    }),
    { numRuns: 2000 },
  )
  t.pass('a lookup number leads back to its dossier')

  const pieces = fc.constantFrom(
    ...'0123456789OIL.-– /,:HGK',
    'H45',
    'H45.12',
    '000.00.15.H45',
    '240823',
    '0001',
    'HS',
    '4827',
    '2.000815',
    'đ',
    '\u0301',
    '\u200b',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.array(pieces, { maxLength: 200 }).map((all) => all.join('')),
      ),
      (text) => {
        const one = numbers.read(text)
        for (const reading of [one, ...numbers.find(text, 5)]) {
          if (reading.kind !== 'unreadable') {
            const again = numbers.read(reading.dossierNo.text)
            if (again.kind !== 'dossierNo' || again.dossierNo.text !== reading.dossierNo.text) return false
          } else if (reading.suggestion && numbers.read(reading.suggestion).kind === 'unreadable')
            return false
        }
        return true
      },
    ),
    { numRuns: 20_000 },
  )
  t.pass('nothing throws, every number read is read again as itself, every suggestion can be read')
})

t.test('an agency’s own pattern has four to forty letters', async (t) => {
  const { read, find, spellingsOf } = openNumbers(
    [agency('H45.97', 11, { patterns: ['[A-Z]\\d{2,45}'] })],
    { lookupKey: key },
    () => now,
  )
  const kind = (text: string) => read(text).kind
  t.equal(kind('Q123'), 'dossierNo')
  t.equal(kind('Q12'), 'unreadable')
  t.equal(kind(`Q${'7'.repeat(39)}`), 'dossierNo')
  t.equal(kind(`Q${'7'.repeat(40)}`), 'unreadable')
  const [found] = find('cho hỏi q123', 3)
  t.match(found, { kind: 'dossierNo', dossierNo: { text: 'Q123', agency: 'H45.97' } })
  if (found?.kind === 'dossierNo') t.same(spellingsOf(found.dossierNo), ['Q123'])
})

t.test('eight lookup numbers of a text are deciphered, and none of a day to come', async (t) => {
  const wrongs = Array.from({ length: 8 }, (_, nth) => String(Number(digits) + 1 + nth)).filter(
    (text) => short(text) === '?mistyped',
  )
  t.equal(wrongs.length, 8, 'of this key')
  t.equal(short([...wrongs.slice(1), digits].join('! ')), `#${legal}`)
  t.equal(short([...wrongs, digits].join('! ')), '?mistyped')
  const of = (text: string) => {
    const later = openNumbers(agencies, { lookupKey: key }, () => now + 7 * 86_400_000)
    const reading = later.read(text)
    return reading.kind === 'dossierNo' ? later.lookupNumberOf(reading.dossierNo)! : ''
  }
  t.equal(short(of('H45.12-260602-0001')), '#H45.12-260602-0001', 'a clock that runs ahead')
  t.equal(short(of('H45.12-260603-0001')), '?mistyped')
})

t.test('many at once are read, and given lookup numbers, as one by one', async (t) => {
  const legals = Array.from(
    { length: 40 },
    (_, nth) => `H45.12-2${nth % 6}0${1 + (nth % 9)}1${nth % 10}-${nth % 5 === 0 ? '00' : ''}${4000 + nth}`,
  )
  const dossierNos = [...legals, 'H45.12.07-240823-0001', 'TT0123456789AB', legal].map(noOf)
  const slips = numbers.lookupNumbersOf(dossierNos)
  t.same(
    slips,
    dossierNos.map((no) => numbers.lookupNumberOf(no)),
  )
  t.same(new Set(slips.map((digits) => digits?.length)), new Set([12, 16, undefined]))
  const typed = [
    ...slips.flatMap((digits) => (digits ? [digits, groupDigits(digits)] : [])),
    beneath,
    legal,
    '482719360519',
    '079201001234',
    'khong co so',
    '',
  ]
  t.same(
    numbers.readAll(typed),
    typed.map((text) => numbers.read(text)),
  )
  t.same(numbers.readAll([]), [])
})

t.test('a lookup number is given only to the legal form', async (t) => {
  const has = (text: string) => numbers.lookupNumberOf(noOf(text)) !== undefined
  t.ok(has('H45.12-240823-0001'))
  t.ok(has('H45.12-240823-99999'))
  t.ok(has('H45.12-240823-00001'))
  t.ok(has('H45.12-240823-1234567'))
  t.notOk(has('H45.12.77-240823-0001'), 'a unit that has no entry of its own')
  t.notOk(has('04486.G/2019/08708'))
})

t.test('keys can be changed while old slips stay good', async (t) => {
  const no = noOf(newer)
  const now1 = () => now
  const before = openNumbers(agencies, { lookupKey: older }, now1)
  const after = openNumbers(agencies, { lookupKey: key, lookupKeyPrevious: older }, now1)
  const later = openNumbers(agencies, { lookupKey: key }, now1)
  const printed = before.lookupNumberOf(no)!
  t.not(after.lookupNumberOf(no), printed, 'new slips carry another number')
  t.match(after.read(printed), { kind: 'lookupNumber', dossierNo: { text: newer } })
  t.match(later.read(printed), { kind: 'unreadable', reason: 'mistyped' })
})

t.test('reading time grows with the text, not with its malice', async (t) => {
  // Whatever a million letters are, the reader cuts them.
  for (const text of [
    '0'.repeat(1e6),
    '0 '.repeat(1e6),
    'H45'.repeat(1e5),
    'H45.12-'.repeat(1e5),
    '1.011442.'.repeat(1e5),
  ])
    t.ok(Array.isArray(numbers.find(text, 3)))
  // Texts of the greatest length, of any two pieces in turn. A quadratic step takes a second here, all others a twentieth. The
  // best CPU time of three counts, so that load on the machine does not.
  const pieces = ['H45', 'a', '8', 'Z5', 'ê', ' ', '12/', 'O', 'mười ']
  const slow: string[] = []
  for (const one of pieces)
    for (const other of pieces) {
      const text = (one + other).repeat(16_000).slice(0, 16_000)
      const takesLong = () => {
        const { user } = process.cpuUsage()
        numbers.find(text, 4)
        return process.cpuUsage().user - user > 400_000
      }
      if (takesLong() && takesLong() && takesLong()) slow.push(one + other)
    }
  t.same(slow, [])
})
