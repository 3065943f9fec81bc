// What we answer to a call of the peer, independent of the HTTP server.
import type { KeptAnswer } from '../carrier.js'
import type { HttpLinkSettings, Written } from './resolved.js'
import { encodingOf, hintOf } from './values.js'

/** The response to a call. */
export interface Answer {
  readonly status: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** A problem, by its code. */
  readonly problem?: string
  /** For a call that cannot be parsed: the missing field. */
  readonly field?: string
}

/** Not stored: the peer must deliver it again. */
export const again: Answer = { status: 503, problem: 'unavailable' }

/**
 * The answer to a call that brought several texts. The peer redelivers the whole call until every text is stored, and is
 * refused only when none can be read. undefined when there were none.
 */
export function toAll(answers: readonly Answer[]): Answer | undefined {
  return (
    answers.find(({ status }) => status >= 500) ?? answers.find(({ status }) => status < 300) ?? answers[0]
  )
}

/** The answers to a call that is not the peer's, by what is wrong: its address, its proof, the time of its signature. */
export const refused = {
  address: { status: 403, problem: 'address-not-allowed' },
  proof: { status: 401, problem: 'not-proven' },
  stale: { status: 403, problem: 'not-timely' },
} as const satisfies Readonly<Record<string, Answer>>

/** The text being answered. */
export interface Asked {
  readonly from: string
  readonly to: string
  readonly id: string
}

export interface Writer {
  /** The reply, in the peer's format. */
  said(asked: Asked, reply: Pick<KeptAnswer, 'text' | 'isValid'>): Answer
  /** Accepted, with nothing to say in the response. */
  accepted(asked?: Asked): Answer
}

export function openWriter(settings: HttpLinkSettings): Writer {
  const { receive } = settings

  function written(
    { body, contentType, headers }: Written,
    status: number,
    { from, to, id }: Asked,
    { text, isValid }: Pick<KeptAnswer, 'text' | 'isValid'>,
  ): Answer {
    const values = { from, to, id, text, ...encodingOf(text), valid: hintOf(settings, isValid) }
    const filled = headers.map(([name, value]) => [name, value.fill(values)] as const)
    return {
      status,
      body: body.fill(values),
      headers: { 'content-type': contentType, ...Object.fromEntries(filled) },
    }
  }

  return {
    said: (asked, reply) => written(receive.response, 200, asked, reply),
    accepted: (asked) =>
      receive.silent && asked
        ? written(receive.silent, receive.acceptedStatus, asked, { text: '', isValid: false })
        : { status: receive.acceptedStatus },
  }
}
