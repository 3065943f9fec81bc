// A caller's X-Request-Id, which answers and the log repeat.
import t from 'tap'
import { readRequestId } from '../../src/web/listener/request-id.js'

t.test('a request id is taken unless it may be somebody’s number or a key', (t) => {
  for (const [id, isTaken] of [
    ['abc-1', true],
    ['Root=1-67891233-abcdef012345678912345678', true],
    ['4bf92f3577b34da6a3ce929d0e0e4736', true],
    ['079301999888abcdef0793019998880a', true],
    ['0f8fad5b-d9cb-469f-a165-079301999888', true],
    ['01JDXZ3M5Q0987650123ABCDEF', false],
    ['1732968831.123-45', true],
    ['17329688311234567', true],
    ['079301999888', false],
    ['079-301-999-888', false],
    ['cccd=079301999888', false],
    ['cccd:079.301.999.888/1', false],
    ['212345678', false],
    ['user_0987650123', false],
    ['0987.650.123', false],
    ['84987650123', false],
    ['0084987650123', false],
    ['tel:84-987-650-123', false],
    ['dgw_0123456789ab_AAAA', false],
    ['', false],
    ['a b', false],
    ['x'.repeat(65), false],
  ] as const)
    t.equal(readRequestId(id), isTaken ? id : undefined, id)
  t.equal(readRequestId(['a', 'b']), undefined, 'two of them')
  t.end()
})
