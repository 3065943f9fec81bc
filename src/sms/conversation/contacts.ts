// Phones that agencies leave for their applicants (contact.notify). Their owners did not ask us for notices, so HUY must end
// them as it ends a watch: for one dossier, or for every dossier received so far. Phones are kept as keyed hashes, as
// everywhere.
import { dayAt } from '../../dossier/days.js'
import type { DossierNo } from '../../dossier/dossier.js'
import type { RedisDoor } from '../../redis/connection.js'

// As long as a phone's watches are kept.
const keptSeconds = 400 * 86_400

const declinedAll = 'd'
const numberOf = ({ issuer, day, sequence }: DossierNo) => `${issuer} ${day} ${sequence}`

/** Methods throw the errors of Redis. */
export function openContacts({ request }: Pick<RedisDoor, 'request'>) {
  const keyOf = (subject: string) => `{sms-contact}:${subject}`

  async function keep(key: string, field: string, value: string | number): Promise<void> {
    await request.hset(key, field, value)
    await request.expire(key, keptSeconds)
  }

  return {
    /** Whether a phone may be sent notices of a dossier. A dossier received after a HUY is a new consent, given at the desk. */
    async mayTell(subject: string, no: DossierNo): Promise<boolean> {
      const [all, one] = await request.hmget(keyOf(subject), declinedAll, `d ${numberOf(no)}`)
      return !one && !(all && (no.day === undefined || no.day <= dayAt(Number(all))))
    },

    /** Remembers that the phone got a notice of a dossier. */
    told: (subject: string, no: DossierNo) => keep(keyOf(subject), `t ${numberOf(no)}`, 1),

    /** When the phone last said HUY to notices of a dossier, or of all (epoch ms); 0 when it never did. */
    async declinedAt(subject: string, no: DossierNo): Promise<number> {
      const said = await request.hmget(keyOf(subject), declinedAll, `d ${numberOf(no)}`)
      return Math.max(...said.map(Number))
    },

    /** No more notices of this dossier, said `at`. Resolves with whether there had been any. */
    async decline(subject: string, no: DossierNo, at: number): Promise<boolean> {
      const key = keyOf(subject)
      await keep(key, `d ${numberOf(no)}`, at)
      return (await request.hdel(key, `t ${numberOf(no)}`)) > 0
    },

    /** No more notices of any dossier received until now, said `at`. Resolves with whether there had been any. */
    async declineAll(subject: string, at: number): Promise<boolean> {
      const key = keyOf(subject)
      const told = (await request.hkeys(key)).filter((field) => field.startsWith('t '))
      await keep(key, declinedAll, at)
      if (told.length > 0) await request.hdel(key, ...told)
      return told.length > 0
    },
  }
}
