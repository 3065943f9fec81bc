// The page at /kiosk/selftest: the self-test between nothing above and the row of helps below.
import { useEffect, useState } from 'preact/hooks'
import { defaultView, Tools, useShownAs } from '../tools.tsx'
import { useSetup } from '../use-connection.ts'
import { lobby } from '../words.ts'
import { SelftestScreen } from './screen.tsx'

export function SelftestPage() {
  const { setup, renew } = useSetup()
  const [view, setView] = useState(defaultView)
  const isKiosk = setup.kiosk !== undefined
  useEffect(() => {
    void renew()
  }, [renew])
  useShownAs(view, isKiosk)
  return (
    <div class="lobby" data-screen="selftest">
      <main class="screen">
        {/* Mounted again when the setup is known: it says whether there is a printer. */}
        <SelftestScreen key={String(isKiosk)} language={view.language} setup={setup} />
      </main>
      <Tools
        words={lobby[view.language] ?? lobby.vi!}
        view={view}
        change={setView}
        languages={Object.keys(lobby)}
      />
    </div>
  )
}
