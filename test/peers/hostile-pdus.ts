// PDUs no SMSC should send, each with a name: for the test that sends all of them, and for the simulator's control API.
import smpp from 'smpp'
import { seeded } from './chaos.js'

/** Whether it breaks the framing, so that the gateway must rebind. */
type HostilePdu = [label: string, bytes: Buffer, losesFraming: boolean]

// Lengths 0 to 15 and five absurdly large ones, an HTTP request, and zeros.
const framingLost = 16 + 5 + 2

/** 500 of them; those that break the framing come last, because each costs a new bind. */
export function hostilePdus(): HostilePdu[] {
  const all: HostilePdu[] = []
  const whole = good()
  for (let length = 16; length < whole.length; length++)
    all.push([`deliver_sm cut to ${length}`, cut(whole, length), false])
  for (const id of [0, 1, 2, 3, 9, 0x0b, 0x15, 0x21, 0x102, 0x103, 0x111, 0x99, 0x7fffffff])
    all.push([`command ${id}`, header(16, id), false])
  for (const id of [
    0x80000000, 0x80000001, 0x80000004, 0x80000005, 0x80000009, 0x80000015, 0x80000099, 0xffffffff,
  ])
    for (const status of [0, 8, 0x58, 0xffffffff])
      all.push([`response ${id.toString(16)} status ${status}`, header(16, id, status, 999_999), false])
  for (const tail of [
    '020c',
    '020c 0001 01',
    '020c 0000',
    '020e ffff 00',
    '0424 00ff 41',
    '0424 0000',
    '001e 0000',
    '1fff 0004 01020304',
    '0204 0001 00',
    'ff',
    '0427 0002 0101',
    '020c0002ffff 020e0001ff 020f000100',
  ])
    all.push([`tail ${tail}`, withTail(tail), false])
  for (const dataCoding of [2, 4, 11, 0x15, 0xf5, 255])
    all.push([`data_coding ${dataCoding}`, good({ data_coding: dataCoding }), false])
  for (const udh of [
    'ff',
    '05',
    '0500',
    '050003',
    '05000301',
    '0500030102ff',
    '0500030000 00',
    '06080400',
    '0000',
    '7f00',
  ]) {
    const bytes = Buffer.from(udh.replaceAll(' ', ''), 'hex')
    all.push([`UDH ${udh}`, good({ esm_class: 0x40, short_message: bytes }), false])
  }
  for (const esm of [0x04, 0x08, 0x10, 0x20, 0x3c, 0xff])
    all.push([`esm_class ${esm}`, good({ esm_class: esm }), false])
  for (const address of [
    '',
    '\u001b[2J',
    '-1',
    '٣',
    '99999999999999999999999',
    'x'.repeat(300),
    "'; DROP",
    '84901234567\n84907654321',
  ])
    all.push([`source ${JSON.stringify(address).slice(0, 20)}`, good({ source_addr: address }), false])
  for (const text of [
    '$(reboot)',
    '`id`',
    '{{7*7}}',
    '\u0000',
    '\u001b]0;x\u0007',
    '%s%n',
    '\r\nHS 1',
    '=cmd|x',
    '<script>',
    '😀'.repeat(30),
  ])
    all.push([
      `text ${JSON.stringify(text).slice(0, 20)}`,
      good({ data_coding: 8, short_message: Buffer.from(text, 'utf16le').swap16() }),
      false,
    ])
  for (const length of [4097, 8192, 65_536])
    all.push([
      `a body of ${length}`,
      Buffer.concat([header(length, 5), Buffer.alloc(length - 16, 0x41)]),
      false,
    ])
  all.push(['many empty parameters', withTail('1fff 0000'.repeat(500)), false])
  all.push([
    '40 good ones coalesced',
    Buffer.concat(
      Array.from({ length: 40 }, (_, nth) =>
        good({ sequence_number: 100 + nth, source_addr: `8490000${1000 + nth}` }),
      ),
    ),
    false,
  ])
  const random = seeded(4)
  for (let nth = 0, left = 500 - framingLost - all.length; nth < left; nth++) {
    const body = Buffer.from(
      Array.from({ length: Math.floor(random() * 201) }, () => Math.floor(random() * 256)),
    )
    all.push([`random body ${nth}`, Buffer.concat([header(16 + body.length, nth % 2 ? 5 : 4), body]), false])
  }
  for (let length = 0; length < 16; length++) all.push([`length ${length}`, header(length, 5), true])
  for (const length of [65_537, 2 ** 20, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1])
    all.push([`length ${length}`, header(length, 5), true])
  all.push(['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n'), true])
  all.push(['100 kB of zeros', Buffer.alloc(100_000), true])
  return all
}

/** A bare header: length, command_id, command_status, sequence_number. */
export function header(length: number, id: number, status = 0, sequence = 1): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt32BE(length >>> 0, 0)
  bytes.writeUInt32BE(id >>> 0, 4)
  bytes.writeUInt32BE(status >>> 0, 8)
  bytes.writeUInt32BE(sequence >>> 0, 12)
  return bytes
}

const good = (fields: Record<string, unknown> = {}) =>
  new smpp.PDU('deliver_sm', {
    source_addr_ton: 1,
    source_addr: '84901234567',
    destination_addr: '8188',
    short_message: Buffer.from('HS 4827 1936 0518'),
    sequence_number: 7,
    ...fields,
  }).toBuffer()

function cut(frame: Buffer, length: number): Buffer {
  const bytes = Buffer.from(frame.subarray(0, length))
  bytes.writeUInt32BE(length, 0)
  return bytes
}

function withTail(hex: string): Buffer {
  const bytes = Buffer.concat([good(), Buffer.from(hex.replaceAll(' ', ''), 'hex')])
  bytes.writeUInt32BE(bytes.length, 0)
  return bytes
}
