// Both languages of the wording.
import { loadWording } from '../../dossier/wording.js'
import { type Check, fail, ok } from './finding.js'

export const checkWording: Check = ({ config: { wording } }) => {
  const loaded = loadWording(wording)
  return loaded.ok
    ? [ok('wording', 'both languages say the same things')]
    : loaded.problems.map(({ path, message }) =>
        fail('wording', `${path}: ${message}`, 'mend the wording file'),
      )
}
