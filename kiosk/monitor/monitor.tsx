// The monitor page: who may look, which period, and figures that renew themselves.
import { useEffect, useState } from 'preact/hooks'
import type { MonitorSummary } from '../../src/monitor/contract.ts'
import { device, monitorSummary } from '../parts/api.ts'
import { Contrast, Globe } from '../parts/icons.tsx'
import { Mark } from '../parts/mark.tsx'
import { BoardScreen } from './board/screen.tsx'
import { lastDays, type Period } from './period.ts'
import { SignInScreen } from './sign-in/screen.tsx'
import { languageNames, monitorWords } from './words.ts'

const renewMs = 15_000

export function Monitor() {
  const [language, setLanguage] = useState('vi')
  const [contrast, setContrast] = useState(false)
  const [known, setKnown] = useState<'asking' | 'stranger' | 'monitor'>('asking')
  const [period, setPeriod] = useState<Period>(lastDays(30))
  const [summary, setSummary] = useState<MonitorSummary>()
  const [up, setUp] = useState(true)
  const words = monitorWords[language] ?? monitorWords.vi!

  useEffect(() => {
    document.documentElement.lang = language
    document.documentElement.dataset.contrast = contrast ? 'high' : 'normal'
    document.title = words.title
  }, [language, contrast, words])

  useEffect(() => {
    let timer = 0
    const find = async () => {
      const found = await device('monitor')
      setUp(found !== 'away')
      if (found === 'away') timer = setTimeout(find, 2000) as unknown as number
      else setKnown(found === undefined ? 'stranger' : 'monitor')
    }
    find()
    return () => clearTimeout(timer)
  }, [])

  useEffect(() => {
    if (known !== 'monitor') return
    let stopped = false
    const renew = async () => {
      const found = await monitorSummary(period.from, period.to)
      if (stopped) return
      setUp(found !== undefined)
      if (found) setSummary(found)
    }
    renew()
    const timer = setInterval(renew, renewMs)
    return () => {
      stopped = true
      clearInterval(timer)
    }
  }, [known, period])

  return (
    <div class="office">
      <header class="office-head">
        <Mark />
        <h1>{words.title}</h1>
        {Object.keys(monitorWords)
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
        {known === 'stranger' && <SignInScreen words={words} />}
        {summary && (
          <BoardScreen
            words={words}
            language={language}
            contrast={contrast}
            summary={summary}
            period={period}
            choose={setPeriod}
          />
        )}
      </main>
    </div>
  )
}
