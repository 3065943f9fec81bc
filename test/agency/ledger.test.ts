// The senders keep a ledger of every acknowledgement while the gateway and its Redis are killed.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { startGateway } from '../peers/gateway.js'
import { dice } from './dice.js'

const kills = Number(process.env.LEDGER_KILLS ?? 20)
const seed = Number(process.env.LEDGER_SEED ?? 20_190_521)

t.test(`nothing acknowledged is missing or older after ${kills} kills`, { timeout: 0 }, async (t) => {
  const gateway = await startGateway(t, { sms: { enabled: false } })
  const roll = dice(seed)
  const key = await gateway.agencyKey('H45.12')
  const ledger = new Map<string, number>()
  let acknowledged = 0
  let refused = 0
  let isOver = false
  let isUp = Promise.resolve()
  let wake = () => {}
  const acknowledge = (dossierNo: string, version: number) => {
    acknowledged++
    ledger.set(dossierNo, Math.max(version, ledger.get(dossierNo) ?? 0))
    wake()
  }
  const update = (version: number) => ({
    dossierStatus: 1 + (version % 10),
    eventTime: new Date(Date.parse('2026-05-01T00:00:00Z') + version * 1000).toISOString(),
    version,
    publicNote: `version ${version}`,
  })
  const headers = { authorization: `Bearer ${key}` }

  const putter = async (number: number) => {
    for (let version = 1; !isOver; version++) {
      const dossierNo = `H45.12-260${number}01-${String(version % 25).padStart(4, '0')}`
      try {
        await isUp
        const response = await fetch(`${gateway.http}/v1/dossiers/${dossierNo}`, {
          method: 'PUT',
          headers: { ...headers, 'content-type': 'application/json' },
          body: JSON.stringify(update(version)),
        })
        const told = (await response.json()) as { applied?: boolean }
        if (response.ok && told.applied) acknowledge(dossierNo, version)
        else throw new Error(String(response.status))
      } catch {
        refused++
        await delay(20)
      }
    }
  }
  const uploader = async (number: number) => {
    for (let version = 1; !isOver; version++) {
      const numbers = Array.from(
        { length: 40 },
        (_, nth) => `H45.12-260${number}01-${String(nth).padStart(4, '0')}`,
      )
      try {
        await isUp
        const response = await fetch(`${gateway.http}/v1/dossiers/bulk`, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/x-ndjson' },
          body: numbers.map((dossierNo) => `${JSON.stringify({ dossierNo, ...update(version) })}\n`).join(''),
        })
        let rest = ''
        for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
          const lines = (rest + chunk).split('\n')
          rest = lines.pop()!
          for (const { line, applied } of lines.map((text) => JSON.parse(text)))
            if (applied) acknowledge(numbers[line - 1]!, version)
        }
      } catch {
        refused++
        await delay(20)
      }
    }
  }
  const senders = [putter(1), putter(2), putter(3), uploader(4), uploader(5)]

  const socket = join(gateway.directory, 'data/redis/redis.sock')
  // A response from before the last kill may still arrive: then the next kill finds Redis not yet back.
  const killRedis = async () => {
    for (;;) {
      const { stdout } = spawnSync('redis-cli', ['-s', socket, 'info', 'server'], { encoding: 'utf8' })
      const pid = /process_id:(\d+)/.exec(stdout)?.[1]
      if (pid !== undefined) return process.kill(Number(pid), 'SIGKILL')
      await delay(50)
    }
  }
  for (let nth = 0; nth < kills; nth++) {
    const until = acknowledged + 20 + roll(200)
    while (acknowledged < until) await new Promise<void>((resolve) => (wake = resolve))
    const what = roll(3)
    if (what !== 0) await killRedis()
    if (what !== 1) {
      await gateway.kill('SIGKILL')
      isUp = gateway.start()
      await isUp
    }
  }
  isOver = true
  await Promise.all(senders)

  let wrong = 0
  for (const [dossierNo, version] of ledger) {
    let kept: { version?: number; publicNote?: string } = {}
    for (let status = 503; status === 503; ) {
      const response = await fetch(`${gateway.http}/v1/dossiers/${dossierNo}`, { headers })
      status = response.status
      kept = (await response.json()) as typeof kept
      if (status === 503) await delay(50) // Redis is just coming back from the last kill
    }
    if (!(kept.version! >= version) || kept.publicNote !== `version ${kept.version}`) wrong++
  }
  t.comment(
    `${acknowledged} acknowledged, ${refused} refused or cut off, ${ledger.size} dossiers, seed ${seed}`,
  )
  t.ok(ledger.size > 100)
  t.equal(wrong, 0, 'acknowledged updates that are missing or older')
})
