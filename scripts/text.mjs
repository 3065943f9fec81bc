// Sends a text as a phone would, through the simulated SMSC that ./scripts/up started, and prints the reply.
// ./scripts/text [--from 84901234567] [--wait SECONDS] [--unnumbered] [--json] "HS 4827 1936 0518"
// --unnumbered: as through an SMSC that gives texts no reference, so that repeated words look like a redelivery.
// Exit codes: 0 a reply came · 1 none came in time · 2 usage · 69 the simulator is not running.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

const usage =
  'usage: ./scripts/text [--from 84901234567] [--wait 10] [--unnumbered] [--json] "HS 4827 1936 0518"'

function stop(code, words) {
  process.stderr.write(`${words}\n`)
  process.exit(code)
}

let parsed
try {
  parsed = parseArgs({
    allowPositionals: true,
    options: {
      from: { type: 'string', default: '84901234567' },
      wait: { type: 'string', default: '10' },
      sim: {
        type: 'string',
        default: process.env.SIM_FILE ?? new URL('../var/sim.json', import.meta.url).pathname,
      },
      unnumbered: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
} catch {
  stop(2, usage)
}
const { values, positionals } = parsed
const text = positionals.join(' ')
const waitMs = Number(values.wait) * 1000
if (!text || !(waitMs > 0)) stop(2, usage)

let control
try {
  control = JSON.parse(readFileSync(values.sim, 'utf8')).smscControl
} catch {
  stop(69, `no simulator: ${values.sim} does not exist. Start everything with ./scripts/up`)
}
if (!control) stop(69, 'the running gateway has no simulated SMSC (a real configuration was given)')

let sent
try {
  const response = await fetch(new URL('/text', control), {
    method: 'POST',
    body: JSON.stringify({
      from: values.from,
      text,
      waitMs,
      ...(values.unnumbered ? { numbered: false } : {}),
    }),
    signal: AbortSignal.timeout(waitMs + 5000),
  })
  sent = await response.json()
} catch {
  stop(69, `the simulated SMSC at ${control} does not answer. Start everything with ./scripts/up`)
}
if (values.json) process.stdout.write(`${JSON.stringify(sent)}\n`)
else for (const reply of sent.replies) process.stdout.write(`${reply.text}\n`)
if (sent.reply) process.exit(0)
if (!sent.bound) stop(1, 'no reply: the gateway is not bound to the simulated SMSC')
if (!sent.taken)
  stop(
    1,
    sent.commandStatus === undefined
      ? `no reply: the gateway has not accepted the text within ${values.wait} s`
      : `no reply: the gateway refused the text temporarily (command_status 0x${sent.commandStatus.toString(16)}); it is retried`,
  )
stop(
  1,
  `no reply within ${values.wait} s: the text was accepted but not answered (a cap, or the store is away)`,
)
