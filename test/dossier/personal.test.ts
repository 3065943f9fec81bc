// Personal numbers, by their own rules: never looked up, stored or shown.
import t from 'tap'
import {
  holdsIdentityNumber,
  personalKind,
  withoutIdentityNumbers,
} from '../../src/dossier/numbers/personal.js'

t.test('identity cards, telephones and tax codes', async (t) => {
  for (const [digits, kind] of [
    ['221234567', 'identity'],
    ['054012345678', 'identity'],
    ['154012345678', undefined],
    // Mobile numbers by their networks.
    ['0321234567', 'phone'],
    ['0391234567', 'phone'],
    ['0521234567', 'phone'],
    ['0591234567', 'phone'],
    ['0701234567', 'phone'],
    ['0791234567', 'phone'],
    ['0811234567', 'phone'],
    ['0981234567', 'phone'],
    ['0311234567', undefined],
    ['0541234567', undefined],
    ['0711234567', undefined],
    ['84905123456', 'phone'],
    ['84105123456', undefined],
    ['02573841234', 'phone'],
    ['03573841234', undefined],
    // The tenth digit checks the nine before it, each with its own weight.
    ['0100109106', 'tax-code'],
    ['1111111116', 'tax-code'],
    ['2111111118', 'tax-code'],
    ['1311111113', 'tax-code'],
    ['1121111115', 'tax-code'],
    ['1112111119', 'tax-code'],
    ['1111211110', 'tax-code'],
    ['1111121114', 'tax-code'],
    ['1111113113', 'tax-code'],
    ['1111111211', 'tax-code'],
    ['1111111123', 'tax-code'],
    ['1111111117', undefined],
    ['1111111116001', 'tax-code'],
    ['1111111117001', undefined],
    ['11111111160', undefined],
    ['11111111160010', undefined],
    // The first line of a card: its number, a check digit, and the twelve digits of a person.
    ['0800012345054080001234', 'identity'],
    ['0800012345154080001234', undefined],
    ['0800012345100000000000', undefined],
    ['22123456', undefined],
    ['', undefined],
  ] as const)
    t.equal(personalKind(digits), kind, digits)
})

t.test('the number of an identity card in the words of an office', async (t) => {
  for (const [words, holds] of [
    ['Ông A, CCCD 079203001234, mang bản gốc', true],
    ['079 203 001 234', true],
    ['0792-0300-1234', true],
    ['079203 001234', true],
    ['CMND số 271 234 567', true],
    ['Số căn cước công dân: 271234567', true],
    ['chứng minh nhân dân 271234567', true],
    ['０７９２０３００１２３４', true],
    ['٠٧٩٢٠٣٠٠١٢٣٤', true],
    ['𝟎𝟕𝟗𝟐𝟎𝟑𝟎𝟎𝟏𝟐𝟑𝟒', true],
    ['079\u00a0203\u00a0001\u00a0234', true],
    ['079\u200b203\u200b001\u200b234', true],
    ['079–203–001–234', true],
    ['079 - 203 - 001 - 234', true],
    ['079/203/001/234', true],
    ['0792_0300_1234', true],
    ['079,203,001,234', true],
    ['0 7 9 2 0 3 0 0 1 2 3 4', true],
    ['0.7.9.2.0.3.0.0.1.2.3.4', true],
    ['IDVNM2030012348079203001234<<6', true],
    ['CMTND 271234567', true],
    ['GCMND: 271.234.567', true],
    ['cmnd ２７１２３４５６７', true],
    ['Hỏi 0905–123–456 từ 07–30', false],
    ['từ 05/12/26 đến 10/12/26', false],
    ['051226/101226', false],
    ['0905123456, 079', false],
    ['Mang CCCD, gọi 0262\u00a0381\u00a0123', false],
    ['phí 0,5 % của 079.203.001 đ', false],
    ['Hỏi 0905123456 trước 17:00', false],
    ['Hỏi 0905 123 456 08 giờ sáng', false],
    ['ĐT 0262 3811 234', false],
    ['Mã tra cứu 4827 1936 0518', false],
    ['Hồ sơ 000.00.15.H45-190521-0003', false],
    ['Mang CCCD và giấy khai sinh, nộp trước 05/12/2026', false],
    ['Thửa 271234567', false],
    ['Số tài khoản 0123456789012', false],
  ] as const)
    t.equal(holdsIdentityNumber(words), holds, words)
})

t.test('a citizen’s words are kept without it, and else as they were', async (t) => {
  for (const [words, kept] of [
    ['CCCD 079203001234, gọi 0905 123 456', 'CCCD ••••••••••••, gọi 0905 123 456'],
    ['079 203 001 234 và 0792-0300-1234', '••• ••• ••• ••• và ••••-••••-••••'],
    ['số căn cước công dân: 271 234 567 ạ', 'số căn cước công dân: ••• ••• ••• ạ'],
    ['😡 ½ giờ, CMND 271234567, ﬁ 079203001234', '😡 ½ giờ, CMND •••••••••, ﬁ ••••••••••••'],
    ['ĐÃ NÔ\u0323P CCCD 079203001234', 'ĐÃ NỘP CCCD ••••••••••••'],
    ['H15.60-261008-0975 hẹn ba lần, mã 4827 1936 0518', 'H15.60-261008-0975 hẹn ba lần, mã 4827 1936 0518'],
    ['0792030012345', '0792030012345'],
    ['CCCD ０７９２０３００１２３４ ạ', 'CCCD •••••••••••• ạ'],
    ['Số 079\u200b203–001–234 và 079–203–001–234', 'Số 079\u200b203–001–234 và •••–•••–•••–•••'],
    ['số 0\u200b79\u00a0203\u00a0001\u00a0234\u200b!', 'số •\u200b••\u00a0•••\u00a0•••\u00a0•••\u200b!'],
    ['IDVNM2030012348079203001234<<6', 'IDVNM••••••••••••••••••••••<<•'],
  ] as const)
    t.equal(withoutIdentityNumbers(words), kept, words)
})
