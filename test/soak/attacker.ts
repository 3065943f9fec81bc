// The soak's attacker, a process of its own: runs one attack after the other while its orders say so.
import { setTimeout as delay } from 'node:timers/promises'
import * as attacks from '../peers/strangers.js'

/** What the soak tells it. */
export interface Orders {
  readonly http: string
  readonly isOn: boolean
  readonly keyId: string
  readonly agencyKey: string
  readonly deskKey: string
}

let orders: Orders | undefined
process.on('message', (told: Orders) => {
  orders = told
})
for (;;) {
  if (!orders?.isOn) {
    await delay(100)
    continue
  }
  const { http, keyId, agencyKey, deskKey } = orders
  const target = { http, keyId }
  // A gateway that is killed meanwhile cuts the attack off.
  for (const attack of [
    () => attacks.blanksInContentType(target, 5),
    () => attacks.bombs(target, deskKey),
    () => attacks.linesOfNothing(target, agencyKey),
    () => attacks.heldSignedBodies(target),
    () => attacks.halfStreams(target),
  ])
    if (orders.isOn) await attack().catch(() => delay(200))
}
