// A bug of ours while rendering one slip: that slip fails, and the printer continues with the next.
import t from 'tap'
import type { Words } from '../../src/dossier/wording.js'
import { dossierNo, openTestDesk, until, words } from './harness.js'

t.test('a mistake in setting one slip costs that one only', async (t) => {
  const { desk, tape } = await openTestDesk(t)
  const { text } = words
  const broken: Words['text'] = (key, ...fillings) => {
    if (key === 'slip.rule') throw new Error('a mistake')
    return text(key, ...fillings)
  }
  Object.assign(words, { text: broken })
  const jobId = await desk.print(dossierNo)
  const failed = await until(async () => {
    const job = await desk.job(jobId)
    return job.state === 'failed' && job
  })
  t.equal(failed.reason, 'unavailable')
  t.equal(tape.slips.length, 0)

  Object.assign(words, { text })
  await desk.print(dossierNo)
  t.match((await tape.slip(1)).text, dossierNo)
})
