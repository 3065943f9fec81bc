// Reads YAML that an operator wrote; errors are in the operator's terms.
import { readFileSync } from 'node:fs'
import { CORE_SCHEMA, loadAll, YAMLException } from 'js-yaml'
import { whyRefused } from '../errors.js'

/** The content of `file`, or what is wrong with it. Never throws for what an operator can write. */
export function readYaml(file: string): { readonly value: unknown } | { readonly problem: string } {
  try {
    const read = readText(file)
    return 'problem' in read ? read : { value: parseYaml(read.text) }
  } catch (error) {
    return { problem: whyUnreadable(error) }
  }
}

/**
 * The text of `file`, which must be UTF-8: read leniently, a name in another encoding would be shown to citizens with
 * replacement characters in it. Throws the system's error.
 */
export function readText(file: string): { readonly text: string } | { readonly problem: string } {
  const bytes = readFileSync(file)
  const text = inUtf8(bytes)
  return text === undefined ? { problem: whichEncoding(bytes) } : { text }
}

function inUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function whichEncoding(bytes: Buffer): string {
  const head = bytes.subarray(0, 4).toString('hex')
  if (/^(?:fffe|feff)/.test(head)) return 'is UTF-16: save it as UTF-8'
  // ZIP, and Microsoft's compound files.
  if (head === '504b0304' || head === 'd0cf11e0')
    return 'is a workbook or a document, not text: save it as text in UTF-8 (in Excel: CSV UTF-8)'
  // Each line by itself: the first that cannot be read is the one to look at.
  for (let line = 1, at = 0; ; line++) {
    const end = bytes.indexOf(10, at)
    if (end < 0 || inUtf8(bytes.subarray(at, end)) === undefined)
      return `is not UTF-8 (line ${line}): save it as UTF-8`
    at = end + 1
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
  if (!(error instanceof YAMLException))
    return (error as { code?: string }).code === 'ENOENT' ? 'file not found' : whyRefused(error)
  // What the parser quotes may be a secret that begins with * or !.
  const why = error.reason.replace(/(?:: |["!<`]).*/s, '').trim()
  const { line, column } = error.mark ?? {}
  return line === undefined || column === undefined
    ? `is not valid YAML: ${why}`
    : `is not valid YAML (line ${line + 1}, column ${column + 1}): ${why}`
}
