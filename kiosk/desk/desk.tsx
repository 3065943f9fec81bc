// The desk page: finds out which desk this computer is, keeps its live view, and shows the counter.
import { useEffect, useState } from 'preact/hooks'
import type { DeskView, Job } from '../../src/desk/contract.ts'
import { deskEvents, device, desk as readDesk } from '../parts/api.ts'
import { Contrast, Globe } from '../parts/icons.tsx'
import { Mark } from '../parts/mark.tsx'
import { CounterScreen } from './counter/screen.tsx'
import { PrinterState } from './printer-state.tsx'
import { SignInScreen } from './sign-in/screen.tsx'
import { deskWords, languageNames } from './words.ts'

export function Desk() {
  const [language, setLanguage] = useState('vi')
  const [contrast, setContrast] = useState(false)
  const [id, setId] = useState<string>()
  const [stranger, setStranger] = useState(false)
  const [view, setView] = useState<DeskView>()
  const [up, setUp] = useState(true)
  const words = deskWords[language] ?? deskWords.vi!

  useEffect(() => {
    document.documentElement.lang = language
    document.documentElement.dataset.contrast = contrast ? 'high' : 'normal'
    document.title = view ? `${view.name} · ${words.title}` : words.title
  }, [language, contrast, view, words])

  useEffect(() => {
    let timer = 0
    const find = async () => {
      const found = await device('desk')
      setUp(found !== 'away')
      setStranger(found === undefined)
      if (found === 'away') timer = setTimeout(find, 2000) as unknown as number
      else setId(found)
    }
    find()
    return () => clearTimeout(timer)
  }, [])

  useEffect(() => {
    if (!id) return
    const refresh = async () => {
      const found = await readDesk(id)
      if (found.ok) setView(found.value)
    }
    refresh()
    return deskEvents(id, {
      desk: setView,
      job: (job) => setView((view) => view && { ...view, jobs: withJob(view.jobs, job) }),
      line: (isUp) => {
        setUp(isUp)
        if (isUp) refresh()
      },
    })
  }, [id])

  return (
    <div class="office">
      <header class="office-head">
        <Mark />
        <h1>
          {view?.name ?? words.title}
          {view && <small>{view.agency.name}</small>}
        </h1>
        {view && <PrinterState words={words} printer={view.printer} />}
        {Object.keys(deskWords)
          .filter((other) => other !== language)
          .map((other) => (
            <button key={other} type="button" class="quiet" lang={other} onClick={() => setLanguage(other)}>
              <Globe />
              {languageNames[other]}
            </button>
          ))}
        <button type="button" class="quiet" aria-pressed={contrast} onClick={() => setContrast(!contrast)}>
          <Contrast />
          {words.tools.contrast}
        </button>
      </header>
      {!up && (
        <p class="office-away" role="status">
          {words.away}
        </p>
      )}
      <main class="office-main">
        {stranger && <SignInScreen words={words} />}
        {view && <CounterScreen words={words} language={language} view={view} />}
      </main>
    </div>
  )
}

// Newest first, one entry a job.
const withJob = (jobs: Job[], job: Job) =>
  [job, ...jobs.filter(({ jobId }) => jobId !== job.jobId)].sort((a, b) =>
    b.createdAt.localeCompare(a.createdAt),
  )
