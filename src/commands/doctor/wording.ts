// The wording files of both languages.
import { loadWording } from '../../dossier/wording.js'
import { type Check, fail, ok } from './finding.js'

export const checkWording: Check = ({ config: { wording } }) => {
  const loaded = loadWording(wording)
  return loaded.ok
    ? [ok('wording', 'both languages are complete')]
    : loaded.problems.map(({ path, message }) =>
        fail('wording', `${path}: ${message}`, 'correct the wording file'),
      )
}
