// The whole store, or an agency's part of it, as NDJSON or CSV: what an agency may see of a dossier, without contact,
// watches and lookup numbers. `import` reads it.
import { csvLine, csvStart } from '../../csv.js'
import type { Dossier } from '../../dossier/dossier.js'
import { dossierJson, dossierRow, rowColumns } from '../../dossier/json.js'

export type ExportFormat = 'ndjson' | 'csv'

/** Lines of the export, about 64 KiB at a time. */
export async function* exportDossiers(
  dossiers: AsyncIterable<Dossier>,
  format: ExportFormat,
): AsyncGenerator<string, number> {
  let count = 0
  let text = format === 'csv' ? csvStart + csvLine(rowColumns) : ''
  for await (const dossier of dossiers) {
    text += format === 'csv' ? csvLine(dossierRow(dossier)) : `${JSON.stringify(dossierJson(dossier))}\n`
    count++
    if (text.length < 65_536) continue
    yield text
    text = ''
  }
  if (text !== '') yield text
  return count
}
