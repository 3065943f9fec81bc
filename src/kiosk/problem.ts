// This room's error bodies (RFC 9457), prepared per language: an unknown, a withheld and an expired number get the same
// bytes, and a busy hour of refusals costs nothing.
import type { FastifyReply } from 'fastify'
import type { Unreadable } from '../dossier/numbers/reading.js'
import type { Words } from '../dossier/wording.js'
import type { Problem } from './contract.js'

/** What this room needs of a language's words. */
export type ProblemWords = Pick<Words, 'text'>

export const problemType = 'application/problem+json; charset=utf-8'

type Code = 'unreadable' | 'unknown' | 'withheld' | 'unavailable'

const statuses = { unreadable: 400, unknown: 404, withheld: 429, unavailable: 503 } as const

/** Makes the problems of one language. */
export function openProblems(words: ProblemWords) {
  const problem = (code: Code, more: Partial<Problem> = {}): string =>
    JSON.stringify({
      type: `urn:dossier-gateway:problem:${code}`,
      title: words.text(`problem.${code}`),
      status: statuses[code],
      code,
      ...more,
    } satisfies Problem)
  return {
    unknown: problem('unknown'),
    unavailable: problem('unavailable'),
    withheld: (retryAfterSeconds: number) => problem('withheld', { retryAfterSeconds }),
    unreadable: (reason: Unreadable, suggestion?: string) =>
      problem('unreadable', {
        reason,
        detail: words.text(`unreadable.${reason}`),
        ...(suggestion === undefined ? {} : { suggestion }),
      }),
  }
}

/** Sends a problem of a kiosk's own routes. Its page goes by `code`; the title is for people who read the traffic. */
export function sendDeviceProblem(
  reply: FastifyReply,
  status: number,
  code: string,
  title: string,
): FastifyReply {
  return reply
    .code(status)
    .type(problemType)
    .send(JSON.stringify({ type: `urn:dossier-gateway:problem:${code}`, title, status, code }))
}
