#!/usr/bin/env node
// A CycloneDX software bill of materials of the production packages, and their licences.
//   npm run sbom [-- DIR]      writes sbom.cdx.json and licences.txt into DIR (default var)
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const directory = process.argv[2] ?? 'var'
const text = execFileSync(
  'npm',
  ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only'],
  {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'ignore'],
  },
)
const { components } = JSON.parse(text)
const licenceOf = ({ licenses = [] }) =>
  licenses.map(({ license, expression }) => expression ?? license?.id ?? license?.name).join(' OR ') ||
  'unknown'
const lines = components
  .map((component) => `${component.name} ${component.version}\t${licenceOf(component)}`)
  .sort()
mkdirSync(directory, { recursive: true })
writeFileSync(join(directory, 'sbom.cdx.json'), text)
writeFileSync(join(directory, 'licences.txt'), `${lines.join('\n')}\n`)
const counts = new Map()
for (const component of components)
  counts.set(licenceOf(component), (counts.get(licenceOf(component)) ?? 0) + 1)
process.stdout.write(
  `${components.length} packages: ${[...counts].map(([licence, count]) => `${licence} ${count}`).join(', ')}\n`,
)
