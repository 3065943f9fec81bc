// The SMS room's entry: opens every configured link, maintains them all once a second, applies changed settings, and
// closes them in an order that loses nothing.
import type { ComplaintTaker, Reply } from '../complaints/contract.js'
import type { Config } from '../config/config.js'
import { type Agency, answeringAgencies } from '../dossier/agency.js'
import type { BeginLookup, LookupResult } from '../dossier/lookup.js'
import type { Numbers } from '../dossier/numbers/numbers.js'
import { ignoreUnreadable } from '../dossier/store/record.js'
import type { DossierStore } from '../dossier/store/store.js'
import type { TellTruth } from '../dossier/truth.js'
import type { Words } from '../dossier/wording.js'
import { ignoreOutage } from '../errors.js'
import type { Log } from '../log.js'
import type { Metrics } from '../metrics.js'
import type { RedisDoor } from '../redis/connection.js'
import type { Instance } from '../redis/instance.js'
import { HttpLink } from './carriers/http/http-link.js'
import { openPhoneMemory } from './conversation/phone-memory.js'
import type { Notice } from './conversation/speaking.js'
import { openWatches } from './conversation/watch.js'
import { type Link, madeOf, openLink } from './link.js'
import { openPhoneKeys } from './msisdn.js'
import { openLeftBehind } from './pipeline/left-behind.js'
import type { LinkConfig, SmsConfig } from './settings.js'
import { canSend, dropViews, type LiveLink, readViews, writeViews } from './views.js'

interface SmsDeps {
  readonly config: Config['sms']
  readonly door: RedisDoor
  readonly instance: Instance
  readonly log: Log
  readonly metrics: Metrics
  readonly beginLookup: BeginLookup
  readonly numbers: Pick<Numbers, 'find' | 'read'>
  readonly store: DossierStore
  readonly agencies: readonly Agency[]
  /** The office's telephone for citizens, given in help; empty where there is none. */
  readonly hotline: string
  readonly complaints: ComplaintTaker
  /** The clock that quiet hours go by. */
  readonly now?: () => number
  readonly truthOf: TellTruth
  readonly words: Readonly<Record<'vi' | 'en', Words>>
  /** How long dead letters are kept for a person to look at. */
  readonly messageTextHours: number
  /** 64 hex digits. */
  readonly phoneKey: string
  /** Address of the public listener as others reach it (http.publicUrl). */
  readonly publicUrl?: string | undefined
}

const tendMs = 1000
const purgeEveryMs = 600_000
const leftBehindEveryMs = 5000
// A change is reported once, even when the process reporting it died and was gone for long.
const noticeMarkSeconds = 7 * 86_400

/** Opens the SMS channel; links bind in the background. Throws GatewayError redis-unavailable when Redis is away. */
export async function openSms(deps: SmsDeps) {
  const { door, log, metrics } = deps
  const keys = openPhoneKeys(deps.phoneKey)
  const depth = metrics.gauge('gateway_sms_queue_depth', 'questions taken and not yet answered', ['bind'])
  const oldest = metrics.gauge('gateway_sms_queue_oldest_seconds', 'age of the oldest of them', ['bind'])
  const agencies = answeringAgencies(deps.agencies, deps.hotline)
  let config = deps.config
  let links = new Map<string, Link>()
  /** Links that a reload is closing. */
  const closing = new Set<Link>()
  let reloaded = Promise.resolve()
  let isClosed = false

  const memory = openPhoneMemory(door, keys, deps.now)
  await memory.tend()
  const watches = await openWatches({
    get config() {
      return config
    },
    door,
    instance: deps.instance,
    store: deps.store,
    keys,
    read: deps.numbers.read,
    send: sendNotice,
    canSend: (link) => senderOf(link) !== undefined,
    present,
    now: deps.now ?? Date.now,
    log,
    metrics,
  })

  // The link on which the watch was requested. For an agency's notice, or if that link is gone or can only answer, the first
  // link that can send.
  const senderOf = (link: string | undefined): Link | undefined => {
    const its = link === undefined ? undefined : links.get(link)
    return its?.carrier.sendsUnasked ? its : [...links.values()].find(({ carrier }) => carrier.sendsUnasked)
  }
  async function sendNotice(link: string | undefined, mark: string, notice: Notice): Promise<boolean> {
    // Wait for a reload to end: during one there may be no link for a moment, and this notice would be lost.
    await reloaded
    const its = senderOf(link)
    if (!its) return false
    await its.notify(mark, notice, noticeMarkSeconds)
    return true
  }

  const sendReply = ({ ticket, complainant: { link, phone, subject, language } }: Reply) =>
    sendNotice(link, `c:${ticket}`, {
      question: { action: 'reply', number: ticket, language, accents: false },
      phone,
      subject,
      receivedAt: Date.now(),
    })

  async function present(number: string): Promise<LookupResult> {
    const reading = deps.numbers.read(number)
    if (reading.kind === 'unreadable') return { kind: 'unreadable', reason: reading.reason }
    const level = reading.kind === 'lookupNumber' ? 'full' : 'basic'
    const now = Date.now()
    const dossier = await deps.store.read(reading.dossierNo, now, level === 'full').catch(ignoreUnreadable)
    const agency = dossier && agencies.get(dossier.dossierNo.agency)
    if (!agency) return { kind: 'unknown', dossierNo: reading.dossierNo }
    return { kind: 'found', level, dossier, agency, truth: deps.truthOf(dossier, now) }
  }

  const open = (linkConfig: LinkConfig): Link =>
    openLink(linkConfig, { ...deps, keys, settings: () => config, memory, watches, present })

  for (const linkConfig of config.enabled ? config.links : []) links.set(linkConfig.name, open(linkConfig))
  if (links.size > 0) tellSpend(config, log)

  // Hands the unanswered texts of a link that was renamed, or that has another carrier now, to the link that took its place.
  async function handOver(wanted: readonly LinkConfig[]): Promise<void> {
    const removed = [...links.values()].filter(
      ({ config: its }) => !wanted.some(({ name }) => name === its.name),
    )
    const added = wanted.filter(({ name }) => !links.has(name))
    for (const { config: its, ledger } of removed) {
      const isSame = ({ shortCode }: LinkConfig) => shortCode === its.shortCode
      const [heir, another] = added.filter(isSame)
      // With two candidates for one short code it is unknown which took whose place.
      if (!heir || another || removed.filter((one) => isSame(one.config)).length > 1) continue
      await ledger.handTo(heir.name).then(
        (texts) =>
          log.info(
            { evt: 'sms.handed-over', from: its.name, to: heir.name, texts },
            'A link has taken the place of another, with the texts that it had not answered',
          ),
        (error) =>
          log.warn(
            { evt: 'sms.not-handed-over', from: its.name, to: heir.name, err: error },
            'A link has taken the place of another, whose unanswered texts stay where they are',
          ),
      )
    }
  }

  const views = (): LiveLink[] =>
    [...links.values()].map(({ carrier, outbox }) => ({
      gateway: deps.instance.id,
      waiting: outbox.size,
      ...carrier.view(),
    }))

  /** Links that another gateway can send by. */
  let upElsewhere: ReadonlySet<string> = new Set()
  // The peer's limit is shared by all gateways bound to it.
  async function share(): Promise<void> {
    await writeViews(door, deps.instance.id, views())
    const live = await readViews(door)
    upElsewhere = new Set(
      live.filter((one) => one.gateway !== deps.instance.id && canSend(one)).map(({ link }) => link),
    )
    for (const { config: its, carrier } of links.values()) {
      const others = live.filter(
        ({ link, gateway, binds }) =>
          link === its.name && gateway !== deps.instance.id && binds.some(({ state }) => state === 'bound'),
      )
      carrier.shareWith(1 + new Set(others.map(({ gateway }) => gateway)).size)
    }
  }

  const leftBehind = openLeftBehind({
    door,
    instance: deps.instance,
    keys,
    log,
    metrics,
    send: (mark, notice) => sendNotice(undefined, mark, notice),
  })
  let nextLeftBehindAt = Number.NEGATIVE_INFINITY
  async function tendLeftBehind(): Promise<void> {
    if (performance.now() < nextLeftBehindAt || closing.size > 0) return
    nextLeftBehindAt = performance.now() + leftBehindEveryMs
    const now = Date.now()
    const textsBefore = now - config.replyMaxAgeSeconds * 1000
    await leftBehind.tend([...links.keys()], textsBefore, now - deps.messageTextHours * 3_600_000)
  }
  let isTending = false
  let nextPurgeAt = Number.NEGATIVE_INFINITY
  async function tend(): Promise<void> {
    if (isTending) return
    isTending = true
    const isPurgeDue = performance.now() > nextPurgeAt
    if (isPurgeDue) nextPurgeAt = performance.now() + purgeEveryMs
    for (const link of links.values()) {
      const now = Date.now()
      const bind = link.config.name
      if (links.get(bind) !== link) continue // a reload has come between
      depth.set({ bind }, link.outbox.size)
      oldest.set({ bind }, link.outbox.oldestMs(now) / 1000)
      if (isPurgeDue)
        await link.ledger.dropDeadBefore(now - deps.messageTextHours * 3_600_000).catch(() => undefined)
      if (closing.has(link)) continue
      // Redis may go away at any moment; the next second tries again.
      await link.tend(now, upElsewhere.has(bind)).catch((error) => {
        if (door.isReady())
          log.warn(
            { evt: 'sms.tend-failed', link: bind, err: error },
            'A step of a link failed and is tried again within a second',
          )
      })
    }
    if (links.size > 0 && door.isReady()) await share().catch(() => undefined)
    if (door.isReady()) await tendLeftBehind().catch(() => undefined)
    await memory.tend().catch(() => undefined)
    await deps.complaints.tendReplies(sendReply).catch((error) => {
      if (door.isReady())
        log.warn(
          { evt: 'sms.replies-failed', err: error },
          'Answers to complaints could not be handed to a link; they are tried again within a second',
        )
    })
    await watches.tend().catch((error) => {
      if (door.isReady())
        log.warn(
          { evt: 'sms.notices-failed', err: error },
          'Notices could not be handed to a link; they are tried again within a second',
        )
    })
    isTending = false
  }
  const timer = setInterval(() => void tend(), tendMs)
  const unlisten = door.onReadyChange((isReady) => {
    if (isReady) for (const link of links.values()) link.outbox.wake()
  })

  return {
    /** For health: `fail` when nothing is bound, `warn` when some session is not; undefined without a link. */
    state: (): 'pass' | 'warn' | 'fail' | undefined => {
      if (links.size === 0) return undefined
      const states = [...links.values()].map(({ carrier }) => carrier.state)
      if (states.every((state) => state === 'pass')) return 'pass'
      return states.every((state) => state === 'fail') ? 'fail' : 'warn'
    },
    views,
    /** The link of this name, if its texts travel over HTTP. */
    httpLink(name: string): HttpLink | undefined {
      const { carrier } = links.get(name) ?? {}
      return carrier instanceof HttpLink ? carrier : undefined
    },
    /** Settings may change while running: changed links are unbound and rebound, the others stay bound. */
    async reload(next: Config['sms']): Promise<void> {
      config = next
      let done = () => {}
      reloaded = new Promise((resolve) => {
        done = resolve
      })
      try {
        const wanted = next.enabled ? next.links : []
        const kept = unchanged(links, wanted)
        for (const link of kept.values()) link.renew()
        // Until all are closed, the old links stay registered under their names and ask peers to retry.
        for (const [name, link] of links) if (!kept.has(name)) closing.add(link)
        await Promise.all([...closing].map((link) => link.close()))
        for (const { config: its } of closing)
          for (const gauge of [depth, oldest]) gauge.remove({ bind: its.name })
        if (isClosed) return
        await handOver(wanted)
        links = new Map(wanted.map((its) => [its.name, kept.get(its.name) ?? open(its)]))
        // At once: a link may be removed again before it is tended.
        void leftBehind.note([...links.keys()]).catch(ignoreOutage)
      } finally {
        closing.clear()
        done()
      }
    },
    /** Stops receiving, drains the windows, unbinds. Unanswered texts stay in Redis. */
    async close(): Promise<void> {
      isClosed = true
      clearInterval(timer)
      unlisten()
      await Promise.all([...links.values()].map((link) => link.close()))
      await dropViews(door, deps.instance.id)
    },
  }
}

/** The open links whose options a reload does not change. */
function unchanged(links: ReadonlyMap<string, Link>, wanted: readonly LinkConfig[]): Map<string, Link> {
  const kept = wanted.flatMap((its) => {
    const link = links.get(its.name)
    return link && madeOf(its) === madeOf(link.config) ? [[its.name, link] as const] : []
  })
  return new Map(kept)
}

/** Logs at start what texts may cost, whichever way it was set. */
function tellSpend({ allowedPrefixes, repliesPerHour }: SmsConfig, log: Log): void {
  log.info(
    { evt: 'sms.spend', allowedPrefixes, repliesPerHour },
    repliesPerHour > 0
      ? 'Replies go to these prefixes alone, and stop at so many an hour; sms.repliesPerHour is yours to set'
      : 'Replies go to these prefixes alone; no ceiling of spending is set (sms.repliesPerHour)',
  )
}
