// Whether the pull sources can be reached.
import { type Check, fail, ok } from './finding.js'

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
