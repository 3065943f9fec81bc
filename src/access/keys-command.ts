// The `keys` command: creates, lists and revokes keys, with or without a running gateway.
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Config } from '../config/config.js'
import { agencyTyped } from '../dossier/agency.js'
import { writeTime } from '../dossier/times.js'
import { exitCodes, usageError } from '../errors.js'
import { type Audit, whoAtDesk } from './audit.js'
import type { Grant, Keys } from './keys.js'
import { openSignatures } from './signature.js'

interface KeysContext {
  readonly args: readonly string[]
  readonly config: Config
  readonly json: boolean
  readonly core: {
    readonly keys: Keys
    readonly audit: Pick<Audit, 'record'>
    readonly secrets: { readonly phoneKey: string }
  }
  print(text: string): void
}

const usage = `keys create --agency CODE [--agency CODE…] | --kiosk NAME | --desk ID [--person NAME] | --monitor NAME [--agency CODE…]
keys list
keys revoke ID
keys signing-secret ID`

const actions: Record<string, (context: KeysContext, rest: readonly string[]) => Promise<number>> = {
  create,
  list,
  revoke,
  'signing-secret': signingSecret,
}

/**
 * Runs `keys create|list|revoke|signing-secret`; resolves with the exit code. Throws GatewayError usage for invalid arguments.
 */
export async function keysCommand(context: KeysContext): Promise<number> {
  const [action = '', ...rest] = context.args
  const run = Object.hasOwn(actions, action) ? actions[action] : undefined
  if (!run) throw usageError(usage)
  return run(context, rest)
}

const operator = () => `operator ${userInfo().username}`

async function create({ config, json, core: { keys, audit }, print }: KeysContext, rest: readonly string[]) {
  const grant = readGrant(rest, config)
  const { id, key, live } = await keys.create(grant)
  await audit.record({ who: operator(), what: 'keys.create', on: id, result: describe(grant) })
  const link =
    grant.kind === 'agency' ? undefined : `${publicUrl(config)}/enrol/${await keys.createLinkCode(key)}`
  if (json) print(JSON.stringify({ id, key, ...(link ? { link } : {}) }))
  else {
    print(`id   ${id}`)
    print(link ? `link ${link}` : `key  ${key}`)
    if (link)
      print(
        `key  ${key}   (only for ${grant.kind === 'desk' ? 'a print agent' : 'programs'}; browsers use the link, once, within a day)`,
      )
    if (link && /^https?:\/\/(0\.0\.0\.0|\[::\]):/.test(link))
      print(
        'Put the name of this machine in place of its host, or set http.publicUrl to the address of devices.',
      )
    print('This is shown once. Keep it safe.')
    if (live > 2)
      print(`${live} keys of this kind are live; two are enough for a rotation, revoke the oldest.`)
  }
  return exitCodes.ok
}

async function list({ json, core: { keys }, print }: KeysContext) {
  const all = await keys.list()
  if (json) print(JSON.stringify(all))
  else if (all.length === 0) print('no keys')
  else
    for (const { id, grant, createdAt, revokedAt } of all)
      print(
        `${id}  ${writeTime(Date.parse(createdAt))}  ${revokedAt ? 'revoked' : 'live   '}  ${describe(grant)}`,
      )
  return exitCodes.ok
}

async function revoke({ json, core: { keys, audit }, print }: KeysContext, [typed]: readonly string[]) {
  if (!typed) throw usageError(usage)
  const id = idIn(typed)
  const done = await keys.revoke(id)
  const on = keyIdForm.test(id) ? id : ''
  await audit.record({ who: operator(), what: 'keys.revoke', on, result: done ? 'revoked' : 'unknown' })
  if (json) print(JSON.stringify({ id, revoked: done }))
  else print(done ? `${id} is revoked` : `there is no key ${id}`)
  return done ? exitCodes.ok : exitCodes.failed
}

async function signingSecret(
  { json, core: { keys, audit, secrets }, print }: KeysContext,
  [typed]: readonly string[],
) {
  if (!typed) throw usageError(usage)
  const id = idIn(typed)
  const isLive = (await keys.agencyOf(id)) !== undefined
  const secret = isLive ? openSignatures(secrets.phoneKey).secretOf(id) : undefined
  if (secret) await audit.record({ who: operator(), what: 'keys.signing-secret', on: id, result: 'shown' })
  if (json) print(JSON.stringify({ id, ...(secret ? { secret } : {}) }))
  else print(secret ?? `there is no live agency key ${id}`)
  return isLive ? exitCodes.ok : exitCodes.failed
}

function readGrant(args: readonly string[], config: Config): Grant {
  const text = { type: 'string' } as const
  const options = {
    agency: { ...text, multiple: true },
    kiosk: text,
    desk: text,
    monitor: text,
    person: text,
  } as const
  const { agency, kiosk, desk, monitor, person } = (() => {
    try {
      return parseArgs({ args: [...args], options }).values
    } catch (error) {
      throw usageError((error as Error).message)
    }
  })()
  const devices = [kiosk, desk, monitor].filter((given) => given !== undefined).length
  if (devices > 1 || (devices === 0 && !agency) || (agency && (kiosk ?? desk) !== undefined))
    throw usageError('keys create: give --agency (once or more), or one of --kiosk, --desk, --monitor')
  if (person !== undefined && desk === undefined) throw usageError('--person goes with --desk')
  const codes = agency && [...new Set(agency.map((code) => agencyTyped(code, config.agencies).code))].sort()
  if (desk !== undefined) {
    if (!config.desks.some(({ id }) => id === desk))
      throw usageError(`desk ${desk} is not in the configuration`)
    return { kind: 'desk', desk, ...(person === undefined ? {} : { person: checkedPerson(person) }) }
  }
  if (kiosk !== undefined) return { kind: 'kiosk', name: checkedName(kiosk) }
  if (monitor === undefined) return { kind: 'agency', agencies: codes! }
  return { kind: 'monitor', name: checkedName(monitor), ...(codes ? { agencies: codes } : {}) }
}

function checkedPerson(person: string): string {
  if (!/^[\p{L}\p{M}\p{N} ._-]{1,60}$/u.test(person))
    throw usageError('a person has 1–60 letters, digits, blanks, . - or _')
  // It goes into the audit trail with whatever that person does.
  if (/\d(?:[ ._-]?\d){8}/.test(person))
    throw usageError('--person is a name or a staff number, never a telephone or identity number')
  return person
}

const keyIdForm = /^[0-9a-f]{12}$/

/** The key's id, typed alone or as part of the whole key; the secret part is never repeated. */
const idIn = (typed: string) =>
  /^(?:dgw_)?([0-9a-f]{12})(?:_|$)/i.exec(typed.trim())?.[1]?.toLowerCase() ?? typed.trim().slice(0, 16)

function checkedName(name: string): string {
  if (!/^[\w-]{1,40}$/.test(name)) throw usageError('a name has 1–40 letters, digits, - or _')
  return name
}

// The URL devices use: http.publicUrl, else what the running gateway wrote to listening.json, else the configured address.
function publicUrl(config: Config): string {
  if (config.http.publicUrl) return config.http.publicUrl.replace(/\/$/, '')
  const file = join(config.dataDir, 'listening.json')
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { http: string }).http
  } catch {} // no gateway has run yet, or it was started on a full disk
  const { host, port, tls } = config.http
  return `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

function describe(grant: Grant): string {
  switch (grant.kind) {
    case 'agency':
      return `agency ${grant.agencies.join(' ')}`
    case 'desk':
      return whoAtDesk(grant.desk, grant.person)
    case 'monitor':
      return `monitor ${grant.name}${grant.agencies ? ` of ${grant.agencies.join(' ')}` : ''}`
    case 'kiosk':
      return `kiosk ${grant.name}`
  }
}
