// Opens the complaints store from the configuration, for the gateway and for the command.
import type { Config } from '../config/config.js'
import type { Seal } from '../dossier/seal.js'
import type { RedisDoor } from '../redis/connection.js'
import type { Instance } from '../redis/instance.js'
import { openJournal } from '../redis/journal.js'
import { repliesStream } from './keys.js'
import { type Complaints, openComplaints } from './store.js'
import { holidaysOf } from './working-days.js'

interface ComplaintsOf {
  readonly config: Config
  readonly door: RedisDoor
  readonly seal: Seal
  readonly secrets: { readonly phoneKey: string }
}

/**
 * `instance`: this gateway; a command leaves it out, and sends no answers. Throws GatewayError config-invalid for an unreadable
 * holidays file.
 */
export async function openComplaintsOf(
  { config, door, seal, secrets }: ComplaintsOf,
  instance?: Instance,
  now?: () => number,
): Promise<Complaints> {
  return openComplaints({
    door,
    seal,
    config: config.complaints,
    holidays: holidaysOf(config),
    agencies: config.agencies,
    phoneKey: secrets.phoneKey,
    replies: instance && (await openJournal(door, instance, { stream: repliesStream, group: 'sms' })),
    ...(now ? { now } : {}),
  })
}
