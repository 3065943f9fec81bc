// Reads a YAML file an operator wrote, and says in their terms why it cannot be read.
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

/** The content of FILE, or what is wrong with it. Never throws for what an operator can write. */
export function readYaml(file: string): { readonly value: unknown } | { readonly problem: string } {
  try {
    return { value: parse(readFileSync(file, 'utf8')) }
  } catch (error) {
    return { problem: whyUnreadable(error) }
  }
}

/** Why a file could not be read, or is not YAML. */
export function whyUnreadable(error: unknown): string {
  const code = (error as { code?: string }).code
  if (code === 'ENOENT') return 'file not found'
  if (code === 'EACCES') return 'permission denied'
  const at = (error as { linePos?: [{ line: number; col: number }] }).linePos?.[0]
  return at ? `is not valid YAML (line ${at.line}, column ${at.col})` : 'cannot be read as YAML'
}
