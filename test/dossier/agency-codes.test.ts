// Which agency owns a code, and which codes are above a given one.
import t from 'tap'
import { codesAbove, openAgencyCodes } from '../../src/dossier/numbers/agency-codes.js'
import { makeGlyphs, readGlyphs } from '../../src/dossier/numbers/glyphs.js'
import { agency } from './sample-agency.js'

const codes = openAgencyCodes([
  agency('H15.50'),
  agency('H15.50.A1', undefined, { aliases: ['H15.50.91'] }),
  agency('H15.80', undefined, { exact: true }),
  agency('000.00.15.H45'),
  agency('Z9'),
])

t.test('old codes are written from the lowest level up, new ones from the highest down', async (t) => {
  for (const [code, above] of [
    ['123.45.67.H45', ['000.45.67.H45', '000.00.67.H45', '000.00.00.H45']],
    ['000.45.67.H45', ['000.00.67.H45', '000.00.00.H45']],
    ['123.00.67.H45', ['000.00.67.H45', '000.00.67.H45', '000.00.00.H45']],
    ['000.00.67.H45', ['000.00.00.H45']],
    ['000.00.00.H45', []],
    ['H15.50.05.13', ['H15.50.05', 'H15.50', 'H15']],
    ['H15', []],
  ] as const)
    t.same([...new Set(codesAbove(code))], [...new Set(above)], code)
})

t.test('the longest code above one owns it, unless that stands for itself alone', async (t) => {
  const owner = (code: string) => codes.issuerOf(code)?.agency.code
  t.equal(owner('H15.50.05.13'), 'H15.50')
  t.equal(owner('H15.50.91'), 'H15.50.A1')
  t.same(codes.issuerOf('H15.50.91')?.code, 'H15.50.A1', 'an alias counts with its entry')
  t.same(codes.issuerOf('H15.50.91.02')?.code, 'H15.50.91.02', 'a unit below counts alone')
  t.equal(owner('H15.80'), 'H15.80')
  t.equal(owner('H15.80.01'), undefined)
  t.equal(owner('001.02.15.H45'), '000.00.15.H45')
  t.equal(owner('001.02.16.H45'), undefined)
  t.same(['H15', 'H45', 'H50', 'A1'].map(codes.isOurs), [true, true, false, false])
})

t.test('a code is found with its dots, without them, and with no others', async (t) => {
  const glyphs = makeGlyphs()
  const found = (text: string) => {
    readGlyphs(text, glyphs)
    return codes.startingAt(glyphs, 0).map(({ code, end }) => `${code} ${end}`)
  }
  for (const [text, hits] of [
    ['H15.50.A1', ['H15.50 5', 'H15.50.A1 7']],
    ['H15.50.91', ['H15.50 5', 'H15.50.91 7']],
    ['h1550a1', ['H15.50 5', 'H15.50.A1 7']],
    ['H15 50', ['H15.50 5']],
    ['H 15.50', ['H15.50 5']],
    ['H15.50.A 1', ['H15.50 5', 'H15.50.A1 7']],
    ['HI5.5O.9l', ['H15.50 5', 'H15.50.91 7']],
    ['H1 5.50', []],
    ['H1.5.50', []],
    ['H15.5.0', []],
    ['H-15.50', ['H15.50 5']],
    ['H.15.50.A.1', ['H15.50 5', 'H15.50.A1 7']],
    ['H15.50.A-1', ['H15.50 5', 'H15.50.A1 7']],
    ['H15! 50', []],
    ['0 00.00.15.H45', []],
    ['Z9', ['Z9 2']],
    ['Z', []],
    ['Y9', []],
  ] as const)
    t.same(found(text), hits, text)
})
