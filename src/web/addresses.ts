// The client address of a request, for rate limits. A person may use 2^64 addresses of one IPv6 network, and the address a
// proxy forwards may have a port or be no address at all.
import { BlockList, isIP, isIPv4 } from 'node:net'
import type { FastifyRequest } from 'fastify'

/**
 * The client's address. Behind a trusted proxy it is what the proxy wrote, which may have a port; if that is no address, the
 * proxy's own.
 */
export function clientAddress({ ip, socket }: Pick<FastifyRequest, 'ip' | 'socket'>): string {
  return isIP(ip) !== 0 ? ip : (bareAddress(ip) ?? socket.remoteAddress ?? '')
}

/**
 * The address in what a proxy wrote: `1.2.3.4`, `1.2.3.4:5678`, `[2001:db8::1]:443`, `"2001:db8::1"`. Undefined: there is none.
 */
function bareAddress(forwarded: string): string | undefined {
  const bare = forwarded.replace(/^"|"$/g, '')
  const [, inBrackets, v4] =
    /^(?:\[([0-9a-f:.]{2,45})\](?::\d{1,5})?|([\d.]{7,15}):\d{1,5})$/i.exec(bare) ?? []
  const read = inBrackets ?? v4 ?? bare
  return isIP(read) !== 0 ? read : undefined
}

// The names of networks that a configuration may use.
const named: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
}
export const networkNames: readonly string[] = Object.keys(named)

/** The address without its zone, and an IPv4-mapped address as IPv4. */
const simplest = (address: string) => address.replace(/%.*|^::ffff:(?=\d+\.)/gi, '')

/**
 * Whether an address is that of one of these proxies: addresses, networks or names of networks. Where there are several proxies
 * one behind another, each writes the one before it as it does clients, with a port or without.
 */
export function openProxies(given: readonly string[]): (address: string) => boolean {
  const plain = new Set<string>()
  const networks = new BlockList()
  for (const one of given.flatMap((name) => named[name] ?? [name])) {
    const [written = '', bits] = one.split('/')
    const address = simplest(written)
    const family = isIPv4(address) ? 'ipv4' : 'ipv6'
    // Of ::ffff:10.0.0.0/104 the last eight bits are those of IPv4.
    const mapped = family === 'ipv4' && written.includes(':') ? 96 : 0
    if (bits !== undefined) networks.addSubnet(address, Math.max(0, Number(bits) - mapped), family)
    else if (family === 'ipv4') plain.add(address)
    else networks.addAddress(address, family)
  }
  const hasNetworks = networks.rules.length > 0
  return (forwarded) => {
    if (plain.has(forwarded)) return true
    const address = simplest(bareAddress(forwarded) ?? '')
    if (address === '') return false
    return plain.has(address) || (hasNetworks && networks.check(address, isIPv4(address) ? 'ipv4' : 'ipv6'))
  }
}

/**
 * The networks an address is in, narrowest first, never empty: the IPv4 address alone, or the /64, /56 and /48 of an IPv6
 * address. A home gets a /56 or /64, a company a /48, so a client that changes its /64 with each request is still limited.
 */
export function networksOf(address: string): readonly string[] {
  if (!address.includes(':')) return [address]
  const mapped = address.slice(address.lastIndexOf(':') + 1)
  if (isIPv4(mapped)) return [mapped]
  const [head = '', tail] = address.split('%')[0]!.toLowerCase().split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length)
  const groups = [...first, ...Array<string>(zeros).fill('0'), ...last].map((group) =>
    group.replace(/^0+(?=.)/, ''),
  )
  const [a, b, c, d = '0', , , high = '0', low = '0'] = groups
  // An IPv4-mapped address in hexadecimal, ::ffff:cb00:7107: all of IPv4 would be one network.
  if (groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff') {
    const bits = (Number.parseInt(high, 16) << 16) | Number.parseInt(low, 16)
    return [[24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.')]
  }
  const home = (Number.parseInt(d, 16) & 0xff00).toString(16)
  return [`${a}:${b}:${c}:${d}::/64`, `${a}:${b}:${c}:${home}::/56`, `${a}:${b}:${c}::/48`]
}
