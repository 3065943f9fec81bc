// Whatever the order, duplication and concurrency: the newest update of each dossier wins.
import t from 'tap'
import { dossierStatuses } from '../../src/dossier/dossier.js'
import { dice } from './dice.js'
import { ndjson, openDoor } from './harness.js'

const statuses = Object.keys(dossierStatuses)
const dossiers = 5000
const steps = 18
const total = 100_000
const pushers = 8
const start = Date.parse('2026-01-01T00:00:00Z')

interface Pushed {
  dossierNo: string
  dossierStatus: string
  eventTime: string
  version?: number
  publicNote: string
}

/** 90,000 updates and 10,000 of them again, shuffled. Half of the dossiers use versions, half times. */
function shuffled(seed: number): Pushed[] {
  const roll = dice(seed)
  const all: Pushed[] = []
  for (let nth = 0; nth < dossiers; nth++)
    for (let step = 1; step <= steps; step++)
      all.push({
        dossierNo: `H45.0${1 + (nth % 8)}-2605${String(10 + (nth % 20))}-${String(nth).padStart(4, '0')}`,
        dossierStatus: statuses[(nth + step) % 10]!,
        // Where versions decide, times may contradict them.
        ...(nth % 2 === 0
          ? {
              version: step,
              eventTime: new Date(start + (nth % 4 === 0 ? -step : step) * 60_000).toISOString(),
            }
          : { eventTime: new Date(start + nth * 1000 + step * 60_000).toISOString() }),
        publicNote: `step ${step}`,
      })
  while (all.length < total) all.push(all[roll(dossiers * steps)]!)
  for (let last = all.length - 1; last > 0; last--) {
    const other = roll(last + 1)
    ;[all[last], all[other]] = [all[other]!, all[last]!]
  }
  return all
}

for (const cluster of [false, true]) {
  const where = cluster ? 'a Redis Cluster of three nodes' : 'one Redis'
  t.test(
    `100,000 shuffled updates from 8 pushers at once leave the newest of each on ${where}`,
    async (t) => {
      const door = await openDoor(t, { cluster, limits: { bulkPerKey: pushers } })
      const { key } = await door.key(...Array.from({ length: 8 }, (_, nth) => `H45.0${nth + 1}`))
      const updates = shuffled(cluster ? 2 : 1)
      const summaries = await Promise.all(
        Array.from({ length: pushers }, async (_, pusher) => {
          const lines = updates.filter((_, nth) => nth % pushers === pusher)
          const answered = await door.call('POST', '/v1/dossiers/bulk', {
            key,
            type: 'application/x-ndjson',
            body: lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
          })
          return ndjson(answered.text).at(-1).summary
        }),
      )
      const sum = (field: string) => summaries.reduce((all, one) => all + one[field], 0)
      t.equal(sum('lines'), total)
      t.equal(sum('failed'), 0)
      t.ok(sum('applied') >= dossiers && sum('duplicate') > 0 && sum('stale') > total / 2)
      const newest = new Map(
        updates.filter(({ publicNote }) => publicNote === `step ${steps}`).map((one) => [one.dossierNo, one]),
      )
      t.equal(newest.size, dossiers)
      let wrong = 0
      for (const [text, { dossierStatus, version, publicNote, eventTime }] of newest) {
        const reading = door.numbers.read(text)
        const kept = reading.kind !== 'unreadable' && (await door.store.read(reading.dossierNo, Date.now()))
        const isRight =
          kept &&
          kept.dossierStatus === dossierStatus &&
          kept.publicNote === publicNote &&
          kept.version === version &&
          kept.eventTime === Date.parse(eventTime)
        if (!isRight) wrong++
      }
      t.equal(wrong, 0, 'dossiers that do not stand as last told')
    },
  )
}
