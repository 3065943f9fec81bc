// Lua scripts: the file name has the number of keys, and luacheck checks them all.
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { recordConstants } from '../../src/dossier/fields.js'
import { changesConstant } from '../../src/dossier/store/places.js'
import { stateConstants } from '../../src/dossier/store/updates.js'
import { silentLog } from '../../src/log.js'
import { openMetrics } from '../../src/metrics.js'
import { openRedis } from '../../src/redis/connection.js'
import { readLua } from '../../src/redis/lua.js'
import { startRedis } from '../peers/redis.js'

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.lua'),
)

t.test('a script is called name-KEYS.lua, and no two have one name', async (t) => {
  const names = files.map((file) => readLua(pathToFileURL(join('src', file))).name)
  t.ok(names.length > 10)
  t.equal(new Set(names).size, names.length, names.join(' '))
  const dir = t.testdir({ 'watch.lua': 'return 1' })
  t.throws(() => readLua(pathToFileURL(join(dir, 'watch.lua'))), /name-KEYS\.lua/)
})

t.test('a call with another number of keys, and a second script of one name, are mistakes', async (t) => {
  const redis = await startRedis(t)
  const config = { durability: 'everysec', commandTimeoutMs: 5000 } as const
  const door = await openRedis({ socket: redis.socket, config }, silentLog, openMetrics())
  t.teardown(() => door.close())
  const dir = t.testdir({
    'echo-1.lua': 'return KEYS[1] .. ARGV[1] .. more',
    other: { 'echo-1.lua': 'return 1' },
  })
  const file = (name: string) => pathToFileURL(join(dir, name))
  const echo = door.script(file('echo-1.lua'), "local more = '!'\n")
  t.equal(String(await echo.run(['k'], ['v'])), 'kv!')
  await t.rejects(echo.run(['k', 'l'], []), /echo-1\.lua was called with 2 keys/)
  t.throws(() => door.script(file('other/echo-1.lua')), /two Lua scripts are called echo/)
  t.doesNotThrow(() => door.script(file('echo-1.lua'), "local more = '?'\n"))
})

const has = spawnSync('luacheck', ['--version']).status === 0
t.test(
  'luacheck finds nothing in them',
  { skip: has ? false : 'luacheck is not installed (Debian: apt-get install lua-check)' },
  async (t) => {
    const dir = t.testdir()
    for (const file of files) {
      const whole = join(dir, file.replaceAll('/', '.'))
      const constants =
        changesConstant +
        (/dossier\/store\/(apply|watch|supersede)/.test(file) ? recordConstants + stateConstants : '')
      writeFileSync(whole, readLua(pathToFileURL(join('src', file)), constants).source)
    }
    const globals = ['redis', 'cmsgpack', 'struct', 'cjson', 'KEYS', 'ARGV']
    const checked = spawnSync(
      'luacheck',
      [
        dir,
        '--std',
        'lua51',
        '--no-color',
        '--no-max-line-length',
        '--ignore',
        '211/[A-Z_]+',
        '--read-globals',
        ...globals,
      ],
      { encoding: 'utf8' },
    )
    t.equal(checked.status, 0, checked.stdout)
    t.match(execFileSync('luacheck', ['--version'], { encoding: 'utf8' }), /Luacheck/)
  },
)
