// Whether the running gateway itself can do its work: the other checks use the configuration as it is now in the file, and the
// gateway may run with the one from before a change.
import { type Check, fail } from './finding.js'
import type { Running } from './running.js'

/** What /readyz of the running gateway fails. */
export const checkReadiness: Check = async ({ running }) =>
  (running ? await failing(running) : []).map((name) =>
    fail(
      `gateway ${name}`,
      `the running gateway fails its own check of ${name} (/readyz)`,
      'mend what is said of it below; if nothing is, the gateway runs with former settings: systemctl restart dossier-gateway',
    ),
  )

async function failing({ admin }: Running): Promise<string[]> {
  try {
    const answer = await fetch(`${admin}/readyz`, { signal: AbortSignal.timeout(2000) })
    const { checks } = (await answer.json()) as { checks: Record<string, string> }
    return Object.keys(checks).filter((name) => checks[name] === 'fail')
  } catch {
    return [] // it ended meanwhile, or is busy; the checks of the store and the machine say why
  }
}
