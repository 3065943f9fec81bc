// Authentication: keys of agencies and tokens of devices (kiosks, desks, monitors). A key is shown once and stored as a hash;
// a device exchanges a one-time link for an HttpOnly cookie. A revocation reaches every gateway within a second.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { type RedisDoor, throwFault } from '../redis/connection.js'

type Identity =
  | { kind: 'agency'; id: string; agencies: readonly string[] }
  | { kind: 'kiosk'; id: string; name: string }
  | { kind: 'desk'; id: string; desk: string; person?: string }
  | { kind: 'monitor'; id: string; name: string; agencies?: readonly string[] }
type IdentityKind = Identity['kind']

export type Grant =
  | { kind: 'agency'; agencies: readonly string[] }
  | { kind: 'kiosk'; name: string }
  /** `person`: who works there with this key, for the audit trail. */
  | { kind: 'desk'; desk: string; person?: string }
  /** `agencies` left out: all of them. */
  | { kind: 'monitor'; name: string; agencies?: readonly string[] }

interface Stored {
  readonly grant: Grant
  readonly hash: string
  readonly createdAt: string
  readonly revokedAt?: string
}

interface KeyListing extends Omit<Stored, 'hash'> {
  readonly id: string
}

/** What authenticate reads of a request; Fastify's and node's requests both fit. */
interface Bearer {
  readonly headers: Record<string, string | string[] | undefined>
}

const allKey = 'keys'
const linkKey = (code: string) => `keylink:${digest(code)}`
const linkSeconds = 24 * 3600
// Cache time of a key: the bound on how late a revocation is noticed.
const trustMs = 1000
// How often the keys of open uploads and event streams are checked: a revocation must end them within five seconds.
const watchEveryMs = 2000
const digest = (text: string) => createHash('sha256').update(text).digest('base64url')
const cookieName = (kind: IdentityKind) => `dossier_${kind}`

// A page of a neighbouring subdomain can add a cookie of the same name, and the browser may send that one first.
const maxCookies = 4

function cookieValues(cookie: string, kind: IdentityKind): string[] {
  const form = new RegExp(`(?:^|;\\s*)${cookieName(kind)}=([A-Za-z0-9_-]+)`, 'g')
  return Array.from(cookie.matchAll(form), ([, value]) => value!).slice(0, maxCookies)
}

const codeForm = /^[A-Za-z0-9_-]{24}$/
const linkSealKey = (code: string) => Buffer.from(hkdfSync('sha256', code, '', 'link of a device', 32))

function seal(code: string, key: string): Buffer {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', linkSealKey(code), iv)
  const sealed = [cipher.update(key), cipher.final()]
  return Buffer.concat([iv, cipher.getAuthTag(), ...sealed])
}

function unseal(code: string, sealed: Buffer): string | undefined {
  try {
    const decipher = createDecipheriv('aes-256-gcm', linkSealKey(code), sealed.subarray(0, 12))
    decipher.setAuthTag(sealed.subarray(12, 28))
    return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]).toString()
  } catch {
    return undefined // not what `seal` made
  }
}

export type Keys = ReturnType<typeof openKeys>

/** Opens the key ring. Methods throw GatewayError redis-unavailable when Redis is away. */
export function openKeys(door: RedisDoor) {
  const known = new Map<string, { stored: Stored | undefined; until: number }>()

  const provenSecrets = new WeakMap<Stored, Buffer>()
  const identities = new WeakMap<Stored, Identity>()
  const provenCookies = new WeakMap<Bearer, { kind: IdentityKind; value: string }>()

  const watched = new Set<{ id: string; ended: () => void }>()
  let watching: NodeJS.Timeout | undefined
  async function endRevoked(): Promise<void> {
    const ids = [...new Set([...watched].map(({ id }) => id))]
    if (ids.length === 0) return
    // While the store is away nobody can be revoked; retried on the next tick.
    const records = await door.request.hmget(allKey, ...ids).catch(() => undefined)
    records?.forEach((raw, nth) => {
      if (raw && !(JSON.parse(raw) as Stored).revokedAt) return
      known.delete(ids[nth]!)
      for (const { id, ended } of watched) if (id === ids[nth]) ended()
    })
  }

  // By the monotonic clock: a system clock that is set back must not keep a revoked key alive.
  async function find(id: string): Promise<Stored | undefined> {
    const now = performance.now()
    const cached = known.get(id)
    if (cached?.stored && cached.until > now) return cached.stored
    const raw = await door.request.hget(allKey, id).catch(throwFault)
    const stored = raw ? (JSON.parse(raw) as Stored) : undefined
    if (known.size > 10_000) known.clear()
    if (stored) known.set(id, { stored, until: now + trustMs })
    return stored
  }

  async function identify(key: string, kinds: readonly IdentityKind[]): Promise<Identity | undefined> {
    const [, id, secret] = /^dgw_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/.exec(key) ?? []
    if (!id || !secret) return undefined
    const stored = await find(id)
    // A secret already proven for this record object is compared directly, so that busy senders are not hashed on every
    // request. All comparisons are constant-time, and run for unknown ids too.
    const given = Buffer.from(secret)
    const proven = stored && provenSecrets.get(stored)
    if (!proven || !timingSafeEqual(proven, given)) {
      if (!timingSafeEqual(Buffer.from(stored?.hash ?? digest(id)), Buffer.from(digest(secret))))
        return undefined
      if (stored) provenSecrets.set(stored, given)
    }
    if (!stored || stored.revokedAt || !kinds.includes(stored.grant.kind)) return undefined
    let identity = identities.get(stored)
    if (!identity) identities.set(stored, (identity = { id, ...stored.grant } as Identity))
    return identity
  }

  const every: readonly IdentityKind[] = ['agency', 'kiosk', 'desk', 'monitor']

  return {
    /** Creates a key. `key` cannot be read again later. `live`: how many live keys have this grant now. */
    async create(grant: Grant): Promise<{ id: string; key: string; live: number }> {
      const id = randomBytes(6).toString('hex')
      const secret = randomBytes(32).toString('base64url')
      const stored: Stored = { grant, hash: digest(secret), createdAt: new Date().toISOString() }
      await door.request.hset(allKey, id, JSON.stringify(stored)).catch(throwFault)
      const same = (await this.list()).filter(
        (other) => !other.revokedAt && JSON.stringify(other.grant) === JSON.stringify(grant),
      )
      return { id, key: `dgw_${id}_${secret}`, live: same.length }
    },

    /**
     * A code that `redeem` exchanges for the key, once, within a day. The link holds the code and never the key; the store
     * holds the key encrypted under the code, and not the code.
     */
    async createLinkCode(key: string): Promise<string> {
      const code = randomBytes(18).toString('base64url')
      await door.request.set(linkKey(code), seal(code, key), 'EX', linkSeconds).catch(throwFault)
      return code
    },
    /** Whether a code is still valid; does not consume it. */
    async isRedeemable(code: string): Promise<boolean> {
      if (!codeForm.test(code)) return false
      return (await door.request.exists(linkKey(code)).catch(throwFault)) === 1
    },
    async redeem(code: string): Promise<{ identity: Identity; key: string } | undefined> {
      if (!codeForm.test(code)) return undefined
      const sealed = await door.request.getdelBuffer(linkKey(code)).catch(throwFault)
      const key = sealed ? unseal(code, sealed) : undefined
      const identity = key ? await identify(key, every) : undefined
      return key && identity ? { identity, key } : undefined
    },

    async list(): Promise<KeyListing[]> {
      const all = await door.request.hgetall(allKey).catch(throwFault)
      return Object.entries(all)
        .map(([id, raw]) => {
          const { hash, ...shown } = JSON.parse(raw) as Stored
          return { id, ...shown }
        })
        .sort((a, b) => a.createdAt.localeCompare(b.createdAt))
    },

    /** False when there is no such key. */
    async revoke(id: string): Promise<boolean> {
      known.delete(id)
      const raw = await door.request.hget(allKey, id).catch(throwFault)
      if (!raw) return false
      const revoked: Stored = { ...(JSON.parse(raw) as Stored), revokedAt: new Date().toISOString() }
      await door.request.hset(allKey, id, JSON.stringify(revoked)).catch(throwFault)
      return true
    },

    /** The agency of a key id, for requests authenticated by a signature instead of the key itself. */
    async agencyOf(id: string): Promise<Extract<Identity, { kind: 'agency' }> | undefined> {
      if (!/^[0-9a-f]{12}$/.test(id)) return undefined
      const stored = await find(id)
      if (!stored || stored.revokedAt || stored.grant.kind !== 'agency') return undefined
      return { id, ...stored.grant }
    },

    /** The sender of a request, by Authorization: Bearer, else by a device's cookie. Undefined: unknown. */
    async authenticate(request: Bearer, ...kinds: IdentityKind[]): Promise<Identity | undefined> {
      const wanted = kinds.length > 0 ? kinds : every
      const { authorization, cookie } = request.headers
      if (typeof authorization === 'string') {
        const [, bearer] = /^Bearer +(\S+)$/i.exec(authorization) ?? []
        return bearer ? identify(bearer, wanted) : undefined
      }
      if (typeof cookie !== 'string') return undefined
      for (const kind of wanted)
        for (const value of cookieValues(cookie, kind)) {
          const identity = await identify(value, [kind])
          if (!identity) continue
          provenCookies.set(request, { kind, value })
          return identity
        }
      return undefined
    },

    /**
     * Calls `ended` within five seconds after this key is revoked, for long requests such as uploads and event streams.
     * Returns a function that ends the watch.
     */
    whileLive(id: string, ended: () => void): () => void {
      const entry = { id, ended }
      watched.add(entry)
      watching ??= setInterval(() => void endRevoked(), watchEveryMs).unref()
      return () => {
        watched.delete(entry)
        if (watched.size > 0) return
        clearInterval(watching)
        watching = undefined
      }
    },

    /**
     * The Set-Cookie of a device. Lax: a link on another site may lead here, but other sites' forms do not get the cookie. 400
     * days is the longest that browsers keep one (RFC 6265bis); each use renews it.
     */
    cookie(kind: IdentityKind, key: string, secure: boolean): string {
      return `${cookieName(kind)}=${key}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${400 * 86_400}${secure ? '; Secure' : ''}`
    },

    /** The Set-Cookie that extends the cookie by which `authenticate` knew the request; undefined when there was none. */
    renewal(request: Bearer, kind: IdentityKind, secure: boolean): string | undefined {
      const proven = provenCookies.get(request)
      return proven?.kind === kind ? this.cookie(kind, proven.value, secure) : undefined
    },
  }
}
