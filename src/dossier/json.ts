// A dossier as JSON and as a row: what an agency may see of it, in the API's words and order. Never the contact.
import type { Dossier } from './dossier.js'
import { type StatedField, type StatedName, statedFields, type Way } from './fields.js'
import { writeTime } from './times.js'

const written = (kind: StatedField['kind'], value: number | Way | undefined): string | undefined =>
  kind === 'time' && value !== undefined ? writeTime(value as number) : (value as Way | undefined)

const stated = (dossier: Dossier) =>
  Object.fromEntries(statedFields.map(({ name, kind }) => [name, written(kind, dossier[name])])) as {
    [Name in StatedName]: string | undefined
  }

/** As an Update with its number: the current values. Other numbers are left out if there are none. */
export function updateJson(dossier: Dossier) {
  const { dossierNo, procedure, otherNumbers } = dossier
  return {
    dossierNo: dossierNo.text,
    agency: dossierNo.agency,
    dossierStatus: dossier.dossierStatus,
    eventTime: writeTime(dossier.eventTime),
    version: dossier.version,
    procedure: procedure?.name ? procedure : undefined,
    ...stated(dossier),
    publicNote: dossier.publicNote,
    fee: dossier.fee,
    otherNumbers: otherNumbers.length > 0 ? otherNumbers : undefined,
  }
}

/** Everything stored: the update, when it was received, and the steps. */
export function dossierJson(dossier: Dossier) {
  const { dossierNo, agency, dossierStatus, eventTime, version, ...rest } = updateJson(dossier)
  return {
    dossierNo,
    agency,
    dossierStatus,
    eventTime,
    version,
    asOf: writeTime(dossier.asOf),
    ...rest,
    history: dossier.history.map(({ dossierStatus, at }) => ({
      dossierStatus,
      ...(at === undefined ? {} : { at: writeTime(at) }),
    })),
  }
}

/** The same as a row of a table; `rowColumns` are its headings. */
export const rowColumns: readonly string[] = [
  'dossierNo',
  'agency',
  'dossierStatus',
  'eventTime',
  'version',
  'asOf',
  'procedureCode',
  'procedureName',
  ...statedFields.map(({ name }) => name),
  'publicNote',
  'feeAmount',
  'feePaid',
  'otherNumbers',
]

/** A dossier as a row, in the order of `rowColumns`. */
export function dossierRow(dossier: Dossier): unknown[] {
  return [
    dossier.dossierNo.text,
    dossier.dossierNo.agency,
    dossier.dossierStatus,
    writeTime(dossier.eventTime),
    dossier.version,
    writeTime(dossier.asOf),
    dossier.procedure?.code,
    dossier.procedure?.name,
    ...statedFields.map(({ name, kind }) => written(kind, dossier[name])),
    dossier.publicNote,
    dossier.fee?.amount,
    dossier.fee?.paid,
    dossier.otherNumbers.join(' '),
  ]
}
