// The desk's words in every language there is a strings file for.
import { byLanguage } from '../parts/words.ts'
import type vi from '../strings/vi.json'

export type DeskWords = (typeof vi)['desk']

export const deskWords = byLanguage(
  import.meta.glob<DeskWords>('../strings/*.json', {
    query: '?desk',
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
