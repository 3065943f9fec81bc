// The hash chain of the audit trail: the form of its entries, the hash of each over the one before, and its sealed ends. Pure:
// audit.ts writes the chain to Redis, audit-verify.ts checks what is there.
import { createHmac } from 'node:crypto'

export interface AuditEntry {
  /** `key 1f2e…`, `desk quay-1`, `operator root`. Never a citizen. */
  readonly who: string
  /** `dossier.put`, `dossier.erase`, `dossier.forbidden`, `bulk`, `keys.create`, `keys.revoke`, `receipt.print` … */
  readonly what: string
  /** The dossier number, key id or job id it was done to. */
  readonly on: string
  readonly result: string
}

/** An entry of the chain. `seq` counts from 1; 0 marks an entry that somebody else wrote. */
export interface KeptEntry extends AuditEntry {
  readonly seq: number
  readonly at: string
  readonly hash: string
}

// Redis keys; one hash tag, so that a script can change them together on a cluster.
export const stream = '{audit}:log'
export const headKey = '{audit}:head'
export const anchorKey = '{audit}:anchor'

/** The end of an empty chain. Every other end is `seq:hash`. */
export const start = '0:'

/** The number in an end. */
export const seqOf = (end: string) => Number(end.split(':')[0])

/** An end as stored. */
interface End {
  readonly end: string
  readonly seq: number
  readonly hash: string
  /** Its seal is valid. */
  readonly isOurs: boolean
}

export type Chain = ReturnType<typeof openChain>

/** `key` (hex) seals the chain: without it nobody can forge one that verifies. */
export function openChain(key: string) {
  const sealKey = createHmac('sha256', Buffer.from(key, 'hex')).update('audit trail').digest()

  /** The hash of an entry: of its line and the hash before it. */
  const hashOf = (before: string, line: string) =>
    createHmac('sha256', sealKey).update(`${before}\n${line}`).digest('base64url')

  /** An end of the chain with its seal, as stored: `seq:hash:seal`. */
  const sealed = (name: 'head' | 'anchor', end: string) => `${end}:${hashOf(name, end)}`

  /** Parses a stored end. */
  const readEnd = (name: 'head' | 'anchor', stored: string | null): End => {
    if (stored === null) return { end: start, seq: 0, hash: '', isOurs: true }
    const [seq = '', hash = ''] = stored.split(':')
    const end = `${seq}:${hash}`
    return {
      end,
      seq: Number(seq) || 0,
      hash,
      get isOurs() {
        return stored === sealed(name, end)
      },
    }
  }

  /** Chains entries onto the stored head `from`; returns the line and hash of each, in order, and the new head. */
  const link = (from: string, entries: readonly { readonly entry: AuditEntry; readonly at: string }[]) => {
    let { seq, hash } = readEnd('head', from)
    const args: string[] = []
    for (const { entry, at } of entries) {
      const line = JSON.stringify([++seq, at, entry.who, entry.what, entry.on, entry.result])
      hash = hashOf(hash, line)
      args.push(line, hash)
    }
    return { args, end: sealed('head', `${seq}:${hash}`) }
  }

  return { hashOf, sealed, readEnd, link }
}

/** Parses a stored entry. One that somebody else wrote is `unreadable` and has the number 0. */
export function entryOf(fields: readonly string[]): KeptEntry & { line: string } {
  const [, line = '', , hash = ''] = fields
  try {
    const [seq, at, who, what, on, result, ...more] = JSON.parse(line) as string[]
    const words = [at, who, what, on, result]
    if (Number.isSafeInteger(seq) && more.length === 0 && words.every((word) => typeof word === 'string'))
      return { seq: Number(seq), at, who, what, on, result, hash, line } as KeptEntry & { line: string }
  } catch {} // no JSON, or no list
  return { seq: 0, at: '', who: '', what: 'unreadable', on: '', result: '', hash, line }
}
