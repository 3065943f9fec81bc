// An outdated page reloads to the new version by itself, when nobody is in front of it. The new shell is fully cached
// first (service-worker.js), so that the reload needs no network.
import { useEffect, useRef } from 'preact/hooks'
import { onTouched } from './idle.ts'

const lookMs = 5000
// A page still outdated after a reload (two gateways, two builds) does not reload again and again.
const againMs = 600_000
const activeWithinMs = 20_000

/**
 * Reloads when `served` names another build than this page's, once `isFree` and nobody has touched anything for `untouchedMs`.
 */
export function useNewPage(served: string | undefined, isFree: boolean, untouchedMs: number) {
  const touchedAt = useRef(performance.now())
  useEffect(
    () =>
      onTouched(() => {
        touchedAt.current = performance.now()
      }),
    [],
  )
  useEffect(() => {
    if (served === undefined || served === __BUILD__ || !isFree) return
    // On a connection that hangs `kept` may never settle; after this time it is called again.
    let underUntil = 0
    let isLeft = true
    const isUntouched = () => isLeft && performance.now() - touchedAt.current >= untouchedMs
    const look = async () => {
      if (performance.now() < underUntil || !isUntouched() || triedLately(served)) return
      underUntil = performance.now() + activeWithinMs
      // Somebody may have come while the shell was fetched.
      if ((await kept(served).catch(() => false)) && isUntouched()) {
        // In the existing history entry; a visit creates none.
        history.replaceState({ taken: served, at: Date.now() }, '')
        location.reload()
      }
      underUntil = 0
    }
    const timer = setInterval(() => void look(), lookMs)
    return () => {
      isLeft = false
      clearInterval(timer)
    }
  }, [served, isFree, untouchedMs])
}

function triedLately(served: string): boolean {
  const state = history.state as { taken?: string; at?: number } | null
  return state?.taken === served && Date.now() - (state.at ?? 0) < againMs
}

/**
 * Whether the shell of the build `served` is cached and in force; also true if no shell is cached at all. Of two gateways with
 * two builds, the older may have answered: a reload would bring this page again. Rejects when it cannot be fetched.
 */
async function kept(served: string): Promise<boolean> {
  const registration = await navigator.serviceWorker?.getRegistration('/kiosk/')
  if (!registration) return true
  await registration.update()
  const coming = registration.installing ?? registration.waiting
  if (coming && !(await isActivated(coming))) return false
  return caches.has(`shell-${served}`)
}

function isActivated(coming: ServiceWorker): Promise<boolean> {
  return new Promise((done) => {
    const timer = setTimeout(() => done(false), activeWithinMs)
    coming.addEventListener('statechange', () => {
      if (coming.state !== 'activated' && coming.state !== 'redundant') return
      clearTimeout(timer)
      done(coming.state === 'activated')
    })
  })
}
