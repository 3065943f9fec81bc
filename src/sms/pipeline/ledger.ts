// What Redis knows of the texts of one link: the held ones of each process (sealed), marks of what was seen, counts of
// ends, dead letters and waiting parts. All of it lies under one hash tag. A step of the pipeline is one call.
//   {sms:LINK}:held:PROCESS   id → version, attempts, sealed text       {sms:LINK}:holders   process → steps it has made
//   {sms:LINK}:seen:MARK      session, sequence and time of a text      {sms:LINK}:reasons   end → how many
//   {sms:LINK}:dead           texts for a person to look at             {sms:LINK}:parts, :part:…  long texts not yet whole
import { type RedisDoor, throwFault } from '../../redis/connection.js'
import type { Instance } from '../../redis/instance.js'
import type { Phone } from '../conversation/conversation.js'
import type { PhoneKeys } from '../msisdn.js'
import { openText } from './sealed.js'
import { type Asked, Text } from './text.js'

export type Ledger = ReturnType<typeof openLedger>

/** Keys of one link. */
export function keysOf(link: string) {
  const tag = `{sms:${link}}`
  return {
    tag,
    held: (process: string) => `${tag}:held:${process}`,
    holders: `${tag}:holders`,
    reasons: `${tag}:reasons`,
    dead: `${tag}:dead`,
    deadlines: `${tag}:parts`,
    part: (whole: string) => `${tag}:part:${whole}`,
    marks: `${tag}:seen:`,
  }
}

// Holds dead letters put back by an operator, and texts of a gateway whose link is down, until a gateway takes them over.
const nobody = 'nobody'
const takenAtATime = 1000

/** Opens the ledger of a link. Methods throw GatewayError redis-unavailable when Redis is away. */
export function openLedger(door: RedisDoor, instance: Instance, link: string, keys: PhoneKeys) {
  const at = keysOf(link)
  const own = at.held(instance.id)
  const takeOverScript = door.script(new URL('./take-over-3.lua', import.meta.url))
  const reviveScript = door.script(new URL('./dead-revive-3.lua', import.meta.url))
  const giveUpScript = door.script(new URL('./give-up-3.lua', import.meta.url))
  // The processes missing at the last check, and the steps they had made.
  let missed = new Map<string, string>()

  /** Version 1: a digit of attempts, then the sealed text. */
  function textOf(id: string, kept: Buffer): Text {
    const asked = kept[0] === 0x31 ? openText(keys, kept.subarray(2)) : undefined
    const text = new Text(id, asked ?? nothingAsked, !asked)
    text.stage = 'waiting'
    text.attempts = asked ? kept[1]! - 0x30 : 0
    if (text.attempts > 0) text.isCounted = true
    return text
  }

  function textsOf(flat: readonly Buffer[]): Text[] {
    const texts: Text[] = []
    for (let nth = 0; nth + 1 < flat.length; nth += 2)
      texts.push(textOf(flat[nth]!.toString(), flat[nth + 1]!))
    return texts
  }

  return {
    link,
    keys: at,

    /**
     * Takes over the texts of processes that are gone: missing at two checks, a second or more apart, with no step in
     * between. Call it every second or so.
     */
    async takeOver(): Promise<Text[]> {
      const holders = await door.request.hgetall(at.holders)
      delete holders[instance.id]
      const gone = new Map(
        (await instance.gone(Object.keys(holders))).map((holder) => [holder, holders[holder]!]),
      )
      const all: Text[] = []
      for (const [holder, steps] of gone) {
        if (missed.get(holder) !== steps) continue
        const taken = await takeOverScript.run(
          [at.held(holder), own, at.holders],
          [holder, steps, instance.id, takenAtATime],
        )
        if (Array.isArray(taken)) all.push(...textsOf(taken as Buffer[]))
      }
      missed = gone
      return all
    },

    /** Leaves the texts of this process to another gateway, whose link is up. Returns how many. */
    async giveUp(): Promise<number> {
      let all = 0
      for (let given = takenAtATime; given === takenAtATime; all += given)
        given = Number(await giveUpScript.run([own, at.held(nobody), at.holders], [nobody, takenAtATime]))
      return all
    },

    /** All texts this process holds according to Redis, except those that `isKnown`. */
    async own(isKnown: (id: string) => boolean): Promise<Text[]> {
      const flat = (await door.request.callBuffer('HGETALL', own)) as Buffer[]
      const others: Buffer[] = []
      for (let nth = 0; nth + 1 < flat.length; nth += 2)
        if (!isKnown(flat[nth]!.toString())) others.push(flat[nth]!, flat[nth + 1]!)
      return textsOf(others)
    },

    /** Gives the texts this process holds to a link that has taken this one's place. Returns how many. */
    async handTo(heir: string): Promise<number> {
      const its = keysOf(heir)
      const flat = (await door.request.callBuffer('HGETALL', own)) as Buffer[]
      for (let from = 0; from < flat.length; from += 2 * takenAtATime)
        await door.request.hset(its.held(instance.id), ...flat.slice(from, from + 2 * takenAtATime))
      if (flat.length === 0) return 0
      await door.request.hincrby(its.holders, instance.id, 1)
      // Last: a text that is in both is answered by the heir alone, as nobody has this link any more.
      await door.request.del(own)
      return flat.length / 2
    },

    /**
     * For a link that no gateway has: ends the texts of every process that were received before this time. `stays` decides for
     * each whether it is kept, was passed to another link, or ends. Returns the ended ones.
     */
    async endOlder(epochMs: number, stays: (text: Text) => Promise<'kept' | 'passed-on' | 'ends'>) {
      const ended: Text[] = []
      for (const holder of await door.request.hkeys(at.holders)) {
        const held = at.held(holder)
        const texts = textsOf((await door.request.callBuffer('HGETALL', held)) as Buffer[])
        let left = texts.length
        for (const text of texts) {
          if (text.asked.receivedAt >= epochMs) continue
          const become = await stays(text)
          if (become === 'kept') continue
          left--
          const gone = await door.request.hdel(held, text.id)
          if (become === 'passed-on' || gone === 0) continue
          await door.request.hincrby(at.reasons, 'expired', 1)
          ended.push(text)
        }
        if (left === 0) await door.request.hdel(at.holders, holder)
      }
      return ended
    },

    /** Whether nothing of the link is left that must be looked after. */
    async isEmpty(): Promise<boolean> {
      return (await door.request.hlen(at.holders)) === 0 && (await door.request.xlen(at.dead)) === 0
    },

    /** Long texts whose time to wait for missing parts is over. */
    async overdueParts(now: number): Promise<Whole[]> {
      const due = await door.request.zrangebyscore(at.deadlines, 0, now, 'LIMIT', 0, 50)
      const wholes: Whole[] = []
      for (const key of due) {
        const parts = openParts((await door.request.callBuffer('HGETALL', key)) as Buffer[], keys)
        if (parts.length > 0) wholes.push({ key, parts })
        else await door.request.zrem(at.deadlines, key)
      }
      return wholes
    },

    /** How many texts got no reply, by reason, and how many were answered, over the link's whole life. */
    async ends(): Promise<Record<string, number>> {
      const counts = await door.request.hgetall(at.reasons).catch(throwFault)
      return Object.fromEntries(Object.entries(counts).map(([end, count]) => [end, Number(count)]))
    },

    /** Texts stored and not yet ended, over all processes. */
    async waiting(): Promise<number> {
      const holders = await door.request.hkeys(at.holders).catch(throwFault)
      const lengths = holders.map((holder) => door.request.hlen(at.held(holder)))
      const counts = await Promise.all(lengths).catch(throwFault)
      return counts.reduce((sum, count) => sum + count, 0)
    },

    /** Every held text, decrypted, of any process. For tests. */
    async held(): Promise<Text[]> {
      const holders = await door.request.hkeys(at.holders)
      const all = await Promise.all(
        holders.map((holder) => door.request.callBuffer('HGETALL', at.held(holder))),
      )
      return all.flatMap((flat) => textsOf(flat as Buffer[]))
    },

    /** Dead letters, oldest first, with what may be displayed of them: never a dossier number. */
    async dead(count: number) {
      const entries = (await door.request
        .callBuffer('XRANGE', at.dead, '-', '+', 'COUNT', count)
        .catch(throwFault)) as [Buffer, Buffer[]][]
      return entries.map(([id, fields]) => {
        const asked = openText(keys, fields[5]!)
        return {
          id: id.toString(),
          link,
          reason: fields[1]!.toString(),
          at: new Date(Number(id.toString().split('-')[0])).toISOString(),
          ...(asked ? { action: asked.question.action, phone: asked.phone.address } : {}),
        }
      })
    },
    /** Puts a dead letter back; the next gateway to check takes it over. False if there is none with that id. */
    async revive(id: string): Promise<boolean> {
      return (
        streamId.test(id) &&
        (await reviveScript.run([at.dead, at.held(nobody), at.holders], [id, nobody])) === 1
      )
    },
    async dropDeadBefore(epochMs: number): Promise<void> {
      await door.request.xtrim(at.dead, 'MINID', `${epochMs}-0`)
    },
  }
}

// An id as Redis makes it. The script would fail for any other word.
const streamId = /^\d{1,15}-\d{1,15}$/

const nothing: Phone = { address: '', ton: 0, npi: 0 }
const nothingAsked: Asked = {
  question: { action: 'help', accents: false },
  phone: nothing,
  subject: '',
  to: nothing,
  receivedAt: 0,
}

/** A long text: the key its parts are stored under, and the parts present. */
export interface Whole {
  readonly key: string
  readonly parts: readonly Buffer[]
}

// 16 characters of its mark, 13 of the time it came, then the sealed part.
const headLength = 29
export function openParts(flat: readonly Buffer[], keys: PhoneKeys): Buffer[] {
  const parts: Buffer[] = []
  for (let at = 1; at < flat.length; at += 2) {
    const plain = keys.open(flat[at]!.subarray(headLength))
    if (plain) parts.push(plain)
  }
  return parts
}
