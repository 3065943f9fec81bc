// One dossier at a time: scan or type, see the slip, press Enter, know whether paper came out.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { DeskView } from '../../../src/desk/contract.ts'
import { type DeskProblem, printReceipt, type SlipPreview, slipPreview } from '../../parts/api.ts'
import { Printer, Search } from '../../parts/icons.tsx'
import { captureKeys } from '../../parts/keys.ts'
import { DropZone } from '../import/drop-zone.tsx'
import { ImportScreen } from '../import/screen.tsx'
import type { DeskWords } from '../words.ts'
import { JobCard } from './job-card.tsx'
import { PrinterPanel } from './printer-panel.tsx'
import { Today } from './today.tsx'
import './screen.css'

interface Props {
  words: DeskWords
  language: string
  view: DeskView
}

export function CounterScreen({ words, language, view }: Props) {
  const [number, showNumber] = useState('')
  const [preview, showPreview] = useState<SlipPreview>()
  const [problem, setProblem] = useState<DeskProblem>()
  const [busy, setBusy] = useState(false)
  const [jobId, setJobId] = useState<string>()
  const [file, setFile] = useState<File>()
  const field = useRef<HTMLInputElement>(null)
  // What holds this instant: a scanner's keys come faster than paints.
  const now = useRef<{ number: string; preview: SlipPreview | undefined; busy: boolean }>({
    number: '',
    preview: undefined,
    busy: false,
  })

  const setNumber = useCallback((next: string) => {
    now.current.number = next
    now.current.preview = undefined
    showNumber(next)
    showPreview(undefined)
    setProblem(undefined)
  }, [])

  const waiting = useCallback((is: boolean) => {
    now.current.busy = is
    setBusy(is)
  }, [])

  const look = useCallback(
    async (asked: string) => {
      setNumber(asked)
      if (asked.trim() === '') return
      waiting(true)
      const found = await slipPreview(view.desk, asked)
      waiting(false)
      if (now.current.number !== asked) return
      if (found.ok) {
        now.current.preview = found.value
        showPreview(found.value)
      } else setProblem(found.problem)
    },
    [view.desk, setNumber, waiting],
  )

  const print = useCallback(async () => {
    const { preview, number } = now.current
    if (!preview) return
    waiting(true)
    const made = await printReceipt(view.desk, preview.dossierNo ?? number)
    waiting(false)
    if (!made.ok) return setProblem(made.problem)
    setJobId(made.value.jobId)
    setNumber('')
    field.current?.focus()
  }, [view.desk, setNumber, waiting])

  // Enter means the next sensible thing: preview, then print. Held or doubled it never prints twice.
  const enter = useCallback(() => {
    if (now.current.busy) return
    if (now.current.preview) void print()
    else void look(now.current.number)
  }, [look, print])

  useEffect(() => {
    const stop = captureKeys({
      type: (text) => setNumber(now.current.number + text),
      paste: (text) => setNumber(now.current.number + text),
      erase: () => setNumber(now.current.number.slice(0, -1)),
      submit: enter,
      scan: look,
    })
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
  }, [enter, look, setNumber])

  useEffect(() => field.current?.focus(), [])
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
            aria-invalid={problem !== undefined}
            onInput={(event) => setNumber(event.currentTarget.value.toUpperCase())}
          />
          <button type="button" class="action" disabled={busy} onClick={() => look(now.current.number)}>
            <Search />
            {words.look}
          </button>
        </div>
        <p class="counter-hint" id="number-hint">
          {words.hint}
        </p>
        <p class="counter-problem" id="number-problem" role="alert">
          {problem && words.problem[problem]}
        </p>
        {file ? (
          <ImportScreen
            key={file.lastModified + file.name}
            words={words}
            desk={view.desk}
            file={file}
            close={() => setFile(undefined)}
          />
        ) : preview ? (
          <>
            <div class="counter-actions">
              <button type="button" class="action action-main" disabled={busy} onClick={print}>
                <Printer />
                {words.print} <kbd>{words.printKey}</kbd>
              </button>
              <button type="button" class="action" onClick={() => setNumber('')}>
                {words.clear} <kbd>{words.clearKey}</kbd>
              </button>
            </div>
            <figure class="paper-holder">
              <figcaption>{words.preview}</figcaption>
              <pre class="paper">{preview.text}</pre>
            </figure>
          </>
        ) : job ? (
          <JobCard
            words={words}
            language={language}
            desk={view.desk}
            job={job}
            printer={view.printer}
            title={words.last}
          />
        ) : (
          <p class="counter-empty">{words.previewNone}</p>
        )}
      </section>
      <aside class="counter-side">
        <PrinterPanel words={words} language={language} view={view} />
        <Today words={words} language={language} view={view} />
        <DropZone words={words} take={setFile} />
      </aside>
    </div>
  )
}
