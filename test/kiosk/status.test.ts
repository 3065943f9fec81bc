import { readFileSync } from 'node:fs'
import t from 'tap'
import { sandboxAgency } from '../../src/dossier/agency.js'
import { sampleFound } from '../../src/dossier/sandbox.js'
import { openTruth } from '../../src/dossier/truth.js'
import { openWording } from '../../src/dossier/wording.js'
import { openAnswers } from '../../src/kiosk/answer.js'
import { type Example, examples, openPreview } from './preview.js'

const example = (says: RegExp) =>
  [...examples('lobby/answer'), ...examples('lobby/notice')].find((it) => says.test(it.says)) as Example

t.test('the status route', async (t) => {
  const preview = await openPreview()
  t.teardown(() => preview.close())
  const get = (number: string, headers: Record<string, string> = {}, query = '') =>
    preview.app.inject({ url: `/v1/status/${encodeURIComponent(number)}${query}`, headers })

  t.test('a lookup number gets the fuller answer, in Vietnamese unless asked otherwise', async (t) => {
    const { number } = example(/papers are missing/)
    const reply = await get(number)
    t.equal(reply.statusCode, 200)
    t.equal(reply.headers['cache-control'], 'no-store')
    const answer = reply.json()
    t.match(answer, {
      dossierNo: '000.00.21.H45-261112-0041',
      level: 'full',
      dossierStatus: 'supplement',
      words: { label: 'Cần bổ sung giấy tờ' },
      agency: { code: '000.00.21.H45', phone: '0257 3852 117' },
      receivedAt: '2026-11-12T14:05:00+07:00',
      procedure: { name: 'Đăng ký khai sinh' },
      publicNote: /giấy chứng sinh/,
      overdue: false,
    })
    t.notOk('dueAt' in answer, 'while papers are missing no date holds')
    t.equal(answer.history.length, 4)
    t.match(answer.history.at(-1), { dossierStatus: 'supplement', label: 'Cần bổ sung giấy tờ' })
    t.equal((await get(number, {}, '?lang=en')).json().words.label, 'Papers needed')
    t.equal((await get(number, { 'accept-language': 'fr-FR,en;q=0.8' })).json().words.label, 'Papers needed')
    t.equal((await get(number, {}, '?lang=__proto__')).json().words.label, 'Cần bổ sung giấy tờ')
    t.equal((await get(number, {}, '?lang=en&lang=vi')).statusCode, 200)
  })

  t.test('asked by POST the answer is the same, and the number is in no address', async (t) => {
    for (const { number } of [example(/papers are missing/), example(/long number/), example(/mistyped/)]) {
      const posted = await preview.app.inject({ method: 'POST', url: '/v1/status', payload: { number } })
      const got = await get(number)
      t.equal(posted.statusCode, got.statusCode)
      t.equal(posted.body, got.body)
      t.equal(posted.headers['cache-control'], 'no-store')
    }
    const long = await preview.app.inject({
      method: 'POST',
      url: '/v1/status?lang=en',
      payload: { number: example(/papers are missing/).number },
    })
    t.equal(long.json().words.label, 'Papers needed')
    for (const payload of [{}, { number: 'N'.repeat(501) }])
      t.equal((await preview.app.inject({ method: 'POST', url: '/v1/status', payload })).statusCode, 400)
  })

  t.test('the present step has the day that the state has', async (t) => {
    const words = openWording({ vi: 'config/wording.vi.yaml', en: 'config/wording.en.yaml' }).vi
    const dossierNo = { text: 'H00.00-260101-0001', issuer: 'H00.00', agency: 'H00.00', sequence: '0001' }
    const found = sampleFound(dossierNo, sandboxAgency, 'payment')
    const paidAt = found.dossier.eventTime + 9 * 86_400_000
    const dossier = { ...found.dossier, eventTime: paidAt, asOf: paidAt }
    const truth = openTruth({ dayEnds: '17:00' })(dossier, paidAt)
    const { history } = JSON.parse(
      Buffer.from(openAnswers(words)({ ...found, dossier, truth }), 'latin1').toString(),
    )
    t.match(history, [
      { dossierStatus: 'submitted', at: /^2026-01-01/ },
      { label: 'Đã ghi nhận nộp tiền', at: /^2026-01-10/ },
    ])
  })

  t.test('the long number gets the shorter answer', async (t) => {
    const answer = (await get(example(/long number/).number)).json()
    t.equal(answer.level, 'basic')
    for (const kept of ['procedure', 'publicNote', 'fee', 'history', 'finishedAt', 'returnedAt'])
      t.notOk(kept in answer, `${kept} is told only by the lookup number`)
  })

  t.test('every example is valid JSON with times in the zone of the office', async (t) => {
    for (const { number, says } of examples('lobby/answer')) {
      const answer = (await get(number)).json()
      for (const [name, value] of Object.entries(answer))
        if (/At$|asOf|Since/.test(name))
          t.match(value, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00$/, `${says}: ${name}`)
    }
  })

  t.test('what is not an answer is a problem with its own code', async (t) => {
    const rows = [
      { label: 'unknown', says: /unknown number/, status: 404, code: 'unknown' },
      { label: 'mistyped', says: /mistyped/, status: 400, code: 'unreadable', reason: 'mistyped' },
      { label: 'withheld', says: /too many/, status: 429, code: 'withheld', retry: '240' },
      { label: 'unavailable', says: /store that is away/, status: 503, code: 'unavailable', retry: '5' },
    ]
    for (const row of rows) {
      const reply = await get(example(row.says).number)
      t.equal(reply.statusCode, row.status, row.label)
      t.match(reply.headers['content-type'], /^application\/problem\+json/, row.label)
      t.equal(reply.headers['cache-control'], 'no-store', row.label)
      t.equal(reply.headers['retry-after'], row.retry, row.label)
      t.match(reply.json(), { code: row.code, status: row.status }, row.label)
      t.equal(reply.json().reason, row.reason, row.label)
    }
    t.match((await get(example(/form alone/).number)).json(), { suggestion: '000.00.15.H45-191118-0003' })
  })

  t.test('all unknown numbers get the same bytes', async (t) => {
    const [one, other] = await Promise.all([get('999988887777'), get('H45.12-240823-9999')])
    t.equal(one.body, other.body)
    const plain = ({ date: _, ...headers }: Record<string, unknown>) => headers
    t.strictSame(plain(one.headers), plain(other.headers))
  })

  t.test('a text of a thousand letters is unreadable and never reaches the lookup', async (t) => {
    const asked = preview.told.asked.length
    const reply = await get('9'.repeat(99))
    t.equal(reply.statusCode, 404, 'within the bound it is a number like any other')
    t.ok([400, 414].includes((await get('9'.repeat(1000))).statusCode))
    t.equal(preview.told.asked.length, asked + 1)
  })

  t.test('a store that cannot even tell who asks is unavailable, not an error', async (t) => {
    const broken = await openPreview({ authenticate: () => Promise.reject(new Error('away')) })
    t.teardown(() => broken.close())
    const reply = await broken.app.inject({ url: '/v1/status/482719360518', headers: { cookie: 'kiosk=a' } })
    t.equal(reply.statusCode, 503)
  })
})

t.test('pages are sent with headers under which they reach only their own origin', async (t) => {
  const preview = await openPreview()
  t.teardown(() => preview.close())
  for (const url of ['/kiosk/', '/kiosk/selftest', '/desk/', '/monitor/']) {
    const reply = await preview.app.inject({ url })
    t.equal(reply.statusCode, 200, url)
    const policy = String(reply.headers['content-security-policy'])
    t.match(policy, /default-src 'none'/)
    t.notMatch(policy, /unsafe|data:|https?:|\*/)
    t.equal(reply.headers['cache-control'], 'no-store')
    t.equal(reply.headers['x-content-type-options'], 'nosniff')
    t.equal(reply.headers['referrer-policy'], 'no-referrer')
    t.notMatch(reply.body, /<script(?![^>]*src=)|<style|style=| on\w+=/, 'nothing inline')
  }
  t.equal((await preview.app.inject({ url: '/desk' })).headers.location, '/desk/')
  const script = /src="([^"]+)"/.exec((await preview.app.inject({ url: '/kiosk/' })).body)![1]!
  const asset = await preview.app.inject({ url: script, headers: { 'accept-encoding': 'br' } })
  t.equal(asset.headers['content-encoding'], 'br')
  t.match(asset.headers['cache-control'], /immutable/)
  for (const url of ['/kiosk/assets/.env', '/kiosk/assets/..%2f..%2fpackage.json'])
    t.ok((await preview.app.inject({ url })).statusCode >= 400, url)
})

t.test('only a kiosk that was let in may rate, beat or print', async (t) => {
  const preview = await openPreview()
  t.teardown(() => preview.close())
  const agency = '000.00.15.H45'
  const post = (url: string, payload: object, cookie = 'kiosk=lobby-1') =>
    preview.app.inject({ method: 'POST', url, payload, headers: cookie ? { cookie } : {} })
  t.equal((await post('/v1/kiosk/satisfaction', { agency, mood: 3 }, '')).statusCode, 401)
  t.equal((await post('/v1/kiosk/satisfaction', { agency, mood: 3 }, 'desk=quay-1')).statusCode, 401)
  t.equal((await post('/v1/kiosk/satisfaction', { agency, mood: 3 })).statusCode, 204)
  t.equal((await post('/v1/kiosk/satisfaction', { agency, mood: 4 })).statusCode, 400)
  t.equal((await post('/v1/kiosk/satisfaction', { agency: 'H99', mood: 1 })).statusCode, 400)
  t.strictSame(preview.told.ratings, [[agency, 'lobby-1', 3]])
  t.equal((await post('/v1/kiosk/heartbeat', { version: '1', selftest: { sound: 'ok' } })).statusCode, 204)
  t.strictSame(preview.told.heartbeats, [['lobby-1', { version: '1', selftest: { sound: 'ok' } }]])
  t.match(
    (await preview.app.inject({ url: '/v1/kiosk/setup', headers: { cookie: 'kiosk=lobby-1' } })).json(),
    {
      kiosk: { name: 'lobby-1' },
    },
  )
  t.notOk('kiosk' in (await preview.app.inject({ url: '/v1/kiosk/setup' })).json())
})

t.test('a device’s cookie is given its full life again whenever it is used', async (t) => {
  const preview = await openPreview({ renewal: (_, kind) => `dossier_${kind}=again` })
  t.teardown(() => preview.close())
  const renewed = async (url: string, cookie: string, options: object = {}) => {
    const reply = await preview.app.inject({ url, ...options, headers: cookie ? { cookie } : {} })
    return reply.headers['set-cookie']
  }
  const beat = { method: 'POST', payload: { version: '1' } }
  t.equal(await renewed('/v1/kiosk/setup', 'kiosk=lobby-1'), 'dossier_kiosk=again')
  t.equal(await renewed('/v1/kiosk/heartbeat', 'kiosk=lobby-1', beat), 'dossier_kiosk=again')
  t.equal(await renewed('/v1/device?kind=desk', 'desk=quay-1'), 'dossier_desk=again')
  t.equal(await renewed('/v1/device?kind=monitor', 'monitor=chief'), 'dossier_monitor=again')
  for (const cookie of ['', 'desk=quay-1'])
    t.equal(await renewed('/v1/kiosk/setup', cookie), undefined, 'nothing for who is no kiosk')
  t.equal(await renewed('/v1/kiosk/heartbeat', 'desk=quay-1', beat), undefined, 'nor for its sign of life')
  t.equal(
    await renewed('/v1/device?kind=monitor', 'desk=quay-1'),
    undefined,
    'a desk’s cookie is no monitor’s',
  )
})

t.test(
  'a slip is printed only for who has its lookup number, a test slip for any kiosk beside a printer',
  async (t) => {
    const printed: string[] = []
    const preview = await openPreview({
      printer: {
        has: (kiosk) => kiosk === 'lobby-1',
        print: async (_, dossierNo) => {
          printed.push(dossierNo)
          return { jobId: 'j1', state: 'queued' } as never
        },
        test: async (kiosk) => {
          printed.push(`test at ${kiosk}`)
          return { jobId: 'j2', state: 'queued' } as never
        },
        job: async () => ({ jobId: 'j1', state: 'confirmed' }) as never,
        cancel: async () => {},
      },
    })
    t.teardown(() => preview.close())
    const ask = (number: string, cookie = 'kiosk=lobby-1') =>
      preview.app.inject({
        method: 'POST',
        url: '/v1/kiosk/receipts',
        payload: { number },
        headers: { cookie },
      })
    t.equal(
      (await ask('000.00.15.H45-261118-0003')).statusCode,
      404,
      'the long number can be counted through',
    )
    t.equal((await ask('482719360518', 'kiosk=lobby-2')).statusCode, 404, 'this kiosk has no printer')
    t.equal((await ask('333344445555')).statusCode, 503)
    t.equal((await ask('482719360518')).statusCode, 202)
    const tryPrinter = (cookie?: string) =>
      preview.app.inject({
        method: 'POST',
        url: '/v1/kiosk/printer-test',
        headers: cookie === undefined ? {} : { cookie },
      })
    t.equal((await tryPrinter()).statusCode, 401, 'the public web has no printer')
    t.equal((await tryPrinter('kiosk=lobby-2')).statusCode, 404)
    t.match((await tryPrinter('kiosk=lobby-1')).json(), { jobId: 'j2', state: 'queued' })
    t.strictSame(printed, ['000.00.15.H45-261118-0003', 'test at lobby-1'])
  },
)

t.test('every language has the same words, with the same blanks to fill', (t) => {
  const read = (language: string) => {
    const file = new URL(`../../kiosk/strings/${language}.json`, import.meta.url)
    const found = new Map<string, string>()
    const walk = (value: unknown, path: string) => {
      if (typeof value === 'string') found.set(path, (value.match(/\{\w+\}/g) ?? []).sort().join())
      else for (const [key, its] of Object.entries(value as object)) walk(its, `${path}.${key}`)
    }
    walk(JSON.parse(readFileSync(file, 'utf8')), '')
    return Object.fromEntries([...found].sort())
  }
  const vi = read('vi')
  t.ok(Object.keys(vi).length > 200)
  t.strictSame(read('en'), vi)
  t.end()
})
