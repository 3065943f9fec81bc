// Complaints of this desk's agency: open ones, soonest due first and red when overdue; one at a time is opened, answered,
// forwarded or erased. The sender's phone is never shown.
import { useState } from 'preact/hooks'
import type { ComplaintView } from '../../../src/complaints/contract.ts'
import { answerComplaint, eraseComplaint, handOnComplaint } from '../../parts/api.ts'
import { day, fill, moment } from '../../parts/words.ts'
import type { DeskWords } from '../words.ts'
import { useComplaints } from './use-complaints.ts'
import './panel.css'

interface Props {
  words: DeskWords
  language: string
  desk: string
}

export function ComplaintsPanel({ words, language, desk }: Props) {
  const { list, refresh } = useComplaints(desk)
  const [opened, setOpened] = useState<string>()
  const its = words.complaints
  if (!list || list.complaints.length === 0) return null
  const overdue = list.complaints.filter((one) => one.overdue).length
  return (
    <section class="complaints" aria-label={its.title}>
      <h2>
        {its.title}
        {overdue > 0 && <span class="chip tone-bad">{fill(its.overdueCount, { count: overdue })}</span>}
      </h2>
      <ul>
        {list.complaints.map((one) => (
          <li
            key={one.ticket}
            class={`complaint ${one.overdue ? 'tone-bad' : one.state === 'open' ? 'tone-act' : 'tone-good'}`}
          >
            <button
              type="button"
              class="complaint-head"
              aria-expanded={opened === one.ticket}
              onClick={() => setOpened(opened === one.ticket ? undefined : one.ticket)}
            >
              <strong>{one.ticket}</strong>
              <span class="chip">{stateOf(its, one)}</span>
              <small>{whenOf(its, language, one)}</small>
            </button>
            {opened === one.ticket && (
              <Opened
                key={one.ticket}
                words={words}
                language={language}
                desk={desk}
                complaint={one}
                most={list.answerLength}
                done={refresh}
              />
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

const stateOf = (its: DeskWords['complaints'], { state, overdue }: ComplaintView) =>
  state === 'open' && overdue ? its.overdue : its.state[state]

/** Until when it must be answered, or when it was. */
const whenOf = (
  its: DeskWords['complaints'],
  language: string,
  { state, dueDay, answeredAt }: ComplaintView,
) =>
  state === 'open' || !answeredAt
    ? fill(its.due, { day: day(language, `${dueDay}T12:00:00+07:00`) })
    : fill(its.answeredOn, { day: day(language, answeredAt) })

interface OpenedProps extends Props {
  complaint: ComplaintView
  most: number
  done(): Promise<void>
}

interface EraseProps {
  its: DeskWords['complaints']
  isBusy: boolean
  erase(): void
}

/** Asks in the page, because the scanner's Enter would confirm a dialog of the browser. */
function Erase({ its, isBusy, erase }: EraseProps) {
  const [isAsked, setAsked] = useState(false)
  return (
    <div class="complaint-erase">
      <p role="alert">{isAsked && its.eraseSure}</p>
      {/* The pressed button keeps the focus when it becomes the way back. */}
      <button type="button" class="quiet" disabled={isBusy} onClick={() => setAsked(!isAsked)}>
        {isAsked ? its.keep : its.erase}
      </button>
      {isAsked && (
        <button type="button" class="action" disabled={isBusy} onClick={erase}>
          {its.erase}
        </button>
      )}
    </div>
  )
}

function Opened({ words, language, desk, complaint, most, done }: OpenedProps) {
  const its = words.complaints
  const { ticket, state } = complaint
  const [answer, setAnswer] = useState('')
  const [agency, setAgency] = useState('')
  const [problem, setProblem] = useState('')
  const [isBusy, setBusy] = useState(false)
  const act = async (run: () => Promise<string | undefined>) => {
    setBusy(true)
    const refused = await run()
    setBusy(false)
    setProblem(refused === undefined ? '' : (its.problem[refused as 'link'] ?? its.problem.unavailable))
    if (refused === undefined) await done()
  }
  return (
    <div class="complaint-body">
      <p class="complaint-words">{complaint.words}</p>
      <p class="board-note">
        {fill(its.received, { time: moment(language, complaint.receivedAt) })}
        {complaint.dossierNo && <> · {complaint.dossierNo}</>}
        {complaint.handedOnFrom && <> · {fill(its.from, { agency: complaint.handedOnFrom })}</>}
      </p>
      {complaint.answer && <p class="complaint-answer">{complaint.answer}</p>}
      {state === 'open' && (
        <>
          <label class="field-label">
            {its.answer}
            <textarea
              data-own-keys
              rows={3}
              value={answer}
              aria-describedby={`left-${ticket}`}
              onInput={(event) => setAnswer(event.currentTarget.value)}
            />
          </label>
          <p class="board-note" id={`left-${ticket}`}>
            {fill(its.left, { left: most - answer.trim().length })}
          </p>
          <button
            type="button"
            class="action action-main"
            disabled={isBusy || answer.trim() === '' || answer.trim().length > most}
            onClick={() => act(() => answerComplaint(desk, ticket, answer))}
          >
            {its.send}
          </button>
          <label class="field-label">
            {its.agency}
            <input
              data-own-keys
              value={agency}
              onInput={(event) => setAgency(event.currentTarget.value.trim().toUpperCase())}
            />
          </label>
          <button
            type="button"
            class="action"
            disabled={isBusy || agency === ''}
            onClick={() => act(() => handOnComplaint(desk, ticket, agency))}
          >
            {its.handOn}
          </button>
        </>
      )}
      <Erase its={its} isBusy={isBusy} erase={() => act(() => eraseComplaint(desk, ticket))} />
      <p role="alert" class="complaint-problem">
        {problem}
      </p>
    </div>
  )
}
