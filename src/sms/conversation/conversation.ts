// What is said to somebody who wrote, on one link: reads a text into questions before it is kept, and words the reply to
// each when it leaves. Knows nothing of how a text came or how a reply travels; the pipeline (../pipeline) asks it.
import type { BeginLookup, LookupResult } from '../../dossier/lookup.js'
import type { Reading } from '../../dossier/reading.js'
import type { Place } from '../../dossier/store.js'
import type { Words } from '../../dossier/wording.js'
import type { Question } from './inquiry.js'
import { answer, isValid, roomFor, sentence } from './reply.js'

/** A phone as the carrier named it: where the reply goes. */
export interface Phone {
  readonly address: string
  readonly ton: number
  readonly npi: number
}

/** Who asks, and where: all that a conversation knows of the way a text came. */
export interface Speaker {
  readonly phone: Phone
  /** Keyed hash of the number: what is counted and kept of a person. */
  readonly subject: string
  /** Name of the link the text came by. */
  readonly link: string
  /** The number the text was sent to, which a reply names and leaves from. */
  readonly shortCode: string
  readonly receivedAt: number
}

/** A worded reply. */
export interface Worded {
  readonly text: string
  /** The citizen got what was asked for: the billing hint. */
  readonly isValid: boolean
  /** For the log: what kind of answer it is. */
  readonly kind: string
}

/** How the reply to one question comes about. */
export interface Plan {
  /** The asker is slowed down: word no sooner. */
  readonly delayMs: number
  /** Replies of one identity say the same as long as the dossier stands still: the caps count them. */
  readonly identity: string
  /** What must be read first; read in one call with everything else of this text. */
  readonly places: readonly Place[]
  /** `word` needs nothing but what is found at `places`, if something is; else it asks further, or acts. */
  readonly isQuick: boolean
  /** The reply, from what was found at `places`; undefined when there is nothing to say any more. Call it once. */
  word(found: readonly (Buffer | null | Error)[]): Worded | undefined | Promise<Worded | undefined>
}

/** What a text is, before it is kept. */
export interface Heard {
  readonly questions: readonly Question[]
  /** Set when it wants no reply: why, as it is counted. There are no questions then. */
  readonly silence?: Silence
}

/** Why a text that was understood gets no reply. */
export const silences = ['reaction'] as const
export type Silence = (typeof silences)[number]

export interface Conversation {
  /** Reads a text. Pure and quick; never fails. */
  hear(text: string): Heard
  /** Plans the reply to one question, counting the try. Nothing is read or done yet. */
  plan(question: Question, speaker: Speaker): Plan
}

export interface ConversationDeps {
  readonly words: Readonly<Record<'vi' | 'en', Words>>
  /** Of the link. */
  readonly keywordPrefix: string
  readInquiry(text: string): Question[]
  /** Reads a number kept as text. */
  readNumber(text: string): Reading
  readonly beginLookup: BeginLookup
  /** DK and HUY, once the number was looked up; undefined when the answer is that of the lookup. */
  watch(
    question: Question,
    speaker: Speaker,
    result: LookupResult | undefined,
    words: Words,
  ): Promise<Worded | undefined>
  /** A dossier as it is now, for a notice: asked by nobody, so not counted against anybody. */
  present(number: string): Promise<LookupResult>
}

export function openConversation(deps: ConversationDeps): Conversation {
  const wordsOf = ({ language }: Question) => deps.words[language]

  const worded = (result: LookupResult, question: Question, { shortCode }: Speaker): Worded => ({
    text: answer(result, question, wordsOf(question), shortCode, Date.now()),
    isValid: isValid(result),
    kind: result.kind,
  })

  const help = (question: Question, { shortCode }: Speaker): Worded => ({
    text: sentence(roomFor(question), wordsOf(question), 'sms.help', {
      shortCode,
      prefix: deps.keywordPrefix ? `${deps.keywordPrefix} ` : '',
    }),
    isValid: false,
    kind: 'help',
  })

  function lookedUp(question: Question, speaker: Speaker): Plan {
    const lookup = deps.beginLookup({
      reading: question.reading ?? deps.readNumber(question.number ?? ''),
      asker: { channel: 'sms', subject: speaker.subject },
    })
    const { delayMs, places, told } = lookup
    const said = told
      ? told.kind === 'unreadable'
        ? `${told.reason} ${told.suggestion ?? ''}`
        : told.kind
      : question.number
    const identity = `${question.action} ${question.language}${question.accents ? '+' : ''} ${said}`
    if (question.action === 'watch')
      return {
        delayMs,
        places,
        identity,
        isQuick: false,
        async word(found) {
          const result = await lookup.finish(found)
          const done = await deps.watch(question, speaker, result, wordsOf(question))
          return done ?? worded(result, question, speaker)
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
          ? result.then((late) => worded(late, question, speaker))
          : worded(result, question, speaker)
      },
    }
  }

  return {
    hear: (text) => ({ questions: deps.readInquiry(text) }),

    plan(question, speaker) {
      const rest = { delayMs: 0, places: [], identity: `${question.action} ${question.language}` }
      switch (question.action) {
        case 'ask':
        case 'watch':
          return lookedUp(question, speaker)
        case 'stop':
          return {
            ...rest,
            isQuick: false,
            word: async () =>
              (await deps.watch(question, speaker, undefined, wordsOf(question))) ?? help(question, speaker),
          }
        case 'notice':
          return {
            ...rest,
            isQuick: false,
            async word() {
              const result = await deps.present(question.number ?? '')
              return result.kind === 'found' ? worded(result, question, speaker) : undefined
            },
          }
        case 'help':
          return { ...rest, isQuick: true, word: () => help(question, speaker) }
      }
    },
  }
}
