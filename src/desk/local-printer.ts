// The printer of a desk, attached to this machine: takes slips from the queue in Redis to its port.
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ignoreOutage } from '../errors.js'
import type { Log } from '../log.js'
import type { Metrics } from '../metrics.js'
import type { Desk } from './desk.js'
import type { PrintQueue, QueuedJob } from './print-queue.js'
import { type PrintLoop, runPrintLoop, type SlipSource } from './printer/print-loop.js'
import { Printer } from './printer/printer.js'
import { obstacles } from './printer/printer-state.js'
import { openSlipJournal, type SlipJournal } from './printer/slip-journal.js'
import type { DeskConfig } from './settings.js'

// Poll interval for slips requested at another gateway; local ones wake it at once.
const lookMs = 500
// A published state is trusted for 8 s, so two beats in a row may fail.
const publishMs = 2500
// Part of the shutdown budget in which a slip being printed may finish.
const closeMs = 2000

interface LocalPrinterDeps {
  readonly desk: Desk
  readonly port: NonNullable<DeskConfig['printer']>
  readonly queue: PrintQueue
  /** Undefined: the slip could not be rendered, and was ended. */
  readonly bytesOf: (job: QueuedJob) => Promise<Buffer | undefined>
  readonly dataDir: string
  /** Name of this process among the gateways. */
  readonly instance: string
  readonly log: Log
  readonly metrics: Metrics
}

interface LocalPrinter {
  /** For /readyz: whether it can print now. */
  works(): boolean
  close(): Promise<void>
}

/** Owns the port, prints the desk's slips, publishes the printer's state to the other gateways. */
export function runLocalPrinter(deps: LocalPrinterDeps): LocalPrinter {
  const { desk, port, queue, bytesOf, dataDir, instance, log, metrics } = deps
  const printer = new Printer({ path: port.path, baudRate: port.baudRate, profile: desk.paper }, log)
  const journal = openSlipJournal(join(dataDir, 'desks', `${desk.id}.journal`))
  const confirmed = metrics.histogram(
    'gateway_print_confirm_seconds',
    'from asking for a slip to the proof that it is printed',
    ['desk'],
    [0.25, 0.5, 1, 2, 5, 10, 30, 60],
  )
  const states = metrics.gauge('gateway_printer_state', '1 for the state a printer is in', ['desk', 'state'])

  const publish = () => {
    const { state, since, canConfirm } = printer
    queue
      .publish(desk.id, instance, { state, since, profile: desk.paper.name, remote: false, canConfirm })
      .catch(ignoreOutage)
  }
  let shown = printer.state
  printer.on('state', (state) => {
    states.set({ desk: desk.id, state: shown }, 0)
    states.set({ desk: desk.id, state }, 1)
    shown = state
    publish()
  })
  // The same beat renews the lease of the current slip.
  const beat = setInterval(() => {
    publish()
    queue.touch(desk.id, instance).catch(ignoreOutage)
  }, publishMs)

  const source: SlipSource = {
    async claim() {
      const job = await queue.claim(desk.id, instance)
      if (!job) return undefined
      const bytes = await bytesOf(job)
      return bytes && { token: job.token, mark: job.mark, bytes, ttlMs: job.ttlMs }
    },
    async sent(token) {
      await queue.settle(desk.id, token, 'sent')
    },
    async settle(token, outcome) {
      const more = {
        ...('reason' in outcome ? { reason: outcome.reason } : {}),
        ...('by' in outcome ? { by: outcome.by } : {}),
      }
      const { moved, job } = await queue.settle(desk.id, token, outcome.kind, more)
      if (moved && job && outcome.kind === 'confirmed')
        confirmed.observe({ desk: desk.id }, (Date.now() - Date.parse(job.createdAt)) / 1000)
    },
    wait: (signal) => waitForWork(queue, printer, desk.id, signal),
  }
  printer.start()
  const loop = runPrintLoop(source, printer, journal, log)
  return {
    works: () => obstacles[printer.state] === undefined,
    close: () => closeLocal(loop, printer, journal, beat),
  }
}

/** Until a slip may wait here, or the printer changes, or half a second has passed. */
async function waitForWork(
  queue: PrintQueue,
  printer: Printer,
  desk: string,
  signal: AbortSignal,
): Promise<void> {
  const done = new AbortController()
  const wake = (changed?: string) => {
    if (changed === undefined || changed === desk) done.abort()
  }
  const onState = () => wake()
  queue.on('change', wake)
  printer.on('state', onState)
  await delay(lookMs, undefined, { signal: AbortSignal.any([signal, done.signal]) }).catch(() => {})
  queue.off('change', wake)
  printer.off('state', onState)
}

async function closeLocal(
  loop: PrintLoop,
  printer: Printer,
  journal: SlipJournal,
  beat: NodeJS.Timeout,
): Promise<void> {
  clearInterval(beat)
  const ended = loop.close()
  await Promise.race([ended, delay(closeMs, undefined, { ref: false })])
  await printer.close()
  await ended
  journal.close()
}
