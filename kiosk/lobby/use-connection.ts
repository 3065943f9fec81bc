// The lobby's connection to the gateway: its setup, detecting an outage, recovering by itself, and the kiosk's heartbeat.
import { useCallback, useEffect, useState } from 'preact/hooks'
import type { KioskSetup } from '../../src/kiosk/contract.ts'
import { heartbeat, reachable, setup as readSetup } from '../parts/api.ts'
import type { Visit } from './use-visit.ts'
import { start } from './visit.ts'

// Until the gateway has been asked: its own defaults.
const unknownSetup: KioskSetup = {
  version: __VERSION__,
  page: __BUILD__,
  idleSeconds: 45,
  warnSeconds: 20,
  office: { name: '', province: '', hotline: '' },
  agencies: [],
  languages: ['vi', 'en'],
}
const offline = { name: 'notice', notice: 'offline' } as const
const beatMs = 60_000
// A kiosk that cannot reach the gateway must say so within 5 s.
const pulseMs = 3000
const backMs = 2000

/** The gateway's setup; `renew` fetches it and returns whether it arrived. */
export function useSetup() {
  const [setup, setSetup] = useState(unknownSetup)
  const renew = useCallback(async () => {
    const found = await readSetup()
    // A kiosk whose key was revoked still stands in a hall, and forgets everybody.
    if (found) setSetup(({ kiosk }) => ({ ...(kiosk && { kiosk }), ...found }))
    return found !== undefined
  }, [])
  return { setup, renew }
}

/** Shows that the gateway is down, and recovers by itself. */
export function useConnection(visit: Visit, isKiosk: boolean, renew: () => Promise<boolean>) {
  const { screen, now, interrupt, setScreen, ask } = visit
  const away = screen.name === 'notice' && screen.notice === 'offline'

  // An answer being read stays. A request in flight detects the outage itself, and is then repeated.
  const lost = useCallback(() => {
    const { screen, asking } = now.current
    if (asking !== undefined || screen.name === 'answer' || screen.name === 'notice') return
    const isUntouched = screen.name === 'number' && screen.typed === ''
    interrupt(isUntouched ? offline : { ...offline, before: screen })
  }, [now, interrupt])

  // Without its setup the page does not know that it is a kiosk, and would forget nobody.
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let stopped = false
    const learn = async () => {
      if ((await renew()) || stopped) return
      lost()
      timer = setTimeout(learn, backMs)
    }
    void learn()
    return () => {
      stopped = true
      clearTimeout(timer)
    }
  }, [renew, lost])

  // The browser's offline event is instant; the pulse detects a dead gateway behind a working network.
  useEffect(() => {
    addEventListener('offline', lost)
    const timer = isKiosk ? setInterval(async () => (await reachable()) || lost(), pulseMs) : 0
    return () => {
      removeEventListener('offline', lost)
      clearInterval(timer)
    }
  }, [isKiosk, lost])

  // The person's request is repeated, or what they have typed stands again; an idle kiosk returns to its start screen.
  useEffect(() => {
    if (!away) return
    const back = async () => {
      if (!(await reachable())) return
      await renew()
      const { screen } = now.current
      if (screen.name !== 'notice' || screen.notice !== 'offline') return
      if (screen.asked) ask(screen.asked)
      else setScreen(screen.before ?? start)
    }
    const timer = setInterval(back, backMs)
    addEventListener('online', back)
    return () => {
      clearInterval(timer)
      removeEventListener('online', back)
    }
  }, [away, now, ask, setScreen, renew])
}

/**
 * Heartbeat, once a minute: the monitor shows a silent kiosk, and a page that is open for days learns of another short code, or
 * of a newer page.
 */
export function useHeartbeat({ now }: Visit, isKiosk: boolean, renew: () => Promise<boolean>): void {
  useEffect(() => {
    if (!isKiosk) return
    const beat = () => heartbeat({ version: __VERSION__, screen: now.current.screen.name })
    void beat()
    const timer = setInterval(() => {
      void beat()
      void renew()
    }, beatMs)
    return () => clearInterval(timer)
  }, [isKiosk, now, renew])
}

/** A kiosk is in a public hall: no long-press menu, no dragging, no shortcut out of the page. */
export function useHall(isKiosk: boolean) {
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
}
