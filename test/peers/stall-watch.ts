// Measures how long a gateway stalls under an attack: a worker thread requests /livez every few milliseconds over one
// connection and records the longest delay. Memory is read from /proc.
import { readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

export interface Stall {
  /** The longest time between a request and its response. */
  readonly longestMs: number
  readonly answers: number
  /** How much the resident memory of the process rose above its initial value. */
  readonly risenMiB: number
}

const asker = `
const { parentPort, workerData } = require('node:worker_threads')
const http = require('node:http')
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
let longestMs = 0, answers = 0, isOver = false
const ask = () => {
  if (isOver) return parentPort.postMessage({ longestMs, answers })
  const asked = performance.now()
  const done = () => {
    longestMs = Math.max(longestMs, performance.now() - asked)
    answers++
    setTimeout(ask, 5)
  }
  http.get(workerData.url + '/livez', { agent }, (answer) => answer.resume().once('end', done)).once('error', done)
}
parentPort.once('message', () => { isOver = true })
ask()`

/** Watches while `run` runs. */
export async function watchStalls(url: string, pid: number, run: () => Promise<unknown>): Promise<Stall> {
  const worker = new Worker(asker, { eval: true, workerData: { url } })
  const before = residentMiB(pid)
  let most = before
  const sampling = setInterval(() => {
    most = Math.max(most, residentMiB(pid))
  }, 25)
  try {
    await run()
    const told = new Promise<{ longestMs: number; answers: number }>((resolve) =>
      worker.once('message', resolve),
    )
    worker.postMessage('over')
    return { ...(await told), risenMiB: Math.max(most, residentMiB(pid)) - before }
  } finally {
    clearInterval(sampling)
    await worker.terminate()
  }
}

function residentMiB(pid: number): number {
  const [, kib = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kib) / 1024
}
