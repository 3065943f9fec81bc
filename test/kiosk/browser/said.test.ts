// What every channel says about every situation a dossier can be in: SMS, the kiosk's page, its voice, the slip and the
// notice are given the same record at the same moment, their statements are parsed back from the words, and no two may
// differ. What holds is derived a second time, from the record alone.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { spoken as read, rowsOf } from '../../../kiosk/lobby/answer/said.js'
import type { LobbyWords } from '../../../kiosk/lobby/words.js'
import { openProfiles } from '../../../src/desk/profiles.js'
import type { Receipt } from '../../../src/desk/slip/receipt.js'
import { openSlipMaker } from '../../../src/desk/slip/slip-maker.js'
import type { Agency } from '../../../src/dossier/agency.js'
import { type Dossier, type DossierStatus, dossierStatuses } from '../../../src/dossier/dossier.js'
import { ways } from '../../../src/dossier/fields.js'
import type { LookupResult } from '../../../src/dossier/lookup.js'
import { localDay, paperDate, startOfDay } from '../../../src/dossier/times.js'
import { openTruth } from '../../../src/dossier/truth.js'
import { openWording } from '../../../src/dossier/wording.js'
import { openAnswers } from '../../../src/kiosk/answer.js'
import type { Answer } from '../../../src/kiosk/contract.js'
import { isNewsAfter, newsOf } from '../../../src/sms/conversation/news.js'
import { answer as reply, roomFor } from '../../../src/sms/conversation/reply.js'
import { noticed } from '../../../src/sms/conversation/sentences.js'
import { plain, segmentCount } from '../../../src/sms/segments.js'

const words = openWording({ vi: 'config/wording.vi.yaml', en: 'config/wording.en.yaml' }).vi
const page: LobbyWords['answer'] = JSON.parse(readFileSync('kiosk/strings/vi.json', 'utf8')).lobby.answer
const truthOf = openTruth({ dayEnds: '17:00' })
const agency: Agency = {
  code: 'H45.12',
  index: 1,
  name: 'Sở Xây dựng',
  shortName: 'So Xay dung',
  phone: '0257 3841 234',
  address: '',
  aliases: [],
  patterns: [],
}
const at = (text: string) => Date.parse(`${text}+07:00`)
const day = (text: string) => at(`${text}T00:00:00`)
const today = '2026-11-12'
const number = '482719360518'
const line = { shortCode: '8188', prefix: '' }
const question = { action: 'ask', number, language: 'vi', accents: false } as const

const moments = [at(`${today}T09:00:00`), at(`${today}T18:00:00`)]
const dates: readonly (readonly [string, Partial<Dossier>])[] = [
  ['no date', {}],
  ['due today, no hour', { dueAt: day(today) }],
  ['due today at ten', { dueAt: at(`${today}T10:00:00`) }],
  ['overdue', { dueAt: day('2026-11-10') }],
  ['moved later', { dueAt: day('2026-11-10'), extendedDueAt: day('2026-11-20') }],
  ['moved later and overdue', { dueAt: day('2026-11-05'), extendedDueAt: day('2026-11-10') }],
  ['"moved" to the same day', { dueAt: day('2026-11-20'), extendedDueAt: at('2026-11-20T15:00:00') }],
  ['"moved" earlier', { dueAt: day('2026-11-20'), extendedDueAt: day('2026-11-18') }],
  ['a result in time', { dueAt: day('2026-11-10'), finishedAt: at('2026-11-10T16:59:00') }],
  ['a result too late', { dueAt: day('2026-11-10'), finishedAt: at('2026-11-11T08:00:00') }],
]
const fees: readonly Dossier['fee'][] = [
  undefined,
  { amount: 0, paid: false },
  { amount: 120_000 },
  { amount: 120_000, paid: false },
  { amount: 120_000, paid: true },
]
const way = [undefined, ...ways] as const
const note = 'Mang bản chính giấy khai sinh'

// Pairwise: ways, and fees and notes, each with every state, date and hour.
const besides: readonly Partial<Dossier>[] = [
  ...way.flatMap((filedBy) =>
    way.map((returnBy) => ({ ...(filedBy && { filedBy }), ...(returnBy && { returnBy }) })),
  ),
  ...fees.flatMap((fee) =>
    [undefined, note].map((publicNote) => ({ ...(fee && { fee }), ...(publicNote && { publicNote }) })),
  ),
]

function* situations(): Generator<{ label: string; dossier: Dossier; now: number }> {
  for (const dossierStatus of Object.keys(dossierStatuses) as DossierStatus[])
    for (const [dated, times] of dates)
      for (const more of besides)
        for (const now of moments)
          yield {
            label: `${dossierStatus}, ${dated}, ${JSON.stringify(more)}, ${new Date(now).toISOString()}`,
            now,
            dossier: {
              dossierNo: {
                text: 'H45.12-261102-0003',
                issuer: 'H45.12',
                agency: 'H45.12',
                day: 4323,
                sequence: '0003',
              },
              dossierStatus,
              eventTime: at('2026-11-02T09:00:00'),
              asOf: at('2026-11-12T08:00:00'),
              receivedAt: at('2026-11-02T08:00:00'),
              otherNumbers: [],
              history: [],
              ...times,
              ...more,
            },
          }
}

const answers = openAnswers(words)
let moment = 0
const maker = openSlipMaker(
  {
    agencies: [agency],
    profiles: openProfiles('config/printers.yaml'),
    truthOf,
    words,
    office: { name: '', hotline: '' },
    sms: () => ({ shortCode: '8188', keywordPrefix: '' }),
  },
  () => moment,
)
const paper = openProfiles('config/printers.yaml').profile('xprinter-xp80')

// Drawing the QR code is the most expensive part of a slip, and many situations share it.
const slips = new Map<string, string>()
function slipOf(receipt: Receipt): string {
  const key = JSON.stringify(receipt)
  const known = slips.get(key) ?? maker.text({ receipt, copies: 1, reprint: 0 }, paper)
  slips.set(key, known)
  return known
}

/** One channel's statements, parsed back from its words. */
interface Said {
  readonly text: string
  /** The promised day it names, the day it says this was before, and the day it says has passed. `dd/mm`. */
  readonly promised?: string | undefined
  readonly formerly?: string | undefined
  readonly passed?: string | undefined
  readonly isSorry: boolean
}

/** The text at the wording's `{group}`, as a date of the year. */
function reader(template: string, group: string): (text: string) => string | undefined {
  const form = plain(template)
    .replace(/[.*+?^$()|[\]\\]/g, '\\$&')
    .replace(/<(\w+)>/g, (_, name) => (name === group ? '(\\d\\d/\\d\\d)' : '\\S+'))
  const pattern = new RegExp(`(?<!qua )${form}`, 'i')
  return (text) => pattern.exec(text)?.[1]
}
const blanks = { date: '<date>', old: '<old>' }
const dueIn = reader(words.text('sms.due', blanks), 'date')
const movedIn = reader(words.text('sms.moved', blanks), 'date')
const formerlyIn = reader(words.text('sms.moved', blanks), 'old')
const passedIn = reader(words.text('sms.overdue', blanks), 'date')
const sorry = /xin loi/i

const ofText = (text: string): Said => ({
  text,
  promised: movedIn(text) ?? dueIn(text),
  formerly: formerlyIn(text),
  passed: passedIn(text),
  isSorry: sorry.test(text),
})

function ofPage(answer: Answer): Said {
  const { label, meaning, nextAction, apology } = answer.words
  const rows = rowsOf(page, 'vi', answer)
  const dateOf = (label: string) => rows.find((row) => row.label === label)?.value.match(/\d\d\/\d\d/)?.[0]
  const due = dateOf(page.dueNow) ?? dateOf(page.due)
  // Once there is a result, the promised day is mentioned only with the apology for its lateness.
  const holds = answer.apology === 'late' ? undefined : due
  return {
    text: [
      label,
      meaning,
      nextAction,
      apology,
      answer.publicNote,
      ...rows.map((row) => `${row.label} ${row.value}`),
    ].join('. '),
    promised: answer.overdue ? undefined : holds,
    formerly: dateOf(page.dueBefore),
    passed: answer.overdue ? holds : undefined,
    isSorry: /xin lỗi/i.test(`${nextAction} ${answer.overdue ? '' : (apology ?? '')}`),
  }
}

/** Whether a text could have used the note instead of the agency's name. */
const hasRoom = (text: string) =>
  text.replace(`. ${agency.shortName}`, '').length + '. '.length + note.length <= 160

const waitsForDate = (text: string) => /ch[oờ] [dđ][eế]n ng[aà]y h[eẹ]n/i.test(text)
const noDateYet = (text: string) => /ch[uư]a c[oó] ng[aà]y h[eẹ]n/i.test(text)
const asksMoney = (text: string) => /n[oộ]p thu[eế]|, ch[uư]a n[oộ]p/i.test(text)
const saysPaid = (text: string) => /[dđ][aã] ghi nh[aậ]n n[oộ]p ti[eề]n|, [dđ][aã] n[oộ]p/i.test(text)
const namesPost = (text: string) => /b[uư]u [dđ]i[eệ]n/i.test(text)
const namesPortal = (text: string) => /c[oổ]ng d[iị]ch v[uụ] c[oô]ng/i.test(text)
const namesReceipt = (text: string) => /mang gi[aấ]y h[eẹ]n/i.test(text)

t.test('no two channels contradict each other, or the record, in any situation', async (t) => {
  const wrong = new Map<string, string>()
  let told = 0
  let notices = 0
  for (const { label, dossier, now } of situations()) {
    moment = now
    const truth = truthOf(dossier, now)
    const result: Extract<LookupResult, { kind: 'found' }> = {
      kind: 'found',
      level: 'full',
      dossier,
      agency,
      truth,
    }
    const answer = JSON.parse(Buffer.from(answers(result), 'latin1').toString()) as Answer
    const sms = ofText(reply(result, question, words, line, now))
    const kiosk = ofPage(answer)
    const voice = read(page, 'vi', answer)
    const slip = slipOf(maker.receipt(dossier, number))
    const news = newsOf(result)
    const notice = news
      ? ofText(
          noticed(result, { ...question, action: 'notice' }, { words, room: roomFor(question), line }).text,
        )
      : undefined
    told++
    if (notice) notices++

    // Derived a second time, from the record.
    const { dossierStatus, dueAt, extendedDueAt, filedBy, returnBy, fee } = dossier
    const works = ['submitted', 'accepted', 'processing'].includes(dossierStatus)
    const isMoved =
      dueAt !== undefined && extendedDueAt !== undefined && localDay(extendedDueAt) > localDay(dueAt)
    const date = works ? (isMoved ? extendedDueAt : (dueAt ?? extendedDueAt)) : undefined
    const ends = date === undefined ? undefined : startOfDay(date) === date ? date + 17 * 3_600_000 : date
    const isOver = ends !== undefined && ends < now
    const short = (moment: number | undefined) => moment && paperDate(moment).slice(0, 5)
    const promised = isOver ? undefined : short(date)
    const isLate =
      dossierStatus === 'finished' &&
      dueAt !== undefined &&
      localDay(dossier.finishedAt ?? dossier.eventTime) > localDay(isMoved ? extendedDueAt! : dueAt)
    const isSorry = isOver || (works && isMoved) || isLate
    const isPaid = fee !== undefined && fee.amount > 0 && fee.paid === true
    const isOpen = fee !== undefined && fee.amount > 0 && fee.paid === false

    const channels = { sms, kiosk, ...(notice && { notice }) }
    const rules: [string, boolean][] = []
    for (const [channel, said] of Object.entries(channels)) {
      const { text } = said
      rules.push(
        [`${channel} names another promised day`, said.promised !== promised],
        [`${channel} names another passed day`, said.passed !== (isOver ? short(date) : undefined)],
        [
          `${channel} names another former day`,
          said.formerly !== (works && isMoved && !(isOver && channel !== 'kiosk') ? short(dueAt) : undefined),
        ],
        [`${channel} is wrong in being sorry`, said.isSorry !== isSorry],
        [`${channel} waits for a day that it does not name`, waitsForDate(text) && promised === undefined],
        [`${channel} says there is no date and names one`, noDateYet(text) && date !== undefined],
        [`${channel} asks for what is paid`, isPaid && asksMoney(text)],
        [`${channel} calls paid what is not`, saysPaid(text) && !isPaid],
        [
          `${channel} sends to the post who does not use it`,
          namesPost(text) && filedBy !== 'post' && returnBy !== 'post',
        ],
        [
          `${channel} sends to the portal who filed elsewhere`,
          namesPortal(text) && filedBy !== 'online' && returnBy !== 'online',
        ],
        [`${channel} asks for a receipt that is on no paper`, namesReceipt(text) && filedBy === 'online'],
      )
    }
    const slipDates = [...slip.matchAll(/Hẹn (trả|lại) (\d\d\/\d\d)/g)].map(
      ([, kind, date]) => `${kind} ${date}`,
    )
    rules.push(
      [
        'the slip names other days',
        slipDates.join() !==
          (date === undefined
            ? ''
            : isMoved
              ? `trả ${short(dueAt)},lại ${short(extendedDueAt)}`
              : `trả ${short(date)}`),
      ],
      ['the slip is dated for what is over', !works && slipDates.length > 0],
      [
        'the voice leaves out a row of the screen',
        rowsOf(page, 'vi', answer).some(({ label, value }) => !voice.includes(`${label}: ${value}`)),
      ],
      ['the voice leaves out what to do', !voice.includes(answer.words.nextAction.replace(/[.\s]+$/, ''))],
      ['the voice is wrong in being sorry', /xin lỗi/i.test(voice) !== isSorry],
      ['the voice waits for a day that is not named', waitsForDate(voice) && promised === undefined],
      [
        'SMS and screen differ on the note',
        kiosk.text.includes(note)
          ? !sms.text.includes(plain(note)) && hasRoom(sms.text)
          : sms.text.includes(plain(note)),
      ],
      ['a fee of nothing is named', fee?.amount === 0 && kiosk.text.includes(page.fee)],
      ['an open fee is named as paid', isOpen && kiosk.text.includes(`, ${page.feePaid}`)],
      [
        'a watch is offered where nothing will come',
        answer.canWatch && (answer.hasEnded || dossierStatus === 'finished'),
      ],
      [
        'a day of a result that is not there',
        !['finished', 'returned'].includes(dossierStatus) && kiosk.text.includes(page.finished),
      ],
      [
        'a notice that says something else than the answer',
        notice !== undefined && !notice.text.includes(plain(words.states[truth.situation].sms)),
      ],
      ['a notice longer than one text', notice !== undefined && segmentCount(notice.text) !== 1],
      [
        'a notice asks nothing and brings nothing',
        // A phone that was told what no longer holds is told what does; one that was promised the result is told that it was
        // handed over.
        news !== undefined &&
          isNewsAfter(news, undefined) &&
          !truth.apology &&
          !truth.awaitsCitizen &&
          ['submitted', 'processing', 'payment', 'withdrawn'].includes(dossierStatus),
      ],
      ['an answer longer than one text', segmentCount(sms.text) !== 1],
    )
    for (const [rule, isBroken] of rules)
      if (isBroken && !wrong.has(rule))
        wrong.set(rule, [label, sms.text, kiosk.text, voice, slipDates.join(), notice?.text].join('\n    '))
  }
  t.equal(told, 10 * dates.length * besides.length * moments.length)
  t.ok(notices > 500, `${notices} of them are news`)
  for (const [rule, where] of wrong) t.fail(`${rule}: ${where}`)
})

t.test('whose number is not known may have filed online: no paper is asked for', async (t) => {
  for (const language of ['vi', 'en']) {
    const { unknown } = JSON.parse(readFileSync(`kiosk/strings/${language}.json`, 'utf8')).lobby.notice
    t.notMatch(unknown.text, /mang giấy hẹn|bring your receipt/)
  }
})
