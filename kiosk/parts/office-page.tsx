// The shell of the desk and monitor pages. Mark, title, language and contrast, the banner shown when the gateway is down,
// and instructions for a computer not yet enrolled.
import type { ComponentChildren } from 'preact'
import { useCallback, useEffect, useLayoutEffect, useState } from 'preact/hooks'
import { device } from './api.ts'
import { Contrast, Globe } from './icons.tsx'
import { Mark } from './mark.tsx'
import { useNewPage } from './use-new-page.ts'

/** The words every office page has, whatever else it says. */
interface OfficeWords {
  title: string
  away: string
  tools: { contrast: string }
  signIn: { title: string; text: string; command: string }
}

/** Language and contrast of an office page; they last until it is reloaded. */
export function useOfficeView<W extends OfficeWords>(all: Record<string, W>) {
  const [language, setLanguage] = useState('vi')
  const [contrast, setContrast] = useState(false)
  const words = all[language] ?? all.vi!
  // Before the plots are drawn, which read their colours from the page.
  useLayoutEffect(() => {
    document.documentElement.lang = language
    document.documentElement.dataset.contrast = contrast ? 'high' : 'normal'
  }, [language, contrast])
  return { words, language, setLanguage, languages: Object.keys(all), contrast, setContrast }
}
type OfficeView<W extends OfficeWords> = ReturnType<typeof useOfficeView<W>>

const retryMs = 2000
// Each request renews the cookie and says which build is served: a page stays open for months.
const againMs = 600_000
// A clerk on the telephone touches nothing for some minutes and still reads the screen.
const untouchedMs = 600_000

/** What this browser is enrolled as; retries while the gateway is unreachable, and refreshes periodically. */
export function useDevice(kind: 'desk' | 'monitor') {
  const [id, setId] = useState<string>()
  const [stranger, setStranger] = useState(false)
  const [up, setUp] = useState(true)
  const [served, setServed] = useState<string>()
  const refused = useCallback(() => setStranger(true), [])
  const take = useCallback((found: Awaited<ReturnType<typeof device>>) => {
    if (found === 'away') return
    setStranger(found.name === undefined)
    setId(found.name)
    setServed(found.page)
  }, [])
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>
    const find = async () => {
      const found = await device(kind)
      timer = setTimeout(find, found === 'away' ? retryMs : againMs)
      setUp(found !== 'away')
      take(found)
    }
    void find()
    return () => clearTimeout(timer)
  }, [kind, take])
  // Refused is not disconnected: what cannot be read may no longer be this browser's to read.
  const heard = useCallback(
    async (came: boolean) => {
      setUp(came)
      if (!came) take(await device(kind))
    },
    [kind, take],
  )
  useNewPage(served, true, untouchedMs)
  return { id, stranger, refused, up, heard }
}

interface Props<W extends OfficeWords> {
  view: OfficeView<W>
  languageNames: Record<string, string>
  title: string
  below?: string | undefined
  /** Beside the title, always in sight. */
  head?: ComponentChildren
  up: boolean
  stranger: boolean
  children?: ComponentChildren
}

export function OfficePage<W extends OfficeWords>(props: Props<W>) {
  const { view, languageNames, title, below, up, stranger } = props
  const { words, language, contrast } = view
  useEffect(() => {
    document.title = title === words.title ? title : `${title} · ${words.title}`
  }, [title, words])
  return (
    <div class="office">
      <header class="office-head">
        <Mark />
        <h1>
          {title}
          {below && <small>{below}</small>}
        </h1>
        {!stranger && props.head}
        {view.languages
          .filter((other) => other !== language)
          .map((other, nth) => (
            // Keyed by position: the pressed button stays, and keeps the focus, when it names the other language.
            <button
              key={nth}
              type="button"
              class="quiet"
              lang={other}
              onClick={() => view.setLanguage(other)}
            >
              <Globe />
              {languageNames[other]}
            </button>
          ))}
        <button
          type="button"
          class="quiet"
          aria-pressed={contrast}
          onClick={() => view.setContrast(!contrast)}
        >
          <Contrast />
          {words.tools.contrast}
        </button>
      </header>
      {!up && !stranger && (
        <p class="office-away" role="status">
          {words.away}
        </p>
      )}
      <main class="office-main">{stranger ? <SignIn words={words.signIn} /> : props.children}</main>
    </div>
  )
}

function SignIn({ words }: { words: OfficeWords['signIn'] }) {
  return (
    <section class="card sign-in">
      <h2>{words.title}</h2>
      <p>{words.text}</p>
      <p>
        <code>{words.command}</code>
      </p>
    </section>
  )
}
