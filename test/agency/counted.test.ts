// Every update counts once, by its outcome, whichever way it came in; refusals count too.
import t from 'tap'
import { ndjson, openDoor } from './harness.js'

const [own, foreign] = ['H45.12', 'H45.01']
const number = (agency: string, nth: number) => `${agency}-240823-${String(nth).padStart(4, '0')}`
const update = { dossierStatus: 'processing', eventTime: '2026-11-01T08:00:00+07:00' }
const event = (id: string, subject: string, data: object) => ({
  specversion: '1.0',
  id,
  source: 'https://mot-cua.example.vn/1',
  type: 'vn.dossier.status.v1',
  subject,
  data,
})

t.test(
  'what was refused is counted for the agency it was for, and for nobody where that is not known',
  async (t) => {
    const door = await openDoor(t)
    const { key } = await door.key(own)
    const counted = async () =>
      Object.fromEntries(
        (await door.metrics.counts('gateway_updates_total')).map(({ labels, value }) => [
          `${labels.agency} ${labels.result}`,
          value,
        ]),
      )
    const put = (no: string, body: unknown) => door.call('PUT', `/v1/dossiers/${no}`, { key, body })

    await put(number(own, 1), update)
    await put(number(own, 1), update)
    await put(number(own, 1), { ...update, eventTime: '2026-10-01T08:00:00+07:00' })
    t.strictSame(await counted(), { 'H45.12 applied': 1, 'H45.12 duplicate': 1, 'H45.12 stale': 1 })

    await put(number(own, 2), { ...update, dossierStatus: 'lost' })
    await put(number(own, 2), '{')
    const lines = [
      { dossierNo: number(own, 3), ...update },
      { dossierNo: number(own, 4), ...update, eventTime: 'yesterday' },
      { dossierNo: number(foreign, 1), ...update },
      { dossierNo: 'no number', ...update },
    ]
    const body = `${lines.map((line) => JSON.stringify(line)).join('\n')}\nnot JSON\n`
    const bulk = ndjson(
      (await door.call('POST', '/v1/dossiers/bulk', { key, body, type: 'application/x-ndjson' })).text,
    )
    t.match(bulk.at(-1), { summary: { lines: 5, applied: 1, failed: 4 } })
    const events = [
      event('1', number(own, 5), update),
      event('2', number(own, 6), { ...update, unheardOf: 1 }),
      event('3', number(foreign, 2), update),
      { id: '4' },
    ]
    const type = 'application/cloudevents-batch+json'
    const answer = await door.call('POST', '/v1/events', { key, body: events, type })
    t.match(answer.body.summary, { events: 4, applied: 1, failed: 3 })

    t.strictSame(await counted(), {
      'H45.12 applied': 3,
      'H45.12 duplicate': 1,
      'H45.12 stale': 1,
      'H45.12 rejected': 4,
      // Three lines (one for an agency whose key this is not, two without a number) and two events.
      'unknown rejected': 5,
    })
  },
)
