// The monitor's words in every language there is a strings file for.
import { byLanguage } from '../parts/words.ts'
import type vi from '../strings/vi.json'

export type MonitorWords = (typeof vi)['monitor']

export const monitorWords = byLanguage(
  import.meta.glob<MonitorWords>('../strings/*.json', {
    query: '?monitor',
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
