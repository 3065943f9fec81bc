// What is up right now, read from other rooms on request. Only shapes are declared here, so this room imports none of them.
import type { Live } from './contract.js'

export interface LiveSources {
  /** sms: links with their sessions. */
  links(): readonly {
    readonly link: string
    readonly binds: readonly {
      readonly state: string
      readonly boundSince?: string
      readonly lastError?: string
    }[]
  }[]
  /** desk: ids of the desks, and the view of one. */
  desks(): Iterable<string>
  desk(id: string): Promise<{
    readonly desk: string
    readonly name: string
    readonly agency: { readonly code: string }
    readonly printer: { readonly state: string; readonly since: string }
  }>
  checks(): { status: 'pass' | 'warn' | 'fail'; checks: Live['checks'] }
}

export const nothingLive: LiveSources = {
  links: () => [],
  desks: () => [],
  desk: () => Promise.reject(new Error('no desks')),
  checks: () => ({ status: 'pass', checks: {} }),
}

/** A link is up when all of its sessions are bound. */
export function readLinks(sources: LiveSources): Live['links'] {
  return sources.links().map(({ link, binds }) => {
    const bound = binds.filter(({ state }) => state === 'bound')
    const since = bound.map(({ boundSince }) => boundSince ?? '').sort()[0]
    const note = binds.find(({ lastError }) => lastError)?.lastError
    return {
      name: link,
      up: bound.length === binds.length && binds.length > 0,
      ...(since ? { since } : {}),
      ...(note ? { note } : {}),
    }
  })
}

/** Printers of every desk, or of the desks of some agencies. */
export async function readPrinters(
  sources: LiveSources,
  only: ReadonlySet<string> | undefined,
): Promise<Live['printers']> {
  const views = await Promise.all([...sources.desks()].map((id) => sources.desk(id)))
  return views
    .filter(({ agency }) => only?.has(agency.code) ?? true)
    .map(({ desk, name, printer }) => ({ desk, name, state: printer.state, since: printer.since }))
}
