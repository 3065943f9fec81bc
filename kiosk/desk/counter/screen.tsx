// One dossier at a time: scan or type, see where it stands and the slip, press Enter, know whether paper came out.
import { useEffect, useRef, useState } from 'preact/hooks'
import type { DeskView } from '../../../src/desk/contract.ts'
import { Printer, Search } from '../../parts/icons.tsx'
import { captureKeys } from '../../parts/keys.ts'
import { openOwnFields } from '../../parts/own-fields.ts'
import { readTyped } from '../../parts/scanned.ts'
import { DropZone } from '../import/drop-zone.tsx'
import { ImportScreen } from '../import/screen.tsx'
import type { DeskWords } from '../words.ts'
import { DossierCard } from './dossier-card.tsx'
import { JobCard } from './job-card.tsx'
import { PrinterPanel } from './printer-panel.tsx'
import { Today } from './today.tsx'
import { type Message, useCounter } from './use-counter.ts'
import './screen.css'

interface Props {
  words: DeskWords
  language: string
  view: DeskView
  /** The page is disconnected: nothing can be printed, and no state is known. */
  isBlind: boolean
}

export function CounterScreen({ words, language, view, isBlind }: Props) {
  const counter = useCounter(view.desk, language, isBlind)
  const { number, found, isBusy, jobId, now, setNumber, write, look, scan, print, enter } = counter
  const [file, setFile] = useState<File>()
  const field = useRef<HTMLInputElement>(null)

  useEffect(() => {
    const stop = captureKeys(
      {
        type: (text) => write(now.current.number + text),
        paste: (text) =>
          void (readTyped(text).kind === 'identity' ? scan(text) : write(now.current.number + text)),
        erase: () => setNumber(now.current.number.slice(0, -1)),
        submit: enter,
        scan: (text) => {
          // The next Enter prints the slip; it is not for the button or the field where the cursor was.
          field.current?.focus()
          void scan(text)
        },
      },
      openOwnFields,
    )
    const onEscape = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      setNumber('')
      field.current?.focus()
    }
    addEventListener('keydown', onEscape)
    return () => {
      stop()
      removeEventListener('keydown', onEscape)
    }
  }, [enter, scan, setNumber, write, now])

  useEffect(() => field.current?.focus(), [])
  // After a slip was sent, typing starts the next number.
  useEffect(() => {
    if (jobId) field.current?.focus()
  }, [jobId])
  const { answer, slip, message } = found
  const job = view.jobs.find((known) => known.jobId === jobId)

  return (
    <div class="counter">
      <section class="counter-work">
        <label class="field-label" for="number">
          {words.number}
        </label>
        <div class="counter-ask">
          <input
            id="number"
            class="counter-field"
            ref={field}
            autocomplete="off"
            spellcheck={false}
            value={number}
            aria-describedby="number-hint number-problem"
            aria-invalid={message !== undefined}
            onInput={(event) => write(event.currentTarget.value.toUpperCase())}
          />
          <button type="button" class="action" disabled={isBusy} onClick={() => look(now.current.number)}>
            <Search />
            {words.look}
          </button>
        </div>
        <p class="counter-hint" id="number-hint">
          {words.hint}
        </p>
        <div class="counter-problem" id="number-problem" role="alert">
          {message && <MessageText words={words} message={message} look={look} />}
        </div>
        {file ? (
          <ImportScreen
            key={file.lastModified + file.name}
            words={words}
            desk={view.desk}
            file={file}
            close={() => setFile(undefined)}
          />
        ) : (
          <>
            {answer && <DossierCard words={words} language={language} answer={answer} />}
            {slip && (
              <>
                <div class="counter-actions">
                  <button
                    type="button"
                    class="action action-main"
                    disabled={isBusy || isBlind}
                    onClick={print}
                  >
                    <Printer />
                    {words.print} <kbd>{words.printKey}</kbd>
                  </button>
                  <button type="button" class="action" onClick={() => setNumber('')}>
                    {words.clear} <kbd>{words.clearKey}</kbd>
                  </button>
                </div>
                <figure class="paper-holder">
                  <figcaption>{words.preview}</figcaption>
                  <pre class="paper">{slip.text}</pre>
                </figure>
              </>
            )}
            {/* One thing at a time: the last slip is told of while nothing else is. */}
            {!answer && !slip && !message && !isBusy && number === '' && job && (
              <JobCard
                words={words}
                language={language}
                desk={view.desk}
                job={job}
                printer={view.printer}
                isBlind={isBlind}
                title={words.last}
              />
            )}
            {!answer && !slip && !message && !job && <p class="counter-empty">{words.previewNone}</p>}
          </>
        )}
      </section>
      <aside class="counter-side">
        <PrinterPanel words={words} language={language} view={view} isBlind={isBlind} />
        <Today words={words} language={language} view={view} isBlind={isBlind} />
        <DropZone words={words} take={setFile} />
      </aside>
    </div>
  )
}

interface MessageProps {
  words: DeskWords
  message: Message
  look(number: string): Promise<void>
}

function MessageText({ words, message: { problem, detail, suggestion, about }, look }: MessageProps) {
  const [before, after] = words.suggest.split('{number}')
  return (
    <>
      <p>
        {about && <strong>{about}: </strong>}
        {detail ?? words.problem[problem]}
      </p>
      {suggestion && (
        <p>
          <button type="button" class="action" onClick={() => look(suggestion)}>
            <span>
              {before}
              <strong>{suggestion}</strong>
              {after}
            </span>
          </button>
        </p>
      )}
    </>
  )
}
