import { EventEmitter, once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import fc from 'fast-check'
import smpp from 'smpp'
import t from 'tap'
import { reactionTo, statusName } from '../../../../src/sms/carriers/smpp/wire/command-status.js'
import { Framer } from '../../../../src/sms/carriers/smpp/wire/framer.js'
import { Patience } from '../../../../src/sms/carriers/smpp/wire/patience.js'
import {
  commandId,
  decodeDeliverSm,
  encodeBind,
  messageIdOf,
  type SubmitSm,
  submitSmBytes,
  writeDeliverSmResp,
  writeHeader,
  writeSubmitSm,
} from '../../../../src/sms/carriers/smpp/wire/pdu.js'
import { Session } from '../../../../src/sms/carriers/smpp/wire/session.js'

const enquire = (sequence: number) => {
  const frame = Buffer.alloc(16)
  writeHeader(frame, 0, 16, commandId.enquireLink, 0, sequence)
  return frame
}

function frames(chunks: Buffer[]) {
  const seen: string[] = []
  const framer = new Framer({
    frame: (frame) => seen.push(frame.toString('hex')),
    oversize: (id, sequence) => seen.push(`oversize ${id} ${sequence}`),
  })
  const isFramed = chunks.every((chunk) => framer.push(chunk))
  return { seen, isFramed, isMidFrame: framer.isMidFrame }
}

t.test('frames come out whole however the bytes are split', async (t) => {
  const big = Buffer.concat([Buffer.alloc(16), Buffer.alloc(20_000, 7)])
  writeHeader(big, 0, big.length, 0x99, 0, 42)
  const all = Buffer.concat([enquire(1), big, enquire(2), enquire(3)])
  const whole = frames([all])
  t.same(whole.seen, [
    enquire(1).toString('hex'),
    'oversize 153 42',
    enquire(2).toString('hex'),
    enquire(3).toString('hex'),
  ])
  t.same(frames([...all].map((byte) => Buffer.from([byte]))).seen, whole.seen, 'byte by byte')
  for (let at = 0; at <= all.length; at += 7)
    t.same(frames([all.subarray(0, at), all.subarray(at)]).seen, whole.seen, `split at ${at}`)
})

t.test(
  'patience grows with what a peer was seen to take, to four times what was agreed, and shrinks again',
  async (t) => {
    const patience = new Patience(1000)
    patience.answered(20)
    t.equal(patience.ms, 1000)
    patience.answered(1500)
    t.equal(patience.ms, 3000)
    patience.unanswered()
    t.equal(patience.ms, 4000)
    for (let nth = 0; nth < 100; nth++) patience.answered(20)
    t.equal(patience.ms, 1000)
  },
)

t.test('a length that cannot be ends the framing, and bytes after it are not read', async (t) => {
  for (const length of [0, 1, 4, 15, 65_537, 2 ** 31, 2 ** 32 - 1]) {
    const bad = Buffer.alloc(16)
    bad.writeUInt32BE(length)
    const { seen, isFramed } = frames([Buffer.concat([enquire(1), bad, enquire(2)])])
    t.equal(isFramed, false, `length ${length}`)
    t.same(seen, [enquire(1).toString('hex')])
  }
  t.equal(frames([enquire(1), enquire(2).subarray(0, 9)]).isMidFrame, true)
})

t.test('a deliver_sm of the package is read field by field', async (t) => {
  const frame = new smpp.PDU('deliver_sm', {
    sequence_number: 77,
    source_addr_ton: 1,
    source_addr_npi: 1,
    source_addr: '84901234567',
    dest_addr_ton: 3,
    destination_addr: '8188',
    esm_class: 0x40,
    data_coding: 8,
    short_message: Buffer.from('0500031102010041', 'hex'),
    sar_msg_ref_num: 300,
    sar_total_segments: 3,
    sar_segment_seqnum: 2,
    receipted_message_id: 'abc',
    message_state: 2,
    user_message_reference: 9,
  }).toBuffer()
  t.match(decodeDeliverSm(frame), {
    sequence: 77,
    sourceTon: 1,
    sourceNpi: 1,
    source: '84901234567',
    destTon: 3,
    destNpi: 0,
    dest: '8188',
    esmClass: 0x40,
    dataCoding: 8,
    tlvs: {
      sarRef: 300,
      sarTotal: 3,
      sarNumber: 2,
      receiptedMessageId: 'abc',
      messageState: 2,
      userMessageReference: 9,
    },
  })
  const payload = new smpp.PDU('deliver_sm', {
    source_addr: '84901234567',
    destination_addr: '8188',
    short_message: Buffer.alloc(0),
    message_payload: Buffer.from('HS 4827 1936 0518'),
  }).toBuffer()
  t.equal(decodeDeliverSm(payload)!.message.toString(), 'HS 4827 1936 0518')
})

t.test('a deliver_sm cut anywhere in its mandatory part is refused, never guessed', async (t) => {
  const frame = new smpp.PDU('deliver_sm', {
    source_addr: '84901234567',
    destination_addr: '8188',
    short_message: Buffer.from('HS 1'),
  }).toBuffer()
  for (let length = 16; length < frame.length; length++)
    t.equal(decodeDeliverSm(frame.subarray(0, length)), undefined, `cut to ${length}`)
  const withTail = Buffer.concat([frame, Buffer.from('1401ffff', 'hex')])
  t.equal(
    decodeDeliverSm(withTail)!.message.toString(),
    'HS 1',
    'an optional parameter that does not fit is ignored',
  )
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 0, maxLength: 300 }), (bytes) => {
      decodeDeliverSm(Buffer.concat([Buffer.alloc(16), bytes]))
    }),
  )
})

const toPhone: SubmitSm = {
  serviceType: 'FREE',
  sourceTon: 3,
  sourceNpi: 0,
  source: '8188',
  destTon: 1,
  destNpi: 1,
  dest: '84901234567',
  esmClass: 0,
  registeredDelivery: 1,
  dataCoding: 0,
  message: 'So 4827 1936 0518: da xong',
  tlv: { tag: 0x1501, value: '71' },
}

t.test('our submit_sm says to the package what we meant', async (t) => {
  const sm = toPhone
  const out = Buffer.alloc(submitSmBytes(sm) + 3, 0xee)
  const end = writeSubmitSm(out, 3, 5, sm)
  t.equal(end, out.length, 'the announced room is exact')
  const pdu = new smpp.PDU(out.subarray(3))
  t.match(pdu, {
    command: 'submit_sm',
    sequence_number: 5,
    service_type: 'FREE',
    source_addr: '8188',
    source_addr_ton: 3,
    destination_addr: '84901234567',
    dest_addr_ton: 1,
    registered_delivery: 1,
    data_coding: 0,
    short_message: { message: 'So 4827 1936 0518: da xong' },
  })
  t.equal((pdu[0x1501] as Buffer).toString(), '71')
  const resp = Buffer.alloc(17)
  writeDeliverSmResp(resp, 0, 9, 0x64)
  t.match(new smpp.PDU(resp), { command: 'deliver_sm_resp', command_status: 0x64, sequence_number: 9 })
  t.match(new smpp.PDU(encodeBind('transceiver', 1, { systemId: 'g', password: 'p', systemType: '' })), {
    command: 'bind_transceiver',
    system_id: 'g',
    password: 'p',
    interface_version: 0x34,
  })
  t.equal(messageIdOf(new smpp.PDU('submit_sm_resp', { message_id: '1A2B' }).toBuffer()), '1A2B')
  t.equal(messageIdOf(Buffer.alloc(16)), '', 'an error response has no body')
  t.equal(messageIdOf(Buffer.concat([Buffer.alloc(16), Buffer.from('1A2B')])), '1A2B', 'not terminated')
})

t.test('a command_status has a name and a consequence', async (t) => {
  t.equal(reactionTo(0), 'done')
  t.equal(reactionTo(0x58), 'throttled')
  t.equal(reactionTo(0x14), 'throttled')
  t.equal(reactionTo(0x08), 'retry')
  t.equal(reactionTo(0x0b), 'final')
  t.equal(reactionTo(0x04), 'rebind')
  t.equal(reactionTo(0x00000420), 'retry', 'a vendor status is tried again')
  t.equal(reactionTo(0x104), 'final', 'SMPP v5 knows more that will never be accepted')
  t.equal(reactionTo(0x102), 'retry')
  t.equal(statusName(0x58), 'ESME_RTHROTTLED')
  t.equal(statusName(0x103), 'ESME_RSERTYPDENIED')
  t.equal(statusName(0x420), '0x00000420')
})

type SessionArgs = ConstructorParameters<typeof Session>

function sessionTo(
  server: Server,
  options: Partial<SessionArgs[0]>,
  handler: Partial<SessionArgs[1]>,
): Session {
  return new Session(
    {
      host: '127.0.0.1',
      port: (server.address() as AddressInfo).port,
      mode: 'transceiver',
      systemId: 'gateway',
      password: '',
      systemType: '',
      window: 1,
      oneByOne: 0,
      enquireLinkIntervalMs: 60_000,
      responseTimeoutMs: 60_000,
      patience: new Patience(options.responseTimeoutMs ?? 60_000),
      ...options,
    },
    {
      bound: () => undefined,
      deliver: () => undefined,
      credit: () => undefined,
      oddPdu: () => undefined,
      enquireLinkRtt: () => undefined,
      blamed: () => undefined,
      closed: () => undefined,
      ...handler,
    },
  )
}

t.test('a connection that stands just after it was given up is left alone', async (t) => {
  const heard: string[] = []
  const server = createServer((socket) => {
    socket.on('data', () => heard.push('data'))
    socket.on('error', () => undefined)
    socket.on('close', () => heard.push('close'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const closed: string[] = []
  const accepted = once(server, 'connection')
  const session = sessionTo(
    server,
    { responseTimeoutMs: 100 },
    { closed: (reason) => void closed.push(reason) },
  )
  // A machine so busy that the time-out is noticed before the connection.
  const busyUntil = performance.now() + 200
  while (performance.now() < busyUntil);
  const [socket] = await accepted
  await once(socket, 'close')
  t.same(heard, ['close'])
  t.same(closed, ['connect-failed'])
  t.equal(session.isBound, false)
})

t.test('on a connection that was reset nothing is submitted, however much waits', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', (bind: Buffer) => {
      const answer = Buffer.alloc(17)
      writeHeader(answer, 0, 17, commandId.bindTransceiverResp, 0, bind.readUInt32BE(12))
      socket.write(answer)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const told = new EventEmitter()
  const [bound, closed] = [once(told, 'bound'), once(told, 'closed')]
  const session = sessionTo(
    server,
    { window: 1000 },
    { bound: () => void told.emit('bound'), closed: () => void told.emit('closed') },
  )
  await bound
  const outcomes: string[] = []
  const submit = () =>
    session.submit({ ...toPhone, message: 'x'.repeat(160) }, ({ kind }) => void outcomes.push(kind))
  submit()
  ;(session as unknown as { socket: Socket }).socket.destroy()
  t.equal(session.isBound, true, 'its end is told later')
  t.equal(session.credit, 0)
  for (let nth = 0; nth < 1000; nth++) submit()
  await closed
  t.equal(outcomes.length, 1001)
  t.same(new Set(outcomes), new Set(['unsent']))
})
