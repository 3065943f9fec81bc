// An upgrade at noon: the gateway is restarted ten times by SIGTERM while texts, pushes and prints go on. Nothing that was
// acknowledged is lost, no text is answered twice, no slip comes twice, and nobody hears another refusal than "come back soon".
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { startFakeSmsc } from '../peers/fake-smsc.js'
import { startGateway } from '../peers/gateway.js'
import { openPaperTape } from '../peers/paper-tape.js'

const agency = '000.00.15.H45'
const restarts = 10
const numberOf = (nth: number) => `${agency}-240823-${String(nth).padStart(4, '0')}`

/** A port that is free now: clients of a restarted gateway find it where it was. */
async function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

t.setTimeout(900_000)
t.test('ten restarts at noon', async (t) => {
  const smsc = await startFakeSmsc()
  t.teardown(() => smsc.close())
  const printer = await openPaperTape()
  t.teardown(() => printer.close())
  const slips = new Map<string, number>()
  printer.on('slip', (slip) => {
    const [number = 'none'] = /\d{6}-\d{4}/.exec(slip.text) ?? []
    slips.set(number, (slips.get(number) ?? 0) + 1)
  })
  const gateway = await startGateway(t, {
    http: { host: '127.0.0.1', port: await freePort() },
    sms: {
      links: [{ name: 'sim', host: '127.0.0.1', port: smsc.port, password: 'secret', shortCode: '8188' }],
      perSender: { replies: 10_000, perDay: 10_000, identical: 10_000 },
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
  const { http } = gateway
  const agencyKey = await gateway.agencyKey(agency)
  const desk = JSON.parse((await gateway.command('keys', 'create', '--desk', 'quay-1', '--json')).stdout) as {
    key: string
  }
  await smsc.until('the link is bound', () => smsc.boundCount === 1)

  const answers: Record<string, number> = {}
  const wrong: string[] = []
  const count = (what: string) => {
    answers[what] = (answers[what] ?? 0) + 1
  }
  /** A client as it should be: comes back after 503 and after a refused connection, and counts anything else as wrong. */
  async function persist(
    method: string,
    path: string,
    key: string,
    body: unknown,
  ): Promise<Record<string, unknown>> {
    for (;;) {
      const response = await fetch(`${http}${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }).catch(() => undefined)
      if (!response) count('down')
      else if (response.status === 503) {
        count('503')
        if (!response.headers.get('retry-after'))
          wrong.push(`503 without Retry-After: ${await response.text()}`)
      } else {
        count(String(response.status))
        const answer = (await response.json()) as Record<string, unknown>
        if (!response.ok) wrong.push(`${response.status} ${JSON.stringify(answer)}`)
        return answer
      }
      await pause(50)
    }
  }
  const put = (nth: number) =>
    persist('PUT', `/v1/dossiers/${numberOf(nth)}`, agencyKey, {
      dossierStatus: 'processing',
      eventTime: '2024-08-23T09:00:00+07:00',
      version: nth,
    })

  await put(0)
  let isRunning = true
  const pushed: number[] = []
  const pushing = (async () => {
    for (let nth = 1; isRunning; nth++) {
      await put(nth)
      pushed.push(nth)
      await pause(5)
    }
  })()
  const texts: ReturnType<typeof smsc.text>[] = []
  const texting = (async () => {
    for (let nth = 0; isRunning; nth++) {
      texts.push(smsc.text(`849${String(10_000_000 + nth)}`, `HS ${numberOf(0)}`))
      await pause(20)
    }
  })()
  const jobs: { jobId: string; nth: number }[] = []
  const printing = (async () => {
    for (let nth = 1; isRunning; nth++) {
      while (pushed.length < nth) await pause(20)
      // A desk does not hammer: the page waits for the slip before it offers the next.
      const { jobId } = (await persist('POST', '/v1/desks/quay-1/receipts', desk.key, {
        dossierNo: numberOf(nth),
      })) as { jobId: string }
      jobs.push({ jobId, nth })
      await pause(1500)
    }
  })()

  for (let nth = 0; nth < restarts; nth++) {
    const [pushes, taken] = [pushed.length, smsc.received.length]
    const code = await gateway.kill('SIGTERM')
    t.equal(code, 0, 'it ended by itself')
    if (code !== 0) t.comment(gateway.output.slice(-3000))
    await gateway.start()
    // The next one comes when work flows again, so that each falls into the middle of it.
    while (pushed.length < pushes + 5 || smsc.received.length < taken + 5) await pause(20)
  }
  isRunning = false
  await Promise.all([pushing, texting, printing])

  await smsc.until('every text was taken', () => smsc.waiting === 0, 60_000)
  await smsc.until('every text was answered', () => smsc.received.length >= texts.length, 60_000)
  const replies = new Map<string, number>()
  for (const { to } of smsc.received) replies.set(to, (replies.get(to) ?? 0) + 1)
  t.equal(replies.size, texts.length, 'every phone got its reply')
  t.same(
    [...replies.values()].filter((times) => times > 1).length,
    0,
    'and none got two: the window empties before the link is let go',
  )

  for (const nth of pushed) {
    const kept = await fetch(`${http}/v1/dossiers/${numberOf(nth)}`, {
      headers: { authorization: `Bearer ${agencyKey}` },
    })
    if (kept.status !== 200) wrong.push(`dossier ${nth} was acknowledged and answers ${kept.status}`)
  }
  t.same(wrong, [], 'nobody heard anything but "done" and "come back soon"')

  const settled = async ({ jobId }: { jobId: string }) => {
    for (;;) {
      const { state } = (await persist('GET', `/v1/desks/quay-1/receipts/${jobId}`, desk.key, undefined)) as {
        state: string
      }
      if (!['queued', 'claimed', 'sent'].includes(state)) return state
      await pause(100)
    }
  }
  const states: string[] = []
  for (const job of jobs) states.push(await settled(job))
  for (const [at, { nth }] of jobs.entries()) {
    const times = slips.get(numberOf(nth).slice(-11)) ?? 0
    t.ok(times <= 1, `slip ${nth} did not come twice`)
    if (states[at] === 'confirmed') t.equal(times, 1, `slip ${nth} is confirmed and lies there`)
    else t.comment(`slip ${nth}: ${states[at]}`)
  }
  t.comment(
    JSON.stringify({
      restarts,
      pushed: pushed.length,
      texts: texts.length,
      slips: slips.size,
      states,
      answers,
    }),
  )
})
