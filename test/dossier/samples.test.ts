import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse as parseYaml } from 'yaml'
import type { Agency } from '../../src/dossier/agency.js'
import { dossierStatuses } from '../../src/dossier/dossier.js'
import { openNumbers } from '../../src/dossier/numbers/numbers.js'
import { knownSamples, sampleUpdates, shortSample } from '../fixtures/samples.js'

t.test('the sample dossiers show a whole province', async (t) => {
  const now = new Date('2026-11-20T10:00:00+07:00')
  const updates = sampleUpdates(now)
  t.same(updates, sampleUpdates(now), 'the same moment gives the same dossiers')
  const last = new Map(updates.map((update) => [update.dossierNo, update]))
  t.ok(last.size >= 240, `${last.size} dossiers`)
  t.same(new Set([...last.values()].map((update) => update.dossierStatus)).size, 10, 'all ten states')
  t.equal(Object.keys(dossierStatuses).length, 10)
  const agencies = (parseYaml(readFileSync('config/agencies.yaml', 'utf8')) as Agency[]).map((agency) => ({
    ...agency,
    aliases: agency.aliases ?? [],
    patterns: agency.patterns ?? [],
  }))
  const numbers = openNumbers(agencies, { lookupKey: '5a'.repeat(32) }, () => now.getTime())
  const seen = new Set<string>()
  for (const no of last.keys()) {
    const reading = numbers.read(no)
    if (reading.kind === 'dossierNo' && reading.dossierNo.text === no) seen.add(reading.dossierNo.agency)
    else t.fail(`${no} is not a canonical number`)
  }
  t.equal(seen.size, agencies.length)
  for (const no of Object.values(knownSamples)) t.ok(last.has(no), no)
  const short = openNumbers(agencies, shortSample, () => now.getTime()).read(shortSample.lookupNumber)
  t.equal(short.kind === 'lookupNumber' && short.dossierNo.text, shortSample.dossierNo)
  t.ok(last.has(shortSample.dossierNo))
  const late = [...last.values()].filter(
    (update) => update.dossierStatus === 'processing' && Date.parse(update.dueAt!) < now.getTime(),
  )
  t.ok(late.length > 5, `${late.length} late`)
  t.ok([...last.values()].filter((update) => update.extendedDueAt).length > 5, 'some dates were moved')
  t.ok(updates.every((update) => Date.parse(update.eventTime) <= now.getTime()))
})
