// The monitor page: which period, and figures that renew themselves.
import { useEffect, useState } from 'preact/hooks'
import type { MonitorSummary, OverdueList } from '../../src/monitor/contract.ts'
import { monitorSummary, overdueList } from '../parts/api.ts'
import { OfficePage, useDevice, useOfficeView } from '../parts/office-page.tsx'
import { type Choice, firstRows, Overdue } from './board/overdue.tsx'
import { BoardScreen } from './board/screen.tsx'
import { lastDays, type Period } from './period.ts'
import { languageNames, monitorWords } from './words.ts'

const renewMs = 15_000

export function Monitor() {
  const page = useOfficeView(monitorWords)
  const { id, stranger, up, heard } = useDevice('monitor')
  const [period, setPeriod] = useState<Period>(lastDays(30))
  const summary = useSummary(id !== undefined, period, heard)
  const { words, language, contrast } = page
  const [choice, setChoice] = useState<Choice>({ within: 1, agency: '', limit: firstRows })
  const overdue = useOverdue(id !== undefined, choice, language)
  return (
    <OfficePage view={page} languageNames={languageNames} title={words.title} up={up} stranger={stranger}>
      {summary && (
        <BoardScreen
          words={words}
          language={language}
          contrast={contrast}
          summary={summary}
          period={period}
          choose={setPeriod}
        >
          {overdue && (
            <Overdue
              words={words}
              language={language}
              list={overdue}
              agencies={summary.agencies}
              choice={choice}
              choose={setChoice}
            />
          )}
        </BoardScreen>
      )}
    </OfficePage>
  )
}

function useSummary(letIn: boolean, period: Period, heard: (came: boolean) => void) {
  const [summary, setSummary] = useState<MonitorSummary>()
  useEffect(() => {
    if (!letIn) return
    let stopped = false
    const renew = async () => {
      const found = await monitorSummary(period.from, period.to)
      if (stopped) return
      heard(found !== undefined)
      if (found) setSummary(found)
    }
    void renew()
    const timer = setInterval(renew, renewMs)
    return () => {
      stopped = true
      clearInterval(timer)
    }
  }, [letIn, period, heard])
  return summary
}

// A minute is soon enough to see what has changed.
const renewListMs = 60_000

function useOverdue(letIn: boolean, choice: Choice, language: string) {
  const [list, setList] = useState<OverdueList>()
  useEffect(() => {
    if (!letIn) return
    let stopped = false
    const renew = async () => {
      const found = await overdueList(choice, language)
      if (found && !stopped) setList(found)
    }
    void renew()
    const timer = setInterval(renew, renewListMs)
    return () => {
      stopped = true
      clearInterval(timer)
    }
  }, [letIn, choice, language])
  return list
}
