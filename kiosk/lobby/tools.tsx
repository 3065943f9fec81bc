// The row of tools at the lower edge: language, large text, contrast, lower buttons. They last for one visit.
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

/** Applies the view settings to the styles and the screen reader. */
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
  const helps = [
    { name: 'large', Icon: LetterSize },
    { name: 'contrast', Icon: Contrast },
    { name: 'reach', Icon: Lower },
  ] as const
  return (
    // A touch leaves the focus in the field, so that typing continues there.
    <nav class="tools" aria-label={words.tools.label} onPointerDown={(event) => event.preventDefault()}>
      {ordered.map((language) => (
        <button
          key={language}
          type="button"
          class="tool tool-language"
          lang={language}
          aria-pressed={language === view.language}
          onClick={() => language === view.language || change({ ...view, language })}
        >
          <Globe />
          <span>{languageNames[language]}</span>
        </button>
      ))}
      {helps.map(({ name, Icon }) => (
        <button
          key={name}
          type="button"
          class={`tool tool-${name}`}
          aria-pressed={view[name]}
          onClick={() => change({ ...view, [name]: !view[name] })}
        >
          <Icon />
          <span>{words.tools[name]}</span>
        </button>
      ))}
    </nav>
  )
}
