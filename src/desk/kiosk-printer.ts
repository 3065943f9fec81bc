// A kiosk's access to the printer of the desk beside it.
import type { Job, JobState } from './contract.js'
import type { Desks } from './desks.js'
import { shown } from './print-queue.js'
import { obstacles } from './printer/printer-state.js'

interface KioskPrinter {
  has(kiosk: string): boolean
  /** A slip for the person at the kiosk; cancelled at once, with the reason, when the printer cannot print now. */
  print(kiosk: string, number: string): Promise<Job | undefined>
  /** The test slip; one at a time. */
  test(kiosk: string): Promise<Job | undefined>
  job(kiosk: string, jobId: string): Promise<Job | undefined>
  /** The visit has ended: a slip not yet begun is cancelled, so that the next person does not find it. */
  cancel(kiosk: string, jobId: string): Promise<void>
}

// Nobody waits at a kiosk for paper longer than this, even if the page could not report the end of the visit.
const visitSeconds = 30

/** `printers`: kiosk name → desk id. */
export function openKioskPrinter(
  desks: Pick<Desks, 'print' | 'printTicket' | 'view' | 'job' | 'queue'>,
  printers: Readonly<Record<string, string>>,
): KioskPrinter {
  const beside = new Map(Object.entries(printers))
  /** A slip waiting for a printer that cannot print will not come out for this person. */
  const unlessStuck = async (desk: string, job: Job | undefined): Promise<Job | undefined> => {
    if (job?.state !== 'queued') return job
    const { printer } = await desks.view(desk)
    const reason = obstacles[printer.state]
    if (reason === undefined) return job
    const { job: now } = await desks.queue.cancel(desk, job.jobId, reason)
    return now && shown(now)
  }
  return {
    has: (kiosk) => beside.has(kiosk),
    async print(kiosk, number) {
      const desk = beside.get(kiosk)
      const answer = desk === undefined ? undefined : await desks.print(desk, number, 1, visitSeconds)
      return answer?.kind === 'queued' ? unlessStuck(desk!, answer.job) : undefined
    },
    async test(kiosk) {
      const desk = beside.get(kiosk)
      if (desk === undefined) return undefined
      const { jobs } = await desks.view(desk)
      const open = jobs.find(({ ticket, state }) => ticket === 'test' && isOpen[state])
      return open ?? unlessStuck(desk, await desks.printTicket(desk, 'test'))
    },
    async job(kiosk, jobId) {
      const desk = beside.get(kiosk)
      return desk === undefined ? undefined : unlessStuck(desk, await desks.job(desk, jobId))
    },
    async cancel(kiosk, jobId) {
      const desk = beside.get(kiosk)
      if (desk !== undefined) await desks.queue.cancel(desk, jobId)
    },
  }
}

const isOpen: Record<JobState, boolean> = {
  queued: true,
  claimed: true,
  sent: true,
  confirmed: false,
  unconfirmed: false,
  failed: false,
  expired: false,
  cancelled: false,
}
