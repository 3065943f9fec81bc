// The answer: the state in one sentence, what to do next, the dates, the steps, whom to call, and the age of the data.
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { KioskSetup } from '../../../src/kiosk/contract.ts'
import { Check } from '../../parts/icons.tsx'
import type { Screen } from '../visit.ts'
import type { LobbyWords } from '../words.ts'
import { Agency } from './agency.tsx'
import { Dates } from './dates.tsx'
import { Faces } from './faces.tsx'
import { PrintSlip } from './print-slip.tsx'
import { ReadAloud } from './read-aloud.tsx'
import { State } from './state.tsx'
import { Steps } from './steps.tsx'
import { Watch } from './watch.tsx'
import './screen.css'

// Of at most 300 letters.
const longNote = 200

interface Props {
  words: LobbyWords
  language: string
  setup: KioskSetup
  screen: Extract<Screen, { name: 'answer' }>
  done(): void
}

export function AnswerScreen({ words, language, setup, screen, done }: Props) {
  const { answer } = screen
  const title = useRef<HTMLHeadingElement>(null)
  // The heading takes the focus, so that the answer is what a screen reader says first.
  useLayoutEffect(() => title.current?.focus({ preventScroll: true }), [])
  const isKiosk = setup.kiosk !== undefined

  return (
    <div class="answer">
      <div class="answer-first">
        <State words={words} language={language} answer={answer} title={title} />
        {answer.publicNote && (
          <section class="card">
            <h2>{words.answer.note}</h2>
            <p class="answer-note" data-long={answer.publicNote.length > longNote}>
              {answer.publicNote}
            </p>
          </section>
        )}
        <Dates words={words} language={language} answer={answer} />
      </div>
      <div class={answer.history?.length ? 'answer-second' : 'answer-second answer-short'}>
        {answer.history && answer.history.length > 0 && (
          <Steps words={words} language={language} answer={answer} history={answer.history} />
        )}
        <Agency words={words} language={language} answer={answer} linked={!isKiosk} />
        {answer.level === 'basic' && <p class="answer-hint">{words.answer.basic}</p>}
        {setup.sms && answer.canWatch && (
          <Watch words={words} sms={setup.sms} number={watchNumber(screen)} linked={!isKiosk} />
        )}
      </div>
      {isKiosk && <Faces words={words} agency={answer.agency.code} />}
      <div class="answer-actions">
        <button type="button" class="action action-main" onClick={done}>
          <Check />
          {words.answer.done}
        </button>
        {setup.kiosk?.hasPrinter && answer.level === 'full' && (
          <PrintSlip words={words} number={screen.asked} />
        )}
        <ReadAloud words={words} language={language} answer={answer} />
      </div>
    </div>
  )
}

// A watch uses the number the person has: the 12 digits if they typed those, else the legal number.
const watchNumber = ({ answer, asked }: Props['screen']) =>
  answer.level === 'full' ? asked.replace(/\D/g, '') : answer.dossierNo
