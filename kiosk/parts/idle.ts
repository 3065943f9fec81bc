// Detects that a person has walked away: after `idleSeconds` untouched it warns, `warnSeconds` later it wipes. Any touch
// or key restarts the timer, without limit (WCAG 2.2.1 asks for at least ten times).
import { useEffect, useRef, useState } from 'preact/hooks'

// A screen reader presses and writes without pointer or keys.
const kinds = ['pointerdown', 'keydown', 'wheel', 'touchmove', 'click', 'input'] as const

/** Calls back when somebody touches anything; call the result to stop. */
export function onTouched(touched: (event: Event) => void): () => void {
  for (const kind of kinds) addEventListener(kind, touched, { capture: true, passive: true })
  return () => {
    for (const kind of kinds) removeEventListener(kind, touched, { capture: true })
  }
}

/** Seconds left while the warning shows, otherwise undefined. Runs only while there is something to wipe. */
export function useIdle(
  running: boolean,
  idleSeconds: number,
  warnSeconds: number,
  wipe: () => void,
): number | undefined {
  const [left, setLeft] = useState<number>()
  const wipeNow = useRef(wipe)
  wipeNow.current = wipe

  useEffect(() => {
    setLeft(undefined)
    if (!running) return
    // performance.now is monotonic: a clock set by NTP must not wipe a screen somebody is reading.
    let touchedAt = performance.now()
    let tickAt = Date.now()
    const touched = (event: Event) => {
      // The "clear it now" button, and Tab to reach it, do not mean that the person stays.
      if (event.target instanceof Element && event.target.closest('[data-leave]')) return
      if (event instanceof KeyboardEvent && event.key === 'Tab' && document.querySelector('dialog[open]'))
        return
      touchedAt = performance.now()
      setLeft(undefined)
    }
    const tick = () => {
      // The monotonic clock stops while the machine sleeps. A jump of the wall clock longer than the idle time was a
      // sleep, or is treated as one.
      const skipped = Date.now() - tickAt
      tickAt = Date.now()
      if (skipped > (idleSeconds + warnSeconds) * 1000) return wipeNow.current()
      const untouched = (performance.now() - touchedAt) / 1000
      const remaining = Math.ceil(idleSeconds + warnSeconds - untouched)
      if (remaining <= 0) {
        setLeft(undefined)
        wipeNow.current()
      } else setLeft(untouched < idleSeconds ? undefined : remaining)
    }
    const timer = setInterval(tick, 250)
    const stop = onTouched(touched)
    return () => {
      clearInterval(timer)
      stop()
    }
  }, [running, idleSeconds, warnSeconds])

  return left
}
