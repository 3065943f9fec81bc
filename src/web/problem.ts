// Errors over HTTP as RFC 9457 problem details, one shape for every room. Submitted values are never echoed.
import type { FastifyReply, FastifyRequest } from 'fastify'

export interface ProblemMore {
  readonly detail?: string
  readonly reason?: string
  readonly suggestion?: string | undefined
  readonly errors?: readonly { pointer?: string; line?: number; code: string; detail?: string }[]
  readonly retryAfterSeconds?: number | undefined
  /** Problems of a configuration. */
  readonly problems?: readonly { path: string; message: string }[]
}

const titles: Record<number, string> = {
  400: 'The request cannot be understood',
  401: 'A valid key is needed',
  403: 'This key may not do that',
  404: 'Not found',
  405: 'Method not allowed',
  406: 'Not acceptable',
  408: 'The request came too slowly',
  409: 'Conflict',
  413: 'The request is too large',
  415: 'This content type is not accepted',
  417: 'This expectation cannot be met',
  422: 'The request contradicts an earlier one',
  429: 'Too many requests',
  431: 'The request headers are too large',
  500: 'The gateway made a mistake',
  503: 'Temporarily unavailable',
}

export const problemType = 'application/problem+json'

/** The body of a problem: `type` and `code` are stable, `instance` is the request's id. */
export function problemBody(status: number, code: string, instance: string, more: ProblemMore = {}) {
  return {
    type: `urn:dossier-gateway:problem:${code}`,
    title: titles[status] ?? 'Error',
    status,
    code,
    instance,
    ...more,
  }
}

/** Sends a problem; 429 and 503 carry Retry-After (seconds). */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  code: string,
  more: ProblemMore = {},
): FastifyReply {
  const wait = more.retryAfterSeconds ?? (status === 503 ? 5 : undefined)
  if (wait !== undefined) reply.header('retry-after', wait)
  return reply
    .code(status)
    .header('content-type', problemType)
    .header('cache-control', 'no-store')
    .send(JSON.stringify(problemBody(status, code, request.id, { ...more, retryAfterSeconds: wait })))
}
