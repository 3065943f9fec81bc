// How every mark that phones, word processors and scanners put between the digits of a number is classified.
import t from 'tap'
import { type gap, makeGlyphs, maxGlyphs, readGlyphs } from '../../src/dossier/numbers/glyphs.js'

/** `A1` with the strength of the gap before each glyph: `5A 0digit`. */
const glyphs = makeGlyphs()
const read = (text: string) => {
  readGlyphs(text, glyphs)
  return Array.from({ length: glyphs.length }, (_, at) => ({
    sign: String.fromCharCode(glyphs.code[at]!),
    digit: glyphs.digit[at]!,
    before: glyphs.before[at]!,
  }))
}
const digitsOf = (text: string) =>
  read(text)
    .map(({ digit }) => (digit < 0 ? '-' : digit))
    .join('')

// First and last of each range, and what stands alone.
const marks: Record<keyof typeof gap, readonly string[]> = {
  none: [
    '\u0300 \u036f',
    '\u20dd \u20e4', // circle and square around a digit, keycap
    '\u00ad', // soft hyphen
    '\u200b \u200f', // zero-width, direction
    '\u202a \u202e',
    '\u2060 \u206f', // word joiner
    '\ufe00 \ufe0f', // variation selectors
    '\ufeff',
  ],
  blank: [
    '\t',
    '\n',
    '\r',
    '\v',
    '\f',
    ',',
    '+',
    '\u00a0',
    '\u1680',
    '\u2000',
    '\u200a',
    '\u2028 \u2029 \u202f \u205f \u3000 \u3001',
  ],
  dot: ['.', '\u00b7 \u2022 \u2219 \u22c5 \u3002'],
  dash: ['-', '_', '~', '\u2010 \u2011 \u2015 \u2212 \u2043 \u2e3a \u2e3b \u30fc \u058a \u1806'],
  slash: ['/', '\\', '\u2044 \u2215'],
  mark: [...'()[]{}<>:;*=#`', "'", '\u2018 \u2019 \u2032'],
  wall: [
    '!',
    '?',
    '"',
    '|',
    '&',
    '%',
    '@',
    '\u037e\u02ff',
    '\u20dc \u20e5',
    '\u200b\u2016',
    '\u4e00',
    '\u00ab \u2026!',
    '\u0080 \u0370 \u066a \u06fa \u0970 \u0e5a \u277f \u2789',
  ],
}
const strength: Record<keyof typeof gap, number> = {
  none: 0,
  blank: 1,
  dot: 2,
  dash: 3,
  slash: 4,
  mark: 5,
  wall: 6,
}

for (const [kind, all] of Object.entries(marks) as [keyof typeof gap, string[]][])
  t.test(`between two digits it is ${kind}`, async (t) => {
    for (const mark of all.flatMap((some) => (some.length > 1 ? some.split(' ') : [some]))) {
      const label = [...mark].map((char) => `U+${char.charCodeAt(0).toString(16)}`).join(' ')
      t.equal(read(`4${mark}8`)[1]?.before, strength[kind], label)
      t.equal(read(`4${mark} 8`)[1]?.before, Math.max(strength[kind], strength.blank), `${label}, blank`)
      t.equal(read(`4-${mark}8`)[1]?.before, Math.max(strength[kind], strength.dash), `dash, ${label}`)
    }
  })

t.test('digits of other scripts and in circles are digits', async (t) => {
  const scripts = ['٠١٢٣٤٥٦٧٨٩', '۰۱۲۳۴۵۶۷۸۹', '०१२३४५६७८९', '๐๑๒๓๔๕๖๗๘๙', '０１２３４５６７８９']
  for (const digits of scripts) t.equal(digitsOf(digits), '0123456789', digits)
  for (const digits of ['❶❷❸❹❺❻❼❽❾', '➀➁➂➃➄➅➆➇➈', '➊➋➌➍➎➏➐➑➒', '①②③④⑤⑥⑦⑧⑨'])
    t.equal(digitsOf(digits), '123456789', digits)
  for (const none of ['\u065f', '\u066a', '\u096f\u0970', '\u0e5a', '\u0e4f', '❿', '➉', '\u2775'])
    t.equal(read(none.slice(-1)).length, 0, none)
})

t.test('letters, whatever their case, width and accents', async (t) => {
  const signs = (text: string) =>
    read(text)
      .map(({ sign }) => sign)
      .join('')
  t.equal(signs('azAZ09{`@['), 'AZAZ09')
  t.equal(signs('Đđ ệ Ự ｈ４５ Ⅷ'), 'DDEUH45VIII')
  t.equal(signs('Н45 Η45 Κ22 Оо кр'), 'H45H45K22OOKP', 'of other alphabets that look like ours')
  t.equal(signs('é'), 'E', 'the first letter alone has an accent')
  t.same(read('x'), [{ sign: 'X', digit: -1, before: strength.wall }], 'the first one stands behind a wall')
})

t.test('O, I and L are digits beside digits and nowhere else', async (t) => {
  for (const [text, digits] of [
    ['19O5', '1905'],
    ['l5', '15'],
    ['I5', '15'],
    ['OOO3', '0003'],
    ['5l', '51'],
    ['hoi', '---'],
    ['OIL', '---'],
    ['O', '-'],
    ['gio 4', '---4'],
    ['HOI4827', '---4827'], // a word grown onto a number
    ['0003OINHE', '0003-----'],
    ['HO1', '-01'], // a code's letter and its digits
    ['HIO', '---'],
    ['H4O', '-40'],
    ['HOO1', '---1'],
    ['12O34OI', '1203401'],
    ['12OX', '12--'],
    ['OOO.OO.15', '0000015'],
    ['HS OO.15', '--0015'],
    ['HS O.15', '---15'],
    ['HS OOOO.15', '------15'],
    ['OO-15', '0015'],
    ['OO 15', '--15'],
    ['OOOO.15', '----15'],
    ['O.15', '-15'],
    ['OI.15', '--15'],
    ['XOO.15', '---15'],
    ['OO', '--'],
  ] as const)
    t.equal(digitsOf(text), digits, text)
})

t.test('a text that is too long is cut, also when taking it apart makes it longer', async (t) => {
  t.equal(read('1'.repeat(maxGlyphs)).length, maxGlyphs)
  t.equal(read('1'.repeat(maxGlyphs + 1)).length, 16_384)
  t.equal(read('ﷺ'.repeat(maxGlyphs)).length, 0)
  t.equal(read('ﬃ'.repeat(maxGlyphs)).length, maxGlyphs)
  t.equal(glyphs.before[maxGlyphs], strength.wall, 'and behind it is a wall')
  t.equal(glyphs.digit[maxGlyphs], -1)
})
