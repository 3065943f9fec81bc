// Where to place status requests in a slip, in print order: often enough that a hundred lost bytes always cost an answer,
// and after every command with a length field, because one that misses bytes takes them from what follows.
import { askCompletion, askQueuedStatus } from '../escpos/commands.js'

export type Step =
  | { readonly kind: 'part'; readonly bytes: Buffer }
  | { readonly kind: 'queued'; readonly bytes: Buffer }
  | { readonly kind: 'id'; readonly bytes: Buffer; readonly id: string }

// No more than this between two questions, if commands allow it.
const maxBytes = 88
// This many bytes justify a request of 3 bytes.
const enoughBytes = 24
// A BREAK may pass for one answer if the system does not mark it; it cannot pass for the last three, which come together.
const lastQuestions = 3

/**
 * The steps of a slip. `mark`: four characters for the completion that ends it, if the printer supports one. `counts`:
 * the printer answers GS r; one that does not is asked by completions only.
 */
export function planSlip(
  parts: readonly Buffer[],
  completion: 'none' | 'process-id' | 'queued-status',
  mark: string,
  counts: boolean,
): Step[] {
  if (completion === 'none') return parts.map((bytes) => ({ kind: 'part', bytes }))
  const steps: Step[] = []
  let since = 0
  let nth = 0
  const ask = () => {
    const id = `~${(nth++ % 46_656).toString(36).padStart(3, '0')}`
    if (counts || completion === 'queued-status') steps.push({ kind: 'queued', bytes: askQueuedStatus })
    else steps.push({ kind: 'id', bytes: askCompletion(id), id })
    since = 0
  }
  for (const bytes of parts) {
    if (since > 0 && since + bytes.length > maxBytes) ask()
    steps.push({ kind: 'part', bytes })
    since += bytes.length
    if (since >= enoughBytes) ask()
  }
  if (since > 0) ask()
  if (completion === 'process-id') steps.push({ kind: 'id', bytes: askCompletion(mark), id: mark })
  else for (let more = 1; more < lastQuestions; more++) ask()
  return steps
}
