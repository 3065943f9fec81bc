// The row of helps at the lower edge: language, large text, contrast, lower buttons. They last for one visit.
import { useLayoutEffect } from 'preact/hooks'
import { Contrast, Globe, LetterSize, Lower } from '../parts/icons.tsx'
import { type LobbyWords, languageNames } from './words.ts'

export interface View {
  language: string
  large: boolean
  contrast: boolean
  reach: boolean
}

export const defaultView: View = { language: 'vi', large: false, contrast: false, reach: false }

/** Tells the styles and the screen reader how the page is viewed. */
export function useShownAs(view: View, isKiosk: boolean) {
  useLayoutEffect(() => {
    const html = document.documentElement
    html.lang = view.language
    html.dataset.text = view.large ? 'large' : 'normal'
    html.dataset.contrast = view.contrast ? 'high' : 'normal'
    html.dataset.reach = view.reach ? 'low' : 'normal'
    html.dataset.device = isKiosk ? 'kiosk' : 'web'
  }, [view, isKiosk])
}

interface Props {
  words: LobbyWords
  view: View
  languages: string[]
  change(view: View): void
}

export function Tools({ words, view, languages, change }: Props) {
  // Vietnamese first, then the others by name of file.
  const ordered = ['vi', ...languages.filter((language) => language !== 'vi')]
  return (
    <nav class="tools" aria-label={words.tools.label}>
      {ordered
        .filter((language) => language !== view.language)
        .map((language) => (
          <button
            key={language}
            type="button"
            class="tool"
            lang={language}
            onClick={() => change({ ...view, language })}
          >
            <Globe />
            <span>{languageNames[language]}</span>
          </button>
        ))}
      <button
        type="button"
        class="tool"
        aria-pressed={view.large}
        onClick={() => change({ ...view, large: !view.large })}
      >
        <LetterSize />
        <span>{words.tools.large}</span>
      </button>
      <button
        type="button"
        class="tool"
        aria-pressed={view.contrast}
        onClick={() => change({ ...view, contrast: !view.contrast })}
      >
        <Contrast />
        <span>{words.tools.contrast}</span>
      </button>
      <button
        type="button"
        class="tool tool-reach"
        aria-pressed={view.reach}
        onClick={() => change({ ...view, reach: !view.reach })}
      >
        <Lower />
        <span>{words.tools.reach}</span>
      </button>
    </nav>
  )
}
