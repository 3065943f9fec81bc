// When a server counts as the master: what several sentinels say in each moment of a failover.
import t from 'tap'
import { newMasterIn, type SentinelView, verdictOf } from '../../src/redis/sentinels.js'

const former = { runId: 'f'.repeat(40), address: '10.0.0.1:6379' }
const next = { runId: 'a'.repeat(40), address: '10.0.0.2:6379' }
const sees = (
  server: typeof former,
  { epoch = 4, flags = 'master', address = server.address, runId = server.runId } = {},
): SentinelView => ({ address, epoch, watched: { address: server.address, runId, flags } })
const promoting = sees(former, { flags: 'master,failover_in_progress' })
const promoted = sees(former, { epoch: 5, flags: 'master,failover_in_progress', address: next.address })
const switched = sees(next, { epoch: 5, runId: '' })

const rows: [label: string, views: (SentinelView | undefined)[], ofFormer: string, ofNext: string][] = [
  ['all agree', [sees(former), sees(former), sees(former)], 'undisputed', 'disputed'],
  ['one of three is away', [sees(former), undefined, sees(former)], 'undisputed', 'disputed'],
  ['two of three are away', [sees(former), undefined, undefined], 'unheard', 'disputed'],
  ['all are away', [undefined, undefined, undefined], 'unheard', 'unheard'],
  ['one leads a failover', [promoting, sees(former), sees(former)], 'disputed', 'disputed'],
  [
    'one has promoted another, nobody knows',
    [promoted, sees(former), sees(former)],
    'disputed',
    'undisputed',
  ],
  ['one has promoted another, one knows', [sees(former), switched, promoted], 'disputed', 'undisputed'],
  ['all know, the run_id not yet', [switched, switched, switched], 'disputed', 'undisputed'],
  ['all know', [sees(next, { epoch: 5 }), switched, switched], 'disputed', 'undisputed'],
  ['only the slow one answers', [sees(former), undefined], 'unheard', 'disputed'],
  [
    'the newest calls it down',
    [sees(former, { flags: 'master,s_down' }), sees(former)],
    'disputed',
    'disputed',
  ],
  ['it was started again', [sees(former, { runId: 'b'.repeat(40) })], 'disputed', 'disputed'],
]
for (const [label, views, ofFormer, ofNext] of rows)
  t.test(label, async (t) => {
    t.equal(verdictOf(views, former), ofFormer, 'the former master')
    t.equal(verdictOf(views, next), ofNext, 'the next one')
  })

t.test('an announcement is of one name, by IPv4, IPv6 or host name', async (t) => {
  for (const [channel, message, master] of [
    ['+switch-master', 'dossiers 10.0.0.1 6379 10.0.0.2 6380', { host: '10.0.0.2', port: 6380 }],
    ['+switch-master', 'dossiers fd00::1 6379 fd00::2 6379', { host: 'fd00::2', port: 6379 }],
    ['+switch-master', 'other 10.0.0.1 6379 10.0.0.2 6380', undefined],
    [
      '+promoted-slave',
      'slave 10.0.0.2:6379 10.0.0.2 6379 @ dossiers 10.0.0.1 6379',
      { host: '10.0.0.2', port: 6379 },
    ],
    [
      '+promoted-slave',
      'slave redis-b:6379 redis-b 6379 @ dossiers redis-a 6379',
      { host: 'redis-b', port: 6379 },
    ],
    ['+promoted-slave', 'slave 10.0.0.2:6379 10.0.0.2 6379 @ other 10.0.0.1 6379', undefined],
    ['+switch-master', '', undefined],
  ] as const)
    t.same(newMasterIn(channel, message, 'dossiers'), master, `${channel} ${message}`)
})
