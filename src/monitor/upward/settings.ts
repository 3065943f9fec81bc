// Settings of the daily summary.
import { clockTime, optionalGroup, optionalText, slice, text, whole } from '../../config/slice.js'
import { wrongAddress } from '../../config/web-address.js'

export const upwardSettings = slice(
  {
    upward: optionalGroup(
      'daily summary of each agency, for the portal and the national system; left out: none',
      {
        at: clockTime('local time from which the previous day is summed up', '00:30'),
        directory: text('folder of the files; relative to dataDir', 'upward'),
        keepDays: whole('older files are removed', 400, 1),
        to: optionalText('URL the summaries are posted to as well, signed', {
          pattern: '^https?://',
          form: 'an address as https://…',
        }),
        secret: optionalText('Standard Webhooks secret (whsec_…) the receiver knows; prefer secretFile', {
          pattern: '^whsec_[A-Za-z0-9+/]{32,88}=*$',
          form: 'whsec_ and 32 to 88 letters of base64',
        }),
        secretFile: optionalText('file holding secret'),
      },
    ),
  },
  ({ upward }, { isSound, add }) => {
    if (!upward || !isSound('upward') || upward.to === undefined) return
    const wrong = wrongAddress(upward.to)
    if (wrong !== undefined) add('upward.to', wrong)
    if (upward.secret === undefined) add('upward.secret', 'what is posted is signed: give secretFile')
  },
)
