// The fields of a dossier in one table. It yields the packed record and its unpacker (record.ts), the values and named
// constants of apply-n.lua (updates.ts), and the names, checks, columns and JSON of every single-value field. Adding such
// a field is one line at the end. A record's version says how long its writer's table was: an older reader takes the
// fields it knows, and an older writer leaves the rest untouched.

/** How a dossier was filed, and how its result is returned. */
export const ways = ['counter', 'online', 'post'] as const
export type Way = (typeof ways)[number]

/**
 * In packed order. `time` and `way` are stated by agencies and shown as they are: `basic` to anyone with the dossier
 * number, `full` to anyone with the lookup number. `number` and `text` have special meanings.
 */
export const recordFields = [
  { name: 'status', kind: 'number' },
  /** The agency's counter plus one; 0: it has none. */
  { name: 'version', kind: 'number' },
  { name: 'eventSeconds', kind: 'number' },
  { name: 'eventMilliseconds', kind: 'number' },
  /** Seconds from the event until the gateway last heard of the dossier. */
  { name: 'heardAfter', kind: 'number' },
  { name: 'receivedAt', kind: 'time', level: 'basic', about: 'when the dossier was received' },
  { name: 'dueAt', kind: 'time', level: 'basic', about: 'the promised date' },
  { name: 'extendedDueAt', kind: 'time', level: 'basic', about: 'the moved date' },
  { name: 'finishedAt', kind: 'time', level: 'full', about: 'when the result was there' },
  { name: 'returnedAt', kind: 'time', level: 'full', about: 'when it was handed over' },
  { name: 'procedure', kind: 'text' },
  /** Đồng plus one; 0: none is known. */
  { name: 'fee', kind: 'number' },
  { name: 'flags', kind: 'number' },
  /** Earlier steps, five bytes each: status (plus `stepUndated` where nobody said when it began), seconds big-endian. */
  { name: 'steps', kind: 'text' },
  { name: 'filedBy', kind: 'way', level: 'basic', about: 'how the dossier came in' },
  { name: 'returnBy', kind: 'way', level: 'basic', about: 'how the result is given back' },
] as const satisfies readonly Field[]

/** Version of the table, 1 to 127: plus one for each field added at the end. An incompatible format would start at 128. */
export const recordVersion = 1
export const lastRecordVersion = 127

/**
 * The bits of `flags`: whether the fee is paid (or nobody has said), what is kept beside the record, that we derived the moved
 * date ourselves, that `eventTime` is only when the state was reported (`Dossier.undated`), whether the fee was paid before
 * the payment that is asked for now, and that the dossier goes on under another number.
 */
export const recordFlags = {
  paid: 1,
  note: 2,
  otherNumbers: 4,
  contact: 8,
  watched: 16,
  feeUnsaid: 32,
  derived: 64,
  undated: 128,
  settled: 256,
  superseded: 512,
} as const

/** Added to the status of a step whose beginning is unknown: its time is only when the state was reported. */
export const stepUndated = 128

interface Field {
  readonly name: string
  readonly kind: 'number' | 'text' | 'time' | 'way'
  readonly level?: 'basic' | 'full'
  readonly about?: string
}

type RecordField = (typeof recordFields)[number]
export type StatedField = Extract<RecordField, { kind: 'time' | 'way' }>
export type StatedName = StatedField['name']
interface StatedKinds {
  time: number
  way: Way
}

/** The stated fields of a dossier; times are epoch milliseconds. */
export type Stated = { readonly [F in StatedField as F['name']]?: StatedKinds[F['kind']] }
/** The same in an update: left out keeps what is known, null clears it. */
export type StatedUpdate = { readonly [F in StatedField as F['name']]?: StatedKinds[F['kind']] | null }

/** The single-value fields an agency states, in packed order. */
export const statedFields: readonly StatedField[] = recordFields.filter(
  (field): field is StatedField => field.kind === 'time' || field.kind === 'way',
)

/** Each field's position in the packed array, 1-based as in Lua. */
export const places = Object.fromEntries(recordFields.map(({ name }, at) => [name, at + 1])) as Readonly<
  Record<RecordField['name'], number>
>

/** A stated value as packed: whole seconds, or the way's 1-based position; 0 is none. */
export function packStated(kind: StatedField['kind'], value: number | Way): number {
  return kind === 'time' ? Math.floor((value as number) / 1000) : ways.indexOf(value as Way) + 1
}

/** The reverse; undefined for 0, and for a way that only a later version knows. */
export function unpackStated(kind: StatedField['kind'], packed: number): number | Way | undefined {
  if (packed === 0) return undefined
  return kind === 'time' ? packed * 1000 : ways[packed - 1]
}

// Trailing blanks are not stored; fields added by a longer table than ours stay.
const recordFunctions = `
local function unpackRecord(packed)
  local r = cmsgpack.unpack(string.sub(packed, 2))
  for at = #r + 1, #BLANK do r[at] = BLANK[at] end
  return r
end
local function packRecord(head, r)
  local last = #r
  while r[last] == BLANK[last] do last = last - 1 end
  return string.char(head) .. cmsgpack.pack({ unpack(r, 1, last) })
end`

/** The table for Lua: positions, flags, the values of an empty record, and how to unpack and pack one. */
export const recordConstants: string = [
  constants(recordFields.map(({ name }, at) => [name, at + 1])),
  constants(Object.entries(recordFlags)),
  constants([
    ['record version', recordVersion],
    ['step undated', stepUndated],
    ['stated count', statedFields.length],
  ]),
  `local STATED = {${statedFields.map(({ name }) => places[name]).join(', ')}}`,
  `local BLANK = {${recordFields.map(({ kind }) => (kind === 'text' ? "''" : '0')).join(', ')}}`,
  recordFunctions,
  '',
].join('\n')

function constants(values: readonly (readonly [string, number])[]): string {
  const names = values.map(([name]) => name.replace(/ |(?=[A-Z])/g, '_').toUpperCase())
  return `local ${names.join(', ')} = ${values.map(([, value]) => value).join(', ')}`
}
