// The printer: its state in words, what to do about it, what kind it is.
import type { DeskView } from '../../../src/desk/contract.ts'
import { fill, moment } from '../../parts/words.ts'
import { printerTones } from '../printer-state.tsx'
import type { DeskWords } from '../words.ts'
import { Proof } from './proof.tsx'

interface Props {
  words: DeskWords
  language: string
  view: DeskView
  isBlind: boolean
}

export function PrinterPanel({ words: all, language, view, isBlind }: Props) {
  const { printer: words } = all
  const { printer } = view
  if (isBlind)
    return (
      <section class="card printer tone-still" aria-live="polite">
        <h2>{words.title}</h2>
        <p class="printer-state">{all.blind}</p>
        <p>{all.blindAdvice}</p>
      </section>
    )
  return (
    <section class={`card printer tone-${printerTones[printer.state]}`} aria-live="polite">
      <h2>{words.title}</h2>
      <p class="printer-state">
        {words[printer.state]} <small>{fill(words.since, { time: moment(language, printer.since) })}</small>
      </p>
      <p>{words.advice[printer.state]}</p>
      <p class="printer-profile">
        {fill(words.profile, { profile: printer.profile })}
        {printer.remote && `, ${words.remote}`}
      </p>
      {!printer.canConfirm && <p class="printer-profile">{words.noConfirm}</p>}
      <Proof words={all} view={view} />
    </section>
  )
}
