// Printer models and slip templates as data (config/printers.yaml). A desk names a profile, optionally with the
// Vietnamese it was proven to print: `xprinter-xp80+tcvn3:30/31`, `generic+raster`.
import type { Config } from '../config/config.js'
import { readYaml } from '../config/read-yaml.js'
import type { ConfigProblem } from '../config/slice.js'
import { checker } from '../config/validate.js'
import { GatewayError } from '../errors.js'
import { type Static, Type } from '../schema.js'
import type { Candidate } from './escpos/proof.js'
import type { Paper } from './escpos/slip.js'
import { type SlipTemplate, slipBlocks } from './slip/receipt.js'

const oneOf = <const V extends readonly string[]>(values: V, fallback: V[number], description: string) =>
  Type.Unsafe<V[number]>(Type.String({ enum: [...values], default: fallback, description }))
const number = (fallback: number, description: string) =>
  Type.Integer({ minimum: 0, default: fallback, description })

const texts = ['ascii', 'cp1258', 'tcvn3', 'viscii', 'raster'] as const

const ProfileSchema = Type.Object(
  {
    label: Type.String({ description: 'maker and model, for people' }),
    columns: number(48, 'characters of font A in a line'),
    widthDots: number(576, 'printable dots in a line'),
    text: oneOf(texts, 'raster', 'how Vietnamese is printed; raster: lines with accents as images'),
    codePage: Type.Optional(number(0, 'n of ESC t for the code page')),
    capitalsPage: Type.Optional(number(0, 'n of ESC t for the second TCVN-3 table, capitals with tones')),
    pictures: Type.Boolean({ default: true, description: 'understands GS v 0' }),
    qr: oneOf(['native', 'raster'], 'native', 'GS ( k, or a picture'),
    qrModuleDots: Type.Integer({ minimum: 1, maximum: 8, default: 8, description: 'dots of one QR module' }),
    cutter: oneOf(['none', 'partial', 'full'], 'partial', 'GS V'),
    feedLines: number(5, 'blank lines after the text where nothing cuts'),
    status: oneOf(
      ['none', 'try', 'real-time', 'automatic'],
      'try',
      'DLE EOT: never answers, may answer, answers; automatic also sends status by itself (ASB)',
    ),
    completion: oneOf(
      ['none', 'process-id', 'queued-status'],
      'none',
      'proof that a slip is printed: GS ( H fn 48, or GS r after the slip',
    ),
    flowControl: oneOf(['none', 'xon-xoff', 'rts-cts', 'dtr-dsr'], 'none', 'how the printer holds us back'),
    parity: oneOf(['none', 'even', 'odd'], 'none', 'parity of the serial line; data bits are always 8'),
    clearsBuffer: Type.Boolean({
      default: false,
      description: 'DLE DC4 fn 8 forgets a slip that stopped half-way',
    }),
  },
  { additionalProperties: false },
)

const Block = Type.Union([
  Type.String({ enum: [...slipBlocks] }),
  Type.Object({ text: Type.String(), bold: Type.Optional(Type.Boolean()) }, { additionalProperties: false }),
])

const FileSchema = Type.Object(
  {
    profiles: Type.Record(Type.String({ pattern: '^[a-z0-9-]+$' }), ProfileSchema, { minProperties: 1 }),
    proof: Type.Array(
      Type.String({
        pattern: '^(raster|(cp1258|viscii):\\d+|tcvn3:\\d+(/\\d+)?)$',
        form: 'raster, cp1258:52, viscii:52 or tcvn3:30/31',
      }),
      { description: 'what the proof ticket tries, in this order' },
    ),
    slips: Type.Object(
      {
        default: Type.Array(Block),
        agencies: Type.Record(Type.String(), Type.Array(Block), { default: {} }),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
)

const check = checker('printers', FileSchema, 'printersFile')

/** One printer model, or one with its proven Vietnamese. */
export interface Profile extends Omit<Static<typeof ProfileSchema>, keyof Paper>, Paper {
  /** As written in the configuration, suffix included. */
  readonly name: string
}

/** The content of printers.yaml. */
export interface Profiles {
  readonly names: readonly string[]
  /** What the proof ticket tries, in order of its numbers; the first is line 1. */
  readonly proof: readonly Candidate[]
  /** A profile by its name in the configuration; a GatewayError `config-invalid` says what is wrong with it. */
  profile(written: string): Profile
  /**
   * The name of the profile `written` with the encoding that a line of the proof ticket has proven; line 0 is plain letters.
   */
  proven(written: string, line: number): string | undefined
  template(agencyCode: string): SlipTemplate
}

/** Reads and checks printers.yaml; every problem is in one message. */
export function openProfiles(file: string): Profiles {
  const { profiles, proof, slips } = readFile(file)
  return {
    names: Object.keys(profiles),
    proof: proof.map((written) => ({ ...(provenText(written) as Omit<Candidate, 'written'>), written })),
    proven(written, line) {
      const way = line === 0 ? 'ascii' : proof[line - 1]
      return way === undefined ? undefined : `${written.split('+')[0]}+${way}`
    },
    profile(written) {
      const [name = '', suffix] = written.split('+')
      const base = Object.hasOwn(profiles, name) ? profiles[name] : undefined
      if (!base)
        throw new GatewayError(
          'config-invalid',
          `printer profile '${name}' is not in ${file}; known: ${Object.keys(profiles).join(', ')}`,
          false,
        )
      return { ...base, ...(suffix === undefined ? {} : provenText(suffix)), name: written }
    },
    template: (agencyCode) => (slips.agencies[agencyCode] as SlipTemplate) ?? (slips.default as SlipTemplate),
  }
}

/** Errors in printers.yaml and in the profiles that desks name, each with its key. */
export function checkProfiles(config: Pick<Config, 'desks' | 'printers'>): ConfigProblem[] {
  const attempt = <T>(path: string, run: () => T): T | ConfigProblem => {
    try {
      return run()
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      return { path, message: error.message }
    }
  }
  const profiles = attempt('printers', () => openProfiles(config.printers))
  if ('message' in profiles) return [profiles]
  return config.desks.flatMap(({ printer, profile }, at) => {
    const path = printer ? `desks[${at}].printer.profile` : `desks[${at}].profile`
    const found = attempt(path, () => profiles.profile(printer?.profile ?? profile ?? 'generic'))
    return 'message' in found ? [found] : []
  })
}

function provenText(suffix: string): Pick<Paper, 'text' | 'codePage' | 'capitalsPage'> {
  const match = /^(ascii|cp1258|tcvn3|viscii|raster)(?::(\d+)(?:\/(\d+))?)?$/.exec(suffix)
  if (!match)
    throw new GatewayError(
      'config-invalid',
      `'+${suffix}' after a printer profile should read +ascii, +raster, +cp1258:52, +viscii:52 or +tcvn3:30/31`,
      false,
    )
  return {
    text: match[1] as Paper['text'],
    ...(match[2] === undefined ? {} : { codePage: Number(match[2]) }),
    ...(match[3] === undefined ? {} : { capitalsPage: Number(match[3]) }),
  }
}

function readFile(file: string): Static<typeof FileSchema> {
  const read = readYaml(file)
  if ('problem' in read) throw wrongFile(file, [read.problem])
  if (read.value === null) throw wrongFile(file, ['is empty'])
  const { value, problems } = check(read.value)
  if (problems.length > 0)
    throw wrongFile(
      file,
      problems.map(({ path, message }) => `${path.slice('printers.'.length)} ${message}`.trim()),
    )
  return value as Static<typeof FileSchema>
}

const wrongFile = (file: string, problems: readonly string[]) =>
  new GatewayError('config-invalid', `${file}: ${[...new Set(problems)].join('; ')}`, false)
