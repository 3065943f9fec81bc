// A table wider than its page scrolls by itself, by finger and by arrow keys.
import type { ComponentChildren } from 'preact'

interface Props {
  label: string
  hidden?: boolean
  children: ComponentChildren
}

export const TableHolder = ({ label, hidden = false, children }: Props) => (
  <section
    class={hidden ? 'table-holder table-hidden' : 'table-holder'}
    aria-label={label}
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    tabIndex={0}
  >
    {children}
  </section>
)
