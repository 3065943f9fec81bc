// Attackers at the doors of the built gateway: they enumerate numbers, compare the answers to unknown and hidden numbers, and
// plant names and commands in texts. ENUMERATION_CODES=10000 walks as many numbers as the fault table asks for, from one asker
// and from five hundred.
import t from 'tap'
import { startFakeSmsc } from '../peers/fake-smsc.js'
import { type GatewayPeer, startGateway } from '../peers/gateway.js'
import { openPaperTape } from '../peers/paper-tape.js'

const codes = Number(process.env.ENUMERATION_CODES ?? 1000)
t.setTimeout(150_000 + codes * 30)
const agency = '000.00.15.H45'
const eventTime = '2026-11-20T09:00:00+07:00'

async function openPushes(gateway: GatewayPeer) {
  const key = await gateway.agencyKey(agency)
  return async (no: string, update: Record<string, unknown>) => {
    const answer = await fetch(`${gateway.http}/v1/dossiers/${no}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ dossierStatus: 'processing', eventTime, ...update }),
    })
    return { status: answer.status, text: await answer.text() }
  }
}

const from = (nth: number) => ({ 'x-forwarded-for': `10.${nth >> 16}.${(nth >> 8) & 255}.${nth & 255}` })

t.test('enumerating dossier numbers', async (t) => {
  const smsc = await startFakeSmsc()
  t.teardown(() => smsc.close())
  const gateway = await startGateway(t, {
    http: { host: '127.0.0.1', port: 0, trustProxy: '127.0.0.1' },
    sms: {
      links: [{ name: 'sim', host: '127.0.0.1', port: smsc.port, password: 'secret', shortCode: '8188' }],
    },
  })
  const push = await openPushes(gateway)
  const ask = (number: string, asker: number) =>
    fetch(`${gateway.http}/v1/status/${number}`, { headers: from(asker) })
  // One dossier in ten of the day that is walked, and one of another day that an honest person asks for.
  const walked = (nth: number) => `${agency}-260310-${String(1000 + nth)}`
  for (let nth = 0; nth < 1500; nth += 100) await push(walked(nth), {})
  const honest = `${agency}-260311-0007`
  t.equal((await push(honest, {})).status, 200)
  await smsc.until('the link is bound', () => smsc.boundCount === 1)

  // People who ask for their own dossier meanwhile, each from an address of their own, some for the day that is walked.
  let people = 0
  const neighbours = async () => {
    const asked = [honest, walked(0), walked(100), honest]
    const answers = await Promise.all(asked.map((number) => ask(number, 60_000 + people++)))
    return answers.map(({ status }) => status)
  }
  const walk = async (askerOf: (nth: number) => number) => {
    const told = { answered: 0, withheld: 0, others: new Set<number>() }
    for (let wave = 0; wave < codes; wave += 50) {
      await Promise.all(
        Array.from({ length: 50 }, async (_, at) => {
          const answer = await ask(walked(wave + at), askerOf(wave + at))
          await answer.arrayBuffer()
          if (answer.status === 429) told.withheld++
          else told.answered++
        }),
      )
      for (const status of await neighbours()) told.others.add(status)
    }
    return told
  }

  await t.test(`X-01: one asker walks ${codes} numbers and is withheld after twenty misses`, async (t) => {
    const { answered, withheld, others } = await walk(() => 1)
    t.ok(answered <= 70, `${answered} answers: the first wave was under way together, then none`)
    t.equal(withheld, codes - answered)
    t.same([...others], [200], 'everybody else is answered throughout')
    const phone = '84901111111'
    for (let nth = 0; nth < 30; nth++) await smsc.text(phone, `HS ${walked(nth * 5 + 2)}`).taken
    await smsc.until('the texts were dealt with', () => smsc.waiting === 0)
    const replies = smsc.received.filter(({ to }) => to === phone)
    t.ok(replies.length <= 10, `${replies.length} replies to 30 texts`)
  })

  await t.test(`X-01: five hundred askers walk ${codes} numbers together`, async (t) => {
    const { answered, withheld, others } = await walk((nth) => 2000 + (nth % 500))
    t.ok(
      answered <= 500 + 100,
      `${answered} answers: one for each asker, and those before the day was noticed`,
    )
    t.equal(withheld, codes - answered)
    t.same([...others], [200], 'who asks for one number, of that day or another, is answered throughout')
  })

  await t.test(
    'X-01: five hundred askers over web and text learn one number each, and then nothing',
    async (t) => {
      let beyond = 0
      for (let wave = 0; wave < 500; wave += 50)
        await Promise.all(
          Array.from({ length: 50 }, async (_, at) => {
            const nth = wave + at
            await (await ask(walked(nth * 3), 1000 + nth)).arrayBuffer()
            if (wave < 100) return // until the day is noticed
            for (const step of [1, 2]) {
              const second = await ask(walked(nth * 3 + step), 1000 + nth)
              await second.arrayBuffer()
              if (second.status !== 429) beyond++
            }
          }),
        )
      t.equal(beyond, 0, 'a second number of a day that is being walked is withheld')
      const before = smsc.received.length
      const texts = Array.from({ length: 100 }, (_, nth) => {
        const phone = `8490222${String(nth).padStart(4, '0')}`
        return [smsc.text(phone, `HS ${walked(nth)}`), smsc.text(phone, `HS ${walked(nth + 700)}`)]
      }).flat()
      await Promise.all(texts.map(({ taken }) => taken))
      await smsc.until('each text has its answer', () => smsc.received.length >= before + 200, 60_000)
      const told = new Map<string, number>()
      for (const { to, text } of smsc.received.slice(before))
        if (/Dang xu ly|khong tim thay|chua co/i.test(text)) told.set(to, (told.get(to) ?? 0) + 1)
      t.equal(told.size, 100, 'each phone heard of one number')
      t.same(
        [...told.values()].filter((count) => count > 1),
        [],
        'by text the same',
      )
      t.equal((await ask(honest, 3)).status, 200, 'who asks for another day is answered')
      t.equal((await ask(walked(0), 4)).status, 200, 'and who asks for one number of that day too')
    },
  )

  await t.test(
    'X-06: a stolen kiosk token opens nothing but a kiosk, and ends when it is revoked',
    async (t) => {
      const made = await gateway.command('keys', 'create', '--kiosk', 'sanh-1', '--json')
      const { id, link } = JSON.parse(made.stdout) as { id: string; link: string }
      const letIn = await fetch(link, { method: 'POST', redirect: 'manual' })
      const cookie = letIn.headers.get('set-cookie')!.split(';')[0]!
      t.equal((await fetch(link, { method: 'POST', redirect: 'manual' })).status, 404, 'its link worked once')
      const as = (method: string, path: string, body?: object) =>
        fetch(`${gateway.http}${path}`, {
          method,
          headers: { cookie, ...(body ? { 'content-type': 'application/json' } : {}) },
          ...(body ? { body: JSON.stringify(body) } : {}),
        })
      for (const [method, path, body] of [
        ['GET', `/v1/dossiers/${honest}`],
        ['PUT', `/v1/dossiers/${honest}`, { dossierStatus: 'finished', eventTime }],
        ['DELETE', `/v1/dossiers/${honest}`],
        ['GET', '/v1/monitor/summary'],
        ['GET', '/v1/desks/quay-1'],
        ['POST', '/v1/desks/quay-1/receipts', { dossierNo: honest }],
        ['POST', '/v1/kiosk/receipts', { number: honest }],
        ['GET', '/v1/device?kind=desk'],
      ] as const)
        t.ok([401, 403, 404].includes((await as(method, path, body)).status), `${method} ${path}`)
      const answer = (await (await as('GET', `/v1/status/${honest}`)).json()) as Record<string, unknown>
      t.notOk(
        'publicNote' in answer || 'steps' in answer,
        'a dossier number is told no more there than anywhere',
      )
      const beat = () => as('POST', '/v1/kiosk/heartbeat', { version: '1' })
      t.equal((await beat()).status, 204)
      const statuses: number[] = []
      for (let nth = 0; nth < 200 && statuses.at(-1) !== 429; nth++)
        statuses.push((await as('GET', `/v1/status/${agency}-260312-${1000 + nth}`)).status)
      t.equal(statuses.at(-1), 429, `and it counts through no numbers: withheld after ${statuses.length}`)
      t.equal((await gateway.command('keys', 'revoke', id)).code, 0)
      const deadline = Date.now() + 10_000
      let status = 204
      while (status === 204 && Date.now() < deadline) ({ status } = await beat())
      t.equal(status, 401, 'revoked, it is nobody')
    },
  )

  await t.test(
    'X-03: guessing lookup numbers is withheld, and the owner still gets the answer',
    async (t) => {
      let nth = 0
      let status = 0
      while (nth < 100 && status !== 429)
        ({ status } = await ask(String(100_000_000_000 + nth++ * 7_919_999_993).slice(0, 12), 5))
      t.equal(status, 429, `after ${nth} guesses`)
      t.ok(nth <= 25)
      t.equal((await ask(honest, 6)).status, 200)
    },
  )
})

t.test('eavesdropping, and planted personal data or markup', async (t) => {
  const smsc = await startFakeSmsc()
  t.teardown(() => smsc.close())
  const printer = await openPaperTape()
  t.teardown(() => printer.close())
  const gateway = await startGateway(t, {
    log: { level: 'trace' },
    lookup: { freeTries: 100_000, maxTries: 100_000, maxMisses: 100_000, maxBlockMisses: 100_000 },
    sms: {
      links: [{ name: 'sim', host: '127.0.0.1', port: smsc.port, password: 'secret', shortCode: '8188' }],
    },
    desks: [
      {
        id: 'quay-1',
        agency,
        name: 'Quầy 1',
        printer: { path: printer.path, baudRate: 38_400, profile: 'epson-tm-t82' },
      },
    ],
  })
  const push = await openPushes(gateway)
  await smsc.until('the link is bound', () => smsc.boundCount === 1)
  const ask = (number: string) => fetch(`${gateway.http}/v1/status/${number}`)
  const seen: string[] = []

  await t.test('X-02: unknown and expired dossiers are alike by bytes and by time', async (t) => {
    const expired = `${agency}-190310-1001`
    const unknown = `${agency}-190310-1002`
    const put = await push(expired, { dossierStatus: 'returned', eventTime: '2019-04-01T09:00:00+07:00' })
    t.equal(put.status, 200)
    const shape = async (number: string) => {
      const answer = await ask(number)
      const headers = [...answer.headers].filter(([name]) => name !== 'x-request-id' && name !== 'date')
      return JSON.stringify([answer.status, headers, await answer.text()])
    }
    t.equal(await shape(expired), await shape(unknown), 'every byte but the request id')
    t.match(await shape(unknown), /"unknown"|\\"unknown/)
    const times: { tookMs: number; isExpired: boolean }[] = []
    for (let nth = 0; nth < 800; nth++) {
      // In pairs, each first as often as the other: a busy moment of the machine falls on both alike.
      const isExpired = (nth & 1) === ((nth >> 1) & 1)
      const started = performance.now()
      await (await ask(isExpired ? expired : unknown)).arrayBuffer()
      times.push({ tookMs: performance.now() - started, isExpired })
    }
    // Mann–Whitney: ranks of two samples from one distribution differ by less than five standard errors.
    times.sort((a, b) => a.tookMs - b.tookMs)
    const n = times.filter(({ isExpired }) => isExpired).length
    const m = times.length - n
    const ranks = times.reduce((sum, { isExpired }, at) => sum + (isExpired ? at + 1 : 0), 0)
    const u = ranks - (n * (n + 1)) / 2
    const z = (u - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12)
    t.ok(Math.abs(z) < 5, `z = ${z.toFixed(2)}`)
    const reply = async (number: string, phone: string) => {
      const coming = smsc.replyTo(phone, 20_000)
      await smsc.text(phone, `HS ${number}`).taken
      return (await coming)?.text.replaceAll(/190310-100\d/g, '')
    }
    const one = await reply(expired, '84903000001')
    t.ok(one)
    t.equal(one, await reply(unknown, '84903000002'), 'by text too')
  })

  const canaries = [
    'Hoàng Thị Kim Tước',
    '0987650123',
    '84987650123',
    '987650123',
    '079301999888',
    'HOANG THI KIM TUOC',
  ]
  await t.test('X-04: names and telephones planted at every door come out at none', async (t) => {
    const no = `${agency}-260401-0001`
    t.equal((await push(no, { contact: { phone: canaries[1], notify: true } })).status, 200)
    for (const bad of [
      { applicant: canaries[0] },
      { contact: { phone: canaries[0], notify: true } },
      { dossierStatus: canaries[0] },
      { procedure: { code: '1', name: 'x', owner: canaries[0] } },
      { otherNumbers: [{ cccd: canaries[4] }] },
    ]) {
      const { status, text } = await push(no, bad)
      t.equal(status, 400, Object.keys(bad).join())
      seen.push(text)
    }
    const text = `HS ${no} toi la HOANG THI KIM TUOC sdt 0987650123 cccd 079301999888`
    await smsc.text(canaries[2]!, text).taken
    await smsc.text(canaries[2]!, 'HOANG THI KIM TUOC hoi ho so').taken
    await smsc.until('it was answered', () => smsc.received.some(({ to }) => to === canaries[2]))
    for (const path of [
      `/v1/status/${no}`,
      `/v1/status/${encodeURIComponent(canaries[0]!)}`,
      '/status.json',
      '/readyz',
      `/${canaries[1]}`,
    ])
      seen.push(await (await fetch(`${gateway.http}${path}`)).text())
    for (const canary of canaries.slice(1, 5))
      await fetch(`${gateway.http}/v1/dossiers/${no}`, {
        headers: { authorization: 'Bearer none', 'x-request-id': canary },
      })
    seen.push(await (await fetch(`${gateway.admin}/metrics`)).text())
    for (const command of [
      ['export'],
      ['export', '--format', 'csv'],
      ['audit', 'export'],
      ['outbox', 'list', '--json'],
      ['keys', 'list', '--json'],
    ]) {
      const { stdout, stderr } = await gateway.command(...command)
      seen.push(stdout, stderr)
    }
    for (const { text } of smsc.received) seen.push(text)
    seen.push(gateway.output)
    const all = seen.join('\n')
    t.ok(all.length > 5000, 'there was something to look through')
    for (const canary of canaries) t.notOk(all.includes(canary), `${canary.slice(0, 4)}…`)
  })

  await t.test('X-05: what an agency writes is plain text on every way out', async (t) => {
    const corpus = [
      '=HYPERLINK("http://evil.example","x")',
      '+1+1',
      '-2+3',
      '@SUM(A1)',
      '<script>alert(1)</script><img src=x onerror=alert(2)>',
      '"; DROP TABLE x; --',
      '{{7*7}} $(7*7) %s%n',
      'a\u001b[31mred\u001b]0;title\u0007',
      'a\u001d\u0056\u0000\u001b@\u0010\u0014\u0001',
      'a\r\nSet-Cookie: x=1\r\n\r\n<b>',
      'abc\u202Etxt.exe\u200b',
      '\u0000\u0008\u007f\u009b31m',
    ]
    const headers = {
      authorization: `Bearer ${(JSON.parse((await gateway.command('keys', 'create', '--desk', 'quay-1', '--json')).stdout) as { key: string }).key}`,
      'content-type': 'application/json',
    }
    const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/
    const refused: string[] = []
    for (const [nth, evil] of corpus.entries()) {
      const no = `${agency}-260402-${String(1000 + nth)}`
      const { status, text } = await push(no, {
        publicNote: evil,
        procedure: { code: '2.000815', name: evil },
      })
      if (status === 400) {
        refused.push(evil)
        t.notOk(text.includes(evil.slice(0, 6)), 'a refusal does not repeat it')
        continue
      }
      t.equal(status, 200)
      const { lookupNumber } = JSON.parse(text) as { lookupNumber: string }
      const answer = await ask(lookupNumber)
      t.match(answer.headers.get('content-type'), 'application/json')
      const body = await answer.text()
      const { publicNote } = JSON.parse(body) as { publicNote: string }
      t.notMatch(publicNote, controls, JSON.stringify(evil))
      const phone = `8490400${String(nth).padStart(4, '0')}`
      const coming = smsc.replyTo(phone, 20_000)
      await smsc.text(phone, lookupNumber).taken
      t.match((await coming)?.text, /^[\x20-\x7e\n]{10,160}$/, 'a reply is plain and one segment')
      const slip = new Promise<{ text: string }>((resolve) => printer.once('slip', resolve))
      await fetch(`${gateway.http}/v1/desks/quay-1/receipts`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ dossierNo: no }),
      })
      t.match((await slip).text, no, 'the slip is a slip')
    }
    t.same(printer.complaints, [], 'no byte of it was a command to the printer')
    t.comment(`${refused.length} of ${corpus.length} are refused at the door`)
    const { stdout } = await gateway.command('export', '--format', 'csv')
    for (const cell of stdout.split(/\r?\n/).flatMap((row) => row.split(',')))
      t.notMatch(cell, /^"?[=+@\t]|^"?-\d+\+/, 'no cell is a formula')
    t.notMatch(gateway.output, controls, 'nothing of it steers a terminal from the log')
  })
})
