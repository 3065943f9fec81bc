// The lobby's words in every language there is a strings file for.

import { byLanguage } from '../parts/words.ts'
import type vi from '../strings/vi.json'

export type LobbyWords = (typeof vi)['lobby']

export const lobby = byLanguage(
  import.meta.glob<LobbyWords>('../strings/*.json', {
    query: '?lobby',
    import: 'default',
    eager: true,
  }),
)
export const languageNames = byLanguage(
  import.meta.glob<string>('../strings/*.json', {
    query: '?language',
    import: 'default',
    eager: true,
  }),
)
