// K-05 and K-04: a child drums on the screen; the browser is killed. WILD_MINUTES=10 makes the drumming last; the suite
// has a short form of it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openBrowser, openPage, sizes } from '../../peers/browser.js'
import { examples, openPreview } from '../preview.js'
import { random } from './random.js'
import { scan } from './shots.js'

const minutes = Number(process.env.WILD_MINUTES ?? 0)
const seconds = minutes > 0 ? minutes * 60 : 20

t.test(
  `K-05 ${seconds} s of drumming end on a lobby screen, with memory flat`,
  { timeout: (seconds + 120) * 1000 },
  async (t) => {
    const browser = await openBrowser(t)
    const preview = await openPreview()
    t.teardown(() => preview.close())
    const { page, context, strangers } = await openPage(browser, `${preview.url}/kiosk/`, {
      extraHTTPHeaders: { cookie: 'kiosk=lobby-1' },
    })
    await page.waitForSelector('[data-device=kiosk]')
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(String(error)))
    const windows: string[] = []
    context.on('page', (opened) => windows.push(opened.url()))
    page.on('dialog', (dialog) => {
      errors.push(`a dialog: ${dialog.message()}`)
      dialog.dismiss()
    })

    const devtools = await context.newCDPSession(page)
    await devtools.send('Performance.enable')
    const heap = async () => {
      await devtools.send('HeapProfiler.collectGarbage')
      const { metrics } = await devtools.send('Performance.getMetrics')
      const read = (name: string) => metrics.find((metric) => metric.name === name)!.value
      return { bytes: read('JSHeapUsedSize'), nodes: read('Nodes'), listeners: read('JSEventListeners') }
    }

    const next = random(4827)
    const numbers = [...examples('lobby/answer'), ...examples('lobby/notice')].map(({ number }) => number)
    const keys = [
      'Escape',
      'F5',
      'F11',
      'Alt+ArrowLeft',
      'Control+p',
      'Control+s',
      'Tab',
      'Enter',
      'Backspace',
      'Digit7',
      'KeyH',
      ' ',
    ]
    const until = Date.now() + seconds * 1000
    const samples: Awaited<ReturnType<typeof heap>>[] = []
    let touches = 0
    let sampleAt = Date.now() + 8000
    while (Date.now() < until) {
      const x = next() * sizes.portrait.width
      const y = next() * sizes.portrait.height
      const what = next()
      if (what < 0.8) await page.touchscreen.tap(x, y)
      else if (what < 0.86) await page.keyboard.press(keys[Math.floor(next() * keys.length)]!)
      else if (what < 0.9) await page.mouse.wheel(0, next() * 2000 - 1000)
      else if (what < 0.94) {
        // Two fingers, and a swipe in from the edge.
        const points = [
          { x, y, id: 1 },
          { x: 2, y: y / 2, id: 2 },
        ]
        await devtools.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: points })
        await devtools.send('Input.dispatchTouchEvent', {
          type: 'touchMove',
          touchPoints: points.map((point) => ({ ...point, x: sizes.portrait.width - point.x })),
        })
        await devtools.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
      } else await scan(page, numbers[Math.floor(next() * numbers.length)]!)
      touches++
      if (Date.now() > sampleAt) {
        sampleAt += minutes > 0 ? 30_000 : 4000
        samples.push(await heap())
      }
    }
    samples.push(await heap())

    t.comment(
      `${touches} touches; ${samples.map(({ bytes, nodes }) => `${(bytes / 1e6).toFixed(1)} MB/${nodes}`).join(', ')}`,
    )
    t.equal(page.url(), `${preview.url}/kiosk/`)
    t.equal(await page.locator('.lobby').count(), 1)
    t.equal(await page.evaluate('visualViewport.scale'), 1, 'nothing is zoomed')
    // Digits marked inside the entry field are part of typing; text of the page may not be marked.
    const marked = "document.activeElement?.tagName === 'INPUT' ? '' : String(getSelection())"
    t.equal(await page.evaluate(marked), '', 'nothing is selected')
    t.strictSame(errors, [])
    t.strictSame(windows, [], 'no other window')
    t.strictSame(strangers, [])
    const first = samples[0]!
    const last = samples.at(-1)!
    t.ok(last.bytes < first.bytes + 3_000_000, `heap ${first.bytes} → ${last.bytes}`)
    t.ok(last.listeners < first.listeners + 200, `listeners ${first.listeners} → ${last.listeners}`)
  },
)

t.test(
  'K-04 the launcher shows the page again after the browser was killed, without asking anything',
  async (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'kiosk-launcher-'))
    t.teardown(() => rmSync(dir, { recursive: true, force: true }))
    // A fake browser that records how it was called; the real one needs a display.
    const browser = join(dir, 'browser')
    const calls = join(dir, 'calls')
    writeFileSync(browser, `#!/bin/bash\necho "$$ $*" >> ${calls}\nexec sleep 600\n`)
    chmodSync(browser, 0o755)
    const profile = join(dir, 'profile')
    execFileSync('mkdir', ['-p', join(profile, 'Default')])
    writeFileSync(
      join(profile, 'Default/Preferences'),
      '{"profile":{"exit_type":"Crashed","exited_cleanly":false}}',
    )
    writeFileSync(join(profile, 'SingletonLock'), '')

    const launcher: ChildProcess = spawn(
      new URL('../../../scripts/kiosk', import.meta.url).pathname,
      ['http://127.0.0.1:1/kiosk/'],
      { env: { PATH: process.env.PATH, HOME: dir, KIOSK_DATA: profile, CHROMIUM: browser }, stdio: 'ignore' },
    )
    const ended = new Promise((done) => launcher.once('exit', done))
    t.teardown(async () => {
      launcher.kill('SIGTERM')
      await ended
    })
    const called = async (times: number): Promise<string[]> => {
      for (;;) {
        const lines = (() => {
          try {
            return readFileSync(calls, 'utf8').trim().split('\n')
          } catch {
            return []
          }
        })()
        if (lines.length >= times) return lines
        await new Promise((later) => setTimeout(later, 50))
      }
    }
    const [first] = await called(1)
    for (const flag of [
      '--kiosk',
      '--noerrdialogs',
      '--disable-session-crashed-bubble',
      '--disable-pinch',
      '--overscroll-history-navigation=0',
      '--disable-component-update',
    ])
      t.match(first, flag)
    t.match(first, /http:\/\/127\.0\.0\.1:1\/kiosk\/$/)
    t.match(
      readFileSync(join(profile, 'Default/Preferences'), 'utf8'),
      '"exit_type":"Normal","exited_cleanly":true',
    )
    process.kill(Number(first!.split(' ')[0]), 'SIGKILL')
    const [, second] = await called(2)
    t.match(second, '--kiosk', 'the page is back')
  },
)

t.test('the flags are ones the installed browser starts with, and the page then stands', async (t) => {
  const flags = execFileSync(new URL('../../../scripts/kiosk', import.meta.url).pathname, ['--flags'], {
    encoding: 'utf8',
  })
    .trim()
    .split('\n')
    .filter((flag) => !/user-data-dir|^--kiosk$/.test(flag))
  const preview = await openPreview()
  t.teardown(() => preview.close())
  const browser = await openBrowser(t, flags)
  const { page } = await openPage(browser, `${preview.url}/kiosk/`)
  await page.waitForSelector('#digits')
  await scan(page, '482719360518')
  await page.waitForSelector('.answer')
})
