// DK and HUY: a citizen can ask to be texted the few important changes of one dossier, and an agency can request the same
// for the phone its applicant left (contact.notify). A watch ends with the dossier, after a few notices, or with HUY. A
// watcher's data is sealed; the dossier room stores it beside the dossier.
import type { Config } from '../../config/config.js'
import type { DossierNo } from '../../dossier/dossier.js'
import type { LookupResult } from '../../dossier/lookup.js'
import type { Reading } from '../../dossier/numbers/reading.js'
import { noticeStream, shardTags } from '../../dossier/store/places.js'
import type { DossierStore } from '../../dossier/store/store.js'
import type { Log } from '../../log.js'
import type { Metrics } from '../../metrics.js'
import { asFault, type RedisDoor } from '../../redis/connection.js'
import type { Instance } from '../../redis/instance.js'
import { type Entry, openJournal } from '../../redis/journal.js'
import { type PhoneKeys, readSender } from '../msisdn.js'
import { isQuiet } from '../quiet-hours.js'
import { openContacts } from './contacts.js'
import type { Language, Question } from './inquiry.js'
import { isLastWord, isNewsAfter, isNewsToContact, newsOf } from './news.js'
import type { Notice, Speaker } from './speaking.js'
import { openWatchers, type Watcher } from './watchers.js'

interface WatchDeps {
  readonly config: Config['sms']
  readonly door: RedisDoor
  readonly instance: Instance
  readonly store: Pick<DossierStore, 'watch' | 'unwatch' | 'watchers' | 'byOtherNumber' | 'contact'>
  readonly keys: PhoneKeys
  read(text: string): Reading
  /** The current state of a dossier: not a lookup, so not counted against anybody. */
  present(number: string): Promise<LookupResult>
  /** Stores a notice to be sent, once for each mark; false when no link can send it. */
  send(link: string | undefined, mark: string, notice: Notice): Promise<boolean>
  /** Whether a notice requested on a link can be sent at all: some peers only take answers. */
  canSend(link: string): boolean
  now(): number
  readonly log: Log
  readonly metrics: Metrics
}

// Watched dossiers, scored by when their promised date passes (epoch ms).
const dueKey = '{sms-due}'
const dropEveryMs = 600_000
// Another gateway on this store may have the links and be down over the holidays; links may return after a change of contract.
// What is older is no news: the store may have been restored from a backup of half a year ago.
const untoldKeptMs = 14 * 86_400_000
const untoldAtMost = 1000

/** Outcome of DK. `tellsState`: it waits for the citizen or an apology is due, which no notice will tell; the answer does. */
export type Started =
  | { readonly kind: 'started'; readonly notices: number; readonly tellsState: boolean }
  | { readonly kind: 'not-started' }
/** Outcome of HUY: one watch ended, all of them, or there was none. */
export type Stopped = 'stopped' | 'stoppedAll' | 'none'

export type Watches = Awaited<ReturnType<typeof openWatches>>

export async function openWatches(deps: WatchDeps) {
  const { door, store, keys, log } = deps
  const watchers = openWatchers(deps)
  const sent = deps.metrics.counter('gateway_sms_notices_total', 'notices about watched dossiers', ['kind'])
  const journals = await Promise.all(
    shardTags.map((tag) => openJournal(door, deps.instance, { stream: noticeStream(tag), group: 'sms' })),
  )
  const untold: { readonly journal: (typeof journals)[number]; readonly entry: Entry }[] = []
  let dropsNextAt = Number.NEGATIVE_INFINITY
  const contacts = openContacts(door)

  // The texts of one phone may be answered out of order, or twice: in a backlog, after a refusal, after a crash. The text that
  // the phone sent last counts. A time in the future comes from a clock that was set back since.
  const isAfter = (one: number, other: number) => one > other && one <= deps.now()

  /** DK, once the number was looked up. Idempotent. */
  async function start(question: Question, speaker: Speaker, result: LookupResult): Promise<Started> {
    if (result.kind !== 'found' || !result.truth.canWatch || !deps.canSend(speaker.link))
      return { kind: 'not-started' }
    const { dossier, truth } = result
    const notices = deps.config.watchNotices
    const tellsState = truth.awaitsCitizen || truth.apology !== undefined
    const watcher: Watcher = {
      link: speaker.link,
      address: speaker.phone.address,
      ton: speaker.phone.ton,
      npi: speaker.phone.npi,
      language: question.language ?? 'vi',
      number: question.number ?? dossier.dossierNo.text,
      since: speaker.receivedAt,
      left: notices,
      said: tellsState ? newsOf(result) : undefined,
    }
    try {
      const no = dossier.dossierNo
      if (isAfter(await contacts.declinedAt(speaker.subject, no), speaker.receivedAt))
        return { kind: 'not-started' }
      const known = (await watchers.of(no)).get(speaker.subject)
      const isKnown = known && (known.since === watcher.since || isAfter(known.since, watcher.since))
      if (!(await watchers.add(no, speaker.subject, isKnown ? known : watcher)))
        return { kind: 'not-started' }
      await remind(no, truth.endsAt)
    } catch (error) {
      throw asFault(error)
    }
    return { kind: 'started', notices, tellsState }
  }

  async function stopEach(subject: string, reading: Reading | undefined, at: number): Promise<Stopped> {
    const watched = await watchers.watchedBy(subject)
    if (reading && reading.kind !== 'unreadable') {
      const stopOne = async (no: DossierNo) => {
        const was = await end(no, (await watchers.of(no)).get(subject), subject, at)
        return (await contacts.decline(subject, no, at)) || was
      }
      if (await stopOne(reading.dossierNo)) return 'stopped'
      // A watch is stored under the dossier's own number; the paper may show another number of the same dossier.
      const its = await deps.present(reading.dossierNo.text)
      if (its.kind === 'found' && (await stopOne(its.dossier.dossierNo))) return 'stopped'
      // The number that DK named, which the agency has taken back since.
      const asked = reading.kind === 'lookupNumber' ? reading.digits : reading.dossierNo.text
      for (const { no, watcher } of watched)
        if (watcher?.number === asked && (await stopOne(no))) return 'stopped'
      // Nothing is sent about this dossier either way, but "no notices at all" would be untrue for a phone that watches others.
      return (await watchers.count(subject)) > 0 ? 'stopped' : 'none'
    }
    let stopped = await contacts.declineAll(subject, at)
    for (const { no, watcher } of watched) if (await end(no, watcher, subject, at)) stopped = true
    return stopped ? 'stoppedAll' : 'none'
  }

  // A DK that came after the HUY stays.
  async function end(
    no: DossierNo,
    watcher: Watcher | undefined,
    subject: string,
    at: number,
  ): Promise<boolean> {
    return !(watcher && isAfter(watcher.since, at)) && (await watchers.remove(no, subject))
  }

  async function speakEach(subject: string, language: Language): Promise<void> {
    for (const { no, watcher } of await watchers.watchedBy(subject))
      if (watcher && watcher.language !== language)
        await watchers.change(no, subject, { ...watcher, language })
  }

  const isNoNews = (at: number) => at < deps.now() - untoldKeptMs

  /** Tells of a change by the dossier's current state: a change that was reverted meanwhile is no longer news. */
  async function tell(entry: Entry): Promise<void> {
    if (isNoNews(Number.parseInt(entry.id, 10))) return
    const reading = deps.read(entry.fields.n?.toString() ?? '')
    if (reading.kind === 'unreadable') return
    const no = reading.dossierNo
    const former = deps.read(entry.fields.w?.toString() ?? '')
    if (former.kind !== 'unreadable') await watchers.renumber(former.dossierNo, no)
    const result = await deps.present(no.text)
    if (result.kind !== 'found') return
    const { endsAt, overdueSince } = result.truth
    await remind(no, endsAt)
    const news = newsOf(result)
    // A date that moved or passed is reported when it does, not at every later step. One may have passed between the change and
    // now: during quiet hours nothing is sent.
    const isStep = entry.fields.x?.toString() !== '1'
    const hasPassed = overdueSince !== undefined && overdueSince >= Number.parseInt(entry.id, 10)
    if ((news?.startsWith('overdue') && !hasPassed) || (isStep && news?.startsWith('moved'))) return
    await tellAll(no, news, result.truth.hasEnded)
  }

  /** A promised date has passed; checked once, when it does. */
  async function tellOverdue(text: string): Promise<void> {
    const reading = deps.read(text)
    if (reading.kind === 'unreadable') return
    const result = await deps.present(text)
    if (result.kind !== 'found') return
    const { overdueSince, endsAt } = result.truth
    if (overdueSince === undefined) await remind(reading.dossierNo, endsAt)
    else if (!isNoNews(overdueSince)) await tellAll(reading.dossierNo, newsOf(result), false)
  }

  // The journal returns each entry once, so after an error of Redis the next call continues with these. The entry that failed
  // goes last, so that it does not hold up others.
  async function tellUntold(): Promise<void> {
    for (let next = untold.shift(); next; next = untold.shift()) {
      try {
        await tell(next.entry)
        await next.journal.done([next.entry.id])
      } catch (error) {
        untold.push(next)
        throw error
      }
    }
  }

  // While no link can send, as in an installation without SMS, changes must not pile up.
  async function dropOld(): Promise<void> {
    if (deps.now() < dropsNextAt) return
    dropsNextAt = deps.now() + dropEveryMs
    for (const { stream } of journals)
      await door.request.xtrim(stream, 'MINID', `${deps.now() - untoldKeptMs}-0`)
  }

  async function remind(no: DossierNo, endsAt: number | undefined): Promise<void> {
    if (endsAt !== undefined && endsAt > deps.now()) await door.request.zadd(dueKey, endsAt, no.text)
  }

  // Each news is sent once, by its mark, across crashes and gateways. The mark includes the watch and the number of notices
  // left, so that a date which moves, moves back and moves again is news each time, also to a phone that sent HUY and DK in
  // between.
  async function tellAll(no: DossierNo, news: string | undefined, hasEnded: boolean): Promise<void> {
    const its = await watchers.of(no)
    const contact = news !== undefined && isNewsToContact(news) ? await store.contact(no) : undefined
    if (contact?.notify) await tellContact(no, contact.phone, news!, its)
    for (const [subject, watcher] of its) {
      const isNew =
        watcher !== undefined &&
        news !== undefined &&
        isNewsAfter(news, watcher.said) &&
        // The last notice is kept for the result, which DK has promised, however often the date moves.
        (watcher.left > 1 || isLastWord(news))
      if (isNew) {
        const { since, left } = watcher
        await send(
          watcher.link,
          `n:${no.text}:${news}:${since}:${left}:${subject}`,
          noticeFor({ ...watcher, number: await numberNow(watcher, no) }, subject, news, deps.now()),
        )
        sent.inc({ kind: 'watch' })
      }
      const left = (watcher?.left ?? 0) - (isNew ? 1 : 0)
      if (!watcher || hasEnded || left <= 0) await watchers.remove(no, subject)
      else if (isNew) await watchers.change(no, subject, { ...watcher, left, said: news })
    }
  }

  // If the last link was removed since this round began, the error leaves the entry for a later round.
  async function send(...of: Parameters<WatchDeps['send']>): Promise<void> {
    if (!(await deps.send(...of))) throw new Error('no link can send a notice')
  }

  // The agency may have taken back the number that the citizen used: by now it may lead nowhere, or to another dossier.
  async function numberNow({ number }: Watcher, no: DossierNo): Promise<string> {
    if (number === no.text) return number
    const its = await deps.present(number)
    return its.kind === 'found' && its.dossier.dossierNo.text === no.text ? number : no.text
  }

  async function tellContact(
    no: DossierNo,
    phone: string,
    news: string,
    watching: ReadonlyMap<string, unknown>,
  ): Promise<void> {
    const sender = readSender(phone, 1, deps.config.allowedPrefixes)
    if (sender.kind !== 'phone') {
      log.warn({ evt: 'notice.not-sent', agency: no.agency }, 'An agency left a phone that may not be texted')
      return
    }
    const subject = keys.subject(sender.digits)
    // A phone that watches the dossier gets the notice of its watch, not a second one.
    if (watching.has(subject) || !(await contacts.mayTell(subject, no))) return
    const watcher: Watcher = {
      link: '',
      address: sender.digits,
      ton: 1,
      npi: 1,
      language: 'vi',
      number: no.text,
      since: 0,
      left: 1,
    }
    await send(undefined, `n:${no.text}:${news}:${subject}`, noticeFor(watcher, subject, news, deps.now()))
    await contacts.told(subject, no)
    sent.inc({ kind: 'contact' })
  }

  return {
    start,

    /** EN and VI: notices come in the language that was asked for last. */
    async speak(subject: string, language: Language): Promise<void> {
      try {
        await speakEach(subject, language)
      } catch (error) {
        throw asFault(error)
      }
    },

    /** HUY, sent `at`: of one dossier where its number was read, else of all that this phone watches. */
    async stop(subject: string, reading: Reading | undefined, at: number): Promise<Stopped> {
      try {
        return await stopEach(subject, reading, at)
      } catch (error) {
        throw asFault(error)
      }
    },

    /** Whether the phone has ended notices of a dossier since a moment. */
    async hasEnded(subject: string, no: DossierNo, since: number): Promise<boolean> {
      try {
        return isAfter(await contacts.declinedAt(subject, no), since)
      } catch (error) {
        throw asFault(error)
      }
    },

    /** Turns changes and passed dates into notices, outside quiet hours; at most 50 of each source per call. */
    async tend(): Promise<void> {
      if (isQuiet(deps.config.quietHours, deps.now())) return
      // No link can send: notices wait until one can.
      if (!deps.canSend('')) return dropOld()
      for (const text of await door.request.zrangebyscore(dueKey, 0, deps.now() - 1, 'LIMIT', 0, 50)) {
        await tellOverdue(text)
        // `remind` has set a later score if the date has moved meanwhile.
        const score = Number((await door.request.zscore(dueKey, text)) ?? 0)
        if (score < deps.now()) await door.request.zrem(dueKey, text)
      }
      for (const journal of journals) {
        if (untold.length > untoldAtMost) break
        for (const entry of await journal.read(50)) untold.push({ journal, entry })
        for (const entry of await journal.reclaim()) untold.push({ journal, entry })
      }
      await tellUntold()
    },
  }
}

function noticeFor(watcher: Watcher, subject: string, news: string, now: number): Notice {
  return {
    question: { action: 'notice', number: watcher.number, news, language: watcher.language, accents: false },
    phone: { address: watcher.address, ton: watcher.ton, npi: watcher.npi },
    subject,
    receivedAt: now,
  }
}
