// Settings of dossiers: who issues them, how they are worded, how they are protected and how long they are kept.
import { existsSync } from 'node:fs'
import { clockTime, dayForm, flag, group, slice, text, whole } from '../config/slice.js'
import { type Static, Type } from '../schema.js'
import { highestIndex } from './agency.js'

const lookup = group('protection against enumeration of numbers; the same on every channel', {
  windowSeconds: whole('length of the window; windows follow each other by the clock', 600, 10),
  freeTries: whole('lookups per asker and window before they are slowed', 30, 1),
  maxTries: whole('lookups per asker and window before they are withheld', 60, 1),
  maxMisses: whole('unknown numbers per asker and window before they are withheld', 20, 1),
  maxBlockMisses: whole(
    'unknown numbers in one agency and day, by anyone, before that day is slowed down and then withheld',
    60,
    1,
  ),
})

const retention = group('how long data is kept', {
  closedDays: whole('closed dossiers', 730, 1),
  messageTextHours: whole('texts of messages', 24, 1),
  auditDays: whole('audit trail', 400, 1),
})
export type RetentionConfig = Static<typeof retention>

const office = group('the office that answers', {
  name: text('name on pages, on slips and in the report', ''),
  province: text('province on pages and in the report, e.g. "tỉnh Phú Yên"', ''),
  hotline: text(
    'telephone for people who do not know whom to ask, and of agencies without one of their own',
    '',
  ),
  address: text('where the office is, on the help page', ''),
  email: text('its mailbox, on the help page', ''),
  dayEnds: clockTime('a date promised without an hour lasts until this local time', '17:00'),
})

export const dossierSettings = slice(
  {
    office,
    agencies: text('YAML list of agencies', 'config/agencies.yaml'),
    wording: group('wording of states, one file per language', {
      vi: text('Vietnamese', 'config/wording.vi.yaml'),
      en: text('English', 'config/wording.en.yaml'),
    }),
    lookup,
    sandbox: flag('numbers that always answer the same way, for integrators; see the README', false),
    retention,
  },
  ({ wording, lookup: { freeTries, maxTries } }, { isSound, here, add }) => {
    for (const language of ['vi', 'en'] as const)
      if (isSound(`wording.${language}`) && !existsSync(here(wording[language])))
        add(`wording.${language}`, `file not found: ${wording[language]}`)
    if (isSound('lookup.maxTries') && isSound('lookup.freeTries') && maxTries < freeTries)
      add('lookup.maxTries', 'must not be below lookup.freeTries')
  },
)

const codeType = Type.String({
  pattern: '^[A-Z0-9]+(\\.[A-Z0-9]+)*$',
  form: 'capitals, digits and single dots, such as H15.50',
})

/** One entry of the agencies file. */
export const AgencySchema = Type.Object(
  {
    code: codeType,
    index: Type.Optional(Type.Integer({ minimum: 0, maximum: highestIndex })),
    name: Type.String({ minLength: 1 }),
    shortName: Type.String({
      pattern: '^[\\x20-\\x7e]{1,40}$',
      form: '1 to 40 letters without accents: it stands in texts by SMS',
    }),
    phone: Type.String({ default: '' }),
    email: Type.Optional(Type.String()),
    address: Type.String({ default: '' }),
    exact: Type.Optional(Type.Boolean()),
    aliases: Type.Array(codeType, { default: [] }),
    servedBy: Type.Optional(Type.String()),
    retired: Type.Optional(Type.Union([Type.String(dayForm), Type.Null()])),
    patterns: Type.Array(Type.String(), { default: [] }),
  },
  { additionalProperties: false },
)
