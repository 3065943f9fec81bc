// Where an error arose, in the sources: the built program is a bundle, whose chunks have their source maps beside them.
import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { join } from 'node:path'

/** A stack with the places of the sources. It reads whole source maps: only for the end of a process. */
export function stackInSources(stack: string): string {
  const maps = new Map<string, SourceMap | undefined>()
  return stack.replace(/(\/[^\s()]+\.cjs):(\d+):(\d+)/g, (place, chunk: string, line, column) => {
    if (!maps.has(chunk)) maps.set(chunk, mapOf(chunk))
    const origin = maps.get(chunk)?.findOrigin(Number(line), Number(column))
    if (!origin || !('fileName' in origin)) return place
    return `${join(chunk, '..', origin.fileName)}:${origin.lineNumber}:${origin.columnNumber}`
  })
}

/**
 * The stack of an error that ends the process, for stderr. Errors of reading quote what they read, which may be about somebody
 * (`Unexpected token 'N', "Nguyen Van"... is not valid JSON`): their message is left out.
 */
export function stackWithoutData(error: Error & { code?: unknown }): string {
  const stack = String(error.stack)
  const quotes = error instanceof SyntaxError || /^ERR_(?:INVALID|OUT_OF_RANGE)/.test(String(error.code))
  return quotes && error.message !== '' ? stack.replace(error.message, () => '(message left out)') : stack
}

function mapOf(chunk: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${chunk}.map`, 'utf8')))
  } catch {
    return undefined // a package's own file
  }
}
