// Runs the simulated aggregator: prints its URL and the link a gateway needs as one JSON line, and runs until it is stopped.
// Its control API is described in test/peers/README.md.
// Usage: npm run sim:http -- [--preset generic|esms|kannel|android] [--port 0] [--control-port 0] [--gateway http://127.0.0.1:8080]
import { parseArgs } from 'node:util'
import { type PeerPreset, peerPresets, startAggregator } from '../test/peers/aggregator.js'
import { openAggregatorControl } from '../test/peers/aggregator-control.js'

const { values } = parseArgs({
  options: {
    preset: { type: 'string', default: 'generic' },
    port: { type: 'string', default: '0' },
    'control-port': { type: 'string', default: '0' },
    gateway: { type: 'string' },
  },
})
if (!peerPresets.includes(values.preset as PeerPreset)) {
  process.stderr.write(`--preset: one of ${peerPresets.join(', ')}\n`)
  process.exit(2)
}
const peer = await startAggregator({ preset: values.preset as PeerPreset, port: Number(values.port) })
if (values.gateway) peer.attach(values.gateway)
const control = await openAggregatorControl(peer, Number(values['control-port']))
process.stdout.write(
  `${JSON.stringify({ aggregator: { url: peer.url, control: control.url, link: peer.link() } })}\n`,
)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    control.close()
    await peer.close()
    process.exit(0)
  })
}
