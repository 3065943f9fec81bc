// The lobby page: mounts it and caches its shell with a service worker, so that it starts without a network too.
import { render } from 'preact'
import '../styles/base.css'
import { Lobby } from './lobby.tsx'
// After the screens' own styles: how they sit on each size of screen is decided here.
import './lobby.css'

const page = document.getElementById('page')!
// Staff open /kiosk/selftest; its code is fetched only then.
if (location.pathname === '/kiosk/selftest')
  void import('./selftest/page.tsx').then(({ SelftestPage }) => render(<SelftestPage />, page))
else render(<Lobby />, page)

if ('serviceWorker' in navigator) {
  // After the first paint: the first visit should not wait for the offline copy.
  addEventListener('load', () => {
    navigator.serviceWorker.register('/kiosk/service-worker.js', { scope: '/kiosk/' }).catch(() => {
      // Private windows refuse it; the page works the same, only not without a network.
    })
  })
}
