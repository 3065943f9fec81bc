// Validates what somebody sent: an Update for the store, or codes and pointers of what is wrong. An error never contains
// a value: it may be somebody's name.
import { createRequire } from 'node:module'
import type { Agency } from '../dossier/agency.js'
import {
  type DossierNo,
  type DossierStatus,
  type dossierStatuses,
  isSameDossier,
  statusOfCode,
} from '../dossier/dossier.js'
import { statedFields } from '../dossier/fields.js'
import { openAgencyCodes } from '../dossier/numbers/agency-codes.js'
import type { Numbers } from '../dossier/numbers/numbers.js'
import { holdsIdentityNumber } from '../dossier/numbers/personal.js'
import type { Unreadable } from '../dossier/numbers/reading.js'
import type { Update } from '../dossier/store/updates.js'
import { dayMs, readTime } from '../dossier/times.js'
import { compile, type ErrorObject } from '../validator.js'
import { longestNote, UpdateBody } from './schemas.js'

export const faultCodes = [
  'invalid',
  'malformed-json',
  'unreadable',
  'forbidden',
  'too-large',
  'unavailable',
  'internal',
  'missing',
  'unknown-field',
  'bad-time',
  'future-time',
  'bad-phone',
  'agency-mismatch',
  'number-mismatch',
  'identity-number',
  'not-gzip',
  'too-many-cells',
  'empty',
  'too-long',
  'too-many',
  'not-allowed',
  'out-of-range',
] as const
type FaultCode = (typeof faultCodes)[number]

/** One thing that is wrong; `pointer` is a JSON pointer to where. */
export interface Fault {
  readonly code: FaultCode
  readonly pointer?: string
  /** Of `unreadable`: what is wrong with the number. */
  readonly reason?: Unreadable
  readonly suggestion?: string
}

export interface Item {
  readonly no: DossierNo
  readonly update: Update
}

/** Whether the sender may write for an agency (current code). */
export type MayWrite = (agency: string) => boolean

export interface Checker {
  /** A number in an address or a field. */
  number(text: string): { no: DossierNo } | { fault: Fault }
  /**
   * An update. `no` is the number in the URL, if there is one; otherwise the body's `dossierNo` counts. Returns the item,
   * or the faults (at least one, at most eight).
   */
  update(raw: unknown, mayWrite: MayWrite, now: number, no?: DossierNo): Item | readonly Fault[]
}

// An update from a clock a day ahead would block every true one after it.
const clockAheadMs = dayMs
const maxFaults = 8

const validate = compile<UpdateBody>(UpdateBody)

// No printed number is longer. A longer text, or one with a list in it, is searched for a second number.
const longestAlone = 30
const listed = /\d(?:\s*[,;/&+]\s*|\s+\S{1,3}\s+)\d/
const listedBehind = /^\s*[,;&+]\s*\d{1,6}(?![\d/:.-])/
// "…-0001-0003", "…-0001..0003", or one below the other: a later sequence of the same length.
const laterBehind = /^(?:\s*(?:[-–—~→…]|\.{2,3})\s*|[ \t]*[\r\n]\s*)(\d{4,7})\s*$/

/** Checks against the codes of these agencies. */
export function openChecker(numbers: Numbers, agencies: readonly Agency[]): Checker {
  const codes = openAgencyCodes(agencies)

  const number = (text: string): { no: DossierNo } | { fault: Fault } => {
    const reading = numbers.read(text)
    if (reading.kind !== 'unreadable')
      return namesMore(text, reading.dossierNo)
        ? { fault: { code: 'unreadable', reason: 'too-long' } }
        : { no: reading.dossierNo }
    const { reason, suggestion } = reading
    return { fault: suggestion ? { code: 'unreadable', reason, suggestion } : { code: 'unreadable', reason } }
  }

  // Whether a text names further numbers. A citizen is answered about the first one; an update of several dossiers must not be
  // applied to one of them.
  const namesMore = (text: string, { text: printed, sequence }: DossierNo): boolean => {
    if (text === printed) return false
    const end = text.lastIndexOf(`-${sequence}`) + 1 + sequence.length
    const behind = end > sequence.length ? text.slice(end) : ''
    const later = laterBehind.exec(behind)?.[1]
    if (later?.length === sequence.length && later > sequence) return true
    if (text.length <= longestAlone && !listed.test(text)) return false
    if (listedBehind.test(behind)) return true
    return numbers.find(text, 2).length > 1
  }

  return {
    number,
    update(given, mayWrite, now, addressed) {
      const raw = composed(given)
      if (!validate(raw)) return explain(validate.errors ?? [])
      let no = addressed
      if (raw.dossierNo !== undefined) {
        const read = number(raw.dossierNo)
        // No suggestion here: machines must not guess, and it would echo the input.
        if ('fault' in read)
          return [{ code: 'unreadable', pointer: '/dossierNo', reason: read.fault.reason! }]
        if (no && !isSameDossier(no, read.no)) return [{ code: 'number-mismatch', pointer: '/dossierNo' }]
        no = read.no
      }
      if (!no) return [{ code: 'missing', pointer: '/dossierNo' }]
      if (!mayWrite(no.agency)) return [{ code: 'forbidden', pointer: '/dossierNo' }]
      const faults: Fault[] = []
      if (raw.agency !== undefined && codes.issuerOf(raw.agency)?.agency.code !== no.agency)
        faults.push({ code: 'agency-mismatch', pointer: '/agency' })
      const update = convert(raw, now, number, mayWrite, faults)
      return faults.length > 0 ? faults : { no, update }
    },
  }
}

// A letter of Vietnamese has at most two marks.
const longestApart = 3 * longestNote

/** Composes a note in NFD, as macOS writes it, before its length is checked: the limit is in letters as people see them. */
function composed(raw: unknown): unknown {
  const note = (raw as { publicNote?: unknown } | null)?.publicNote
  if (typeof note !== 'string' || note.length <= longestNote || note.length > longestApart) return raw
  return { ...(raw as object), publicNote: note.normalize('NFC') }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

function convert(
  raw: UpdateBody,
  now: number,
  number: Checker['number'],
  mayWrite: MayWrite,
  faults: Fault[],
): Update {
  const time = (text: string, pointer: string): number => {
    const at = readTime(text)
    if (at === undefined) faults.push({ code: 'bad-time', pointer })
    return at ?? 0
  }
  const eventTime = time(raw.eventTime, '/eventTime')
  if (eventTime > now + clockAheadMs) faults.push({ code: 'future-time', pointer: '/eventTime' })
  const update: Writable<Update> = { dossierStatus: statusOf(raw.dossierStatus), eventTime }
  if (raw.version !== undefined) update.version = raw.version
  for (const { name, kind } of statedFields) {
    const value = raw[name]
    if (value === undefined) continue
    Object.assign(update, { [name]: kind === 'time' && value !== null ? time(value, `/${name}`) : value })
  }
  const { procedure, publicNote, fee, otherNumbers, contact } = raw
  if (procedure !== undefined)
    update.procedure = procedure && { code: procedure.code, name: tidy(procedure.name) }
  if (publicNote !== undefined) update.publicNote = publicNote === null ? null : tidyLines(publicNote) || null
  // These texts are shown to anyone with the slip and stay in backups, so they must not hold an identity card's number.
  for (const part of ['code', 'name'] as const)
    if (procedure && holdsIdentityNumber(procedure[part]))
      faults.push({ code: 'identity-number', pointer: `/procedure/${part}` })
  if (publicNote && holdsIdentityNumber(publicNote))
    faults.push({ code: 'identity-number', pointer: '/publicNote' })
  if (fee !== undefined) update.fee = fee
  if (otherNumbers === null) update.otherNumbers = null
  else if (otherNumbers !== undefined)
    update.otherNumbers = otherNumbers.flatMap((text, at) => {
      const read = number(text)
      const pointer = `/otherNumbers/${at}`
      if ('fault' in read) faults.push({ code: 'unreadable', pointer, reason: read.fault.reason! })
      // Another agency's number would lead its citizens to this dossier.
      else if (!mayWrite(read.no.agency)) faults.push({ code: 'forbidden', pointer })
      else return [read.no]
      return []
    })
  if (contact !== undefined) {
    const phone = contact && mobile(contact.phone)
    if (contact && !phone) faults.push({ code: 'bad-phone', pointer: '/contact/phone' })
    update.contact = contact && { phone: phone ?? '', notify: contact.notify }
  }
  return update
}

function statusOf(value: string | number): DossierStatus {
  return typeof value === 'number' ? statusOfCode(value)! : (value as keyof typeof dossierStatuses)
}

// Normalises blanks and accents, so that SMS, slips and pages show the same text.
function tidy(text: string): string {
  return text.normalize('NFC').replace(/\s+/g, ' ').trim()
}

// A list of papers stays a list: one line each, none of them empty.
function tidyLines(text: string): string {
  return text
    .split(/[\r\n\u2028\u2029]+/)
    .map(tidy)
    .filter(Boolean)
    .join('\n')
}

// The world's numbering plans are 11 MiB in memory; most gateways never see a contact.
let phones: typeof import('libphonenumber-js/mobile') | undefined
const require = createRequire(import.meta.url)

/** A Vietnamese mobile number in international digits. */
function mobile(text: string): string | undefined {
  phones ??= require('libphonenumber-js/mobile') as NonNullable<typeof phones>
  const phone = phones.parsePhoneNumberFromString(text, 'VN')
  return phone?.isValid() && phone.country === 'VN' ? phone.number.slice(1) : undefined
}

function explain(errors: readonly ErrorObject[]): Fault[] {
  const faults = new Map<string, Fault>()
  for (const { keyword, instancePath, params, schemaPath } of errors) {
    // In a union every branch fails; report that none fits (anyOf), or the errors of the non-null branch (a missing name
    // of a procedure, a note that is too long).
    if (keyword === 'const' || (keyword === 'type' && /\/anyOf\/\d+\/type$/.test(schemaPath))) continue
    let fault: Fault = { code: codes[keyword] ?? 'invalid', pointer: instancePath }
    if (keyword === 'required')
      fault = {
        code: 'missing',
        pointer: `${instancePath}/${(params as { missingProperty: string }).missingProperty}`,
      }
    else if (keyword === 'additionalProperties')
      fault = {
        code: 'unknown-field',
        pointer: instancePath + named((params as { additionalProperty: string }).additionalProperty),
      }
    const key = fault.pointer ?? ''
    const known = faults.get(key)
    if (!known || known.code === 'invalid') faults.set(key, fault)
  }
  // A union whose branch has a more specific error need not be reported itself.
  const deep = [...faults.values()]
  const shown = deep.filter(
    ({ code, pointer }) =>
      code !== 'invalid' || !deep.some((other) => other.pointer!.startsWith(`${pointer}/`)),
  )
  return shown.length > 0 ? shown.slice(0, maxFaults) : [{ code: 'invalid', pointer: '' }]
}

const codes: Readonly<Record<string, FaultCode>> = {
  maxLength: 'too-long',
  minLength: 'empty',
  maxItems: 'too-many',
  pattern: 'not-allowed',
  minimum: 'out-of-range',
  maximum: 'out-of-range',
}

// The name of an unknown field helps; but one that looks like a misplaced value is not repeated.
function named(field: string): string {
  return /^[a-z][A-Za-z]{1,31}$/.test(field) ? `/${field}` : ''
}
