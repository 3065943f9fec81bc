// Settings of pull sources: what every kind has, and what each kind of peer needs beside it.
import {
  byKind,
  type CheckContext,
  flag,
  group,
  optionalClockTime,
  optionalText,
  reportDuplicates,
  slice,
  text,
  whole,
} from '../../config/slice.js'
import { wrongAddress } from '../../config/web-address.js'
import { dossierStatuses, statusOfCode } from '../../dossier/dossier.js'
import { type Static, Type } from '../../schema.js'

const common = {
  name: text('name of the source in logs and metrics'),
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
  clientId: optionalText('login name or OIDC client id'),
  clientSecret: optionalText('password or OIDC client secret; prefer clientSecretFile'),
  clientSecretFile: optionalText('file holding clientSecret'),
  differenceAt: optionalClockTime('local time of the nightly difference against the store; left out: none'),
}

const commonOptions = {
  pageSize: whole('records asked for at a time', 200, 1, 5000),
  requestTimeoutMs: whole('a polling answer slower than this counts as lost', 15_000, 100, 300_000),
  maxBodyBytes: whole('a larger answer is refused', 16_777_216, 1024),
  listPath: optionalText(
    'where the list of dossiers is in an answer, as a.b; left out: found by what it holds',
  ),
  noteField: optionalText(
    'field of the peer shown to the citizen as public note; left out: none, for these fields may hold remarks about people',
  ),
}

const optionsOf = <P extends Parameters<typeof group>[1]>(own: P) =>
  group('what else this kind of peer needs', { ...commonOptions, ...own })

const kinds = {
  feed: { ...common, options: optionsOf({}) },
  igate: { ...common, options: optionsOf({ tokenUrl: text('OIDC token endpoint') }) },
  opencps: {
    ...common,
    options: optionsOf({
      groupId: text('header groupId'),
      token: optionalText('header Token instead of clientId and clientSecret; prefer tokenFile'),
      tokenFile: optionalText('file holding token'),
    }),
  },
  dvcqg: {
    ...common,
    options: optionsOf({
      madonvi: text('unit code in every call'),
      dstcode: optionalText('header dstcode of every call'),
      authPath: text('path of the login', '/login'),
      servicePath: text('path of the services', '/service'),
      listService: text('service that lists dossiers changed in a period', 'DanhSachHoSoMC'),
      listParams: group('names of its parameters', {
        from: text('first moment of the period', 'tungay'),
        to: text('last moment of the period', 'denngay'),
        page: text('page, from 1', 'trang'),
        size: text('records a page', 'soluong'),
      }),
      lookupService: text('service that gives one dossier', 'TraCuuHoSo'),
      numberParam: text('its parameter', 'mahoso'),
    }),
  },
}

/** One entry of `sources`. */
export const SourceSchema = byKind(kinds, 'what the peer speaks; see src/agency/sources')
export type SourceConfig = Static<typeof SourceSchema>
/** The settings of one kind. */
export type SourceOf<K extends SourceConfig['kind']> = Extract<SourceConfig, { kind: K }>

export const sourcesSettings = slice(
  { sources: Type.Array(SourceSchema, { default: [], description: 'pull adapters' }) },
  ({ sources }, context) => {
    const { entries, isSound, agencyCodes, add } = context
    const checkAddress = (path: string, url: string) => {
      const wrong = isSound(path) ? wrongAddress(url) : undefined
      if (wrong !== undefined)
        add(path, `${wrong}${wrong.startsWith('has') ? ': give clientId and clientSecretFile' : ''}`)
    }
    reportDuplicates(context, 'sources', 'name', sources)
    for (const [path, source] of entries('sources', sources)) {
      const { url, agencies, statuses } = source
      checkAddress(`${path}.url`, url)
      if (source.kind === 'igate') checkAddress(`${path}.options.tokenUrl`, source.options.tokenUrl)
      if (isSound(`${path}.agencies`) && agencyCodes)
        agencies.forEach((code, nth) => {
          if (!agencyCodes.has(code)) add(`${path}.agencies[${nth}]`, `'${code}' is not in the agencies file`)
        })
      if (isSound(`${path}.statuses`))
        for (const [theirs, ours] of Object.entries(statuses))
          if (ours !== 'ignore' && !isStatus(ours))
            add(`${path}.statuses.${theirs}`, 'is neither a status word, nor a number 1–10, nor ignore')
    }
    noteShared(entries('sources', sources), context)
  },
)

// The present word of a peer without times of change replaces what is known, whoever said it. A feed dates each change.
function noteShared(
  sources: readonly (readonly [path: string, source: SourceConfig])[],
  { isSound, note }: Pick<CheckContext, 'isSound' | 'note'>,
): void {
  const sound = sources.filter(([path]) => isSound(path))
  for (const [nth, [path, one]] of sound.entries())
    for (const [, other] of sound.slice(0, nth)) {
      const shared = sharedBy(one.agencies, other.agencies)
      if (shared === undefined || (one.kind === 'feed' && other.kind === 'feed')) continue
      note(
        `${path}.agencies`,
        `source ${other.name} speaks for ${shared} as well: one without times of change replaces the other's states at every poll`,
      )
    }
}

// An agency that both may speak for; an empty list is all of them.
function sharedBy(one: readonly string[], other: readonly string[]): string | undefined {
  if (one.length === 0 || other.length === 0) return one[0] ?? other[0] ?? 'every agency'
  return one.find((code) => other.includes(code))
}

function isStatus(value: string | number): boolean {
  if (typeof value === 'number' || /^\d+$/.test(value)) return statusOfCode(Number(value)) !== undefined
  return Object.hasOwn(dossierStatuses, value)
}
