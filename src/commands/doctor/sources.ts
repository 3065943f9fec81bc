// Whether the pull sources answer, and which of their records could not be read.

import { openSource } from '../../agency/sources/kinds.js'
import type { SourceConfig } from '../../agency/sources/settings.js'
import { openStatuses } from '../../agency/sources/statuses.js'
import { readUnread } from '../../agency/sources/unread.js'
import { shownAddress } from '../../config/web-address.js'
import { GatewayError } from '../../errors.js'
import { type Check, type Finding, fail, ok, warn } from './finding.js'
import { inStore } from './store.js'

export const checkSources: Check = ({ config }) => Promise.all(config.sources.map(tryPage))

// The first page, as a poll asks for it: a wrong secret is found by logging in, not by reaching the address.
async function tryPage(source: SourceConfig, at: number): Promise<Finding> {
  const check = `sources[${at}]`
  const signal = AbortSignal.timeout(10_000)
  try {
    const { records } = await openSource(source).page({ signal })
    return ok(check, `${shownAddress(source.url)} answers; ${records.length} records on its first page`)
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    const says = signal.aborted ? 'no answer within 10 s' : error.message
    return fail(check, `${shownAddress(source.url)}: ${says}`, cureOf(error.code, says))
  }
}

function cureOf(code: string, says: string): string {
  if (/CERT|ISSUER|SELF_SIGNED|ERR_TLS/.test(says))
    return 'the certificate is not trusted: have it renewed, or name its authority in NODE_EXTRA_CA_CERTS'
  if (code === 'source-refused') return 'check its url, clientId, clientSecret and options'
  if (/HTTP/.test(says) && !/redirects/.test(says)) return 'ask who runs it, if it stays so'
  return /reached|in time|within/.test(says)
    ? 'check url, the VPN and the firewall'
    : 'check url; `sources try` shows what comes'
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
