// Baselines run as separate processes, as the gateway does; each prints one line on stdout when it is ready.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Teardown } from '../peers/redis.js'

interface Child {
  readonly pid: number
  /** The first line it printed. */
  readonly said: string
  stop(): Promise<void>
}

/** Starts `node FILE ARGS` (TypeScript through tsx) and waits for its first line. */
export async function startScript(t: Teardown, file: string, ...args: string[]): Promise<Child> {
  const path = new URL(file, import.meta.url).pathname
  const child = spawn(process.execPath, ['--import=tsx', path, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const stop = () => end(child)
  t.teardown(stop)
  const said = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).once('line', resolve)
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)))
  })
  return { pid: child.pid!, said, stop }
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}
