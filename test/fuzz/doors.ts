// What comes in by the doors that are no stream of frames: headers of a request, cells of a workbook, bodies of a printer.
import fc from 'fast-check'
import { readAmount } from '../../src/agency/files/amounts.js'
import { readDate } from '../../src/agency/files/dates.js'
import { readHeadings, scoreHeadings } from '../../src/agency/files/headings.js'
import { usualStatusWords } from '../../src/agency/files/status-words.js'
import { type Cell, FileRefusal, maxColumns } from '../../src/agency/files/tables/table.js'
import { openXlsx } from '../../src/agency/files/tables/xlsx.js'
import { readPaid, readStatus } from '../../src/agency/files/words.js'
import { csvLine, unguard } from '../../src/csv.js'
import { outcomeOfCode, stateOfCode } from '../../src/desk/cloudprnt/codes.js'
import { type Poll, PollSchema } from '../../src/desk/contract.js'
import { silentLog } from '../../src/log.js'
import { compile } from '../../src/validator.js'
import { clientAddress, networksOf } from '../../src/web/addresses.js'
import { readContentType } from '../../src/web/content-type.js'
import { openListener } from '../../src/web/listener/listener.js'
import { workbook } from '../agency/files/workbooks.js'
import type { Target } from './targets.js'

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

const name = fc.constantFrom(
  'content-type',
  'content-length',
  'content-encoding',
  'accept',
  'accept-language',
  'authorization',
  'cookie',
  'host',
  'idempotency-key',
  'origin',
  'sec-fetch-site',
  'webhook-signature',
  'webhook-timestamp',
  'x-forwarded-for',
  'x-request-id',
  'x-visit',
  '__proto__',
)
const headerValue = fc.oneof(
  fc.stringMatching(/^[ -~]{0,80}$/),
  fc.constantFrom(
    'application/json;charset="utf-8"',
    `application/json;charset=${' '.repeat(150)}"x`,
    'Bearer dgw_0123456789ab_x',
    'gzip, identity',
    '[2001:db8::1]:443',
    '1.2.3.4:99999',
    'vi;q=0.9, en',
  ),
)

// Behind a proxy, where headers are trusted most.
const server = openListener({ http: { host: '127.0.0.1', port: 0, trustProxy: true } }, silentLog)
server.all('/door', async (request) => ({
  from: networksOf(clientAddress(request)),
  type: readContentType(request.headers['content-type']) ?? null,
}))

const isPoll = compile<Poll>(PollSchema)
const words = usualStatusWords()

async function sheetOf(xml: string): Promise<Cell[][]> {
  const book = await openXlsx({ bytes: new Uint8Array(workbook(xml)) }, 2 ** 20)
  const rows: Cell[][] = []
  for (const sheet of book.sheets)
    for await (const some of sheet.rows()) for (const { cells } of some) rows.push([...cells])
  return rows
}

const columnName = fc.constantFrom('A', 'B', 'Z', 'AA', 'XFD', 'ZZZZZZ', '')
const cellXml = fc
  .tuple(
    columnName,
    fc.oneof(fc.nat(30), fc.constantFrom(1_048_576, 99_999_999)),
    fc.constantFrom('s', 'inlineStr', 'n', 'b', 'e', 'str', 'd', 'x'),
    fc.oneof(
      fc.string({ maxLength: 30 }),
      fc.double().map(String),
      fc.constantFrom('H45.12-261105-0001', '45000.5'),
    ),
  )
  .map(([column, row, type, text]) => {
    const safe = text.replaceAll(/[<&]/g, '')
    return `<c r="${column}${row}" t="${type}" s="1"><v>${safe}</v><is><t>${safe}</t></is></c>`
  })

export const doors: readonly Target[] = [
  {
    name: 'headers',
    share: 0.06,
    arbitrary: fc
      .array(fc.tuple(name, headerValue), { maxLength: 8 })
      .map((lines) => Buffer.from(lines.map(([key, value]) => `${key}: ${value}`).join('\n'))),
    async run(input) {
      const lines = input.toString('latin1').split('\n')
      const headers: Record<string, string> = {}
      for (const line of lines) {
        const at = line.indexOf(':')
        const key = line.slice(0, at).trim().toLowerCase()
        // Input that node's parser rejects never gets here.
        if (/^[\w-]+$/.test(key) && key !== 'content-length' && key !== 'transfer-encoding')
          headers[key] = line
            .slice(at + 1)
            .replaceAll(/[^\t -~\x80-\xff]/g, '')
            .trim()
      }
      const {
        statusCode,
        headers: told,
        body,
      } = await server.inject({ method: 'GET', url: '/door', headers })
      check(statusCode < 500, `status ${statusCode}: ${body}`)
      check(/^[\w.:/=-]{1,64}$/.test(String(told['x-request-id'])), 'a request id that a log stumbles over')
      if (statusCode !== 200) return
      const { from } = JSON.parse(body) as { from: string[] }
      check(from.length === 1 || from.length === 3, 'an address is in one network or in three')
      check(
        from.every((one) => /^[\d.]+$|^[0-9a-f:]+\/(64|56|48)$/.test(one)),
        `no network: ${from.join()}`,
      )
    },
  },
  {
    name: 'xlsx',
    share: 0.02,
    arbitrary: fc
      .array(fc.array(cellXml, { maxLength: 5 }), { maxLength: 5 })
      .map((rows) => Buffer.from(rows.map((cells) => `<row>${cells.join('')}</row>`).join(''))),
    async run(input) {
      let rows: Cell[][]
      try {
        rows = await sheetOf(input.toString('utf8'))
      } catch (error) {
        if (error instanceof FileRefusal) return
        throw error
      }
      for (const cells of rows) {
        check(cells.length <= maxColumns, `${cells.length} columns`)
        scoreHeadings(cells)
        readHeadings(cells, new Map())
        for (const one of cells) readCell(one)
      }
    },
  },
  {
    name: 'cells',
    share: 0.1,
    arbitrary: fc
      .oneof(
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.stringMatching(/^[0-9/.\-: ,]{0,30}$/),
        fc.stringMatching(/^[=+\-@'",;\t a-z0-9]{0,20}$/),
      )
      .map((text) => Buffer.from(text)),
    run(input) {
      const text = input.toString('utf8')
      readCell(text)
      const line = csvLine([text, 1])
      check(
        !/^"?[\s'"]*[=+@＝＋－＠]/u.test(line.replaceAll("'", '')) || line.includes("'"),
        'a cell that begins a formula',
      )
      for (const part of line.split(/[,;\t|\r\n]/))
        check(
          !/^[ \u00a0"]*[=+\-@＝＋－＠]/u.test(part),
          `a part that begins a formula: ${JSON.stringify(line)}`,
        )
    },
  },
  {
    name: 'cloudprnt',
    share: 0.06,
    arbitrary: fc
      .record(
        {
          statusCode: fc.oneof(fc.string(), fc.constantFrom('200%20OK', '410 Paper Out', '42', null)),
          printerMAC: fc.oneof(fc.string(), fc.constant('00:11:62:aa:bb:cc'), fc.jsonValue()),
          uniqueID: fc.oneof(fc.string(), fc.constant(null)),
          printingInProgress: fc.oneof(fc.boolean(), fc.constant(null), fc.string()),
          printerState: fc.oneof(fc.constantFrom('ready', 'no-paper'), fc.string()),
          clientAction: fc.jsonValue({ maxDepth: 2 }),
        },
        { requiredKeys: [] },
      )
      .map((body) => Buffer.from(JSON.stringify(body))),
    run(input) {
      let body: unknown
      try {
        body = JSON.parse(input.toString('utf8'))
      } catch {
        return
      }
      if (!isPoll(body)) return
      const statusCode = String(body.statusCode ?? '')
      check(typeof stateOfCode(statusCode) === 'string', 'a state')
      const { state } = outcomeOfCode(statusCode)
      check(['sent', 'confirmed', 'unconfirmed', 'failed', 'expired'].includes(state), 'an end')
    },
  },
]

/** Every reader of a cell; each returns nothing rather than nonsense. */
function readCell(one: Cell): void {
  for (const order of ['dmy', 'mdy', 'swapped'] as const) {
    const at = readDate(one, order)
    check(at === undefined || Number.isFinite(at), 'a date that is none')
  }
  const amount = readAmount(one, undefined)
  check(amount === undefined || Number.isFinite(amount), 'an amount that is none')
  readStatus(one, words, new Map())
  readPaid(one)
  if (typeof one === 'string') {
    const line = csvLine([one])
    // One cell, written and read again: nothing of it is lost.
    const cellText = line.slice(0, -1)
    const back = cellText.startsWith('"') ? cellText.slice(1, -1).replaceAll('""', '"') : cellText
    check(unguard(back) === one, `a cell that comes back differently: ${JSON.stringify([one, line])}`)
  }
}
