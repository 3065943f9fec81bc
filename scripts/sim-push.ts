// A simulated agency system: pushes the sample dossiers, or one change of one dossier, to a running gateway.
//   npm run sim:push -- --url http://127.0.0.1:8080 --key KEY
//   npm run sim:push -- --url … --key … --change H45.12-240823-0001 --status finished
import { parseArgs } from 'node:util'
import { sampleUpdates } from '../test/fixtures/samples.js'

const usage = 'sim-push --key KEY [--url http://127.0.0.1:8080] [--change DOSSIERNO --status STATUS]\n'
const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8080' },
    key: { type: 'string' },
    change: { type: 'string' },
    status: { type: 'string', default: 'finished' },
    help: { type: 'boolean' },
  },
})

if (values.help || !values.key) {
  process.stderr.write(usage)
  process.exitCode = values.help ? 0 : 2
} else {
  const authorization = `Bearer ${values.key}`
  process.exitCode = values.change
    ? await change(values.url, authorization, values.change, values.status)
    : await pushAll(values.url, authorization)
}

async function change(
  url: string,
  authorization: string,
  dossierNo: string,
  status: string,
): Promise<number> {
  const dossierStatus = /^\d+$/.test(status) ? Number(status) : status
  const response = await fetch(new URL(`/v1/dossiers/${encodeURIComponent(dossierNo)}`, url), {
    method: 'PUT',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ dossierStatus, eventTime: new Date().toISOString() }),
  })
  process.stdout.write(`${response.status} ${await response.text()}\n`)
  return response.ok ? 0 : 1
}

async function pushAll(url: string, authorization: string): Promise<number> {
  const updates = sampleUpdates(new Date())
  const response = await fetch(new URL('/v1/dossiers/bulk', url), {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-ndjson' },
    body: updates.map((update) => `${JSON.stringify(update)}\n`).join(''),
  })
  if (!response.ok || !response.body) {
    process.stdout.write(`${response.status} ${await response.text()}\n`)
    return 1
  }
  let rest = ''
  let done = 0
  let failed = 0
  const isTerminal = process.stderr.isTTY
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const result = JSON.parse(line) as { summary?: { failed: number }; error?: unknown }
      if (result.summary) {
        failed = result.summary.failed
        if (isTerminal) process.stderr.write('\r')
        process.stdout.write(`${line}\n`)
      } else {
        done++
        if (result.error) process.stderr.write(`${line}\n`)
        if (isTerminal) process.stderr.write(`\rpushed ${done} of ${updates.length}`)
      }
    }
  }
  return failed === 0 ? 0 : 1
}
