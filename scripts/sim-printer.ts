// Runs the simulated printer: prints its device path as one JSON line, and runs until it is stopped.
// Usage: npm run sim:printer -- [--link PATH] [--dir OUT] [--baud 38400] [--width 576] [--flow none|xon-xoff|dtr]
//        [--lines-per-second 30] [--no-knife] [--control-port 0]
import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { openPaperTape, type PaperTapeOptions } from '../test/peers/paper-tape.js'
import { openPaperTapeControl } from '../test/peers/paper-tape-control.js'

const { values } = parseArgs({
  options: {
    link: { type: 'string' },
    dir: { type: 'string', default: 'var/slips' },
    baud: { type: 'string', default: '38400' },
    width: { type: 'string', default: '576' },
    flow: { type: 'string', default: 'none' },
    'lines-per-second': { type: 'string', default: '30' },
    'no-knife': { type: 'boolean', default: false },
    'control-port': { type: 'string', default: '0' },
  },
})
const slips = resolve(values.dir)
if (values.link) mkdirSync(dirname(resolve(values.link)), { recursive: true })
const tape = await openPaperTape({
  ...(values.link ? { link: resolve(values.link) } : {}),
  dir: slips,
  baudRate: Number(values.baud),
  widthDots: Number(values.width),
  flow: values.flow as NonNullable<PaperTapeOptions['flow']>,
  linesPerSecond: Number(values['lines-per-second']),
  knife: !values['no-knife'],
})
const control = await openPaperTapeControl(tape, Number(values['control-port']))
process.stdout.write(`${JSON.stringify({ printer: { path: tape.path, control: control.url, slips } })}\n`)
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, async () => {
    control.server.close()
    await tape.close()
    process.exit(0)
  })
