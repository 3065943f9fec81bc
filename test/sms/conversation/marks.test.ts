import t from 'tap'
import { isCourtesy } from '../../../src/sms/conversation/courtesy.js'

t.test('a text that is nothing but marks is read in no time, and a face is a face', (t) => {
  // Thirty brackets and a stop: a pattern with a repetition in a repetition needs minutes for it.
  for (const text of [`${')'.repeat(3000)}!`, `${':)'.repeat(1500)}x!`, `${'^_'.repeat(1500)} 1`]) {
    const started = performance.now()
    t.equal(isCourtesy(text, []), false)
    t.ok(performance.now() - started < 2000, `${text.slice(0, 6)}…`)
  }
  for (const face of [':)', '=))', '^^', '<3', ':-D', '=)) :))', "T_T :'("])
    t.equal(isCourtesy(face, []), !face.startsWith('T'), face)
  t.end()
})
