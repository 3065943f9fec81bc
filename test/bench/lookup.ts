// GET /v1/status/{number} against a bare Fastify: a static object, and one GET.
import { openNumbers } from '../../src/dossier/numbers/numbers.js'
import { startScript } from './child.js'
import { citizenGet, httpLoad } from './http-load.js'
import { type Contender, compare, dice, type Processes, type Turn } from './measure.js'
import { agencies, numberOf, type Shape, secrets, sizeOf } from './population.js'
import type { Measured, Stage } from './stage.js'

interface LookupScale {
  readonly connections: number
  readonly seconds: number
  readonly turns: number
}

export async function measureLookup(
  stage: Stage,
  gateway: Measured,
  shape: Shape,
  { connections, seconds, turns }: LookupScale,
): Promise<Map<string, Turn>> {
  const bare = await startScript(stage, 'baselines/fastify.ts', gateway.socket)
  const bareProcesses = { pids: [bare.pid], redisPids: gateway.processes.redisPids }
  const numbers = openNumbers(agencies, secrets)
  const lookupNumbers = Array.from({ length: 100_000 }, (_, nth) => {
    const reading = numbers.read(numberOf(shape, Math.floor((nth * sizeOf(shape)) / 100_000)))
    return reading.kind === 'dossierNo' ? numbers.lookupNumberOf(reading.dossierNo)! : ''
  })
  const roll = dice(7)
  const nth = () => Math.floor(roll() * sizeOf(shape))
  const contender = (name: string, url: string, processes: Processes, request: () => string): Contender => ({
    name,
    turn: () => httpLoad({ url, connections, seconds, request, ...processes }),
  })
  const result = await compare(
    [
      contender('bare Fastify, static object', bare.said, bareProcesses, () => citizenGet('/static')),
      contender('bare Fastify, one GET', bare.said, bareProcesses, () => citizenGet(`/get/${nth()}`)),
      contender('lookup by dossierNo', gateway.http, gateway.processes, () =>
        citizenGet(`/v1/status/${numberOf(shape, nth())}`),
      ),
      contender('lookup by lookupNumber', gateway.http, gateway.processes, () =>
        citizenGet(`/v1/status/${lookupNumbers[Math.floor(roll() * lookupNumbers.length)]}`),
      ),
    ],
    turns,
  )
  await bare.stop()
  return result
}
