import t from 'tap'
import { answerLength } from '../../../src/complaints/answers.js'
import type { Agency } from '../../../src/dossier/agency.js'
import { type Dossier, type DossierStatus, dossierStatuses } from '../../../src/dossier/dossier.js'
import type { LookupResult } from '../../../src/dossier/lookup.js'
import { unreadables } from '../../../src/dossier/numbers/reading.js'
import { openTruth } from '../../../src/dossier/truth.js'
import { openWording } from '../../../src/dossier/wording.js'
import { type WordingKey, wordingKeys } from '../../../src/dossier/wording-keys.js'
import type { Question } from '../../../src/sms/conversation/inquiry.js'
import { dialled, officePhone } from '../../../src/sms/conversation/office-phone.js'
import { answer, roomFor } from '../../../src/sms/conversation/reply.js'
import {
  complained,
  help,
  howToComplain,
  languageKept,
  noticed,
  replied,
  stopped,
  tooMany,
  watched,
} from '../../../src/sms/conversation/sentences.js'
import { isPlain, segmentCount, segmentsOf } from '../../../src/sms/segments.js'
import { configOf } from '../room.js'

const words = openWording({ vi: 'config/wording.vi.yaml', en: 'config/wording.en.yaml' })
const now = Date.parse('2026-11-24T10:30:00+07:00')
const later = Date.parse('2027-12-25T10:30:00+07:00')
const line = { shortCode: '8188', prefix: '' }
const before = Date.parse('2025-10-15T10:30:00+07:00')
const numbers = [
  '482719360518',
  '9827193605184827',
  '000.00.15.H45-190521-0003',
  'H45.12.03-240823-000123',
  'H15.60.05.13-261008-1800123',
]

const agencies = (test: Parameters<typeof configOf>[0]): Agency[] => {
  const all = [...configOf(test, {}).agencies]
  const longest = {
    ...all[0]!,
    name: 'Sở Nông nghiệp và Môi trường và Phát triển nông thôn '.repeat(4),
    shortName: 'So Nong nghiep va Moi truong va PTNT tin',
    phone: '(0257) 3 841 111 - 3 842',
  }
  return [all[0]!, longest, { ...longest, phone: '' }]
}

const dossier = (dossierStatus: DossierStatus, changes: Partial<Dossier> = {}): Dossier => ({
  dossierNo: { text: numbers[1]!, issuer: 'H45.01', agency: 'H45.01', day: 1600, sequence: '0003' },
  dossierStatus,
  eventTime: before,
  asOf: now,
  otherNumbers: [],
  history: [],
  ...changes,
})

function* results(agency: Agency): Generator<Extract<LookupResult, { kind: 'found' }>> {
  const note =
    'Mang theo bản chính giấy chứng nhận quyền sử dụng đất và hai ảnh 3x4 chụp trong sáu tháng; '.repeat(3)
  for (const status of Object.keys(dossierStatuses) as DossierStatus[])
    for (const level of ['basic', 'full'] as const)
      for (const ways of [
        {},
        { filedBy: 'online', returnBy: 'online' },
        { filedBy: 'counter', returnBy: 'post' },
        { filedBy: 'post', returnBy: 'counter' },
        { filedBy: 'online', returnBy: 'counter' },
      ] as const)
        for (const dates of [
          {},
          { dueAt: later },
          { dueAt: before },
          { dueAt: before, extendedDueAt: later },
          { finishedAt: before, returnedAt: before, dueAt: later },
        ])
          for (const silentSince of [undefined, before])
            yield {
              kind: 'found',
              level,
              agency,
              ...told(dossier(status, { ...ways, ...dates, publicNote: note })),
              ...(silentSince ? { silentSince } : {}),
            }
}

const truthOf = openTruth({ dayEnds: '17:00' })
const told = (dossier: Dossier) => ({ dossier, truth: truthOf(dossier, now) })

const question = (changes: Partial<Question>): Question => ({
  action: 'ask',
  language: 'vi',
  accents: false,
  ...changes,
})

t.test('every answer fits one plain segment and carries number, state, age and phone', async (t) => {
  let count = 0
  let longest = ''
  const wrong: string[] = []
  for (const agency of agencies(t))
    for (const result of results(agency))
      for (const language of ['vi', 'en'] as const)
        for (const number of numbers)
          for (const action of ['ask', 'notice'] as const) {
            const asked = question({ number, language, action })
            const text =
              action === 'notice'
                ? noticed(result, asked, { words: words[language], room: roomFor(asked), line }).text
                : answer(result, asked, words[language], line, now)
            count++
            if (text.length > longest.length) longest = text
            const isWhole =
              isPlain(text) &&
              segmentCount(text) === 1 &&
              text.replaceAll(' ', '').includes(number) &&
              /(Cap nhat 10:30 24\/11|As of 10:30 24 Nov)/.test(text) &&
              (agency.phone === '' || /(DT|Tel) \(?02(57|62)/.test(text)) &&
              !/https?:|www\.|\bPIN\b|OTP/i.test(text)
            if (!isWhole && wrong.length < 5) wrong.push(text)
          }
  t.same(wrong, [])
  t.comment(`${count} answers, the longest has ${longest.length} characters: ${longest}`)
})

t.test('an answer of last year says so, and a name is whole or absent', async (t) => {
  const [agency] = agencies(t)
  const of = (status: DossierStatus, changes: Partial<Dossier>, shortName = 'HCC', accents = false) =>
    answer(
      { kind: 'found', level: 'full', agency: { ...agency!, shortName }, ...told(dossier(status, changes)) },
      question({ number: numbers[2]!, accents }),
      words.vi,
      line,
      now,
    )
  t.match(of('processing', { asOf: Date.parse('2025-11-24T10:30:00+07:00') }), /Cap nhat 10:30 24\/11\/2025/)
  t.match(of('accepted', {}, 'HCC phuong Binh An,'), /\. HCC phuong Binh An$/)
  t.notMatch(of('accepted', {}, 'HCC phuong Binh An '.repeat(5)), /HCC/)
  // The day is no appointment, and no last day to pay.
  for (const filedBy of ['counter', 'post', 'online'] as const)
    t.match(of('supplement', { filedBy }), /\. Tu 15\/10\/2025\. /)
  t.match(of('payment', { filedBy: 'online' }), /thue\/phi tren Cong Dich vu cong\. Tu 15\/10\/2025\. /)
  t.match(of('refused', {}), /phieu tu choi\. Ngay 15\/10\/2025\. /)
  const accented = of('finished', { returnBy: 'counter', filedBy: 'counter' }, 'HCC Binh An', true)
  t.match(accented, /\. HCC Binh An$/, 'where the name with accents is too long, the short one')
  const noted = of('supplement', { publicNote: 'Bản vẽ; giấy phép;' })
  t.match(noted, /Ban ve; giay phep\. Cap nhat/)
  const papers = 'Bản chính giấy khai sinh, hai ảnh 3x4 chụp trong sáu tháng, sổ hộ khẩu cũ'
  const asOf = Date.parse('2025-11-24T10:30:00+07:00')
  t.match(
    of('supplement', { filedBy: 'online', asOf, publicNote: papers }),
    / 15\/10\/2025\. \(chua het, hoi noi nop\)\. Cap nhat .* DT 0262 000 0101\. HCC$/,
    'a note of which not a word fits is told to be there',
  )
})

t.test('with accents it is at most two segments', async (t) => {
  for (const agency of agencies(t))
    for (const result of results(agency))
      for (const number of numbers) {
        const text = answer(result, question({ number, accents: true }), words.vi, line, now)
        if (segmentsOf(text, 'gsm7', 1).length > 2) t.fail(text)
      }
  t.pass()
})

t.test('every other sentence fits too', async (t) => {
  for (const language of ['vi', 'en'] as const) {
    const far = { shortCode: '12345678901234567890', prefix: '' }
    const others: LookupResult[] = [
      { kind: 'unknown' },
      { kind: 'withheld', retryAfterSeconds: 86_400 },
      { kind: 'unavailable' },
      ...unreadables.map((reason): LookupResult => ({ kind: 'unreadable', reason })),
      { kind: 'unreadable', reason: 'bad-date', suggestion: '000.00.15.H45-190521-0003' },
    ]
    for (const result of others)
      for (const number of numbers) {
        const text = answer(result, question({ number, language }), words[language], far, now)
        t.ok(isPlain(text) && text.length > 20 && text.length <= 160 && !text.includes('{'), text)
      }
    // Nothing may be cut off: the sentence as the file has it fits by itself.
    const fill = {
      number: numbers[1]!,
      notices: 3,
      shortCode: '8188',
      prefix: 'HCC PY ',
      minutes: 10,
      count: 3,
      price: '1.000 d',
    }
    const sentences = (Object.keys(wordingKeys) as WordingKey[]).filter((key) =>
      /^sms\.(unknown|suggestion|withheld|unavailable|tooMany|language|help\..*|unreadable\..*|watch\..*)$/.test(
        key,
      ),
    )
    t.ok(sentences.length > 10)
    for (const key of sentences)
      t.ok(roomFor(question({})).fit(words[language].text(key, fill as never)).length <= 160, key)
  }
})

t.test('what is said of complaints, watches and help is one segment, nothing of it cut', async (t) => {
  const longest = new Map<string, string>()
  const [, office] = agencies(t)
  const far = { shortCode: '12345678901', prefix: `${'HCC TINH PY '.padEnd(20, 'X')} ` }
  const complainant = {
    link: '',
    phone: { address: '', ton: 1, npi: 1 },
    subject: '',
    language: 'vi',
  } as const
  for (const language of ['vi', 'en'] as const) {
    const voice = { words: words[language], room: roomFor(question({})), line: far }
    const most = answerLength([words.vi, words.en])
    const found: LookupResult[] = [...results(office!)]
    const all = [
      complained(voice, { kind: 'taken', ticket: '261128-99999', dueDay: '2026-12-30', office: office! }),
      complained(voice, {
        kind: 'taken',
        ticket: '261128-99999',
        dueDay: '2026-12-30',
        office: office!,
        isOverdue: true,
      }),
      complained(voice, { kind: 'capped', office: office! }),
      howToComplain(voice),
      replied(voice, { ticket: '261128-99999', answer: 'ộ'.repeat(most), complainant }),
      help(voice, { price: '15.000 đ', hotline: '0257 3 800 800' }),
      languageKept(voice, { price: '15.000 đ', hotline: '0257 3 800 800' }),
      tooMany(voice, 3),
      ...numbers.flatMap((number) => {
        const asked = { ...question({ number, action: 'stop' }), language }
        return [
          ...(['stopped', 'stoppedAll', 'none'] as const).map((done) => stopped(voice, asked, done)),
          ...found.flatMap((result) => [
            watched(voice, asked, result, { kind: 'started', notices: 5, tellsState: true }),
            watched(voice, asked, result, { kind: 'started', notices: 5, tellsState: false }),
          ]),
        ]
      }),
    ]
    for (const said of all) {
      if (typeof said === 'string') t.fail(said)
      else {
        if (!isPlain(said.text) || said.text.length > 160 || segmentCount(said.text) !== 1) t.fail(said.text)
        const key = `${said.kind} ${language}`
        if (said.text.length > (longest.get(key)?.length ?? 0)) longest.set(key, said.text)
      }
    }
    // As the file has it, filled with the longest there can be, it must fit: a sentence that is cut says something else.
    const office40 = {
      office: 'So Nong nghiep va Moi truong va PTNT tin',
      phone: ' DT (0257) 3 841 111 - 3 842',
    }
    for (const [key, fill] of [
      ['sms.complaint.taken', { ticket: '261128-99999', date: '30 Dec 2026', ...office40 }],
      ['sms.complaint.late', { ticket: '261128-99999', date: '30 Dec 2026', ...office40 }],
      ['sms.complaint.capped', office40],
      ['sms.complaint.how', far],
      ['sms.watch.started', { number: numbers[4]!, notices: 5, ...far }],
    ] as const) {
      const { length } = roomFor(question({})).fit(words[language].text(key, fill as never))
      t.comment(`${language} ${key}: ${length}`)
    }
  }
  for (const [kind, text] of longest) t.comment(`${kind}: ${text.length}: ${text}`)
  t.pass()
})

t.test('a telephone is whole or absent, and of two numbers the first', async (t) => {
  const [office] = agencies(t)
  for (const [phone, told, digits] of [
    ['0257 3841 234', '0257 3841 234', '02573841234'],
    ['(0257) 3 841 111 - 3 842', '(0257) 3 841 111 - 3 842', '02573841111'],
    ['0257 3841 234 - 0905 123 456', '0257 3841 234', '02573841234'],
    ['02573841234-0905123456-0905123457', '02573841234', '02573841234'],
    ['0905 123 456 0257 3841 234 0905 123 457', '0905 123 456', '0905123456'],
    ['0257.3.800.800 (máy lẻ 123 – cô Lan)', '0257.3.800.800', '02573800800'],
    ['0257.3.800.800 (123)', '0257.3.800.800 (123)', '02573800800'],
    ['Đường dây nóng: +84 257 3 841 111; 1022', '+84 257 3 841 111', '+842573841111'],
    ['1022 nhánh 3 (giờ hành chính, từ thứ 2)', '1022', '1022'],
    ['Xin gọi tổng đài của Ủy ban nhân dân tỉnh', '', ''],
  ] as const) {
    t.same([officePhone(phone), dialled(phone)], [told, digits], phone)
    const agency = { ...office!, phone }
    const [result] = [...results(agency)]
    const text = answer(result!, question({ number: numbers[1]! }), words.vi, line, now)
    t.equal(/\. DT (.*?)(?:\. [A-Z]|$)/.exec(text)?.[1] ?? '', told, text)
    const taken = { kind: 'taken', ticket: '261128-001', dueDay: '2026-12-01', office: agency } as const
    const complaint = complained({ words: words.vi, room: roomFor(question({})), line }, taken)
    t.ok(typeof complaint !== 'string' && complaint.text.endsWith(told && ` DT ${told}`), phone)
  }
})

t.test('a complaint whose day is in another year is told with the year', (t) => {
  const [agency] = agencies(t)
  const year = new Date().getUTCFullYear() + 2
  for (const [language, date] of [
    ['vi', `06/01/${year}`],
    ['en', `6 Jan ${year}`],
  ] as const) {
    const taken = { kind: 'taken', ticket: '261128-001', dueDay: `${year}-01-06`, office: agency! } as const
    const complaint = complained({ words: words[language], room: roomFor(question({})), line }, taken)
    t.match(complaint, { text: date })
  }
  t.end()
})

t.test('a notice says what to bring for a planned day, and not for one that has passed', (t) => {
  const [agency] = agencies(t)
  const textOf = (dueAt: number) => {
    const asked = question({ number: numbers[1]!, action: 'notice' })
    const its = told(dossier('accepted', { filedBy: 'counter', returnBy: 'counter', dueAt }))
    const result = { kind: 'found', level: 'basic', agency: agency!, ...its } as const
    return noticed(result, asked, { words: words.vi, room: roomFor(asked), line }).text
  }
  t.match(textOf(later), /Hen tra 25\/12\/2027\. Nho mang giay hen/)
  t.match(textOf(before), /chua co ket qua\. Qua hen/)
  t.notMatch(textOf(before), /Nho mang/)
  t.end()
})

t.test('unknown, expired and withheld from sight look alike', async (t) => {
  const one = answer({ kind: 'unknown' }, question({ number: numbers[0]! }), words.vi, line, now)
  const other = answer(
    { kind: 'unknown', dossierNo: dossier('finished').dossierNo },
    question({ number: numbers[0]! }),
    words.vi,
    line,
    now,
  )
  t.equal(one, other)
})

t.test('an agency’s note with a link, a call-back number or a demand is left out', async (t) => {
  const [agency] = agencies(t)
  const textOf = (publicNote: string) =>
    answer(
      {
        kind: 'found',
        level: 'full',
        agency: agency!,
        ...told(dossier('supplement', { publicNote })),
      },
      question({ number: numbers[0]! }),
      words.vi,
      line,
      now,
    )
  t.match(textOf('Bổ sung bản sao sổ đỏ'), /Bo sung ban sao so do/)
  for (const note of [
    'xem http://evil.vn',
    'vao evil.com nhan qua',
    'goi 0901 234 567 gap',
    'gui ma OTP',
    'chuyển khoản vào tài khoản',
  ])
    t.notMatch(textOf(note), /evil|0901|OTP|chuyen khoan/i, note)
})
