// The SMS room from outside: opens every configured link with its inbox, outbox and responder, tends them, and closes
// them in the order that loses nothing.

import type { ComplaintTaker, Reply } from '../complaints/contract.js'
import type { Config } from '../config/config.js'
import type { Agency } from '../dossier/agency.js'
import { isOverdue } from '../dossier/dossier.js'
import type { BeginLookup, LookupResult } from '../dossier/lookup.js'
import type { Numbers } from '../dossier/numbers.js'
import type { DossierStore } from '../dossier/store.js'
import type { Words } from '../dossier/wording.js'
import { GatewayError } from '../errors.js'
import type { Log } from '../log.js'
import type { Metrics } from '../metrics.js'
import type { RedisDoor } from '../redis/connection.js'
import type { Instance } from '../redis/instance.js'
import type { LinkConfig } from './carriers/smpp/settings.js'
import { SmscLink } from './carriers/smpp/smsc-link.js'
import { openConversation } from './conversation/conversation.js'
import { openInquiry } from './conversation/inquiry.js'
import { openPhoneMemory } from './conversation/phone-memory.js'
import type { Notice } from './conversation/speaking.js'
import { openWatches } from './conversation/watch.js'
import { openPhoneKeys } from './msisdn.js'
import { openCaps } from './pipeline/caps.js'
import { openReceipts } from './pipeline/dlr.js'
import { openInbox } from './pipeline/inbox.js'
import { Outbox } from './pipeline/outbox.js'
import { Responder } from './pipeline/responder.js'
import { dropViews, type LiveLink, writeViews } from './views.js'

export interface SmsDeps {
  readonly config: Config['sms']
  readonly door: RedisDoor
  readonly instance: Instance
  readonly log: Log
  readonly metrics: Metrics
  readonly beginLookup: BeginLookup
  readonly numbers: Pick<Numbers, 'find' | 'read'>
  readonly store: DossierStore
  readonly agencies: readonly Agency[]
  readonly complaints: ComplaintTaker
  /** The clock that quiet hours go by. */
  readonly now?: () => number
  readonly words: Readonly<Record<'vi' | 'en', Words>>
  /** Dead letters are kept so long for a person to look at. */
  readonly messageTextHours: number
  /** 64 hex digits. */
  readonly phoneKey: string
}

export type Sms = Awaited<ReturnType<typeof openSms>>

const tendMs = 1000
const purgeEveryMs = 600_000
// A change is told once, also when the process that was telling it died and was long away.
const noticeMarkSeconds = 7 * 86_400

/** Opens the SMS channel; links bind in the background. Throws GatewayError redis-unavailable when Redis is away. */
export async function openSms(deps: SmsDeps) {
  const { door, log, metrics } = deps
  const keys = openPhoneKeys(deps.phoneKey)
  const caps = openCaps(door, () => config)
  const depth = metrics.gauge('gateway_sms_queue_depth', 'questions taken and not yet answered', ['bind'])
  const oldest = metrics.gauge('gateway_sms_queue_oldest_seconds', 'age of the oldest of them', ['bind'])
  let config = deps.config
  let desks = new Map<string, Desk>()
  let reloaded = Promise.resolve()

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
    now: deps.now ?? Date.now,
    log,
    metrics,
  })

  // By the link the watch was asked for on; a link that is no longer there, and an agency's notice, take the first.
  async function sendNotice(link: string | undefined, mark: string, notice: Notice): Promise<boolean> {
    // While links are being changed there may be none for a moment, and this notice is sent once or never.
    await reloaded
    const desk = (link === undefined ? undefined : desks.get(link)) ?? [...desks.values()][0]
    if (!desk) return false
    const asked = { ...notice, toTon: 0, toNpi: 0, textHash: '' }
    const [taken = []] = await desk.inbox.accept([{ mark, asked: [asked] }], {
      windowSeconds: noticeMarkSeconds,
    })
    desk.outbox.offer(taken)
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
    const dossier = await deps.store.read(reading.dossierNo, now, level === 'full')
    const agency = deps.agencies.find(({ code }) => code === dossier?.dossierNo.agency)
    if (!dossier || !agency) return { kind: 'unknown', dossierNo: reading.dossierNo }
    return { kind: 'found', level, dossier, agency, overdue: isOverdue(dossier, now) }
  }

  async function openDesk(linkConfig: LinkConfig) {
    const inbox = await openInbox(door, deps.instance, {
      link: linkConfig.name,
      keys,
      duplicateWindowSeconds: config.duplicateWindowSeconds,
      partsTimeoutSeconds: config.partsTimeoutSeconds,
    })
    const link = new SmscLink(linkConfig, {
      log,
      metrics,
      deliver: (batch) => desk.responder.take(batch),
      room: () => outbox.pump(),
    })
    const outbox: Outbox = new Outbox({
      link,
      inbox,
      caps,
      batch: () => door.batch(),
      isReady: () => door.isReady(),
      word: (helds) => desk.responder.word(helds),
      get replyMaxAgeMs() {
        return config.replyMaxAgeSeconds * 1000
      },
      log,
      metrics,
    })
    const receipts = openReceipts(door, linkConfig.name, log, metrics)
    if (linkConfig.deliveryReceipts) outbox.accepted = (messageId) => void receipts.sent(messageId)
    const newResponder = () =>
      new Responder({
        config,
        link,
        inbox,
        outbox,
        keys,
        conversation: openConversation({
          words: deps.words,
          keywordPrefix: linkConfig.keywordPrefix,
          pricePerText: linkConfig.pricePerText,
          hear: openInquiry({
            find: deps.numbers.find,
            keywords: config.keywords,
            keywordPrefix: linkConfig.keywordPrefix,
            words: [deps.words.vi, deps.words.en],
          }),
          find: deps.numbers.find,
          readNumber: deps.numbers.read,
          beginLookup: deps.beginLookup,
          memory,
          watches,
          complaints: deps.complaints,
          present,
        }),
        fetch: (places) => deps.store.fetch(places),
        receipt: (deliverSm) => void receipts.came(deliverSm),
        isReady: () => door.isReady(),
        log,
        metrics,
      })
    const desk = {
      link,
      inbox,
      outbox,
      responder: newResponder(),
      /** What it was opened with and cannot change. */
      made: madeOf(linkConfig, config),
      /** Takes the settings there are now; what the responder before has under way it brings to its end. */
      renew: () => {
        desk.responder = newResponder()
      },
    }
    link.open()
    return desk
  }

  type Desk = Awaited<ReturnType<typeof openDesk>>

  async function closeDesk(desk: Desk): Promise<void> {
    desk.responder.close()
    await desk.link.close()
    desk.outbox.close()
    // Redis may be away: what has ended is then ended once more by whoever takes the entries over.
    await desk.outbox.settle().catch((error) => {
      log.warn(
        { evt: 'sms.not-settled', link: desk.link.name, err: error },
        'A link was closed without Redis',
      )
    })
  }

  // Opens it when Redis is there: a changed link must not be gone for good because Redis was away for a moment.
  async function openDeskWhenReady(linkConfig: LinkConfig): Promise<Desk> {
    for (;;) {
      try {
        return await openDesk(linkConfig)
      } catch (error) {
        if (!(error instanceof GatewayError && error.retryable)) throw error
        await new Promise((resolve) => setTimeout(resolve, tendMs))
      }
    }
  }

  for (const linkConfig of config.enabled ? config.links : [])
    desks.set(linkConfig.name, await openDesk(linkConfig))

  const views = (): LiveLink[] =>
    [...desks.values()].map(({ link, outbox }) => ({
      gateway: deps.instance.id,
      waiting: outbox.size,
      ...link.view(),
    }))

  let isTending = false
  let buriedUntil = 0
  const timer = setInterval(async () => {
    if (isTending) return
    isTending = true
    const isPurgeDue = Date.now() > buriedUntil
    if (isPurgeDue) buriedUntil = Date.now() + purgeEveryMs
    for (const desk of desks.values()) {
      const now = Date.now()
      depth.set({ bind: desk.link.name }, desk.outbox.size)
      oldest.set({ bind: desk.link.name }, desk.outbox.oldestMs(now) / 1000)
      if (isPurgeDue)
        await desk.inbox.dropDeadBefore(now - deps.messageTextHours * 3_600_000).catch(() => undefined)
      // Redis may go away at any moment; the next second tries again.
      await desk.responder.tend(now).catch((error) => {
        if (door.isReady())
          log.warn({ evt: 'sms.tend-failed', link: desk.link.name, err: error }, 'Tending a link failed')
      })
    }
    if (desks.size > 0 && door.isReady())
      await writeViews(door, deps.instance.id, views()).catch(() => undefined)
    await memory.tend().catch(() => undefined)
    await deps.complaints.tendReplies(sendReply).catch((error) => {
      if (door.isReady())
        log.warn({ evt: 'sms.replies-failed', err: error }, 'Sending answers to complaints failed')
    })
    await watches.tend().catch((error) => {
      if (door.isReady()) log.warn({ evt: 'sms.notices-failed', err: error }, 'Sending notices failed')
    })
    isTending = false
  }, tendMs)
  const unlisten = door.onReadyChange((isReady) => {
    if (isReady) for (const desk of desks.values()) desk.outbox.pump()
  })

  return {
    /** For health: `fail` when no link is bound, `warn` when some are not. */
    state: (): 'pass' | 'warn' | 'fail' => {
      const links = [...desks.values()].map(({ link }) => link)
      const bound = links.filter((link) => link.isBound).length
      return bound === links.length ? 'pass' : bound === 0 ? 'fail' : 'warn'
    },
    views,
    /** Settings may change while running: links that changed are unbound and bound anew, the others stay bound. */
    async reload(next: Config['sms']): Promise<void> {
      config = next
      let done = () => {}
      reloaded = new Promise((resolve) => {
        done = resolve
      })
      try {
        const before = desks
        desks = new Map()
        for (const [name, desk] of before) {
          const linkConfig = next.enabled ? next.links.find((link) => link.name === name) : undefined
          if (linkConfig && madeOf(linkConfig, next) === desk.made) {
            desk.renew()
            desks.set(name, desk)
          } else await closeDesk(desk)
        }
        for (const linkConfig of next.enabled ? next.links : [])
          if (!desks.has(linkConfig.name)) desks.set(linkConfig.name, await openDeskWhenReady(linkConfig))
      } finally {
        done()
      }
    },
    /** Stops taking, lets the windows empty, unbinds. Every question not answered stays in its inbox. */
    async close(): Promise<void> {
      clearInterval(timer)
      unlisten()
      await Promise.all([...desks.values()].map(closeDesk))
      await dropViews(door, deps.instance.id)
    },
  }
}

// The inbox keeps these two for itself; everything else is asked for or renewed.
function madeOf(link: LinkConfig, { duplicateWindowSeconds, partsTimeoutSeconds }: Config['sms']): string {
  return JSON.stringify([link, duplicateWindowSeconds, partsTimeoutSeconds])
}
