// A real browser for tests of pages: Debian's chromium through playwright-core, or the one named by CHROMIUM. The headless
// shell is the same engine with a third of the CPU.
import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import type { Teardown } from './redis.js'

const executablePath =
  process.env.CHROMIUM ??
  ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome']
    .map((name) => `/usr/bin/${name}`)
    .find((path) => existsSync(path))

/** The sizes every screen must support: lobby portrait, lobby landscape, phone. */
export const sizes = {
  portrait: { width: 1080, height: 1920 },
  landscape: { width: 1280, height: 800 },
  phone: { width: 390, height: 844 },
} as const
export type Size = keyof typeof sizes

/** Starts the browser; it ends with the test. */
export async function openBrowser(t?: Teardown, flags: readonly string[] = []): Promise<Browser> {
  if (!executablePath) throw new Error('no chromium found: apt-get install chromium, or set CHROMIUM=/path')
  // --no-sandbox: the suite may run as root in a container; the pages are our own.
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', ...flags],
  })
  t?.teardown(() => browser.close())
  return browser
}

/** A new visitor with a new page of that size; requests to other origins are collected in `strangers`. */
export async function openPage(
  browser: Browser,
  url: string,
  {
    size = 'portrait' as Size,
    touch = true,
    ...options
  }: { size?: Size; touch?: boolean } & ContextOptions = {},
): Promise<{ page: Page; context: BrowserContext; strangers: string[] }> {
  const context = await browser.newContext({
    viewport: sizes[size],
    hasTouch: touch,
    isMobile: size === 'phone',
    locale: 'vi-VN',
    reducedMotion: 'reduce',
    ...options,
  })
  // A wait ends what hangs; it measures nothing.
  context.setDefaultTimeout(120_000)
  const strangers: string[] = []
  const { origin } = new URL(url)
  context.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`)) strangers.push(request.url())
  })
  const page = await context.newPage()
  await page.goto(url)
  // A one-time link shows a page with a button; a person presses it.
  if (new URL(url).pathname.startsWith('/enrol/')) await page.click('button[type=submit]')
  return { page, context, strangers }
}

type ContextOptions = Omit<NonNullable<Parameters<Browser['newContext']>[0]>, 'viewport'>
