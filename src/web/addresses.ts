// The client address of a request, for rate limits. A person may use 2^64 addresses of one IPv6 network, and the address a
// proxy forwards may have a port or be no address at all.
import { isIP, isIPv4 } from 'node:net'
import type { FastifyRequest } from 'fastify'

/**
 * The client's address. Behind a trusted proxy it is what the proxy wrote (`1.2.3.4`, `1.2.3.4:5678`, `[2001:db8::1]:443`,
 * `"2001:db8::1"`); if that is no address, the proxy's own.
 */
export function clientAddress(request: Pick<FastifyRequest, 'ip' | 'socket'>): string {
  const { ip } = request
  if (isIP(ip) !== 0) return ip
  const bare = ip.replace(/^"|"$/g, '')
  const [, inBrackets, v4] =
    /^(?:\[([0-9a-f:.]{2,45})\](?::\d{1,5})?|([\d.]{7,15}):\d{1,5})$/i.exec(bare) ?? []
  const read = inBrackets ?? v4 ?? bare
  return isIP(read) !== 0 ? read : (request.socket.remoteAddress ?? '')
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
  const [a, b, c, d = '0'] = groups
  const home = (Number.parseInt(d, 16) & 0xff00).toString(16)
  return [`${a}:${b}:${c}:${d}::/64`, `${a}:${b}:${c}:${home}::/56`, `${a}:${b}:${c}::/48`]
}
