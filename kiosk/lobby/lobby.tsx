// The lobby: one visit after another. Holds the visit, asks the gateway, listens to fingers, keys and scanner, and
// forgets everything when the person is done, walks away or leaves the page.
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { KioskSetup } from '../../src/kiosk/contract.ts'
import { heartbeat, lookUp, reachable, setup as readSetup } from '../parts/api.ts'
import { useIdle } from '../parts/idle.ts'
import { captureKeys } from '../parts/keys.ts'
import { Mark } from '../parts/mark.tsx'
import { hush } from '../parts/speech.ts'
import { AgencyScreen } from './agency/screen.tsx'
import { AnswerScreen } from './answer/screen.tsx'
import { FullNumberScreen } from './full-number/screen.tsx'
import { IdleWarning } from './idle-warning/screen.tsx'
import { LookingScreen } from './looking/screen.tsx'
import { NoticeScreen } from './notice/screen.tsx'
import { NumberScreen } from './number/screen.tsx'
import type { SelftestScreen } from './selftest/screen.tsx'
import { defaultView, Tools, type View } from './tools.tsx'
import {
  erase,
  isLink,
  outcomeScreen,
  type Screen,
  start,
  submit,
  type,
  typedOn,
  withTyped,
} from './visit.ts'
import { lobby } from './words.ts'

// Until the gateway has been asked: its own defaults.
const unknownSetup: KioskSetup = {
  version: __VERSION__,
  idleSeconds: 45,
  warnSeconds: 20,
  agencies: [],
  languages: ['vi', 'en'],
}
// Staff open /kiosk/selftest; its code is fetched only then.
const isSelftest = location.pathname === '/kiosk/selftest'
const beatMs = 60_000
// A kiosk that cannot reach the gateway must say so within 5 s.
const pulseMs = 3000

export function Lobby() {
  const [setup, setSetup] = useState(unknownSetup)
  const [screen, showScreen] = useState<Screen>(start)
  const [view, setView] = useState<View>(defaultView)
  // What holds this instant: keys come faster than paints.
  const now = useRef({ screen, view })
  now.current.view = view
  const setScreen = useCallback((next: Screen | ((screen: Screen) => Screen)) => {
    const screen = typeof next === 'function' ? next(now.current.screen) : next
    now.current.screen = screen
    showScreen(screen)
  }, [])
  // Replies that arrive after a wipe belong to nobody.
  const visit = useRef(0)

  const wipe = useCallback(() => {
    visit.current++
    hush()
    setScreen(start)
    setView(defaultView)
    scrollTo(0, 0)
  }, [])

  const ask = useCallback(async (number: string, language = now.current.view.language) => {
    const mine = ++visit.current
    hush()
    // A quick reply should not flash a waiting screen.
    const waiting = setTimeout(
      () => mine === visit.current && setScreen({ name: 'looking', asked: number }),
      150,
    )
    const outcome = await lookUp(number, language)
    clearTimeout(waiting)
    if (mine !== visit.current) return
    setScreen(outcomeScreen(number, outcome))
    scrollTo(0, 0)
  }, [])

  const send = useCallback(() => {
    const next = submit(now.current.screen)
    if ('ask' in next) ask(next.ask)
    else setScreen(next)
  }, [ask])

  const scan = useCallback(
    (text: string) => {
      if (!isLink(text)) return void ask(text)
      visit.current++
      setScreen({ name: 'notice', notice: 'scanned-link' })
    },
    [ask],
  )

  // Before the first paint: who sees the screen may type on it.
  useLayoutEffect(
    () =>
      isSelftest
        ? undefined
        : captureKeys({
            type: (char) => setScreen((screen) => type(screen, char)),
            erase: () => setScreen(erase),
            submit: send,
            snapshot: () => typedOn(now.current.screen),
            restore: (text) => setScreen((screen) => withTyped(screen, text)),
            scan,
          }),
    [send, scan],
  )

  useEffect(() => {
    let stopped = false
    const begin = async () => {
      const found = await readSetup()
      if (stopped) return
      if (found) setSetup(found)
      else setScreen({ name: 'notice', notice: 'offline' })
    }
    begin()
    return () => {
      stopped = true
    }
  }, [])

  // Nothing may come back by Back, reload or the back-forward cache.
  useEffect(() => {
    // A first showing is no return: it comes after the load, when somebody may be typing already.
    const returned = (event: PageTransitionEvent) => event.persisted && wipe()
    addEventListener('pagehide', wipe)
    addEventListener('pageshow', returned)
    return () => {
      removeEventListener('pagehide', wipe)
      removeEventListener('pageshow', returned)
    }
  }, [wipe])

  const isKiosk = setup.kiosk !== undefined
  const away = screen.name === 'notice' && screen.notice === 'offline'

  // The cable event is instant; the pulse notices a gateway that died behind a living cable. An answer being read stays.
  useEffect(() => {
    const lost = () => {
      const { name } = now.current.screen
      // A question under way notices by itself, and is then asked again.
      if (isSelftest || name === 'answer' || name === 'notice' || name === 'looking') return
      visit.current++
      setScreen({ name: 'notice', notice: 'offline' })
    }
    addEventListener('offline', lost)
    const timer = isKiosk ? setInterval(async () => (await reachable()) || lost(), pulseMs) : 0
    return () => {
      removeEventListener('offline', lost)
      clearInterval(timer)
    }
  }, [isKiosk])

  // Alive, once a minute: the monitor shows a kiosk that fell silent.
  useEffect(() => {
    if (!isKiosk) return
    const beat = () => heartbeat({ version: __VERSION__, screen: now.current.screen.name })
    beat()
    const timer = setInterval(beat, beatMs)
    return () => clearInterval(timer)
  }, [isKiosk])

  // A kiosk stands in a hall: no menu on a long press, nothing dragged away, no shortcut out of the page.
  useEffect(() => {
    if (!isKiosk) return
    const never = (event: Event) => event.preventDefault()
    const shortcuts = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.altKey || event.metaKey || /^F\d+$/.test(event.key)) event.preventDefault()
    }
    addEventListener('contextmenu', never)
    addEventListener('dragstart', never)
    addEventListener('keydown', shortcuts, { capture: true })
    return () => {
      removeEventListener('contextmenu', never)
      removeEventListener('dragstart', never)
      removeEventListener('keydown', shortcuts, { capture: true })
    }
  }, [isKiosk])

  // Back by itself: the person's question is asked again, an idle kiosk returns to its start screen.
  useEffect(() => {
    if (!away) return
    const back = async () => {
      if (!(await reachable())) return
      const found = await readSetup()
      if (found) setSetup(found)
      const { screen } = now.current
      if (screen.name !== 'notice' || screen.notice !== 'offline') return
      if (screen.asked) ask(screen.asked)
      else setScreen(start)
    }
    const timer = setInterval(back, 2000)
    addEventListener('online', back)
    return () => {
      clearInterval(timer)
      removeEventListener('online', back)
    }
  }, [away, ask])

  useLayoutEffect(() => {
    const html = document.documentElement
    html.lang = view.language
    html.dataset.text = view.large ? 'large' : 'normal'
    html.dataset.contrast = view.contrast ? 'high' : 'normal'
    html.dataset.reach = view.reach ? 'low' : 'normal'
    html.dataset.device = isKiosk ? 'kiosk' : 'web'
  }, [view, isKiosk])

  const pristine = screen.name === 'number' && screen.typed === '' && view === defaultView
  const secondsLeft = useIdle(
    !pristine && !(away && !screen.asked),
    setup.idleSeconds,
    setup.warnSeconds,
    wipe,
  )

  const words = lobby[view.language] ?? lobby.vi!
  const [Selftest, setSelftest] = useState<typeof SelftestScreen>()
  useEffect(() => {
    if (isSelftest) import('./selftest/screen.tsx').then((its) => setSelftest(() => its.SelftestScreen))
  }, [])
  const changeView = (next: View) => {
    setView(next)
    // The words about the state come from the gateway, so another language is another question.
    const { screen } = now.current
    if (next.language !== view.language && screen.name === 'answer') ask(screen.asked, next.language)
  }
  const pad = {
    type: (char: string) => setScreen((screen) => type(screen, char)),
    erase: () => setScreen(erase),
    clear: () => setScreen((screen) => withTyped(screen, '')),
    submit: send,
  }

  if (isSelftest)
    return (
      <div class="lobby" data-screen="selftest">
        <main class="screen">
          {/* Anew when the setup is known: it says whether there is a printer. */}
          {Selftest && <Selftest key={String(isKiosk)} language={view.language} setup={setup} />}
        </main>
        <Tools words={words} view={view} change={setView} languages={Object.keys(lobby)} />
      </div>
    )

  return (
    <div class="lobby" data-screen={screen.name}>
      <header class="masthead">
        <Mark />
        <p>
          <span class="office">{words.office}</span>
          <span class="service">{words.service}</span>
        </p>
      </header>
      <main class="screen" key={screen.name}>
        {screen.name === 'number' && (
          <NumberScreen
            words={words}
            screen={screen}
            kiosk={isKiosk}
            full={() =>
              setScreen(setup.agencies.length > 0 ? { name: 'agency' } : { name: 'full', typed: '' })
            }
            {...pad}
          />
        )}
        {screen.name === 'agency' && (
          <AgencyScreen
            words={words}
            agencies={setup.agencies}
            choose={(code) => setScreen({ name: 'full', typed: code ? `${code}-` : '' })}
            back={() => setScreen(start)}
          />
        )}
        {screen.name === 'full' && (
          <FullNumberScreen
            words={words}
            screen={screen}
            example={`${setup.agencies[0]?.code ?? '000.00.15.H45'}-190521-0003`}
            agency={setup.agencies.find(({ code }) => screen.typed.startsWith(`${code}-`))?.name}
            back={() => setScreen(setup.agencies.length > 0 ? { name: 'agency' } : start)}
            {...pad}
          />
        )}
        {screen.name === 'looking' && <LookingScreen words={words} />}
        {screen.name === 'answer' && (
          <AnswerScreen words={words} language={view.language} setup={setup} screen={screen} done={wipe} />
        )}
        {screen.name === 'notice' && (
          <NoticeScreen words={words} screen={screen} ask={ask} again={() => setScreen(start)} done={wipe} />
        )}
      </main>
      <Tools words={words} view={view} change={changeView} languages={Object.keys(lobby)} />
      <footer class="colophon">
        <span>{words.promise}</span> <span>{words.version.replace('{version}', setup.version)}</span>
      </footer>
      {secondsLeft !== undefined && !pristine && (
        <IdleWarning words={words} secondsLeft={secondsLeft} leave={wipe} />
      )}
    </div>
  )
}
