// Whether the pull sources can be reached, and which of their records could not be read.

import { openStatuses } from '../../agency/sources/statuses.js'
import { readUnread } from '../../agency/sources/unread.js'
import { type Check, fail, ok, warn } from './finding.js'
import { inStore } from './store.js'

export const checkSources: Check = async ({ config }) => {
  return Promise.all(
    config.sources.map(async ({ url }, at) => {
      try {
        await fetch(url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(5000) })
        return ok(`sources[${at}]`, `${url} answers`)
      } catch (error) {
        const cause = (error as { cause?: { code?: string } }).cause?.code ?? 'no answer within 5 s'
        return fail(
          `sources[${at}]`,
          `${url} cannot be reached (${cause})`,
          'check url, the VPN and the firewall',
        )
      }
    }),
  )
}

/** Records of the last week that could not be read, each with the setting that would help. */
export const checkUnread = inStore(async (door, { sources }) => {
  const findings = await Promise.all(
    sources.map(async ({ name, kind, statuses }, at) => {
      const statusOf = openStatuses(kind, statuses)
      const unread = await readUnread(door, name, Date.now())
      return unread
        .filter(({ reason, word }) => reason !== 'unknown-status' || statusOf(word) === 'unknown-status')
        .filter(({ reason }) => reason !== 'ignored-status' && reason !== 'foreign-agency')
        .map(({ reason, word }) =>
          reason === 'unknown-status'
            ? warn(
                `sources[${at}]`,
                `${name} sends the state ${JSON.stringify(word)}, which is not mapped; its dossiers are answered "unavailable"`,
                `add to sources[${at}].statuses: ${JSON.stringify(word)}: <one of the ten states, or ignore>`,
              )
            : warn(
                `sources[${at}]`,
                `${name} sends records that cannot be read (${reason})`,
                `sources try ${name} shows them`,
              ),
        )
    }),
  )
  return findings.flat()
})
