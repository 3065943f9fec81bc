// The last stage before a reply leaves: plans a reply with the conversation, and has it worded. A bug in one reply
// affects only that one.
import type { DossierStore } from '../../dossier/store/store.js'
import { GatewayError } from '../../errors.js'
import type { Log } from '../../log.js'
import type { Conversation, Plan, Said } from '../conversation/conversation.js'
import { mask } from '../msisdn.js'
import type { Text } from './text.js'

/** A reply, or why there is none; 'mistake' after a bug of ours. */
export type Wording = Said | 'mistake'

type Found = readonly (Buffer | null | Error)[]

interface WorderDeps {
  readonly link: string
  /** The number to reply from if a text does not say which number it was sent to. */
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
      'A bug in this program: a reply could not be worded, and this text gets none. Please report this line',
    )
    return 'mistake'
  }

  /** Words a reply from the records at the places in its plan. Throws GatewayError when Redis is away. */
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
    /** Plans the reply. Counts the try: called once per text until it is worded. */
    planFor,
    /** Whether it can be worded at once, from records alone and without slowing the asker down. */
    isQuick(text: Text): boolean {
      const { isQuick, delayMs } = planFor(text)
      return isQuick && delayMs <= 0
    },
    word,
    /** Words a slow reply: reads what it needs, and takes its time. */
    async work(text: Text, plan: Plan): Promise<Wording> {
      return word(text, plan, plan.places.length > 0 ? await fetch(plan.places) : [])
    },
  }
}
