// An agency of a code, for tests of numbers: the rest of an entry says nothing about how a number is read.
import type { Agency } from '../../src/dossier/agency.js'

export const agency = (code: string, index?: number, more: Partial<Agency> = {}): Agency => ({
  code,
  ...(index === undefined ? {} : { index }),
  name: code,
  shortName: code,
  phone: '',
  address: '',
  aliases: [],
  patterns: [],
  ...more,
})
