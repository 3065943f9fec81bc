// Authenticates a call: by source address, by password or token, by a signature over its content. What can be checked
// without the body is checked before reading it.
import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import { BlockList, isIP, isIPv4 } from 'node:net'
import { Call, type CallHead, readMoment } from './call.js'
import type { Receive } from './resolved.js'
import { readTemplate } from './template.js'

/** Why a call is refused: wrong address, wrong proof, or signed too long ago (or with a clock that is ahead). */
export type Refused = 'address' | 'proof' | 'stale'

export interface Proof {
  /** Before the body: checks address and headers. */
  ofHead(head: CallHead, address: string): Refused | undefined
  /** With the body. */
  ofCall(call: Call): Refused | undefined
}

// NTP keeps peers' clocks closer than this; a signature from further in our future is not honest.
const aheadMs = 300_000

/** Checks calls as `receive` configures it. `now` is epoch ms. */
export function openProof(receive: Receive, now: () => number = Date.now): Proof {
  const isAllowed = openAddresses(receive.allowedAddresses ?? [])
  const isProven = provers[receive.proof](receive)
  const { signature, replaySeconds } = receive
  const inHeader = typeof signature?.in === 'string' && signature.in.startsWith('header:')
  const atInHeader = typeof signature?.at === 'string' && signature.at.startsWith('header:')

  function isStale(call: Call): boolean {
    if (signature?.at === undefined || replaySeconds === 0) return false
    const said = call.at(signature.at)?.trim()
    const at = said === undefined ? undefined : readMoment(said)
    if (at === undefined) return true
    const ageMs = now() - at
    return ageMs > replaySeconds * 1000 || ageMs < -Math.min(aheadMs, replaySeconds * 1000)
  }

  return {
    ofHead(head, address) {
      if (!isAllowed(address)) return 'address'
      const call = new Call(head, undefined)
      if (receive.proof !== 'signature') return isProven(call) ? undefined : 'proof'
      if (inHeader && call.at(signature?.in) === undefined) return 'proof'
      return atInHeader && isStale(call) ? 'stale' : undefined
    },
    ofCall(call) {
      if (receive.proof !== 'signature') return undefined
      if (!isProven(call)) return 'proof'
      return isStale(call) ? 'stale' : undefined
    },
  }
}

const provers: Readonly<Record<Receive['proof'], (receive: Receive) => (call: Call) => boolean>> = {
  addresses: () => () => true,

  basic({ username = '', secret = '' }) {
    const isRight = sameAs(`${username}:${secret}`)
    return (call) => {
      const [, given] = /^basic +([\w+/=-]+)$/i.exec(call.at('header:authorization') ?? '') ?? []
      return given !== undefined && isRight(Buffer.from(given, 'base64'))
    }
  },

  token({ token: { header, query }, secret = '' }) {
    const isRight = sameAs(secret)
    return (call) => {
      const inQuery = query === undefined ? undefined : call.at(query)
      const inHeader = header === undefined ? undefined : call.at(`header:${header}`)
      // In a query that was not URL-encoded a plus sign is read as a blank; a line end may have been copied along.
      return [inQuery, inHeader?.replace(/^bearer +/i, '')].some(
        (given) =>
          given !== undefined &&
          [given, given.trim(), given.trim().replaceAll(' ', '+')].some((one) => isRight(Buffer.from(one))),
      )
    }
  },

  signature(receive) {
    const { secret = '', signature = {}, fields } = receive
    const { over = '', algorithm = 'hmac-sha256', encoding = 'hex' } = signature
    // One character for each byte: what was signed are the bytes of a body, in whatever charset.
    const template = readTemplate(Buffer.from(over).toString('latin1'), 'text')
    const [kind, algorithmName] = algorithm.startsWith('hmac-')
      ? (['hmac', algorithm.slice(5)] as const)
      : (['hash', algorithm] as const)
    const signedPart = (call: Call, name: string): string => {
      if (name === 'secret') return secret
      if (name === 'method') return call.head.method
      if (name === 'path') return call.head.path
      if (name.startsWith('header:')) return call.at(name) ?? ''
      if (name.startsWith('field:')) return call.at(name.slice('field:'.length)) ?? ''
      return call.at(fields[name as keyof typeof fields]) ?? ''
    }
    const bytesOf = (call: Call, name: string): string =>
      name === 'body'
        ? (call.body?.toString('latin1') ?? '')
        : Buffer.from(signedPart(call, name)).toString('latin1')
    return (call) => {
      const given = call.at(signature.in)
      if (given === undefined) return false
      const signed = template.fill(
        Object.fromEntries(template.names.map((name) => [name, bytesOf(call, name)])),
      )
      const digest =
        kind === 'hmac'
          ? createHmac(algorithmName, secret).update(signed, 'latin1').digest()
          : hash(algorithmName, Buffer.from(signed, 'latin1'), 'buffer')
      // A query that was not URL-encoded has blanks in place of plus signs; some name the hash before it.
      const bare = given.trim().replace(/^(?:hmac-?)?(?:md5|sha-?\d{1,3})[=:] ?/i, '')
      const bytes = Buffer.from(bare.replaceAll(' ', '+'), encoding)
      return bytes.length === digest.length && timingSafeEqual(bytes, digest)
    }
  },
}

/** Constant-time comparison. */
function sameAs(secret: string): (given: Buffer) => boolean {
  const digestOf = (bytes: Buffer) => hash('sha256', bytes, 'buffer')
  const right = digestOf(Buffer.from(secret))
  return (given) => timingSafeEqual(digestOf(given), right)
}

function openAddresses(allowed: readonly string[]): (address: string) => boolean {
  if (allowed.length === 0) return () => true
  const list = new BlockList()
  for (const one of allowed) addTo(list, one)
  return (address) => {
    const bare = address.replace(/^::ffff:(?=\d+\.)/i, '')
    return isIP(bare) !== 0 && list.check(bare, isIPv4(bare) ? 'ipv4' : 'ipv6')
  }
}

/** Whether it is an address, or a network like 203.0.113.0/24. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, more] = text.split('/')
  const family = isIP(address)
  if (family === 0 || more !== undefined) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

function addTo(list: BlockList, text: string): void {
  const [address = '', bits] = text.split('/')
  const family = isIPv4(address) ? 'ipv4' : 'ipv6'
  if (bits === undefined) list.addAddress(address, family)
  else list.addSubnet(address, Number(bits), family)
}
