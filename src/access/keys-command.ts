// The `keys` command: makes, lists and revokes keys, beside a running gateway or without one.
import { existsSync, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Config } from '../config/config.js'
import { exitCodes, GatewayError } from '../errors.js'
import type { Audit } from './audit.js'
import type { Grant, Keys } from './keys.js'
import { openSignatures } from './signature.js'

export interface KeysContext {
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

/** Runs `keys create|list|revoke`; resolves with the exit code. Throws GatewayError usage for what cannot be meant. */
export async function keysCommand({
  args,
  config,
  json,
  core: { keys, audit, secrets },
  print,
}: KeysContext): Promise<number> {
  const [action, ...rest] = args
  const who = `operator ${userInfo().username}`
  switch (action) {
    case 'create': {
      const grant = readGrant(rest, config)
      const { id, key, live } = await keys.create(grant)
      await audit.record({ who, what: 'keys.create', on: id, result: describe(grant) })
      const link =
        grant.kind === 'agency' ? undefined : `${publicUrl(config)}/enrol/${await keys.createLinkCode(key)}`
      if (json) print(JSON.stringify({ id, key, ...(link ? { link } : {}) }))
      else {
        print(`id   ${id}`)
        print(link ? `link ${link}` : `key  ${key}`)
        if (link) print(`key  ${key}   (only for a print agent; browsers use the link, once, within a day)`)
        print('This is shown once. Keep it safe.')
        if (live > 2)
          print(`${live} keys of this kind are live; two are enough for a rotation, revoke the oldest.`)
      }
      return exitCodes.ok
    }
    case 'list': {
      const all = await keys.list()
      if (json) print(JSON.stringify(all))
      else
        for (const { id, grant, createdAt, revokedAt } of all)
          print(`${id}  ${createdAt.slice(0, 16)}  ${revokedAt ? 'revoked' : 'live   '}  ${describe(grant)}`)
      return exitCodes.ok
    }
    case 'revoke': {
      const id = rest[0]
      if (!id) throw new GatewayError('usage', 'keys revoke ID', false)
      const done = await keys.revoke(id)
      await audit.record({ who, what: 'keys.revoke', on: id, result: done ? 'revoked' : 'unknown' })
      if (json) print(JSON.stringify({ id, revoked: done }))
      else print(done ? `${id} is revoked` : `there is no key ${id}`)
      return done ? exitCodes.ok : exitCodes.failed
    }
    case 'signing-secret': {
      const id = rest[0]
      if (!id) throw new GatewayError('usage', 'keys signing-secret ID', false)
      const isLive = (await keys.agencyOf(id)) !== undefined
      const secret = isLive ? openSignatures(secrets.phoneKey).secretOf(id) : undefined
      if (json) print(JSON.stringify({ id, ...(secret ? { secret } : {}) }))
      else print(secret ?? `there is no live agency key ${id}`)
      return isLive ? exitCodes.ok : exitCodes.failed
    }
    default:
      throw new GatewayError(
        'usage',
        'keys create --agency CODE [--agency CODE…] | --kiosk NAME | --desk ID | --monitor NAME\nkeys list\nkeys revoke ID\nkeys signing-secret ID',
        false,
      )
  }
}

function readGrant(args: readonly string[], config: Config): Grant {
  let values: { agency?: string[]; kiosk?: string; desk?: string; monitor?: string }
  try {
    values = parseArgs({
      args: [...args],
      options: {
        agency: { type: 'string', multiple: true },
        kiosk: { type: 'string' },
        desk: { type: 'string' },
        monitor: { type: 'string' },
      },
    }).values
  } catch {
    throw new GatewayError('usage', 'keys create: unknown option', false)
  }
  const { agency, kiosk, desk, monitor } = values
  if ([agency, kiosk, desk, monitor].filter((given) => given !== undefined).length !== 1)
    throw new GatewayError(
      'usage',
      'keys create: give --agency (once or more), or one of --kiosk, --desk, --monitor',
      false,
    )
  if (agency) {
    const codes = agency.map((code) => {
      const known = config.agencies.find((one) => one.code === code || one.aliases.includes(code))
      if (!known) throw new GatewayError('usage', `agency ${code} is not in the agencies file`, false)
      return known.code
    })
    return { kind: 'agency', agencies: [...new Set(codes)].sort() }
  }
  if (desk !== undefined) {
    if (!config.desks.some(({ id }) => id === desk))
      throw new GatewayError('usage', `desk ${desk} is not in the configuration`, false)
    return { kind: 'desk', desk }
  }
  const name = kiosk ?? monitor ?? ''
  if (!/^[\w-]{1,40}$/.test(name))
    throw new GatewayError('usage', 'a name has 1–40 letters, digits, - or _', false)
  return kiosk === undefined ? { kind: 'monitor', name } : { kind: 'kiosk', name }
}

// Where devices reach the gateway: what the operator says, else what the running gateway wrote down, else the configuration.
function publicUrl(config: Config): string {
  if (config.http.publicUrl) return config.http.publicUrl.replace(/\/$/, '')
  const file = join(config.dataDir, 'listening.json')
  if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { http: string }).http
  return `http://${config.http.host}:${config.http.port}`
}

function describe(grant: Grant): string {
  switch (grant.kind) {
    case 'agency':
      return `agency ${grant.agencies.join(' ')}`
    case 'desk':
      return `desk ${grant.desk}`
    default:
      return `${grant.kind} ${grant.name}`
  }
}
