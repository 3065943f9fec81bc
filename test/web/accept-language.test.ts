import t from 'tap'
import { preferredLanguage } from '../../src/web/accept-language.js'

t.test('the preferred language is by weight, then by order; a region counts for its language', async (t) => {
  for (const [header, language] of [
    [undefined, 'vi'],
    ['', 'vi'],
    ['*', 'vi'],
    ['en', 'en'],
    ['en-US,en;q=0.9', 'en'],
    ['VI-vn, en;q=0.9', 'vi'],
    ['en;q=0.5, vi;q=0.9', 'vi'],
    ['vi;q=0.5,en;q=0.8', 'en'],
    ['vi;q=0, en;q=0.1', 'en'],
    ['en;q=0', 'vi'],
    ['fr-FR,fr;q=0.9,en;q=0.4', 'en'],
    ['zh-Hans-en', 'vi'],
    ['en ; Q=1.0 , vi', 'en'],
    ['en;q=much, vi;q=0.1', 'vi'],
    ['envi', 'vi'],
  ] as const)
    t.equal(preferredLanguage(header, ['vi', 'en'], 'vi'), language, header ?? 'no header')
})
