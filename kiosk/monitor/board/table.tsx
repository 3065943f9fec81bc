// A table of the board. One wider than its page scrolls by itself, by finger and by arrow keys.
import type { ComponentChildren } from 'preact'

interface Props {
  label: string
  heads: readonly (string | { text: string; class: string })[]
  hidden?: boolean
  /** The rows. */
  children: ComponentChildren
}

export const Table = ({ label, heads, hidden = false, children }: Props) => (
  <section
    class={hidden ? 'table-holder table-hidden' : 'table-holder'}
    aria-label={label}
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    tabIndex={0}
  >
    <table>
      <thead>
        <tr>
          {heads.map((head) => {
            const { text, class: its } = typeof head === 'string' ? { text: head, class: '' } : head
            return (
              <th key={text} scope="col" class={its}>
                {text}
              </th>
            )
          })}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  </section>
)
