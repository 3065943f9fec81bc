// Importing a file: checked first without changing anything, each bad row listed with its error, then imported with one
// press. Bad rows do not stop the good ones.
import { useCallback, useEffect, useState } from 'preact/hooks'
import {
  type ImportChoice,
  type ImportRefusal,
  type ImportRow,
  type ImportSummary,
  importFile,
} from '../../parts/api.ts'
import { fill } from '../../parts/words.ts'
import type { DeskWords } from '../words.ts'
import './screen.css'

interface Props {
  words: DeskWords
  desk: string
  file: File
  close(): void
}

// Nobody would read more; the total is shown.
const shownRows = 100

export function ImportScreen({ words: { import: words }, desk, file, close }: Props) {
  const [phase, setPhase] = useState<'checking' | 'checked' | 'importing' | 'done'>('checking')
  const [rows, setRows] = useState(0)
  const [bad, setBad] = useState<ImportRow[]>([])
  const [outcome, setOutcome] = useState<ImportSummary | ImportRefusal>()
  const [choice, setChoice] = useState<ImportChoice>({})

  const run = useCallback(
    async (dryRun: boolean) => {
      setPhase(dryRun ? 'checking' : 'importing')
      setBad([])
      setRows(0)
      let count = 0
      const faulty: ImportRow[] = []
      const result = await importFile(desk, file, { dryRun, ...choice }, (row) => {
        count++
        if (row.error) faulty.push(row)
        if (count % 200 === 0) setRows(count)
      })
      setRows(count)
      setBad(faulty)
      setOutcome(result)
      setPhase(dryRun ? 'checked' : 'done')
    },
    [desk, file, choice],
  )
  useEffect(() => {
    void run(true)
  }, [run])

  const summary = outcome && 'lines' in outcome ? outcome : undefined
  const refused = outcome && 'refused' in outcome ? outcome : undefined
  const working = phase === 'checking' || phase === 'importing'
  const counts = summary && {
    good: summary.applied,
    old: summary.stale + summary.duplicate,
    bad: summary.failed,
  }

  return (
    <section class={`job import tone-${refused || counts?.bad ? 'act' : 'go'}`} aria-live="polite">
      <h2>{file.name}</h2>
      {working && (
        <p class="job-state">
          {fill(words[phase as 'checking'], { name: file.name })} {rows > 0 && rows}
        </p>
      )}
      {!working && refused && (
        <p class="job-state">
          {refused.detail ?? words.refused[refused.refused as 'busy'] ?? words.refused.unavailable}
        </p>
      )}
      {!working && counts && (
        <p class="job-state">{fill(phase === 'checked' ? words.checked : words.done, counts)}</p>
      )}
      {!working && summary?.aborted && <p>{words.aborted}</p>}
      {!working && summary?.unread && summary.unread.length > 0 && (
        <p>{fill(words.unread, { columns: summary.unread.join(', ') })}</p>
      )}
      {!working && summary?.told?.map((text) => <p key={text}>{text}</p>)}
      <div class="job-acts">
        {!working &&
          refused?.choices.map((one) => (
            <button
              key={one}
              type="button"
              class="action"
              onClick={() =>
                setChoice({ ...choice, [refused.reason?.startsWith('date') ? 'dates' : 'sheet']: one })
              }
            >
              {words.choice[one as 'dmy'] ?? one}
            </button>
          ))}
        {phase === 'checked' && counts && counts.good > 0 && (
          <button type="button" class="action action-main" onClick={() => run(false)}>
            {fill(words.go, counts)}
          </button>
        )}
        {!working && (
          <button type="button" class="action" onClick={close}>
            {words.close}
          </button>
        )}
      </div>
      {!working && bad.length > 0 && (
        <ul class="import-bad">
          {bad.slice(0, shownRows).map((row) => (
            <li key={row.line}>
              <strong>{fill(words.line, { line: row.line })}</strong> {said(words, row)}
            </li>
          ))}
          {bad.length > shownRows && <li>{fill(words.more, { count: bad.length - shownRows })}</li>}
        </ul>
      )}
    </section>
  )
}

function said(words: DeskWords['import'], { error }: ImportRow): string {
  const code = error?.code ?? 'invalid'
  const field = error?.pointer?.split('/')[1] ?? ''
  const named = words.field[field as 'dossierNo'] ?? field
  const fault = words.fault[code as 'invalid'] ?? code
  return named ? `${named}: ${fault}` : fault
}
