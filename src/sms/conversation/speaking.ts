// Who is spoken with, and what is said to them: the words the conversation and the pipeline share.
import type { Words } from '../../dossier/wording.js'
import type { Question } from './inquiry.js'
import type { Line, Room } from './reply.js'

/** A phone as the carrier named it: where the reply goes. */
export interface Phone {
  readonly address: string
  readonly ton: number
  readonly npi: number
}

/** Who asks, and where: all that a conversation knows of the way a text came. */
export interface Speaker {
  /** Identifies this question; when it is worded a second time it has the same id. */
  readonly id: string
  readonly phone: Phone
  /** Keyed hash of the number: what is counted and kept of a person. */
  readonly subject: string
  /** Name of the link the text came by. */
  readonly link: string
  /** The number the text was sent to, which a reply names and leaves from. */
  readonly shortCode: string
  readonly receivedAt: number
}

/** A text that nobody asked for at this moment: what it is about, and who gets it. */
export interface Notice {
  readonly question: Question
  readonly phone: Phone
  readonly subject: string
  readonly receivedAt: number
}

/** A worded reply. */
export interface Worded {
  readonly text: string
  /** The citizen got what was asked for: the billing hint. */
  readonly isValid: boolean
  /** For the log: what kind of answer it is. */
  readonly kind: string
  /** Of a notice: what it says, apart. */
  readonly notice?: NoticeValues
}

/** What a notice says, by name, for carriers that send it by a template registered beforehand. */
export interface NoticeValues {
  /** What it is about, as the wording's states are named. */
  readonly situation: string
  readonly number: string
  readonly state: string
  readonly date: string
  readonly agency: string
  readonly phone: string
}

/** How one reply is spoken: in which words, in how much room, and where it says that texts are sent to. */
export interface Voice {
  readonly words: Words
  readonly room: Room
  readonly line: Line
}
