// The `printers` command: which printers there are and how they stand, a look at one from the command line, the proof
// ticket, and setting the profile that the proof ticket proved.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { isMap, isSeq, parseDocument } from 'yaml'
import type { Config } from '../config/config.js'
import type { Numbers } from '../dossier/numbers/numbers.js'
import { textingOf } from '../dossier/texting.js'
import { openTruth } from '../dossier/truth.js'
import { openWording } from '../dossier/wording.js'
import { exitCodes, GatewayError, usageError } from '../errors.js'
import { type Log, silentLog } from '../log.js'
import type { Metrics } from '../metrics.js'
import type { RedisDoor } from '../redis/connection.js'
import { replaceFile } from '../replace-file.js'
import { proofBytes } from './escpos/proof.js'
import { PrintQueue } from './print-queue.js'
import { listPorts, portCures } from './printer/port.js'
import { Printer } from './printer/printer.js'
import { openProfiles, type Profile, type Profiles } from './profiles.js'
import type { DeskConfig } from './settings.js'
import type { Receipt } from './slip/receipt.js'
import { openSlipMaker } from './slip/slip-maker.js'

interface Core {
  readonly door: RedisDoor
  readonly metrics: Metrics
  readonly numbers: Numbers
}

interface PrintersContext {
  readonly args: readonly string[]
  readonly config: Config
  readonly log: Log
  readonly json: boolean
  print(text: string): void
  /** Runs beside a gateway, or with a store of its own. */
  withCore(run: (context: { core: Core }) => Promise<number>): Promise<number>
}

const usage = `usage: dossier-gateway printers …
  list                                 desks, profiles and serial ports
  status [DESK]                        how the gateways see each printer, and the slips that wait
  test DESK | --port PATH              open the port, ask the printer, say what is wrong; --slip prints a sample slip
  proof DESK | --port PATH             print every Vietnamese encoding, numbered
  set-profile DESK PROFILE | NUMBER    write the profile, or the proof's number, into the configuration
  preview DESK                         a sample slip as text
--port takes --baud and --profile as well. A port that a gateway or agent holds cannot be opened: stop it first.`

/** Runs one of the above; resolves with the exit code. */
export async function printersCommand(context: PrintersContext): Promise<number> {
  const [action, ...rest] = context.args
  const profiles = openProfiles(context.config.printers)
  switch (action) {
    case 'list':
      return list(context, profiles)
    case 'status':
      return context.withCore(({ core }) => status(context, core, rest[0]))
    case 'test':
      return test(context, profiles, rest)
    case 'proof':
      return proof(context, profiles, rest)
    case 'set-profile':
      return setProfile(context, profiles, rest)
    case 'preview':
      return preview(context, profiles, rest)
    default:
      throw usageError(usage)
  }
}

async function list({ config, json, print }: PrintersContext, profiles: Profiles): Promise<number> {
  const ports = await listPorts()
  const models = profiles.names.map((name) => ({ name, label: profiles.profile(name).label }))
  const desks = config.desks.map(({ id, name, printer, profile }) => ({
    desk: id,
    name,
    port: printer?.path ?? null,
    baudRate: printer?.baudRate ?? null,
    profile: printer?.profile ?? profile ?? 'generic',
  }))
  if (json) print(JSON.stringify({ desks, profiles: models, ports }))
  else {
    print('Desks')
    for (const { desk, port, baudRate, profile } of desks)
      print(`  ${desk.padEnd(16)} ${profile.padEnd(28)} ${port ? `${port} at ${baudRate}` : 'print agent'}`)
    print('Profiles')
    for (const { name, label } of models) print(`  ${name.padEnd(16)} ${label}`)
    print('Serial ports of this machine')
    for (const { path, maker } of ports) print(`  ${path}${maker ? `  ${maker}` : ''}`)
    if (ports.length === 0) print('  none')
  }
  return exitCodes.ok
}

async function status(
  { config, json, print }: PrintersContext,
  { door, metrics }: Core,
  only: string | undefined,
): Promise<number> {
  const desks = only === undefined ? config.desks : [deskOf(config, only)]
  const { vi } = openWording(config.wording)
  const counted = metrics.counter('gateway_print_jobs_total', 'slips by the state they came to', [
    'desk',
    'state',
  ])
  const queue = new PrintQueue(door, counted)
  const said = []
  for (const { id } of desks) {
    const { printer, jobs } = await queue.view(id, Date.now() - 24 * 3_600_000)
    const open = jobs.filter(({ state }) => ['queued', 'claimed', 'sent', 'unconfirmed'].includes(state))
    const state = printer?.state ?? 'absent'
    said.push({ desk: id, state, since: printer && new Date(printer.since).toISOString(), open: open.length })
    if (json) continue
    print(`${id}  ${vi.text(`desk.printer.${state}`)} (${state})`)
    for (const { jobId, ticket, dossierNo, state } of open)
      print(
        `  ${jobId}  ${ticket ? vi.text(`desk.ticket.${ticket}`) : dossierNo}  ${vi.text(`desk.job.${state}`)}`,
      )
  }
  if (json) print(JSON.stringify(said))
  const isWell = said.every(({ state }) => ['ready', 'paper-low', 'unknown'].includes(state))
  return isWell ? exitCodes.ok : exitCodes.failed
}

async function test(context: PrintersContext, profiles: Profiles, args: readonly string[]): Promise<number> {
  const { config, json, print } = context
  const { port, values } = readPort(context, profiles, args)
  return withPrinter(port, context, async (printer) => {
    const { state, noise } = printer
    const { vi } = openWording(config.wording)
    const outcome = values.slip
      ? await printer.print(sampleMaker(config, profiles).bytes(sampleJob(config), port.profile), 'TEST')
      : undefined
    const garbled = noise > 2 && state !== 'ready'
    if (json) print(JSON.stringify({ port: port.path, state, noise, ...(outcome ? { slip: outcome } : {}) }))
    else {
      print(`${port.path}: ${vi.text(`desk.printer.${state}`)} (${state})`)
      if (garbled)
        print(`  ${noise} bytes made no sense: is ${port.baudRate} the baud rate on its self-test page?`)
      if (state === 'absent' || state === 'unknown')
        print('  no answer to DLE EOT: is it on, is this its port, does this model answer at all?')
      if (outcome) print(`  slip: ${outcome.kind}${outcome.kind === 'failed' ? ` (${outcome.reason})` : ''}`)
    }
    return ['ready', 'paper-low'].includes(state) ? exitCodes.ok : exitCodes.failed
  })
}

async function proof(context: PrintersContext, profiles: Profiles, args: readonly string[]): Promise<number> {
  const { json, print } = context
  const { port } = readPort(context, profiles, args)
  const candidates = profiles.proof
  const bytes = proofBytes(candidates, port.profile, port.profile.label)
  return withPrinter(port, context, async (printer) => {
    const outcome = await printer.print(bytes, 'PROV')
    if (json) print(JSON.stringify({ outcome, candidates: candidates.map(({ written }) => written) }))
    else if (outcome.kind === 'failed') print(`nothing printed: ${outcome.reason}`)
    else {
      print('Read the ticket. If a line is right, set it: printers set-profile DESK NUMBER')
      candidates.forEach(({ written }, at) => print(`  ${at + 1}  ${written}`))
      print('  0  ascii (none is right)')
    }
    return outcome.kind === 'failed' ? exitCodes.failed : exitCodes.ok
  })
}

// Writes into the configuration file as a person would: comments and order stay.
async function setProfile(
  { config, json, print }: PrintersContext,
  profiles: Profiles,
  [id, wanted]: readonly string[],
): Promise<number> {
  if (!id || !wanted) throw usageError(usage)
  const desk = deskOf(config, id)
  const written = /^\d+$/.test(wanted) ? profiles.proven(profileNameOf(desk), Number(wanted)) : wanted
  if (written === undefined) throw usageError(`the proof ticket has lines 0 to ${profiles.proof.length}`)
  named(profiles, written)
  const file = parseDocument(readFileSync(config.file, 'utf8'))
  const desks = file.get('desks')
  const node = isSeq(desks) ? desks.items.find((item) => isMap(item) && item.get('id') === id) : undefined
  if (!isMap(node)) throw new GatewayError('config-invalid', `${config.file} has no desk '${id}'`, false)
  node.setIn(desk.printer ? ['printer', 'profile'] : ['profile'], written)
  replaceFile(config.file, file.toString({ lineWidth: 0 }))
  if (json) print(JSON.stringify({ desk: id, profile: written }))
  else print(`${id} prints as ${written} from the next start of the gateway on`)
  return exitCodes.ok
}

async function preview(
  { config, print, json }: PrintersContext,
  profiles: Profiles,
  args: readonly string[],
): Promise<number> {
  const { values, positionals } = parseOptions(args)
  const [id] = positionals
  if (!id) throw usageError(usage)
  const profile = named(profiles, values.profile ?? profileNameOf(deskOf(config, id)))
  const maker = sampleMaker(config, profiles)
  const job = sampleJob(config)
  const text = maker.text(job, profile)
  const bytes = maker.bytes(job, profile).length
  if (json) print(JSON.stringify({ text, columns: profile.columns, bytes }))
  else print(`${text}${bytes} bytes`)
  return exitCodes.ok
}

/** A profile named on the command line: an unknown one is a usage error, not an error of the configuration. */
function named(profiles: Profiles, written: string): Profile {
  try {
    return profiles.profile(written)
  } catch (error) {
    throw error instanceof GatewayError ? usageError(error.message, error) : error
  }
}

interface Port {
  readonly path: string
  readonly baudRate: number
  readonly profile: Profile
}

function readPort({ config }: PrintersContext, profiles: Profiles, args: readonly string[]) {
  const { values, positionals } = parseOptions(args)
  const desk = positionals[0] === undefined ? undefined : deskOf(config, positionals[0])
  const path = values.port ?? desk?.printer?.path
  if (path === undefined)
    throw usageError(
      desk ? `${desk.id} has no printer here; run this beside its print agent with --port` : usage,
    )
  const baudRate = Number(values.baud ?? desk?.printer?.baudRate ?? 38_400)
  if (!(Number.isInteger(baudRate) && baudRate >= 300))
    throw usageError(`--baud ${values.baud} is no sensible number`)
  const port: Port = {
    path,
    baudRate,
    profile: named(profiles, values.profile ?? (desk ? profileNameOf(desk) : 'generic')),
  }
  return { port, values }
}

function parseOptions(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        port: { type: 'string' },
        baud: { type: 'string' },
        profile: { type: 'string' },
        slip: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw usageError(`${(error as Error).message}\n${usage}`)
  }
}

// Long enough for two rounds of questions without an answer.
const settleMs = 5000

async function withPrinter(
  { path, baudRate, profile }: Port,
  { json, print }: Pick<PrintersContext, 'json' | 'print'>,
  run: (printer: Printer) => Promise<number>,
): Promise<number> {
  const printer = new Printer({ path, baudRate, profile }, silentLog)
  try {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, settleMs)
      printer.on('state', (state) => {
        if (state === 'absent' && printer.problem === undefined) return
        clearTimeout(timer)
        resolve()
      })
      printer.start()
    })
    if (printer.problem === undefined) return await run(printer)
    if (json)
      print(JSON.stringify({ port: path, problem: printer.problem, cure: portCures[printer.problem] }))
    else print(`${path}: ${portCures[printer.problem]}`)
    return exitCodes.unavailable
  } finally {
    await printer.close()
  }
}

function deskOf(config: Config, id: string): DeskConfig {
  const desk = config.desks.find((known) => known.id === id)
  if (desk) return desk
  const known = config.desks.map(({ id }) => id).join(', ') || 'none'
  throw usageError(`there is no desk '${id}'; configured: ${known}`)
}

function profileNameOf(desk: DeskConfig): string {
  return desk.printer?.profile ?? desk.profile ?? 'generic'
}

function sampleMaker(config: Config, profiles: Profiles) {
  return openSlipMaker({
    agencies: config.agencies,
    profiles,
    truthOf: openTruth(config.office),
    words: openWording(config.wording).vi,
    office: config.office,
    sms: () => textingOf(config),
  })
}

// Invented; its zeros show that it is no real dossier.
function sampleJob(config: Config): { receipt: Receipt; copies: number; reprint: number } {
  const agency = config.agencies[0] ?? { code: '000.00.00.H00', name: 'Cơ quan mẫu', phone: '' }
  const now = Date.now()
  return {
    receipt: {
      agency: { code: agency.code, name: agency.name, phone: agency.phone },
      dossierNo: `${agency.code}-190521-0000`,
      lookupNumber: '000000000000',
      receivedAt: now,
      dueAt: now + 14 * 24 * 3_600_000,
    },
    copies: 1,
    reprint: 0,
  }
}
