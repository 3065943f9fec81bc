// Finds the running gateway by the file that it writes when it starts to listen.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A gateway running on this configuration. */
export interface Running {
  readonly pid: number
  readonly http: string
  readonly admin: string
}

/** The gateway running on this dataDir, if its process is alive and /livez answers. */
export async function findRunning(dataDir: string): Promise<Running | undefined> {
  try {
    const running = JSON.parse(readFileSync(join(dataDir, 'listening.json'), 'utf8')) as Running
    process.kill(running.pid, 0)
    const answer = await fetch(`${running.admin}/livez`, { signal: AbortSignal.timeout(2000) })
    return answer.ok ? running : undefined
  } catch {
    return undefined
  }
}
