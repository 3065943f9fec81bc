// Settings of secrets. None has a default: missing ones are generated once (secrets.ts).
import { group, hexKeyForm, optionalText, secret, slice } from '../config/slice.js'

export const accessSettings = slice({
  secrets: group('missing ones are generated once and kept in dataDir with mode 0600', {
    lookupKey: secret('key of lookup numbers, 64 hex digits', hexKeyForm),
    lookupKeyFile: optionalText('file holding lookupKey'),
    lookupKeyPrevious: secret('the previous lookupKey; still reads old slips', hexKeyForm),
    lookupKeyPreviousFile: optionalText('file holding lookupKeyPrevious'),
    phoneKey: secret('key that encrypts phone numbers at rest, 64 hex digits', hexKeyForm),
    phoneKeyFile: optionalText('file holding phoneKey'),
    adminKey: secret('key of operator routes, at least 32 characters', {
      pattern: '^.{32,}$',
      form: 'at least 32 characters, in quotes',
    }),
    adminKeyFile: optionalText('file holding adminKey'),
  }),
})
