import { EventEmitter, once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import t from 'tap'
import { parse } from 'yaml'
import { openBrowser, openPage, sizes } from '../../peers/browser.js'
import { examples, openPreview } from '../preview.js'
import { scan, settled, write } from './shots.js'

const stringsFile = new URL('../../../kiosk/strings/vi.json', import.meta.url)
const words = JSON.parse(readFileSync(stringsFile, 'utf8')).lobby

const number = '482719360518'
const other = '482719360526'
const kiosk = { extraHTTPHeaders: { cookie: 'kiosk=lobby-1' } }

/** Everything a page could have stored. */
const kept = (page: Page) =>
  page.evaluate(`(async () => ({
    text: document.body.innerText,
    fields: [...document.querySelectorAll('input')].map((field) => field.value).join(''),
    storage: localStorage.length + sessionStorage.length,
    databases: (await indexedDB.databases()).length,
    cached: (await Promise.all((await caches.keys()).map(async (name) =>
      (await (await caches.open(name)).keys()).map(({ url }) => url)))).flat(),
    history: history.length,
    url: location.href,
    focus: document.activeElement?.id,
  }))()`) as Promise<{
    text: string
    fields: string
    storage: number
    databases: number
    cached: string[]
    history: number
    url: string
    focus: string
  }>

// One for all; each test is a visitor of its own.
const browser = await openBrowser(t)

t.test('lobby', async (t) => {
  const preview = await openPreview()
  t.teardown(() => preview.close())
  // A kiosk's page stands all day; one that is loaded again costs a third of one that is opened.
  let standing: Awaited<ReturnType<typeof openPage>> | undefined
  const open = async (options?: Parameters<typeof openPage>[2]) => {
    const opened =
      (options ? undefined : standing) ??
      (await openPage(browser, `${preview.url}/kiosk/`, { ...kiosk, ...options }))
    if (opened === standing) {
      await opened.page.setViewportSize(sizes.portrait)
      await opened.page.goto(`${preview.url}/kiosk/`)
    } else if (!options) standing = opened
    await opened.page.waitForSelector('#digits')
    return { ...opened, close: async () => void (options && (await opened.context.close())) }
  }
  t.afterEach(() => {
    preview.answer = undefined
  })

  t.test(
    'nothing stands empty where no date is known, and a price stands apart from its number',
    async (t) => {
      preview.setup.sms = { shortCode: '8188', keywordPrefix: '', price: '1.000 đ' }
      preview.answer = (asked) => {
        const { result } = examples('lobby/answer').find((it) => it.number === asked)!
        if (result.kind !== 'found') throw new Error('not found')
        const { dueAt: _due, receivedAt: _received, ...dossier } = result.dossier
        return { ...result, dossier }
      }
      const { page, close } = await open()
      await scan(page, other)
      await page.waitForSelector('.watch')
      t.equal(await page.locator('.dates').count(), 0)
      const gap = (await page.evaluate(`(() => {
      const [to, price] = [...document.querySelectorAll('.watch-text span')].map((it) => it.getBoundingClientRect())
      return price.top > to.top ? 99 : price.left - to.right
    })()`)) as number
      t.ok(gap > 1, `${gap} pixels between the number and the price`)
      preview.setup.sms = { shortCode: '8188', keywordPrefix: '' }
      await close()
    },
  )

  t.test(
    'by touch: twelve keys and one button give the answer, with what to do before the dates',
    async (t) => {
      const { page, close } = await open()
      t.equal(await page.evaluate('document.activeElement.id'), 'digits', 'focus starts in the number field')
      for (const digit of number) await page.tap(`.key:text-is("${digit}")`)
      t.equal(await page.inputValue('#digits'), '4827 1936 0518')
      t.equal(
        await page.evaluate('document.activeElement.id'),
        'digits',
        'a touch leaves the focus in the field',
      )
      await page.tap('.ask-submit')
      await page.waitForSelector('.answer')
      const text = await page.innerText('main')
      t.match(text, /000\.00\.15\.H45-261118-0003/)
      t.match(text, /Đang xử lý/)
      t.match(text, /Thứ Tư, 0?2\/12\/2026/)
      t.match(text, /0257 3841 505/)
      t.match(text, /Cập nhật lúc 10:30/)
      t.ok(text.indexOf('Việc cần làm') < text.indexOf('Ngày hẹn trả'))
      t.equal(
        await page.evaluate('document.activeElement.tagName'),
        'H1',
        'a screen reader hears the state first',
      )
      await close()
    },
  )

  t.test('by keyboard alone: type, Enter, leave; arrows walk the keypad', async (t) => {
    const { page, close } = await open({ touch: false })
    await write(page, number)
    await page.keyboard.press('Enter')
    await page.waitForSelector('.answer')
    await page.keyboard.press('Tab')
    for (let presses = 0; presses < 10; presses++) {
      if (await page.evaluate('document.activeElement.matches(".answer-actions .action-main")')) break
      await page.keyboard.press('Tab')
    }
    await page.keyboard.press('Enter')
    await page.waitForSelector('#digits')

    await page.keyboard.press('Tab')
    t.equal(await page.evaluate('document.activeElement.textContent'), '1')
    for (const key of ['ArrowDown', 'ArrowRight', 'Enter', 'ArrowUp', ' ']) await page.keyboard.press(key)
    t.equal(await page.inputValue('#digits'), '52')
    await page.keyboard.press('Backspace')
    t.equal(await page.inputValue('#digits'), '5')
    await close()
  })

  t.test('the long number: the office fills in the beginning, dots and dashes put themselves', async (t) => {
    const { page, close } = await open()
    await page.tap('.ask-other')
    await page.tap('.agency >> nth=0')
    for (const digit of '2611180003') await page.tap(`.key:text-is("${digit}")`)
    t.equal(await page.inputValue('#number'), '000.00.15.H45-261118-0003')
    await page.tap('.ask-submit')
    await page.waitForSelector('.answer')
    t.match(await page.innerText('main'), /dùng mã tra cứu/, 'the shorter answer says how to see more')
    await page.tap('.answer-actions .action-main')
    const [{ typed, shown } = { typed: '', shown: '' }] = examples<{ typed: string; shown: string }>(
      'lobby/full-number',
    )
    await write(page, typed)
    await page.waitForFunction(
      (shown) => document.querySelector<HTMLInputElement>('#number')?.value === shown,
      shown,
    )
    t.pass('typing a letter leads from the digits to the long number')
    await close()
  })

  t.test('pasting a number from a text message fills the field', async () => {
    const { page, close } = await open()
    await page.evaluate(`(() => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text', ' 4827 1936 0518 ')
      window.dispatchEvent(new ClipboardEvent('paste', { clipboardData, cancelable: true }))
    })()`)
    await page.waitForFunction(
      () => document.querySelector<HTMLInputElement>('#digits')?.value === '4827 1936 0518',
    )
    await close()
  })

  t.test('K-03 a scan during typing is one question for the scanned number', async (t) => {
    const { page, close } = await open()
    const asked = preview.told.asked.length
    for (const digit of '123') await page.keyboard.press(`Digit${digit}`, { delay: 60 })
    await scan(page, number)
    await page.waitForSelector('.answer')
    t.strictSame(preview.told.asked.slice(asked), [number])

    await scan(page, number)
    await scan(page, number)
    await settled(page)
    t.equal(preview.told.asked.length, asked + 1, 'the same slip read again at once is one question')

    await scan(page, other)
    await page.waitForSelector('main :text("Cần bổ sung giấy tờ")')
    t.strictSame(preview.told.asked.slice(asked), [number, other], 'another slip is another question')

    await page.tap('.answer-actions .action-main')
    await scan(page, `${number}${number}`)
    await page.waitForSelector('.answer')
    t.equal(preview.told.asked.at(-1), number, 'two reads without a pause are one number')
    await close()
  })

  t.test('K-03 a wrong keyboard layout or input method does not change a scanned number', async (t) => {
    const layouts: [string, (char: string) => string][] = [
      ['Vietnamese', (char) => 'ạăâêộ̀̉̃́đ'.normalize('NFC')[Number(char)] ?? char],
      ['AZERTY', (char) => ')à&é"\'(-è_ç'[Number(char)] ?? char],
      ['Telex at work', () => 'Process'],
    ]
    for (const [label, layout] of layouts) {
      const { page, close } = await open()
      const asked = preview.told.asked.length
      await scan(page, number, { layout })
      await page.waitForSelector('.answer')
      t.strictSame(preview.told.asked.slice(asked), [number], label)
      await close()
    }
    const { page, close } = await open()
    await scan(page, '000.00.15.H45-261118-0003', { enter: false })
    await page.waitForSelector('.answer')
    t.pass('a scanner without Enter is understood too')
    await close()
  })

  t.test('a scanned address is never opened, and said to be one', async (t) => {
    const { page, close, strangers } = await open()
    for (const text of ['HTTPS://EVIL.EXAMPLE/?A=4827', 'WWW.EVIL.EXAMPLE', 'SMSTO:8188:DK 4827']) {
      const asked = preview.told.asked.length
      await scan(page, text)
      await page.waitForSelector('.notice')
      t.match(await page.innerText('h1'), /không phải mã hồ sơ/, text)
      t.equal(preview.told.asked.length, asked, 'it is not asked for either')
      t.equal(page.url(), `${preview.url}/kiosk/`)
      await page.tap('.notice .action-main')
    }
    t.strictSame(strangers, [])
    await close()
  })

  t.test('unknown, unreadable, withheld and unavailable each say what they are', async (t) => {
    const { page, close } = await open()
    for (const [says, title] of [
      [/unknown number/, /Không tìm thấy hồ sơ/],
      [/mistyped/, /chữ số chưa đúng/],
      [/procedure/, /mã thủ tục/],
      [/elsewhere/, /nơi khác/],
      [/half a number/, /còn thiếu/],
      [/too many/, /chờ một lát/],
      [/store that is away/, /Hệ thống đang bận/],
    ] as const) {
      const example = examples('lobby/notice').find((it) => says.test(it.says))!
      await scan(page, example.number)
      await page.locator('.notice h1').filter({ hasText: title }).waitFor()
      t.match(await page.innerText('.notice h1'), title, example.says)
    }
    const unavailable = await page.innerText('main')
    t.notMatch(unavailable, /không tìm thấy/i)

    const wrong = examples('lobby/notice').find(({ says }) => /form alone/.test(says))!
    await scan(page, wrong.number)
    await page.waitForSelector('.notice-suggestion')
    preview.answer = (asked) =>
      asked === '000.00.15.H45-191118-0003' ? examples('lobby/answer')[0]!.result : { kind: 'unknown' }
    await page.tap('.notice-suggestion .action')
    await page.waitForSelector('.answer')
    await close()
  })

  t.test('an unavailable store is asked again without anyone pressing anything', async () => {
    const { page, close } = await open()
    let away = true
    preview.answer = () => (away ? { kind: 'unavailable' } : examples('lobby/answer')[0]!.result)
    await scan(page, number)
    await page.waitForSelector('.notice')
    away = false
    await page.waitForSelector('.answer', { timeout: 15_000 })
    await close()
  })

  t.test('a moved date shows both dates, an overdue one an apology and a phone', async (t) => {
    const { page, close } = await open()
    await scan(page, examples('lobby/answer').find(({ says }) => /moved/.test(says))!.number)
    await page.waitForSelector('.dates s')
    const moved = await page.innerText('.dates')
    t.match(moved, /17\/11\/2026/)
    t.match(moved, /0?5\/12\/2026/)
    t.match(await page.innerText('.dates-moved'), /xin lỗi/i)
    await scan(page, examples('lobby/answer').find(({ says }) => /overdue/.test(says))!.number)
    await page.waitForSelector('.state-late')
    const late = await page.innerText('.state')
    t.match(late, /quá ngày hẹn.*xin lỗi.*0257\u00a03875\u00a0206/is)
    t.notMatch(late, /Xin chờ đến ngày hẹn/)
    t.match(late, /chưa cập nhật thông tin mới từ 16:02/)
    await close()
  })

  t.test('the language button changes screen and answer; help lasts one visit only', async (t) => {
    const { page, close } = await open()
    await page.tap('.tool[lang="en"]')
    t.equal(await page.innerText('h1'), 'Where is my dossier?')
    await scan(page, number)
    await page.waitForSelector('.answer')
    t.match(await page.innerText('main'), /In progress/)
    await page.tap('.tool[lang="vi"]')
    await page.waitForSelector('main :text("Đang xử lý")')
    await page.tap('.tool[lang="en"]')
    await page.tap('.tool:has-text("Large")')
    await page.tap('.tool:has-text("Contrast")')
    t.strictSame(await page.evaluate(`({ ...document.documentElement.dataset })`), {
      text: 'large',
      contrast: 'high',
      reach: 'normal',
      device: 'kiosk',
    })
    await page.waitForSelector('.answer-actions .action-main')
    await page.tap('.answer-actions .action-main')
    await page.waitForSelector('#digits')
    t.equal(await page.innerText('h1'), words.number.title)
    t.match(await page.evaluate(`({ ...document.documentElement.dataset })`), {
      text: 'normal',
      contrast: 'normal',
    })
    await close()
  })

  t.test(
    'large letters leave every key in sight on each lobby screen, and no key moves when a message comes',
    async (t) => {
      for (const size of ['portrait', 'landscape'] as const) {
        const { page, close } = await open({ size })
        const keys = () =>
          page.evaluate(() =>
            [...document.querySelectorAll('.key')].map((it) => Math.round(it.getBoundingClientRect().top)),
          )
        const before = await keys()
        await page.tap('.ask-submit')
        await page.locator('.field-problem', { hasText: /./ }).waitFor()
        t.strictSame(await keys(), before, `${size}: the keys stand still`)
        await page.tap('.tool-large')
        await settled(page)
        const { lowest, tools } = await page.evaluate(() => ({
          lowest: Math.max(
            ...[...document.querySelectorAll('main button')].map((it) => it.getBoundingClientRect().bottom),
          ),
          tools: document.querySelector('.tools')!.getBoundingClientRect().top,
        }))
        t.ok(
          lowest <= tools,
          `${size}: the lowest button ends at ${Math.round(lowest)} of ${Math.round(tools)} px`,
        )
        await close()
      }
    },
  )

  t.test('a lying screen that its system shows at 125 % has every way on in sight', async (t) => {
    const { page, close } = await open()
    for (const [width, height] of [
      [1024, 640],
      [1093, 614],
    ] as const) {
      await page.setViewportSize({ width, height })
      await settled(page)
      const hidden = await page.evaluate(() => {
        const { scrollHeight, clientHeight } = document.querySelector('.screen')!
        return scrollHeight - clientHeight
      })
      t.equal(hidden, 0, `${width} × ${height}`)
    }
    await close()
  })

  t.test('a tall screen shows every answer whole, with its buttons at the lower edge', async (t) => {
    const { page, close } = await open()
    const edges = new Set<number>()
    for (const { number, says, result } of examples('lobby/answer')) {
      if (result.kind !== 'found') continue
      await scan(page, number)
      await page.locator('.state-number', { hasText: result.dossier.dossierNo.text }).waitFor()
      await settled(page)
      const { faces, actions } = await page.evaluate(() => ({
        faces: document.querySelector('.faces')!.getBoundingClientRect().bottom,
        actions: document.querySelector('.answer-actions .action')!.getBoundingClientRect().top,
      }))
      t.ok(faces <= actions, `${says}: ends at ${Math.round(faces)} of ${Math.round(actions)} px`)
      edges.add(Math.round(actions))
    }
    t.equal(edges.size, 1, 'the buttons are always at the same place')
    await close()
  })

  t.test('a lying screen shows the ratings however long the agency’s note is', async (t) => {
    const { page, close } = await open({ size: 'landscape' })
    const note = [
      'Bản sao giấy chứng nhận có chứng thực;',
      'Giấy xác nhận của UBND phường;',
      'Tờ khai lệ phí;',
    ]
    const publicNote = Array.from({ length: 12 }, (_, nth) => note[nth % 3])
      .join('\n')
      .slice(0, 300)
    for (const { number, says, result } of examples('lobby/answer')) {
      if (result.kind !== 'found' || result.level !== 'full') continue
      preview.answer = () => ({ ...result, dossier: { ...result.dossier, publicNote } })
      await scan(page, number)
      await page.locator('.state-number', { hasText: result.dossier.dossierNo.text }).waitFor()
      await settled(page)
      const { faces, actions } = await page.evaluate(() => ({
        faces: document.querySelector('.faces')!.getBoundingClientRect().bottom,
        actions: document.querySelector('.answer-actions')!.getBoundingClientRect().top,
      }))
      t.ok(faces <= actions, `${says}: end at ${Math.round(faces)} of ${Math.round(actions)} px`)
    }
    await close()
  })

  t.test('lower buttons: every control of the start screen is in the lower half', async (t) => {
    const { page, close } = await open()
    await page.tap('.tool-reach')
    const low = async (what: string) => {
      await settled(page)
      const { highest, lowest, least } = await page.evaluate(() => {
        const boxes = [...document.querySelectorAll('button, input')].map((it) => it.getBoundingClientRect())
        return {
          highest: Math.min(...boxes.map(({ top }) => top)) / innerHeight,
          lowest: Math.max(...boxes.map(({ bottom }) => bottom)) / innerHeight,
          least: Math.min(...boxes.map(({ height }) => height)),
        }
      })
      t.ok(
        highest >= 0.45,
        `${what}: the highest control begins at ${Math.round(highest * 100)} % of the screen`,
      )
      t.ok(lowest <= 1, `${what}: the lowest control ends at ${Math.round(lowest * 100)} % of the screen`)
      t.ok(least >= 48, `${what}: the smallest control is ${Math.round(least)} px high`)
      t.equal(
        await page.evaluate('document.documentElement.scrollHeight <= innerHeight'),
        true,
        `${what}: nothing to scroll`,
      )
    }
    await low('the start screen')
    // Whatever font the machine has: half as wide again as any, with more air above and below.
    await page.evaluate(`document.body.style.cssText = 'letter-spacing: 0.1em; line-height: 1.8'`)
    await low('wide letters')
    await page.evaluate(`document.body.style.cssText = ''`)
    await page.evaluate(`document.documentElement.dataset.text = 'large'`)
    await low('large text')
    await page.evaluate(`document.documentElement.dataset.text = 'normal'`)
    await page.tap('.ask-other')
    await page.tap('.agency >> nth=0')
    await low('the long number')
    await close()
  })

  t.test('one tap of satisfaction is counted for the agency and the kiosk', async (t) => {
    const { page, close } = await open()
    await scan(page, other)
    // Thanks appear at once; the tap is sent in the background.
    const told = page.waitForResponse('**/v1/kiosk/satisfaction')
    await page.tap('.face-happy')
    await page.waitForSelector('.faces-thanks')
    await told
    t.strictSame(preview.told.ratings, [['000.00.21.H45', 'lobby-1', 3]])
    await close()
    const home = await open({ extraHTTPHeaders: {} })
    await scan(home.page, other)
    await home.page.waitForSelector('.answer')
    t.equal(await home.page.locator('.faces').count(), 0, 'the public web is not asked')
    await home.close()
  })

  t.test(
    'K-01 offline shows at once, an answer is never an old one, and it comes back by itself',
    async (t) => {
      const { page, context, close } = await open()
      await scan(page, number)
      await page.waitForSelector('.answer')
      await page.tap('.answer-actions .action-main')
      await context.setOffline(true)
      await page.waitForSelector('.notice', { timeout: 5000 })
      t.match(await page.innerText('h1'), /mất kết nối/)
      t.notMatch((await kept(page)).text, /000\.00\.15/)
      await context.setOffline(false)
      await page.waitForSelector('#digits', { timeout: 15_000 })
      await context.setOffline(true)
      await page.waitForSelector('.notice')
      await scan(page, other)
      await page.waitForSelector('.notice')
      await context.setOffline(false)
      await page.waitForSelector('.answer', { timeout: 15_000 })
      t.pass('a number scanned meanwhile is answered once the network is back')
      await page.tap('.answer-actions .action-main')
      await write(page, '48271936')
      await context.setOffline(true)
      await page.waitForSelector('.notice')
      await context.setOffline(false)
      await page.waitForSelector('#digits')
      t.equal(await page.inputValue('#digits'), '4827 1936', 'what was half-typed stands again')
      await close()
    },
  )

  t.test('a question on its way is answered whatever comes between', async (t) => {
    const { page, close } = await open()
    // The network is said to be lost before the waiting screen stands.
    await page.evaluate(
      `addEventListener('keyup', ({ key }) => key === 'Enter' && dispatchEvent(new Event('offline')))`,
    )
    await scan(page, number)
    await page.waitForSelector('.answer')
    await page.tap('.answer-actions .action-main')

    const held = new EventEmitter()
    preview.answer = async () => {
      await once(held, 'go')
      return examples('lobby/answer').find((it) => it.number === number)!.result
    }
    await scan(page, number)
    await page.waitForSelector('.looking')
    const [again] = await Promise.all([page.waitForRequest(/lang=en/), page.tap('.tool[lang="en"]')])
    held.emit('go')
    await page.locator('.answer h1', { hasText: 'In progress' }).waitFor()
    t.match(again.postData(), number, 'asked in another language meanwhile, it comes in that language')

    // Whatever hangs on the answer, a slip that is being printed for instance, is the same before and after.
    await page.evaluate(`document.querySelector('.answer').dataset.same = 'yes'`)
    await Promise.all([page.waitForRequest(/lang=vi/), page.tap('.tool[lang="vi"]')])
    // Set after the page's own timer for the waiting screen, so it runs after it.
    await page.evaluate('new Promise((done) => setTimeout(done, 200))')
    held.emit('go')
    await page.locator('.answer[data-same] h1', { hasText: 'Đang xử lý' }).waitFor()
    t.pass('in another language it is the same answer')
    await close()
  })

  t.test('the shell starts without a network; answers are never in it', async (t) => {
    const { page, context } = await openPage(browser, `${preview.url}/kiosk/`)
    await page.evaluate(`navigator.serviceWorker.ready.then((it) => it.active.state === 'activated' || new Promise((done) =>
      it.active.addEventListener('statechange', () => it.active.state === 'activated' && done())))`)
    await page.reload()
    await page.waitForSelector('#digits')
    await scan(page, number)
    await page.waitForSelector('.answer')
    const { cached } = await kept(page)
    t.ok(cached.length >= 3)
    t.strictSame(
      cached.filter((url) => !/\/kiosk\/(assets\/[^?]+)?$/.test(url)),
      [],
      'nothing but the page and its files',
    )
    await context.setOffline(true)
    await page.reload()
    await page.waitForSelector('.notice')
    t.match(await page.innerText('h1'), /mất kết nối/)
    await context.close()
  })
})

t.test('the drawing of the slip has its parts in the order of the paper, whoever looks at it', async (t) => {
  const { slips } = parse(readFileSync('config/printers.yaml', 'utf8')) as { slips: { default: string[] } }
  const onPaper = slips.default.filter((block) => ['title', 'number', 'qr'].includes(block))
  const preview = await openPreview()
  t.teardown(() => preview.close())
  for (const [label, options] of [
    ['a kiosk', kiosk],
    ['a lying kiosk', { ...kiosk, size: 'landscape' }],
    ['a phone', { size: 'phone' }],
  ] as const) {
    const { page, context } = await openPage(browser, `${preview.url}/kiosk/`, options)
    await page.waitForSelector('#digits')
    for (const tool of ['.tool[lang="vi"]', '.tool[lang="en"]', '.tool-large', '.tool-contrast']) {
      await page.click(tool)
      await settled(page)
      const tops = await page.evaluate(
        (blocks) =>
          blocks.map((block) => document.querySelector(`.slip-${block}`)!.getBoundingClientRect().top),
        onPaper,
      )
      t.strictSame(
        tops,
        [...tops].sort((a, b) => a - b),
        `${label}, ${tool}: ${onPaper.join(', ')}`,
      )
    }
    await context.close()
  }
})

t.test('K-02 a person walks away', async (t) => {
  const preview = await openPreview({
    setup: () => ({
      version: '0.1.0',
      idleSeconds: 1,
      warnSeconds: 2,
      office: { name: '', province: '', hotline: '' },
      agencies: [{ code: '000.00.15.H45', name: 'Sở Tài nguyên và Môi trường' }],
      languages: ['vi', 'en'],
    }),
  })
  t.teardown(() => preview.close())
  const { page, context } = await openPage(browser, `${preview.url}/kiosk/`, kiosk)
  await page.waitForSelector('#digits')
  await page.waitForSelector('[data-device=kiosk]')

  for (const [label, stay] of [
    ['one touch stays', () => page.tap('.idle .action-main')],
    // Without a pointer or a key, as a screen reader does it.
    ['so does one press', () => page.evaluate(`document.querySelector('.idle .action-main').click()`)],
  ] as const) {
    await scan(page, number)
    await page.waitForSelector('.idle')
    t.match(await page.innerText('.idle'), words.idle.title)
    await stay()
    await page.waitForSelector('.idle', { state: 'detached' })
    t.equal(await page.locator('.answer').count(), 1, `${label}, as often as wished`)
  }
  await page.waitForSelector('.idle')
  await page.tap('.idle .action:not(.action-main)')
  await page.waitForSelector('#digits')
  t.equal(await page.locator('.idle').count(), 0, 'or clears at once')

  await scan(page, number)
  await page.waitForSelector('.idle')
  await page.waitForSelector('#digits', { timeout: 15_000 })
  const after = await kept(page)
  t.notMatch(after.text, /000\.00\.15\.H45-|Đang xử lý/)
  t.equal(after.fields, '')
  t.equal(after.storage + after.databases, 0)
  t.equal(after.focus, 'digits', 'the next person may type at once')
  t.strictSame(
    after.cached.filter((url) => url.includes('/v1/')),
    [],
  )

  const bare = (await kept(page)).history
  await scan(page, other)
  await page.waitForSelector('.answer')
  t.equal((await kept(page)).history, bare, 'a visit leaves no history')
  await page.reload()
  await page.waitForSelector('#digits')
  t.notMatch((await kept(page)).text, /000\.00\.21/)
  await scan(page, number)
  await page.waitForSelector('.answer')
  await page.goto('about:blank')
  await page.goBack()
  await page.waitForSelector('#digits')
  t.notMatch((await kept(page)).text, /000\.00\.15\.H45-/, 'Back shows nothing')

  await page.keyboard.press('Digit4', { delay: 60 })
  await page.waitForSelector('.idle')
  await page.waitForFunction(
    () =>
      document.querySelector<HTMLInputElement>('#digits')?.value === '' && !document.querySelector('.idle'),
    undefined,
    { timeout: 15_000 },
  )
  t.pass('half a number left behind is wiped too')
  await context.close()
})

t.test('a person’s own phone or computer keeps the answer for as long as they like', async (t) => {
  const preview = await openPreview()
  t.teardown(() => preview.close())
  for (const [label, options, keeps] of [
    ['a phone', { size: 'phone' }, true],
    ['a computer at home', { size: 'landscape', touch: false }, true],
    ['a tablet', { size: 'portrait' }, true],
    ['a kiosk as small as a phone', { ...kiosk, size: 'phone' }, false],
  ] as const) {
    const { page, context } = await openPage(browser, 'about:blank', options)
    await page.clock.install()
    await page.goto(`${preview.url}/kiosk/`)
    await page.waitForSelector('#digits')
    if (!keeps) await page.waitForSelector('[data-device=kiosk]')
    await scan(page, number)
    await page.waitForSelector('.answer')
    await page.clock.runFor('20:00')
    t.equal(await page.locator('.answer').count(), keeps ? 1 : 0, label)
    t.equal(await page.locator('.idle').count(), 0, label)
    if (keeps) await page.clock.fastForward('05:00:00')
    await settled(page)
    t.equal(await page.locator('.answer').count(), keeps ? 1 : 0, `${label}, after hours in a pocket`)
    await context.close()
  }
})

t.test('after the machine has slept the screen is empty', async (t) => {
  const preview = await openPreview()
  t.teardown(() => preview.close())
  const { page, context } = await openPage(browser, `${preview.url}/kiosk/`, kiosk)
  await page.waitForSelector('[data-device=kiosk] #digits')
  await scan(page, number)
  await page.waitForSelector('.answer')
  // The monotonic clock stops meanwhile; the wall clock goes on.
  await page.evaluate('(() => { const now = Date.now; Date.now = () => now() + 3_600_000 })()')
  await page.waitForSelector('#digits')
  t.notMatch(await page.content(), /000\.00\.15\.H45-261118/)
  await context.close()
})

t.test('a slip dies with the visit, and a printer without paper is told at once', async (t) => {
  const cancelled: string[] = []
  const told = new EventEmitter()
  const asked: string[] = []
  let job = { jobId: 'j0', state: 'cancelled', reason: 'no-paper' }
  const preview = await openPreview({
    printer: {
      has: () => true,
      print: async (_, dossierNo) => {
        asked.push(dossierNo)
        return job as never
      },
      test: async () => undefined,
      job: async () => job as never,
      cancel: async (_, jobId) => {
        cancelled.push(jobId)
        told.emit(jobId)
      },
    },
  })
  t.teardown(() => preview.close())
  const { page, context } = await openPage(browser, `${preview.url}/kiosk/`, kiosk)
  await page.waitForSelector('[data-device=kiosk] #digits')
  const print = async (number: string) => {
    await scan(page, number)
    await page.waitForSelector('.answer')
    await page.tap('.answer-actions .action:has-text("In phiếu")')
  }
  for (const [state, reason, says] of [
    ['cancelled', 'no-paper', words.print['no-paper']],
    ['cancelled', 'cover-open', words.print.failed],
    ['cancelled', 'printer-absent', words.print.failed],
    ['failed', 'printer-error', words.print.failed],
    ['unconfirmed', 'no-paper', words.print.check],
  ] as const) {
    job = { jobId: 'j0', state, reason }
    await print(number)
    await page.locator('.print-outcome', { hasText: says }).waitFor({ timeout: 3000 })
    t.pass(`${state}, ${reason}`)
    await page.tap('.answer-actions .action-main')
    await page.waitForSelector('#digits')
  }
  t.strictSame(cancelled, [], 'what has ended is left alone')

  // The network drops once the slip was asked for, with its job known or not: it may be printing.
  const before = asked.length
  for (const lost of ['**/v1/kiosk/receipts/u1', '**/v1/kiosk/receipts']) {
    job = { jobId: 'u1', state: 'sent', reason: '' }
    await page.route(lost, async (route) => {
      if (!lost.endsWith('u1')) await route.fetch()
      await route.abort()
    })
    await print(number)
    await page.locator('.print-outcome', { hasText: words.print.unsure }).waitFor()
    t.equal(await page.isDisabled('.answer-actions .action:has-text("In phiếu")'), true, 'no second slip')
    await page.unroute(lost)
    job = { jobId: 'u1', state: 'confirmed', reason: '' }
    if (lost.endsWith('u1')) await page.locator('.print-outcome', { hasText: words.print.done }).waitFor()
    await page.tap('.answer-actions .action-main')
    await page.waitForSelector('#digits')
  }
  t.equal(asked.length, before + 2)

  preview.setup.idleSeconds = 4
  preview.setup.warnSeconds = 1
  await page.reload()
  await page.waitForSelector('[data-device=kiosk] #digits')
  const leaves: [how: string, leave: () => Promise<unknown>][] = [
    ['says that they are done', () => page.tap('.answer-actions .action-main')],
    ['is followed by the next one’s slip', () => scan(page, other)],
    ['walks away', () => page.waitForSelector('.idle')],
  ]
  for (const [nth, [how, leave]] of leaves.entries()) {
    job = { jobId: `w${nth}`, state: 'queued', reason: '' }
    const known = page.waitForResponse(`**/receipts/w${nth}`)
    await print(number)
    await known
    const takenBack = once(told, `w${nth}`)
    await leave()
    await takenBack
    t.pass(`what still waits is taken back when the person ${how}`)
  }
  t.equal(asked.length, before + 2 + leaves.length)
  await context.close()
})

t.test('among 400 offices one is found by its name without accents, or by its kind', async (t) => {
  const preview = await openPreview()
  t.teardown(() => preview.close())
  const kinds = ['Sở', 'UBND xã', 'UBND phường', 'Trung tâm']
  preview.setup.agencies = Array.from({ length: 400 }, (_, nth) => ({
    code: `H15.${100 + nth}`,
    name: `${kinds[nth % 4]} ${nth === 201 ? 'Đông Hòa' : `Số ${nth}`}`,
  }))
  const { page, context } = await openPage(browser, `${preview.url}/kiosk/`, kiosk)
  await page.waitForSelector('[data-device=kiosk] #digits')
  await page.tap('.ask-other')
  t.equal(await page.locator('.agency').count(), 0, 'no list that looks complete and is not')
  const shown = (await page.locator('.agency-kind').allInnerTexts()).map((text) => text.replace(/\s+/g, ' '))
  t.strictSame(shown, ['Sở 100', 'Trung tâm 100', 'Phường 100', 'Xã 100'])
  await page.tap('.agency-kind >> nth=3')
  t.match(await page.innerText('.agency-count'), /trong 100/)
  for (const key of 'DONGHOA') await page.tap(`.key:text-is("${key}")`)
  t.strictSame(await page.locator('.agency-name').allInnerTexts(), ['UBND xã Đông Hòa'])
  const last = 'UBND xã Đông Hòa'
  for (const [typed, found] of [
    ['UBND XA DONG HOA', [last]],
    ['HOA DONG', [last]],
    ['H15.301', [last]],
    ['KHONG CO', []],
    ['XADONGHOA', [last]],
  ] as const) {
    while ((await page.inputValue('#office')) !== '') await page.keyboard.press('Backspace')
    await write(page, typed)
    await page.locator('.agency-count', { hasText: found.length ? '1' : words.agency.none }).waitFor()
    t.strictSame(await page.locator('.agency-name').allInnerTexts(), found, typed)
  }
  await page.tap('.agency')
  t.equal(await page.inputValue('#number'), 'H15.301-')
  await context.close()

  const lying = await openPage(browser, `${preview.url}/kiosk/`, { ...kiosk, size: 'landscape' })
  await lying.page.waitForSelector('[data-device=kiosk] #digits')
  await lying.page.tap('.ask-other')
  await lying.page.tap('.agency-kind >> nth=3')
  const whole = await lying.page.evaluate(() => {
    const { bottom } = document.querySelector('.agency-list')!.getBoundingClientRect()
    return [...document.querySelectorAll('.agency')].filter(
      (office) => office.getBoundingClientRect().bottom <= bottom,
    ).length
  })
  t.ok(whole >= 3, `a lying screen shows ${whole} offices beside the keys`)
  await lying.context.close()
})

t.test('steps stand newest first, the older ones folded and none left out', async (t) => {
  const preview = await openPreview()
  t.teardown(() => preview.close())
  const example = examples('lobby/answer').find(({ says }) => /papers are missing/.test(says))!
  if (example.result.kind !== 'found') throw new Error('the example is an answer')
  const first = example.result.dossier.history[0]!
  const history = Array.from({ length: 16 }, (_, nth) => ({ ...first, at: first.at! + nth * 3_600_000 }))
  const result = { ...example.result, dossier: { ...example.result.dossier, history } }
  preview.answer = () => result
  const { page, context } = await openPage(browser, `${preview.url}/kiosk/`, kiosk)
  await page.waitForSelector('#digits')
  await scan(page, example.number)
  await page.waitForSelector('.steps')
  t.equal(await page.locator('.steps li').count(), 16)
  t.equal(await page.locator('.steps li:visible').count(), 3)
  t.match(await page.locator('.steps li').first().getAttribute('class'), /step-now/)
  await page.click('.steps-older summary')
  t.equal(await page.locator('.steps li:visible').count(), 16)
  await context.close()
})

t.test(
  'the longest note and name of a procedure leave the date and the ratings in sight, on each screen a lobby has',
  async (t) => {
    const preview = await openPreview()
    t.teardown(() => preview.close())
    const example = examples('lobby/answer').find(({ says }) => /papers are missing/.test(says))!
    if (example.result.kind !== 'found') throw new Error('the example is an answer')
    const note = 'Bản sao Giấy chứng nhận quyền sử dụng đất; '.repeat(7).slice(0, 300)
    const { dossier, truth } = example.result
    // One word to begin with, as of a list of abbreviations.
    const procedure = {
      code: '1.004193',
      name: `${'QSDĐ/'.repeat(40)} ${'đất đai, '.repeat(40)}`.slice(0, 500),
    }
    for (const [width, height, name = procedure] of [
      [1080, 1920],
      [1280, 800],
      [1366, 768],
      [1024, 768, dossier.procedure],
    ] as const) {
      const its = { ...dossier, ...(name ? { procedure: name } : {}), publicNote: note }
      const result = { ...example.result, dossier: its, truth: { ...truth, note } }
      preview.answer = () => result
      const { page, context } = await openPage(browser, `${preview.url}/kiosk/`, kiosk)
      await page.setViewportSize({ width, height })
      await page.waitForSelector('#digits')
      await scan(page, example.number)
      await page.locator('.answer', { hasText: note.slice(0, 40) }).waitFor()
      await settled(page)
      const { lowest, actions, widest } = await page.evaluate(() => ({
        widest: document.querySelector('.answer')!.scrollWidth,
        lowest: Math.max(
          ...[...document.querySelectorAll('.faces, .dates')].map((it) => it.getBoundingClientRect().bottom),
        ),
        actions: document.querySelector('.answer-actions .action')!.getBoundingClientRect().top,
      }))
      t.ok(
        lowest <= actions,
        `${width} × ${height}: ends at ${Math.round(lowest)} of ${Math.round(actions)} px`,
      )
      t.ok(widest <= width, `${width} × ${height}: nothing stands beside the screen`)
      await context.close()
    }
  },
)
