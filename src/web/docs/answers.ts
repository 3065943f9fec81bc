// Builders for the response section of the OpenAPI document: a route's own answers, and the problems of each status.
import { Problem } from '../../agency/schemas.js'

/** A schema without its $id: each route has its own copy instead of a reference. */
export function inline<T extends object>(schema: T): T {
  const { $id: _, ...rest } = schema as T & { $id?: string }
  return rest as T
}

const problems: Record<number, string> = {
  400: 'malformed-json, invalid (with errors[]) or unreadable (with reason)',
  401: 'unauthorized: no valid key or signature',
  403: "forbidden: another agency's dossier, or another desk",
  404: 'unknown',
  408: 'too-slow',
  409: 'under-way: a request with the same Idempotency-Key is in progress',
  413: 'too-large',
  415: 'wrong-content-type, or wrong-content-encoding: only agencies may send gzip, nothing else is accepted',
  422: 'key-reused: the Idempotency-Key was used with another body',
  429: 'too-many-requests, with Retry-After',
  503: 'unavailable, with Retry-After; it is safe to send again',
}

/** The answers of a route: those given, and the problems of these statuses. */
export function answers(success: { [status: number]: unknown }, ...statuses: number[]) {
  const responses: { [status: number]: unknown } = { ...success }
  for (const status of statuses) {
    const one = problem(problems[status]!)
    responses[status] = status === 429 || status === 503 ? withRetryAfter(one) : one
  }
  return responses
}

/** The description of a problem response. */
export const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: inline(Problem) } },
})

export const withRetryAfter = <T extends object>(answer: T) => ({
  ...answer,
  headers: { 'Retry-After': { type: 'integer', description: 'seconds' } },
})

/** The description of a successful response of this schema. */
export const answer = (description: string, schema: object, type = 'application/json') => ({
  description,
  content: { [type]: { schema: inline(schema) } },
})
