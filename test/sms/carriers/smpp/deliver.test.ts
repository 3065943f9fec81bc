// What the bytes of a deliver_sm mean, whatever its sender puts into the fields around them.
import smpp from 'smpp'
import t from 'tap'
import { readIncoming, readReceipt } from '../../../../src/sms/carriers/smpp/deliver.js'
import { type DeliverSm, decodeDataSm, decodeDeliverSm } from '../../../../src/sms/carriers/smpp/wire/pdu.js'
import { decodeText } from '../../../../src/sms/decoding.js'
import { openOwnNumbers, readSender } from '../../../../src/sms/msisdn.js'
import { joinBodies } from '../../../../src/sms/pipeline/parts.js'
import { type Alphabet, encodeGsm } from '../../../../src/sms/segments.js'

const question = 'HS 4827 1936 0518'
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
const withHeader = (header: string, text = question) => Buffer.concat([hex(header), Buffer.from(text)])

const pdu = (fields: Record<string, unknown>, command = 'deliver_sm') =>
  new smpp.PDU(command, {
    sequence_number: 5,
    source_addr: '84901234567',
    destination_addr: '8188',
    ...(command === 'data_sm' ? {} : { short_message: Buffer.from(question) }),
    ...fields,
  }).toBuffer()

function read(deliverSm: DeliverSm | undefined, alphabet: Alphabet = 'gsm7') {
  if (!deliverSm) return undefined
  const { body, dataCoding, part } = readIncoming(deliverSm, { id: 's', acknowledge: () => {} }, alphabet)
  return { text: decodeText(body, dataCoding, alphabet), part, body, dataCoding }
}

t.test('long fields are taken', async (t) => {
  for (const fields of [
    { service_type: 'SMPPSIM' },
    { service_type: 'simulator' },
    { service_type: 'a'.repeat(40) },
    { schedule_delivery_time: '20261124101112345678' },
    { validity_period: '261124101112000+0000000' },
    { source_addr: 'A'.repeat(40) },
  ])
    t.equal(read(decodeDeliverSm(pdu(fields)))?.text, question, JSON.stringify(fields))
})

t.test('a header that adds up is one, and what does not is text', async (t) => {
  const rows: [label: string, fields: Record<string, unknown>, text: string, part?: object | undefined][] = [
    [
      'a header of five',
      { esm_class: 0x40, short_message: withHeader('05 0003 07 02 01') },
      question,
      { reference: '7', number: 1, total: 2 },
    ],
    [
      'a header of six',
      { esm_class: 0x40, short_message: withHeader('06 0804 0102 03 02') },
      question,
      { reference: '258', number: 2, total: 3 },
    ],
    [
      'an announced length of one too many',
      { esm_class: 0x40, short_message: withHeader('06 0003 07 02 01') },
      question,
      { number: 1 },
    ],
    [
      'an announced length of two too many',
      { esm_class: 0x40, short_message: withHeader('07 0003 07 02 02') },
      question,
      { number: 2 },
    ],
    [
      'an announced length of one too few',
      { esm_class: 0x40, short_message: withHeader('05 0804 0102 03 02') },
      question,
      { reference: '258', number: 2, total: 3 },
    ],
    [
      'no announced length',
      { esm_class: 0x40, short_message: withHeader('0003 07 02 01') },
      question,
      { reference: '7', number: 1, total: 2 },
    ],
    [
      'no announced length, 16 bits',
      { esm_class: 0x40, short_message: withHeader('0804 0102 03 02') },
      question,
      { reference: '258', number: 2, total: 3 },
    ],
    ['announced, and none there', { esm_class: 0x40 }, question],
    ['announced, and nothing at all', { esm_class: 0x40, short_message: Buffer.alloc(0) }, ''],
    [
      'announced beside SAR parameters',
      { esm_class: 0x40, sar_msg_ref_num: 9, sar_total_segments: 2, sar_segment_seqnum: 1 },
      question,
      { reference: '9', number: 1, total: 2 },
    ],
    [
      'there, and not announced',
      { short_message: withHeader('05 0003 07 02 01') },
      question,
      { reference: '7', number: 1, total: 2 },
    ],
    [
      '16 bits, and not announced',
      { short_message: withHeader('06 0804 0102 03 02') },
      question,
      { reference: '258' },
    ],
    ['of a port, announced', { esm_class: 0x40, short_message: withHeader('06 0504 1583 0000') }, question],
    ['of a port, not announced', { short_message: withHeader('06 0504 1583 0000') }, question],
    ['a part 3 of 2 is a text', { esm_class: 0x40, short_message: withHeader('05 0003 07 02 03') }, question],
    [
      'numbered from 0',
      { esm_class: 0x40, short_message: withHeader('05 0003 07 02 00') },
      question,
      { number: 0, total: 2 },
    ],
    [
      'filled up with NUL',
      { esm_class: 0x40, short_message: Buffer.concat([withHeader('05 0003 07 02 01'), Buffer.alloc(9)]) },
      question,
      { number: 1 },
    ],
  ]
  for (const [label, fields, text, part] of rows) {
    const is = read(decodeDeliverSm(pdu(fields)))
    t.equal(is?.text, text, label)
    t.match(is?.part ?? null, part ?? null, label)
  }
})

// Eight septets in seven bytes, from the low bits up.
const packed = (part: string, fillBits: number) => {
  const bits = [...encodeGsm(part)].reduce((sum, septet, at) => sum | (BigInt(septet) << BigInt(at * 7)), 0n)
  const bytes = Math.ceil((fillBits + part.length * 7) / 8)
  return hex((bits << BigInt(fillBits)).toString(16).padStart(bytes * 2, '0')).reverse()
}

t.test('packed septets behind a header are text, whatever the header is for', async (t) => {
  for (const header of [
    '03 24 01 01',
    '03 25 01 03',
    '06 24 01 02 25 01 01',
    '06 05 04 15 83 00 00',
    '05 0a 03 00 05 02',
  ])
    for (const isAnnounced of [true, false]) {
      const bytes = hex(header)
      const body = packed(question, (7 - ((bytes.length * 8) % 7)) % 7)
      const fields = { esm_class: isAnnounced ? 0x40 : 0, short_message: Buffer.concat([bytes, body]) }
      if (!isAnnounced && bytes[1] === 0x0a) continue // only what phones send is a header unannounced
      for (const alphabet of ['packed7', 'gsm7'] as const)
        t.equal(read(decodeDeliverSm(pdu(fields)), alphabet)?.text, question, `${header} ${alphabet}`)
    }
})

t.test('a long text in packed septets is joined wherever it was cut', async (t) => {
  const text = 'Cho toi hoi ho so 000.00.15.H45-190521-0003 da xong chua, xin cam on'
  const ways: [label: string, header: string | undefined, fillBits: number][] = [
    ['8 bits', '05 0003 07 02', 1],
    ['8 bits, packed at once', '05 0003 07 02', 0],
    ['16 bits', '06 0804 0102 02', 0],
    ['SAR', undefined, 0],
  ]
  for (const alphabet of ['packed7', 'gsm7'] as const)
    for (const [label, header, fillBits] of ways)
      for (const cut of [20, 21, 24, 28, 33]) {
        const parts = [text.slice(0, cut), text.slice(cut)].map((part, at) => {
          const nth = at + 1
          const body = packed(part, fillBits)
          const fields = header
            ? { esm_class: 0x40, short_message: Buffer.concat([hex(`${header} 0${nth}`), body]) }
            : { short_message: body, sar_msg_ref_num: 7, sar_total_segments: 2, sar_segment_seqnum: nth }
          return read(decodeDeliverSm(pdu(fields)), alphabet)!
        })
        const joined = joinBodies(parts, (body, coding) => decodeText(body, coding, alphabet))
        t.equal(joined, text, `${alphabet}, ${label}, cut at ${cut}`)
      }
  t.equal(read(decodeDeliverSm(pdu({})), 'packed7')?.text, question, 'not packed for once')
})

t.test('a SAR reference of one byte is one', async (t) => {
  const frame = Buffer.concat([pdu({ sar_total_segments: 2, sar_segment_seqnum: 1 }), hex('020c 0001 2a')])
  frame.writeUInt32BE(frame.length, 0)
  t.match(read(decodeDeliverSm(frame))?.part, { reference: '42', number: 1, total: 2 })
})

t.test('the payload is the text where the short message is none', async (t) => {
  const payload = Buffer.from(question)
  for (const [label, short] of [
    ['empty', Buffer.alloc(0)],
    ['NULs', Buffer.alloc(7)],
    ['blanks', Buffer.alloc(30, ' ')],
    ['the beginning of it', Buffer.from(question.slice(0, 6))],
  ] as const)
    t.equal(
      read(decodeDeliverSm(pdu({ short_message: short, message_payload: payload })))?.text,
      question,
      label,
    )
  for (const [label, fill] of [
    ['no payload', Buffer.alloc(0)],
    ['a payload of NULs', Buffer.alloc(60)],
    ['a payload of blanks', Buffer.alloc(60, ' ')],
  ] as const)
    t.equal(read(decodeDeliverSm(pdu({ message_payload: fill })))?.text, question, label)
  const frame = pdu({ short_message: Buffer.alloc(0), message_payload: payload })
  for (const more of [1, 20, 60_000]) {
    const lying = Buffer.from(frame)
    lying.writeUInt16BE(payload.length + more, frame.length - payload.length - 2)
    t.equal(read(decodeDeliverSm(lying))?.text, question, `${more} more promised than there is`)
  }
})

t.test('a data_sm is read as a text', async (t) => {
  const frame = pdu({ data_coding: 0, message_payload: Buffer.from(question) }, 'data_sm')
  t.match(decodeDataSm(frame), { isDataSm: true, source: '84901234567', dest: '8188' })
  t.equal(read(decodeDataSm(frame))?.text, question)
  t.equal(decodeDataSm(frame.subarray(0, 30)), undefined)
})

t.test('a receipt is one whatever its esm_class says, and a text is none', async (t) => {
  const text =
    'id:0A1B sub:001 dlvrd:001 submit date:2611240300 done date:2611240300 stat:DELIVRD err:000 text:'
  const one = { messageId: '0A1B', state: 'DELIVRD' }
  const rows: [label: string, fields: Record<string, unknown>, is: object | undefined][] = [
    ['announced', { esm_class: 0x04, short_message: Buffer.from(text) }, one],
    ['not announced', { short_message: Buffer.from(text) }, one],
    ['short', { short_message: Buffer.from('id:0A1B stat:DELIVRD') }, one],
    [
      'its state written out',
      { short_message: Buffer.from('id:0A1B sub:001 dlvrd:001 stat:DELIVERED err:000') },
      one,
    ],
    [
      'its state as status',
      { short_message: Buffer.from('id: 0A1B status: UNDELIVERABLE err:000') },
      { messageId: '0A1B', state: 'UNDELIV' },
    ],
    [
      'a state that nobody knows',
      { short_message: Buffer.from('id:0A1B stat:MUDDLED') },
      { messageId: '0A1B', state: 'UNKNOWN' },
    ],
    ['in the payload', { short_message: Buffer.alloc(0), message_payload: Buffer.from(text) }, one],
    [
      'parameters alone',
      { short_message: Buffer.alloc(0), receipted_message_id: '0A1B', message_state: 2 },
      one,
    ],
    [
      'parameters beside a text',
      { short_message: Buffer.from('ok'), receipted_message_id: '0A1B', message_state: 5 },
      { messageId: '0A1B', state: 'UNDELIV' },
    ],
    [
      'without a state',
      { short_message: Buffer.from('id:0A1B sub:001 dlvrd:000 done date:2611240300 err:011 Text:HS') },
      { messageId: '0A1B', state: 'UNKNOWN' },
    ],
    ['filled up with blanks', { short_message: Buffer.from(`id:${' '.repeat(9)}0A1B  stat:  DELIVRD`) }, one],
    ['in quotation marks', { short_message: Buffer.from("id:'0A1B' stat:'DELIVRD'") }, one],
    ['parted by bars', { short_message: Buffer.from('id:0A1B|sub:001|stat:DELIVRD|err:000') }, one],
    [
      'an id left empty',
      { short_message: Buffer.from('id: sub:001 dlvrd:001 stat:DELIVRD err:000 text:Ma HS id: 7') },
      { messageId: '', state: 'DELIVRD' },
    ],
    [
      'a failure in other words',
      { short_message: Buffer.from('id:0A1B stat:DeliveryImpossible err:027') },
      { messageId: '0A1B', state: 'UNDELIV' },
    ],
    [
      'a step in other words',
      { esm_class: 0x04, short_message: Buffer.from('id:0A1B sub:001 dlvrd:000 stat:PENDING') },
      { messageId: '0A1B', state: 'ENROUTE' },
    ],
    [
      'an attempt that failed, announced as not the last',
      { esm_class: 0x20, short_message: Buffer.from('id:0A1B sub:001 dlvrd:000 stat:UNDELIV err:027') },
      { messageId: '0A1B', state: 'ENROUTE' },
    ],
    [
      'the outcome, announced as not the last',
      { esm_class: 0x20, short_message: Buffer.from('id:0A1B sub:001 dlvrd:001 stat:DELIVRD err:000') },
      one,
    ],
    ['in another order', { short_message: Buffer.from('stat:DELIVRD err:000 id:0A1B') }, one],
    ['in other words', { short_message: Buffer.from('message id: 0A1B, status: DELIVRD') }, one],
    ['as a form', { short_message: Buffer.from('msgid=0A1B&status=DELIVRD') }, one],
    [
      'as JSON',
      { short_message: Buffer.from('{"id":"0A1B","status":"UNDELIVERABLE"}') },
      { messageId: '0A1B', state: 'UNDELIV' },
    ],
    [
      'of the network alone',
      { short_message: Buffer.alloc(0), network_error_code: Buffer.from([3, 0, 1]) },
      { messageId: '', state: 'UNKNOWN' },
    ],
    ['in lower case', { short_message: Buffer.from('id:0A1B stat:delivrd err:000') }, one],
    [
      'with an empty parameter beside it',
      { receipted_message_id: '', short_message: Buffer.from(text) },
      one,
    ],
    ['its state as a number', { short_message: Buffer.from('id:0A1B stat:2') }, one],
    ['with a name of its own for the id', { short_message: Buffer.from('smsid=0A1B status=delivered') }, one],
    ['as XML', { short_message: Buffer.from('<dlr><id>0A1B</id><stat>DELIVRD</stat></dlr>') }, one],
    [
      'in UCS-2',
      { data_coding: 8, short_message: Buffer.from('id:0A1B stat:DELIVRD', 'utf16le').swap16() },
      one,
    ],
    [
      'behind a header whose reference is a letter',
      { esm_class: 0x40, short_message: withHeader('05 0003 41 02 01', 'id:0A1B stat:DELIVRD') },
      one,
    ],
    [
      'the second part of one',
      { esm_class: 0x40, short_message: withHeader('05 0003 41 02 02', 'done date:2611240300 stat:DELIVRD') },
      { messageId: '', state: 'DELIVRD' },
    ],
    [
      'without an id',
      { short_message: Buffer.from('sub:001 dlvrd:001 stat:EXPIRED err:000') },
      { messageId: '', state: 'EXPIRED' },
    ],
    [
      'an id as long as a response may have it',
      { short_message: Buffer.from(`id:${'7'.repeat(65)} stat:DELIVRD`) },
      { messageId: '7'.repeat(65), state: 'DELIVRD' },
    ],
    [
      'scheduled (SMPP v5)',
      { esm_class: 0x04, short_message: Buffer.alloc(0), receipted_message_id: '0A1B', message_state: 0 },
      { messageId: '0A1B', state: 'ENROUTE' },
    ],
    ['0 beside a state in words', { short_message: Buffer.from(text), message_state: 0 }, one],
    ['an acknowledgement of the phone', { esm_class: 0x08 }, { messageId: '', state: 'UNKNOWN' }],
    ['a question beside a state that is none', { message_state: 0 }, undefined],
    ['a question', {}, undefined],
    ['a question of a type that is reserved', { esm_class: 0x0c }, undefined],
    ['a receipt of a type that is reserved', { esm_class: 0x3c, short_message: Buffer.from(text) }, one],
    ['a question that begins with an id', { short_message: Buffer.from('id: 4827 1936 0518') }, undefined],
    ['a question about a state', { short_message: Buffer.from('stat: HS 4827 1936 0518') }, undefined],
    ['a question with an id', { short_message: Buffer.from('HS id:4827 1936 0518') }, undefined],
  ]
  for (const [label, fields, is] of rows) t.same(readReceipt(decodeDeliverSm(pdu(fields))!), is, label)
})

t.test('a text goes on behind a length that is too short, and parameters do not belong to it', async (t) => {
  const frame = pdu({})
  const at = frame.length - question.length - 1
  for (const length of [0, 1, 10, question.length - 1]) {
    const lying = Buffer.from(frame)
    lying[at] = length
    t.equal(read(decodeDeliverSm(lying))?.text, question, `${length} of ${question.length}`)
  }
  for (const tail of ['00', '1401 0001 41', '0204 0002 3030', 'ff']) {
    const longer = Buffer.concat([frame, hex(tail)])
    longer.writeUInt32BE(longer.length, 0)
    t.equal(read(decodeDeliverSm(longer))?.text, question, tail)
  }
})

t.test('a length that counts characters of UCS-2 cuts no text', async (t) => {
  const tail = hex('0204 0002 3030')
  for (const text of [question, 'HS H45.12-240823-0001', 'hồ sơ H45.12-240823-0001 xong chưa']) {
    const body = Buffer.from(text, 'utf16le').swap16()
    const short = pdu({ data_coding: 8, short_message: body })
    const lying = Buffer.from(short)
    lying[short.length - body.length - 1] = text.length
    const long = pdu({ data_coding: 8, short_message: Buffer.alloc(0), message_payload: body })
    const lyingToo = Buffer.from(long)
    lyingToo.writeUInt16BE(text.length, long.length - body.length - 2)
    for (const frame of [short, lying, long, lyingToo])
      for (const whole of [frame, Buffer.concat([frame, tail])]) {
        whole.writeUInt32BE(whole.length, 0)
        t.equal(read(decodeDeliverSm(whole))?.text, text, `${text} ${whole.length}`)
      }
    // A text may be half as long as what follows it.
    const parameter = Buffer.concat([short, hex('1401'), Buffer.from([0, body.length - 4]), body.subarray(4)])
    parameter.writeUInt32BE(parameter.length, 0)
    t.equal(read(decodeDeliverSm(parameter))?.text, text, 'before a parameter')
  }
})

t.test('a header in short_message belongs to the text in message_payload', async (t) => {
  const header = hex('05 00 03 07 02 01')
  for (const [label, short_message, message_payload, whole] of [
    ['apart', header, question, Buffer.concat([header, Buffer.from(question)])],
    ['in both', header, Buffer.concat([header, Buffer.from(question)]), undefined],
    ['with the text again', Buffer.concat([header, Buffer.from('HS')]), question, undefined],
    ['no header', Buffer.from('HS'), question, undefined],
  ] as const) {
    const payload = Buffer.from(message_payload)
    const frame = pdu({ esm_class: 0x40, short_message, message_payload: payload })
    t.same(decodeDeliverSm(frame)?.message, whole ?? payload, label)
  }
})

t.test('of two payloads the one that holds something is the text', async (t) => {
  const tlv = (value: Buffer) => Buffer.concat([hex('0424'), Buffer.from([0, value.length]), value])
  for (const values of [
    [question, question],
    ['\0\0\0\0', question],
    [question, '\0\0\0\0'],
    ['    ', question],
    ['', question],
  ]) {
    const frame = Buffer.concat([
      pdu({ short_message: Buffer.alloc(0) }),
      ...values.map((value) => tlv(Buffer.from(value))),
    ])
    frame.writeUInt32BE(frame.length, 0)
    t.equal(read(decodeDeliverSm(frame))?.text, question, JSON.stringify(values))
  }
})

t.test('addresses are read as numbers, whatever stands around and between their digits', async (t) => {
  for (const [source, address] of [
    ['84901234567', '84901234567'],
    [' 84901234567 ', '84901234567'],
    ['+84 901-234-567', '+84901234567'],
    ['tel:+84901234567', '+84901234567'],
    ['84901234567F', '84901234567'],
    ['84901234567.0', '84901234567'],
    ['84.901.234.560', '84901234560'],
    ['FPT', 'FPT'],
    ['+84(0)901234567', '+840901234567'],
    ['VIETTEL 199', 'VIETTEL 199'],
    ['84901234567@mms', '84901234567@mms'],
  ] as const)
    t.match(
      readIncoming(decodeDeliverSm(pdu({ source_addr: source }))!, { id: 's', acknowledge: () => {} }, 'gsm7')
        .from,
      { address },
      source,
    )
})

t.test('one number in two spellings is one number', async (t) => {
  for (const [one, other, is] of [
    ['0901234567', '+84901234567', true],
    ['84901234567', '901234567', true],
    ['8188', '+8188', true],
    ['8188', '8288', false],
    ['848188', '8188', true],
    ['+848188', '8188', true],
    ['08188', '8188', true],
    ['8188#', '8188', true],
    ['*8188', '8188', true],
    ['8488', '8488', true],
    ['848488', '8488', true],
    ['18188', '8188', false],
    ['8481880', '8188', false],
    ['84848188', '8188', false],
    ['0901234567', '0901234568', false],
    ['HCC', 'HCC', true],
  ] as const)
    t.equal(openOwnNumbers([other])(one), is ? other : undefined, `${one} ${other}`)
})

t.test('a mobile number is none of letters, whatever its TON says', async (t) => {
  for (const [source_addr, ton] of [
    ['84901234567', 0],
    ['+84 901 234 567', 0],
    ['0901234567', 0],
    ['HCC', 5],
    ['1900', 5],
    ['19001234', 5],
    ['6591234567', 5],
  ] as const) {
    const deliverSm = decodeDeliverSm(pdu({ source_addr, source_addr_ton: 5 }))!
    t.equal(readIncoming(deliverSm, { id: 's', acknowledge: () => {} }, 'gsm7').from.ton, ton, source_addr)
  }
})

t.test('a number without trunk zero and country code is one of this country', async (t) => {
  for (const [address, ton, is] of [
    ['902000004', 2, { kind: 'phone', digits: '84902000004' }],
    ['902000004', 0, { kind: 'phone', digits: '84902000004' }],
    ['0902000004', 2, { kind: 'phone', digits: '84902000004' }],
    ['84902000004', 2, { kind: 'phone', digits: '84902000004' }],
    ['+84902000004', 1, { kind: 'phone', digits: '84902000004' }],
    ['902000004', 1, { kind: 'foreign' }],
    ['840902000004', 1, { kind: 'phone', digits: '84902000004' }],
    ['00840902000004', 0, { kind: 'phone', digits: '84902000004' }],
    ['+8484902000004', 1, { kind: 'phone', digits: '84902000004' }],
    ['0842000004', 0, { kind: 'phone', digits: '84842000004' }],
    ['84842000004', 1, { kind: 'phone', digits: '84842000004' }],
    ['12025550123', 1, { kind: 'foreign' }],
    ['1900', 2, { kind: 'foreign' }],
  ] as const)
    t.same(readSender(address, ton, ['84']), is, `${address} of type ${ton}`)
})
