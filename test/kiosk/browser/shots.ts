// How to reach every screen, for pictures and for the accessibility checks: one list, so that a new screen cannot be
// forgotten by either.
import type { Browser, Page } from 'playwright-core'
import type { Test } from 'tap'
import { openBrowser, openPage, type Size, sizes } from '../../peers/browser.js'
import { type DeskExample, type Example, examples, openPreview, type Preview } from '../preview.js'

interface Shot {
  name: string
  path: string
  /** The device cookie the page needs. */
  cookie: string
  /** From the fresh page to the screen. */
  go(page: Page, preview: Preview): Promise<unknown>
  /** A screen that passes, or that a touch of the language button ends. */
  passing?: true
  /** Somebody's own phone has no such screen. */
  onDevices?: true
}

/**
 * A keyboard-wedge scanner: all keys within a few milliseconds, then Enter. `layout` is what a wrongly set layout or an
 * input method would make of each key; the position stays true. \b and letters with marks are what an input method of the
 * system sends in place of a key: without a position. `into`: each key also writes into the field that has the focus.
 */
export async function scan(
  page: Page,
  text: string,
  { layout = (char: string) => char, enter = true, into = false } = {},
) {
  const keys = [...text].map((char) => ({ key: layout(char), ...keyOf(char) }))
  if (enter) keys.push({ code: 'Enter', key: 'Enter', shiftKey: false })
  await page.evaluate(`for (const key of ${JSON.stringify(keys)}) {
    const target = document.activeElement ?? document.body
    const isDefault = target.dispatchEvent(new KeyboardEvent('keydown', { ...key, bubbles: true, cancelable: true }))
    if (${into} && isDefault) document.execCommand('insertText', false, key.key === 'Enter' ? '\\n' : key.key)
    target.dispatchEvent(new KeyboardEvent('keyup', { ...key, bubbles: true }))
  }`)
}

/** A person at a keyboard: no two keys in the same rhythm. */
export async function write(page: Page, text: string) {
  for (const [nth, char] of [...text].entries())
    await page.keyboard.press(keyOf(char).code, { delay: [70, 160, 110, 190][nth % 4]! })
}

/** A person's Enter. Nobody presses it within 150 ms of what they have just seen; a scanner's LF comes so soon. */
export async function pressEnter(page: Page) {
  await page.keyboard.press('Shift', { delay: 200 })
  await page.keyboard.press('Enter')
}

const keyOf = (char: string): { code: string; shiftKey: boolean; key?: string } => {
  if (char === '\b') return { code: 'Backspace', key: 'Backspace', shiftKey: false }
  if (/[^\0-\x7f]/.test(char)) return { code: '', shiftKey: false }
  if (/\d/.test(char)) return { code: `Digit${char}`, shiftKey: false }
  if (/[A-Z]/i.test(char)) return { code: `Key${char.toUpperCase()}`, shiftKey: /[A-Z]/.test(char) }
  const shifted: Record<string, string> = {
    ':': 'Semicolon',
    '?': 'Slash',
    '+': 'Equal',
    _: 'Minus',
    '|': 'Backslash',
    '<': 'Comma',
    '*': 'Digit8',
  }
  const plain: Record<string, string> = {
    '.': 'Period',
    '-': 'Minus',
    '/': 'Slash',
    '=': 'Equal',
    ' ': 'Space',
    ']': 'BracketRight',
    ';': 'Semicolon',
    '\\': 'Backslash',
  }
  return { code: shifted[char] ?? plain[char] ?? 'Space', shiftKey: char in shifted }
}

const named = ({ says }: { says: string }) => says.replace(/[^a-z0-9]+/gi, '-').slice(0, 40)

export const lobbyShots: Shot[] = [
  {
    name: 'lobby-number',
    path: '/kiosk/',
    cookie: 'kiosk=lobby-1',
    go: (page) => page.waitForSelector('#digits'),
  },
  {
    name: 'lobby-number-missing',
    path: '/kiosk/',
    cookie: 'kiosk=lobby-1',
    go: async (page) => {
      for (const digit of '48271936') await page.click(`.key:text-is("${digit}")`)
      await page.click('.ask-submit')
    },
  },
  {
    name: 'lobby-number-sixteen',
    path: '/kiosk/',
    cookie: 'kiosk=lobby-1',
    go: async (page) => {
      for (const digit of '4827193605182749') await page.click(`.key:text-is("${digit}")`)
    },
  },
  { name: 'lobby-agency', path: '/kiosk/', cookie: 'kiosk=lobby-1', go: (page) => page.click('.ask-other') },
  {
    name: 'lobby-full-number',
    path: '/kiosk/',
    cookie: 'kiosk=lobby-1',
    go: async (page) => {
      await page.click('.ask-other')
      await page.click('.agency >> nth=0')
      for (const digit of '26111800') await page.click(`.key:text-is("${digit}")`)
    },
  },
  ...(examples('lobby/answer') as Example[]).map((example) => ({
    name: `lobby-answer-${named(example)}`,
    path: '/kiosk/',
    cookie: 'kiosk=lobby-1',
    go: async (page: Page) => {
      await scan(page, example.number)
      await page.waitForSelector('.answer')
    },
  })),
  ...(examples('lobby/notice') as Example[]).map((example) => ({
    name: `lobby-notice-${named(example)}`,
    path: '/kiosk/',
    cookie: 'kiosk=lobby-1',
    go: async (page: Page) => {
      await scan(page, example.number)
      await page.waitForSelector('.notice')
    },
  })),
  {
    name: 'lobby-notice-scanned-link',
    path: '/kiosk/',
    cookie: 'kiosk=lobby-1',
    go: async (page) => {
      await scan(page, 'HTTPS://EVIL.EXAMPLE/4827')
      await page.waitForSelector('.notice')
    },
  },
  {
    name: 'lobby-notice-offline',
    path: '/kiosk/',
    cookie: 'kiosk=lobby-1',
    go: async (page) => {
      await page.context().setOffline(true)
      await page.waitForSelector('.notice')
    },
  },
  {
    name: 'lobby-idle-warning',
    path: '/kiosk/',
    cookie: 'kiosk=lobby-1',
    passing: true,
    onDevices: true,
    go: async (page, preview) => {
      const language = await page.locator('html').getAttribute('lang')
      preview.setup.idleSeconds = 1
      await page.reload()
      await page.waitForSelector('[data-device=kiosk] #digits')
      preview.setup.idleSeconds = 45
      await speak(page, language ?? 'vi')
      await page.click('.key:text-is("4")')
      await page.waitForSelector('.idle')
    },
  },
  {
    name: 'lobby-low-reach',
    path: '/kiosk/',
    cookie: 'kiosk=lobby-1',
    go: (page) => page.evaluate(`document.querySelector('.tool-reach').click()`),
  },
  {
    name: 'lobby-large-high-contrast',
    path: '/kiosk/',
    cookie: 'kiosk=lobby-1',
    go: async (page) => {
      await page.click('.tool-large')
      await page.click('.tool-contrast')
      await scan(page, '482719360559')
      await page.waitForSelector('.answer')
    },
  },
  {
    name: 'lobby-selftest',
    path: '/kiosk/selftest',
    cookie: 'kiosk=lobby-1',
    go: (page) => page.waitForSelector('[data-part=clock][data-state=ok]'),
  },
  {
    name: 'lobby-looking',
    path: '/kiosk/',
    cookie: 'kiosk=lobby-1',
    passing: true,
    go: async (page, preview) => {
      preview.answer = () => new Promise((later) => setTimeout(() => later({ kind: 'unknown' }), 1500))
      await scan(page, '482719360518')
      await page.waitForSelector('.looking')
    },
  },
]

const officeShots: Shot[] = [
  { name: 'desk-sign-in', path: '/desk/', cookie: '', go: (page) => page.waitForSelector('.sign-in') },
  ...examples<DeskExample>('desk/counter').map((example, nth) => ({
    name: `desk-${named(example)}`,
    path: '/desk/',
    cookie: 'desk=quay-1',
    go: async (page: Page, preview: Preview) => {
      preview.office.desk = nth
      await page.reload()
      await page.waitForSelector('.counter')
      if (example.typed) await scan(page, example.typed)
      if (example.typed) await page.waitForSelector('.paper')
      if (example.open) await page.click('.today-row >> nth=0')
    },
  })),
  { name: 'monitor-sign-in', path: '/monitor/', cookie: '', go: (page) => page.waitForSelector('.sign-in') },
  ...examples<{ says: string }>('monitor/board').map((example, nth) => ({
    name: `monitor-${named(example)}`,
    path: '/monitor/',
    cookie: 'monitor=chief',
    go: async (page: Page, preview: Preview) => {
      preview.office.monitor = nth
      await page.reload()
      await page.waitForSelector('.board')
    },
  })),
]

export const allShots = [...lobbyShots, ...officeShots]

/** Lets every animation and font settle. */
export const settled = (page: Page) =>
  page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')

/** Presses the language button of a lobby page. */
const speak = async (page: Page, language: string) => {
  if (language !== 'vi') await page.click(`button[lang="${language}"]`)
}

/** Brings a fresh page to a screen in a language. */
async function arrive(page: Page, shot: Shot, preview: Preview, language: string): Promise<void> {
  // A lobby's language may change its way there; an office page forgets it when it is loaded again.
  const isLobby = shot.path.startsWith('/kiosk/')
  if (shot.path === '/kiosk/') await page.waitForSelector('#digits')
  if (shot.path === '/kiosk/selftest') await page.waitForSelector('.selftest')
  if (isLobby) await speak(page, language)
  await shot.go(page, preview)
  if (!isLobby) await speak(page, language)
  await settled(page)
}

/** Takes the pictures; returns how many. */
export async function shots(dir: string, word: string): Promise<number> {
  const preview = await openPreview()
  const browser = await openBrowser()
  let count = 0
  try {
    for (const shot of allShots.filter(({ name }) => name.includes(word))) {
      for (const size of Object.keys(sizes) as Size[]) {
        if (size === 'phone' && shot.onDevices) continue
        for (const language of ['vi', 'en']) {
          preview.answer = undefined
          const { page, context } = await openPage(browser, preview.url + shot.path, {
            size,
            // A phone is somebody's own, at home.
            extraHTTPHeaders:
              shot.cookie === '' || (size === 'phone' && shot.path === '/kiosk/')
                ? {}
                : { cookie: shot.cookie },
          })
          await arrive(page, shot, preview, language)
          // A phone's page at its full length. Its window keeps its size: letters and layout follow that.
          const fullPage = size === 'phone'
          if (fullPage)
            await page.evaluate(
              `for (const bar of document.querySelectorAll('.answer-actions')) bar.style.position = 'static'`,
            )
          await page.screenshot({ path: `${dir}/${shot.name}.${size}.${language}.png`, fullPage })
          await context.close()
          count++
        }
      }
    }
  } finally {
    await browser.close()
    await preview.close()
  }
  return count
}

/** One page that goes from screen to screen. */
export async function tour(
  t: Test,
  browser: Browser,
  shots: Shot[],
  visit: (page: Page, shot: Shot, language: string) => Promise<void>,
  languages = ['vi', 'en'],
) {
  const preview = await openPreview()
  t.teardown(() => preview.close())
  const { page, context } = await openPage(browser, `${preview.url}/kiosk/`, { serviceWorkers: 'block' })
  for (const shot of shots)
    for (const [nth, language] of languages.entries()) {
      // Loading a page takes longer than what is done with it: a screen that stays is told in the next language.
      if (nth === 0 || shot.passing) {
        preview.answer = undefined
        await context.setOffline(false)
        await context.setExtraHTTPHeaders(shot.cookie ? { cookie: shot.cookie } : {})
        await page.goto(preview.url + shot.path)
        await arrive(page, shot, preview, language)
      } else {
        await speak(page, language)
        await settled(page)
      }
      await visit(page, shot, language)
    }
  await context.close()
}
