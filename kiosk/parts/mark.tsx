// The sign of the service: a paper that is in order.
export const Mark = () => (
  <svg class="mark" viewBox="0 0 48 48" aria-hidden="true">
    <rect width="48" height="48" rx="12" class="mark-ground" />
    <path d="M14 9h14l7 7v23H14z" class="mark-paper" />
    <path d="M28 9v7h7" class="mark-fold" />
    <path d="m18.500 28 4.500 4.500 8-9" class="mark-check" />
  </svg>
)
