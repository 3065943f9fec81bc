// Settings of reception desks and their printers.
import { existsSync, realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { optionalText, reportDuplicates, slice, text, whole } from '../config/slice.js'
import { type Static, Type } from '../schema.js'

const SerialPrinter = Type.Object(
  {
    path: text('serial device; prefer /dev/serial/by-id/… which survives re-plugging'),
    baudRate: whole('bits a second', 38_400, 300, 921_600),
    profile: text('printer profile, a name in printers.yaml', 'generic'),
  },
  { additionalProperties: false },
)

const DeskSchema = Type.Object(
  {
    id: Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,31}$',
      form: '1 to 32 of a-z, 0-9 and -, such as quay-1',
      description: 'id in addresses',
    }),
    agency: text('agency code'),
    name: text('name on the page'),
    printer: Type.Optional(SerialPrinter),
    profile: optionalText('profile of a remote printer (no printer: key)'),
    jobExpirySeconds: whole('a slip not printed by then is not printed', 600, 5),
  },
  { additionalProperties: false },
)
export type DeskConfig = Static<typeof DeskSchema>

export const deskSettings = slice(
  {
    printers: text('printer profiles', 'config/printers.yaml'),
    desks: Type.Array(DeskSchema, {
      default: [],
      description: 'reception desks; printer left out: served by a remote print agent',
    }),
  },
  ({ printers, desks }, context) => {
    const { here, isSound, entries, agencyCodes, add } = context
    if (isSound('printers') && !existsSync(here(printers))) add('printers', `file not found: ${printers}`)
    reportDuplicates(context, 'desks', 'id', desks)
    for (const [path, { agency }] of entries('desks', desks))
      if (isSound(`${path}.agency`) && agencyCodes && !agencyCodes.has(agency))
        add(`${path}.agency`, `'${agency}' is not in the agencies file`)
    // One port serves one desk: two would interleave their output. Names differ (by-id, by-path, ttyUSB0), so compare
    // devices.
    const holders = new Map<string, string>()
    for (const [path, { printer }] of entries('desks', desks)) {
      if (!printer || !isSound(`${path}.printer`)) continue
      const device = deviceOf(printer.path)
      const holder = holders.get(device)
      if (holder === undefined) holders.set(device, path)
      else
        add(
          `${path}.printer.path`,
          `${printer.path} is the device of ${holder} as well (${device}): one port serves one desk`,
        )
    }
  },
)

// An unplugged printer has no device yet; then compare the names.
function deviceOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}
