// The lobby: the current screen, between the masthead and the row of tools.
import { useLayoutEffect } from 'preact/hooks'
import type { KioskSetup } from '../../src/kiosk/contract.ts'
import { useIdle } from '../parts/idle.ts'
import { Mark } from '../parts/mark.tsx'
import { useNewPage } from '../parts/use-new-page.ts'
import { fill, unbroken } from '../parts/words.ts'
import { AgencyScreen } from './agency/screen.tsx'
import { AnswerScreen } from './answer/screen.tsx'
import { FullNumberScreen } from './full-number/screen.tsx'
import { IdleWarning } from './idle-warning/screen.tsx'
import { LookingScreen } from './looking/screen.tsx'
import { NoticeScreen, noticeWords } from './notice/screen.tsx'
import { NumberScreen } from './number/screen.tsx'
import { defaultView, Tools, useShownAs } from './tools.tsx'
import { useConnection, useHall, useHeartbeat, useSetup } from './use-connection.ts'
import { useNothingComesBack, useVisit, type Visit } from './use-visit.ts'
import { type Screen, start } from './visit.ts'
import { type LobbyWords, lobby } from './words.ts'

// Somebody may be about to press the first key.
const untouchedMs = 15_000

export function Lobby() {
  const { setup, renew } = useSetup()
  const visit = useVisit()
  const { screen, view, wipe } = visit
  const isKiosk = setup.kiosk !== undefined
  useConnection(visit, isKiosk, renew)
  useNothingComesBack(wipe)
  useHeartbeat(visit, isKiosk, renew)
  useHall(isKiosk)
  useShownAs(view, isKiosk)
  const pristine = screen.name === 'number' && screen.typed === '' && view === defaultView
  const waitsForNobody =
    screen.name === 'notice' && screen.notice === 'offline' && !screen.asked && !screen.before
  useNewPage(setup.page, pristine, untouchedMs)
  // A person's own phone or computer is private: only a shared device wipes.
  const forgets = isKiosk && !pristine && !waitsForNobody
  const secondsLeft = useIdle(forgets, setup.idleSeconds, setup.warnSeconds, wipe)
  const words = lobby[view.language] ?? lobby.vi!
  useTitle(titleOf(words, screen), words.service)
  return (
    <div class="lobby" data-screen={screen.name}>
      <header class="masthead">
        <Mark />
        <p>
          <span class="office">
            {[setup.office.name || words.office, setup.office.province].filter(Boolean).join(', ')}
          </span>
          <span class="service">{words.service}</span>
        </p>
      </header>
      <main class="screen" key={screen.name}>
        <Standing words={words} visit={visit} setup={setup} />
      </main>
      <Tools words={words} view={view} change={visit.changeView} languages={Object.keys(lobby)} />
      <footer class="colophon">
        <span>{words.promise}</span>{' '}
        {setup.office.hotline && (
          <strong>{fill(words.hotline, { phone: unbroken(setup.office.hotline) })}</strong>
        )}{' '}
        <span>{words.version.replace('{version}', __VERSION__)}</span>
      </footer>
      {secondsLeft !== undefined && !pristine && (
        <IdleWarning words={words} secondsLeft={secondsLeft} leave={wipe} />
      )}
    </div>
  )
}

/** The current screen. */
function Standing({ words, visit, setup }: { words: LobbyWords; visit: Visit; setup: KioskSetup }) {
  const { screen, setScreen, view, wipe, interrupt, ask, pad } = visit
  const hasAgencies = setup.agencies.length > 0
  switch (screen.name) {
    case 'number':
      return (
        <NumberScreen
          words={words}
          screen={screen}
          kiosk={setup.kiosk !== undefined}
          full={() => setScreen(hasAgencies ? { name: 'agency', typed: '' } : { name: 'full', typed: '' })}
          {...pad}
        />
      )
    case 'agency':
      return (
        <AgencyScreen
          words={words}
          screen={screen}
          kiosk={setup.kiosk !== undefined}
          agencies={setup.agencies}
          {...pad}
          choose={(code) => setScreen({ name: 'full', typed: code ? `${code}-` : '' })}
          back={() => setScreen(start)}
        />
      )
    case 'full':
      return (
        <FullNumberScreen
          words={words}
          screen={screen}
          example={`${setup.agencies[0]?.code ?? '000.00.15.H45'}-260101-0000`}
          agency={setup.agencies.find(({ code }) => screen.typed.startsWith(`${code}-`))?.name}
          back={() => setScreen(hasAgencies ? { name: 'agency', typed: '' } : start)}
          {...pad}
        />
      )
    case 'looking':
      return <LookingScreen words={words} />
    case 'answer':
      return <AnswerScreen words={words} language={view.language} setup={setup} screen={screen} done={wipe} />
    case 'notice':
      return (
        <NoticeScreen
          words={words}
          hotline={setup.office.hotline}
          screen={screen}
          ask={ask}
          again={() => interrupt(start)}
          done={wipe}
        />
      )
  }
}

/** The page's title names the current screen; nothing of the dossier. */
function titleOf(words: LobbyWords, screen: Screen): string {
  switch (screen.name) {
    case 'number':
    case 'agency':
    case 'full':
    case 'answer':
      return words[screen.name].title
    case 'looking':
      return words.looking
    case 'notice':
      return noticeWords(words.notice, screen).title
  }
}

function useTitle(screen: string, service: string) {
  useLayoutEffect(() => {
    document.title = `${screen} · ${service}`
  }, [screen, service])
}
