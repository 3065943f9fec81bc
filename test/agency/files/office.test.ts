// Files written by LibreOffice (test/fixtures/files): exports as one-stop systems make them, and as clerks leave them.
// Each is read correctly, or refused with instructions.
import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { fold } from '../../../src/agency/files/headings.js'
import { refusalText } from '../../../src/agency/files/messages.js'
import { readTable, type TableRequest } from '../../../src/agency/files/reading.js'
import { FileRefusal } from '../../../src/agency/files/tables/table.js'
import { openStatusWords, readStatusMapping } from '../../../src/agency/files/words.js'
import { openWording } from '../../../src/dossier/wording.js'
import { cases, type Expected, type FileCase } from '../../fixtures/files/cases.js'

const wording = openWording({ vi: 'config/wording.vi.yaml', en: 'config/wording.en.yaml' })
const words = openStatusWords(wording)
const now = Date.parse('2026-12-01T08:00:00+07:00')
const atOnce = 3
const folder = new URL('../../fixtures/files/', import.meta.url)

const wishesOf = (answered: FileCase['answered']): TableRequest['wishes'] => ({
  map: new Map(Object.entries(answered?.map ?? {}).map(([heading, field]) => [fold(heading), field])),
  statuses: new Map((answered?.status ?? []).map((one) => readStatusMapping(one)!)),
  ...(answered?.sheet ? { sheet: answered.sheet } : {}),
  ...(answered?.dates ? { dates: answered.dates } : {}),
})

async function read(file: string, answered: FileCase['answered']) {
  const bytes = new Uint8Array(readFileSync(new URL(file, folder)))
  const reading = await readTable({
    source: { bytes },
    wishes: wishesOf(answered),
    saved: [],
    words,
    asOf: now,
    now,
  })
  const updates: Record<string, unknown>[] = []
  for await (const batch of reading.rows())
    updates.push(...batch.map(({ raw }) => raw as Record<string, unknown>))
  return { reading, updates }
}

async function check(
  t: Test,
  { file, about }: FileCase,
  expected: Expected,
  answered?: FileCase['answered'],
) {
  const came = await read(file, answered).catch((error: unknown) => error)
  if (came instanceof FileRefusal) {
    t.equal(came.code, expected.refusal, `${file}: ${about}`)
    t.comment(`${file}: ${refusalText(came, wording, 'vi')}`)
    return
  }
  if (came instanceof Error) throw came
  const { reading, updates } = came as Awaited<ReturnType<typeof read>>
  t.equal(undefined, expected.refusal, `${file}: ${about}`)
  t.match(updates, expected.updates, file)
  t.equal(updates.length, expected.updates?.length, `${file}: so many rows`)
  for (const code of expected.told ?? [])
    t.ok(
      reading.remarks.some((one) => one.code === code),
      `${file} tells ${code}`,
    )
  if (expected.people) t.same(reading.plan.columns.people, expected.people)
  t.notOk(/Nguyễn|0905111222/.test(JSON.stringify(updates)), `${file}: nobody is read`)
  t.comment(`${file}: ${updates.length} rows`)
}

t.test('files of LibreOffice are read, or refused with what to do', async (t) => {
  t.equal(cases.length, 43)
  const questions = cases.flatMap((one) => [
    { one, expected: one.expected, answered: undefined },
    ...(one.answered ? [{ one, expected: one.answered.expected, answered: one.answered }] : []),
  ])
  // Each is read by a worker thread of its own, whose start is most of its time.
  for (let from = 0; from < questions.length; from += atOnce)
    await Promise.all(
      questions
        .slice(from, from + atOnce)
        .map(({ one, expected, answered }) => check(t, one, expected, answered)),
    )
})
