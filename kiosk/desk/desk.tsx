// The desk page: the live view of the desk this computer is, and the counter.
import { OfficePage, useDevice, useOfficeView } from '../parts/office-page.tsx'
import { ComplaintsPanel } from './complaints/panel.tsx'
import { CounterScreen } from './counter/screen.tsx'
import { PrinterState } from './printer-state.tsx'
import { useDeskView } from './use-desk-view.ts'
import { deskWords, languageNames } from './words.ts'

export function Desk() {
  const page = useOfficeView(deskWords)
  const { id, stranger, up, refused } = useDevice('desk')
  const { view, isBlind } = useDeskView(id, refused)
  const { words, language } = page
  const isUp = up && !isBlind
  return (
    <OfficePage
      view={page}
      languageNames={languageNames}
      title={view?.name ?? words.title}
      below={view?.agency.name}
      head={view && <PrinterState words={words} printer={view.printer} isBlind={!isUp} />}
      up={isUp}
      stranger={stranger}
    >
      {view && (
        <>
          <CounterScreen words={words} language={language} view={view} isBlind={!isUp} />
          <ComplaintsPanel words={words} language={language} desk={view.desk} />
        </>
      )}
    </OfficePage>
  )
}
