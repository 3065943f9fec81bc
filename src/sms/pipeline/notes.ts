// Writes that nobody waits for: ends, and attempts that did not count. They are batched into the next step, or make their
// own a moment later.
import type { Step } from './steps.js'
import { buried, type End, type Text } from './text.js'

// ids per command; Lua can unpack no more than some 8,000.
const idsAtATime = 1000

export class Notes {
  private ended = new Map<End, Text[]>()
  private back = new Set<Text>()
  /** When the first of them was added (performance.now()); undefined when there are none. */
  since: number | undefined

  /** The text has ended, for this reason. */
  end(text: Text, end: End): void {
    text.moveTo('ending')
    this.back.delete(text)
    const its = this.ended.get(end)
    if (its) its.push(text)
    else this.ended.set(end, [text])
    this.since ??= performance.now()
  }

  /** An attempt recorded in Redis did not count, or is known not to have been accepted. */
  takeBack(text: Text): void {
    this.back.add(text)
    this.since ??= performance.now()
  }

  /** Takes all notes for a step. `keep` puts them back after a step that may have failed: writing them is idempotent. */
  take(): { step: Pick<Step, 'ended' | 'back'>; ended: Text[]; keep(): void } {
    const { ended, back, since } = this
    this.ended = new Map()
    this.back = new Set()
    this.since = undefined
    const rows: Step['ended'][number][] = []
    for (const [reason, texts] of ended)
      for (let from = 0; from < texts.length; from += idsAtATime)
        rows.push({
          reason,
          isBuried: buried.has(reason),
          ids: texts.slice(from, from + idsAtATime).map(({ id }) => id),
        })
    return {
      step: { ended: rows, back: [...back].map(({ id, attempts }) => [id, attempts] as const) },
      ended: [...ended.values()].flat(),
      keep: () => {
        for (const [end, texts] of ended) this.ended.set(end, [...texts, ...(this.ended.get(end) ?? [])])
        // Texts that are asking to leave again have a new attempt recorded, which must not be reverted.
        for (const text of back) if (text.stage === 'waiting' || text.stage === 'pausing') this.back.add(text)
        this.since ??= since
      },
    }
  }
}
