// What a call of the peer is answered with, whatever listens.
import type { KeptAnswer } from '../carrier.js'
import type { HttpLinkSettings, Written } from './resolved.js'
import { hintOf, waysOf } from './values.js'

/** What a call is answered with. */
export interface Answer {
  readonly status: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** A problem, by its code. */
  readonly problem?: string
  /** Of a call that cannot be read: the field that is missing. */
  readonly field?: string
}

/** Not kept: the peer is to bring it again. */
export const again: Answer = { status: 503, problem: 'unavailable' }

/** Not the peer's call, by why: its address, its proof, the time of its signature. */
export const refused = {
  address: { status: 403, problem: 'address-not-allowed' },
  proof: { status: 401, problem: 'not-proven' },
  stale: { status: 403, problem: 'not-timely' },
} as const satisfies Readonly<Record<string, Answer>>

/** Whose text is answered. */
export interface Asked {
  readonly from: string
  readonly to: string
  readonly id: string
}

export interface Writer {
  /** The reply, in the words of the peer. */
  said(asked: Asked, reply: Pick<KeptAnswer, 'text' | 'isValid'>): Answer
  /** Taken, and nothing is said here. */
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
    const values = { from, to, id, text, ...waysOf(text), valid: hintOf(settings, isValid) }
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
