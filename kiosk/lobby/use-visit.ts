// One visit after another: the current screen, the view settings, and what touch, keys and scanner do to them. A visit is
// forgotten when the person is done, walks away or leaves the page.
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { lookUp, newName } from '../parts/api.ts'
import { captureKeys } from '../parts/keys.ts'
import { isEndOf, readScanned } from '../parts/scanned.ts'
import { hush } from '../parts/speech.ts'
import { defaultView, type View } from './tools.tsx'
import { asked, erase, outcomeScreen, paste, put, type Screen, start, submit, type } from './visit.ts'

// A quick reply should not flash a waiting screen.
const waitingShownAfterMs = 150

export type Visit = ReturnType<typeof useVisit>

export function useVisit() {
  const [screen, showScreen] = useState<Screen>(start)
  const [view, setView] = useState<View>(defaultView)
  // The current value, synchronously: keys come faster than renders. `asking` is the number of the request in flight.
  const now = useRef<{ screen: Screen; view: View; asking?: string | undefined }>({ screen, view })
  now.current.view = view
  // Replies that arrive after a wipe belong to nobody.
  const turn = useRef(0)
  const name = useRef(newName())

  const setScreen = useCallback((next: Screen | ((screen: Screen) => Screen)) => {
    const screen = typeof next === 'function' ? next(now.current.screen) : next
    now.current.screen = screen
    showScreen(screen)
  }, [])

  const wipe = useCallback(() => {
    turn.current++
    now.current.asking = undefined
    name.current = newName()
    hush()
    setScreen(start)
    setView(defaultView)
    scrollTo(0, 0)
  }, [setScreen])

  /** Shows a screen and abandons whatever was in progress. */
  const interrupt = useCallback(
    (next: Screen) => {
      turn.current++
      now.current.asking = undefined
      hush()
      setScreen(next)
    },
    [setScreen],
  )

  const ask = useCallback(
    async (number: string, language = now.current.view.language) => {
      const mine = ++turn.current
      now.current.asking = number
      hush()
      const wait = () => {
        const { screen } = now.current
        // The same answer in another language: it stays until then, and with it a slip that is being printed.
        const isShown = screen.name === 'answer' && screen.asked === number
        if (mine === turn.current && !isShown) setScreen({ name: 'looking', asked: number })
      }
      const waiting = setTimeout(wait, waitingShownAfterMs)
      const outcome = await lookUp(number, language, name.current)
      clearTimeout(waiting)
      if (mine !== turn.current) return
      now.current.asking = undefined
      setScreen(outcomeScreen(number, outcome))
      scrollTo(0, 0)
    },
    [setScreen],
  )

  const send = useCallback(() => {
    const next = submit(now.current.screen)
    if ('ask' in next) void ask(next.ask)
    else setScreen(next)
  }, [ask, setScreen])

  // The previous screen belonged to somebody else, or to another number: clear it before the answer comes. A slip held to
  // the scanner begins a visit: typing errors of the person before do not count against its owner.
  const scan = useCallback(
    (text: string) => {
      name.current = newName()
      const next = asked(readScanned(text))
      interrupt('ask' in next ? start : next)
      if ('ask' in next) void ask(next.ask)
    },
    [ask, interrupt],
  )

  useKeys({ now, setScreen, send, scan })

  /** The gateway words the state, so another language needs another request. */
  const changeView = (next: View) => {
    setView(next)
    const { screen, asking } = now.current
    const asked = asking ?? (screen.name === 'answer' ? screen.asked : undefined)
    if (next.language !== view.language && asked !== undefined) void ask(asked, next.language)
  }
  const pad = {
    type: (char: string) => setScreen((screen) => type(screen, char)),
    erase: () => setScreen(erase),
    put: (text: string) => setScreen((screen) => put(screen, text)),
    submit: send,
  }
  return { screen, setScreen, view, changeView, now, wipe, interrupt, ask, pad }
}

interface KeysOf {
  now: { readonly current: { readonly screen: Screen } }
  setScreen(next: Screen | ((screen: Screen) => Screen)): void
  send(): void
  scan(text: string): void
}

// Before the first paint, so that a visible screen already accepts typing.
function useKeys({ now, setScreen, send, scan }: KeysOf) {
  useLayoutEffect(
    () =>
      captureKeys({
        type: (text) => {
          const next = type(now.current.screen, text)
          setScreen(next)
          return next.name === 'notice' && next.notice === 'identity'
        },
        paste: (text) => setScreen((screen) => paste(screen, text)),
        erase: () => setScreen(erase),
        submit: (whole) => {
          const { screen } = now.current
          const field = 'typed' in screen ? screen.typed : ''
          if (whole === undefined || isEndOf(field, whole)) send()
          else scan(whole)
        },
        scan,
      }),
    [now, setScreen, send, scan],
  )
}

/** Nothing of a visit may come back by Back, reload or the back-forward cache. */
export function useNothingComesBack(wipe: () => void) {
  useEffect(() => {
    // The first pageshow is not a return: it fires after load, when somebody may be typing already.
    const returned = (event: PageTransitionEvent) => event.persisted && wipe()
    addEventListener('pagehide', wipe)
    addEventListener('pageshow', returned)
    return () => {
      removeEventListener('pagehide', wipe)
      removeEventListener('pageshow', returned)
    }
  }, [wipe])
}
