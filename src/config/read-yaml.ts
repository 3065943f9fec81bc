// Reads YAML that an operator wrote, and says in their terms why it cannot be read.
import { readFileSync } from 'node:fs'
import { CORE_SCHEMA, loadAll, YAMLException } from 'js-yaml'

/** The content of FILE, or what is wrong with it. Never throws for what an operator can write. */
export function readYaml(file: string): { readonly value: unknown } | { readonly problem: string } {
  try {
    return { value: parseYaml(readFileSync(file, 'utf8')) }
  } catch (error) {
    return { problem: whyUnreadable(error) }
  }
}

/**
 * What `text` says; null when it says nothing. Throws a YAMLException for what is no YAML.
 *
 * Every start waits for this: a province's list of agencies has ten thousand lines, which js-yaml reads in a tenth of the time
 * `yaml` takes. The core schema (YAML 1.2) leaves days and codes as the text they are.
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
