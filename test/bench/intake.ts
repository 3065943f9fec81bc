// Updates: one a request, and a thousand lines a request, against Fastify with a schema and one Lua script an update.
import { startScript } from './child.js'
import { httpLoad } from './http-load.js'
import { type Contender, compare, type Processes, type Turn } from './measure.js'
import { agencies, numberOf, type Shape, sizeOf } from './population.js'
import type { Measured, Stage } from './stage.js'

interface IntakeScale {
  readonly seconds: number
  readonly turns: number
}

const linesEach = 1000
const firstEvent = Date.UTC(2026, 1, 1)
// Prime, so that consecutive updates are not neighbours in Redis.
const stride = 7919

export async function measureIntake(
  stage: Stage,
  gateway: Measured,
  shape: Shape,
  { seconds, turns }: IntakeScale,
): Promise<Map<string, Turn>> {
  const bare = await startScript(stage, 'baselines/fastify.ts', gateway.socket)
  const bareProcesses = { pids: [bare.pid], redisPids: gateway.processes.redisPids }
  const key = await gateway.agencyKey(...agencies.slice(0, shape.agencies).map(({ code }) => code))
  let count = 0
  // Every update is new: one second later than the one before.
  const next = () => {
    const nth = count++
    const update = {
      dossierStatus: nth % 2 === 0 ? 'processing' : 'payment',
      eventTime: new Date(firstEvent + nth * 1000).toISOString(),
    }
    return { dossierNo: numberOf(shape, (nth * stride) % sizeOf(shape)), update }
  }
  const post = (method: string, path: string, type: string, body: string) =>
    `${method} ${path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ${key}\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  const one = (path: string) => () => {
    const { dossierNo, update } = next()
    return post('PUT', `${path}/${dossierNo}`, 'application/json', JSON.stringify(update))
  }
  const many = (path: string) => () => {
    let lines = ''
    for (let line = 0; line < linesEach; line++) {
      const { dossierNo, update } = next()
      lines += `${JSON.stringify({ dossierNo, ...update })}\n`
    }
    return post('POST', path, 'application/x-ndjson', lines)
  }
  const single = (name: string, url: string, processes: Processes, request: () => string): Contender => ({
    name,
    turn: () => httpLoad({ url, connections: 64, seconds, request, ...processes }),
  })
  const bulk = (name: string, url: string, processes: Processes, request: () => string): Contender => ({
    name,
    turn: () => httpLoad({ url, connections: 2, seconds, request, each: linesEach, ...processes }),
  })
  const result = await compare(
    [
      single('PUT: Fastify + one Lua', bare.said, bareProcesses, one('/put')),
      single('PUT: gateway', gateway.http, gateway.processes, one('/v1/dossiers')),
      bulk('bulk: NDJSON + schema + one Lua a line', bare.said, bareProcesses, many('/bulk')),
      bulk('bulk: gateway', gateway.http, gateway.processes, many('/v1/dossiers/bulk')),
    ],
    turns,
  )
  await bare.stop()
  return result
}
