// One link, wired: a carrier, and behind it intake → outbox → worder. Everything after the carrier is the same for all.
import type { ComplaintTaker } from '../complaints/contract.js'
import type { Config } from '../config/config.js'
import type { BeginLookup, LookupResult } from '../dossier/lookup.js'
import type { Numbers } from '../dossier/numbers/numbers.js'
import type { DossierStore } from '../dossier/store/store.js'
import type { Words } from '../dossier/wording.js'
import type { Log } from '../log.js'
import type { Metrics } from '../metrics.js'
import type { RedisDoor } from '../redis/connection.js'
import type { Instance } from '../redis/instance.js'
import { openCarrier } from './carriers/carriers.js'
import { type Conversation, openConversation } from './conversation/conversation.js'
import { openInquiry } from './conversation/inquiry.js'
import type { PhoneMemory } from './conversation/phone-memory.js'
import type { Watches } from './conversation/watch.js'
import type { PhoneKeys } from './msisdn.js'
import { openAnswers } from './pipeline/answers.js'
import { openReceipts } from './pipeline/dlr.js'
import { openIntake } from './pipeline/intake.js'
import { openLedger } from './pipeline/ledger.js'
import { Outbox } from './pipeline/outbox.js'
import { openSteps } from './pipeline/steps.js'
import { openTell } from './pipeline/tell.js'
import { openWorder } from './pipeline/worder.js'
import { isQuiet } from './quiet-hours.js'
import type { LinkConfig } from './settings.js'
import { canSend } from './views.js'

interface LinkDeps {
  /** The current value: settings may change while running. */
  settings(): Config['sms']
  readonly door: RedisDoor
  readonly instance: Instance
  readonly log: Log
  readonly metrics: Metrics
  readonly beginLookup: BeginLookup
  readonly numbers: Pick<Numbers, 'find' | 'read'>
  readonly store: DossierStore
  readonly words: Readonly<Record<'vi' | 'en', Words>>
  readonly keys: PhoneKeys
  readonly memory: PhoneMemory
  readonly watches: Watches
  readonly complaints: ComplaintTaker
  /** Address of the public listener as others reach it. */
  readonly publicUrl?: string | undefined
  /** The office's telephone for citizens, given in help; empty where there is none. */
  readonly hotline: string
  /** The clock that quiet hours go by. */
  readonly now?: () => number
  /** A dossier as it is now, for a notice. */
  present(number: string): Promise<LookupResult>
}

export type Link = ReturnType<typeof openLink>

// A link that rebinds is up again sooner.
const downForMs = 5000

/** Opens a link; it connects in the background. */
export function openLink(config: LinkConfig, deps: LinkDeps) {
  const { door, instance, keys, log, metrics, settings, store } = deps
  const { name, shortCode } = config
  const ledger = openLedger(door, instance, name, keys)
  const receipts = openReceipts(door, name, log, metrics)
  const isReady = () => door.isReady()
  const fetch = (places: Parameters<DossierStore['fetch']>[0]) => store.fetch(places)
  const carrier = openCarrier(config, {
    log,
    metrics,
    answers: openAnswers(door, name, keys),
    duplicateWindowSeconds: () => settings().duplicateWindowSeconds,
    publicUrl: deps.publicUrl,
    deliver: (batch) => intake.take(batch),
    room: () => outbox.wake(),
    accepted: (messageId) => {
      if (config.deliveryReceipts) void receipts.sent(messageId)
    },
    receipt: (receipt) => void receipts.came(receipt),
  })
  let conversation = converse()
  function converse(): Conversation {
    return openConversation({
      words: deps.words,
      keywordPrefix: config.keywordPrefix,
      counsel: { price: config.pricePerText, hotline: deps.hotline },
      hear: openInquiry({
        find: deps.numbers.find,
        keywords: settings().keywords,
        keywordPrefix: config.keywordPrefix,
        shortCodes: [shortCode, ...config.shortCodes],
        words: [deps.words.vi, deps.words.en],
      }),
      find: deps.numbers.find,
      readNumber: deps.numbers.read,
      beginLookup: deps.beginLookup,
      memory: deps.memory,
      watches: deps.watches,
      complaints: deps.complaints,
      present: deps.present,
    })
  }
  const current: Conversation = {
    hear: (text) => conversation.hear(text),
    plan: (question, speaker) => conversation.plan(question, speaker),
  }
  const outbox = new Outbox({
    carrier,
    instance,
    worder: openWorder({ link: name, shortCode, conversation: current, fetch, log }),
    makeStep: openSteps({ door, instance, ledger, fetch, settings }),
    tell: openTell(name, log, metrics),
    shortCode,
    isQuiet: () => isQuiet(settings().quietHours, (deps.now ?? Date.now)()),
    isReady,
    replyMaxAgeMs: () => settings().replyMaxAgeSeconds * 1000,
  })
  const intake = openIntake({
    carrier,
    ledger,
    outbox,
    instance,
    keys,
    conversation: current,
    shortCodes: [shortCode, ...config.shortCodes],
    settings,
    isReady,
    log,
  })
  carrier.open()
  let downSince: number | undefined

  // The SMSC may accept the binds of only one gateway, or one gateway may be cut off: its replies and notices would wait for
  // ever.
  async function leaveToOthers(): Promise<void> {
    outbox.release()
    const texts = await ledger.giveUp()
    if (texts > 0)
      log.info(
        { evt: 'sms.left-to-others', link: name, texts },
        'Texts leave by another gateway, whose link is up',
      )
  }

  return {
    config,
    carrier,
    ledger,
    outbox,
    notify: intake.notify,

    /** Takes over settings of the channel; those of the link itself never change. */
    renew(): void {
      conversation = converse()
    },

    /**
     * Every second: texts left by others or not reported to us, overdue parts, expired texts. `isUpElsewhere`: another gateway
     * can send by this link.
     */
    async tend(now: number, isUpElsewhere: boolean): Promise<void> {
      if (!isReady()) return
      downSince = canSend(carrier.view()) ? undefined : (downSince ?? performance.now())
      outbox.expire(now)
      try {
        if (outbox.isUnsure) {
          outbox.isUnsure = false
          outbox.adopt(await ledger.own((id) => outbox.has(id)))
        }
        if (downSince === undefined) outbox.adopt(await ledger.takeOver())
        else if (isUpElsewhere && outbox.size > 0 && performance.now() - downSince > downForMs)
          await leaveToOthers()
        for (const whole of await ledger.overdueParts(now)) intake.bringWhole(whole)
      } catch (error) {
        // Something may have been taken over without our noticing.
        outbox.isUnsure = true
        throw error
      }
      outbox.wake()
    },

    async close(): Promise<void> {
      intake.close()
      await carrier.close()
      // Redis may be away: texts that have ended are then ended again by the process that takes them over.
      await outbox.close().catch((error) => {
        log.warn(
          { evt: 'sms.not-settled', link: name, err: error },
          'A link was closed while Redis was away; its texts are settled at the next start',
        )
      })
    },
  }
}

/** The options a link was opened with; when they change, the link is reopened. */
export const madeOf = (link: LinkConfig): string => JSON.stringify(link)
