// Settings of the lobby pages.
import { group, slice, whole } from '../config/slice.js'
import { Type } from '../schema.js'

export const kioskSettings = slice(
  {
    kiosk: group('lobby pages', {
      idleSeconds: whole('untouched time before the warning', 45, 5),
      warnSeconds: whole('length of the warning; WCAG 2.2.1 wants at least 20', 20, 1),
      printers: Type.Record(Type.String(), Type.String(), {
        default: {},
        description: 'kiosk name → desk id whose printer it may use',
      }),
    }),
  },
  ({ kiosk: { printers } }, { isSound, entries, sections, add }) => {
    if (!isSound('kiosk.printers') || !Array.isArray(sections.desks)) return
    const desks = entries('desks', sections.desks as { id: unknown }[]).map(([, { id }]) => id)
    for (const [kiosk, desk] of Object.entries(printers))
      if (!desks.includes(desk)) add(`kiosk.printers.${kiosk}`, `desk '${desk}' does not exist`)
  },
)
