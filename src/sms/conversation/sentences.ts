// What is said besides the state of a dossier: help, what became of DK and HUY, why not everything was answered. Every text
// that a sentence tells people to send begins with the keyword prefix of the link, or it would reach somebody else's service.
import type { Office, Reply, Standing, Taken } from '../../complaints/contract.js'
import type { LookupResult } from '../../dossier/lookup.js'
import type { FillingsOf, WordingKey } from '../../dossier/wording-keys.js'
import type { Language, Question, Silence } from './inquiry.js'
import { officePhone } from './office-phone.js'
import { answer, isValid, promisedDay, sentence, sentences, shortDate, shownNumber } from './reply.js'
import type { Voice, Worded } from './speaking.js'
import type { Started, Stopped } from './watch.js'

/** A question whose language is decided. */
export type Spoken = Question & { readonly language: Language }

/** The state of a dossier, or why it cannot be told. */
export function answered(result: LookupResult, question: Question, { words, line }: Voice): Worded {
  return {
    text: answer(result, question, words, line, Date.now()),
    isValid: isValid(result),
    kind: result.kind,
  }
}

/** A notice: the state, and with an acceptance what to bring when it is ready. Past the promised day nothing is ready to fetch. */
export function noticed(
  result: Extract<LookupResult, { kind: 'found' }>,
  question: Question,
  voice: Voice,
): Worded {
  const { words, line } = voice
  const { dossier, agency, truth } = result
  const isPlanned = dossier.dossierStatus === 'accepted' && truth.overdueSince === undefined
  const bring = isPlanned && truth.bringsReceipt ? words.text('sms.bring') : ''
  const text = answer(result, question, words, line, Date.now(), bring)
  const values = {
    situation: truth.apology?.kind === 'overdue' ? 'overdue' : truth.situation,
    number: shownNumber(question.number ?? ''),
    state: voice.room.fit(words.states[truth.situation].sms),
    date: promisedDay(truth, Date.now(), words.language),
    agency: voice.room.fit(agency.shortName),
    phone: agency.phone,
  }
  return { text, isValid: true, kind: 'notice', notice: values }
}

/** What an installation adds to help. */
export interface Counsel {
  /** What a text costs, as the operator states it. */
  readonly price?: string | undefined
  /** Whom to call; empty where there is nobody. */
  readonly hotline: string
}

/** How to ask, and what else there is to text. */
export function help(voice: Voice, counsel: Counsel): Worded {
  return { text: sentences(voice.room, helpParts(voice, counsel)), isValid: false, kind: 'help' }
}

/** The answer to EN and VI: that the language is kept, and help in it. */
export function languageKept(voice: Voice, counsel: Counsel): Worded {
  const kept = { text: voice.words.text('sms.language'), rank: 0 }
  return {
    text: sentences(voice.room, [kept, ...helpParts(voice, counsel)]),
    isValid: false,
    kind: 'language',
  }
}

function helpParts({ words, line }: Voice, { price, hotline }: Counsel) {
  return [
    { text: words.text('sms.help.ask', line), rank: 0 },
    { text: price ? words.text('sms.help.price', { price }) : '', rank: 1 },
    { text: words.text('sms.help.watch', line), rank: 2 },
    { text: words.text('sms.help.stop', line), rank: 2 },
    { text: words.text('sms.help.complaint', line), rank: 3 },
    { text: hotline ? words.text('sms.help.hotline', { phone: hotline }) : '', rank: 4 },
    { text: words.text('sms.help.language', line), rank: 5 },
  ]
}

/** One text has more numbers than are answered; `count` of them are. */
export function tooMany(voice: Voice, count: number): Worded {
  return said(voice, 'too-many', 'sms.tooMany', { ...voice.line, count })
}

/** The answer to DK: that a watch has started, or the dossier's state where that must be said now or no notice will come. */
export function watched(voice: Voice, question: Question, result: LookupResult, started: Started): Worded {
  if (started.kind === 'started' && !started.tellsState)
    return said(voice, 'watch-started', 'sms.watch.started', {
      ...voice.line,
      number: shownNumber(question.number ?? ''),
      notices: started.notices,
    })
  const state = answered(result, question, voice)
  if (started.kind !== 'started') return state
  const text = answer(
    result,
    question,
    voice.words,
    voice.line,
    Date.now(),
    voice.words.text('sms.watch.added'),
  )
  return { ...state, text, kind: 'watch-started' }
}

/** The answer to HUY. */
export function stopped(voice: Voice, question: Question, done: Stopped): Worded {
  return said(voice, `watch-${done}`, `sms.watch.${done}`, {
    ...voice.line,
    number: shownNumber(question.number ?? ''),
  })
}

/** The answer to PA, or to a ticket: the day of the answer, that it has passed, or that no more is taken today. */
export function complained(
  voice: Voice,
  taken: Taken | Exclude<Standing, { kind: 'answered' }>,
): Worded | Silence {
  if (taken.kind === 'silent') return 'complaint-capped'
  const office = { office: nameOf(voice, taken.office), phone: phoneOf(voice, taken.office) }
  if (taken.kind === 'capped') return said(voice, 'complaint-capped', 'sms.complaint.capped', office)
  const { ticket, dueDay } = taken
  const date = shortDate(Date.parse(`${dueDay}T00:00:00+07:00`), Date.now(), voice.words.language)
  const isLate = 'isOverdue' in taken && taken.isOverdue
  return said(voice, 'complaint', `sms.complaint.${isLate ? 'late' : 'taken'}`, { ...office, ticket, date })
}

/** How to complain, for somebody who wants to and has not written PA. */
export function howToComplain(voice: Voice): Worded {
  return said(voice, 'complain', 'sms.complaint.how', voice.line)
}

/** An office's answer to a complaint. */
export function replied(voice: Voice, { ticket, answer }: Reply): Worded {
  return said(voice, 'complaint-reply', 'sms.complaint.reply', { ticket, answer })
}

const nameOf = (voice: Voice, { shortName }: Office) => voice.room.fit(shortName).slice(0, 40)
function phoneOf({ words }: Voice, office: Office): string {
  const phone = officePhone(office.phone)
  return phone ? ` ${words.text('sms.phone', { phone })}` : ''
}

function said<Key extends WordingKey>(
  voice: Voice,
  kind: string,
  key: Key,
  ...fillings: FillingsOf<Key>
): Worded {
  return { text: sentence(voice.room, voice.words, key, ...fillings), isValid: false, kind }
}
