// A folder is made with what is missing above it, or the system's reason is given at once.
import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { makeFolder } from '../src/make-folder.js'

t.test('a folder is made, or the reason is given', async (t) => {
  const root = t.testdir()
  makeFolder(join(root, 'a/b/c'), 0o700)
  t.equal(statSync(join(root, 'a/b/c')).mode & 0o777, 0o700)
  makeFolder(join(root, 'a/b/c'), 0o700)
  makeFolder(`${join(root, 'a/d')}/`)
  mkdirSync(join(root, 'there'))
  symlinkSync(join(root, 'there'), join(root, 'link'))
  makeFolder(join(root, 'link'))
  writeFileSync(join(root, 'file'), '')
  symlinkSync('/nowhere/data', join(root, 'dangling'))
  const refused: [folder: string, code: string][] = [
    ['file', 'EEXIST'],
    ['file/x/y', 'ENOTDIR'],
    ['dangling', 'EEXIST'],
  ]
  for (const [folder, code] of refused) t.throws(() => makeFolder(join(root, folder)), { code }, folder)
})

t.test(
  'where a folder answers that nothing can be in it, it is not asked for ever',
  { skip: existsSync('/proc/self') ? false : 'needs the /proc of Linux' },
  async (t) => t.throws(() => makeFolder('/proc/dossiers/data'), { code: 'ENOENT' }),
)
