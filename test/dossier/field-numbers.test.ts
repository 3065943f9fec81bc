// Numbers as people and systems really write them, by kind: each row is parsed as one input, and found within a text.
import fc from 'fast-check'
import t from 'tap'
import { groupDigits } from '../../src/dossier/numbers/lookup-number.js'
import { openNumbers } from '../../src/dossier/numbers/numbers.js'
import { dice } from '../agency/dice.js'
import { agency } from './sample-agency.js'

const agencies = [
  agency('H15.50', 50),
  agency('H15.60', 1060),
  agency('H15.70', undefined),
  agency('H15.80', 80, { exact: true }),
  agency('H15.50.07', 57),
  agency('H45.12', 12, { aliases: ['000.00.12.H45'] }),
  agency('000.00.15.H45', 15),
  agency('H45.02', 2),
  agency('000.00.02.H45', 102),
  agency('000.00.09.H45', 109),
  agency('G09.20', 920),
  agency('000.00.00.X00', 99),
]
const now = Date.parse('2026-11-28T08:00:00+07:00')
const key = '6c'.repeat(32)
const numbers = openNumbers(agencies, { lookupKey: key }, () => now)

const noOf = (text: string) => {
  const reading = numbers.read(text)
  if (reading.kind === 'unreadable') throw new Error(`${text}: ${reading.reason}`)
  return reading.dossierNo
}
const lookupOf = (text: string) => numbers.lookupNumberOf(noOf(text))!
/** `=NO` a dossier number, `#NO` a lookup number of it, `?reason` or `?reason>suggestion`; in a row, `?` is any of them. */
const told = (reading: ReturnType<typeof numbers.read> | undefined) =>
  reading === undefined
    ? '-'
    : reading.kind === 'unreadable'
      ? `?${reading.reason}${reading.suggestion ? `>${reading.suggestion}` : ''}`
      : `${reading.kind === 'dossierNo' ? '=' : '#'}${reading.dossierNo.text}`

const ward = 'H45.12-240823-0001'
const old = '000.00.15.H45-190521-0003'
const unit = 'H15.50-261008-0975'
const ministry = 'H15.60-261008-1800123'
const short = lookupOf(ward)
const long = lookupOf(ministry)
const [a, b, c] = groupDigits(short).split(' ') as [string, string, string]
const mistyped = short.slice(0, 11) + ((Number(short[11]) + 1) % 10)
const inGroups = (digits: string, sizes: readonly number[], gap = ' ') => {
  let at = 0
  return sizes.map((size) => digits.slice(at, (at += size))).join(gap)
}
const spoken = (digits: string, words: string) =>
  [...digits].map((digit) => words.split(' ')[Number(digit)]).join(' ')
const typed = 'ko mot hai ba bon nam sau bay tam chin'
/** Two digits at a time: "bốn mươi tám, hai mươi bảy, mười chín, không ba". */
const inTens = (digits: string) =>
  (digits.match(/../g) ?? [])
    .map(([ten, one]) => {
      if (ten === '0') return spoken(`0${one}`, northern)
      const unit = one === '0' ? '' : ` ${spoken(one!, southern)}`
      return (ten === '1' ? 'mười' : `${spoken(ten!, northern)} mươi`) + unit
    })
    .join(', ')
/** "Bốn trăm tám mươi hai, bảy trăm linh ba"; with a thousand before it where the group has four digits. */
const inAmounts = (digits: string, size: 3 | 4) =>
  (digits.match(new RegExp(`.{${size}}`, 'g')) ?? [])
    .map((group) => {
      const [thousands, hundreds, ten, one] = group.padStart(4, ' ')
      const rest = ten !== '0' ? inTens(`${ten}${one}`) : one === '0' ? '' : `linh ${spoken(one!, northern)}`
      const before = thousands === ' ' ? '' : `${spoken(thousands!, northern)} nghìn `
      return `${before}${spoken(hundreds!, northern)} trăm ${rest}`.trim()
    })
    .join(', ')
const northern = 'không một hai ba bốn năm sáu bảy tám chín'
const southern = 'lẻ mốt hai ba tư lăm sáu bẩy tám chín'
const english = 'zero one two three four five six seven eight nine'
const halves = inGroups(short, [6, 6])
const ninth = lookupOf(`${ward.slice(0, -1)}9`)
const keycaps = (digits: string) => [...digits].map((digit) => `${digit}\ufe0f\u20e3`).join('')

// A lookup number with a digit twice in a row, and "double six" for it.
const doubled = Array.from({ length: 20 }, (_, nth) => lookupOf(`H45.12-240823-00${10 + nth}`)).find(
  (digits) => /([1-9])\1/.test(digits.slice(2)),
)!
const withDoubles = (words: string) => words.replace(/\b(\w+) \1\b/g, 'double $1')

const kinds: Record<string, readonly [text: string, reading: string][]> = {
  'sequences of four to seven digits, dates of eight, units of any depth': [
    ['H15.60.05.13-261008-1800123', '=H15.60.05.13-261008-1800123'],
    ['H15.60.05.13-261008-090123', '=H15.60.05.13-261008-090123'],
    ['H15.60-261008-1800123', '=H15.60-261008-1800123'],
    ['G09.20-20260609-0092637', '=G09.20-20260609-0092637'],
    ['g09.20 20260609 0092637', '=G09.20-20260609-0092637'],
    ['G0920202606090092637', '=G09.20-20260609-0092637'],
    ['G09.20-20260609-0001', '=G09.20-20260609-0001'],
    ['H15.60.05.13.02.11-261008-0975', '=H15.60.05.13.02.11-261008-0975'],
    ['H15.60.242-261008-0975', '=H15.60.242-261008-0975'],
    ['H15.60-261008-12345678', '?too-long'],
  ],
  'a unit belongs to the longest code above it': [
    ['H15.50.05.13-261008-0975', '=H15.50.05.13-261008-0975'],
    ['h15 50 05 13 261008 0975', '=H15.50.05.13-261008-0975'],
    ['H15500513-261008-0975', '=H15.50.05.13-261008-0975'],
    ['H155005132610080975', '=H15.50.05.13-261008-0975'],
    ['H15.50.07.01-261008-0975', '=H15.50.07.01-261008-0975'],
    ['H15.70.A1-261008-0975', '=H15.70.A1-261008-0975'],
    ['H15.80-261008-0975', '=H15.80-261008-0975'],
    ['H15.80.01-261008-0975', '?unknown-agency'],
    ['H15.99.05.13-261008-0975', '?unknown-agency'],
    ['000.07.15.H45-190521-0003', '=000.07.15.H45-190521-0003'],
    // Without the zeros that every number of the province begins with.
    ['15.H45-190521-0003', `=${old}`],
    ['15.h45 190521 0003', `=${old}`],
    ['HS 00.15.H45-190521-0003', `=${old}`],
    ['07.15.H45-190521-0003', '=000.07.15.H45-190521-0003'],
    ['12.H45-240823-0001', '=000.00.12.H45-240823-0001'],
    ['99.H45-190521-0003', '?unknown-agency'],
    ['99.15.H99-190521-0003', '?elsewhere'],
    ['2019.H45-190521-0003', '?unknown-agency'],
    ['15. H45.12-240823-0001', `=${ward}`],
    ['20.11. H45.12-240823-0001', `=${ward}`],
    ['lúc 15h45 190521 0003', '?unknown-agency'],
    ['H15.05-261008-0975', '?unknown-agency'],
    ['H15.51-261008-0975', '?unknown-agency'],
    // A digit of the code or the date left out: there are too few of them, however many stand there.
    ['H45.1.2-240823-0001', '?incomplete'],
    ['H4.5.12-240823-0001', '?incomplete'],
    ['H4.12-240823-0001', '?incomplete'],
    ['H15.50.5.13-261008-0975', '?incomplete'],
    ['hs H15.5.05.13-261008-0975 ạ', '?incomplete'],
    ['H15.50.05.13-26108-0975', '?incomplete'],
    ['H15.60.05.13-26108-1800123', '?incomplete'],
    ['H115.50.05.13-261008-0975', '?too-long'],
    ['H15.600.05.13.02-261008-12345678', '?too-long'],
    ['H 45.12-240823-0001', '=H45.12-240823-0001'],
    ['H.45.12.240823.0001', '=H45.12-240823-0001'],
    ['h-45-12-240823-0001', '=H45.12-240823-0001'],
    ['000.00.15.H.45-190521-0003', `=${old}`],
    ['G. 09.20-260609-0092', '=G09.20-260609-0092'],
    ['H.15.70.A.1-261008-0975', '?'],
    ['anh.45.12-240823-0001', '?'],
    ['anh. 45.12-240823-0001', '?'],
    ['000.00.00.X00-260101-0004', '=000.00.00.X00-260101-0004'],
    // A unit of one digit, between the marks of the paper alone.
    ['G09.20.5-260101-0001', '=G09.20.5-260101-0001'],
    ['g09.20.5 - 20260101 - 896048', '=G09.20.5-20260101-896048'],
    ['H15.50.05.3-261008-0975', '=H15.50.05.3-261008-0975'],
    ['G22.99.5-260101-0001', '?elsewhere'],
    ['H45.12 5 240823 0001', '?incomplete'],
    ['H45.12-5-240823-0001', '?incomplete'],
    ['H45.12.5-8-2024-0001', '=H45.12-240805-0001'],
  ],
  'words are no codes: O, I and L are digits beside digits alone': [
    [`Cho hỏi ${ward}`, `=${ward}`],
    [`bây giờ ${ward}`, `=${ward}`],
    [`gọi ${ward}`, `=${ward}`],
    [`hoi ${short}`, `#${ward}`],
    [`hoi${short}`, `#${ward}`],
    [`goi lai ${groupDigits(long)}`, `#${ministry}`],
    [`lỗi gì ${ward}`, `=${ward}`],
    ['H45.12-24O823-OO0l', '=H45.12-240823-0001'],
    [`${short.replaceAll('0', 'O').replaceAll('1', 'l')}`, `#${ward}`],
    ['kio lio hoi', '?no-number'],
  ],
  'a lookup number may have words and lines between its groups': [
    [`${a} gạch ${b} gạch ${c}`, `#${ward}`],
    [`mã ${a} ${b}\ntiếp theo là ${c} ạ`, `#${ward}`],
    [`${short.slice(0, 6)} rồi ${short.slice(6)}`, `#${ward}`],
    [`${long.slice(0, 8)}… xuống dòng ${long.slice(8)}`, `#${ministry}`],
    [`${a} và ${b}`, '?incomplete'],
    [`mã 12: ${a} và ${b} và ${c}`, '?incomplete'],
    ['2024 và 1985 và 1999', '?incomplete'],
    ['0010 và 8501 và 2345', '?incomplete'],
  ],
  'what stands in front of a number is no part of it': [
    [`1. ${old}`, `=${old}`],
    [`STT 1 - ${old}`, `=${old}`],
    [`21/05/2019 - ${old}`, `=${old}`],
    [`0905123456 - ${old}`, `=${old}`],
    [`0905 123 45 67 ${ward}`, `=${ward}`],
    [`Nguyễn Văn A 1985 - ${ward}`, `=${ward}`],
    [`Nguyễn Văn A 1985 - ${groupDigits(short)}`, `#${ward}`],
    [`1985 ${groupDigits(short)}`, `#${ward}`],
    [`2) ${groupDigits(short)}`, `#${ward}`],
    ...['①', '❷', '3️⃣', '⑫'].flatMap((mark): [string, string][] => [
      [`${mark}${groupDigits(short)}`, `#${ward}`],
      [`${mark}${old}`, `=${old}`],
      [`${mark}${ward}`, `=${ward}`],
    ]),
    [`21/05/2019 ${groupDigits(short)}`, `#${ward}`],
    [`0905123456 ${groupDigits(long)}`, `#${ministry}`],
    [`10:30 ${groupDigits(short)}`, `#${ward}`],
    [`15h30 ${ward}`, `=${ward}`],
    [`9h15 ngày 2/10 ${ward}`, `=${ward}`],
    [`lúc 8h45 - ${ward}`, `=${ward}`],
    [`7h50 ${old}`, `=${old}`],
    [`16h30 ${groupDigits(short)}`, `#${ward}`],
    ...['8h15', '8g15', '15h', '500k', 'xã Ea H45', 'K45', 'H15:'].flatMap((before): [string, string][] => [
      [`${before} ${short}`, `#${ward}`],
      [`${before} ${long}`, `#${ministry}`],
    ]),
    [`15h ${groupDigits(short)}, 0905123456`, `#${ward}`],
    ['1.004873.000.00.15.H45-190521-0003', '?procedure-code'],
    ['1.004873-261008-0975', '?procedure-code'],
    ['2.000815-20260609-0092637', '?procedure-code'],
    ...['100k', '500đ', '63km', '9h'].map((unit): [string, string] => [
      `${groupDigits(short)} ${unit}`,
      `#${ward}`,
    ]),
    [`${groupDigits(short)} 123nhe`, '?incomplete'],
    [`tầng 3 phòng A12 ${ward}`, `=${ward}`],
  ],
  'marks, dates written out, keycaps and spoken digits': [
    ['H45.12-23/08/2024-0001', `=${ward}`],
    ['H45.12 - 23.8.2024 - 0001', `=${ward}`],
    ['H45.12-2024-08-23-0001', `=${ward}`],
    ['H45.12 (240823) 0001', `=${ward}`],
    ['H45.12:240823:0001', `=${ward}`],
    [`(${a}) ${b}-${c}`, `#${ward}`],
    [`${a}:${b}:${c}`, `#${ward}`],
    [`[${a}][${b}][${c}]`, `#${ward}`],
    [`${a};${b};${c}`, `#${ward}`],
    [`*${a}*${b}*${c}*`, `#${ward}`],
    [keycaps(short), `#${ward}`],
    [keycaps(long), `#${ministry}`],
    ['H45.12-٢٤٠٨٢٣-٠٠٠١', `=${ward}`],
    [spoken(short, northern), `#${ward}`],
    [spoken(short, southern), `#${ward}`],
    [spoken(long, northern), `#${ministry}`],
    [spoken(short, english), `#${ward}`],
    [`số ${spoken(short, northern).replaceAll(' ', ', ')} ạ`, `#${ward}`],
    [`mã số năm ${spoken(short, northern)}`, `#${ward}`],
    [spoken(short.slice(0, 11), northern), '?incomplete'],
    [spoken(short, typed), `#${ward}`],
    [spoken(short, 'o mốt hai ba tư lăm sáu bẩy tám chín'), `#${ward}`],
    [spoken(short, 'oh one two three four five six seven eight nine'), `#${ward}`],
    ...[' chấm ', ' rồi ', ' tiếp theo ', ' cách ', ' gạch ngang ', ', sau đó '].map(
      (pause): [string, string] => [
        groupDigits(short)
          .split(' ')
          .map((group) => spoken(group, northern))
          .join(pause),
        `#${ward}`,
      ],
    ),
    [spoken(short, northern).replace(/(?=\S+)(?<!\S)/g, 'số '), `#${ward}`],
    [`${short.slice(0, 4)} ${spoken(short.slice(4), northern)}`, `#${ward}`],
    [`${spoken(short.slice(0, 8), northern)} ${short.slice(8)}`, `#${ward}`],
    [inTens(short), `#${ward}`],
    [inTens(short).replaceAll(',', ''), `#${ward}`],
    [inTens(lookupOf('H45.12-240823-0017')).replaceAll(',', ''), '#H45.12-240823-0017'],
    [inAmounts(short, 3), `#${ward}`],
    [inAmounts(short, 3).replaceAll(',', ''), `#${ward}`],
    [inAmounts(short, 4), `#${ward}`],
    [inAmounts(long, 4), `#${ministry}`],
    [spoken(short, 'hổng một hai ba bốn năm sáu bảy tám chín'), `#${ward}`],
    [`${a}#${b}#${c}`, `#${ward}`],
    [`${a}'${b}’${c}`, `#${ward}`],
    ['H45#12#240823#0001', `=${ward}`],
  ],
  'dossier numbers said aloud, or written out with words': [
    ['H45 chấm 12 gạch ngang 240823 gạch ngang 0001', `=${ward}`],
    ['h45 cham 12 tru 240823 tru 0001', `=${ward}`],
    ['H45.12-240823 stt 0001', `=${ward}`],
    ['H45.12 ngày 23/8/2024 stt 1', `?incomplete>${ward}`],
    ['H45.12 ngày 23 tháng 8 năm 2024 số 1', `?incomplete>${ward}`],
    ['H45.12 ngày 23 tháng 13 năm 2024 số 1', '?'],
    ['hát bốn lăm chấm mười hai gạch hai bốn không tám hai ba gạch không không không một', `=${ward}`],
    ['hát bốn lăm, mười hai, hai bốn không tám hai ba, ba không một', '?'],
    ['không không không chấm không không chấm mười lăm chấm hát bốn lăm gạch 190521 gạch 0003', `=${old}`],
    ['aitch four five dot one two dash 240823 dash zero zero zero one', `=${ward}`],
    ['H45.12 ngày 23/8/2024 số 0001', `=${ward}`],
    ['H45.12 ngày 23 tháng 8 năm 2024 số 0001', `=${ward}`],
    ['hờ bốn lăm chấm mười hai gạch hai bốn không tám hai ba gạch không không không một', `=${ward}`],
    [
      'gờ không chín chấm hai mươi gạch hai sáu không sáu không chín gạch không không chín hai',
      '=G09.20-260609-0092',
    ],
    ['hờ mười lăm chấm năm mươi gạch hai sáu mười không tám gạch không chín bảy năm', '=H15.50-261008-0975'],
    [
      'hờ mười lăm chấm năm mươi gạch hai sáu mười một không hai gạch không chín bảy năm',
      '=H15.50-261102-0975',
    ],
    ['hồ sơ hát mười lăm', '?no-number'],
    ['H45.12 ngày mùng 1 tháng 9 năm 2024 số 0001', '=H45.12-240901-0001'],
    ['H45.12 mồng tám tháng mười năm 2024 số 0001', '=H45.12-241008-0001'],
    ['H45.12 ngày mười lăm tháng mười một năm 24 số 0001', '=H45.12-241115-0001'],
    ['H45.12 ngày mùng tám tháng năm năm hai bốn số 0001', '=H45.12-240508-0001'],
    ['H45.12 ngày 23 tháng tám năm hai nghìn không trăm hai mươi bốn số 0001', `=${ward}`],
    ['H45.12 ngày 23 tháng 8 năm hai ngàn hai bốn số 0001', `=${ward}`],
    ['H45.12 ngày 23 tháng 8 năm hai không hai bốn số 1', `?incomplete>${ward}`],
    ['H45.12, nộp ngày 23 tháng 8 năm 2024, số tiền 5000 đồng', '?incomplete'],
    ['phòng H12 ngày 26/10/2026 số 0001', '?incomplete'],
  ],
  'typed without the letter of the code': [
    ['45.12-240823-0001', '?incomplete>H45.12-240823-0001'],
    ['45 12 240823 0001', '?incomplete>H45.12-240823-0001'],
    ['15.50.05.13-261008-0975', '?incomplete>H15.50.05.13-261008-0975'],
    ['15.60-20261008-1800123', '?incomplete>H15.60-20261008-1800123'],
    ['000.00.15.45-190521-0003', '?incomplete>000.00.15.H45-190521-0003'],
    ['1 45.12-240823-0001', '?incomplete>H45.12-240823-0001'],
    ['12) 45.12-240823-0001', '?incomplete>H45.12-240823-0001'],
    ['27.12-240823-0001', '?incomplete'],
    ['12-240823-0001', '?incomplete'],
    ['15.50.05-261008-0975', '?incomplete>H15.50.05-261008-0975'],
    ['45.12-241323-0001', '?too-long'],
    ['45.12-240823-001', '?incomplete>H45.12-240823-0001'],
    ['45.12-23/08/2024-0001', '?incomplete'],
    ['1.45.12-240823-0001', '?incomplete'],
    ['45.12.05.13.07-240823-0001', '?too-long'],
    ['09.20-20260609-0092637', '?incomplete>G09.20-20260609-0092637'],
    ['hs45.12-240823-0001', '?incomplete>H45.12-240823-0001'],
    ['HS45 12 240823 0001', '?incomplete>H45.12-240823-0001'],
    ['HS15.50.05.13-261008-0975', '?incomplete>H15.50.05.13-261008-0975'],
    ['HS 4512 240823 0001', '?incomplete>H45.12-240823-0001'],
    ['4512-240823-0001', '?incomplete>H45.12-240823-0001'],
    ['xhs45.12-240823-0001', '?too-long'],
    ['2024 240823 0001', '?'],
  ],
  'digits taken for letters by a program that reads photographs': [
    ['H4S.12-240823-0001', '?incomplete>H45.12-240823-0001'],
    ['H45.1Z-24O8Z3-OOO1', '?incomplete>H45.12-240823-0001'],
    ['H45.12-240B23-0001', '?incomplete>H45.12-240823-0001'],
    ['H45.12-24082B-000l', '?incomplete>H45.12-240828-0001'],
    ['H45.12-240823-0OIS', '?incomplete>H45.12-240823-0015'],
    ['HI5.50-2b1O08-0g7S', '?incomplete>H15.50-261008-0975'],
    ['H|5.50-26|008-0975', '?incomplete>H15.50-261008-0975'],
    ['G09.2Q-2O26D609-0092637', '?incomplete>G09.20-20260609-0092637'],
    ['O54O1234S678', '?identity'],
    ['0540 I2E4 5678', '?incomplete'],
    [`số ${short.slice(0, 4)} 12B`, '?incomplete'],
    ['H45.12-240823-0001S', `=${ward}`],
    [`${a}|${b}|${c}`, `#${ward}`],
    ['10S', '?incomplete'],
  ],
  'letters of other alphabets that look like ours': [
    ['Н45.12-240823-0001', `=${ward}`],
    ['Η45.12-24О823-ΟΟΟ1', `=${ward}`],
  ],
  'letters that stand apart, and dashes, dots and blanks as other programs write them': [
    ['H 4 5 . 1 2 - 2 4 0 8 2 3 - 0 0 0 1', `=${ward}`],
    ['HS: h  4  5  1  2  2  4  0  8  2  3  0  0  0  1 ạ', `=${ward}`],
    ['H 4 5 . 1 2', '?incomplete'],
    [[...'054012345678'].join(' '), '?identity'],
    ...[
      '\u2796',
      '\u02d7',
      '\u301c',
      '\u2192',
      '\u2501',
      '\u0096',
      '\u05be',
      'â€“',
      'â€”',
      '\u2800',
      'Â\u00a0',
    ].map((dash): [string, string] => [`H45.12${dash}240823${dash}0001`, `=${ward}`]),
    ...['&#45;', '&#8211;', '&#x2013;', '&ndash;', '&nbsp;-&nbsp;', '\\u2011', '%E2%80%93', '&shy;-'].map(
      (dash): [string, string] => [`H45.12${dash}240823${dash}0001`, `=${ward}`],
    ),
    ...['\u2027', '\u30fb', '\uff65', '\u25cf', '\ua78f'].map((dot): [string, string] => [
      `H45${dot}12-240823-0001`,
      `=${ward}`,
    ]),
    ['H45.12&240823&0001', '?'],
    ['A&B H45.12-240823-0001', `=${ward}`],
  ],
  'a blank where the paper has none, as programs copy it from a PDF': [
    ['H45.12-2408 23-0001', `=${ward}`],
    ['H45.12-2 40823-0001', `=${ward}`],
    ['H45.12-24082 3-0001', `=${ward}`],
    ['Mã hồ sơ: H4 5.12-240823-0001', `=${ward}`],
    ['H45.1 2-240823-0001', `=${ward}`],
    ['000.00.15.H4 5-190521-0003', `=${old}`],
    ['000.00.1 5.H45-190521-0003', `=${old}`],
    ['000.00.15.H45-1905\u00a021-0003', `=${old}`],
    ['H15.50.05.13-26 1008-0975', '=H15.50.05.13-261008-0975'],
    ['H15.50.0 5.13-261008-0975', '=H15.50.05.13-261008-0975'],
    ['H15.60-2026 1008-1800123', '=H15.60-20261008-1800123'],
    ['H15.50-2610 08–0975', `=${unit}`],
    ['H45.1 2-24 0823-0001', '?incomplete'], // two of them may be anything
    ['H45.12-240823-00 01', '?incomplete'],
    ['H45.12-2408 23', '?incomplete'],
    ['H45.12 05-2408', '?incomplete'],
    ['H45.12-2408 21/05/2019', '?'],
    ['H45.12-2408 0905123456', '?'],
  ],
  'noughts that are counted': [
    ['H45.12 240823 ba số không một', `=${ward}`],
    ['H45.12-240823-3 số 0 1', `=${ward}`],
    ['h bốn lăm chấm mười hai gạch hai bốn không tám hai ba gạch ba con không một', `=${ward}`],
    ['h four five dot one two dash 240823 dash triple zero one', `=${ward}`],
    [`my number is ${withDoubles(spoken(doubled, english))}`, `#${noOf(doubled).text}`],
    ['double room, triple A', '?no-number'],
  ],
  'numbers that dictation writes as amounts, and sequences parted behind their ministry': [
    ['H45.12-240.823-0001', `=${ward}`],
    ['H45 12 240.823 0001', `=${ward}`],
    ['H45.12-241.323-0001', '?incomplete'],
    ['H15.60-261.008-1.800.123', `=${ministry}`],
    ['H15.60-261008-1.800.123.', `=${ministry}`],
    ['H15.60-261008-18-00123', `=${ministry}`],
    ['H15.60-261008-18.00123', `=${ministry}`],
    ['H15.60-261008-18 00123', '?incomplete'],
    ['H15.60-261008-1 800 123', '?incomplete'],
    ['H15.60-261008-18-00123-5', '?incomplete>H15.60-261008-0018'],
    [inGroups(short, [3, 3, 3, 3], '.'), `#${ward}`],
    [inGroups(long, [1, 3, 3, 3, 3, 3], '.'), `#${ministry}`],
  ],
  'what stands behind six digits, or behind a date in parts, is no part of the number': [
    ...[
      ...[
        '0905123456',
        '- 0905123456',
        '\n0905123456',
        '. 0905123456',
        '- 0905 123 456',
        '30/11',
        ', 15/12/2026',
        '- 15/12/2026',
      ],
      ...['8h30', '- 8h30', '08:30', '2 lần rồi', 'cccd 054085001234', '(1985)'],
    ].flatMap((behind): [string, string][] => [
      [`H15.60.05.13-261008-090123 ${behind}`, '=H15.60.05.13-261008-090123'],
      [`${ministry.slice(0, -7)}1.800.123 ${behind}`, `=${ministry}`],
      [`H45.12-23/08/2024-0001 ${behind}`, `=${ward}`],
    ]),
    ['H15.60.05.13 261008 090123 0905123456', '=H15.60.05.13-261008-090123'],
    ['H15.60.05.13-261008-090123-0456', '?too-long'],
    ['H15.60.05.13 261008 090123 0456', '?'],
  ],
  'digits in groups': [
    [inGroups(short, [3, 4, 5]), `#${ward}`],
    [`${inGroups(short, [3, 4, 5])} 2 lần`, `#${ward}`],
    [`số 2 ${inGroups(short, [3, 4, 5])}`, `#${ward}`],
    [`số 2 ${inGroups(long, [5, 6, 5])}`, `#${ministry}`],
    [inGroups(long, [2, 2, 2, 2, 2, 2, 2, 2]), `#${ministry}`],
    // Four groups of four are a mistyped sixteen, not twelve and four more, unless those are a year.
    [`${groupDigits(short)} 7777`, '?mistyped'],
    [`7777 ${groupDigits(short)}`, '?mistyped'],
    [`${groupDigits(short)} 1985`, `#${ward}`],
    // The last digit left out: sixteen were meant.
    [groupDigits(long).slice(0, -1), '?incomplete'],
    [`${groupDigits(short)} 123`, '?incomplete'],
    [`${a}-${b}-${c} 123`, `#${ward}`],
    [`${groupDigits(short)} 12`, `#${ward}`],
    // Unless a separator or a second three shows that the three digits are another number.
    [`${a}-${b} ${c} 123`, '?incomplete'],
    [`${a} ${b} ${c} 123 193`, `#${ward}`],
    [`${a} ${b} ${c}-123`, `#${ward}`],
    // A date with a time has twelve digits; a year alone makes no date.
    ['21/05/2019 08:15', '?incomplete'],
    ['01/12/2026 08:15', '?incomplete'],
    ['gọi lại 0905123456 lúc 08:15 01/12/2026', '?phone'],
    ['hẹn 08:15 01/12/2026', '?incomplete'],
    ['từ 08:00 - 11:30 01/12', '?incomplete'],
    ['01/12/26 - 05/12/26', '?incomplete'],
    ['01/12/2026 - 05/12/2026', '?incomplete'],
    ['01-12-2026 08:15:30', '?incomplete'],
    ['giờ làm việc 07:30-11:30 13:30-17:00', '?incomplete'],
    [inGroups(short, [2, 2, 2, 2, 2, 2], '/'), `#${ward}`],
    [inGroups(mistyped, [2, 2, 2, 2, 2, 2], '/'), '?mistyped'],
    // A sum of nine digits is nobody’s former identity card.
    ['tiền đất 123.500.000 đồng nộp ở đâu', '?incomplete'],
    ['nộp 123.500.000đ rồi', '?incomplete'],
    ['+123,500,000 VND', '?incomplete'],
    ['thuế 1 123 500 000 đ', '?incomplete'],
    ['12.345.678.901 VNĐ', '?incomplete'],
    // Nor is a parcel, as the post numbers them (UPU S10).
    ['EA123456789VN', '?incomplete'],
    ['bưu gửi RR 123 456 789 VN tới đâu', '?incomplete'],
    [`${groupDigits(short)} 150 đ`, `#${ward}`],
    ['482 2019 36051', '?mistyped'],
    ['4827 36 051180', '?mistyped'],
    [`63 ${groupDigits(long.slice(0, 15) + ((Number(long[15]) + 1) % 10))}`, '?mistyped'],
    // A wall or a word between the groups.
    [`${a}! ${b}? ${c}`, `#${ward}`],
    [`${a}${b}! ${c}`, `#${ward}`],
    [`${a} hs${b} ${c}`, `#${ward}`],
    [`${a}nhe ${b} ${c}`, `#${ward}`],
    [`${short}oi`, `#${ward}`],
    [`${long}oi`, `#${ministry}`],
    [`oi${short}`, `#${ward}`],
    // How many digits are missing is unknown; whether nine or more are a personal number does not depend on their
    // neighbours.
    ['261008-001', '?incomplete'],
    ['1234567890 12', '?incomplete'],
    ['1234567890 123', '?too-long'],
    ['1234567890 12345', '?incomplete'],
    ['1234567890 123456', '?too-long'],
    ['221234567 221234568', '?identity'],
    ['221234567 123', '?identity'],
  ],
  'in an address': [
    ['https://a.vn/?ma=H45.12%2D240823%2d0001', `=${ward}`],
    [`sms:8188?body=HS%20${groupDigits(short).replaceAll(' ', '%20')}`, `#${ward}`],
    [`https://a.vn/h%E1%BB%93%20s%C6%A1/${short}`, `#${ward}`],
    [`https://a.vn/?q=%20${short}&x=100%`, `#${ward}`],
    ['https://a.vn/?mhs=H45.12-240823-0001&sgt=054012345678', `=${ward}`],
    [`mailto:a@b.vn?subject=${ward}`, `=${ward}`],
    [`${ward}%`, `=${ward}`],
  ],
  'behind the code of an issuer digits are nobody’s own, and no lookup number': [
    ['000.00.15.H45.03-190521-0003', '=000.00.15.H45.03-190521-0003'],
    ['000.00.15.H45.03.02-20190521-0003', '=000.00.15.H45.03.02-20190521-0003'],
    ['000.00.12.H45.03.190521.0003', '=000.00.12.H45.03-190521-0003'],
    ['000.00.99.H45.03-190521-0003', '?unknown-agency'],
    ['000.00.15.H45.03-190521-003', '?incomplete>000.00.15.H45.03-190521-0003'],
    ['000.00.15.H45-03-190521-0003', '?incomplete'],
    ['H45-0-190521-00031', '?incomplete'],
    ['H45.2-170328-64677', '?unknown-agency'],
    ['G022-99 230323 - 312991', '?too-long'],
    ['HH45.99-240823-000123', '?too-long'],
    ['H27 31219 - 45883', '?incomplete'],
    ['G09.2-20828-88', '?incomplete'],
    ['H15 054012345678', '?identity'],
    ['H15 0540 1234 5678', '?identity'],
    ['H15: 054 012 345 678', '?identity'],
    ['H45.12/054012345678', '?identity'],
    ['000.00.15.H45-054012345678', '?identity'],
    [`phòng H12 ${groupDigits(short)}`, `#${ward}`],
    // Two halves look like a date and a sequence; threes, fours and whole numbers do not.
    ...['G022', 'K022', 'HH45', 'KK022', 'X HH45', 'H 45', '9H45', 'H.H45', 'nhà H45'].map(
      (code): [string, string] => [`${code} ${halves}`, '?'],
    ),
    ...['M45', 'GH45', 'AHH45', 'TAH45'].map((word): [string, string] => [`${word} ${halves}`, `#${ward}`]),
    [`G022 ${inGroups(short, [2, 2, 2, 2, 2, 2])}`, '?'],
    [`G022 ${inGroups(short, [3, 3, 3, 3])}`, `#${ward}`],
    [`G022 12 ${short}`, `#${ward}`],
    [`G022 ${groupDigits(long)}`, `#${ministry}`],
    ['G022 0100109106', '?tax-code'],
    ['G022 1111111116', '?too-long'],
    ['G022 012345678', '?incomplete'],
    [`${ward} ${inGroups(ninth, [6, 6])}`, `=${ward}`],
  ],
  'the numbers of people': [
    ['054012345678', '?identity'],
    ['0540 1234 5678', '?identity'],
    ['054-012-345-678', '?identity'],
    ['CCCD: 054012345678, Nguyễn Văn A', '?identity'],
    ['O54O12345678', '?identity'],
    [spoken('054012345678', northern), '?identity'],
    ['054012345678|221234567|Nguyễn Văn A|01011980|Nam|Thôn 12, xã Mẫu|01012021', '?identity'],
    ['221234567', '?identity'],
    ['CMND 221 234 567', '?identity'],
    ['221.234.567 đã cấp', '?identity'],
    ['05 40 12 34 56 78', '?identity'],
    ['0540-1234 5678', '?identity'],
    ['0905123456', '?phone'],
    ['0905 123 456', '?phone'],
    ['+84 905 123 456', '?phone'],
    ['+84 (0) 905 123 456', '?phone'],
    ['0262 3841 234', '?phone'],
    ['0100109106', '?tax-code'],
    ['MST 0100109106-001', '?tax-code'],
    ['MST 0100109106-123', '?tax-code'],
    ['0100109106001', '?tax-code'],
    // In one piece thirteen digits are sooner a lookup number with one of them typed twice.
    ['0100109106611', '?too-long'],
    ['4814062228611', '?too-long'],
    ['0084905123456', '?phone'],
    ['IDVNM0800012345054080001234<<1', '?identity'],
    [`${groupDigits(short)} 054 012 345 678`, `#${ward}`],
    [`0905123456 ${ward}`, `=${ward}`],
    [`CCCD 054012345678 HS ${groupDigits(short)}`, `#${ward}`],
  ],
  'numbers of others': [
    ['G22.99-261008-0001', '?elsewhere'],
    ['A45.12-240823-0001', '?elsewhere'],
    ['000.00.16.G04-220405-0008', '?elsewhere'],
    ['H27.12.05-261008-0001', '?elsewhere'],
    ['0000016G042204050008', '?elsewhere'],
    ['K57.01-240101-0001', '?elsewhere'],
    ['A12.34-261008-0001', '?elsewhere'],
    ['Z99-261008-0001', '?elsewhere'],
    ['09.H44.181214.00108', '?elsewhere'],
    ['03706/2026/07906', '?elsewhere'],
    ['biên nhận 04486.g/2019/08708', '?elsewhere'],
    ['03706/2026/079061', '?incomplete'],
    ['03706/2026/07906 054012345678', '?elsewhere'],
    [`03706/2026/07906 hs ${ward}`, `=${ward}`],
    ['H00.00-260101-0000', '?no-number'], // our own example
    ['000.00.00.H00-260101-0000', '?no-number'],
    ['H00.00-260101-0000 054012345678', '?identity'],
    ['H00.00-260101-0000 000.00.15.H45-190521-003', `?incomplete>${old}`],
    ['D01.02.03-20261008-0001234', '?elsewhere'],
    ['phòng B12 nhà 261008 0001', '?incomplete'],
    ['H45.21-240823-0001', '?unknown-agency'],
    ['000.00.51.H45-190521-0003', '?unknown-agency'],
    ['000.00.1.H45-190521-0003', '?unknown-agency'],
    ['00.00.15.H45-190521-0003', `?unknown-agency>${old}`],
    ['2.000815.000.00.00.H55', '?procedure-code'],
    ['G22.99-261308-0001', '?elsewhere'],
    ['H 27.12-261008-0001', '?elsewhere'],
    ['H27.12.05.01.02-261008-0001', '?elsewhere'],
    ['AB2.34-261008-0001', '?too-long'],
    ['A12.34 261008 0001', '?too-long'], // no house number is a number
    ['A12.34.261008.0001', '?too-long'],
    ['phong 12 261008 0001', '?mistyped'],
  ],
  'units without their dots, and how deep they go': [
    ['H15.60.0513-261008-0975', '=H15.60.0513-261008-0975'],
    ['H15.60-05261008-0975', '=H15.60.05-261008-0975'],
    ['H15.60-242261008-0975', '=H15.60.242-261008-0975'],
    ['H15.60-0522010151234', '?incomplete'], // H15.60.05-220101-51234, or H15.60.052-201015-1234
    ['H15.60.05131-261008-0975', '?incomplete'],
    ['H15.60.05.13.02.11.09-261008-0975', '?too-long'],
    ['H15.60.AB-261008-0975', '?incomplete'],
    ['H45.12OH45.122408230001', `=${ward}`],
    ['H15.80.01-261308-0975', '?unknown-agency'],
    ['H15.50', '?incomplete'],
    ['H45! 12-240823-0001', '?incomplete'],
  ],
  'old codes with a digit too few or too many, and digits in front of one': [
    ['0000.00.15.H45-190521-0003', `?unknown-agency>${old}`],
    ['000.00.151.H45-190521-0003', `?unknown-agency>${old}`],
    ['9000.00.15.H45-190521-0003', `?unknown-agency>${old}`],
    ['000.00.5.H45-190521-0003', `?unknown-agency>${old}`],
    ['0 00.00.15.H45-190521-0003', `=${old}`],
    ['00.00.15.H45-190532-0003', '?unknown-agency'],
    ['1234567.G22-190521-0003', '?elsewhere'],
    ['000.00.15.G22-190521-0003', '?elsewhere'],
    ['5.000.00.15.G22-190521-0003', '?elsewhere'],
    ['12.G22-190521-0003', '?elsewhere'],
    ['123.G22-190521-0003', '?elsewhere'], // a year, a room
    ['1234.G22-190521-0003', '?elsewhere'],
    ['12345.G22-190521-0003', '?elsewhere'],
    ['12345678.G22-190521-0003', '?elsewhere'],
    ['123456789.G22-190521-0003', '?elsewhere'],
    ['00.00.15 G22-190521-0003', '?elsewhere'],
    ['00.00.15-G22-190521-0003', '?elsewhere'],
    ['00.00.15:G22-190521-0003', '?elsewhere'],
    ['000 00 15 H45-190521-0003', `=${old}`],
    ['000(00)15(H45)190521(0003)', `=${old}`],
    [`99 ${old}`, `=${old}`],
  ],
  'codes of procedures and what only looks like one': [
    ['3)2.000815', '?procedure-code'],
    ['3 2.000815', '?procedure-code'],
    ['TTHC-2.000815', '?procedure-code'],
    ['3.2.000815', '?incomplete'],
    ['12.000815', '?incomplete'],
    ['A.000815', '?incomplete'],
    ['2:000815', '?incomplete'],
    ['2 000815', '?incomplete'],
    ['2.00081', '?incomplete'],
    ['2.0008151', '?incomplete'],
    ['2.000815-1', '?incomplete'],
    ['2.000815.000.00.00', '?too-long'],
    ['2.000815.000.00.00.1H55', '?incomplete'],
  ],
  'dates and sequences that are nearly right': [
    ['H45.12-1/9/2024-0001', '=H45.12-240901-0001'],
    ['H45.12-2024-9-1-0001', '=H45.12-240901-0001'],
    ['H45.12-23.08.24-0001', '=H45.12-230824-0001'],
    // Slashes are people's order, unless the number's own makes a date as well.
    ['H45.12-31/08/24-0001', '=H45.12-240831-0001'],
    ['H45.12-31/12/24-5', '?incomplete>H45.12-241231-0005'],
    ['H45.12-8/10/26-0001', '=H45.12-261008-0001'],
    ['H45.12 ngày 8/10/26 số 0001', '=H45.12-261008-0001'],
    ['H45.12-23/08/24-0001', '?bad-date>H45.12-240823-0001'],
    ['H45.12-22/08/22-0001', '=H45.12-220822-0001'],
    ['H45.12-24/13/22-0001', '?bad-date'],
    ['H45.12-24/08-23-0001', '=H45.12-240823-0001'],
    ['H45.12-23-08/24-0001', '=H45.12-230824-0001'],
    ['H45.12-01/09/1999-0001', '?bad-date'],
    ['H45.12-32/08/2024-0001', '?bad-date'],
    ['H45.12-3/9/24-0001', '=H45.12-240903-0001'],
    ['H45.12-3-9-24-0001', '?incomplete'],
    ['H45.12-2026/31/12-0001', '?bad-date'],
    ['H45.12-31/13/2024-0001', '?bad-date'],
    ['H45.12-24-08-2-0001', '?incomplete'],
    ['H45.12-202-08-23-0001', '?incomplete'],
    ['H45.12-23/008/2024-0001', '?too-long'],
    ['H45.12-23082024-0001', '?bad-date>H45.12-240823-0001'],
    ['H45.12-20261308-0001', '?bad-date'],
    ['H45.12-19990823-0001', '?bad-date'],
    ['H45.12-202408230001', '=H45.12-20240823-0001'],
    ['H45.12-240823000123', '=H45.12-240823-000123'],
    // No sequence is 0000: it would be suggested in place of any of the first nine.
    ['H45.12-24082300', '?incomplete'],
    ['H45.12-240823-000', '?incomplete'],
    ['H15.50-20261008-000', '?incomplete'],
    ['H45.12-310824-000', '?bad-date'],
    // A digit typed twice in the date: the date’s last digits are no sequence, and what they would make is another’s dossier.
    ['H45.12-2408223-0001', '?too-long'],
    ['H45.12-2408233-0001', '?too-long'],
    ['HS H15.50.05.13-2610088-0975 ạ', '?too-long'],
    ['H15.60-2610088-1800123', '?too-long'],
    ['000.00.15.H45 1905211 0003', '?too-long'],
    // A dash one place late.
    ['H45.12-2408230-001', '?incomplete>H45.12-240823-0001'],
    ['H45.12-24082300-01', '?bad-date'],
    ['H45.12-2408231 8188', '?'],
    ['H45.12-240823-12', '?incomplete>H45.12-240823-0012'],
    ['H45.12-240823', '?incomplete'],
    ['H45.12-240823-00015l', '=H45.12-240823-00015'],
    ['H45.12-240823-0001l5', '=H45.12-240823-000115'],
    // In pairs to the end.
    ['H45 12 24 08 23 00 01', '=H45.12-240823-0001'],
    ['H15.50.05.13 26 10 08 09 75', '=H15.50.05.13-261008-0975'],
    ['H15.60-26-10-08-09-01-23', '=H15.60-261008-090123'],
    ['H45 12 24 08 23 00 01 05 07', '?bad-date'],
    // More behind it: part of something longer.
    ['H45.12-240823-123456-7', '?too-long'],
    ['H45.12-24.08.23-0001-7', '?bad-date'],
    ['H45.12-240823-0001-5', '=H45.12-240823-0001'],
    ['H45.12-240823-00 01', '?incomplete'],
    ['Mã hồ sơ:\nH45.12-2408\n23-0001\nNgày hẹn', '=H45.12-240823-0001'],
    ['H45.12-24\r\n0823-0001', '=H45.12-240823-0001'],
    ['H45.12-240823-00\n01', '=H45.12-240823-0001'],
    ['H45.12-240823-00-\n01', '=H45.12-240823-0001'],
    ['H4\n5.12-240823-0001', '=H45.12-240823-0001'],
    ['H45.12-240823-0001\n5', '=H45.12-240823-0001'],
    ['H45.12-240823-00\n01\n02', '=H45.12-240823-0001'],
    ['H45.12-240823-01\n2026', '?incomplete'],
    ['H45.12-2408\n23\n0905123456', '?'],
    ['H45.12-24082\n21/05/2019', '?'],
    ['H45.12-24O823-OOOI', '=H45.12-240823-0001'],
    ['H45.12-240823-Oili', '=H45.12-240823-0111'],
    ['H45.12-240823-lili', '?incomplete'],
    ['H45.12-240823 OOOI', '?incomplete'],
    ['H45.12-240823-OOI', '?incomplete'],
    ['H45.12-240823-OOOInhe', '?incomplete'],
    ['H45.12-240823-AOOOI', '?incomplete'],
    ['H45.12-24082-OOOI', '?incomplete'],
    ['H45.12-240823-001 xin hoi', '?incomplete>H45.12-240823-0001'],
    ['H45.12-240823-001-5', '?incomplete>H45.12-240823-0001'],
    ['H45.12-240823-001 5', '?incomplete'],
    ['H15.50-20261008-1', '?incomplete>H15.50-20261008-0001'],
    ['H45.12-123/08/2024-0001', '?too-long'],
    ['H45.12|240823-0001', '?incomplete'],
    ['H45.12-240823|0001', '?incomplete'],
    ['000.00.15.H45.99240823-0001', '?bad-date'],
    ['H45.12-23.13.2024-0001', '?bad-date'],
    ['hoi-oooi', '?no-number'],
  ],
  'numbers said aloud, not quite': [
    [spoken('251436', northern), '?incomplete'],
    [spoken('25143', northern), '?no-number'],
    [spoken(mistyped, northern), '?mistyped'],
    [spoken('0905123456', northern), '?phone'],
    [spoken('221234567', northern), '?incomplete'],
    ['Tôi đã nộp, sau đó bổ sung, sau đó chờ mãi', '?no-number'],
    ['sau đó sau đó sau đó', '?no-number'],
    ['lệ phí hai nghìn năm trăm sáu mươi ba đồng', '?no-number'],
    ['nộp ba triệu bốn trăm linh hai nghìn đồng rồi', '?no-number'],
    [spoken(long.slice(0, 15), northern), '?incomplete'],
    [spoken(long.slice(0, 13), northern), '?too-long'],
    [spoken(long.slice(0, 15) + ((Number(long[15]) + 1) % 10), northern), '?mistyped'],
    [`${spoken(long, northern)} một`, `#${ministry}`],
    [spoken(`0${short}`, northern), `#${ward}`],
    [`${spoken(short, northern)} một`, `#${ward}`],
    [`${short[0]} ${spoken(short.slice(1), northern)}`, `#${ward}`],
    [`${spoken('251436', northern)} nha ${spoken(short, northern)}`, `#${ward}`],
    [`${spoken('251436', northern)} nha ${spoken(long.slice(0, 13), northern)}`, '?incomplete'],
  ],
}

for (const [kind, rows] of Object.entries(kinds))
  t.test(`${kind}: ${rows.length} rows`, async (t) => {
    for (const [text, reading] of rows) {
      const read = told(numbers.read(text))
      t.equal(reading === '?' ? read.slice(0, 1) : read, reading, text)
      if (reading.startsWith('=') || reading.startsWith('#'))
        t.equal(told(numbers.find(`alo ${text} xin cảm ơn`, 3)[0]), reading, `${text}, in a sentence`)
    }
  })

t.test('a list of three numbers is three numbers', async (t) => {
  const found = (text: string) => numbers.find(text, 5).map(told)
  t.same(found(`1. ${old}\n2. ${ward}\n3. ${unit}`), [`=${old}`, `=${ward}`, `=${unit}`])
  t.same(found(`1) ${groupDigits(short)} 2) ${groupDigits(long)} 3) ${unit}`), [
    `#${ward}`,
    `#${ministry}`,
    `=${unit}`,
  ])
  t.same(found(`①${ward}②${old}③${short}`), [`#${ward}`, `=${old}`])
  for (const parting of [' / ', '/', ' | ', ' - ', '. '])
    t.same(found(`H15.60.05.13-261008-090123${parting}${old}`), ['=H15.60.05.13-261008-090123', `=${old}`])
  t.same(found(`${groupDigits(short)} ${groupDigits(long)}`), [`#${ward}`, `#${ministry}`])
  t.same(found(`${groupDigits(long)} ${groupDigits(short)}`), [`#${ministry}`, `#${ward}`])
  const [second, third, fourth] = [unit, old, `${ward.slice(0, -1)}7`]
  const [two, three, four] = [second, third, fourth].map((text) => groupDigits(lookupOf(text!)))
  t.same(found(`${groupDigits(short)} ${two} ${three} ${four}`), [
    `#${ward}`,
    `#${second}`,
    `#${third}`,
    `#${fourth}`,
  ])
  for (const text of [
    `${two} ${three!.replaceAll(' ', '-')}`,
    `${two!.replaceAll(' ', '-')} ${three}`,
    `${two} - ${three!.replaceAll(' ', '.')}`,
    `${two}; ${three!.replaceAll(' ', ' - ')}`,
    `${two} ${lookupOf(third!)}`,
    `${inGroups(lookupOf(second!), [3, 4, 5])} ${lookupOf(third!)}`,
    `${inGroups(lookupOf(second!), [3, 4, 5], '.')} - ${inGroups(lookupOf(third!), [3, 4, 5], '.')}`,
    `${inGroups(lookupOf(second!), [3, 3, 3, 3])} ${inGroups(lookupOf(third!), [6, 6], '-')}`,
    `${inGroups(lookupOf(second!), [6, 6])} ${inGroups(lookupOf(third!), [6, 6])}`,
    `${inGroups(lookupOf(second!), [3, 9])} ${inGroups(lookupOf(third!), [3, 9])}`,
  ])
    t.same(found(text), [`#${second}`, `#${third}`], text)
  t.same(found(`${groupDigits(long)} ${two!.replaceAll(' ', '-')}`), [`#${ministry}`, `#${second}`])
  t.same(found(`${two} ${groupDigits(long).replaceAll(' ', '-')}`), [`#${second}`, `#${ministry}`])
  t.same(found(`${inGroups(long, [5, 6, 5])} ${two}`), [`#${ministry}`, `#${second}`])
  t.same(found(`${two} 28 11 2026 0905`), [`#${second}`], 'a date and half a phone are no second number')
  t.same(found(`${two} ${inGroups(lookupOf(third!), [2, 10])}`), [`#${second}`], 'two digits begin a date')
  const other = ministry.replace('0123', '0456')
  t.same(found(`${groupDigits(long)} ${groupDigits(lookupOf(other))}`), [`#${ministry}`, `#${other}`])
})

t.test('two and three numbers on a line are all read, however each is grouped', async (t) => {
  const roll = dice(20_261_129)
  const one = <T>(of: readonly T[]): T => of[roll(of.length)]!
  const texts = [ward, old, unit, ministry, `${ward.slice(0, -1)}7`, ministry.replace('0123', '0456')]
  const sizes: Record<number, number[][]> = {
    12: [[12], [6, 6], [4, 4, 4], [3, 3, 3, 3], [3, 4, 5], [5, 4, 3], [4, 5, 3]],
    16: [[16], [8, 8], [4, 4, 4, 4], [5, 6, 5], [6, 5, 5]],
  }
  const lost: string[] = []
  for (let nth = 0; nth < 300; nth++) {
    const some = Array.from({ length: 2 + roll(2) }, () => one(texts)).filter(
      (text, at, all) => all.indexOf(text) === at,
    )
    const line = some
      .map((text) => {
        const digits = lookupOf(text)
        return inGroups(digits, one(sizes[digits.length]!), one([' ', '-', '.', ' - ']))
      })
      .join(one([' ', ' - ', '; ', ', ', '\n', ' và ']))
    const seen = numbers.find(line, 5).map(told)
    if (seen.join() !== some.map((text) => `#${text}`).join()) lost.push(`${line} | ${seen}`)
  }
  t.same(lost, [])
})

t.test(
  'what cannot be read stands beside a number in its place, somebody’s own number does not',
  async (t) => {
    const found = (text: string) => numbers.find(text, 5).map(told)
    t.same(found(`${mistyped} ${short}`), ['?mistyped', `#${ward}`])
    for (const label of [
      'STK',
      'stk:',
      'số tài khoản',
      'Tài khoản Vietcombank số',
      'TK ngân hàng',
      'mã giao dịch',
      'biên lai',
      'Mã thanh toán:',
      'số chứng từ',
      'mã vận đơn',
    ])
      for (const text of [`HS ${short}, ${label} ${groupDigits(mistyped)}`, `${label} ${mistyped}; ${short}`])
        t.same(found(text), [`#${ward}`], text)
    t.same(found(`https://zalo.me/s/1234567890123456?ma=${ward}`), [`=${ward}`], 'digits of a link')
    t.same(found(`stock ${groupDigits(mistyped)} ${short}`), ['?mistyped', `#${ward}`])
    t.same(found(`${short} ${mistyped}`), [`#${ward}`, '?mistyped'])
    t.same(found(`0905123456 ${short}`), [`#${ward}`])
    t.same(found(`${a} ${b} ${c.slice(0, 3)} ${old}`), [`=${old}`])
    t.same(found(`${ward} ${spoken('2514362', northern)}`), [`=${ward}`], 'words for digits behind it')
    for (const [text, ...more] of [
      [`${unit} va 261009-0012`, 'H15.50-261009-0012'],
      [`${unit}; 261009-0012, 20261010-0003`, 'H15.50-261009-0012', 'H15.50-20261010-0003'],
      [
        `${unit}, 0976 và 261009-0012 và 0013`,
        `${unit.slice(0, -1)}6`,
        'H15.50-261009-0012',
        'H15.50-261009-0013',
      ],
      [`H15.50: 261008-0975, 261009-0012`, 'H15.50-261009-0012'],
    ] as const)
      t.same(found(text), [`=${unit}`, ...more.map((one) => `?incomplete>${one}`)], text)
    t.same(found(`${ministry} và 261009-1800456`), [`=${ministry}`, '?incomplete>H15.60-261009-1800456'])
    for (const behind of [
      '261008-0975',
      'nộp 261009-0012',
      '261399-0012',
      '261009 0012',
      '054085-001234',
      '2026-11-30',
    ])
      t.same(found(`${unit} ${behind}`), [`=${unit}`], behind)
    t.same(found(`H15.50 ${ward}`), [`=${ward}`], 'a code alone')
    t.same(found(`${ward}-2.000815`), [`=${ward}`, '?procedure-code'])
    t.same(found(`1.004873\t${old}`), ['?procedure-code', `=${old}`], 'the next cell of a table')
    for (const moment of ['21/05/2019 08:15', '08:15 21/05/2019', '21-05-2019 0815', '2019-05-21 08.15'])
      t.same(found(`${ward} ${moment}`), [`=${ward}`], `a date and its hour: ${moment}`)
    t.same(found('1234'), ['?incomplete'])
    t.same(found('123'), [], 'a small number is none')
  },
)

t.test('two issuers are two number spaces; an alias is a spelling', async (t) => {
  const one = noOf('000.00.02.H45-190521-0003')
  const other = noOf('000.00.09.H45-190521-0003')
  const third = noOf('H45.02-190521-0003')
  t.equal(new Set([one, other, third].map(({ issuer }) => issuer)).size, 3)
  t.equal(new Set([one, other, third].map((no) => numbers.lookupNumberOf(no))).size, 3)
  const alias = noOf('000.00.12.H45-240823-0001')
  t.match(alias, { issuer: 'H45.12', text: '000.00.12.H45-240823-0001' })
  t.equal(
    told(numbers.read(numbers.lookupNumberOf(alias)!)),
    '#000.00.12.H45-240823-0001',
    'as the paper bears it',
  )
  t.same(numbers.spellingsOf(alias), ['000.00.12.H45-240823-0001', ward], 'as typed first')
  t.same(numbers.spellingsOf(noOf(ward)), [ward, '000.00.12.H45-240823-0001'])
  t.same(numbers.spellingsOf(noOf('H15.50.05.13-261008-0975')), ['H15.50.05.13-261008-0975'])
})

t.test(
  'only an entry with an index gives lookup numbers, and what twelve digits cannot carry takes sixteen',
  async (t) => {
    const length = (text: string) => numbers.lookupNumberOf(noOf(text))?.length
    t.equal(length('H15.50-261008-0975'), 12)
    t.equal(length('H15.50-261008-10975'), 12)
    t.equal(length('H15.50-261008-00975'), 16, 'a zero in front of five')
    t.equal(length('H15.50-261008-123456'), 16)
    t.equal(length('H15.50-20261008-0975'), 16, 'the date in eight digits')
    t.equal(length('H15.60-261008-0975'), 16, 'index 1060')
    t.equal(length('H15.50.05.13-261008-0975'), undefined, 'owned by prefix alone')
    t.equal(length('H15.70-261008-0975'), undefined, 'no index')
  },
)

const sequence = fc
  .tuple(fc.integer({ min: 4, max: 7 }), fc.nat(9_999_999))
  .map(([length, value]) => String(value).slice(-length).padStart(length, '0'))
const anyText = fc
  .record({
    code: fc.constantFrom(
      ...agencies.flatMap(({ code, aliases }) => [code, ...aliases]),
      'H15.50.05.13',
      'H15.60.242',
    ),
    date: fc
      .date({ min: new Date('2015-01-01'), max: new Date('2026-11-27'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10).replaceAll('-', '')),
    isLong: fc.boolean(),
    sequence,
  })
  .map(({ code, date, isLong, sequence }) => `${code}-${isLong ? date : date.slice(2)}-${sequence}`)

t.test('every number reads as itself and its lookup number leads back to it, to the letter', async () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const no = noOf(text)
      const lookup = numbers.lookupNumberOf(no)
      return (
        no.text === text &&
        (lookup === undefined ||
          (/^[1-9](?:\d{11}|\d{15})$/.test(lookup) && told(numbers.read(groupDigits(lookup))) === `#${text}`))
      )
    }),
    { numRuns: 3000 },
  )
})

t.test('no sentence of words for digits makes the reader fail', async () => {
  const words =
    'không một hai năm mười mươi trăm nghìn lẻ chấm gạch ngày tháng mùng số hát hờ H15 60 261008 1.800.123 8 rồi O zero'
  const sentence = fc.array(fc.constantFrom('sau đó', ...words.split(' ')), { maxLength: 12 })
  fc.assert(
    fc.property(sentence, (some) => numbers.find(some.join(' '), 3).length <= 3),
    { numRuns: 3000 },
  )
})

t.test('no spelling of a number is read as another issuer’s', async () => {
  const gaps = fc.constantFrom('', '-', '.', ' ', ' - ', '–', '/', ':')
  fc.assert(
    fc.property(anyText, gaps, gaps, gaps, (text, dot, first, second) => {
      const [code, date, sequence] = text.split('-') as [string, string, string]
      const reading = numbers.read(code.replaceAll('.', dot) + first + date + second + sequence)
      return reading.kind === 'unreadable' || reading.dossierNo.issuer === noOf(text).issuer
    }),
    { numRuns: 5000 },
  )
})

t.test('with two thousand units most typing errors are noticed, and identity cards always', async (t) => {
  const many = openNumbers(
    Array.from({ length: 2000 }, (_, nth) => agency(`H15.${String(nth).padStart(4, '0')}`, nth)),
    { lookupKey: key },
    () => now,
  )
  const seen = new Set<string>()
  const wrong = { typed: 0, mistyped: 0, rare: 0 }
  for (let nth = 0; nth < 4000; nth++) {
    const code = `H15.${String(nth % 2 ? (nth * 7) % 900 : 900 + ((nth * 13) % 1100)).padStart(4, '0')}`
    const text = `${code}-26${String(1 + (nth % 11)).padStart(2, '0')}${String(1 + (nth % 28)).padStart(2, '0')}-${String(1 + nth).padStart(4, '0')}`
    const reading = many.read(text)
    if (reading.kind === 'unreadable') throw new Error(text)
    const digits = many.lookupNumberOf(reading.dossierNo)!
    seen.add(digits)
    if (!/^[1-9]/.test(digits) || told(many.read(digits)) !== `#${text}`) t.fail(`${text} ${digits}`)
    const at = nth % (digits.length - 1)
    const digit = String((Number(digits[at]) + 1 + (nth % 8)) % 10)
    const slips = [
      digits.slice(0, at) + digit + digits.slice(at + 1),
      digits.slice(0, at) + digits[at + 1] + digits[at] + digits.slice(at + 2),
    ]
    for (const slip of slips) {
      if (slip === digits) continue
      wrong.typed++
      const read = many.read(slip)
      if (read.kind === 'unreadable') wrong.mistyped++
      // The lookup tells these as mistyped too, when nobody has pushed them.
      else if (read.dossierNo.sequence.length > 4) wrong.rare++
    }
  }
  t.equal(seen.size, 4000)
  const share = (wrong.mistyped + wrong.rare) / wrong.typed
  t.comment(
    `${wrong.typed} slips: ${wrong.mistyped} told by the number alone, ${wrong.rare} by the store; ${(share * 100).toFixed(1)} %`,
  )
  t.ok(share >= 0.9, `${share}`)

  for (let province = 1; province <= 96; province++)
    for (const rest of ['012345678', '199000001', '300999999']) {
      const card = String(province).padStart(3, '0') + rest
      const reading = many.read(card)
      if (told(reading) !== '?identity' || JSON.stringify(many.find(`CCCD ${card}`, 3)).includes(card))
        t.fail(card)
    }
})
