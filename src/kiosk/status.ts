// One question, one answer, nothing remembered: GET /v1/status/{number}, and POST /v1/status, which keeps a number that a
// person types out of URLs and so out of proxy logs. The busiest route of the gateway.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Asker, LookUp, LookupResult } from '../dossier/lookup.js'
import { preferredLanguage } from '../web/accept-language.js'
import { clientAddress, networksOf } from '../web/addresses.js'
import { sendWhole } from '../web/whole-answer.js'
import { type AnswerWords, openAnswers } from './answer.js'
import { StatusQuestion } from './contract.js'
import type { Authenticate } from './door.js'
import { openProblems, type ProblemWords, problemType } from './problem.js'
import { visitOf } from './visit.js'

type Languages = Record<string, AnswerWords & ProblemWords>

export interface StatusDeps {
  lookUp: LookUp
  /** Words by language; the first one is the default. */
  words: Languages
  authenticate: Authenticate
  /** Registers a callback for when the words have changed. */
  onReworded?: (listener: () => void) => void
}

// Retry soon when the store is down; its own reconnection takes a second or two.
const unavailableRetrySeconds = 5
// The longest number in use has 40 characters. 256 also holds the QR code of an identity card, which is recognised and refused
// as one, and still rejects a screenful of pasted text.
const longestNumber = 256

/** GET /v1/status/{number} and POST /v1/status. */
export function statusRoute(
  app: FastifyInstance,
  { lookUp, words, authenticate, onReworded }: StatusDeps,
): void {
  const ready = () =>
    new Map(
      Object.entries(words).map(([language, its]) => [
        language,
        { answer: openAnswers(its), problems: openProblems(its) },
      ]),
    )
  let languages = ready()
  const spoken = [...languages.keys()]
  onReworded?.(() => {
    languages = ready()
  })

  const answer = async (number: string, request: FastifyRequest, reply: FastifyReply) => {
    const { lang } = request.query as { lang?: unknown }
    const language = languageOf(lang, request.headers['accept-language'])
    reply.header('cache-control', 'no-store')
    const result = await ask(number, request)
    switch (result.kind) {
      case 'found':
        return sendWhole(reply, 200, 'application/json; charset=utf-8', language.answer(result))
      case 'unknown':
        return reply.code(404).type(problemType).send(language.problems.unknown)
      case 'unreadable':
        return reply
          .code(400)
          .type(problemType)
          .send(language.problems.unreadable(result.reason, result.suggestion))
      case 'withheld':
        return reply
          .code(429)
          .header('retry-after', result.retryAfterSeconds)
          .type(problemType)
          .send(language.problems.withheld(result.retryAfterSeconds))
      case 'unavailable':
        return reply
          .code(503)
          .header('retry-after', unavailableRetrySeconds)
          .type(problemType)
          .send(language.problems.unavailable)
    }
  }

  function ask(number: string, request: FastifyRequest): LookupResult | Promise<LookupResult> {
    if (number.length > longestNumber) return { kind: 'unreadable', reason: 'too-long' }
    const [subject, ...wider] = networksOf(clientAddress(request))
    const visitor: Asker = { channel: 'web', subject: subject!, wider: wider.length > 0 ? wider : undefined }
    if (request.headers.cookie === undefined) return lookUp(number, visitor)
    return authenticate(request, 'kiosk', 'desk').then(
      (device) => lookUp(number, device ? askerAt(device, request) : visitor),
      () => ({ kind: 'unavailable' }), // the store that knows the cookies is away
    )
  }

  app.get('/v1/status/:number', {
    schema: statusSchema,
    validatorCompiler: () => () => true,
    handler: (request, reply) => answer((request.params as { number: string }).number, request, reply),
  })
  app.post('/v1/status', { schema: askSchema }, (request, reply) =>
    answer((request.body as StatusQuestion).number, request, reply),
  )

  function languageOf(asked: unknown, accepted: string | undefined) {
    const wanted = typeof asked === 'string' ? languages.get(asked) : undefined
    return wanted ?? languages.get(preferredLanguage(accepted, spoken, spoken[0]!))!
  }
}

// At a device people take turns; the page names each turn, so that one person's mistakes do not count against the next.
function askerAt(device: { kind: string; name?: string; desk?: string }, request: FastifyRequest): Asker {
  const place = `${device.kind}:${device.name ?? device.desk}`
  const visit = visitOf(request)
  return {
    channel: device.kind === 'desk' ? 'desk' : 'kiosk',
    subject: visit === undefined ? place : `${place}:${visit}`,
    place,
  }
}

// For the API description only: any text may be submitted, and answer.ts writes the response.
const statusSchema = {
  summary: 'Where a dossier stands',
  description:
    'Anyone may ask. By dossier number: state, agency, dates. By lookup number: also procedure, note, fee and steps. Never a name, phone or address.',
  tags: ['public'],
  params: {
    type: 'object',
    properties: {
      number: { type: 'string', description: 'dossier number or 12- or 16-digit lookup number, as typed' },
    },
  },
  querystring: {
    type: 'object',
    properties: { lang: { type: 'string', description: 'language of the words; default vi' } },
  },
}

const askSchema = {
  summary: 'Where a dossier stands, without its number in the address',
  description: 'The same question and the same answers as GET /v1/status/{number}.',
  tags: ['public'],
  body: StatusQuestion,
  querystring: statusSchema.querystring,
}
