// The printer in one word, always in sight.
import type { DeskView } from '../../src/desk/contract.ts'
import { Printer } from '../parts/icons.tsx'
import type { DeskWords } from './words.ts'

export const printerTones = {
  ready: 'good',
  'paper-low': 'act',
  'no-paper': 'bad',
  'cover-open': 'bad',
  error: 'bad',
  absent: 'bad',
  unknown: 'still',
} as const

export function PrinterState({ words, printer }: { words: DeskWords; printer: DeskView['printer'] }) {
  return (
    <p class={`chip chip-large tone-${printerTones[printer.state]}`} role="status">
      <Printer />
      <span class="sr">{words.printer.title}: </span>
      {words.printer[printer.state]}
    </p>
  )
}
