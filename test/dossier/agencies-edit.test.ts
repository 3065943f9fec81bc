import {
  chmodSync,
  chownSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { agenciesCommand } from '../../src/commands/agencies.js'
import type { CommandContext } from '../../src/commands/command.js'
import { shortNameOf, withEntries } from '../../src/dossier/agencies-edit.js'
import { checkAgencies } from '../../src/dossier/agencies-file.js'
import type { Agency } from '../../src/dossier/agency.js'
import { replaceFile } from '../../src/replace-file.js'

const shipped = readFileSync('config/agencies.yaml', 'utf8')
const unit = (code: string, more: Partial<Agency> = {}) => ({
  code,
  name: `Xã ${code}`,
  shortName: code,
  ...more,
})
const textOf = (added: ReturnType<typeof withEntries>) => {
  if (added.kind === 'refused') throw new Error(JSON.stringify(added.problems))
  return added.text
}

t.test('1,700 units are added behind the others, whose text stays to the letter', async (t) => {
  const units = Array.from({ length: 1700 }, (_, nth) => unit(`H15.9${nth}`))
  const text = textOf(withEntries(shipped, units, 'Taken in.'))
  const list = parse(text) as Agency[]
  t.equal(new Set(list.map(({ index }) => index)).size, list.length)
  t.same(checkAgencies(list).problems, [])
  const unmarked = (of: string) => of.replace(/highest index ever given: \d+/, '')
  t.ok(unmarked(text).startsWith(unmarked(shipped)))
})

t.test('an index is never given again', async (t) => {
  const first = textOf(withEntries(shipped, [unit('H15.91'), unit('H15.92')], 'Taken in.'))
  const last = (parse(first) as Agency[]).at(-1)!
  const without = first.slice(0, first.indexOf('- code: H15.92'))
  const again = (parse(textOf(withEntries(without, [unit('H15.93')], 'Taken in.'))) as Agency[]).at(-1)!
  t.equal(again.index, last.index! + 1, 'the entry that had the highest is gone, its index is not free')
  const given = (
    parse(textOf(withEntries(first, [unit('H15.94', { index: 700 }), unit('H15.95')], 'x'))) as Agency[]
  ).slice(-2)
  t.same(
    given.map(({ index }) => index),
    [700, 701],
  )
  const full = parse(
    textOf(withEntries(shipped, [unit('H15.96', { index: 8999 }), unit('H15.97')], 'x')),
  ) as Agency[]
  t.equal(full.at(-1)!.index, undefined, 'none is left: an entry without one')
})

t.test('a mistake in one entry adds none, and says which', async (t) => {
  const refused = (...entries: ReturnType<typeof unit>[]) => {
    const added = withEntries(shipped, entries, 'x')
    return added.kind === 'refused' ? added.problems.map(({ nth }) => nth) : added.kind
  }
  t.same(refused(unit('H15.91'), unit('h15 92')), [1])
  t.same(refused(unit('H15.91'), unit('H15.91')), [1])
  const twice = withEntries(shipped, [unit('H15.91'), unit('H15.91')], 'x', (nth) => `a.csv, line ${nth + 2}`)
  t.match(twice, {
    problems: [{ path: 'a.csv, line 3', message: 'code H15.91 is already used by a.csv, line 2' }],
  })
  t.match(withEntries(shipped, [unit('h15 92')], 'x'), { problems: [{ path: 'entry 1 (code)' }] })
  t.same(refused(unit('H15.50')), [0], 'it has an entry')
  t.same(refused(unit('H15.91', { index: 50 })), [0], 'the index is used')
  t.same(refused(unit('H15.91', { servedBy: 'H99' })), [0])
})

t.test('lists of every form are understood', async (t) => {
  const flow = '# ours\n[{ code: H15.01, index: 3, name: A, shortName: A }] # all\n'
  const text = textOf(withEntries(flow, [unit('H15.02')], 'x'))
  t.same(
    (parse(text) as Agency[]).map(({ code, index }) => [code, index]),
    [
      ['H15.01', 3],
      ['H15.02', 4],
    ],
  )
  t.match(text, /# ours[\s\S]*# all/, 'comments stay')
  t.match(withEntries('code: H15', [unit('H15.02')], 'x'), { kind: 'refused' })
})

t.test(
  'beside --json nothing but JSON is printed, and what an import changes for keys is said',
  async (t) => {
    const folder = t.testdir({
      'agencies.yaml': shipped,
      'list.csv': 'mã,tên\nH45.12,Phường Bình An\nH45.12.77,Thôn Ba\nH99.01,Nơi khác\n',
    })
    const agenciesFile = join(folder, 'agencies.yaml')
    const agencies = checkAgencies(parse(shipped)).list
    const said: string[] = []
    const write = process.stderr.write
    process.stderr.write = ((text: string) => said.push(text)) as never
    const run = async (json: boolean) => {
      const printed: string[] = []
      await agenciesCommand({
        args: ['import', join(folder, 'list.csv'), '--dry-run'],
        config: { agencies, agenciesFile },
        json,
        print: (text: string) => void printed.push(text),
      } as unknown as CommandContext)
      return printed
    }
    try {
      t.match(
        (await run(true)).map((text) => JSON.parse(text)),
        [{ ok: true, added: [{ code: 'H45.12.77' }, { code: 'H99.01' }] }],
      )
      t.match(said.join(''), /1 of 3 already/)
      t.match(said.join(''), /Units below H45\.12 become issuers of their own.* key .*servedBy/)
      said.length = 0
      t.match((await run(false)).join('\n'), /1 of 3 already[\s\S]*Units below H45\.12 [\s\S]*H45\.12\.77/)
      t.same(said, [])
    } finally {
      process.stderr.write = write
    }
  },
)

t.test('the file is replaced as a whole', async (t) => {
  const folder = t.testdir({ 'agencies.yaml': shipped })
  replaceFile(join(folder, 'agencies.yaml'), 'new\n')
  t.equal(readFileSync(join(folder, 'agencies.yaml'), 'utf8'), 'new\n')
  t.same(readdirSync(folder), ['agencies.yaml'])
  symlinkSync('agencies.yaml', join(folder, 'link.yaml'))
  replaceFile(join(folder, 'link.yaml'), 'newer\n')
  t.ok(lstatSync(join(folder, 'link.yaml')).isSymbolicLink(), 'a link stays a link')
  t.equal(readFileSync(join(folder, 'agencies.yaml'), 'utf8'), 'newer\n')
  chmodSync(join(folder, 'agencies.yaml'), 0o640)
  if (process.getuid?.() === 0) chownSync(join(folder, 'agencies.yaml'), 4711, 4712)
  const { uid, gid, mode } = statSync(join(folder, 'agencies.yaml'))
  replaceFile(join(folder, 'agencies.yaml'), 'newest\n')
  t.match(
    statSync(join(folder, 'agencies.yaml')),
    { uid, gid, mode },
    'whose it is and who may read it stays',
  )
  t.throws(() => replaceFile(join(folder, 'nowhere', 'agencies.yaml'), 'x'))
  writeFileSync(join(folder, 'agencies.yaml'), shipped)
})

t.test('a short name is made of a long one', async (t) => {
  t.equal(shortNameOf('Uy ban nhan dan xa Hoa Thinh'), 'UBND xa Hoa Thinh')
  t.equal(shortNameOf('Trung tam Phuc vu hanh chinh cong phuong Binh An Dong'), 'TT HCC phuong Binh An')
})

t.test('two issuers in one entry are noticed', async (t) => {
  const merged = checkAgencies([{ ...unit('H45.02'), aliases: ['000.00.02.H45', '000.00.09.H45'] }])
  t.same(merged.problems, [])
  t.match(merged.notices, [{ path: 'agencies[0].aliases', message: /000\.00\.02\.H45 and 000\.00\.09\.H45/ }])
  t.same(checkAgencies([{ ...unit('H45.02'), aliases: ['000.00.02.H45'] }]).notices, [])
  for (const [servedBy, message] of [
    ['H45.02', /served by itself/],
    ['H99', /no entry/],
    ['H45.03', /name that one/],
  ] as const)
    t.match(
      checkAgencies([
        { ...unit('H45.02'), servedBy },
        { ...unit('H45.03'), servedBy: 'H45.04' },
        unit('H45.04'),
      ]).problems,
      [{ path: 'agencies[0].servedBy', message }],
    )
})
