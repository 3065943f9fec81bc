import t from 'tap'
import { silentLog } from '../../src/log.js'
import { openMetrics } from '../../src/metrics.js'
import { openRedis } from '../../src/redis/connection.js'
import { openInstance } from '../../src/redis/instance.js'
import { openJournal } from '../../src/redis/journal.js'
import { startRedis } from '../peers/redis.js'

const config = { durability: 'strict', commandTimeoutMs: 2000 } as const

t.test('a journal keeps work until it is done', async (t) => {
  const peer = await startRedis(t)
  const door = await openRedis({ socket: peer.socket, config }, silentLog, openMetrics())
  t.teardown(() => door.close())
  const one = await openInstance(door, silentLog)
  t.teardown(() => one.close())
  const journal = await openJournal(door, one, { stream: 'work:{w}' })

  await t.test('what was appended is read once, with its bytes', async (t) => {
    const id = await journal.append({ text: Buffer.from([0, 255, 10, 13]) })
    const [entry] = await journal.read(10)
    t.equal(entry?.id, id)
    t.same(entry?.fields.text, Buffer.from([0, 255, 10, 13]))
    t.equal(entry?.attempts, 1)
    t.same(await journal.read(10), [])
    await journal.done([id])
    t.same(await journal.depth(), { depth: 0 })
  })

  await t.test(
    'a process that is gone leaves its work to another, with the attempts it had made',
    async (t) => {
      const other = await openInstance(door, silentLog)
      const theirs = await openJournal(door, other, { stream: 'work:{w}' })
      const ids = [await theirs.append({ n: '1' }), await theirs.append({ n: '2' })]
      await theirs.read(10)
      await door.request.call(
        'XCLAIM',
        'work:{w}',
        theirs.group,
        other.id,
        0,
        ids[0]!,
        'RETRYCOUNT',
        2,
        'JUSTID',
      )
      t.same(await journal.reclaim(), [], 'nothing is taken while it lives')
      await other.close() // releases the lease at once; after kill -9 it expires
      const left = await journal.reclaim()
      while (left.length < 2) left.push(...(await journal.reclaim())) // each once it has been idle for a second
      t.same(
        left.map(({ id, attempts }) => [id, attempts]).sort(),
        [
          [ids[0], 2],
          [ids[1], 1],
        ].sort(),
      )
      t.same(await journal.reclaim(), [], 'and is taken once')
      await journal.done(ids)
    },
  )

  await t.test('failed work becomes a dead letter with a reason, and can be retried', async (t) => {
    await journal.append({ n: '3' })
    const [entry] = await journal.read(1)
    await journal.deadLetter(entry!, 'rejected')
    t.equal((await journal.depth()).depth, 0)
    const [dead] = await journal.deadEntries()
    t.equal(dead?.reason, 'rejected')
    t.equal(dead?.fields.n?.toString(), '3')
    t.equal(await journal.revive(dead!.id), true)
    t.equal(await journal.revive(dead!.id), false)
    t.same(await journal.read(1), [], 'nobody is handed it by chance')
    let [again] = await journal.reclaim()
    while (!again) [again] = await journal.reclaim() // once it has been idle for a second
    t.match(again, { attempts: 1 })
    t.equal(again?.fields.n?.toString(), '3')
    t.equal(again?.fields.reason, undefined)
  })

  await t.test(
    'while Redis is away every call fails at once as redis-unavailable, and all is back after',
    async (t) => {
      await peer.kill()
      await t.rejects(journal.append({ n: '4' }), { code: 'redis-unavailable', retryable: true })
      const back = new Promise<void>((resolve) => door.onReadyChange((ready) => ready && resolve()))
      await peer.start()
      await back
      t.ok(await journal.append({ n: '5' }))
    },
  )

  await t.test('a store that comes back empty gets its group again', async (t) => {
    await door.request.flushall()
    await journal.append({ n: '6' })
    t.equal((await journal.read(5)).length, 1)
  })
})
