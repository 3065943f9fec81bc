// One printer working off one desk's slips: claim, journal, print, journal the outcome, report. The same loop runs in the
// gateway (slips from Redis) and in the print agent (slips over HTTP).
import { setTimeout as delay } from 'node:timers/promises'
import { ignoreOutage, whyRefused } from '../../errors.js'
import type { Log } from '../../log.js'
import type { Printer } from './printer.js'
import type { ConfirmedBy, PrintOutcome } from './printing.js'
import { isHeld, type SlipJournal } from './slip-journal.js'

interface ClaimedSlip {
  readonly token: string
  /** Four characters for the printer's completion. */
  readonly mark: string
  readonly bytes: Buffer
  /** How long after the request it may still be started; a duration, independent of another computer's clock. */
  readonly ttlMs: number
}

/** Where slips come from and outcomes go. Each may throw a retryable GatewayError. */
export interface SlipSource {
  claim(): Promise<ClaimedSlip | undefined>
  sent(token: string): Promise<void>
  settle(token: string, outcome: PrintOutcome | { readonly kind: 'expired' }): Promise<void>
  /** Resolves when it may be worth asking for a slip again. */
  wait(signal: AbortSignal): Promise<void>
}

type LoopPrinter = Pick<Printer, 'able' | 'print' | 'on' | 'off'>

export interface PrintLoop {
  /** Resolves when the current slip has ended and is journaled. */
  close(): Promise<void>
}

/** Pause between two attempts to report an outcome. */
const reportAgainMs = 1000

/** Starts the loop; after a restart it first reports what its journal holds. */
export function runPrintLoop(
  source: SlipSource,
  printer: LoopPrinter,
  journal: SlipJournal,
  log: Log,
  retryMs = reportAgainMs,
): PrintLoop {
  const stop = new AbortController()
  const { signal } = stop

  const late = new Set<Promise<void>>()
  const correct = (token: string, outcome: PrintOutcome) => {
    journal.end(token, outcome)
    const reporting = report(token, outcome).finally(() => late.delete(reporting))
    late.add(reporting)
  }
  // A proof that comes after we stopped waiting corrects the reported outcome.
  const onProvenLate = (mark: string, by: ConfirmedBy) => {
    const begun = journal.findByMark(mark)
    if (!begun?.outcome || begun.outcome.kind === 'confirmed') return
    log.info({ evt: 'slip.late-completion', token: begun.token }, 'the printer confirmed a slip late')
    correct(begun.token, { kind: 'confirmed', by })
  }
  printer.on('proven-late', onProvenLate)
  // "It comes out by itself" is no longer true: a person looks, and decides.
  const onHoldEnded = (mark: string) => {
    const begun = journal.findByMark(mark)
    if (begun && isHeld(begun.outcome)) correct(begun.token, { kind: 'unconfirmed' })
  }
  printer.on('hold-ended', onHoldEnded)

  async function report(token: string, outcome: PrintOutcome | { kind: 'expired' }): Promise<void> {
    for (;;) {
      try {
        await source.settle(token, outcome)
        journal.reported(token)
        return
      } catch (error) {
        ignoreOutage(error)
        // Unreported outcomes stay in the journal and are reported at the next start.
        if (signal.aborted) return
        await pause(retryMs)
      }
    }
  }

  async function printOne(slip: ClaimedSlip, askedAt: number): Promise<void> {
    const { token, mark, bytes } = slip
    const before = journal.find(token)
    if (before) {
      log.warn(
        { evt: 'slip.offered-again', token },
        'The gateway offered a slip again that was begun before; it is not printed twice',
      )
      return report(token, before.outcome ?? { kind: 'unconfirmed' })
    }
    if (performance.now() - askedAt >= slip.ttlMs) return settleUnbegun(token)
    try {
      journal.begin(token, mark)
    } catch (error) {
      const why = whyRefused(error)
      log.error(
        { evt: 'slip.unjournaled', token, why },
        'A slip was not printed, because the journal of slips cannot be written (see why); the desk is told',
      )
      journal.end(token, { kind: 'failed', reason: 'unavailable' })
      return report(token, { kind: 'failed', reason: 'unavailable' })
    }
    log.info({ evt: 'slip.started', token, bytes: bytes.length }, 'slip started')
    const started = performance.now()
    const outcome = await printer.print(bytes, mark, () => source.sent(token).catch(ignoreOutage))
    journal.end(token, outcome)
    log.info(
      {
        evt: 'slip.ended',
        token,
        outcome: outcome.kind,
        ...(outcome.kind === 'failed' ? { reason: outcome.reason } : {}),
        tookMs: Math.round(performance.now() - started),
      },
      'slip ended',
    )
    await report(token, outcome)
  }

  async function settleUnbegun(token: string): Promise<void> {
    log.warn(
      { evt: 'slip.expired', token },
      'A slip reached the printer too late and was not printed; the desk is told',
    )
    await source.settle(token, { kind: 'expired' }).catch(ignoreOutage)
  }

  async function run(): Promise<void> {
    for (const { token, outcome } of journal.unreported()) {
      log.warn(
        { evt: 'slip.recovered', token, outcome: outcome?.kind ?? 'unknown' },
        'A slip was under way when this process ended; its outcome is reported now',
      )
      const known = outcome && !isHeld(outcome) ? outcome : ({ kind: 'unconfirmed' } as const)
      journal.end(token, known)
      await report(token, known)
    }
    while (!signal.aborted) {
      const askedAt = performance.now()
      const slip = printer.able ? await source.claim().catch(ignoreOutage) : undefined
      if (slip) await printOne(slip, askedAt)
      else await source.wait(signal)
    }
  }

  const pause = (ms: number) => delay(ms, undefined, { signal }).catch(() => {})
  const life = run()
  return {
    async close() {
      stop.abort()
      await life
      printer.off('proven-late', onProvenLate)
      printer.off('hold-ended', onHoldEnded)
      await Promise.all(late)
    },
  }
}
