// The `smsc` and `outbox` commands: the links as they are now, and the replies that could not be sent.
import type { Config } from '../config/config.js'
import { exitCodes, usageError } from '../errors.js'
import { silentLog } from '../log.js'
import type { RedisDoor } from '../redis/connection.js'
import { openInstance } from '../redis/instance.js'
import { mask, openPhoneKeys } from './msisdn.js'
import { type Ledger, openLedger } from './pipeline/ledger.js'
import { type LiveLink, readViews } from './views.js'

interface SmsCommandContext {
  readonly args: readonly string[]
  readonly config: Config
  readonly json: boolean
  readonly core: { readonly door: RedisDoor; readonly secrets: { readonly phoneKey: string } }
  print(text: string): void
}

/** `smsc`: every link of every running gateway. Exit code 1 when a configured link is bound nowhere. */
export async function smscCommand({
  config,
  json,
  core: { door },
  print,
}: SmsCommandContext): Promise<number> {
  const live = await readViews(door)
  const isBound = (name: string) =>
    live.some(({ link, binds }) => link === name && binds.some(({ state }) => state === 'bound'))
  const lost = config.sms.links.filter(({ name }) => !isBound(name)).map(({ name }) => name)
  if (json) print(JSON.stringify({ links: live, notBound: lost }))
  else {
    for (const link of live) show(link, print)
    if (live.length === 0) print('no gateway with SMS links is running')
    for (const name of lost) print(`${name}: bound nowhere`)
  }
  return lost.length === 0 ? exitCodes.ok : exitCodes.failed
}

function show(view: LiveLink, print: (text: string) => void): void {
  const pace = view.throughput === null ? 'no limit' : `${view.throughput} segments/s`
  print(
    `${view.link}  ${view.peer}  short code ${view.shortCode}  window ${view.window}  ${pace}  gateway ${view.gateway}`,
  )
  print(
    `  received ${view.received}  sent ${view.sent}  throttled ${view.throttled}  waiting ${view.waiting}`,
  )
  for (const bind of view.binds) {
    const since = bind.boundSince ? ` since ${bind.boundSince}` : ''
    const error = bind.lastError ? `  last error: ${bind.lastError}` : ''
    print(`  ${bind.bind}  ${bind.mode}  ${bind.state}${since}  in flight ${bind.inFlight}${error}`)
  }
}

/** `outbox list` shows what could not be sent, by link and reason; `outbox retry ID… | --all` puts it back. */
export async function outboxCommand(context: SmsCommandContext): Promise<number> {
  const [action, ...rest] = context.args
  if (action !== 'list' && action !== 'retry') throw usageError('outbox list | retry ID… | retry --all')
  return withLedgers(context, async (ledgers) => {
    const dead = (await Promise.all(ledgers.map((ledger) => ledger.dead(10_000)))).flat()
    if (action === 'list') return list(context, ledgers, dead)
    const ids = rest.includes('--all') ? dead.map(({ id }) => id) : rest
    if (ids.length === 0) throw usageError('outbox retry ID… | --all')
    const missing: string[] = []
    for (const id of ids) {
      const back = await Promise.all(ledgers.map((ledger) => ledger.revive(id)))
      if (!back.includes(true)) missing.push(id)
    }
    const revived = ids.length - missing.length
    if (context.json) context.print(JSON.stringify({ revived, missing }))
    else {
      context.print(`${revived} put back; a gateway that has the link bound answers them`)
      for (const id of missing) context.print(`there is no ${id}`)
    }
    return missing.length === 0 ? exitCodes.ok : exitCodes.failed
  })
}

type Dead = Awaited<ReturnType<Ledger['dead']>>[number]

async function list(
  { json, print }: SmsCommandContext,
  ledgers: readonly Ledger[],
  dead: readonly Dead[],
): Promise<number> {
  const links = await Promise.all(
    ledgers.map(async (ledger) => ({
      link: ledger.link,
      waiting: await ledger.waiting(),
      ended: await ledger.ends(),
    })),
  )
  const shown = dead.map(({ phone, ...rest }) => ({ ...rest, ...(phone ? { from: mask(phone) } : {}) }))
  if (json) print(JSON.stringify({ links, dead: shown }))
  else {
    for (const { link, waiting, ended } of links) {
      const counts = Object.entries(ended).map(([reason, count]) => `${reason} ${count}`)
      print(`${link}  waiting ${waiting}  ${counts.join('  ')}`)
    }
    for (const { id, link, at, reason, action, from } of shown)
      print(`${id}  ${at}  ${link}  ${reason}  ${action ?? ''}  ${from ?? ''}`)
    if (shown.length === 0) print('nothing is waiting for a person')
  }
  return exitCodes.ok
}

async function withLedgers(
  { config, core: { door, secrets } }: SmsCommandContext,
  run: (ledgers: Ledger[]) => Promise<number>,
): Promise<number> {
  const instance = await openInstance(door, silentLog)
  try {
    const keys = openPhoneKeys(secrets.phoneKey)
    const ledgers = config.sms.links.map(({ name }) => openLedger(door, instance, name, keys))
    return await run(ledgers)
  } finally {
    await instance.close()
  }
}
