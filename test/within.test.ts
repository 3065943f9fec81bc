import t from 'tap'
import { within } from '../src/within.js'

const forever = () => new Promise<never>(() => {})

t.test('the time is over whether or not the work obeys', async (t) => {
  await t.rejects(within(20, forever), { name: 'TimeoutError' })
  let told: unknown
  await t.rejects(
    within(20, (signal) => {
      signal.addEventListener('abort', () => (told = signal.reason))
      return forever()
    }),
    { name: 'TimeoutError' },
  )
  t.match(told, { name: 'TimeoutError' }, 'and the work is told')
})

t.test('whoever began it may give it up, before and meanwhile', async (t) => {
  const parent = new AbortController()
  const given = within(60_000, forever, parent.signal)
  parent.abort()
  await t.rejects(given, { name: 'AbortError' })
  await t.rejects(within(60_000, forever, parent.signal), { name: 'AbortError' })
})

t.test('what the work says in time is what comes of it', async (t) => {
  t.equal(await within(60_000, async () => 7), 7)
  await t.rejects(
    within(60_000, async () => {
      throw new Error('no')
    }),
    { message: 'no' },
  )
})
