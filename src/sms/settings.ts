// Settings of the SMS channel.
import { existsSync } from 'node:fs'
import {
  byKind,
  type CheckContext,
  clockTime,
  flag,
  group,
  reportDuplicates,
  slice,
  whole,
} from '../config/slice.js'
import { type Static, Type } from '../schema.js'
import { checkHttpLink } from './carriers/http/check.js'
import { httpKeys } from './carriers/http/settings.js'
import { smppKeys } from './carriers/smpp/settings.js'
import { commands } from './conversation/keywords.js'

const sms = group('the SMS channel', {
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
  allowedPrefixes: Type.Array(
    // No international number begins with 0: such a prefix would silently answer nobody.
    Type.String({
      pattern: '^[1-9][0-9]{0,14}$',
      form: '1 to 15 digits in quotes that begin with the country, without + and 0: "849" for 09',
    }),
    {
      // 03, 05, 07, 08 and 09: mobile telephones. 01 holds the numbers that cost the caller more, 02 the landlines.
      default: ['843', '845', '847', '848', '849'],
      description: 'country and network prefixes that get replies; left out: Vietnamese mobile telephones',
    },
  ),
  repliesPerHour: whole(
    'spend ceiling: replies an hour over all links, 0 = none; beyond it automatic sending stops with an alert',
    100_000,
  ),
  quietHours: group('agency notices and watches wait outside these hours', {
    from: clockTime('local time', '21:00'),
    to: clockTime('local time', '07:00'),
  }),
  watchNotices: whole(
    'notices a watch may send at most; the last is kept for a result, or for what the citizen must do',
    3,
    1,
    10,
  ),
  keywords: Type.Record(Type.String(), Type.Array(Type.String()), {
    default: {},
    description: `more words per command: ${commands.join(', ')}; obeyed like ours, first and with numbers alone behind them`,
  }),
  links: Type.Array(byKind({ smpp: smppKeys, http: httpKeys }, 'a way texts come and replies go', 'smpp'), {
    default: [],
    description: 'ways texts come and replies go',
  }),
})

export type SmsConfig = Static<typeof sms>
/** One link, of any kind. */
export type LinkConfig = SmsConfig['links'][number]

export const smsSettings = slice({ sms }, ({ sms: given }, context) => {
  const { links, keywords, enabled, allowedPrefixes } = given
  if (context.isSound('sms') && enabled && allowedPrefixes?.length === 0)
    context.add(
      'sms.allowedPrefixes',
      'is empty, so nobody would be answered: leave it out, or list prefixes',
    )
  for (const command of Object.keys(keywords ?? {}))
    if (context.isSound('sms.keywords') && !(commands as readonly string[]).includes(command))
      context.add(`sms.keywords.${command}`, `is no command; there are ${commands.join(', ')}`)
  reportDuplicates(context, 'sms.links', 'name', links)
  for (const [path, link] of context.entries('sms.links', links)) {
    if (!context.isSound(path)) continue
    if (link.kind === 'smpp' && link.tlsCa !== undefined && !existsSync(context.here(link.tlsCa)))
      context.add(`${path}.tlsCa`, `file not found: ${link.tlsCa}`)
    if (link.kind === 'http')
      for (const { path: key, message } of checkHttpLink(link, publicUrlOf(context)))
        context.add(`${path}.${key}`, message)
  }
})

function publicUrlOf({ isSound, sections }: CheckContext): string | undefined {
  const { http } = sections as { http?: { publicUrl?: string } }
  return isSound('http.publicUrl') ? http?.publicUrl : undefined
}
