// Reads YAML that an operator wrote; errors are in the operator's terms.
import { readFileSync } from 'node:fs'
import { CORE_SCHEMA, loadAll, YAMLException } from 'js-yaml'

/** The content of `file`, or what is wrong with it. Never throws for what an operator can write. */
export function readYaml(file: string): { readonly value: unknown } | { readonly problem: string } {
  try {
    return { value: parseYaml(readFileSync(file, 'utf8')) }
  } catch (error) {
    return { problem: whyUnreadable(error) }
  }
}

/**
 * Parses one YAML document; null when it is empty. Throws a YAMLException when it is not YAML.
 *
 * It is on the start-up path: a province's list of agencies has ten thousand lines, and js-yaml takes a tenth of the time of
 * `yaml`. The core schema (YAML 1.2) keeps days and codes as text.
 */
export function parseYaml(text: string): unknown {
  const documents = loadAll(text, { schema: CORE_SCHEMA })
  if (documents.length > 1) throw new YAMLException('more than one document')
  return documents[0] ?? null
}

/** Why a file could not be read, or is not YAML. */
export function whyUnreadable(error: unknown): string {
  const code = (error as { code?: string }).code
  if (code === 'ENOENT') return 'file not found'
  if (code === 'EACCES') return 'permission denied'
  const { line, column } = (error instanceof YAMLException && error.mark) || {}
  return line === undefined || column === undefined
    ? 'cannot be read as YAML'
    : `is not valid YAML (line ${line + 1}, column ${column + 1})`
}
