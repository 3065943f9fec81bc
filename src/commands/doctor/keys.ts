// Whether every agency and desk that needs a key has one.
import { openKeys } from '../../access/keys.js'
import { type Finding, ok, warn } from './finding.js'
import { inStore } from './store.js'

export const checkKeys = inStore(async (door, config) => {
  const live = (await openKeys(door).list()).filter(({ revokedAt }) => !revokedAt)
  const findings: Finding[] = []
  const pushing = new Set(live.flatMap(({ grant }) => (grant.kind === 'agency' ? grant.agencies : [])))
  const known = new Set(config.agencies.flatMap(({ code, aliases }) => [code, ...aliases]))
  const gone = [...pushing].filter((code) => !known.has(code))
  if (gone.length > 0)
    findings.push(
      warn(
        'keys',
        `live keys name ${shortList(gone)}, which no entry of the agencies file has: its updates are refused, and numbers printed for it are called mistyped`,
        'put the entry back with its index (a closed office keeps one, with retired and servedBy), or keys revoke the key',
      ),
    )
  const pulled = new Set(config.sources.flatMap(({ agencies }) => agencies))
  const isPulled = (code: string) =>
    pulled.has(code) || config.sources.some(({ agencies }) => agencies.length === 0)
  const mute = config.agencies.filter(
    ({ code, retired }) => !retired && !pushing.has(code) && !isPulled(code),
  )
  if (mute.length > 0)
    findings.push(
      warn(
        'keys',
        `${mute.length} of ${config.agencies.length} agencies have neither a key nor a source, so nothing is known of their dossiers: ${shortList(mute.map(({ code }) => code))}`,
        `keys create --agency ${mute[0]!.code}`,
      ),
    )
  const byGrant = new Map<string, number>()
  for (const { grant } of live)
    byGrant.set(JSON.stringify(grant), (byGrant.get(JSON.stringify(grant)) ?? 0) + 1)
  for (const [grant, count] of byGrant)
    if (count > 2)
      findings.push(
        warn(
          'keys',
          `${count} live keys for ${grant}`,
          'two are enough for a rotation: keys list, then keys revoke the oldest',
        ),
      )
  for (const { id } of config.desks)
    if (!live.some(({ grant }) => grant.kind === 'desk' && grant.desk === id))
      findings.push(
        warn(
          `desk ${id}`,
          'no browser is enrolled',
          `keys create --desk ${id}, and open the link at the desk`,
        ),
      )
  return findings.length > 0 ? findings : [ok('keys', `${live.length} live`)]
})

const shortList = (words: readonly string[]) =>
  words.length > 4 ? `${words.slice(0, 4).join(', ')} …` : words.join(', ')
