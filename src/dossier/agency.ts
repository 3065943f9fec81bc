// The offices we answer for, as agencies.yaml lists them, and the one that exists for testing.

import { usageError } from '../errors.js'

/** One line of agencies.yaml. */
export interface Agency {
  readonly code: string
  /** 0–8,999, unique, never reused: printed lookup numbers contain it. Left out: no lookup numbers are made. */
  readonly index?: number
  readonly name: string
  /** ASCII, for SMS. */
  readonly shortName: string
  readonly phone: string
  readonly email?: string
  readonly address: string
  /** When set, the units below `code` are not this agency's. */
  readonly exact?: boolean
  /** Other spellings of `code` on paper, with the same sequence. */
  readonly aliases: readonly string[]
  /** Code of the entry whose name, phone and desk answer for this one now. */
  readonly servedBy?: string
  /** `YYYY-MM-DD` when the code was closed; its numbers still resolve. */
  readonly retired?: string
  /** Extra legacy number shapes as anchored regular expressions on the upper-cased text. */
  readonly patterns: readonly string[]
}

/** The entry that a code or an alias of the agencies file names. */
export const agencyNamed = (code: string, agencies: readonly Agency[]): Agency | undefined =>
  agencies.find((one) => one.code === code || one.aliases.includes(code))

/** The entry whose code or alias an operator typed, in any case. Throws GatewayError usage. */
export function agencyTyped(code: string, agencies: readonly Agency[]): Agency {
  const known = agencyNamed(code.trim().toUpperCase(), agencies)
  if (known) return known
  const hint = /[,;\s]/.test(code.trim()) ? ': give --agency once for each' : ''
  throw usageError(`agency ${code} is not in the agencies file${hint}`)
}

/** Four digits of a lookup number are the index, and its first digit is never 0: 1000 to 9999 stand for these. */
export const highestIndex = 8999

/** The code is reserved. None of its dossiers ever gets a printed slip, so it has no index. */
export const sandboxAgency: Agency = {
  code: '000.00.00.X00',
  name: 'Cơ quan thử nghiệm',
  shortName: 'Co quan thu',
  phone: '0257 000 0000',
  address: '',
  aliases: [],
  patterns: [],
}

/**
 * For each entry's code, the entry that answers for it now: name, phone and desk. One without a phone gets the office's
 * `hotline`.
 */
export function answeringAgencies(agencies: readonly Agency[], hotline = ''): ReadonlyMap<string, Agency> {
  const entries = new Map(
    agencies.map((agency) => [agency.code, agency.phone ? agency : { ...agency, phone: hotline }]),
  )
  return new Map(
    agencies.map(({ code, servedBy }) => [code, entries.get(servedBy ?? '') ?? entries.get(code)!]),
  )
}

/** Codes of the entries that `codes` (codes or aliases) stand for: their own, and those they serve now. */
export function spokenFor(agencies: readonly Agency[], codes: Iterable<string>): ReadonlySet<string> {
  const named = new Set(codes)
  const own = new Set<string>()
  for (const { code, aliases } of agencies)
    if (named.has(code) || aliases.some((alias) => named.has(alias))) own.add(code)
  const served = agencies.filter(({ servedBy }) => servedBy !== undefined && own.has(servedBy))
  return new Set([...named, ...own, ...served.map(({ code }) => code)])
}
