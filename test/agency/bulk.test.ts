// A large upload with bad lines: the good ones are imported, the bad ones reported, memory stays flat, and no personal
// data from a bad line appears anywhere. BULK_LINES=1000000 for the full size.
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import t from 'tap'
import { startGateway } from '../peers/gateway.js'

const lines = Number(process.env.BULK_LINES ?? 60_000)
const badEvery = 100
const canaries = ['Nguyễn Thị Kín', '0987654321', '066301004321', 'Tổ 7 thôn Kín']

type Row = { text: string; error?: { code: string; pointer?: string; reason?: string } }

function row(nth: number): Row {
  const day = String(1 + (Math.floor(nth / 9000) % 28)).padStart(2, '0')
  const month = String(1 + (Math.floor(nth / 252_000) % 5)).padStart(2, '0')
  const update = {
    dossierNo: `H45.0${1 + (nth % 8)}-26${month}${day}-${String(nth % 9000).padStart(4, '0')}`,
    dossierStatus: 1 + (nth % 10),
    eventTime: '2026-05-29T08:00:00+07:00',
    procedure: { code: `1.${900_000 + (nth % 40)}`, name: `Thủ tục số ${nth % 40}` },
    receivedAt: '20260528080000',
    dueAt: '2026-06-10T17:00:00+0700',
    fee: { amount: 10_000, paid: nth % 2 === 0 },
  }
  if (nth % badEvery !== 0) return { text: JSON.stringify(update) }
  const bad: Row[] = [
    { text: JSON.stringify(update).slice(0, 60) + canaries[0], error: { code: 'malformed-json' } },
    { text: JSON.stringify(update).replace('{', '{"dueAt":null,'), error: { code: 'malformed-json' } },
    {
      text: JSON.stringify({ ...update, dueAt: canaries[1] }),
      error: { code: 'bad-time', pointer: '/dueAt' },
    },
    {
      text: JSON.stringify({ ...update, citizenId: canaries[2] }),
      error: { code: 'unknown-field', pointer: '/citizenId' },
    },
    {
      text: JSON.stringify({ ...update, dossierNo: canaries[3] }),
      error: { code: 'unreadable', pointer: '/dossierNo', reason: 'incomplete' },
    },
    {
      text: JSON.stringify({ ...update, contact: { phone: canaries[2], notify: true } }),
      error: { code: 'bad-phone', pointer: '/contact/phone' },
    },
    {
      text: JSON.stringify({ ...update, dossierNo: update.dossierNo.replace(/H45\.0\d/, '000.00.15.H45') }),
      error: { code: 'forbidden', pointer: '/dossierNo' },
    },
    { text: `"${canaries[0]} ${'x'.repeat(70_000)}"`, error: { code: 'too-large' } },
  ]
  return bad[(nth / badEvery) % (nth % 10_000 === 0 ? 7 : 6)]!
}

function* body(): Generator<Buffer> {
  let text = ''
  for (let nth = 1; nth <= lines; nth++) {
    text += `${row(nth).text}\n`
    if (text.length > 60_000 || nth === lines) {
      yield Buffer.from(text)
      text = ''
    }
  }
}

t.test(`${lines} lines with one bad in a hundred`, { timeout: 0 }, async (t) => {
  const gateway = await startGateway(t, { sms: { enabled: false } })
  const key = await gateway.agencyKey(...Array.from({ length: 8 }, (_, nth) => `H45.0${nth + 1}`))
  const upload = request(`${gateway.http}/v1/dossiers/bulk`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
  })
  Readable.from(body()).pipe(upload)
  let [told, applied, named] = [0, 0, 0]
  let summary: unknown
  const wrong: string[] = []
  const response = await new Promise<NodeJS.ReadableStream>((resolve, reject) =>
    upload.once('response', resolve).once('error', reject),
  )
  for await (const text of createInterface({ input: response })) {
    const result = JSON.parse(text)
    if (result.summary) {
      summary = result.summary
      continue
    }
    told++
    const { error } = row(result.line)
    const isRight = error
      ? JSON.stringify(result) === JSON.stringify({ line: told, error })
      : result.line === told && result.applied === true
    if (!isRight && wrong.length < 5) wrong.push(text)
    if (error) named++
    else applied++
    for (const canary of canaries) if (text.includes(canary)) wrong.push('something personal was repeated')
  }
  const bad = Math.floor(lines / badEvery)
  t.same(wrong, [], 'each line is answered in its place and bad ones are named rightly')
  t.same([told, applied, named], [lines, lines - bad, bad])
  t.same(summary, { lines, applied: lines - bad, stale: 0, duplicate: 0, failed: bad })
  const peakMiB =
    Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'utf8'))![1]) / 1024
  t.comment(`peak memory of the gateway: ${Math.round(peakMiB)} MiB`)
  t.ok(peakMiB < 256, `${Math.round(peakMiB)} MiB`)
  t.match(await gateway.waitFor('bulk.ended', undefined, true), { outcome: 'complete', lines })
  for (const canary of canaries) t.notOk(gateway.output.includes(canary), 'nothing personal is in the log')
})
