// What a kiosk may do with the printer of the desk it stands beside.
import type { Job, JobState } from './contract.js'
import type { Desks } from './desks.js'

export interface KioskPrinter {
  has(kiosk: string): boolean
  print(kiosk: string, number: string): Promise<Job | undefined>
  /** The slip that tries the printer; one at a time. */
  test(kiosk: string): Promise<Job | undefined>
  job(kiosk: string, jobId: string): Promise<Job | undefined>
}

/** `printers`: kiosk name → desk id. */
export function openKioskPrinter(
  desks: Pick<Desks, 'print' | 'printTicket' | 'view' | 'job'>,
  printers: Readonly<Record<string, string>>,
): KioskPrinter {
  const beside = new Map(Object.entries(printers))
  return {
    has: (kiosk) => beside.has(kiosk),
    async print(kiosk, number) {
      const desk = beside.get(kiosk)
      const answer = desk === undefined ? undefined : await desks.print(desk, number)
      return answer?.kind === 'queued' ? answer.job : undefined
    },
    async test(kiosk) {
      const desk = beside.get(kiosk)
      if (desk === undefined) return undefined
      const { jobs } = await desks.view(desk)
      const open = jobs.find(({ ticket, state }) => ticket === 'test' && isOpen[state])
      return open ?? desks.printTicket(desk, 'test')
    },
    async job(kiosk, jobId) {
      const desk = beside.get(kiosk)
      return desk === undefined ? undefined : desks.job(desk, jobId)
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
