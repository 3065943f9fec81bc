// A reply as submit_sm: cut into segments, each submitted on its own, with the results combined into one outcome.
import { segmentsOf } from '../../segments.js'
import type { Outcome, Outgoing } from '../carrier.js'
import type { SmppConfig } from './settings.js'
import { reactionTo, statusName } from './wire/command-status.js'
import type { SubmitSm } from './wire/pdu.js'
import type { SubmitOutcome } from './wire/session.js'

/**
 * Sends one segment of a reply. `done` is called exactly once; `othersTaken`: others are accepted meanwhile, so that a refusal
 * is about this reply.
 */
export type SubmitSegment = (
  sm: SubmitSm,
  reply: Pick<Outgoing, 'blamedAt' | 'refusals'>,
  done: (outcome: SubmitOutcome, othersTaken: boolean) => void,
) => void

/** Sends the segments of a reply not yet accepted. `accepted` is called for each that is. `done` is called exactly once. */
export function submitReply(
  config: SmppConfig,
  submit: SubmitSegment,
  reply: Outgoing,
  accepted: (messageId: string) => void,
  done: (outcome: Outcome) => void,
): void {
  const { billing } = config
  const segments = segmentsOf(reply.text, config.defaultAlphabet, reply.reference)
  const due = segments.map((_, at) => at).filter((at) => !reply.taken.includes(at))
  let waiting = due.length
  let worst: Outcome = { kind: 'taken' }
  for (const at of due) {
    const { hasUdh, dataCoding, message } = segments[at]!
    submit(
      {
        serviceType: (reply.isValid ? billing?.valid : billing?.invalid) ?? '',
        sourceTon: config.sourceTon ?? reply.from.ton,
        sourceNpi: config.sourceNpi ?? reply.from.npi,
        source: reply.from.address,
        destTon: config.destTon ?? reply.to.ton,
        destNpi: config.destNpi ?? reply.to.npi,
        dest: reply.to.address,
        esmClass: hasUdh ? 0x40 : 0,
        registeredDelivery: config.deliveryReceipts ? 1 : 0,
        dataCoding,
        message,
        tlv: billing?.tlv && {
          tag: billing.tlv.tag,
          value: reply.isValid ? billing.tlv.valid : billing.tlv.invalid,
        },
      },
      reply,
      (outcome, othersTaken) => {
        const its = outcomeOf(outcome, othersTaken)
        if (its.kind === 'taken') {
          // A reply of one segment leaves nothing to remember.
          if (segments.length > 1) reply.taken.push(at)
          if (outcome.kind === 'answered') accepted(outcome.messageId)
        } else if (severity(its) > severity(worst)) worst = its
        if (--waiting === 0) done(worst)
      },
    )
  }
}

function outcomeOf(outcome: SubmitOutcome, othersTaken: boolean): Outcome {
  if (outcome.kind !== 'answered') return outcome
  const status = statusName(outcome.commandStatus)
  const reaction = reactionTo(outcome.commandStatus)
  if (reaction === 'done') return { kind: 'taken' }
  if (reaction === 'rebind') return { kind: 'refused', how: 'doubtful', status, isOfReply: othersTaken }
  return { kind: 'refused', how: reaction, status, isOfReply: reaction === 'throttled' && othersTaken }
}

// A reply has the worst outcome of its segments: worst is that one may have been sent, then that one never will be accepted.
function severity(outcome: Outcome): number {
  switch (outcome.kind) {
    case 'taken':
      return 0
    case 'refused':
      return outcome.how === 'final' ? 3 : 1
    case 'unsent':
      return 2
    case 'unheard':
      return 4
    case 'lost':
      return 5
  }
}
