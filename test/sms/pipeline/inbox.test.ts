// When a text that was seen is a redelivery, and when it is the citizen again.
import t from 'tap'
import { silentLog } from '../../../src/log.js'
import { openMetrics } from '../../../src/metrics.js'
import { openRedis } from '../../../src/redis/connection.js'
import { openInstance } from '../../../src/redis/instance.js'
import { openPhoneKeys } from '../../../src/sms/msisdn.js'
import { openInbox } from '../../../src/sms/pipeline/inbox.js'
import { startRedis } from '../../peers/redis.js'

t.test('the same text', async (t) => {
  const peer = await startRedis(t)
  const config = { durability: 'strict', commandTimeoutMs: 2000 } as const
  const door = await openRedis({ socket: peer.socket, config }, silentLog, openMetrics())
  t.teardown(() => door.close())
  const instance = await openInstance(door, silentLog)
  t.teardown(() => instance.close())
  const inbox = await openInbox(door, instance, {
    link: 'smsc-a',
    keys: openPhoneKeys('0b'.repeat(32)),
    duplicateWindowSeconds: 60,
    partsTimeoutSeconds: 60,
  })
  const first = 1_800_000_000_000
  let texts = 0
  const deliver = async (mark: string, session: string, sequence: number, after: number) => {
    const [taken] = await inbox.accept([{ mark, sequence, asked: [] }], { session, now: first + after })
    texts++
    return taken ? 'taken' : 'seen'
  }
  const rows: [label: string, session: string, sequence: number, after: number, is: string][] = [
    ['at once, same sequence number', 'a', 1, 5, 'seen'],
    ['at once, new sequence number', 'a', 2, 5, 'seen'],
    ['later, same sequence number', 'a', 1, 30_000, 'seen'],
    ['later, new sequence number on the session that was acknowledged', 'a', 2, 10_000, 'taken'],
    ['later, on another session', 'b', 2, 30_000, 'seen'],
  ]
  for (const [label, session, sequence, after, is] of rows)
    t.test(label, async (t) => {
      const mark = `text ${texts}`
      t.equal(await deliver(mark, 'a', 1, 0), 'taken')
      t.equal(await deliver(mark, session, sequence, after), is)
    })

  t.test('asked again and again, each is delivered again once', async (t) => {
    t.equal(await deliver('again', 'a', 1, 0), 'taken')
    t.equal(await deliver('again', 'a', 7, 12_000), 'taken')
    t.equal(await deliver('again', 'a', 7, 24_000), 'seen', 'a redelivery of the second')
    t.equal(await deliver('again', 'a', 9, 15_000), 'seen', 'ten seconds count from the last')
    t.equal(await deliver('again', 'a', 9, 24_000), 'taken')
  })

  t.test('what did not come by a session is told once', async (t) => {
    t.equal(await deliver('notice', '-', 1, 0), 'taken')
    t.equal(await deliver('notice', '-', 2, 50_000), 'seen')
  })
})
