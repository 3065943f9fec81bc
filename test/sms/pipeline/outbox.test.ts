// The stages of a text without Redis or sockets: who waits, who leaves, in which order, how a carrier's outcome is
// handled, and what is recorded. Redis' steps and the carrier are faked; the wording is one word.
import t from 'tap'
import type { Outcome } from '../../../src/sms/carriers/carrier.js'
import { Outbox } from '../../../src/sms/pipeline/outbox.js'
import type { Made, Step, Verdict } from '../../../src/sms/pipeline/steps.js'
import { type End, Text } from '../../../src/sms/pipeline/text.js'
import { until } from '../../peers/fake-smsc.js'

type Sent = { id: string; settle(outcome: Outcome): void }

/** An outbox whose Redis executes every step at once, unless told to fail, and whose carrier is answered by hand. */
function openPlay({ credit = 10 } = {}) {
  const held = new Map<string, number>()
  const steps: Step[] = []
  const sent: Sent[] = []
  const ends: string[] = []
  let fails: 'not made' | 'made' | undefined
  let verdict: Verdict = 'may-leave'
  let lease = 1
  const carrier = {
    window: 10,
    get credit() {
      return credit
    },
    send: (reply: { text: string }, settle: (outcome: Outcome) => void) => {
      credit--
      sent.push({
        id: reply.text,
        settle: (outcome) => {
          credit++
          settle(outcome)
          outbox.wake()
        },
      })
    },
  }
  function make(step: Step): Made {
    for (const { ids } of step.ended) for (const id of ids) held.delete(id)
    for (const [id, attempts] of step.back) if (held.has(id)) held.set(id, attempts)
    for (const { ids } of step.arrivals) for (const id of ids) held.set(id, 0)
    return {
      arrivals: step.arrivals.map(() => true),
      leaving: step.leaving.map(({ id, attempts }) => {
        if (!held.has(id)) return { verdict: 'not-ours', found: [] }
        if (verdict === 'may-leave') held.set(id, attempts)
        else held.delete(id)
        return { verdict, found: [] }
      }),
    }
  }
  const outbox = new Outbox({
    carrier,
    worder: {
      planFor: (text: Text) => {
        text.plan = { isQuick: true, delayMs: 0, places: [], identity: 'one', word: () => undefined as never }
        return text.plan
      },
      isQuick: () => true,
      word: (text: Text) => ({ text: text.id, isValid: true, kind: 'status' }),
      work: async (text: Text) => ({ text: text.id, isValid: true, kind: 'status' }),
    },
    instance: { lease: () => lease },
    tell: {
      received: () => undefined,
      sent: () => undefined,
      ended: (text: Text, end: End) => ends.push(`${text.id} ${end}`),
    },
    shortCode: '8188',
    replyMaxAgeMs: () => 60_000,
    isReady: () => true,
    makeStep: async (step: Step) => {
      steps.push(step)
      // An outbox that tries this often in one turn would loop for ever, and the test would not end.
      if (steps.length > 1000) return new Promise(() => {})
      const failing = fails
      if (failing !== 'not made') {
        const made = make(step)
        if (failing === undefined) return made
      }
      throw new Error('no word of it')
    },
  } as never)
  return {
    outbox,
    held,
    steps,
    sent,
    ends,
    answers: [] as string[],
    fail: (how: typeof fails) => {
      fails = how
    },
    judge: (how: Verdict) => {
      verdict = how
    },
    newLease: () => {
      lease++
    },
    /** Texts, oldest first, and the acknowledgements to their peer. */
    bring(...ids: string[]): string[] {
      const answers: string[] = []
      outbox.bring(
        ids.map((id) => ({
          row: { mark: id, session: 's', sequence: 1, sealed: [] },
          texts: [textOf(id)],
          answer: (is) => answers.push(`${id} ${is}`),
        })),
      )
      return answers
    },
  }
}

const phone = { address: '84901234567', ton: 1, npi: 1 }
function textOf(id: string, receivedAt = Date.now()): Text {
  return new Text(id, {
    question: { action: 'help', accents: false },
    phone,
    subject: 'somebody',
    to: { ...phone, address: '' },
    receivedAt,
  })
}

const turns = async () => {
  for (let nth = 0; nth < 5; nth++) await new Promise((resolve) => setImmediate(resolve))
}

t.test('with room, a text is kept, judged and sent by one step, and ends with the next', async (t) => {
  const { outbox, bring, steps, sent, ends, held } = openPlay()
  const answers = bring('a')
  await turns()
  t.strictSame(answers, ['a kept'])
  t.equal(steps.length, 1)
  t.strictSame(
    sent.map(({ id }) => id),
    ['a'],
  )
  t.equal(held.get('a'), 1, 'the attempt is on record before it leaves')
  sent[0]!.settle({ kind: 'taken' })
  bring('b')
  await turns()
  t.equal(steps.length, 2)
  t.strictSame(steps[1]!.ended, [{ reason: 'answered', isBuried: false, ids: ['a'] }])
  t.strictSame(ends, ['a answered'])
  t.strictSame([...held.keys()], ['b'])
  await outbox.close()
})

t.test('without room texts wait, and leave oldest first as room comes', async (t) => {
  const { outbox, bring, sent, steps } = openPlay({ credit: 1 })
  bring('a', 'b', 'c')
  await turns()
  t.strictSame(
    sent.map(({ id }) => id),
    ['a'],
  )
  t.strictSame(
    steps[0]!.leaving.map(({ id }) => id),
    ['a'],
    'the link has room for one: one is reserved',
  )
  sent[0]!.settle({ kind: 'taken' })
  await turns()
  sent[1]!.settle({ kind: 'taken' })
  await turns()
  t.strictSame(
    sent.map(({ id }) => id),
    ['a', 'b', 'c'],
  )
  await outbox.close()
})

t.test('what may be out already goes first: a session mostly breaks late', async (t) => {
  const { outbox, bring, sent } = openPlay({ credit: 2 })
  bring('a', 'b', 'c')
  await turns()
  sent[0]!.settle({ kind: 'unsent' })
  sent[1]!.settle({ kind: 'lost' })
  await turns()
  t.strictSame(
    sent.slice(2).map(({ id }) => id),
    ['b', 'a'],
  )
  await outbox.close()
})

t.test(
  'the outcome of a submit decides whether its text ends, is retried or becomes a dead letter',
  async (t) => {
    const rows: [says: Outcome, ends: string[], sent: number, onRecord: number | undefined][] = [
      [{ kind: 'taken' }, ['a answered'], 1, undefined],
      [{ kind: 'lost' }, [], 2, 2],
      [{ kind: 'unsent' }, [], 2, 1],
      [{ kind: 'unheard' }, [], 2, 1],
      [{ kind: 'refused', how: 'final', status: '0x0b' }, ['a rejected'], 1, undefined],
      [{ kind: 'refused', how: 'throttled', status: '0x58' }, [], 1, 0],
      [{ kind: 'refused', how: 'retry', status: '0x08' }, [], 1, 0],
      [{ kind: 'refused', how: 'doubtful', status: '0x04' }, [], 1, 0],
    ]
    for (const [says, ends, sends, onRecord] of rows)
      await t.test(`${says.kind} ${'how' in says ? says.how : ''}`, async (t) => {
        const play = openPlay()
        play.bring('a')
        await turns()
        play.sent[0]!.settle(says)
        play.bring('b')
        await turns()
        t.strictSame(play.ends, ends)
        t.equal(play.sent.filter(({ id }) => id === 'a').length, sends)
        t.equal(play.held.get('a'), onRecord, 'attempts on record')
        await play.outbox.close()
      })
  },
)

t.test('an outcome that is not known is tried once more and no more', async (t) => {
  const { outbox, bring, sent, ends } = openPlay()
  bring('a')
  await turns()
  sent[0]!.settle({ kind: 'lost' })
  await turns()
  sent[1]!.settle({ kind: 'lost' })
  await turns()
  t.equal(sent.length, 2)
  t.strictSame(ends, ['a outcome-unknown'])
  await outbox.close()
})

t.test('three sessions that never answered are one attempt whose outcome is not known', async (t) => {
  const { outbox, bring, sent, ends } = openPlay()
  bring('a')
  for (let nth = 0; nth < 3; nth++) {
    await turns()
    sent[nth]!.settle({ kind: 'unheard' })
  }
  await turns()
  t.equal(sent.length, 4)
  t.strictSame(ends, [])
  sent[3]!.settle({ kind: 'unheard' })
  t.strictSame(ends, ['a outcome-unknown'])
  await outbox.close()
})

t.test('what is capped, over the ceiling or another gateway’s is not sent', async (t) => {
  for (const [verdict, ends] of [
    ['capped', ['a capped']],
    ['ceiling', ['a ceiling']],
    ['not-ours', []],
  ] as const)
    await t.test(verdict, async (t) => {
      const play = openPlay()
      play.judge(verdict)
      play.bring('a')
      await turns()
      t.equal(play.sent.length, 0)
      t.strictSame(play.ends, ends)
      t.equal(play.outbox.size, 0)
      await play.outbox.close()
    })
})

t.test('a lease that ended meanwhile sends nothing: somebody may have taken it over', async (t) => {
  const { outbox, bring, sent, newLease, held } = openPlay()
  bring('a')
  process.nextTick(() => process.nextTick(newLease))
  await turns()
  t.equal(sent.length, 1, 'it is asked about anew')
  t.equal(held.get('a'), 1)
  await outbox.close()
})

t.test('after a lost reply of Redis a text is sent once, whether the step was made or not', async (t) => {
  for (const how of ['made', 'not made'] as const)
    await t.test(how, async (t) => {
      const { outbox, bring, fail, sent, held } = openPlay()
      fail(how)
      t.strictSame(bring('a'), [])
      await turns()
      t.equal(sent.length, 0)
      t.equal(outbox.isUnsure, true, 'what Redis holds for us is to be looked through')
      fail(undefined)
      if (how === 'made') {
        t.equal(held.has('a'), true)
        const kept = textOf('a')
        kept.stage = 'waiting'
        kept.attempts = held.get('a')!
        outbox.adopt([kept])
        await until('the reply', () => sent.length > 0)
        t.strictSame(
          sent.map(({ id }) => id),
          ['a'],
        )
        t.equal(held.get('a'), 1, 'it has never been out: this is its first attempt')
      } else t.equal(held.size, 0)
      await outbox.close()
    })
})

t.test('while every step fails at once, the event loop turns; then the text goes out', async (t) => {
  const { outbox, fail, steps, sent, held } = openPlay()
  held.set('a', 0)
  const kept = textOf('a')
  kept.stage = 'waiting'
  fail('not made')
  outbox.adopt([kept])
  await turns()
  t.equal(steps.length, 1, 'one try, and the next in its own time')
  fail(undefined)
  await until('the reply', () => sent.length > 0)
  await outbox.close()
})

t.test('taken over: what has been out twice is not sent again', async (t) => {
  const { outbox, sent, ends } = openPlay()
  const [once, twice] = [textOf('once'), textOf('twice')]
  for (const [nth, text] of [once, twice].entries()) {
    text.stage = 'waiting'
    text.attempts = nth + 1
  }
  outbox.adopt([once, twice])
  t.strictSame(ends, ['twice outcome-unknown'])
  await turns()
  t.same(sent, [])
  await outbox.close()
})

t.test('what is left to another gateway is not sent here, and has no end here', async (t) => {
  const { outbox, bring, sent, ends, held } = openPlay({ credit: 1 })
  bring('out', 'waits')
  await until('one is out', () => sent.length > 0)
  outbox.release()
  t.equal(outbox.size, 1, 'one is out, and its outcome is to be known')
  t.equal(outbox.isUnsure, true, 'what was not given up is found again')
  held.delete('waits')
  sent[0]!.settle({ kind: 'taken' })
  await until('its end is written', () => outbox.size === 0)
  t.same([sent.map(({ id }) => id), ends], [['out'], ['out answered']])
  await outbox.close()
})

t.test('what nobody waits for any more ends, room or not', async (t) => {
  const { outbox, bring, ends } = openPlay({ credit: 0 })
  bring('a')
  await turns()
  outbox.expire(Date.now() + 59_000)
  t.strictSame(ends, [])
  outbox.expire(Date.now() + 61_000)
  t.strictSame(ends, ['a expired'])
  await outbox.close()
})

t.test('a text goes no way that the table does not know', async (t) => {
  const text = textOf('a')
  text.moveTo('waiting')
  t.throws(() => text.moveTo('pausing'), /from waiting to pausing/)
  t.equal(text.stage, 'waiting')
})
