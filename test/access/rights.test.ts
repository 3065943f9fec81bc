// What a link, a desk and a monitor may do on the built gateway, and what of it is audited.
import t from 'tap'
import { startGateway } from '../peers/gateway.js'

const desk = { id: 'quay-1', agency: '000.00.15.H45', name: 'Quầy 1', profile: 'epson-tm-t82' }
const number = '000.00.15.H45-190521-0003'

t.test('rights', async (t) => {
  const gateway = await startGateway(t, {
    desks: [desk, { ...desk, id: 'quay-2', agency: 'H45.12' }],
    http: { host: '127.0.0.1', port: 0, publicUrl: 'https://hoso.example.vn' },
  })
  const make = async (...args: string[]) => {
    const { code, stdout, stderr } = await gateway.command('keys', 'create', ...args, '--json')
    if (code !== 0) throw new Error(stderr)
    return JSON.parse(stdout) as { id: string; key: string; link: string }
  }
  const here = (link: string) => `${gateway.http}${new URL(link).pathname}`
  const page = { accept: 'text/html' }
  const trail = async () => (await gateway.command('audit', 'export')).stdout
  const agencyKey = await gateway.agencyKey(desk.agency)
  const put = await fetch(`${gateway.http}/v1/dossiers/${number}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${agencyKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ dossierStatus: 'processing', eventTime: '2026-11-20T09:00:00+07:00' }),
  })
  const { lookupNumber } = (await put.json()) as { lookupNumber: string }

  await t.test('opening a link does not consume it; pressing its button does', async (t) => {
    const { link, id } = await make('--desk', 'quay-1', '--person', 'Đặng Thị Hồng')
    t.match(link, /^https:\/\/hoso\.example\.vn\/enrol\//)
    for (const init of [
      { method: 'HEAD' },
      { method: 'GET' },
      { method: 'GET', headers: { ...page, 'sec-purpose': 'prefetch' } },
      { method: 'GET', headers: { ...page, 'user-agent': 'facebookexternalhit/1.1' } },
      { method: 'OPTIONS' },
    ]) {
      const opened = await fetch(here(link), init)
      t.equal(opened.headers.get('set-cookie'), null, init.method)
    }
    const opened = await fetch(here(link), { headers: page })
    t.equal(opened.status, 200)
    t.match(await opened.text(), /<form method="post">/)
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
    ] as Record<string, string>[])
      t.equal((await fetch(here(link), { method: 'POST', headers })).status, 403, 'not from another site')
    const pressed = await fetch(here(link), {
      method: 'POST',
      redirect: 'manual',
      headers: {
        ...page,
        'content-type': 'application/x-www-form-urlencoded',
        'sec-fetch-site': 'same-origin',
      },
    })
    t.equal(pressed.status, 303)
    t.equal(pressed.headers.get('location'), '/desk/')
    t.match(
      pressed.headers.get('set-cookie'),
      /^dossier_desk=.*HttpOnly.*; Secure$/,
      'Secure behind a proxy too',
    )
    t.match(pressed.headers.get('strict-transport-security'), /max-age/)
    const again = await fetch(here(link), { method: 'POST', redirect: 'manual', headers: page })
    t.equal(again.status, 404)
    t.match(await again.text(), /Đường dẫn không còn dùng được/)
    t.match((await fetch(here(link))).headers.get('content-type'), 'application/problem+json')
    t.match(await trail(), new RegExp(`"what":"device.enrol","on":"${id}"`))
  })

  await t.test(
    'a cookie of the same name beside its own shuts no device out, and is not renewed',
    async (t) => {
      const { key } = await make('--kiosk', 'sanh-1')
      const other = `dgw_${'0'.repeat(12)}_${'A'.repeat(43)}`
      const asked = (...values: string[]) =>
        fetch(`${gateway.http}/v1/device?kind=kiosk`, {
          headers: { cookie: values.map((value) => `dossier_kiosk=${value}`).join('; ') },
        })
      for (const values of [
        ['x', key],
        [other, key],
        [key, other],
      ]) {
        const answer = await asked(...values)
        t.equal(answer.status, 200)
        t.match(answer.headers.get('set-cookie'), `dossier_kiosk=${key};`)
      }
      t.equal((await asked(other, 'x')).status, 401)
      t.equal(
        (await asked(...Array<string>(50).fill(other), key)).status,
        401,
        'a flood of them is not looked at',
      )
    },
  )

  await t.test('the bare address shows a page', async (t) => {
    const answer = await fetch(`${gateway.http}/`, { headers: page })
    t.equal(answer.status, 200)
    t.match(await answer.text(), /href="\/kiosk\/"/)
    const none = await fetch(`${gateway.http}/tra-cuu`, { headers: page })
    t.equal(none.status, 404)
    t.match(
      await none.text(),
      /href="\/"/,
      'a person who mistyped an address is shown the way, a program a problem',
    )
    t.match((await fetch(`${gateway.http}/tra-cuu`)).headers.get('content-type'), 'application/problem+json')
  })

  await t.test('a slip preview shows no lookup number; a monitor may not preview', async (t) => {
    const { key } = await make('--desk', 'quay-1', '--person', 'Đặng Thị Hồng')
    const monitor = await make('--monitor', 'so-noi-vu')
    const own = await make('--monitor', 'phuong-mau', '--agency', 'H45.12')
    const ask = (who: string, path: string, init: RequestInit = {}) =>
      fetch(`${gateway.http}/v1/desks/${path}`, {
        ...init,
        headers: { authorization: `Bearer ${who}`, ...init.headers },
      })
    const seen = await ask(key, `quay-1/preview?number=${number}`)
    t.equal(seen.status, 200)
    const { text } = (await seen.json()) as { text: string }
    t.match(text, number)
    t.notOk(text.replace(/\D/g, '').includes(lookupNumber))
    t.equal((await ask(monitor.key, `quay-1/preview?number=${number}`)).status, 403)
    t.equal((await ask(own.key, 'quay-1')).status, 403, "a leader of one agency sees that agency's desks")
    t.equal((await ask(own.key, 'quay-2')).status, 200)
    const printed = await ask(key, 'quay-1/receipts', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ dossierNo: `  ${number.toLowerCase()} ` }),
    })
    t.equal(printed.status, 202)
    const view = await (await ask(monitor.key, 'quay-1')).text()
    t.match(view, number)
    t.notMatch(view, lookupNumber)
  })

  await t.test('what staff type is audited only as its canonical number', async (t) => {
    const { key } = await make('--desk', 'quay-1', '--person', 'Đặng Thị Hồng')
    const typed = ['Nguyễn Văn A', '012345678901', '0905123456', 'không biết số']
    for (const dossierNo of typed)
      await fetch(`${gateway.http}/v1/desks/quay-1/receipts`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ dossierNo }),
      })
    const kept = await trail()
    for (const word of typed) t.notOk(kept.includes(word), word)
    t.match(kept, `"who":"desk quay-1 (Đặng Thị Hồng)","what":"receipt.print","on":"${number}"`)
  })

  await t.test(
    'a desk that counts through numbers is slowed and then withheld, like everybody',
    async (t) => {
      const { key } = await make('--desk', 'quay-2')
      let status = 0
      let asked = 0
      for (; asked < 100 && status !== 429; asked++)
        ({ status } = await fetch(
          `${gateway.http}/v1/desks/quay-2/preview?number=000.00.15.H45-190521-${1000 + asked}`,
          { headers: { authorization: `Bearer ${key}` } },
        ))
      t.equal(status, 429, `after ${asked}`)
      t.match(
        await trail(),
        /"who":"desk quay-2","what":"dossier.look","on":"000.00.15.H45-190521-1000","result":"unknown"/,
      )
    },
  )
})
