// How a state looks on every page: going on, asking for something, ready, or ended.
import type { Answer } from '../../src/kiosk/contract.ts'
import { Alert, Check, Clock, Hand, Stop } from './icons.tsx'

const looks = {
  submitted: { tone: 'go', Icon: Clock },
  accepted: { tone: 'go', Icon: Clock },
  processing: { tone: 'go', Icon: Clock },
  supplement: { tone: 'act', Icon: Alert },
  payment: { tone: 'act', Icon: Alert },
  finished: { tone: 'good', Icon: Hand },
  returned: { tone: 'good', Icon: Check },
  refused: { tone: 'bad', Icon: Stop },
  stopped: { tone: 'bad', Icon: Stop },
  withdrawn: { tone: 'still', Icon: Stop },
} as const satisfies Record<Answer['dossierStatus'], unknown>

/** How an answer looks now: a state that asks for something, once that is done, goes on. */
export const lookOf = ({ dossierStatus, awaitsCitizen }: Answer) => {
  const look = looks[dossierStatus]
  return look.tone === 'act' && !awaitsCitizen ? looks.processing : look
}
