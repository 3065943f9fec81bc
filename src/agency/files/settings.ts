// Settings of the daily extract.
import { clockTime, oneOf, optionalGroup, slice, text, whole } from '../../config/slice.js'

export const extractSettings = slice({
  extract: optionalGroup('daily extract of every dossier; left out: none', {
    at: clockTime('local time', '02:00'),
    directory: text('folder of the files; a relative one is under dataDir', 'extracts'),
    format: oneOf(['ndjson', 'csv'], 'as `export` writes them', 'ndjson'),
    keepDays: whole('older files are removed', 30, 1),
  }),
})
