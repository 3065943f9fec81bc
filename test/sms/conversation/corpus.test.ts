// What people text, line by line (test/fixtures/texts/corpus.txt), and what must come of it. An outcome is a silence, or the
// actions of a text's questions in order; `!en` a language that was asked for and is kept, `+en` one that was seen,
// `+accents` a reply with accents, `no` one number and nothing else ended.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { readAgencies } from '../../../src/dossier/agencies-file.js'
import { openNumbers } from '../../../src/dossier/numbers/numbers.js'
import { openWording } from '../../../src/dossier/wording.js'
import { type WordingKey, wordingKeys } from '../../../src/dossier/wording-keys.js'
import {
  actions,
  type Heard,
  isOurs,
  openInquiry,
  readingOfUnread,
} from '../../../src/sms/conversation/inquiry.js'

const words = openWording({ vi: 'config/wording.vi.yaml', en: 'config/wording.en.yaml' })
const numbers = openNumbers(readAgencies('config/agencies.yaml').list, { lookupKey: '07'.repeat(32) })
const dossierNos = [3, 4, 5, 6].map((nth) => `000.00.15.H45-190521-000${nth}`)
const [first] = dossierNos
const reading = numbers.read(first!)
const lookupNumber = reading.kind === 'dossierNo' ? numbers.lookupNumberOf(reading.dossierNo)! : ''
const grouped = lookupNumber.replace(/(\d{4})(?=\d)/g, '$1 ')

const hear = openInquiry({ find: numbers.find, keywords: {}, keywordPrefix: '', words: [words.vi, words.en] })

function outcomeOf({ questions, silence }: Heard): string {
  if (silence) return silence
  const [one] = questions
  const said: string[] = questions.map(({ action, number }) =>
    action === 'stop' && number ? 'stop no' : action,
  )
  if (one?.language) said.push(`${one.keepsLanguage ? '!' : '+'}${one.language}`)
  if (one?.accents) said.push('+accents')
  return said.join(' ')
}

const fill = (line: string) =>
  line
    .replaceAll('\\n', '\n')
    .replaceAll('<tra>', grouped)
    .replaceAll('<no>', dossierNos[0]!)
    .replace(/<([234])>/g, (_, nth: string) => dossierNos[Number(nth) - 1]!)

const rows: { outcome: string; text: string; isOne: boolean }[] = []
let outcome = ''
for (const line of readFileSync('test/fixtures/texts/corpus.txt', 'utf8').split('\n')) {
  if (line.startsWith('== ')) outcome = line.slice(3).trim()
  else if (line !== '' && !line.startsWith('# '))
    rows.push({ outcome, text: fill(line), isOne: /<no>|<tra>/.test(line) })
}

t.test('every line of the corpus is understood', async (t) => {
  t.ok(rows.length >= 400, `${rows.length} lines`)
  const wrong = rows.flatMap(({ outcome, text }) => {
    const came = outcomeOf(hear(text))
    return came === outcome ? [] : [`${JSON.stringify(text)} is ${outcome}, and came out ${came}`]
  })
  t.same(wrong, [])
})

t.test('a shared short code may have a prefix with digits in it', async (t) => {
  const heard = openInquiry({
    find: numbers.find,
    keywords: {},
    keywordPrefix: 'TTHC H45',
    words: [words.vi, words.en],
  })
  for (const [text, outcome] of [
    ['TTHC H45', 'help'],
    ['TTHC H45 gửi 8188', 'help'],
    ['Soạn TTHC H45 gửi 8188', 'help'],
    ['Soạn TTHC H45 HUY gửi 8188', 'stop'],
    ['Nhắn tin "TTHC H45 HUY" gửi 8188', 'stop'],
    [`Soan: tthch45 DK ${first} goi 8188`, 'watch'],
    [`Soạn TTHC H45 PA ${first} hẹn ba lần gửi 8188`, 'complaint'],
    ['TTHC H45: soạn HUY', 'stop'],
    ['Soạn TTHC H45 Huy ơi', 'talk'],
    [`TTHC H45 DK ${first}`, 'watch'],
    [`tthch45 huy`, 'stop'],
    [`TTHC-H45: PA ${first} hẹn ba lần`, 'complaint'],
    [`TTHC H45 ${lookupNumber}`, 'ask'],
    [`TTHC H45.12-240823-0001`, 'ask'],
    [`DK ${first}`, 'watch'],
    ['12 TTHC H45 HUY', 'talk'],
    ['nhắn chị HUY', 'talk'],
    ['T', 'talk'],
  ] as const)
    t.equal(outcomeOf(heard(text)), outcome, text)
})

t.test('our own short code behind a command is its address, with or without a word before it', async (t) => {
  const heard = openInquiry({
    find: numbers.find,
    keywords: {},
    keywordPrefix: '',
    shortCodes: ['8188'],
    words: [],
  })
  for (const [text, outcome] of [
    ['HUY 8188', 'stop'],
    ['HUY -> 8188', 'stop'],
    ['STOP to 8188', 'stop'],
    [`DK ${first} 8188`, 'watch'],
    [`DK ${first} => 8188.`, 'watch'],
    [`HUY ${grouped.slice(0, 10)}8188`, 'unread'],
    ['HUY gửi tổng đài 8188', 'stop'],
    ['HUY gui den dau so 8188', 'stop'],
    ['HUY gửi 8188 (1000đ)', 'stop'],
    ['HUY gửi 8188, 1.000 đ/tin', 'stop'],
    [`DK ${first} gửi tới tổng đài số 8188, 500d`, 'watch'],
    [`DK ${first} gửi 8188 hôm qua`, 'ask'],
    ['Huy gửi 500', 'talk'],
    ['Huy den 125', 'talk'],
    [`DK ${first} gửi 8189`, 'watch'],
    ['HUY 8189', 'unread'],
    ['HUY 18188', 'unread'],
    ['HUY 1 8188', 'unread'],
    ['Huy oi 8188', 'talk'],
    [`${grouped} 8188`, 'ask'],
    [`8188 ${grouped}`, 'ask'],
    [`HS 8188 ${grouped}`, 'ask'],
    [`8188${lookupNumber}`, 'ask'],
    [`DK 8188${lookupNumber}`, 'watch'],
    [`8189${lookupNumber}`, 'unread'],
    [`8188-${lookupNumber}9`, 'unread'],
    ['8188 HUY', 'stop'],
    ['8188: huy', 'stop'],
    [`Gửi 8188: HUY ${first}`, 'stop no'],
    ['gui toi so 8188 soan HUY', 'stop'],
    [`Nhắn tin 8188 DK ${grouped}`, 'watch'],
    [`8188 PA ${first} hẹn ba lần`, 'complaint'],
    ['8188 EN', 'language !en'],
    ['8188 cảm ơn', 'thanks'],
    ['8188 Huy ơi', 'talk'],
    ['8188HUY', 'talk'],
    ['8189 HUY', 'unread'],
    [`DK ${grouped} 8188`, 'watch'],
    [`${grouped} 8189`, 'unread'],
    [`${grouped}-8188`, 'unread'],
    [`${grouped.slice(0, 10)}8188 8188`, 'unread'],
    ['HUY gửi 8188 nha', 'talk'],
    ['8188', 'talk'],
  ] as const)
    t.equal(outcomeOf(heard(text)), outcome, text)
})

t.test('where the short code is the number of a phone, instructions may end with it', async (t) => {
  const heard = openInquiry({
    find: numbers.find,
    keywords: {},
    keywordPrefix: '',
    shortCodes: ['0901234567'],
    words: [],
  })
  for (const [text, outcome] of [
    ['Soạn HUY gửi 0901234567', 'stop'],
    ['HUY gui +84901234567', 'stop'],
    [`DK ${first} gui 84901234567.`, 'watch'],
    [`DK ${first} gửi 8188`, 'watch'],
    ['Huy gửi 0905123456', 'unread'],
    [`DK ${first} gui 0905123456`, 'ask'],
  ] as const)
    t.equal(outcomeOf(heard(text)), outcome, text)
})

t.test('what a complaint says is kept as it was written, though it begins like a command', async (t) => {
  for (const [before, said] of [
    ['PA ', 'từ chối tiếp nhận hồ sơ không lý do'],
    ['PA ', 'huong dan sai giay to'],
    ['pa: ', 'hồ sơ mất'],
    ['PA ', 'HUY lich hen khong bao'],
    ['PA ', 'dk nhan tin khong duoc'],
    ['PA ', 'vi pham thoi han'],
    ['PA ', 'ngưng nhận hồ sơ lúc 3 giờ chiều'],
    ['DAU PA ', 'tra cứu không được'],
    ['PA ', `từ chối ${first} hai lần`],
    ['PA', `${grouped} cán bộ hẹn ba lần`],
  ] as const) {
    const heard = hear(`${before}${said}`)
    t.equal(heard.questions[0]?.number, said)
    t.match(outcomeOf(heard), /^complaint( \+accents)?$/, said)
    t.equal(heard.questions[0]?.keepsLanguage, undefined, said)
  }
  for (const nothing of ['PA stop', 'PA từ chối', `PA DK ${first}`, `PA hồ sơ ${first} ạ`, `PA HUY ${first}`])
    t.equal(outcomeOf(hear(nothing)), 'complain', nothing)
})

t.test('a prefix may be one letter, and alone it asks for help', async (t) => {
  const prefixed = openInquiry({ find: numbers.find, keywords: {}, keywordPrefix: 'P', words: [] })
  t.equal(outcomeOf(prefixed('P')), 'help')
  t.equal(outcomeOf(prefixed(`p ${first}`)), 'ask')
})

t.test('four thousand letters are read and no more', async (t) => {
  const story = (length: number) => `${'x'.repeat(length - first!.length - 1)} ${first}`
  t.equal(outcomeOf(hear(story(4000))), 'ask')
  t.equal(outcomeOf(hear(story(4001))), 'unread')
})

t.test('notices and the answers to complaints are ours to send, everything else is asked for', async (t) => {
  for (const action of actions) t.equal(isOurs({ action }), action === 'notice' || action === 'reply', action)
})

t.test('what a number was not read for is kept as one word, and what was perhaps meant', async (t) => {
  for (const [text, kept] of [
    ['HS 000.00.15.H45-190521-3', 'incomplete 000.00.15.H45-190521-0003'],
    ['HS 000.00.15.H45-191345-0003', 'bad-date'],
  ] as const) {
    const [question] = hear(text).questions
    t.match(question, { action: 'unread', number: kept })
    t.same(readingOfUnread(kept), question?.reading)
  }
  const [, beside] = hear(`${first} 000.00.15.H45-191345-0007`).questions
  t.match(beside, { action: 'unread', number: 'bad-date' })
  t.equal(
    hear(`${first} 2.000815.000.00.15.H45`).questions.length,
    1,
    'the code of a procedure is no question',
  )
})

t.test('words of an operator’s own: those without accents fit any, those with them no others', async (t) => {
  const heard = openInquiry({
    find: numbers.find,
    keywords: { watch: ['bao tin'], stop: ['Tắt'] },
    keywordPrefix: '',
    words: [],
  })
  for (const [text, outcome] of [
    [`bao tin ${first}`, 'watch'],
    [`Báo tin ${first}`, 'watch'],
    [`tat ${first}`, 'stop no'],
    [`tắt ${first}`, 'stop no'],
    [`tất ${first}`, 'ask'],
  ] as const)
    t.equal(outcomeOf(heard(text)), outcome, text)
})

t.test('every sentence of ours is known when it comes back, as a whole, quoted or forwarded', async (t) => {
  const fillings = {
    number: first!,
    shortCode: '8188',
    prefix: '',
    minutes: 10,
    count: 3,
    notices: 3,
    price: '1.000 d',
    ticket: '261128-001',
    date: '02/12',
    time: '10:30 24/11',
    office: 'So Xay dung',
    phone: ' DT 0257 000 0103',
    answer: 'Da kiem tra',
    old: '26/11',
  }
  // One piece of a reply is no reply: only what is a sentence by itself.
  const keys = (Object.keys(wordingKeys) as WordingKey[]).filter((key) =>
    /^sms\.(unknown|suggestion|withheld|unavailable|tooMany|unreadable\..*|watch\.(started|stoppedAll|none)|complaint\.(taken|late|capped|how))$/.test(
      key,
    ),
  )
  t.ok(keys.length > 12)
  for (const language of ['vi', 'en'] as const)
    for (const key of keys) {
      const said = words[language].text(key, fillings as never)
      for (const text of [said, `> ${said}`, `Fwd: ${said}`, said.toUpperCase()])
        t.equal(hear(text).silence, 'quoted', text)
    }
})

t.test('what is asked is the number that stands there', async (t) => {
  const number = new Set([first, lookupNumber])
  for (const { outcome, text, isOne } of rows.filter(({ outcome }) => /^(ask|watch|stop no)/.test(outcome)))
    if (isOne) t.ok(number.has(hear(text).questions[0]?.number), text)
    else t.pass(outcome)
})

t.test('typed without accents, in capitals or decomposed, a sentence stays a sentence', async (t) => {
  const forms: [string, (text: string) => string][] = [
    ['decomposed', (text) => text.normalize('NFD')],
    ['with blanks around', (text) => `  ${text} \n`],
  ]
  const commands = new Set(['watch', 'stop', 'stop no'])
  for (const { outcome, text } of rows) {
    for (const [name, form] of forms) {
      const came = outcomeOf(hear(form(text)))
      if (came !== outcome) t.fail(`${name}: ${JSON.stringify(text)} is ${outcome}, and came out ${came}`)
    }
    // In capitals more may be a command than was: never one that keeps or ends anything.
    const came = outcomeOf(hear(text.toUpperCase()))
    if (commands.has(came) && !commands.has(outcome)) t.fail(`${text.toUpperCase()} came out ${came}`)
  }
  t.pass()
})
