// Delivery receipts: matches them to replies, for the metrics. SMSCs write the id of one message in two ways (decimal
// here, hexadecimal there, with leading zeros, in capitals) and may send the receipt before the submit_sm_resp. A receipt
// that matches nothing is counted, and is not an error.
import type { Log } from '../../log.js'
import type { Metrics } from '../../metrics.js'
import type { RedisDoor } from '../../redis/connection.js'
import type { Receipt } from '../carriers/carrier.js'

// Steps on the way, which some SMSCs report before the outcome: they must not use up the match.
const onTheWay = new Set(['ENROUTE', 'ACCEPTD'])
// Operators give up on a phone after two days at most.
const sentKeptSeconds = 172_800
// An early receipt is early by milliseconds; this leaves room for a restart.
const earlyKeptSeconds = 600

/** The key for a submit_sm's id: without blanks around it, leading zeros or 0x, in lower case. */
export function ownName(messageId: string): string {
  return messageId
    .trim()
    .toLowerCase()
    .replace(/^0x(?=[0-9a-f]+$)/, '')
    .replace(/^0+(?=.)/, '')
}

/** Every id the same message may have: as written, decimal converted to hexadecimal, and the reverse. */
export function namesOf(messageId: string): string[] {
  const own = ownName(messageId)
  const names = new Set([own])
  if (/^\d{1,20}$/.test(own)) names.add(BigInt(own).toString(16))
  if (/^[0-9a-f]{1,16}$/.test(own)) names.add(BigInt(`0x${own}`).toString())
  // A 32-bit number that was printed as signed.
  if (/^-\d{1,10}$/.test(own)) {
    const unsigned = BigInt.asUintN(32, BigInt(own))
    names.add(unsigned.toString()).add(unsigned.toString(16))
  }
  return [...names]
}

/** Opens the matching of one link's receipts. Its methods never reject: a receipt lost in an outage is harmless. */
export function openReceipts(door: RedisDoor, link: string, log: Log, metrics: Metrics) {
  const script = door.script(new URL('./dlr-1.lua', import.meta.url))
  const tag = `{sms:${link}}`
  const prefix = `${tag}:m:`
  const total = metrics.counter(
    'gateway_sms_receipts_total',
    'delivery receipts, by state and whether they matched',
    ['bind', 'stat', 'matched'],
  )
  const seconds = metrics.histogram(
    'gateway_sms_receipt_seconds',
    'submit_sm to its delivery receipt',
    [],
    [1, 2, 5, 10, 30, 60, 300, 3600, 86_400],
  )
  const counted = (stat: string, sentAt: number) => {
    total.inc({ bind: link, stat, matched: 'yes' })
    seconds.observe(Math.max(0, Date.now() - sentAt) / 1000)
  }
  return {
    /** The SMSC accepted a reply under this id. */
    async sent(messageId: string): Promise<void> {
      if (messageId === '') return
      const now = Date.now()
      const early = await script
        .run([tag], [prefix, 'sent', now, sentKeptSeconds, ownName(messageId)])
        .catch(() => null)
      if (early) counted(String(early), now)
    },
    /** A receipt arrived. One without a message id is only counted. */
    async came({ messageId, state }: Receipt): Promise<void> {
      if (messageId === '') {
        log.debug({ evt: 'dlr.unreadable', link }, 'A delivery receipt names no message')
        total.inc({ bind: link, stat: state, matched: 'no-id' })
        return
      }
      if (onTheWay.has(state)) {
        total.inc({ bind: link, stat: state, matched: 'on-the-way' })
        return
      }
      const sentAt = await script
        .run([tag], [prefix, 'receipt', state, earlyKeptSeconds, ...namesOf(messageId)])
        .catch(() => null)
      if (sentAt) counted(state, Number(String(sentAt)))
      else total.inc({ bind: link, stat: state, matched: 'not-yet' })
    },
  }
}
