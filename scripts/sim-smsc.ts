// Runs the simulated SMSC: prints its ports as one JSON line, and runs until it is stopped.
// Its control API is described in test/peers/README.md.
// Usage: npm run sim:smsc -- [--port 2775] [--control-port 0] [--behaviour '{"throttleShare":0.1}']
import { parseArgs } from 'node:util'
import { startFakeSmsc } from '../test/peers/fake-smsc.js'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '2775' },
    'control-port': { type: 'string', default: '0' },
    behaviour: { type: 'string', default: '{}' },
  },
})
const fake = await startFakeSmsc({
  port: Number(values.port),
  control: true,
  controlPort: Number(values['control-port']),
  behaviour: JSON.parse(values.behaviour),
})
process.stdout.write(`${JSON.stringify({ smsc: { port: fake.port, control: fake.control } })}\n`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await fake.close()
    process.exit(0)
  })
}
