// Squares over the whole width: a dead stripe of a touch screen shows as squares that never fill.
import { useState } from 'preact/hooks'

const columns = 6
const rows = 4
export const touchSquares = columns * rows

export function TouchGrid({ done }: { done(): void }) {
  const [touched, setTouched] = useState<ReadonlySet<number>>(new Set())
  return (
    <div class="touch-grid">
      {Array.from({ length: touchSquares }, (_, square) => (
        <button
          key={square}
          type="button"
          class="touch-square"
          aria-label={String(square + 1)}
          aria-pressed={touched.has(square)}
          onClick={() => {
            const next = new Set(touched).add(square)
            setTouched(next)
            if (next.size === touchSquares) done()
          }}
        />
      ))}
    </div>
  )
}
