// The parts of the grammar, each at its limits: what is English, a reaction, a quote of ours, a complaint.
import t from 'tap'
import type { Words } from '../../../src/dossier/wording.js'
import { isReaction, openQuotes } from '../../../src/sms/conversation/echoes.js'
import { isEnglish } from '../../../src/sms/conversation/english.js'
import { wordsIn } from '../../../src/sms/conversation/text.js'
import { asksState, wantsToComplain } from '../../../src/sms/conversation/wish.js'

t.test('a text is English when English words outweigh the syllables', async (t) => {
  for (const [text, accented, is] of [
    ['CAN I GET IT MONDAY', 0, true],
    ['CAN I GET MONDAY', 0, true],
    ['CAN I MONDAY', 0, false],
    ['CAN I GET IT', 0, false], // each of these is a Vietnamese syllable too
    ['CAN I GET IT MONDAY', 1, false],
    ['CAN I HO MONDAY', 0, false],
    ['IS READY', 0, true],
    ['READY', 0, false],
    ['IS IT HO', 0, true],
    ['IS READY HO', 0, true],
    ['IS READY HO LA', 0, false],
    ['IS READY HO LA TOI', 0, false],
    ['IS READY', 2, false],
    ['IS READY E U', 0, true], // one letter proves nothing
    ['IS READY XYZ KKK', 0, true],
    ['HELLO OK PLEASE CHECK', 0, true],
    ['HELLO ANH', 0, false],
  ] as const)
    t.equal(isEnglish(text.split(' '), accented), is, `${text}, ${accented} accented`)
})

t.test('a reaction is a short phrase of something done, and a quotation to the end', async (t) => {
  const isNumber = (quoted: string) => quoted === 'N1'
  for (const [text, is] of [
    [`Liked${' '.repeat(54)}“HUY”`, true],
    [`Liked${' '.repeat(55)}“HUY”`, false],
    ['“Liked an image”', false],
    ['❤“HUY”', true],
    ['Liked "HUY gui 8188', true],
    ['Liked “”', true],
    ['Liked “” xin hỏi hồ sơ', false],
    ['Liked “HUY”5', false],
    ['Liked 2 “HUY”', false],
    ['Reacted to “HUY” with 👍', true],
    ['Reacted to “HUY” with a 👍', true],
    ['Reacted to “HUY” with a big 👍', false],
    ['Reacted to “HUY” with', false],
    ['Đã bày tỏ cảm xúc 👍 về tin nhắn “HUY”', true],
    ['Đã bày tỏ cảm xúc 👍 về tin nhắn này “HUY”', false],
    // What is quoted is a number and nothing else: a phone names nothing, a person says what was done.
    ['Liked “N1”', true],
    ['👍 to “N1”', true],
    ['Đã yêu thích “N1”', true],
    ['Đã “N1”', false],
    ['Đã nộp hồ sơ “N1”', false],
    ['Đã nộp hồ sơ "N1', false],
    ['Reacted to “N1”', false],
    // Nothing quoted: only what it was.
    ['Liked an image', true],
    ['Liked an image?', false],
    ['Liked 482 photos', false],
    ['Image', false],
    ['Liked', false],
    ['Gửi một hình ảnh', false],
    ['Đã bày tỏ cảm xúc ngạc nhiên với tin nhắn của bạn', true],
    ['Đã bày tỏ cảm xúc rất ngạc nhiên với tin nhắn của bạn', false],
  ] as const)
    t.equal(isReaction(text, isNumber), is, text)
})

t.test('twenty-two letters of a sentence of ours are no chance, in pieces of eight and more', async (t) => {
  // One sentence in two pieces around what it is filled with.
  const quotes = (first: string, second: string) =>
    openQuotes([
      {
        text: (key: string, fillings?: Record<string, string>) =>
          key === 'sms.asOf'
            ? `Cap nhat ${fillings?.['time']}`
            : key === 'sms.due'
              ? `${first}${fillings?.['date']}${second}`
              : '',
        states: {},
      } as unknown as Words,
    ]).isQuoted
  const letters = 'abcdefghijklmnopqrstuvwxyz'
  t.ok(quotes(letters.slice(0, 22), '')(letters.slice(0, 22)))
  t.notOk(quotes(letters.slice(0, 21), '')(`${letters.slice(0, 21)}, la sao`))
  t.ok(
    quotes(letters.slice(0, 8), letters.slice(8, 22))(`${letters.slice(0, 8)} 24/11 ${letters.slice(8, 22)}`),
  )
  t.notOk(
    quotes(letters.slice(0, 7), letters.slice(7, 22))(`${letters.slice(0, 7)} 24/11 ${letters.slice(7, 22)}`),
  )
  for (const letter of 'azAZé') t.ok(quotes(letter.repeat(22), '')(letter.repeat(22)), letter)
  const isQuoted = quotes(letters, '')
  t.ok(isQuoted('H45: dang xu ly. Cap nhat 10:30 24/11'))
  t.ok(isQuoted('H45: dang xu ly. cập nhật 10:30 24 Nov'))
  t.notOk(isQuoted('hẹn lúc 10:30 24/11 được không ạ'))
  t.notOk(isQuoted('cap nhat chua, hen 24/11 ma khong thay'))
  t.notOk(isQuoted('Cap nhat 10:30 24/11'), 'too short to be a reply')
})

t.test(
  'a wish to complain stands among the first twelve words; a question beside it asks for the state',
  async (t) => {
    const wants = (text: string) => wantsToComplain(wordsIn(text))
    t.ok(wants(`${'alo '.repeat(9)}muốn khiếu nại`))
    t.notOk(wants(`${'alo '.repeat(10)}muốn khiếu nại`))
    t.ok(wants('cho tôi phản ánh'))
    t.ok(wants('phản ánh'))
    t.notOk(wants('đơn phản ánh'))
    t.ok(wants('tôi phản ánh'))
    t.notOk(wants('đơn tôi phản ánh'))
    t.ok(wants('tôi muốn gửi khiếu nại'))
    t.notOk(wants('tôi đã gửi khiếu nại'))
    const asks = (text: string) => asksState(text, wordsIn(text))
    for (const text of ['khi nào', 'xong bao giờ', 'xong chưa', 'đơn này?', 'tới đâu', 'when'])
      t.ok(asks(text), text)
    for (const text of ['khi trước', 'bao nhiêu', 'nào', 'giờ bao']) t.notOk(asks(text), text)
  },
)

t.test('four hundred words of a text are looked at', async (t) => {
  t.equal(wordsIn('a '.repeat(401)).length, 400)
  t.equal(wordsIn('a b c d', 3).length, 3)
})
