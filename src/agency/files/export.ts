// The whole store, or an agency's part of it, as NDJSON or CSV: what an agency may see of a dossier, without contact,
// watches and lookup numbers. What is written here is read by `import`.
import type { Dossier } from '../../dossier/dossier.js'
import { writeTime } from '../../dossier/times.js'
import { csvLine, csvStart } from './csv.js'

export type ExportFormat = 'ndjson' | 'csv'

/** Lines of the export, about 64 KiB at a time. */
export async function* exportDossiers(
  dossiers: AsyncIterable<Dossier>,
  format: ExportFormat,
): AsyncGenerator<string, number> {
  let count = 0
  let text = format === 'csv' ? csvStart + csvLine(csvColumns) : ''
  for await (const dossier of dossiers) {
    text += format === 'csv' ? csvLine(csvCells(dossier)) : `${JSON.stringify(record(dossier))}\n`
    count++
    if (text.length < 65_536) continue
    yield text
    text = ''
  }
  if (text !== '') yield text
  return count
}

const time = (at: number | undefined) => (at === undefined ? undefined : writeTime(at))

function record(dossier: Dossier): object {
  const { dossierNo, dossierStatus, version, procedure, publicNote, fee, otherNumbers } = dossier
  return {
    dossierNo: dossierNo.text,
    agency: dossierNo.agency,
    dossierStatus,
    eventTime: writeTime(dossier.eventTime),
    version,
    asOf: writeTime(dossier.asOf),
    procedure,
    receivedAt: time(dossier.receivedAt),
    dueAt: time(dossier.dueAt),
    extendedDueAt: time(dossier.extendedDueAt),
    finishedAt: time(dossier.finishedAt),
    returnedAt: time(dossier.returnedAt),
    publicNote,
    fee,
    otherNumbers: otherNumbers.length > 0 ? otherNumbers : undefined,
    history: dossier.history.map(({ dossierStatus, at }) => ({ dossierStatus, at: writeTime(at) })),
  }
}

const csvColumns = [
  'dossierNo',
  'agency',
  'dossierStatus',
  'eventTime',
  'version',
  'asOf',
  'procedureCode',
  'procedureName',
  'receivedAt',
  'dueAt',
  'extendedDueAt',
  'finishedAt',
  'returnedAt',
  'publicNote',
  'feeAmount',
  'feePaid',
  'otherNumbers',
]

function csvCells(dossier: Dossier): unknown[] {
  return [
    dossier.dossierNo.text,
    dossier.dossierNo.agency,
    dossier.dossierStatus,
    writeTime(dossier.eventTime),
    dossier.version,
    writeTime(dossier.asOf),
    dossier.procedure?.code,
    dossier.procedure?.name,
    time(dossier.receivedAt),
    time(dossier.dueAt),
    time(dossier.extendedDueAt),
    time(dossier.finishedAt),
    time(dossier.returnedAt),
    dossier.publicNote,
    dossier.fee?.amount,
    dossier.fee?.paid,
    dossier.otherNumbers.join(' '),
  ]
}
