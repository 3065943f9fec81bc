// npm run bench -- --only http-texts: texts over HTTP, signed as eSMS does, with the reply in the response, against a bare
// Fastify with the same signature check; and the latency at a hundred texts a second.
import { createHash } from 'node:crypto'
import { Agent, get } from 'node:http'
import { startScript } from './child.js'
import { httpLoad } from './http-load.js'
import { compare, dice, percentile, type Turn } from './measure.js'
import { numberOf, offices, type Shape, seed, sizeOf } from './population.js'
import { type Stage, startMeasured } from './stage.js'

const secret = '17417a0d20114d36a902e49cad0e97f3'
const link = {
  name: 'esms',
  kind: 'http',
  preset: 'esms',
  shortCode: '8188',
  receive: { secret },
}

interface HttpTexts {
  readonly turns: Map<string, Turn>
  /** Latency at a hundred texts a second. */
  readonly pacedP99Ms: number
  readonly pacedFailed: number
}

export async function measureHttpTexts(
  stage: Stage,
  seconds: number,
  turns: number,
  node: readonly string[] = [],
): Promise<HttpTexts> {
  const shape = offices(100_000)
  const gateway = await startMeasured(stage, { sections: { sms: { links: [link] } }, node })
  await seed(gateway, shape)
  const bare = await startScript(stage, 'baselines/signed.ts', secret)
  const path = texts(shape)
  const request = () => `GET ${path()} HTTP/1.1\r\nhost: bench\r\n\r\n`
  const load = { connections: 64, seconds, request }
  const measured = await compare(
    [
      {
        name: 'bare Fastify, signature',
        turn: () => httpLoad({ ...load, url: bare.said, pids: [bare.pid] }),
      },
      { name: 'gateway', turn: () => httpLoad({ ...load, url: gateway.http, ...gateway.processes }) },
    ],
    turns,
  )
  const paced = await atPace(gateway.http, path, 100, Math.max(5, seconds * 2))
  await bare.stop()
  await gateway.stop()
  return { turns: measured, ...paced }
}

/** URLs of calls, each a different text from a different phone. */
function texts(shape: Shape): () => string {
  const roll = dice(23)
  let count = 0
  return () => {
    const nth = count++
    const content = `HS ${numberOf(shape, Math.floor(roll() * sizeOf(shape)))}`
    const receiverTime = new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 19).replace(/\D/g, '')
    const [cpid, smsid] = ['cp', `b${nth}`]
    const sign = createHash('md5')
      .update(cpid + smsid + content + receiverTime + secret)
      .digest('base64')
    const sender = `849${String(10_000_000 + (nth % 80_000_000))}`
    return `/v1/sms/esms?${new URLSearchParams({ sender, content, serviceNumber: '8188', keyword: 'HS', sign, cpid, smsid, receiverTime })}`
  }
}

async function atPace(url: string, path: () => string, perSecond: number, seconds: number) {
  const agent = new Agent({ keepAlive: true })
  const took: number[] = []
  let failed = 0
  const ask = () =>
    new Promise<void>((resolve) => {
      const startedAt = performance.now()
      get(new URL(path(), url), { agent }, (answer) => {
        answer.resume()
        answer.on('end', () => {
          took.push(performance.now() - startedAt)
          if (answer.statusCode !== 200) failed++
          resolve()
        })
      }).on('error', () => {
        failed++
        resolve()
      })
    })
  const asked: Promise<void>[] = []
  const startedAt = performance.now()
  for (let nth = 0; nth < perSecond * seconds; nth++) {
    const waitMs = startedAt + (nth * 1000) / perSecond - performance.now()
    if (waitMs > 1) await new Promise((done) => setTimeout(done, waitMs))
    asked.push(ask())
  }
  await Promise.all(asked)
  agent.destroy()
  return { pacedP99Ms: percentile(Float64Array.from(took), 0.99), pacedFailed: failed }
}
