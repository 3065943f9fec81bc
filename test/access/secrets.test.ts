// What the log says of generated secrets: only the loss of the two keys loses lookup numbers and phones.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openSecrets } from '../../src/access/secrets.js'
import type { Config } from '../../src/config/config.js'
import { silentLog } from '../../src/log.js'

t.test('only a key that papers or phones depend on is told to be backed up', (t) => {
  const key = 'ab'.repeat(32)
  const rows: [secrets: object, made: string[], says: RegExp][] = [
    [{}, ['lookupKey', 'phoneKey', 'adminKey'], /back this file up/],
    [{ lookupKey: key }, ['phoneKey', 'adminKey'], /back this file up/],
    [{ lookupKey: key, phoneKey: key }, ['adminKey'], /^The key of operator routes was generated$/],
  ]
  for (const [secrets, made, says] of rows) {
    const dataDir = mkdtempSync(join(tmpdir(), 'secrets-'))
    t.teardown(() => rmSync(dataDir, { recursive: true }))
    const told: [{ made: string[] }, string][] = []
    const log = { ...silentLog, warn: (...words: unknown[]) => void told.push(words as never) }
    openSecrets({ dataDir, secrets } as unknown as Config, log as never)
    t.same(told[0]?.[0].made, made)
    t.match(told[0]?.[1], says)
  }
  t.end()
})
