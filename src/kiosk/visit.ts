// A visit is one person's turn at a kiosk; the page gives it a new name after every wipe of the screen, and for
// every slip held to the scanner.
import type { FastifyRequest } from 'fastify'

/** The name of a request's visit; undefined if the page sent none. */
export function visitOf({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  const visit = headers['x-visit']
  return typeof visit === 'string' && /^[\w-]{8,40}$/.test(visit) ? visit : undefined
}

// A hall's kiosk serves at most a person every three seconds; a page that was offline may send several at once.
const secondsPerVisit = 3
const maxAtOnce = 20
const visitsKept = 10_000

type Rating = 'counts' | 'counted' | 'too-many'

/** Which ratings count: one per visit and agency, and at a kiosk no more than people can come to it. */
export function openRatings(now: () => number = Date.now) {
  const counted = new Set<string>()
  const kiosks = new Map<string, { left: number; at: number }>()
  return (kiosk: string, visit: string | undefined, agency: string): Rating => {
    const own = visit === undefined ? undefined : `${kiosk} ${visit} ${agency}`
    if (own !== undefined && counted.has(own)) return 'counted'
    const at = now()
    const bucket = kiosks.get(kiosk) ?? { left: maxAtOnce, at }
    bucket.left = Math.min(maxAtOnce, bucket.left + Math.max(0, at - bucket.at) / (secondsPerVisit * 1000))
    bucket.at = at
    kiosks.set(kiosk, bucket)
    if (bucket.left < 1) return 'too-many'
    bucket.left--
    if (own !== undefined) {
      if (counted.size >= visitsKept) counted.delete(counted.values().next().value!)
      counted.add(own)
    }
    return 'counts'
  }
}
