// The last stage before a reply leaves: asks the conversation how a reply comes about, and has it worded. A mistake of
// ours in one reply costs that one only.
import type { DossierStore } from '../../dossier/store.js'
import { GatewayError } from '../../errors.js'
import type { Log } from '../../log.js'
import type { Conversation, Plan, Said } from '../conversation/conversation.js'
import { mask } from '../msisdn.js'
import type { Text } from './text.js'

/** A reply, or why there is none; 'mistake' when we made one. */
export type Wording = Said | 'mistake'

type Found = readonly (Buffer | null | Error)[]

export interface WorderDeps {
  readonly link: string
  /** The number that texts are answered from which do not say where they were sent to. */
  readonly shortCode: string
  readonly conversation: Conversation
  /** Reads places of the dossiers. */
  readonly fetch: DossierStore['fetch']
  readonly log: Log
}

export type Worder = ReturnType<typeof openWorder>

export function openWorder({ link, shortCode, conversation, fetch, log }: WorderDeps) {
  const mistaken = (text: Text, error: unknown): 'mistake' => {
    if (error instanceof GatewayError) throw error
    log.error(
      { evt: 'mo.mistake', link, from: mask(text.asked.phone.address), err: error },
      'A reply could not be worded: a mistake of ours',
    )
    return 'mistake'
  }

  /** Words a reply from what was found at the places of its plan. Throws GatewayError when Redis is away. */
  function word(text: Text, plan: Plan, found: Found): Wording | Promise<Wording> {
    try {
      const worded = plan.word(found)
      return worded instanceof Promise ? worded.catch((error) => mistaken(text, error)) : worded
    } catch (error) {
      return mistaken(text, error)
    }
  }

  function planFor(text: Text): Plan {
    text.plan ??= conversation.plan(text.asked.question, text.speaker(link, shortCode))
    text.identity = text.plan.identity
    return text.plan
  }

  return {
    /** How the reply comes about. Counts the try: asked once for each text until it is worded. */
    planFor,
    /** Whether it can be worded in passing, from records alone and without slowing the asker down. */
    isQuick(text: Text): boolean {
      const { isQuick, delayMs } = planFor(text)
      return isQuick && delayMs <= 0
    },
    word,
    /** Words a reply that is not quick: reads what it needs, and takes its time. */
    async work(text: Text, plan: Plan): Promise<Wording> {
      return word(text, plan, plan.places.length > 0 ? await fetch(plan.places) : [])
    },
  }
}
