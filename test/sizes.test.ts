// No file and no function of src is longer than a reader can hold in mind; the limits stand in scripts/sizes.ts.
import t from 'tap'
import { exceptions, limits, sizes } from '../scripts/sizes.js'

const { files, functions } = sizes(new URL('../', import.meta.url).pathname)

t.test('files and functions stay within their limits', async (t) => {
  for (const { list, most } of [
    { list: files, most: limits.fileLines },
    { list: functions, most: limits.functionLines },
  ])
    t.same(
      list.filter(({ name, lines }) => lines > most && !Object.hasOwn(exceptions, name)),
      [],
      `split it, or give it a reason in scripts/sizes.ts (limit ${most} lines)`,
    )
})

t.test('every exception is still needed', async (t) => {
  const long = new Set(
    [
      ...files.filter(({ lines }) => lines > limits.fileLines),
      ...functions.filter(({ lines }) => lines > limits.functionLines),
    ].map(({ name }) => name),
  )
  t.same(
    Object.keys(exceptions).filter((name) => !long.has(name)),
    [],
    'take it out of scripts/sizes.ts',
  )
})
