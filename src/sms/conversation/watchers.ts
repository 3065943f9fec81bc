// Who watches which dossier. A watcher is one sealed value beside the dossier (the dossier room stores it); beside it, per
// phone, the numbers it watches, for a HUY without a number. Only hashes and dossier numbers.
import type { DossierNo } from '../../dossier/dossier.js'
import type { Reading } from '../../dossier/numbers/reading.js'
import type { DossierStore } from '../../dossier/store/store.js'
import type { RedisDoor } from '../../redis/connection.js'
import type { PhoneKeys } from '../msisdn.js'
import type { Language } from './inquiry.js'

/** What is kept of a watcher, sealed. */
export interface Watcher {
  readonly link: string
  readonly address: string
  readonly ton: number
  readonly npi: number
  readonly language: Language
  /** As the citizen asked: a lookup number gets the fuller answer. */
  readonly number: string
  /** When the citizen asked for it: the consent. */
  readonly since: number
  /** Notices that may still be sent. */
  readonly left: number
  /** The news of the last notice. */
  readonly said?: string | undefined
}

interface WatchersDeps {
  readonly door: Pick<RedisDoor, 'request'>
  readonly store: Pick<DossierStore, 'watch' | 'unwatch' | 'watchers' | 'byOtherNumber'>
  readonly keys: PhoneKeys
  read(text: string): Reading
}

// A phone without watches is forgotten after this long.
const keptSeconds = 400 * 86_400

/** Methods throw the errors of Redis. */
export function openWatchers({ door, store, keys, read }: WatchersDeps) {
  const keyOf = (subject: string) => `{sms-watched}:${subject}`
  const sealed = (watcher: Watcher) => keys.seal(JSON.stringify(watcher))
  const unsealed = (bytes: Buffer | undefined): Watcher | undefined => {
    const plain = bytes && keys.open(bytes)
    return plain && (JSON.parse(plain.toString()) as Watcher)
  }

  async function renumberFor(subject: string, from: DossierNo, to: DossierNo): Promise<void> {
    await door.request.sadd(keyOf(subject), to.text)
    await door.request.srem(keyOf(subject), from.text)
  }

  return {
    /** Resolves with false when there is no such dossier. */
    async add(no: DossierNo, subject: string, watcher: Watcher): Promise<boolean> {
      if (!(await store.watch(no, subject, sealed(watcher)))) return false
      await door.request.sadd(keyOf(subject), no.text)
      await door.request.expire(keyOf(subject), keptSeconds)
      return true
    },

    /** Replaces what is kept of a watcher. */
    change: (no: DossierNo, subject: string, watcher: Watcher) => store.watch(no, subject, sealed(watcher)),

    /** Notes for each phone that what it watched by a former number has another one. */
    async renumber(from: DossierNo, to: DossierNo): Promise<void> {
      for (const subject of Object.keys(await store.watchers(to))) await renumberFor(subject, from, to)
    },

    /** Resolves with whether there was one. */
    async remove(no: DossierNo, subject: string): Promise<boolean> {
      const was = await store.unwatch(no, subject)
      await door.request.srem(keyOf(subject), no.text)
      return was
    },

    /** The watchers of a dossier by their phones; undefined where one cannot be read, being sealed under another key. */
    async of(no: DossierNo): Promise<Map<string, Watcher | undefined>> {
      const all = Object.entries(await store.watchers(no))
      return new Map(all.map(([subject, bytes]) => [subject, unsealed(bytes)]))
    },

    /** What a phone watches. */
    async watchedBy(subject: string): Promise<{ no: DossierNo; watcher: Watcher | undefined }[]> {
      const its: { no: DossierNo; watcher: Watcher | undefined }[] = []
      for (const text of await door.request.smembers(keyOf(subject))) {
        const one = read(text)
        if (one.kind !== 'dossierNo') continue
        const { dossierNo } = one
        const watcher = (await store.watchers(dossierNo))[subject]
        const later = watcher ? undefined : await store.byOtherNumber(dossierNo)
        if (later) await renumberFor(subject, dossierNo, later)
        const no = later ?? dossierNo
        its.push({ no, watcher: unsealed(watcher ?? (later && (await store.watchers(later))[subject])) })
      }
      return its
    },

    /** How many dossiers a phone watches. */
    count: (subject: string) => door.request.scard(keyOf(subject)),
  }
}
