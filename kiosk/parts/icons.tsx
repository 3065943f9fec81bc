// Line pictures drawn for these pages. They accompany words, so a reader of the screen skips them.
import type { ComponentChildren } from 'preact'

const icon = (drawing: ComponentChildren) => () => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
    {drawing}
  </svg>
)

export const Erase = icon(<path d="M9 5h11v14H9l-6-7zM12 9.500l5 5m0-5l-5 5" />)
export const Back = icon(<path d="M19 12H5m6-6l-6 6 6 6" />)
export const Forward = icon(<path d="M5 12h14m-6-6l6 6-6 6" />)
export const Check = icon(<path d="M5 12.500l5 5 9.500-11" />)
export const Clock = icon(<path d="M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5.500l3.500 2" />)
export const Hand = icon(<path d="M12 3v11m-5-5l5 5 5-5M4 19h16" />)
export const Alert = icon(<path d="M12 4l9.500 16h-19zM12 10v4.500m0 2.500v.2" />)
export const Stop = icon(<path d="M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM6 6l12 12" />)
export const Phone = icon(
  <path d="M6 3h3.500l1.500 5-2.500 1.800a12 12 0 0 0 5.700 5.700L16 13l5 1.500V18a3 3 0 0 1-3.200 3A16 16 0 0 1 3 6.200 3 3 0 0 1 6 3z" />,
)
export const Pin = icon(
  <path d="M12 21s7-6.500 7-11.500a7 7 0 0 0-14 0C5 14.500 12 21 12 21zM12 7.500a2 2 0 1 0 0 4 2 2 0 0 0 0-4z" />,
)
export const Search = icon(
  <path d="M10.500 4a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13zM15.500 15.500L21 21" />,
)
export const Printer = icon(<path d="M7 8V3h10v5M7 17H4V8h16v9h-3M7 13h10v8H7z" />)
export const Speaker = icon(
  <path d="M4 9v6h4l5 4V5L8 9zM16.500 9a4 4 0 0 1 0 6m2.500-8.500a8 8 0 0 1 0 11" />,
)
export const Unplugged = icon(
  <path d="M3 9.500a14 14 0 0 1 18 0M6.500 13.500a9 9 0 0 1 11 0M12 18v.2M4 4l16 16" />,
)
export const Globe = icon(
  <path d="M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c-5 5-5 13 0 18m0-18c5 5 5 13 0 18" />,
)
export const Contrast = icon(
  <>
    <path d="M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z" />
    <path d="M12 3a9 9 0 0 0 0 18z" fill="currentColor" />
  </>,
)
export const Lower = icon(<path d="M12 3v11m-5-5l5 5 5-5M4 20h16" />)
export const LetterSize = icon(
  <path d="M2.500 19l5-13 5 13M4.300 14.500h6.400M14 19l3.500-9 3.500 9M15.200 16h4.600" />,
)

/** Faces for the one-tap question; the words stand below them. */
export const Face = ({ mood }: { mood: 1 | 2 | 3 }) => (
  <svg class="icon face" viewBox="0 0 24 24" aria-hidden="true">
    <path d="M12 2.500a9.500 9.500 0 1 0 0 19 9.500 9.500 0 0 0 0-19zM8.500 9v1.500m7-1.500v1.500" />
    <path
      d={{ 3: 'M7.500 14c2 3.500 7 3.500 9 0', 2: 'M8 15.500h8', 1: 'M7.500 17c2-3.500 7-3.500 9 0' }[mood]}
    />
  </svg>
)
