// What we say to someone who texted, on one link: parses a text into questions before it is stored, and words each reply
// when it leaves. Knows nothing of carriers; the pipeline (../pipeline) calls it.
import type { ComplaintTaker, NewComplaint } from '../../complaints/contract.js'
import type { BeginLookup, LookupResult } from '../../dossier/lookup.js'
import type { Reading } from '../../dossier/numbers/reading.js'
import type { Place } from '../../dossier/store/places.js'
import type { Words } from '../../dossier/wording.js'
import {
  type Grammar,
  type Heard,
  type Language,
  maxNumbers,
  type Question,
  readingOfUnread,
  type Silence,
} from './inquiry.js'
import { isStillNews } from './news.js'
import type { PhoneMemory } from './phone-memory.js'
import { roomFor } from './reply.js'
import {
  answered,
  type Counsel,
  complained,
  help,
  howToComplain,
  languageKept,
  noticed,
  replied,
  type Spoken,
  stopped,
  tooMany,
  watched,
} from './sentences.js'
import type { Speaker, Voice, Worded } from './speaking.js'
import type { Watches } from './watch.js'
import { ticketIn } from './wish.js'

export type { NoticeValues, Phone, Speaker, Worded } from './speaking.js'

/** A reply, or the reason why nothing is said. */
export type Said = Worded | Silence

/** The plan for the reply to one question. */
export interface Plan {
  /** The asker is slowed down: do not word before this. */
  readonly delayMs: number
  /** Replies of one identity are the same as long as the dossier does not change: the caps count them. */
  readonly identity: string
  /** What must be read first, in one call with everything else of this text. */
  readonly places: readonly Place[]
  /** `word` needs only what is found at `places`, if anything; otherwise it reads more, or acts. */
  readonly isQuick: boolean
  /** The reply, or why there is none, from what was found at `places`. Call it once. */
  word(found: readonly (Buffer | null | Error)[]): Said | Promise<Said>
}

export interface Conversation {
  /** Parses a text. Pure and fast; never fails. */
  hear(text: string): Heard
  /** Plans the reply to one question, counting the try. Nothing is read or done yet. */
  plan(question: Question, speaker: Speaker): Plan
}

interface ConversationDeps {
  readonly words: Readonly<Record<Language, Words>>
  /** The words that every text on the link's shared short code begins with; empty where there are none. */
  readonly keywordPrefix: string
  /** What help says besides the commands. */
  readonly counsel: Counsel
  hear(text: string): Heard
  /** Finds the numbers in a text. */
  find: Grammar['find']
  /** Parses a number stored as text. */
  readNumber(text: string): Reading
  readonly beginLookup: BeginLookup
  readonly memory: Pick<PhoneMemory, 'languageOf' | 'keepLanguage' | 'mayHelp'>
  readonly watches: Pick<Watches, 'start' | 'stop' | 'speak' | 'hasEnded'>
  readonly complaints: Pick<ComplaintTaker, 'take' | 'replyOf' | 'standingOf'>
  /** The current state of a dossier, for a notice: not a lookup, so not counted against anybody. */
  present(number: string): Promise<LookupResult>
}

export function openConversation(deps: ConversationDeps): Conversation {
  const prefix = deps.keywordPrefix ? `${deps.keywordPrefix} ` : ''

  function plan(question: Question, speaker: Speaker): Plan {
    const { memory } = deps
    const language = question.language ?? memory.languageOf(speaker.subject) ?? 'vi'
    const voice: Voice = {
      words: deps.words[language],
      room: roomFor(question),
      line: { shortCode: speaker.shortCode, prefix },
    }
    const planned = planOf({ ...question, language }, speaker, voice)
    const { keepsLanguage } = question
    if (!keepsLanguage) return planned
    return {
      ...planned,
      isQuick: false,
      async word(found) {
        if (await memory.keepLanguage(speaker.subject, language, speaker.receivedAt))
          await deps.watches.speak(speaker.subject, language)
        return planned.word(found)
      },
    }
  }

  function planOf(question: Spoken, speaker: Speaker, voice: Voice): Plan {
    const rest = { delayMs: 0, places: [], identity: `${question.action} ${question.language}` }
    const now = (word: () => Worded): Plan => ({ ...rest, isQuick: true, word })
    const later = (word: () => Promise<Said>): Plan => ({ ...rest, isQuick: false, word })
    const laterOf = (what: string, word: () => Promise<Said>): Plan => ({
      ...later(word),
      identity: `${rest.identity} ${what}`,
    })
    switch (question.action) {
      case 'ask':
      case 'unread':
      case 'watch':
        return lookedUp(question, speaker, voice)
      case 'stop': {
        const reading = question.number === undefined ? undefined : deps.readNumber(question.number)
        return later(async () => {
          const done = await deps.watches.stop(speaker.subject, reading, speaker.receivedAt)
          return stopped(voice, question, done)
        })
      }
      case 'notice':
        return later(async () => {
          const result = await deps.present(question.number ?? '')
          // A change after this one creates its own notice.
          if (result.kind !== 'found' || !isStillNews(result, question.news ?? '')) return 'gone'
          // The phone sent HUY while the notice waited for its turn, its link, or the morning.
          const { subject, receivedAt } = speaker
          const isEnded = await deps.watches.hasEnded(subject, result.dossier.dossierNo, receivedAt)
          return isEnded ? 'gone' : noticed(result, question, voice)
        })
      case 'help':
        return now(() => help(voice, deps.counsel))
      case 'language':
        return now(() => languageKept(voice, deps.counsel))
      case 'too-many':
        return now(() => tooMany(voice, maxNumbers))
      case 'complain':
        return now(() => howToComplain(voice))
      case 'complaint':
        return later(async () =>
          complained(voice, await deps.complaints.take(complaintOf(question, speaker))),
        )
      case 'ticket':
        return laterOf(question.number ?? '', async () => {
          const its = await deps.complaints.standingOf(question.number ?? '', speaker.subject)
          // Do not reveal which tickets exist: another phone's ticket is answered like an incomplete number.
          if (!its) return answered({ kind: 'unreadable', reason: 'incomplete' }, question, voice)
          return its.kind === 'answered' ? replied(voice, its) : complained(voice, its)
        })
      case 'reply':
        return later(async () => {
          const reply = await deps.complaints.replyOf(question.number ?? '')
          return reply ? replied(voice, reply) : 'gone'
        })
      case 'talk':
        return later(async () =>
          (await deps.memory.mayHelp(speaker.subject, speaker.id))
            ? help(voice, deps.counsel)
            : 'help-capped',
        )
    }
  }

  function complaintOf(question: Spoken, speaker: Speaker): NewComplaint {
    const words = question.number ?? ''
    const number = deps.find(words, 1).find(isRead)
    return {
      words,
      dossierNo: number?.dossierNo.text,
      agency: number?.dossierNo.agency,
      former: ticketIn(words),
      complainant: {
        link: speaker.link,
        phone: speaker.phone,
        subject: speaker.subject,
        language: question.language,
      },
      receivedAt: speaker.receivedAt,
    }
  }

  function lookedUp(question: Spoken, speaker: Speaker, voice: Voice): Plan {
    const number = question.number ?? ''
    const lookup = deps.beginLookup({
      reading:
        question.reading ??
        (question.action === 'unread' ? readingOfUnread(number) : deps.readNumber(number)),
      asker: { channel: 'sms', subject: speaker.subject },
    })
    const { delayMs, places, decided } = lookup
    const said = decided
      ? decided.kind === 'unreadable'
        ? `${decided.reason} ${decided.suggestion ?? ''}`
        : decided.kind
      : number
    const identity = `${question.action} ${question.language}${question.accents ? '+' : ''} ${said}`
    if (question.action === 'watch')
      return {
        delayMs,
        places,
        identity,
        isQuick: false,
        async word(found) {
          const result = await lookup.finish(found)
          return watched(voice, question, result, await deps.watches.start(question, speaker, result))
        },
      }
    return {
      delayMs,
      places,
      identity,
      isQuick: true,
      word(found) {
        const result = lookup.finish(found)
        return result instanceof Promise
          ? result.then((late) => answered(late, question, voice))
          : answered(result, question, voice)
      },
    }
  }

  return { hear: deps.hear, plan }
}

const isRead = (reading: Reading): reading is Exclude<Reading, { kind: 'unreadable' }> =>
  reading.kind !== 'unreadable'
