import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/config.js'
import { dossierStatuses } from '../../src/dossier/dossier.js'
import { openNumbers } from '../../src/dossier/numbers/numbers.js'
import { loadWording, openWording } from '../../src/dossier/wording.js'

const shipped = { vi: 'config/wording.vi.yaml', en: 'config/wording.en.yaml' }

t.test('the shipped wording is whole in both languages', async (t) => {
  const { vi, en } = openWording(shipped)
  for (const status of Object.keys(dossierStatuses) as (keyof typeof dossierStatuses)[]) {
    for (const words of [vi, en])
      for (const text of Object.values(words.states[status])) t.ok(text.length > 3, `${status}: ${text}`)
    t.not(vi.states[status].label, en.states[status].label)
  }
  t.equal(vi.text('problem.unknown'), 'Không có hồ sơ mang mã này.')
  t.throws(() => vi.text('problem.no-such-key' as 'problem.unknown'), /no wording/)
})

t.test('both languages name the same paper, and each paper by one name', (t) => {
  const strings = (language: string) => `kiosk/strings/${language}.json`
  for (const [vi, en] of [
    [shipped.vi, shipped.en],
    [strings('vi'), strings('en')],
  ] as const) {
    const [vietnamese, english] = [vi, en].map((file) => parse(readFileSync(file, 'utf8')) as Tree)
    for (const path of pathsOf(vietnamese!)) {
      const [said, inEnglish] = [textAt(vietnamese!, path), textAt(english!, path)]
      const what = `${path}: ${said} | ${inEnglish}`
      t.equal(/\breceipt\b/i.test(inEnglish), /giấy hẹn/i.test(said), what)
      if (/phiếu tra cứu/i.test(said)) t.match(inEnglish, /\bslip\b|printed on it/i, what)
      t.notMatch(inEnglish, /appointment slip/i, what)
    }
  }
  t.end()
})

t.test('a command is shown in the words that the help by text gives, in each language', (t) => {
  const line = { prefix: 'HCC ', shortCode: '8188' }
  for (const words of Object.values(openWording(shipped)))
    for (const [told, shown] of [
      [words.text('sms.help.watch', line), words.text('ways.say.watch', line)],
      [words.text('sms.help.stop', line), words.text('ways.say.stop', line)],
      [words.text('sms.help.complaint', line), words.text('ways.say.complaint', line)],
    ] as const)
      t.equal(/^HCC \w+/.exec(shown)?.[0], /^HCC \w+/.exec(told)?.[0], told)
  t.end()
})

t.test("an operator's mistakes in the wording are all told, with their keys", async (t) => {
  const dir = t.testdir()
  const write = (name: string, change: (text: string) => string) => {
    const file = join(dir, name)
    const from = name.startsWith('vi') ? shipped.vi : shipped.en
    writeFileSync(file, change(readFileSync(from, 'utf8')))
    return file
  }
  const problemsOf = (files: { vi: string; en: string }) => {
    const result = loadWording(files)
    return result.ok ? [] : result.problems.map(({ path, message }) => `${path} ${message}`)
  }
  t.same(problemsOf(shipped), [])
  const vi = write('vi.yaml', (text) =>
    text
      .replace(/sms: Đã rút theo yêu cầu.*/, `sms: ${'Đã rút '.repeat(9)}`)
      .replace(/sms: Đã trả kết quả\n/, 'sms: Xem http://x.vn\n')
      .replace(/ {4}label: Đang xử lý\n/, '')
      .concat('\nextra:\n  greeting: Xin chào {name}\n  broken: "{oops"\n'),
  )
  const en = write('en.yaml', (text) => text.concat('\nextra:\n  greeting: Hello\n  broken: ""\n'))
  t.strictSame(problemsOf({ vi, en }), [
    'wording.vi.extra.broken has a brace that is no {placeholder}',
    'wording.en.extra.broken is empty',
  ])
  writeFileSync(vi, readFileSync(vi, 'utf8').replace('"{oops"', 'x'))
  writeFileSync(en, readFileSync(en, 'utf8').replace('""', 'x'))
  t.same(problemsOf({ vi, en }).sort(), [
    'wording.en.extra.broken is not a known text; is it misspelt?',
    'wording.en.extra.greeting is not a known text; is it misspelt?',
    'wording.vi.extra.broken is not a known text; is it misspelt?',
    'wording.vi.extra.greeting is not a known text; is it misspelt?',
    'wording.vi.states.processing.label is missing',
    'wording.vi.states.returned.sms must not carry a link',
    'wording.vi.states.withdrawn.sms has 62 characters, 45 are allowed',
  ])
  t.match(problemsOf({ vi: join(dir, 'none.yaml'), en }), [/wording\.vi .*file not found/])
  writeFileSync(en, 'a: [')
  t.match(problemsOf({ vi: shipped.vi, en }), [/wording\.en .*not valid YAML/])
  t.throws(() => openWording({ vi, en }), { code: 'config-invalid' })
})

t.test('a text that lacks what is filled in, or asks for what is not, is told', async (t) => {
  const dir = t.testdir()
  const vi = join(dir, 'vi.yaml')
  writeFileSync(
    vi,
    readFileSync(shipped.vi, 'utf8')
      .replace('{minutes}', 'vài')
      .replace('phone: ĐT {phone}', 'phone: ĐT {phone} của {name}'),
  )
  const result = loadWording({ ...shipped, vi })
  t.same(result.ok ? [] : result.problems, [
    { path: 'wording.vi.sms.phone', message: 'has {name}, which is not filled here' },
    { path: 'wording.vi.sms.withheld', message: 'lacks the placeholder {minutes}' },
  ])
})

t.test('any text missing from both files is refused with its path', async (t) => {
  const dir = t.testdir()
  const parsed = { vi: parse(readFileSync(shipped.vi, 'utf8')), en: parse(readFileSync(shipped.en, 'utf8')) }
  const keys = pathsOf(parsed.vi)
  t.ok(keys.length > 100)
  const files = { vi: join(dir, 'vi.yaml'), en: join(dir, 'en.yaml') }
  // Each is missed once, among neighbours that are there.
  const rounds = 12
  for (let round = 0; round < rounds; round++) {
    const missing = keys.filter((_, at) => at % rounds === round)
    for (const language of ['vi', 'en'] as const)
      writeFileSync(files[language], JSON.stringify(without(parsed[language], missing)))
    const result = loadWording(files)
    const told = new Map(result.ok ? [] : result.problems.map(({ path, message }) => [path, message]))
    for (const path of missing.flatMap((key) => [`wording.vi.${key}`, `wording.en.${key}`])) {
      if (told.get(path) !== 'is missing') t.fail(`${path} is not missed`)
      told.delete(path)
    }
    t.same([...told], [], 'and nothing else is refused')
  }
})

type Tree = { [part: string]: string | Tree }

function pathsOf(tree: Tree, above = ''): string[] {
  return Object.entries(tree).flatMap(([part, inner]) =>
    typeof inner === 'string' ? [above + part] : pathsOf(inner, `${above}${part}.`),
  )
}

const textAt = (tree: Tree, path: string) =>
  path.split('.').reduce<Tree | string>((inner, part) => (inner as Tree)[part]!, tree) as string

function without(tree: Tree, keys: readonly string[]): Tree {
  const copy = structuredClone(tree)
  for (const key of keys) {
    const parts = key.split('.')
    const last = parts.pop()!
    const section = parts.reduce((inner, part) => inner[part] as Tree, copy)
    delete section[last]
  }
  return copy
}

t.test('the shipped agencies can be read, and so can their numbers', async (t) => {
  const dir = t.testdir({ 'gateway.yaml': 'printers: gateway.yaml\n' })
  const result = loadConfig(join(dir, 'gateway.yaml'), {})
  const agencies = result.ok ? result.config.agencies : []
  t.same(result.notices, [], 'no entry merges two issuers')
  for (const province of ['H15', 'H45'])
    t.ok(
      agencies.some(({ code }) => code.includes(province)),
      province,
    )
  t.ok(agencies.some(({ code }) => code === '000.00.15.H45'))
  t.ok(agencies.some(({ aliases }) => aliases.length > 0))
  t.ok(agencies.some(({ retired }) => retired))
  const numbers = openNumbers(agencies, { lookupKey: '5a'.repeat(32) })
  for (const agency of agencies) {
    t.ok(agency.shortName.length <= 24, agency.shortName)
    for (const code of [agency.code, ...agency.aliases])
      t.match(numbers.read(`${code}-190521-0003`), { dossierNo: { agency: agency.code } }, code)
  }
})
