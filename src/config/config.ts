// The configuration: keys, units, defaults and reasons in one schema; file, then environment, then checks. Every problem
// is reported at once with the path of its key. After loadConfig nobody reads process.env again.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, isAbsolute, resolve } from 'node:path'
import { Ajv, type ErrorObject } from 'ajv'

import { parse as parseYaml } from 'yaml'
import { type Agency, sandboxAgency } from '../dossier/agency.js'
import { dossierStatuses, statusOfCode } from '../dossier/dossier.js'
import { type Static, type TSchema, Type } from '../schema.js'
import { overlay } from './environment.js'

const port = (description: string, value: number) =>
  Type.Integer({ minimum: 0, maximum: 65535, default: value, description })
const text = (description: string, value?: string) =>
  Type.String(value === undefined ? { minLength: 1, description } : { default: value, description })
const flag = (description: string, value: boolean) => Type.Boolean({ default: value, description })
const whole = (description: string, value: number, minimum = 0, maximum = 2 ** 31) =>
  Type.Integer({ minimum, maximum, default: value, description })
const group = <P extends Record<string, TSchema>>(description: string, properties: P) =>
  Type.Object(properties, { additionalProperties: false, default: {}, description })
const secret = (description: string, pattern: string) =>
  Type.Optional(Type.Union([Type.String({ pattern }), Type.Null()], { description }))

const Link = Type.Object(
  {
    name: text('name of the link, used in logs, metrics and on the monitor'),
    host: text('the SMSC'),
    port: port('its port', 2775),
    tls: flag('TLS with the system certificate store', false),
    tlsCa: Type.Optional(Type.String({ description: 'file with the CA certificate(s) of the SMSC, PEM' })),
    systemId: text('login name at the SMSC', 'gateway'),
    password: Type.Optional(
      Type.String({
        maxLength: 8,
        description: 'login password, at most 8 characters (SMPP v3.4 §5.2.2); prefer passwordFile',
      }),
    ),
    passwordFile: Type.Optional(Type.String({ description: 'file holding password' })),
    systemType: text('system_type of the bind', ''),
    bindMode: Type.Union([Type.Literal('transceiver'), Type.Literal('split')], {
      default: 'transceiver',
      description: 'one transceiver, or one transmitter and one receiver',
    }),
    binds: whole('sessions to the same SMSC', 1, 1, 32),
    shortCode: Type.String({ minLength: 1, maxLength: 20, description: 'source address of replies' }),
    sourceTon: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 7,
        description: 'type of number of shortCode; left out: as the question came',
      }),
    ),
    sourceNpi: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 18, description: 'numbering plan of shortCode' }),
    ),
    destTon: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 7,
        description: 'type of number of the citizen; left out: as the question came',
      }),
    ),
    destNpi: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 18, description: 'numbering plan of the citizen' }),
    ),
    keywordPrefix: text('words every text on a shared short code begins with, e.g. "HCC PY"', ''),
    window: whole('submit_sm outstanding at a time, per session', 50, 1, 1000),
    throughput: Type.Number({ minimum: 0, default: 0, description: 'segments a second, 0 = no limit' }),
    enquireLinkIntervalMs: whole('silence before enquire_link', 30_000, 100),
    responseTimeoutMs: whole('wait for any response before it counts as lost', 30_000, 100),
    defaultAlphabet: Type.Union([Type.Literal('gsm7'), Type.Literal('ascii'), Type.Literal('latin1')], {
      default: 'gsm7',
      description: 'what data_coding 0 means at this operator',
    }),
    deliveryReceipts: flag('ask for delivery receipts (registered_delivery 1)', false),
    billing: Type.Optional(
      Type.Object(
        {
          valid: Type.Optional(
            Type.String({ description: 'service_type of answers the citizen pays for', maxLength: 5 }),
          ),
          invalid: Type.Optional(
            Type.String({ description: 'service_type of answers that must not be charged', maxLength: 5 }),
          ),
          tlv: Type.Optional(
            Type.Object(
              {
                tag: Type.Integer({
                  minimum: 0x1400,
                  maximum: 0x3fff,
                  description: 'vendor TLV tag carrying the hint',
                }),
                valid: Type.String({ description: 'its value on answers the citizen pays for' }),
                invalid: Type.String({ description: 'its value on answers that must not be charged' }),
              },
              { additionalProperties: false },
            ),
          ),
        },
        { additionalProperties: false, description: 'billing hint per outcome' },
      ),
    ),
  },
  { additionalProperties: false },
)

const SerialPrinter = Type.Object(
  {
    path: text('serial device; prefer /dev/serial/by-id/… which survives re-plugging'),
    baudRate: whole('bits a second', 38_400, 300, 921_600),
    profile: text('printer profile, a name in printers.yaml', 'generic'),
  },
  { additionalProperties: false },
)

/** One entry of `sources`. */
export const SourceSchema = Type.Object(
  {
    name: text('name of the source in logs and metrics'),
    kind: Type.Union(
      [Type.Literal('feed'), Type.Literal('igate'), Type.Literal('opencps'), Type.Literal('dvcqg')],
      { description: 'what the peer speaks; see src/agency/sources' },
    ),
    url: text('base address of the peer'),
    agencies: Type.Array(Type.String(), {
      default: [],
      description: 'agency codes this source may speak for; empty: all',
    }),
    pollSeconds: whole('pause between two polls', 60, 1),
    overlapSeconds: whole('how far a poll reaches back before the last cursor', 300),
    readThrough: flag('ask this source when a number is not in the store', true),
    readThroughMs: whole('budget of such a question', 1500, 50, 10_000),
    statuses: Type.Record(Type.String(), Type.Union([Type.String(), Type.Integer()]), {
      default: {},
      description: "the peer's status → ours (word or number 1–10), or ignore",
    }),
    clientId: Type.Optional(Type.String({ description: 'login name or OIDC client id' })),
    clientSecret: Type.Optional(
      Type.String({ description: 'password or OIDC client secret; prefer clientSecretFile' }),
    ),
    clientSecretFile: Type.Optional(Type.String({ description: 'file holding clientSecret' })),
    differenceAt: Type.Optional(
      Type.String({
        pattern: '^([01]\\d|2[0-3]):[0-5]\\d$',
        description: 'local time of the nightly difference against the store; left out: none',
      }),
    ),
    options: group('what else this kind of peer needs', {
      pageSize: whole('records asked for at a time', 200, 1, 5000),
      requestTimeoutMs: whole('a polling answer slower than this counts as lost', 15_000, 100, 300_000),
      maxBodyBytes: whole('a larger answer is refused', 16_777_216, 1024),
      noteField: Type.Optional(
        Type.String({
          description:
            'field of the peer shown to the citizen as public note; left out: none, for these fields may hold remarks about people',
        }),
      ),
      tokenUrl: Type.Optional(Type.String({ description: 'igate: OIDC token endpoint' })),
      groupId: Type.Optional(Type.String({ description: 'opencps: header groupId' })),
      token: Type.Optional(
        Type.String({
          description: 'opencps: header Token instead of clientId and clientSecret; prefer tokenFile',
        }),
      ),
      tokenFile: Type.Optional(Type.String({ description: 'file holding token' })),
      madonvi: Type.Optional(Type.String({ description: 'dvcqg: unit code in every call' })),
      dstcode: Type.Optional(Type.String({ description: 'dvcqg: header dstcode of the login' })),
      authPath: text('dvcqg: path of the login', '/login'),
      servicePath: text('dvcqg: path of the services', '/service'),
      listService: text('dvcqg: service that lists dossiers changed in a period', 'DanhSachHoSoMC'),
    }),
  },
  { additionalProperties: false },
)

/** The whole configuration file. Descriptions are the documentation; README's table is made from them. */
export const ConfigSchema = Type.Object(
  {
    http: group('public listener', {
      host: text('address to listen on', '127.0.0.1'),
      port: port('0 = any free one; logged as evt http.listening', 8080),
      trustProxy: Type.Union([Type.Boolean(), Type.String(), Type.Array(Type.String())], {
        default: false,
        description: 'addresses of the reverse proxies whose X-Forwarded-For is believed',
      }),
      publicUrl: Type.Optional(
        Type.String({
          description:
            "address citizens and devices see, e.g. https://hoso.example.vn; left out: the listener's",
        }),
      ),
      tls: Type.Optional(
        Type.Object(
          { certFile: text('certificate chain, PEM'), keyFile: text('private key, PEM') },
          { additionalProperties: false, description: 'serve HTTPS directly' },
        ),
      ),
    }),
    admin: group('operator listener: /metrics, /livez, /readyz, /v1/operator', {
      host: text('address to listen on', '127.0.0.1'),
      port: port('0 = any free one', 9464),
    }),
    dataDir: text('where secrets, embedded Redis and sockets live', './var'),
    log: group('log', {
      level: Type.Union(
        ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].map((level) =>
          Type.Literal(level),
        ) as never,
        { default: 'info', description: 'least severe level written' },
      ),
    }),
    redis: group('the store', {
      url: Type.Optional(
        Type.String({
          pattern: '^(rediss?|unix)://|^/',
          description: 'left out: embedded redis-server under dataDir',
        }),
      ),
      sentinels: Type.Optional(
        Type.Object(
          {
            name: text('name of the master'),
            nodes: Type.Array(
              Type.Object({ host: Type.String(), port: Type.Integer() }, { additionalProperties: false }),
              { minItems: 1, description: 'some of the sentinels: { host, port }' },
            ),
          },
          { additionalProperties: false, description: 'Redis Sentinel instead of url' },
        ),
      ),
      cluster: Type.Optional(
        Type.Array(
          Type.Object({ host: Type.String(), port: Type.Integer() }, { additionalProperties: false }),
          {
            minItems: 1,
            description: 'some nodes of a Redis Cluster instead of url',
          },
        ),
      ),
      password: Type.Optional(Type.String({ description: 'prefer passwordFile' })),
      passwordFile: Type.Optional(Type.String({ description: 'file holding the password' })),
      durability: Type.Optional(
        Type.Union([Type.Literal('strict'), Type.Literal('everysec')], {
          description:
            'strict: acknowledged = on disk; everysec: up to 1 s may go; left out: strict with the embedded Redis, everysec with any other',
        }),
      ),
      commandTimeoutMs: whole('a request command slower than this counts as unavailable', 2000, 50, 10_000),
    }),
    secrets: group('missing ones are made once and kept in dataDir with mode 0600', {
      lookupKey: secret('key of lookup numbers, 64 hex digits', '^[0-9a-fA-F]{64}$'),
      lookupKeyFile: Type.Optional(Type.String({ description: 'file holding lookupKey' })),
      lookupKeyPrevious: secret('the key before; still reads old slips', '^[0-9a-fA-F]{64}$'),
      lookupKeyPreviousFile: Type.Optional(Type.String({ description: 'file holding lookupKeyPrevious' })),
      phoneKey: secret('key that encrypts phone numbers at rest, 64 hex digits', '^[0-9a-fA-F]{64}$'),
      phoneKeyFile: Type.Optional(Type.String({ description: 'file holding phoneKey' })),
      adminKey: secret('key of operator routes, at least 32 characters', '^.{32,}$'),
      adminKeyFile: Type.Optional(Type.String({ description: 'file holding adminKey' })),
    }),
    agencies: text('YAML list of agencies', 'config/agencies.yaml'),
    wording: group('wording of states, one file per language', {
      vi: text('Vietnamese', 'config/wording.vi.yaml'),
      en: text('English', 'config/wording.en.yaml'),
    }),
    printers: text('printer profiles', 'config/printers.yaml'),
    lookup: group('protection against counting through numbers; the same on every channel', {
      windowSeconds: whole('length of the sliding window', 600, 10),
      freeTries: whole('lookups per asker and window before they are slowed', 30, 1),
      maxTries: whole('lookups per asker and window before they are withheld', 60, 1),
      maxMisses: whole('unknown numbers per asker and window before they are withheld', 20, 1),
      maxBlockMisses: whole(
        'unknown numbers in one agency and day, by anyone, before that day answers slowly and then not',
        60,
        1,
      ),
    }),
    sms: group('the SMS channel', {
      enabled: flag('answer texts', true),
      replyMaxAgeSeconds: whole('a reply older than this is dropped and counted', 1800, 1),
      duplicateWindowSeconds: whole(
        'the same MO within this time is a redelivery, unless its session shows that it is not',
        60,
        1,
      ),
      partsTimeoutSeconds: whole('wait for missing parts of a long text', 60, 1),
      perSender: group('caps per phone number', {
        replies: whole('replies per perSeconds', 10, 1),
        perSeconds: whole('length of that window', 600, 1),
        perDay: whole('replies a day', 40, 1),
        identical: whole('identical replies per perSeconds', 5, 1),
      }),
      allowedPrefixes: Type.Array(Type.String({ pattern: '^[0-9]{1,15}$' }), {
        default: ['84'],
        description: 'country and network prefixes that get replies',
      }),
      repliesPerHour: whole(
        'spend ceiling: replies an hour over all links, 0 = none; beyond it automatic sending stops with an alert',
        0,
      ),
      quietHours: group('agency notices and watches wait outside these hours', {
        from: Type.String({
          pattern: '^([01]\\d|2[0-3]):[0-5]\\d$',
          default: '21:00',
          description: 'local time',
        }),
        to: Type.String({
          pattern: '^([01]\\d|2[0-3]):[0-5]\\d$',
          default: '07:00',
          description: 'local time',
        }),
      }),
      watchNotices: whole('notices a watch may send at most', 3, 1, 10),
      keywords: Type.Record(Type.String(), Type.Array(Type.String()), {
        default: {},
        description: 'more aliases per action: ask, help, watch, stop, english, vietnamese, accents',
      }),
      links: Type.Array(Link, { default: [], description: 'binds to SMSCs' }),
    }),
    kiosk: group('lobby pages', {
      idleSeconds: whole('untouched time before the warning', 45, 5),
      warnSeconds: whole('length of the warning; WCAG 2.2.1 wants at least 20', 20, 1),
      printers: Type.Record(Type.String(), Type.String(), {
        default: {},
        description: 'kiosk name → desk id whose printer it may use',
      }),
    }),
    desks: Type.Array(
      Type.Object(
        {
          id: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$', description: 'id in addresses' }),
          agency: text('agency code'),
          name: text('name on the page'),
          printer: Type.Optional(SerialPrinter),
          profile: Type.Optional(
            Type.String({ description: 'profile of a remote printer (no printer: key)' }),
          ),
          jobExpirySeconds: whole('a slip not printed by then is not printed', 600, 5),
        },
        { additionalProperties: false },
      ),
      { default: [], description: 'reception desks; printer left out: served by a remote print agent' },
    ),
    sources: Type.Array(SourceSchema, { default: [], description: 'pull adapters' }),
    sandbox: flag('numbers that always answer the same way, for integrators; see the README', false),
    extract: Type.Optional(
      Type.Object(
        {
          at: Type.String({
            pattern: '^([01]\\d|2[0-3]):[0-5]\\d$',
            default: '02:00',
            description: 'local time',
          }),
          directory: text('folder of the files; a relative one is under dataDir', 'extracts'),
          format: Type.Union([Type.Literal('ndjson'), Type.Literal('csv')], {
            default: 'ndjson',
            description: 'as `export` writes them',
          }),
          keepDays: whole('older files are removed', 30, 1),
        },
        { additionalProperties: false, description: 'daily extract of every dossier; left out: none' },
      ),
    ),
    report: group('the head of printed reports; what is left out is a dotted line', {
      authority: text('the authority above the office', ''),
      office: text('the office that reports', ''),
      place: text('where it is signed, beside the date', ''),
      basis: text('the rule that asks for the report', 'Quyết định số 03/2018/QĐ-UBND'),
    }),
    retention: group('how long what is kept', {
      closedDays: whole('closed dossiers', 730, 1),
      messageTextHours: whole('texts of messages', 24, 1),
      auditDays: whole('audit trail', 400, 1),
    }),
  },
  { additionalProperties: false },
)

/** What the file holds, defaults filled in. */
export type ConfigFile = Static<typeof ConfigSchema>
export type LinkConfig = Static<typeof Link>
export type SourceConfig = Static<typeof SourceSchema>
export type DeskConfig = ConfigFile['desks'][number]

/** The checked configuration: the file's keys, agencies read, files absolute, secrets resolved where given. */
export interface Config extends Omit<ConfigFile, 'agencies' | 'log' | 'redis'> {
  readonly redis: ConfigFile['redis'] & { readonly durability: 'strict' | 'everysec' }
  readonly agencies: readonly Agency[]
  readonly agenciesFile: string
  readonly log: { readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent' }
  /** Absolute path of the file read. */
  readonly file: string
}

/** One mistake: `path` as a person writes it (`sms.links[0].port`), and what to do. */
export interface ConfigProblem {
  readonly path: string
  readonly message: string
}

/** `notices`: what does no harm and was probably meant otherwise, as a name in the environment that is near to a key. */
export type ConfigResult = { notices: ConfigProblem[] } & (
  | { ok: true; config: Config }
  | {
      ok: false
      problems: ConfigProblem[]
      /** As much as could be read, so that what the named files say is told in the same breath. */
      legible?: Pick<Config, 'desks' | 'printers' | 'wording'>
    }
)

const AgenciesSchema = Type.Array(
  Type.Object(
    {
      code: Type.String({ pattern: '^[A-Z0-9]+(\\.[A-Z0-9]+)*$' }),
      index: Type.Integer({ minimum: 0, maximum: 999 }),
      name: Type.String({ minLength: 1 }),
      shortName: Type.String({ pattern: '^[\\x20-\\x7e]{1,40}$' }),
      phone: Type.String({ default: '' }),
      address: Type.String({ default: '' }),
      aliases: Type.Array(Type.String(), { default: [] }),
      retired: Type.Optional(Type.Union([Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }), Type.Null()])),
      patterns: Type.Array(Type.String(), { default: [] }),
    },
    { additionalProperties: false },
  ),
  { minItems: 1 },
)

// The schemas are ours: proving them against the schema of schemas is a tenth of a second at every start.
const ajv = new Ajv({
  meta: false,
  validateSchema: false,
  allErrors: true,
  verbose: true,
  useDefaults: true,
  allowUnionTypes: true,
  code: { optimize: false }, // used once: optimizing costs more than it saves
  strict: false,
})
const checkFile = ajv.compile(ConfigSchema)
const checkAgencies = ajv.compile(AgenciesSchema)

/**
 * Reads FILE (YAML), lays environment overrides over it (`HTTP__PORT=8081`, `PORT`, `REDIS_URL`, `LOG_LEVEL`), resolves
 * `*File` secrets and reads the agencies. Reports every problem at once; never throws for what an operator can write.
 */
export function loadConfig(file: string, env: NodeJS.ProcessEnv): ConfigResult {
  const problems: ConfigProblem[] = []
  const path = resolve(file)
  let raw: unknown
  try {
    raw = parseYaml(readFileSync(path, 'utf8')) ?? {}
  } catch (error) {
    return { ok: false, problems: [{ path: file, message: readProblem(error) }], notices: [] }
  }
  if (!isRecord(raw))
    return { ok: false, problems: [{ path: file, message: 'must be a YAML mapping of keys' }], notices: [] }
  // A key written without a value is YAML null: the operator means "left out", except where null is a value.
  dropEmpty(raw, ['secrets'])
  const notices = overlay(raw, env, ConfigSchema).map(({ name, meant }) => ({
    path: name,
    message: `names no key of the configuration and is ignored${meant ? `; was ${meant} meant?` : ''}`,
  }))
  if (!checkFile(raw)) problems.push(...(checkFile.errors ?? []).flatMap(explain))
  const checked = raw as ConfigFile
  const here = (name: string) => locate(name, path)
  const found: ConfigProblem[] = []
  const look = looker(problems.length > 0)

  let agencies: Agencies = { list: [], codes: new Set() }
  look(() => {
    agencies = readAgencies(here(checked.agencies), found)
  })
  crossCheck(checked, agencies.codes, here, found, look)
  readSecretFiles(checked, here, found, look)
  problems.push(...untold(problems, found))
  if (problems.length > 0) return { ok: false, problems, notices, legible: legible(checked, here) }
  const { agencies: _, ...rest } = checked
  return {
    ok: true,
    config: {
      ...rest,
      log: checked.log as Config['log'],
      redis: { ...checked.redis, durability: checked.redis.durability ?? ownDurability(checked.redis) },
      dataDir: resolve(checked.dataDir),
      wording: { vi: here(checked.wording.vi), en: here(checked.wording.en) },
      printers: here(checked.printers),
      agencies: checked.sandbox ? [...agencies.list, sandboxAgency] : agencies.list,
      agenciesFile: here(checked.agencies),
      file: path,
    },
    notices,
  }
}

// How another's Redis is set is its operator's to say: strict there is asked for, not presumed.
const ownDurability = ({ url, sentinels, cluster }: ConfigFile['redis']) =>
  (url ?? sentinels ?? cluster) === undefined ? 'strict' : 'everysec'

// A relative file is looked for from the working directory (so that the default config works from the project's root)
// and then beside the configuration file (so that a configuration folder can be moved as a whole).
function locate(name: string, configFile: string): string {
  if (isAbsolute(name)) return name
  const fromHere = resolve(name)
  if (existsSync(fromHere)) return fromHere
  const beside = resolve(dirname(configFile), name)
  return existsSync(beside) ? beside : fromHere
}

/** Of a key that has the wrong form nothing more is to be said, nor of what stands in it. */
export const untold = (told: readonly ConfigProblem[], found: readonly ConfigProblem[]): ConfigProblem[] =>
  found.filter(({ path }) =>
    told.every(
      (one) => path !== one.path && !path.startsWith(`${one.path}.`) && !path.startsWith(`${one.path}[`),
    ),
  )

type Look = (run: () => void) => void

// Where the schema is not met, a check may stumble over what has the wrong type; that is told already, and the other
// checks go on. Where it is met, stumbling is our own mistake.
const looker =
  (mayStumble: boolean): Look =>
  (run) => {
    try {
      run()
    } catch (error) {
      if (!mayStumble) throw error
    }
  }

/** The entries of a list that can be looked into, with their places. */
const entriesOf = <T>(list: readonly T[]): [at: number, entry: T][] =>
  Array.isArray(list) ? [...list.entries()].filter(([, entry]) => isRecord(entry)) : []

function legible(
  { desks, printers, wording }: ConfigFile,
  here: (name: string) => string,
): Pick<Config, 'desks' | 'printers' | 'wording'> | undefined {
  const names = [printers, wording?.vi, wording?.en]
  if (!names.every((name) => typeof name === 'string')) return undefined
  return {
    // A desk that cannot be looked into keeps its place: the others are told by theirs.
    desks: (Array.isArray(desks) ? desks : []).map((desk) =>
      namesProfile(desk) ? desk : ({} as DeskConfig),
    ),
    printers: here(printers),
    wording: { vi: here(wording.vi), en: here(wording.en) },
  }
}

const namesProfile = (desk: unknown) =>
  isRecord(desk) &&
  [desk.profile, isRecord(desk.printer) ? desk.printer.profile : desk.printer].every(
    (name) => name === undefined || typeof name === 'string',
  )

interface Agencies {
  readonly list: Agency[]
  /** Every code and alias, of agencies that are not well described too. */
  readonly codes: ReadonlySet<string>
}

function readAgencies(file: string, problems: ConfigProblem[]): Agencies {
  let raw: unknown
  try {
    raw = parseYaml(readFileSync(file, 'utf8'))
  } catch (error) {
    problems.push({ path: 'agencies', message: `${file}: ${readProblem(error)}` })
    return { list: [], codes: new Set() }
  }
  if (Array.isArray(raw)) for (const agency of raw) if (isRecord(agency)) dropEmpty(agency, [])
  const isWell = checkAgencies(raw)
  const told = isWell
    ? []
    : (checkAgencies.errors ?? [])
        .flatMap(explain)
        .map(({ path, message }) => ({ path: `agencies${path}`, message }))
  problems.push(...told)
  const look = looker(!isWell)
  const codes = new Map<string, number>()
  const indexes = new Map<number, number>()
  for (const [at, { code, index, aliases, patterns }] of entriesOf(raw as Agency[])) {
    if (index === sandboxAgency.index || code === sandboxAgency.code)
      problems.push({
        path: `agencies[${at}]`,
        message: `code ${sandboxAgency.code} and index ${sandboxAgency.index} are reserved for the sandbox`,
      })
    const other = indexes.get(index)
    if (other !== undefined)
      problems.push({
        path: `agencies[${at}].index`,
        message: `${index} is already used by agencies[${other}]`,
      })
    if (index !== undefined) indexes.set(index, at)
    look(() => {
      for (const one of [code, ...aliases]) {
        const taken = codes.get(one)
        if (taken !== undefined)
          problems.push({
            path: `agencies[${at}]`,
            message: `code ${one} is already used by agencies[${taken}]`,
          })
        if (one !== undefined) codes.set(one, at)
      }
    })
    look(() =>
      patterns.forEach((pattern, nth) => {
        try {
          new RegExp(pattern, 'u')
        } catch {
          problems.push({ path: `agencies[${at}].patterns[${nth}]`, message: 'is not a regular expression' })
        }
      }),
    )
  }
  return { list: isWell ? (raw as Agency[]) : [], codes: new Set(codes.keys()) }
}

function crossCheck(
  config: ConfigFile,
  codes: ReadonlySet<string>,
  here: (name: string) => string,
  problems: ConfigProblem[],
  look: Look,
): void {
  const add = (path: string, message: string) => problems.push({ path, message })
  const unique = (path: string, key: string, list: readonly object[]) => {
    const seen = new Set<unknown>()
    for (const [at, entry] of entriesOf(list)) {
      const value = (entry as Record<string, unknown>)[key]
      if (value === undefined) continue
      if (seen.has(value)) add(`${path}[${at}].${key}`, `'${value}' is used twice`)
      seen.add(value)
    }
  }
  const isUnknown = (code: string) => codes.size > 0 && !codes.has(code)
  const checkFileOf = (path: string, file: string | undefined) => {
    if (file !== undefined && !existsSync(here(file))) add(path, `file not found: ${file}`)
  }
  look(() => unique('desks', 'id', config.desks))
  look(() => unique('sms.links', 'name', config.sms.links))
  look(() => unique('sources', 'name', config.sources))
  look(() => {
    for (const [at, { agency }] of entriesOf(config.desks))
      if (isUnknown(agency)) add(`desks[${at}].agency`, `'${agency}' is not in the agencies file`)
  })
  look(() => {
    for (const [at, source] of entriesOf(config.sources))
      look(() => checkSource(source, isUnknown, (path, message) => add(`sources[${at}].${path}`, message)))
  })
  look(() => {
    if (!Array.isArray(config.desks)) return
    for (const [kiosk, desk] of Object.entries(config.kiosk.printers))
      if (!entriesOf(config.desks).some(([, known]) => known.id === desk))
        add(`kiosk.printers.${kiosk}`, `desk '${desk}' does not exist`)
  })
  look(() => checkFileOf('wording.vi', config.wording.vi))
  look(() => checkFileOf('wording.en', config.wording.en))
  look(() => checkFileOf('printers', config.printers))
  look(() => checkFileOf('http.tls.certFile', config.http.tls?.certFile))
  look(() => checkFileOf('http.tls.keyFile', config.http.tls?.keyFile))
  look(() => {
    for (const [at, link] of entriesOf(config.sms.links))
      look(() => checkFileOf(`sms.links[${at}].tlsCa`, link.tlsCa))
  })
  look(() => {
    const { url, sentinels, cluster } = config.redis
    if ([url, sentinels, cluster].filter((way) => way !== undefined).length > 1)
      add('redis', 'give one of url, sentinels and cluster')
  })
  look(() => {
    if (config.lookup.maxTries < config.lookup.freeTries)
      add('lookup.maxTries', 'must not be below lookup.freeTries')
  })
}

function checkSource(
  source: SourceConfig,
  isUnknown: (code: string) => boolean,
  add: (path: string, message: string) => void,
): void {
  source.agencies.forEach((code, nth) => {
    if (isUnknown(code)) add(`agencies[${nth}]`, `'${code}' is not in the agencies file`)
  })
  if (!URL.canParse(source.url) || !/^https?:/.test(source.url)) add('url', 'is not an http(s) address')
  const needed = { feed: [], igate: ['tokenUrl'], opencps: ['groupId'], dvcqg: ['madonvi'] } as const
  for (const key of needed[source.kind])
    if (source.options[key] === undefined) add(`options.${key}`, `is missing (kind ${source.kind} needs it)`)
  for (const [theirs, ours] of Object.entries(source.statuses))
    if (ours !== 'ignore' && readStatus(ours) === undefined)
      add(`statuses.${theirs}`, 'is neither a status word, nor a number 1–10, nor ignore')
}

function readStatus(value: string | number) {
  if (typeof value === 'number' || /^\d+$/.test(value)) return statusOfCode(Number(value))
  return Object.hasOwn(dossierStatuses, value) ? value : undefined
}

const secretPatterns: Record<string, RegExp> = {
  lookupKey: /^[0-9a-fA-F]{64}$/,
  lookupKeyPrevious: /^[0-9a-fA-F]{64}$/,
  phoneKey: /^[0-9a-fA-F]{64}$/,
  adminKey: /^.{32,}$/,
}

function readSecretFiles(
  config: ConfigFile,
  here: (name: string) => string,
  problems: ConfigProblem[],
  look: Look,
): void {
  const fill = (holder: Record<string, unknown>, key: string, path: string, form?: RegExp) => {
    const file = holder[`${key}File`]
    if (typeof file !== 'string') return
    try {
      const value = readFileSync(here(file), 'utf8').trim()
      if (form && !form.test(value))
        problems.push({
          path: `${path}.${key}File`,
          message: 'the file does not hold a key of the right form',
        })
      holder[key] = value
    } catch (error) {
      problems.push({ path: `${path}.${key}File`, message: readProblem(error) })
    }
  }
  for (const [key, form] of Object.entries(secretPatterns))
    look(() => fill(config.secrets, key, 'secrets', form))
  look(() => fill(config.redis, 'password', 'redis'))
  look(() => {
    for (const [at, link] of entriesOf(config.sms.links))
      fill(link, 'password', `sms.links[${at}]`, /^.{0,8}$/)
  })
  look(() => {
    for (const [at, source] of entriesOf(config.sources)) {
      fill(source, 'clientSecret', `sources[${at}]`)
      look(() => fill(source.options, 'token', `sources[${at}].options`))
    }
  })
}

function explain(error: ErrorObject): ConfigProblem[] {
  const path = pathOf(error.instancePath)
  switch (error.keyword) {
    case 'additionalProperties':
      return [
        {
          path: [path, (error.params as { additionalProperty: string }).additionalProperty]
            .filter(Boolean)
            .join('.'),
          message: 'is not a key of this configuration',
        },
      ]
    case 'required':
      return [
        {
          path: [path, (error.params as { missingProperty: string }).missingProperty]
            .filter(Boolean)
            .join('.'),
          message: 'is missing',
        },
      ]
    case 'anyOf':
      return [{ path, message: `is not one of the values allowed here${allowed(error)}` }]
    case 'const':
      return [] // told by the anyOf around it
    case 'pattern':
      return [
        {
          path,
          message: /secrets\./.test(path)
            ? 'has the wrong form'
            : `has the wrong form (${(error.params as { pattern: string }).pattern})`,
        },
      ]
    case 'type':
      // Branches of a union report themselves too; the anyOf line says it better.
      return error.schemaPath.includes('/anyOf/') ? [] : [{ path, message: error.message ?? 'is wrong' }]
    default:
      return [{ path, message: error.message ?? 'is wrong' }]
  }
}

function allowed(error: ErrorObject): string {
  const options =
    (error.parentSchema as { anyOf?: { const?: unknown }[] } | undefined)?.anyOf ??
    (error.schema as { const?: unknown }[])
  const values = Array.isArray(options)
    ? options.map((option) => option.const).filter((value) => value !== undefined)
    : []
  return values.length > 0 ? `: ${values.join(', ')}` : ''
}

function pathOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'))
    .reduce(
      (path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : path === '' ? part : `${path}.${part}`),
      '',
    )
}

function dropEmpty(holder: Record<string, unknown>, except: string[]): void {
  for (const [key, value] of Object.entries(holder)) {
    if (except.includes(key) && value !== null) continue
    if (value === null) delete holder[key]
    else if (isRecord(value)) dropEmpty(value, [])
    else if (Array.isArray(value)) for (const item of value) if (isRecord(item)) dropEmpty(item, [])
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readProblem(error: unknown): string {
  const code = (error as { code?: string }).code
  if (code === 'ENOENT') return 'file not found'
  if (code === 'EACCES') return 'permission denied'
  const at = (error as { linePos?: [{ line: number; col: number }] }).linePos?.[0]
  return at ? `is not valid YAML (line ${at.line}, column ${at.col})` : 'cannot be read as YAML'
}
