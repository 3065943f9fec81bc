// The desk page: keeps the live view of the desk this computer is, and shows the counter.
import { useEffect, useState } from 'preact/hooks'
import type { DeskView, Job } from '../../src/desk/contract.ts'
import { deskEvents, desk as readDesk } from '../parts/api.ts'
import { OfficePage, useDevice, useOfficeView } from '../parts/office-page.tsx'
import { CounterScreen } from './counter/screen.tsx'
import { PrinterState } from './printer-state.tsx'
import { deskWords, languageNames } from './words.ts'

export function Desk() {
  const page = useOfficeView(deskWords)
  const { id, stranger, up, setUp } = useDevice('desk')
  const view = useDeskView(id, setUp)
  const { words, language } = page
  return (
    <OfficePage
      view={page}
      languageNames={languageNames}
      title={view?.name ?? words.title}
      below={view?.agency.name}
      head={view && <PrinterState words={words} printer={view.printer} />}
      up={up}
      stranger={stranger}
    >
      {view && <CounterScreen words={words} language={language} view={view} />}
    </OfficePage>
  )
}

function useDeskView(id: string | undefined, setUp: (up: boolean) => void): DeskView | undefined {
  const [view, setView] = useState<DeskView>()
  useEffect(() => {
    if (!id) return
    const refresh = async () => {
      const found = await readDesk(id)
      if (found.ok) setView(found.value)
    }
    void refresh()
    return deskEvents(id, {
      desk: setView,
      job: (job) => setView((view) => view && { ...view, jobs: withJob(view.jobs, job) }),
      line: (isUp) => {
        setUp(isUp)
        if (isUp) void refresh()
      },
    })
  }, [id, setUp])
  return view
}

// Newest first, one entry a job.
const withJob = (jobs: Job[], job: Job) =>
  [job, ...jobs.filter(({ jobId }) => jobId !== job.jobId)].sort((a, b) =>
    b.createdAt.localeCompare(a.createdAt),
  )
