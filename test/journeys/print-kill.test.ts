// kill -9, for real: the gateway and the print agent as processes of their own, shot at any moment of a slip's way. What
// kill-sweep.test.ts shows at every step in one process, this shows with the operating system doing the killing.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { Job } from '../../src/desk/contract.js'
import { startGateway } from '../peers/gateway.js'
import { openPaperTape } from '../peers/paper-tape.js'

// More rounds: KILL_ROUNDS=100. Each starts a new gateway and a new agent.
const rounds = Number(process.env.KILL_ROUNDS ?? 6)
// A round takes some 5 s, on a machine that is busy elsewhere 15 s.
const patienceMs = 100_000 + rounds * 30_000
t.setTimeout(patienceMs + 10_000)
const agencyCode = '000.00.15.H45'

t.test(
  `${rounds} kills of agent or gateway; every slip at most once, none lost`,
  { timeout: patienceMs },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'print-kill-'))
    t.teardown(() => rmSync(folder, { recursive: true, force: true }))
    const tape = await openPaperTape({ baudRate: 9600 })
    t.teardown(() => tape.close())
    const agencies = join(folder, 'agencies.yaml')
    writeFileSync(
      agencies,
      `- { code: ${agencyCode}, index: 15, name: Sở Xây dựng, shortName: So Xay dung, phone: '0257 3841 234', address: x }\n`,
    )
    const gateway = await startGateway(t, {
      agencies,
      desks: [{ id: 'quay-1', agency: agencyCode, name: 'Quầy 1', profile: 'epson-tm-t82' }],
    })
    const made = await gateway.command('keys', 'create', '--desk', 'quay-1', '--json')
    const { key } = JSON.parse(made.stdout) as { key: string }
    const keyFile = join(folder, 'key')
    writeFileSync(keyFile, key, { mode: 0o600 })
    const agencyKey = await gateway.agencyKey(agencyCode)

    let agent: ChildProcess
    const startAgent = () => {
      agent = spawn(
        process.execPath,
        [
          ...[
            'dist/main.js',
            'print-agent',
            '--url',
            gateway.http,
            '--desk',
            'quay-1',
            '--key-file',
            keyFile,
          ],
          ...['--port', tape.path, '--baud', '9600', '--profile', 'epson-tm-t82'],
          ...['--data', join(folder, 'agent'), '--poll-ms', '100'],
        ],
        { stdio: 'ignore' },
      )
    }
    const kill = async (child: ChildProcess) => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    startAgent()
    t.teardown(() => kill(agent))

    const ask = async (method: string, path: string, bearer: string, body?: unknown) => {
      const reply = await fetch(`${gateway.http}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${bearer}`,
          ...(body ? { 'content-type': 'application/json' } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
      if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status}`)
      return reply.json()
    }
    const jobs: { jobId: string; dossierNo: string }[] = []
    const state = async (jobId: string) =>
      (await ask('GET', `/v1/desks/quay-1/receipts/${jobId}`, key).catch(() => undefined)) as Job | undefined
    const until = async (is: () => Promise<boolean> | boolean) => {
      while (!(await is())) await new Promise((resolve) => setTimeout(resolve, 50))
    }

    for (let round = 0; round < rounds; round++) {
      const dossierNo = `${agencyCode}-190521-${String(1000 + round)}`
      await ask('PUT', `/v1/dossiers/${dossierNo}`, agencyKey, {
        dossierStatus: 'accepted',
        eventTime: '2019-05-21T08:30:00+07:00',
      })
      const before = tape.received
      const { jobId } = (await ask('POST', '/v1/desks/quay-1/receipts', key, { dossierNo })) as {
        jobId: string
      }
      jobs.push({ jobId, dossierNo })
      // From "just asked for" through "a third of it on paper" to "just told": seeded by the round.
      if (round % 4 !== 0)
        await until(
          async () =>
            tape.received > before + 60 * (round % 4) || (await state(jobId))?.state === 'confirmed',
        )
      if (round % 2 === 0) {
        await kill(agent!)
        startAgent()
      } else {
        // The gateway comes back on another port: the agent's address is gone with it.
        await gateway.kill('SIGKILL')
        await kill(agent!)
        await gateway.start()
        startAgent()
      }
    }
    const open = ['queued', 'claimed', 'sent']
    for (const { jobId } of jobs)
      await until(async () => !open.includes((await state(jobId))?.state ?? 'queued'))

    const ends: Record<string, number> = {}
    for (const { jobId, dossierNo } of jobs) {
      const job = (await state(jobId))!
      const papers = tape.slips.filter(({ text }) => text.includes(dossierNo))
      ends[job.state] = (ends[job.state] ?? 0) + 1
      t.ok(papers.length <= 1, `${dossierNo}: ${papers.length} slips, ${job.state}`)
      if (job.state === 'confirmed') t.ok(papers[0]?.complete, `${dossierNo} is whole`)
      else
        t.ok(['unconfirmed', 'failed'].includes(job.state), `${dossierNo} is left to a person: ${job.state}`)
    }
    t.comment(JSON.stringify(ends))
  },
)
