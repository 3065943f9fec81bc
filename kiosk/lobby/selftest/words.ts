// The self-test's words in every language there is a strings file for.
import { byLanguage } from '../../parts/words.ts'
import type vi from '../../strings/vi.json'

export type SelftestWords = (typeof vi)['selftest']

export const selftest = byLanguage(
  import.meta.glob<SelftestWords>('../../strings/*.json', {
    query: '?selftest',
    import: 'default',
    eager: true,
  }),
)
