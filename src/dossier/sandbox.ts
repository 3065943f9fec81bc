// Numbers with fixed answers, for integrators. They belong to an agency of their own that exists only with `sandbox:
// true`; none of its answers is stored, and no real dossier is touched.
import { setTimeout as delay } from 'node:timers/promises'
import { type Agency, sandboxAgency } from './agency.js'
import type { Dossier, DossierStatus } from './dossier.js'
import type { BeginLookup, LookUp, LookupResult, Question } from './lookup.js'
import type { Numbers } from './numbers/numbers.js'
import { openTruth } from './truth.js'

const found = (dossierStatus: DossierStatus, overdue = false, delayMs = 0) =>
  ({ kind: 'found', dossierStatus, overdue, delayMs }) as const

/** The answer for each sequence of `000.00.00.X00-260101-NNNN`. Any other sequence is unknown. */
export const sandboxAnswers = {
  '0001': found('submitted'),
  '0002': found('accepted'),
  '0003': found('refused'),
  '0004': found('processing'),
  '0005': found('supplement'),
  '0006': found('payment'),
  '0007': found('withdrawn'),
  '0008': found('stopped'),
  '0009': found('finished'),
  '0010': found('returned'),
  '0011': found('processing', true),
  '0200': found('processing', false, 2000),
  '0429': { kind: 'withheld', retryAfterSeconds: 60 },
  '0503': { kind: 'unavailable' },
} as const

type Rule = (typeof sandboxAnswers)[keyof typeof sandboxAnswers]

/** Puts the sandbox in front of real lookups: its numbers reach neither the store nor the limiter. */
export function openSandbox(
  numbers: Pick<Numbers, 'read'>,
  real: { lookUp: LookUp; begin: BeginLookup },
): { lookUp: LookUp; begin: BeginLookup } {
  const isOurs = ({ reading }: Question): boolean =>
    reading.kind !== 'unreadable' && reading.dossierNo.agency === sandboxAgency.code
  const answerOf = ({ reading }: Question): Promise<LookupResult> => answer(reading as Readable)
  return {
    begin: (question, now) =>
      isOurs(question)
        ? { delayMs: 0, decided: undefined, places: [], finish: () => answerOf(question) }
        : real.begin(question, now),
    lookUp(text, asker) {
      const question = { reading: numbers.read(text), asker }
      return isOurs(question) ? answerOf(question) : real.lookUp(text, asker)
    },
  }
}

type Readable = Exclude<Question['reading'], { kind: 'unreadable' }>

async function answer(reading: Readable): Promise<LookupResult> {
  const { dossierNo } = reading
  const rule: Rule | undefined = Object.hasOwn(sandboxAnswers, dossierNo.sequence)
    ? sandboxAnswers[dossierNo.sequence as keyof typeof sandboxAnswers]
    : undefined
  if (!rule) return { kind: 'unknown', dossierNo }
  if (rule.kind !== 'found') return rule
  if (rule.delayMs > 0) await delay(rule.delayMs)
  const dossier = { ...sample(rule.dossierStatus, rule.overdue), dossierNo }
  return {
    kind: 'found',
    level: reading.kind === 'lookupNumber' ? 'full' : 'basic',
    dossier,
    agency: sandboxAgency,
    truth: truthOf(dossier, Date.now()),
  }
}

const truthOf = openTruth({ dayEnds: '17:00' })

/** A made-up dossier in a given state, as a lookup returns one: to show what texts about a real one would say. */
export function sampleFound(
  dossierNo: Dossier['dossierNo'],
  agency: Agency,
  dossierStatus: DossierStatus,
  isOverdue = false,
): Extract<LookupResult, { kind: 'found' }> {
  const dossier = { ...sample(dossierStatus, isOverdue), dossierNo }
  return { kind: 'found', level: 'full', dossier, agency, truth: truthOf(dossier, Date.now()) }
}

// Fixed times, so that the same question has the same answer every day.
function sample(dossierStatus: DossierStatus, overdue: boolean): Omit<Dossier, 'dossierNo'> {
  const received = Date.UTC(2026, 0, 1, 1, 30)
  return {
    dossierStatus,
    eventTime: received + 3_600_000,
    asOf: received + 3_600_000,
    procedure: { code: '2.000815', name: 'Chứng thực bản sao từ bản chính' },
    receivedAt: received,
    dueAt: overdue ? Date.UTC(2026, 0, 5, 10) : Date.UTC(2030, 0, 1, 10),
    publicNote: 'Hồ sơ thử nghiệm',
    fee: { amount: 20_000, paid: true },
    otherNumbers: [],
    history: [
      { dossierStatus: 'submitted', at: received },
      ...(dossierStatus === 'submitted' ? [] : [{ dossierStatus, at: received + 3_600_000 }]),
    ],
  }
}
