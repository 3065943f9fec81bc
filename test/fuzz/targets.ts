// Every reader that strangers' bytes reach, with what must hold of it whatever the bytes are. A target throws when it
// does not hold. Its corpus (test/fixtures/fuzz/NAME/) holds good inputs, whose neighbours find the most, and every find.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { parse } from 'yaml'
import { readLines } from '../../src/agency/bulk.js'
import { openChecker } from '../../src/agency/check.js'
import { checkEvent } from '../../src/agency/events.js'
import { loadConfig } from '../../src/config/config.js'
import { StatusReader } from '../../src/desk/escpos/status.js'
import type { Agency } from '../../src/dossier/agency.js'
import { openNumbers } from '../../src/dossier/numbers/numbers.js'
import { Call } from '../../src/sms/carriers/http/call.js'
import { found } from '../../src/sms/carriers/http/caller.js'
import { readText } from '../../src/sms/carriers/http/read-text.js'
import { resolve } from '../../src/sms/carriers/http/resolved.js'
import { readIncoming, readReceipt } from '../../src/sms/carriers/smpp/deliver.js'
import { Framer } from '../../src/sms/carriers/smpp/wire/framer.js'
import { decodeDeliverSm, messageIdOf } from '../../src/sms/carriers/smpp/wire/pdu.js'
import { openInquiry } from '../../src/sms/conversation/inquiry.js'
import { decodeText } from '../../src/sms/decoding.js'
import { mask } from '../../src/sms/msisdn.js'
import { joinBodies } from '../../src/sms/pipeline/parts.js'
import { plain, segmentsOf } from '../../src/sms/segments.js'
import { doors } from './doors.js'

export interface Target {
  readonly name: string
  /** Part of all runs. */
  readonly share: number
  /** Inputs by their structure; the byte mutator takes the other half from the corpus. */
  readonly arbitrary: fc.Arbitrary<Uint8Array>
  run(bytes: Buffer): void | Promise<void>
}

const agencies = parse(readFileSync('config/agencies.yaml', 'utf8')).map((agency: object) => ({
  phone: '',
  address: '',
  aliases: [],
  patterns: [],
  ...agency,
})) as Agency[]
const numbers = openNumbers(agencies, { lookupKey: '07'.repeat(32) })
const checker = openChecker(numbers, agencies)
const readInquiry = openInquiry({ find: numbers.find, keywords: {}, keywordPrefix: '', words: [] })
const everyone = () => true
const now = Date.parse('2026-11-24T10:00:00+07:00')

const bytes = fc.uint8Array({ maxLength: 300 })
const texts = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 120 }),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.stringMatching(/^[0-9HhOoIl.\- :,]{0,60}$/),
  )
  .map((text) => Buffer.from(text))
const json = (value: fc.Arbitrary<unknown>) => value.map((one) => Buffer.from(JSON.stringify(one)))

const field = fc.constantFrom(
  'dossierNo',
  'agency',
  'dossierStatus',
  'eventTime',
  'version',
  'procedure',
  'receivedAt',
  'dueAt',
  'publicNote',
  'fee',
  'otherNumbers',
  'contact',
  '__proto__',
  'constructor',
  'toString',
  '',
)
const value = fc.oneof(
  fc.constantFrom(
    'processing',
    4,
    '000.00.15.H45-190521-0003',
    '2026-11-20T09:00:00+07:00',
    '20261120090000',
  ),
  fc.constantFrom({ code: '1', name: 'x' }, { amount: 1, paid: true }, { phone: '0901234567', notify: true }),
  fc.jsonValue({ maxDepth: 3 }),
  fc.double(),
)
const update = fc.dictionary(field, value, { maxKeys: 12 })
const event = fc.record(
  {
    specversion: fc.constantFrom('1.0', '0.3', 1),
    id: fc.oneof(fc.string(), fc.jsonValue({ maxDepth: 1 })),
    source: fc.string(),
    type: fc.constantFrom('vn.dossier.status.v1', 'x'),
    subject: fc.oneof(fc.constant('000.00.15.H45-190521-0003'), fc.string()),
    data: fc.oneof(update, fc.jsonValue()),
  },
  { requiredKeys: [] },
)
const frame = fc
  .tuple(
    fc.constantFrom(5, 0x80000004, 0x15, 0x999),
    fc.nat(0xffffffff),
    fc.uint8Array({ maxLength: 200 }),
    fc.integer({ min: -3, max: 3 }),
  )
  .map(([id, sequence, body, off]) => {
    const head = Buffer.alloc(16)
    head.writeUInt32BE(
      Math.max(0, 16 + body.length + (off === 3 ? 1000 : off === -3 ? -14 - body.length : 0)),
      0,
    )
    head.writeUInt32BE(id, 4)
    head.writeUInt32BE(sequence, 12)
    return Buffer.concat([head, body])
  })

const receiveOf = (fields: object) =>
  resolve({
    name: 'a',
    preset: 'generic',
    shortCode: '8188',
    shortCodes: [],
    keywordPrefix: '',
    deliveryReceipts: false,
    receive: { secret: 'x', fields },
  }).receive
const byName = receiveOf({ charset: 'charset' })
const byPlace = receiveOf({ from: ['/0/from', '<from>'], text: ['/0/text', '<text>'] })

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

/** Cuts at places the bytes themselves decide, so that an input is a whole test. */
function pieces(whole: Buffer): Buffer[] {
  const cut: Buffer[] = []
  for (let at = 0; at < whole.length; ) {
    const size = 1 + ((whole[at]! * 7 + at) % 23)
    cut.push(whole.subarray(at, at + size))
    at += size
  }
  return cut
}

function framesOf(chunks: readonly Buffer[]): { frames: Buffer[]; told: string } {
  const frames: Buffer[] = []
  const seen: string[] = []
  const framer = new Framer({
    frame: (one) => {
      frames.push(Buffer.from(one))
      seen.push(one.toString('hex'))
    },
    oversize: (id, sequence) => seen.push(`oversize ${id} ${sequence}`),
  })
  const alive = chunks.map((chunk) => framer.push(chunk)).every(Boolean)
  return { frames, told: `${seen.join()} ${alive}` }
}

async function linesOf(
  chunks: readonly Buffer[],
): Promise<{ number: number; text?: string; fault?: unknown }[]> {
  const lines = []
  async function* feed() {
    yield* chunks
  }
  for await (const batch of readLines(feed(), 256)) lines.push(...batch)
  return lines
}

const folder = mkdtempSync(join(tmpdir(), 'fuzz-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

export const targets: readonly Target[] = [
  {
    name: 'smpp',
    share: 0.2,
    arbitrary: fc.oneof(
      fc.array(frame, { maxLength: 3 }).map((all) => Buffer.concat(all)),
      bytes,
    ),
    run(input) {
      const whole = framesOf([input])
      check(whole.told === framesOf(pieces(input)).told, 'frames depend on how the stream is cut')
      for (const one of whole.frames) {
        messageIdOf(one)
        const deliverSm = decodeDeliverSm(one)
        if (!deliverSm) continue
        readReceipt(deliverSm)
        const incoming = readIncoming(deliverSm, { id: 's', acknowledge: () => {} }, 'gsm7')
        const text = joinBodies([incoming], (body, coding) => decodeText(body, coding, 'gsm7'))
        if (text !== undefined)
          check(readInquiry(text).questions.length <= 4, 'more than three questions in one text')
      }
    },
  },
  {
    name: 'aggregator',
    share: 0.06,
    arbitrary: fc.oneof(
      json(
        fc.dictionary(fc.constantFrom('from', 'text', 'id', 'at', 'to', 'charset'), value, { maxKeys: 6 }),
      ),
      texts.map((text) => Buffer.from(`from=84901234567&text=${text.toString('latin1')}`, 'latin1')),
      bytes,
    ),
    run(input) {
      const call = new Call({ method: 'POST', path: '', query: input.toString('latin1'), headers: {} }, input)
      for (const receive of [byName, byPlace]) {
        const text = readText(call, receive)
        if ('field' in text) continue
        check(!/\d{9}/.test(mask(text.from.address)), 'a phone is shown')
        readInquiry(text.body.toString())
      }
      for (const one of call.each('/') ?? []) readText(one, byName)
      check(!/\d{9}|\s/.test(call.places().join()), 'a place may be a value')
      found(input.toString(), '/from')
    },
  },
  {
    name: 'number',
    share: 0.2,
    arbitrary: texts,
    run(input) {
      const text = input.toString('utf8')
      const reading = numbers.read(text)
      if (reading.kind !== 'unreadable') {
        const again = numbers.read(reading.dossierNo.text)
        check(
          again.kind === 'dossierNo' && again.dossierNo.text === reading.dossierNo.text,
          'a number reads differently when it is written as we write it',
        )
      }
      check(numbers.find(text, 3).length <= 3, 'more numbers than asked for')
      readInquiry(text)
      const folded = plain(text)
      for (const { dataCoding, message } of segmentsOf(folded, 'gsm7', 1))
        check(message.length <= (dataCoding === 0 ? 160 : 140), 'a segment longer than one SMS')
    },
  },
  {
    name: 'ndjson',
    share: 0.14,
    arbitrary: fc
      .array(fc.oneof(json(update), bytes), { maxLength: 4 })
      .map((lines) => Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')]))),
    async run(input) {
      const lines = await linesOf([input])
      check(
        JSON.stringify(lines) === JSON.stringify(await linesOf(pieces(input))),
        'lines depend on how the body is cut',
      )
      for (const { text } of lines) {
        if (text === undefined) continue
        let raw: unknown
        try {
          raw = JSON.parse(text)
        } catch {
          continue
        }
        const checked = checker.update(raw, everyone, now)
        check(
          'no' in checked || (checked.length > 0 && checked.length <= 8),
          'neither an update nor its faults',
        )
      }
      check(({} as Record<string, unknown>).isAdmin === undefined, 'a prototype was written to')
    },
  },
  {
    name: 'printer',
    share: 0.1,
    arbitrary: fc.oneof(
      bytes,
      fc
        .array(fc.constantFrom(0x12, 0x16, 0x14, 0x10, 0, 0x37, 0x22, 0x25, 0x11, 0x13, 0xff), {
          maxLength: 40,
        })
        .map((all) => Buffer.from(all)),
    ),
    run(input) {
      const whole = new StatusReader().feed(input)
      const reader = new StatusReader()
      const cut = pieces(input).flatMap((piece) => reader.feed(piece))
      check(JSON.stringify(whole) === JSON.stringify(cut), 'words depend on how the line is cut')
      check(whole.length <= input.length, 'more words than bytes')
    },
  },
  {
    name: 'cloudevents',
    share: 0.05,
    arbitrary: json(event),
    run(input) {
      let raw: unknown
      try {
        raw = JSON.parse(input.toString('utf8'))
      } catch {
        return
      }
      const checked = checkEvent(
        raw,
        { ...checker, refuse: () => {} },
        { keyId: 'fuzz', mayWrite: everyone },
        now,
      )
      check('item' in checked || typeof checked.code === 'string', 'neither an item nor a fault')
    },
  },
  {
    name: 'config',
    share: 0.01,
    arbitrary: fc.oneof(json(fc.jsonValue({ maxDepth: 4 })), texts),
    run(input) {
      const file = join(folder, 'gateway.yaml')
      writeFileSync(file, input)
      const result = loadConfig(file, {})
      check(result.ok || result.problems.length > 0, 'refused without a reason')
    },
  },
  ...doors,
]

/** The kept inputs of a target. */
export function corpusOf(name: string): { file: string; bytes: Buffer }[] {
  const directory = join('test/fixtures/fuzz', name)
  return readdirSync(directory)
    .sort()
    .map((file) => {
      const raw = readFileSync(join(directory, file))
      return {
        file,
        bytes: file.endsWith('.hex') ? Buffer.from(raw.toString().replace(/\s/g, ''), 'hex') : raw,
      }
    })
}
